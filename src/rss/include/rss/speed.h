/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_SPEED_H
#define RSS_SPEED_H

#include "rss/status.h"

/* How fast things go, from two looks at the same instance. */

/* Per second. */
struct rss_speed {
	double packets;
	double bytes;
};

/**
 * struct rss_speeds - all of it
 * @cpus: by index of rss_status::cpus; @drops: packets that found the queue full, or were lost
 *	behind it
 * @sas: by index of rss_status::sas of the later look
 * @reasons: by enum rss_reason
 * @steered: to all CPUs; @passed: the rest
 */
struct rss_speeds {
	struct rss_speed *cpus;
	double *drops;
	struct rss_speed *sas;
	struct rss_speed reasons[RSS_NR_REASONS];
	struct rss_speed steered;
	struct rss_speed passed;
	double dropped;
};

/**
 * rss_speeds_make - what happened between two looks
 * @before: NULL: there was none, so that all is zero
 * @seconds: between them
 * @out: freed with rss_speeds_free()
 *
 * A counter that went back was made anew, and counts from zero; so does what was not there before.
 *
 * Return: 0 or -ENOMEM.
 */
int rss_speeds_make(const struct rss_status *before, const struct rss_status *now, double seconds,
		    struct rss_speeds *out) __must_check;
void rss_speeds_free(struct rss_speeds *s);

#endif
