// SPDX-License-Identifier: BSD-2-Clause
#include "map/lock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SPINS 128

/* 0: free, 1: held, 2: held and somebody may be asleep. */
static void futex(u32 *word, int op, u32 val)
{
	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, val, NULL, NULL, 0);
}

static inline void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

void word_lock_slow(u32 *word)
{
	for (int i = 0; i < SPINS; i++) {
		u32 unlocked = 0;

		if (!__atomic_load_n(word, __ATOMIC_RELAXED) &&
		    __atomic_compare_exchange_n(word, &unlocked, 1, false, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return;
		relax();
	}
	while (__atomic_exchange_n(word, 2, __ATOMIC_ACQUIRE))
		futex(word, FUTEX_WAIT, 2);
}

void word_lock_wake(u32 *word)
{
	futex(word, FUTEX_WAKE, 1);
}
