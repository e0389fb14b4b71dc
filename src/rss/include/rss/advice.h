/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_ADVICE_H
#define RSS_ADVICE_H

#include "base/strbuf.h"

#include "rss/planner.h"

/*
 * What a plan means, in sentences: for whoever has ten seconds, and the same in every form of
 * output.
 */

/* The one sentence: would steering help? No newline. */
void rss_advice_verdict(const struct rss_plan_result *r, struct strbuf *out);

/* What stands out, and what mends it: a line each, with a newline; most important first. May be
 * none. */
void rss_advice_notes(const struct rss_plan_result *r, struct strbuf *out);

/* "balance", "cpu:3"... */
const char *rss_plan_policy_text(const struct rss_plan_result *r, char out[16]);

/* "1.4 GB": at most 8 characters; powers of 1000. */
const char *rss_bytes_text(u64 bytes, char out[16]);

/* 100 * part / whole; 0 of nothing. */
static inline double rss_percent(u64 part, u64 whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

#endif
