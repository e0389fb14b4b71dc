/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMLINUX_TASK_H
#define VMLINUX_TASK_H

#include "vmlinux/kernel.h"

struct cpumask;

/*
 * The task that a program runs for. There are no other tasks here: pointers between tasks are NULL
 * or lead back to it.
 */
struct task_struct {
	unsigned int __state;
	unsigned int flags;
	refcount_t usage;
	refcount_t rcu_users;
	int on_cpu;
	int prio;
	int static_prio;
	int normal_prio;
	unsigned int policy;
	int nr_cpus_allowed;
	struct cpumask *cpus_ptr; /* NULL */
	int exit_state;
	int exit_code;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	struct task_struct *parent;
	struct task_struct *group_leader;
	struct task_struct *last_wakee;
	u64 utime;
	u64 stime;
	u64 start_time;
	u64 start_boottime;
	char comm[16];
};

#endif
