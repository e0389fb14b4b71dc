/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_SAS_H
#define RSS_SAS_H

#include "rss/planner.h"

/* The SAs that occurred in a capture, by key. */
struct rss_sas {
	struct rss_plan_sa **slot; /* open addressing; NULL: free */
	u32 mask;		   /* slots - 1; slots 0 at first */
	u32 nr;
};

/* The SA, or NULL. */
struct rss_plan_sa *rss_sas_find(const struct rss_sas *t, const struct rss_sa_key *key);
/* It is not there: a new one, zeroed but for @key, owned by the table. NULL: no memory. */
struct rss_plan_sa *rss_sas_add(struct rss_sas *t, const struct rss_sa_key *key);
void rss_sas_fini(struct rss_sas *t);

/* Add to the part of @sa that went to @cpu. 0 or -ENOMEM. */
int rss_plan_sa_part(struct rss_plan_sa *sa, u32 cpu, u64 bytes) __must_check;

#endif
