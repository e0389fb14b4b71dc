/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_SURVEY_H
#define RSS_SURVEY_H

#include "rss/status.h"

/* What the program is told of SAs: single ones by events, all of them by a look at the SAD. */

/* RSS_LOOKUP_MAP: an SA that is there. One that was dying goes on to. */
int rss_info_put(const struct rss_instance *in, const struct rss_sad_sa *sa) __must_check;
void rss_info_delete(const struct rss_instance *in, const struct rss_sa_key *key);
/* It is to be replaced soon. */
void rss_info_dying(const struct rss_instance *in, const struct rss_sa_key *key);

/**
 * rss_survey - bring sa_info and marks up to date, and let SAs that are gone retire
 * @in: of pins that are open for RSS_CHANGE
 * @retired: how many; may be NULL
 *
 * Return: 0; as rss_instance_sad(); -E2BIG: sa_info is full.
 */
int rss_survey(struct rss_instance *in, u32 *retired, struct espalier_error *e) __must_check;

#endif
