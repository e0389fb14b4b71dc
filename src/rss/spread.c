// SPDX-License-Identifier: BSD-2-Clause
#include "rss/planner.h"

struct rss_spread rss_spread_of(const struct rss_tally *tallies, u32 nr)
{
	struct rss_spread s = {.imbalance = 1, .speedup = 1};

	for (u32 i = 0; i < nr; i++) {
		s.total += tallies[i].bytes;
		if (tallies[i].bytes > s.max) {
			s.max = tallies[i].bytes;
			s.max_cpu = i;
		}
	}
	if (s.max) {
		s.imbalance = (double)s.max * nr / (double)s.total;
		s.speedup = (double)s.total / (double)s.max;
	}
	return s;
}
