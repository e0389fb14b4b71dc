/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_SEQUENCE_H
#define RSS_SEQUENCE_H

#include "base/types.h"

/**
 * struct rss_sequence - the sequence numbers of one SA, as they arrive
 * @window: replay window of the SA, in packets; 0: it has none
 * @top: the highest seen so far: highest by signed difference, so that extended sequence numbers,
 *	of which a packet carries the lower half, may wrap
 * @inversions: packets whose number was below @top
 * @late: of those, how many lay outside the window: @top - number >= @window. A receiver drops them
 * @repeated: packets whose number was seen before, as far as the window (64 if there is none)
 *tells. A receiver drops them
 * @furthest: how far behind @top one of them was
 *
 * A window as RFC 4303, 3.4.3 has it, but for the check value, which nobody can verify here: every
 * packet moves it.
 */
struct rss_sequence {
	u32 window;
	u32 top;
	u64 inversions;
	u64 late;
	u64 repeated;
	u32 furthest;
	/* private: numbers seen, a bit each, by number modulo @bits, a power of two */
	u32 bits;
	u64 *seen;
};

void rss_sequence_init(struct rss_sequence *s, u32 window);
void rss_sequence_fini(struct rss_sequence *s);
/* A packet of that number, host byte order. 0 or -ENOMEM. */
int rss_sequence_see(struct rss_sequence *s, u32 number) __must_check;

#endif
