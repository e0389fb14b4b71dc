/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_DOCTOR_H
#define RSS_DOCTOR_H

#include "rss/kernel.h"
#include "rss/status.h"

/*
 * What would stop or slow steering on this machine, and what mends it. Facts are gathered first,
 * and judged without a look at the machine.
 */

/* What could not be asked is not "no". */
enum rss_answer {
	RSS_UNSEEN,
	RSS_NO,
	RSS_YES,
};

enum rss_module {
	RSS_MODULE_UNSEEN,
	RSS_MODULE_ABSENT,
	RSS_MODULE_LOADABLE,
	RSS_MODULE_THERE, /* loaded, or part of the kernel */
};

/**
 * struct rss_kernel_facts - by asking it, not by its number
 * @release: for people
 * @root: the caller is
 * @has: see there
 * @bpf: it lets us load an XDP program
 * @cpumap: there are CPUMAPs
 * @raw_tracepoint: programs at tracepoints, which watch the queues
 * @jit: BPF is compiled
 * @gro: CPUMAP joins packets (Linux 6.15): its entries have a "gro" member in BTF
 * @xfrm: there is IPsec
 * @esp: likewise for IPv4, then IPv6
 * @confidential: lockdown at its second level
 * @bpffs: a bpf file system is at @bpffs_dir
 */
struct rss_kernel_facts {
	char release[65];
	bool root;
	struct rss_kernel has;
	enum rss_answer bpf;
	enum rss_answer cpumap;
	enum rss_answer raw_tracepoint;
	enum rss_answer jit;
	enum rss_answer gro;
	enum rss_answer xfrm;
	enum rss_module esp[2];
	bool confidential;
	enum rss_answer bpffs;
	char bpffs_dir[128];
};

/**
 * struct rss_device_facts - an interface
 * @asked: the bond or VLAN device that was named; "": itself
 * @rps_seen: the next two were read
 * @rps: its receive queues that hand packets on to other CPUs by a hash (RPS)
 * @rps_text: CPUs of the first of them, as a mask
 */
struct rss_device_facts {
	struct rss_device dev;
	char asked[IF_NAMESIZE];
	struct rss_placement placement;
	bool rps_seen;
	u32 rps;
	char rps_text[64];
};

/* A counter of /proc/net/xfrm_stat. */
struct rss_xfrm_counter {
	char name[40];
	u64 value;
};
#define RSS_MAX_XFRM_COUNTERS 64

#define RSS_MAX_UNSEEN 16

/**
 * struct rss_facts - all of it
 * @online: CPUs; @offline: those that are there and are not
 * @nr_cpus: possible ones
 * @irqbalance: it runs
 * @now: CLOCK_REALTIME, seconds
 * @sad: of the caller's namespace, if @sad_read
 * @st: what is attached; NULL: nothing, or it could not be seen
 * @unseen: what could not be asked, and why; a line each
 */
struct rss_facts {
	struct rss_kernel_facts kernel;
	struct rss_device_facts *dev;
	u32 nr_dev;
	struct rss_cpuset online;
	struct rss_cpuset offline;
	u32 nr_cpus;
	bool irqbalance;
	u64 now;
	bool sad_read;
	struct rss_sad sad;
	struct rss_xfrm_counter counters[RSS_MAX_XFRM_COUNTERS];
	u32 nr_counters;
	struct rss_status *st;
	char unseen[RSS_MAX_UNSEEN][200];
	u32 nr_unseen;
};

/**
 * rss_facts_gather - look at the machine; changes nothing, and needs root for nothing but what it
 * then calls unseen
 * @ifaces: as named; bonds and VLAN devices stand for what is below them
 * @nr: 0: those that are attached, else the hardware that is up
 * @bpffs: NULL: RSS_BPFFS
 * @f: freed with rss_facts_free(), also after an error
 *
 * In the network namespace of the interfaces.
 *
 * Return: 0; -ENODEV; -EINVAL: XDP there cannot see ESP; -ENOMEM.
 */
int rss_facts_gather(const char *const *ifaces, u32 nr, const char *bpffs, struct rss_facts *f,
		     struct espalier_error *e) __must_check;
void rss_facts_free(struct rss_facts *f);

enum rss_severity {
	RSS_OK,
	RSS_NOTE,    /* good to know */
	RSS_WARNING, /* slows steering, or may lose packets */
	RSS_PROBLEM, /* stops it, or undoes it */
};
#define RSS_NR_SEVERITIES 4

/* "ok", "note", "warning", "problem". */
const char *rss_severity_name(enum rss_severity severity);

/**
 * struct rss_symptom - a finding
 * @check: one word, for programs: stays the same
 * @subject: what it is about: "kernel", "eth0", "SAs"...
 * @what: is found
 * @why: it matters; "": @what says it
 * @mend: the command or option that mends it; "": none does
 */
struct rss_symptom {
	enum rss_severity severity;
	char check[32];
	char subject[32];
	char what[240];
	char why[320];
	char mend[200];
};

/* @at: most important first once rss_doctor_judge() is done */
struct rss_diagnosis {
	struct rss_symptom *at;
	u32 nr;
	u32 count[RSS_NR_SEVERITIES];
	bool failed; /* out of memory */
};

/**
 * rss_doctor_judge - what the facts mean
 * @d: freed with rss_diagnosis_free()
 *
 * Pure. Return: 0 or -ENOMEM.
 */
int rss_doctor_judge(const struct rss_facts *f, struct rss_diagnosis *d) __must_check;
void rss_diagnosis_free(struct rss_diagnosis *d);

#endif
