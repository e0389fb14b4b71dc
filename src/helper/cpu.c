// SPDX-License-Identifier: BSD-2-Clause
#include <sys/random.h>
#include <time.h>

#include "object/run.h"
#include "protos.h"

/* xorshift64*: one word of state per thread, never zero once seeded. */
static _Thread_local u64 random_state;

static void seed(void)
{
	struct timespec ts;

	if (getrandom(&random_state, sizeof(random_state), GRND_NONBLOCK) != sizeof(random_state)) {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		random_state = (u64)ts.tv_nsec << 32 ^ (u64)(uintptr_t)&random_state;
	}
	random_state |= 1;
}

static BPF_FN0(get_prandom_u32)
{
	u64 x = random_state;

	if (unlikely(!x)) {
		seed();
		x = random_state;
	}
	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	random_state = x;
	return (x * 0x2545f4914f6cdd1dull) >> 32;
}

const struct helper helper_get_prandom_u32 = {.fn = get_prandom_u32, .ret = RET_INTEGER};

static BPF_FN0(get_smp_processor_id)
{
	return run_current->cpu;
}

const struct helper helper_get_smp_processor_id = {
	.fn = get_smp_processor_id,
	.ret = RET_INTEGER,
};

/* Virtual CPUs are all on one node. */
static BPF_FN0(get_numa_node_id)
{
	return 0;
}

const struct helper helper_get_numa_node_id = {.fn = get_numa_node_id, .ret = RET_INTEGER};
