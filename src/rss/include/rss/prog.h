/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_PROG_H
#define RSS_PROG_H

#include <bpf/libbpf.h>

#include "base/error.h"

#include "esp_rss.h"

/*
 * progs/esp_rss.bpf.c, loaded: by planner, attachment and tests alike, into whichever engine was
 * chosen before (espalier_set_engine()). What a caller may touch of it are its settings and its
 * maps.
 */
struct rss_prog;

/* The maps of the program; their keys and values are those of esp_rss.h. */
enum rss_map {
	RSS_MAP_CONFIG,
	RSS_MAP_DECISION,
	RSS_MAP_CPU_MAP, /* CPUMAP: u32 CPU -> struct bpf_cpumap_val */
	RSS_MAP_SAS,
	RSS_MAP_WISHES,
	RSS_MAP_GROUPS,
	RSS_MAP_SA_INFO,
	RSS_MAP_CPUS,
	RSS_MAP_POLICY_CPUS,
	RSS_MAP_QUEUES,
	RSS_MAP_REASONS,
	RSS_MAP_TARGETS,
	RSS_NR_MAPS,
};

/**
 * struct rss_prog_options - what must be known before the program is loaded
 * @nr_cpus: size of the per-CPU tables: the possible CPUs
 * @max_sas: SAs that can be told apart; 0: the program's own default
 * @lookup: the rung of the ladder
 * @record: write struct rss_decision for each packet
 * @no_frags: esp_rss_linear, without BPF_F_XDP_HAS_FRAGS, so that programs behind libxdp's
 *dispatcher, which have not got it either, may use the same cpumap
 * @watch_queues: load the programs of the cpumap's tracepoints too
 * @reuse: descriptors of maps of an earlier load to go on with, by enum rss_map; 0: a new map. Stay
 *	the caller's
 */
struct rss_prog_options {
	u32 nr_cpus;
	u32 max_sas;
	enum rss_lookup lookup;
	bool record;
	bool no_frags;
	bool watch_queues;
	int reuse[RSS_NR_MAPS];
};

/**
 * rss_prog_load - load the program and its maps
 * @o: see there
 * @out: owned by the caller
 * @e: one line on failure
 *
 * Settings are at first: switched off, policy RSS_BALANCE over no CPUs, port 4500, mark 0, the
 * device's own namespace. The caller sets them, then rss_config::steer_until last.
 *
 * Return: 0; -EPERM not permitted; other -errno of bpf(2).
 */
int rss_prog_load(const struct rss_prog_options *o, struct rss_prog **out,
		  struct espalier_error *e) __must_check;
/**
 * rss_prog_open - as rss_prog_load(), but leave the loading to another library
 *
 * Of the result only rss_prog_object(), rss_prog_program() and rss_prog_free() may be used.
 */
int rss_prog_open(const struct rss_prog_options *o, struct rss_prog **out,
		  struct espalier_error *e) __must_check;
void rss_prog_free(struct rss_prog *p);

/* The settings, shared with the running program. */
struct rss_config *rss_prog_config(struct rss_prog *p);
/* Of the last packet, if recorded. */
struct rss_decision *rss_prog_decision(struct rss_prog *p);

/* Descriptors, owned by @p. -1 for a tracepoint program that was not asked for. */
int rss_prog_fd(const struct rss_prog *p);
int rss_prog_enqueue_fd(const struct rss_prog *p);
int rss_prog_dequeue_fd(const struct rss_prog *p);
int rss_prog_map_fd(const struct rss_prog *p, enum rss_map map);
/* Name of a map, as bpftool and pins show it. */
const char *rss_map_name(enum rss_map map);
/* For whom needs libbpf's view (the dispatcher). */
struct bpf_object *rss_prog_object(struct rss_prog *p);
struct bpf_program *rss_prog_program(const struct rss_prog *p);

/**
 * rss_prog_open_cpu - give a CPU a queue and let packets go there
 * @cpu: below nr_cpus
 * @qsize: packets
 *
 * Return: 0 or -errno.
 */
int rss_prog_open_cpu(struct rss_prog *p, u32 cpu, u32 qsize,
		      struct espalier_error *e) __must_check;

/**
 * rss_prog_set_policy - which CPUs the policy gives to SAs without an owner
 * @cpus: each opened before
 * @nr: at most RSS_MAX_CPUS
 */
int rss_prog_set_policy(struct rss_prog *p, enum rss_policy policy, const u32 *cpus, u32 nr,
			struct espalier_error *e) __must_check;

#endif
