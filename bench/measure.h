/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "base/types.h"

/*
 * Other work may share the machine: what is compared is measured in turns, round by round, and the
 * median of the rounds' ratios is what counts.
 */
#define MAX_ROUNDS 101

/* One number per round. */
struct series {
	double at[MAX_ROUNDS];
	u32 n;
};

struct summary {
	double min;
	double quarter; /* a quarter of the rounds is below */
	double median;
	double three_quarters;
};

void series_add(struct series *s, double v);
struct summary series_sum_up(const struct series *s);
/* Median over the rounds of a / b. */
double series_ratio(const struct series *a, const struct series *b);
double median_of(double *v, u32 n);

/* Nanoseconds, of the clock on the wall and of this thread's own time. */
u64 now_wall(void);
u64 now_thread(void);

/* Put this thread on that CPU, counted among those the process may use. False if there is none. */
bool pin(u32 nth);

/* Pseudo-random, below @n. */
static inline u32 pick(u64 *state, u32 n)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)((*state >> 32) * n >> 32);
}

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...);

#endif
