/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/types.h"

/*
 * Walkable memory.
 *
 * A verified program may follow a pointer it cannot vouch for: a stale xfrm_state, a NULL base plus
 * an offset, a scalar cast by bpf_rdonly_cast. The kernel lets such a load fault and yields 0. Here
 * every object that a BTF pointer can legitimately lead to lives in one reserved address range that
 * is readable from end to end, so "may this be loaded?" is one compare, and an address outside
 * yields 0 without touching the host's memory.
 */

/*
 * Start and length of the range; constant after arena_init(). The JIT bakes them into code. The
 * length is a power of two and the start a multiple of it; the last page is never handed out, and
 * another page follows: a load that begins in the range and ends behind it is zero, and faults not.
 */
extern uintptr_t arena_base;
extern size_t arena_size;

/**
 * arena_init - reserve the range; idempotent and thread-safe
 *
 * Return: 0 or -ENOMEM.
 */
int arena_init(void) __must_check;

/**
 * arena_alloc - zeroed memory from the range
 * @size: bytes, at most 1 MiB
 * @align: a power of two up to 4096
 *
 * Calls arena_init() itself. Thread-safe. Freed with arena_free().
 *
 * Return: the memory, or NULL when the range is exhausted.
 */
void *arena_alloc(size_t size, size_t align);

/**
 * arena_free - give memory back
 * @p: from arena_alloc(); NULL is allowed
 * @size: the size it was allocated with
 *
 * The memory stays readable (its content is arbitrary) until the process ends. What readers may
 * still dereference is freed after a grace period by the caller: see base/rcu.h.
 */
void arena_free(void *p, size_t size);

/*
 * For tests, set before the first allocation: each object has pages of its own, and freed memory
 * cannot be touched any more, nor is it used again. Whoever reads it too late gets SIGSEGV.
 */
extern bool arena_guard;

/* Bytes handed out and not yet freed: what leak tests compare. */
size_t arena_in_use(void);

/* True if all of [addr, addr + size) lies in the range. */
static inline bool arena_covers(u64 addr, size_t size)
{
	return addr - arena_base <= arena_size - size && arena_size;
}

#endif
