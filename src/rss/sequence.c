// SPDX-License-Identifier: BSD-2-Clause
#include "rss/sequence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BITS_MIN 64

void rss_sequence_init(struct rss_sequence *s, u32 window)
{
	*s = (struct rss_sequence){.window = window};
}

void rss_sequence_fini(struct rss_sequence *s)
{
	free(s->seen);
	s->seen = NULL;
}

static u64 *word_of(struct rss_sequence *s, u32 number)
{
	return &s->seen[(number & (s->bits - 1)) / 64];
}

static bool was_seen(struct rss_sequence *s, u32 number)
{
	u64 bit = BIT64(number % 64);
	u64 *word = word_of(s, number);
	bool seen = *word & bit;

	*word |= bit;
	return seen;
}

static int begin(struct rss_sequence *s, u32 number)
{
	u32 bits = BITS_MIN;

	while (bits < s->window)
		bits *= 2;
	s->seen = calloc(bits / 64, sizeof(u64));
	if (!s->seen)
		return -ENOMEM;
	s->bits = bits;
	s->top = number;
	was_seen(s, number);
	return 0;
}

/* The numbers between the old top and the new one have not been seen. */
static void advance(struct rss_sequence *s, u32 number)
{
	u32 by = number - s->top;

	if (by >= s->bits) {
		memset(s->seen, 0, s->bits / 8);
	} else {
		for (u32 n = s->top + 1; n != number; n++)
			*word_of(s, n) &= ~BIT64(n % 64);
		*word_of(s, number) &= ~BIT64(number % 64);
	}
	s->top = number;
	was_seen(s, number);
}

int rss_sequence_see(struct rss_sequence *s, u32 number)
{
	u32 behind = s->top - number;

	if (!s->seen)
		return begin(s, number);
	if ((s32)behind < 0) {
		advance(s, number);
		return 0;
	}
	if (behind) {
		s->inversions++;
		s->furthest = max(s->furthest, behind);
	}
	if (behind >= (s->window ? s->window : BITS_MIN)) {
		s->late += s->window != 0;
		return 0;
	}
	s->repeated += was_seen(s, number);
	return 0;
}
