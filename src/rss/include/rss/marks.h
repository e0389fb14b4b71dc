/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_MARKS_H
#define RSS_MARKS_H

#include "base/types.h"

#include "esp_rss.h"

/*
 * A packet has no mark yet where XDP runs, so lookups are tried with each mark that some SA asks
 * for. Few marks reach many SAs: one without a mark is found by any.
 */
struct rss_marks {
	u32 nr;
	u32 mark[RSS_MAX_MARKS];
	u64 missed; /* SAs that none of them finds, since there was no room for theirs */
};

/* An SA with that mark (value, mask) is to be found: one after the other, for all of them. */
void rss_marks_add(struct rss_marks *m, u32 value, u32 mask);
/* After the last: where there is room, mark 0 comes first, which most packets have and which finds
 * an SA without a mark before its twin that has one. */
void rss_marks_finish(struct rss_marks *m);

#endif
