/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <time.h>

#include "base/types.h"

#define NS_PER_SEC 1000000000ull

/* What every clock shows to programs, in nanoseconds; 0: each shows its own time. Set by
 * espalier_set_clock(). */
extern u64 clock_stopped_at;

/* Nanoseconds of a clock, as programs see it. */
static inline u64 clock_ns(clockid_t clock)
{
	u64 stopped = __atomic_load_n(&clock_stopped_at, __ATOMIC_RELAXED);
	struct timespec ts;

	if (unlikely(stopped))
		return stopped;
	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * NS_PER_SEC + (u64)ts.tv_nsec;
}

#endif
