/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_RSS_TWIN_H
#define TEST_RSS_TWIN_H

#include "base/types.h"

#include "esp_rss.h"

/*
 * What esp_rss has to do, written down a second time from the description of the job alone: byte by
 * byte, with lists in place of maps, no care for speed. Knows nothing of time: an SA is quiet if
 * config.quiet_ns is 0, else it is not.
 */
enum {
	TWIN_CPUS = 8,
	TWIN_SAS = 512,
	TWIN_GROUPS = 512
};

/* An SA of the SAD. */
struct twin_state {
	struct rss_sa_key key;
	u32 mark, mask;
	struct rss_sa_info info;
	bool gone;
};

struct twin_entry {
	struct rss_sa_key key;
	struct rss_sa sa;
};

struct twin_group {
	struct rss_group_key key;
	struct rss_group members;
};

struct twin_cpu {
	bool online;
	bool queue; /* has an entry in the cpumap */
	u32 sas;
	u64 load;
};

struct twin {
	struct rss_config config;
	bool owners_hidden; /* the lookup does not tell them */
	struct twin_cpu cpu[TWIN_CPUS];
	u32 nr_cpus;
	u32 policy_cpus[TWIN_CPUS];
	struct twin_state state[TWIN_SAS];
	u32 nr_states;
	struct twin_entry entry[TWIN_SAS];
	u32 nr_entries, max_entries;
	struct twin_group group[TWIN_GROUPS];
	u32 nr_groups;
	struct rss_count reasons[RSS_NR_REASONS];
	struct rss_count targets[TWIN_CPUS];
};

/* What a frame is, before anybody looks for an SA: RSS_POLICY: @key is whole. */
struct twin_packet {
	enum rss_reason reason;
	bool has_key;
	struct rss_sa_key key;
	u32 source[4];
};

void twin_parse(const struct rss_config *config, const u8 *frame, u32 len, struct twin_packet *out);

/* Decides, and keeps the books. Return: XDP_PASS or XDP_REDIRECT. */
int twin_run(struct twin *t, const u8 *frame, u32 len, struct rss_decision *out);

struct twin_entry *twin_entry(struct twin *t, const struct rss_sa_key *key);

#endif
