// SPDX-License-Identifier: BSD-2-Clause
#include "measure.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fputs("espalier: bench: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double median_of(double *v, u32 n)
{
	qsort(v, n, sizeof(*v), compare);
	return v[n / 2];
}

void series_add(struct series *s, double v)
{
	if (s->n < MAX_ROUNDS)
		s->at[s->n++] = v;
}

struct summary series_sum_up(const struct series *s)
{
	double v[MAX_ROUNDS];

	if (!s->n)
		return (struct summary){0};
	memcpy(v, s->at, s->n * sizeof(*v));
	qsort(v, s->n, sizeof(*v), compare);
	return (struct summary){v[0], v[s->n / 4], v[s->n / 2], v[s->n * 3 / 4]};
}

double series_ratio(const struct series *a, const struct series *b)
{
	double v[MAX_ROUNDS];
	u32 n = min(a->n, b->n);

	if (!n)
		return 0;
	for (u32 i = 0; i < n; i++)
		v[i] = a->at[i] / b->at[i];
	return median_of(v, n);
}

static u64 now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

u64 now_wall(void)
{
	return now(CLOCK_MONOTONIC);
}

u64 now_thread(void)
{
	return now(CLOCK_THREAD_CPUTIME_ID);
}

bool pin(u32 nth)
{
	static cpu_set_t all;
	static bool known;
	cpu_set_t one;

	if (!known && sched_getaffinity(0, sizeof(all), &all))
		return false;
	known = true;
	CPU_ZERO(&one);
	for (u32 cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all) || nth--)
			continue;
		CPU_SET(cpu, &one);
		return !sched_setaffinity(0, sizeof(one), &one);
	}
	return false;
}
