// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "planner_state.h"

#define QUEUE_SIZE 2048
/* No IP packet reaches so far: of what is longer, the rest cannot matter to the program. */
#define FRAME_MAX (256u << 10)

static int set_up(struct rss_bench *b, const struct rss_planner_options *o, enum rss_policy policy,
		  const struct rss_marks *marks, struct espalier_error *e)
{
	struct rss_config *c = rss_prog_config(b->prog);
	u32 cpus[RSS_MAX_CPUS];
	int err = 0;

	for (u32 i = 0; i < o->nr_cpus && !err; i++) {
		cpus[i] = i;
		err = rss_prog_open_cpu(b->prog, i, QUEUE_SIZE, e);
	}
	if (!err)
		err = rss_prog_set_policy(b->prog, policy, cpus, o->nr_cpus, e);
	if (err)
		return err;
	c->fixed_cpu = policy == RSS_FIXED ? o->fixed_cpu : RSS_NO_CPU;
	c->nr_ports = o->nr_ports;
	memcpy(c->ports, o->ports, sizeof(c->ports));
	c->nr_marks = marks->nr;
	memcpy(c->marks, marks->mark, sizeof(c->marks));
	c->steer_until = RSS_ON;
	err = espalier_xdp_new(rss_prog_fd(b->prog), FRAME_MAX, &b->xdp);
	return err ? fail(e, -err, "esp_rss: %s", strerror(-err)) : 0;
}

int rss_bench_open(struct rss_bench *b, const struct rss_planner_options *o, enum rss_policy policy,
		   const struct rss_marks *marks, struct espalier_error *e)
{
	struct rss_prog_options load = {
		.nr_cpus = o->nr_cpus,
		.max_sas = o->max_sas,
		.lookup = RSS_LOOKUP_KFUNC,
		.record = true,
	};
	int err = rss_prog_load(&load, &b->prog, e);

	if (!err)
		err = set_up(b, o, policy, marks, e);
	if (err)
		rss_bench_close(b);
	return err;
}

void rss_bench_close(struct rss_bench *b)
{
	espalier_xdp_free(b->xdp);
	rss_prog_free(b->prog);
	*b = (struct rss_bench){0};
}

int rss_bench_run(struct rss_bench *b, const void *data, u32 len, const struct rss_decision **out,
		  struct espalier_error *e)
{
	struct espalier_verdict v;
	int err = espalier_xdp_run(b->xdp, data, min(len, FRAME_MAX), NULL, &v);

	if (err)
		return fail(e, -err, "packet of %u bytes: %s", len, strerror(-err));
	*out = rss_prog_decision(b->prog);
	return 0;
}
