/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_REPLACE_H
#define RSS_REPLACE_H

#include "rss/attach.h"

/**
 * rss_replace - swap program and settings of all interfaces
 * @in: what is there; NULL: pins of another layout
 *
 * The settings live in a map of the new program's own, so that each packet is steered by the old
 * ones or by the new ones. Counters and assignments go on in the maps that both share.
 */
int rss_replace(const struct rss_attach *a, struct rss_pins *pins, struct rss_instance *in,
		struct rss_plan *plan, void (*warn)(const char *line),
		struct espalier_error *e) __must_check;

/* Steps that creating and replacing have in common (attach.c). */

/* When a trial ends; @otherwise: there is none. */
u64 rss_steer_until(const struct rss_attach *a, u64 otherwise);
/* Load with the tracepoint programs, attached, where that is permitted; else links are -1. */
int rss_load_watched(struct rss_prog_options *o, struct rss_prog **prog, int links[2],
		     struct espalier_error *e) __must_check;
void rss_close_watch(int links[2]);
int rss_apply_settings(struct rss_prog *prog, const struct rss_settings *s,
		       struct espalier_error *e) __must_check;
int rss_open_cpus(struct rss_prog *prog, u32 nr_cpus, u32 qsize,
		  struct espalier_error *e) __must_check;
int rss_seed_info(struct rss_prog *prog, const struct rss_plan *plan,
		  struct espalier_error *e) __must_check;
void rss_fill_meta(struct rss_meta *meta, const struct rss_plan *plan, u32 nr_cpus);
/* The maps that a program behind a dispatcher shares with the instance. */
void rss_share_maps(struct rss_prog_options *o, const struct rss_instance *in);
int rss_attach_target(struct rss_pins *pins, const struct rss_instance *in,
		      const struct rss_attach *a, struct rss_target *t, void (*warn)(const char *),
		      struct espalier_error *e) __must_check;

#endif
