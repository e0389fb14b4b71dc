// SPDX-License-Identifier: BSD-2-Clause
#include "lock.h"

#include <errno.h>
#include <sched.h>
#include <time.h>

/*
 * struct bpf_res_spin_lock: taking it fails if the thread has it already, and after a quarter of a
 * second, as Linux does when it finds no other sign of a deadlock.
 */
#define TIMEOUT_NS 250000000ll
#define HELD_MAX   31
#define SPINS	   128

/* What this thread holds, in order; beyond HELD_MAX only the time limit helps. */
static _Thread_local u32 *held[HELD_MAX];
static _Thread_local u32 nr_held;

static s64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (s64)ts.tv_sec * 1000000000ll + ts.tv_nsec;
}

static bool try_lock(u32 *word)
{
	u32 unlocked = 0;

	return !__atomic_load_n(word, __ATOMIC_RELAXED) &&
	       __atomic_compare_exchange_n(word, &unlocked, 1, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static int wait_for(u32 *word)
{
	s64 end;

	for (int i = 0; i < SPINS; i++)
		if (try_lock(word))
			return 0;
	end = now_ns() + TIMEOUT_NS;
	while (!try_lock(word)) {
		if (now_ns() > end)
			return -ETIMEDOUT;
		sched_yield();
	}
	return 0;
}

BPF_FN1(kfunc_res_spin_lock, u32 *, word)
{
	int err;

	for (u32 i = 0; i < nr_held && i < HELD_MAX; i++)
		if (held[i] == word)
			return (u64)-EDEADLK;
	err = wait_for(word);
	if (err)
		return (u64)(s64)err;
	if (nr_held < HELD_MAX)
		held[nr_held] = word;
	nr_held++;
	return 0;
}

/* A thread has no interrupts to turn off. */
BPF_FN2(kfunc_res_spin_lock_irqsave, u32 *, word, u64 *, flags)
{
	u64 ret = kfunc_res_spin_lock((uintptr_t)word, 0, 0, 0, 0);

	if (!ret)
		*flags = 0;
	return ret;
}

/* The verifier has seen to it that it is the one taken last. */
BPF_FN1(kfunc_res_spin_unlock, u32 *, word)
{
	nr_held--;
	__atomic_store_n(word, 0, __ATOMIC_RELEASE);
	return 0;
}
