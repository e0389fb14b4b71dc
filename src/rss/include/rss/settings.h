/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_SETTINGS_H
#define RSS_SETTINGS_H

#include "rss/sadfacts.h"
#include "rss/topology.h"

#define RSS_QSIZE     2048
#define RSS_MIN_QSIZE 64
#define RSS_MAX_QSIZE 16384 /* the kernel's bound */
#define RSS_SAS	      131072
#define RSS_MAX_SAS   4194304

/**
 * struct rss_wish - what was asked for, as text; NULL or 0: nothing, so that it stays as it is or
 * becomes the default
 * @cpus: list of CPUs for the policy
 * @policy: see rss_policy_parse()
 * @lookup: "auto", "kfunc" or "map"
 * @ports: UDP ports that carry ESP, comma-separated; 4500 is always among them
 * @marks: comma-separated; "auto": those of the SAD
 * @netns_id: "none" or the number that the devices' namespace has for that of the SAs
 * @qsize: packets
 * @max_sas: SAs that can be told apart
 */
struct rss_wish {
	const char *cpus;
	const char *policy;
	const char *lookup;
	const char *ports;
	const char *marks;
	const char *netns_id;
	u64 qsize;
	u64 max_sas;
};

/* What an instance steers by; all zero where nothing is said, so that two can be compared. */
struct rss_settings {
	u32 policy;
	u32 fixed_cpu;
	u32 nr_cpus;
	u32 cpus[RSS_MAX_CPUS];
	u32 lookup;
	u32 nr_ports;
	u16 ports[RSS_MAX_PORTS]; /* network byte order */
	u32 nr_marks;
	u32 marks[RSS_MAX_MARKS];
	s32 netns_id;
	u32 qsize;
	u32 max_sas;
};

/* Defaults for a device: policy balance over @p->chosen, no mark but 0. */
void rss_settings_default(struct rss_settings *s, const struct rss_placement *p, bool kfunc);

/**
 * rss_settings_wish - carry out what was asked for
 * @kfunc: the kernel has the lookup
 * @sad: for marks "auto"; NULL: the SAD could not be read
 *
 * Return: 0; -EINVAL: malformed; -EOPNOTSUPP: not with this kernel.
 */
int rss_settings_wish(struct rss_settings *s, const struct rss_wish *wish, bool kfunc,
		      const struct rss_sad *sad, struct espalier_error *e) __must_check;

/* The first thing in which they differ, as its option is called; NULL: none. */
const char *rss_settings_differ(const struct rss_settings *a, const struct rss_settings *b);

#endif
