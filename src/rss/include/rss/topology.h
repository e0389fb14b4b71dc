/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_TOPOLOGY_H
#define RSS_TOPOLOGY_H

#include "rss/device.h"

#include "esp_rss.h"

/* A set of CPUs below RSS_MAX_CPUS. */
struct rss_cpuset {
	u64 bits[RSS_MAX_CPUS / 64];
};

static inline bool rss_cpuset_has(const struct rss_cpuset *s, u32 cpu)
{
	return cpu < RSS_MAX_CPUS && (s->bits[cpu / 64] >> cpu % 64 & 1);
}

static inline void rss_cpuset_add(struct rss_cpuset *s, u32 cpu)
{
	if (cpu < RSS_MAX_CPUS)
		s->bits[cpu / 64] |= 1ull << cpu % 64;
}

u32 rss_cpuset_count(const struct rss_cpuset *s);
/* As the kernel writes it: "0-3,8"; "none" if it is empty. Shortened with "..." if @room is. */
void rss_cpuset_text(const struct rss_cpuset *s, char *text, size_t room);
/* A file of sysfs or procfs with a list of CPUs. An empty or missing one is an empty set. */
void rss_cpuset_read(const char *path, struct rss_cpuset *s);

/* Possible CPUs, that is, the size of tables by CPU; 0 if it cannot be told. */
u32 rss_nr_cpus(void);
void rss_cpus_online(struct rss_cpuset *s);

/**
 * struct rss_placement - where the CPUs are that the policy should use for a device
 * @node: NUMA node; -1: none
 * @near: online CPUs of that node, or all
 * @isolated: taken from the scheduler on the kernel's command line
 * @interrupts: those that take the device's interrupts
 * @chosen: @near but @isolated, less @interrupts if at least two and at least half of them remain
 */
struct rss_placement {
	int node;
	struct rss_cpuset near;
	struct rss_cpuset isolated;
	struct rss_cpuset interrupts;
	struct rss_cpuset chosen;
};

void rss_placement_read(const struct rss_device *dev, struct rss_placement *p);

#endif
