/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_LOCK_H
#define MAP_LOCK_H

#include "base/types.h"

/*
 * A lock in one 32-bit word, zero when free: what struct bpf_spin_lock has room for. A waiter spins
 * briefly and then sleeps, since the holder may have been scheduled out.
 */
void word_lock_slow(u32 *word) __hidden;
void word_lock_wake(u32 *word) __hidden;

static inline void word_lock(u32 *word)
{
	u32 unlocked = 0;

	if (unlikely(!__atomic_compare_exchange_n(word, &unlocked, 1, false, __ATOMIC_ACQUIRE,
						  __ATOMIC_RELAXED)))
		word_lock_slow(word);
}

static inline void word_unlock(u32 *word)
{
	if (unlikely(__atomic_exchange_n(word, 0, __ATOMIC_RELEASE) != 1))
		word_lock_wake(word);
}

#endif
