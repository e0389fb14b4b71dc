/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_EXEC_RANDOM_H
#define TEST_EXEC_RANDOM_H

#include "base/types.h"

/* The same numbers on every run, from a seed. */
struct random {
	u64 state;
};

static inline u64 random_u64(struct random *r)
{
	r->state ^= r->state << 13;
	r->state ^= r->state >> 7;
	r->state ^= r->state << 17;
	return r->state * 0x2545f4914f6cdd1d;
}

static inline u32 random_below(struct random *r, u32 n)
{
	return (u32)((random_u64(r) >> 32) * n >> 32);
}

#endif
