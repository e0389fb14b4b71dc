/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_PLANNER_H
#define RSS_PLANNER_H

#include <espalier/sad.h>

#include "dataplane/capture.h"

#include "esp_rss.h"
#include "rss/load.h"
#include "rss/sequence.h"

/*
 * The planner: runs esp_rss on the user engine over the frames of a capture and keeps account of
 * where each would have gone. The frames' timestamps drive the clock that the program sees.
 *
 * One plan at a time in a process: clock, SAD and number of CPUs of the engine are the process's.
 */
struct rss_planner;

/**
 * struct rss_planner_options - what to plan
 * @nr_cpus: 1 to RSS_MAX_CPUS; all of them take packets, and the policy may use all
 * @policy: for SAs without an owner
 * @fixed_cpu: for RSS_FIXED, below @nr_cpus
 * @ports: UDP ports with encapsulated ESP, network byte order
 * @nr_ports: of them, at most RSS_MAX_PORTS
 * @max_sas: SAs that the program can tell apart; 0: its own default, or as many as the SAD has
 * @compare: account for the other ways too (struct rss_way)
 */
struct rss_planner_options {
	u32 nr_cpus;
	enum rss_policy policy;
	u32 fixed_cpu;
	u16 ports[RSS_MAX_PORTS];
	u32 nr_ports;
	u32 max_sas;
	bool compare;
};

struct rss_tally {
	u64 packets;
	u64 bytes; /* on the wire */
};

/* What of an SA went to one CPU. */
struct rss_plan_part {
	u32 cpu;
	struct rss_tally tally;
};

/**
 * struct rss_plan_sa - what became of one SA that occurred
 * @key: see there
 * @known: the SAD has it. Of others only @tally is kept
 * @outbound: the SAD says "dir out"
 * @owner: pcpu_num, or RSS_NO_CPU
 * @reqid: of the SAD
 * @cpu: where its last unfragmented packet went; RSS_NO_CPU: passed
 * @tally: unfragmented packets
 * @fragments: first fragments that named it
 * @changes: how often @cpu changed
 * @overtakes: of those changes, how many came so soon after the packet before (less than
 *	rss_config::quiet_ns) that it could be overtaken on its way: inversions that steering adds
 * @sequence: of the sequence numbers in order of arrival
 * @last_ns: time of its last packet
 * @rate: bytes per second, kept for RSS_LEAST_LOADED only
 * @patience: likewise
 * @parts: by CPU, in the order of their first packet; @nr_parts of them
 */
struct rss_plan_sa {
	struct rss_sa_key key;
	bool known;
	bool outbound;
	u32 owner;
	u32 reqid;
	u32 cpu;
	struct rss_tally tally;
	u64 fragments;
	u64 changes;
	u64 overtakes;
	u64 last_ns;
	struct rss_sequence sequence;
	struct rss_rate rate;
	struct rss_patience patience;
	struct rss_plan_part *parts;
	u32 nr_parts;
};

/**
 * struct rss_spread - how evenly bytes lie on CPUs
 * @total: bytes
 * @max: of the CPU with most
 * @max_cpu: which one; the lowest of several
 * @imbalance: @max over the mean of all CPUs: 1 even, nr_cpus all on one. 1 where there are none
 * @speedup: @total over @max: how many times one CPU's work gets done at once, if bytes are the
 *	work. 1 where there are none
 */
struct rss_spread {
	u64 total;
	u64 max;
	u32 max_cpu;
	double imbalance;
	double speedup;
};

/* @tallies: of nr CPUs. */
struct rss_spread rss_spread_of(const struct rss_tally *tallies, u32 nr);

/**
 * struct rss_way - one way to spread the packets that steering is about
 * @name: "one_queue", "nic_2tuple", "nic_4tuple", "hash", "balance", "per_cpu_sas" or the policy
 * @text: for people
 * @cpus: nr_cpus tallies
 * @spread: of them
 */
struct rss_way {
	const char *name;
	const char *text;
	struct rss_tally *cpus;
	struct rss_spread spread;
};
#define RSS_WAYS_MAX 8

/**
 * struct rss_plan_result - see there
 * @nr_cpus: as asked for
 * @policy: likewise
 * @fixed_cpu: likewise
 * @all: everything
 * @steered: what went to a CPU, by CPU in @cpus
 * @passed: the rest: stays on the CPU that the NIC chose
 * @reasons: by enum rss_reason; they sum up to @all
 * @cpus: nr_cpus
 * @fragments: of @cpus, fragments of ESP and AH
 * @spread: of @cpus
 * @sas: known SAs that occurred, most bytes first
 * @unknown: ESP and AH with an SPI that the SAD has not, likewise; at most RSS_PLAN_UNKNOWN_MAX
 * @idle_sas: SAs of the SAD that did not occur
 * @unfindable_sas: SAs of the SAD whose mark is beyond the RSS_MAX_MARKS that are tried
 * @cut_ipsec: of RSS_UNKNOWN_SA, packets cut by the capture before what names the SA
 * @cut_other: of RSS_NOT_IPSEC, packets cut before it showed what they are
 * @outgoing: packets of a cooked capture that were sent, not received: XDP never sees them
 * @first_ns: time of the first packet, since the epoch
 * @last_ns: of the last, or latest
 * @ways: @nr_ways, if asked for
 */
#define RSS_PLAN_UNKNOWN_MAX 65536
struct rss_plan_result {
	u32 nr_cpus;
	enum rss_policy policy;
	u32 fixed_cpu;
	struct rss_tally all;
	struct rss_tally steered;
	struct rss_tally passed;
	struct rss_tally reasons[RSS_NR_REASONS];
	struct rss_tally *cpus;
	struct rss_tally *fragments;
	struct rss_spread spread;
	struct rss_plan_sa **sas;
	u32 nr_sas;
	struct rss_plan_sa **unknown;
	u32 nr_unknown;
	u64 idle_sas;
	u64 unfindable_sas;
	u64 cut_ipsec;
	u64 cut_other;
	struct rss_tally outgoing;
	u64 first_ns;
	u64 last_ns;
	struct rss_way ways[RSS_WAYS_MAX];
	u32 nr_ways;
};

/**
 * rss_planner_new - load the program and set it up
 * @o: see there
 * @sad: stays the caller's, unchanged until rss_planner_free()
 * @out: owned by the caller
 * @e: one line on failure
 *
 * Return: 0; -EINVAL; -EBUSY if the process has used another number of CPUs; -ENOMEM; -errno of
 * bpf(2).
 */
int rss_planner_new(const struct rss_planner_options *o, struct espalier_sad *sad,
		    struct rss_planner **out, struct espalier_error *e) __must_check;
/* The engine's clock runs again afterwards, and it has no SAD. NULL is allowed. */
void rss_planner_free(struct rss_planner *p);

/* The next frame. 0, or -errno with @e set. */
int rss_planner_frame(struct rss_planner *p, const struct frame *f,
		      struct espalier_error *e) __must_check;

/* Sums up. The result belongs to @p, and no frame may follow. 0 or -ENOMEM. */
int rss_planner_finish(struct rss_planner *p, const struct rss_plan_result **out) __must_check;

#endif
