/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_RELIEVE_H
#define RSS_RELIEVE_H

#include "rss/instance.h"
#include "rss/load.h"

struct rss_tracked;

/* RSS_LEAST_LOADED on the running kernel: what is remembered between two looks. Zeroed at first. */
struct rss_relief {
	struct rss_tracked *sas; /* ascending by key */
	u32 nr;
	struct rss_rate cpus[RSS_MAX_CPUS];
	bool begun;
};

/**
 * rss_relieve - look at the load, publish it, and wish SAs onto other CPUs
 * @elapsed_ns: since the last look
 *
 * Return: how many wishes, or -errno.
 */
int rss_relieve(struct rss_relief *r, struct rss_instance *in, u64 elapsed_ns) __must_check;
void rss_relief_free(struct rss_relief *r);

#endif
