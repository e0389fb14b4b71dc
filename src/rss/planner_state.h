/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_PLANNER_STATE_H
#define RSS_PLANNER_STATE_H

#include <espalier/xdp.h>

#include "rss/headers.h"
#include "rss/load.h"
#include "rss/marks.h"
#include "rss/planner.h"
#include "rss/prog.h"
#include "rss/wishes.h"
#include "sas.h"

/* What the planner's own files share. */

/* One loaded esp_rss: its maps are its own, so that policies can be planned side by side. */
struct rss_bench {
	struct rss_prog *prog;
	struct espalier_xdp *xdp;
};

int rss_bench_open(struct rss_bench *b, const struct rss_planner_options *o, enum rss_policy policy,
		   const struct rss_marks *marks, struct espalier_error *e) __must_check;
void rss_bench_close(struct rss_bench *b);
/* The decision belongs to @b until its next run. */
int rss_bench_run(struct rss_bench *b, const void *data, u32 len, const struct rss_decision **out,
		  struct espalier_error *e) __must_check;

/* Other ways for the same packets: compare.c. */
struct rss_compare;
int rss_compare_new(const struct rss_planner_options *o, const struct rss_marks *marks,
		    struct rss_compare **out, struct espalier_error *e) __must_check;
void rss_compare_free(struct rss_compare *c);
/**
 * rss_compare_frame - account for a packet that steering is about
 * @data: @len bytes, padded to the length on the wire
 * @captured: of them
 * @bytes: on the wire
 * @d: what the plan itself decided
 */
int rss_compare_frame(struct rss_compare *c, const void *data, u32 len, u32 captured, u64 bytes,
		      const struct rss_decision *d, struct espalier_error *e) __must_check;
void rss_compare_finish(struct rss_compare *c, struct rss_plan_result *r);

/* What a daemon does for RSS_LEAST_LOADED: plan_daemon.c. */
struct rss_playing_daemon {
	struct rss_load_sa *sas;
	struct rss_plan_sa **moving; /* which ones they are */
	struct rss_rate *fragments;  /* by CPU */
	double *load;		     /* by CPU */
};
int rss_playing_init(struct rss_playing_daemon *d, u32 nr_cpus) __must_check;
void rss_playing_fini(struct rss_playing_daemon *d);
/* @elapsed_ns of the capture have gone by since the last time. */
int rss_playing_tick(struct rss_planner *p, u64 elapsed_ns) __must_check;

struct rss_planner {
	struct rss_planner_options o;
	struct espalier_sad *sad;
	struct rss_marks marks;
	struct rss_bench bench;
	struct rss_compare *compare;
	struct rss_sas sas;
	struct rss_sas unknown;
	struct rss_plan_result r;
	u64 quiet_ns;
	u64 now;
	u64 ticked;
	struct rss_playing_daemon daemon;
	u8 *padded; /* zeroes, but for a frame that is being run */
};

#endif
