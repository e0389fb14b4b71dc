/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_POLICY_H
#define RSS_POLICY_H

#include "base/error.h"

#include "esp_rss.h"

/**
 * rss_policy_parse - "balance", "hash", "least-loaded", "pass" or "cpu:N"
 * @text: see above
 * @policy: set
 * @cpu: set for "cpu:N", else RSS_NO_CPU
 * @e: one line on failure
 *
 * Return: 0 or -EINVAL.
 */
int rss_policy_parse(const char *text, enum rss_policy *policy, u32 *cpu,
		     struct espalier_error *e) __must_check;
const char *rss_policy_name(enum rss_policy policy);

/* "owner", "owner_unavailable"...: the words of JSON and metrics. */
const char *rss_reason_name(enum rss_reason reason);
/* What that means, in a few words, for people. */
const char *rss_reason_text(enum rss_reason reason);

/**
 * rss_cpus_parse - a list of CPUs as the kernel writes them: "0-3,8"
 * @text: see above
 * @limit: each is below it
 * @cpus: room for RSS_MAX_CPUS; ascending, no doubles
 * @nr: set
 * @e: one line on failure
 *
 * Return: 0 or -EINVAL.
 */
int rss_cpus_parse(const char *text, u32 limit, u32 *cpus, u32 *nr,
		   struct espalier_error *e) __must_check;

#endif
