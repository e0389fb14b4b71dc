/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_VCPU_H
#define BASE_VCPU_H

#include "base/types.h"

/*
 * Virtual CPUs. A thread that runs programs leases one, exclusively, from its first run until it
 * exits or gives it back: per-CPU maps and bpf_get_smp_processor_id() follow the lease. A thread
 * that finds none free waits for one.
 */
#define VCPU_MAX 1024

/* How many there are: vcpu_set_count(), else the possible CPUs of the machine. Constant after its
 * first use by a map or a lease. */
u32 vcpu_count(void);

/**
 * vcpu_set_count - fix the number of virtual CPUs
 * @n: 1 to VCPU_MAX
 *
 * Return: 0; -EINVAL if @n is out of range; -EBUSY if the number was already used and differs.
 */
int vcpu_set_count(u32 n) __must_check;

/* The calling thread's virtual CPU, leasing one if it holds none. */
u32 vcpu_self(void);

/* Does the calling thread hold one? */
bool vcpu_is_held(void);

/**
 * vcpu_lease - take one particular virtual CPU
 * @cpu: below vcpu_count()
 *
 * Return: 0; -EINVAL out of range; -EBUSY held by another thread, or this thread holds another one.
 */
int vcpu_lease(u32 cpu) __must_check;

/* Give the calling thread's lease back; nothing happens if it holds none. */
void vcpu_release(void);

#endif
