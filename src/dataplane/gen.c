// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/gen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gen_build.h"

/* What one burst is written to: some thousand small frames, or a few of the largest. */
#define BURST_BYTES (512u << 10)

struct gen {
	struct gen_config config;
	struct gen_flows flows;
	struct gen_builder builder;
	u64 random;
	u64 done;
	u64 time_ns;
	u64 time_rest;	/* of a nanosecond, in units of 1/rate */
	u32 second_len; /* of a second fragment that waits; 0: none does */
	u8 second[GEN_FRAME_ROOM];
	u8 burst[BURST_BYTES];
};

int gen_open(const char *spec, struct espalier_sad *sad, struct gen **out, struct espalier_error *e)
{
	struct gen *g = calloc(1, sizeof(*g));
	int err;

	if (!g)
		return fail(e, ENOMEM, "gen: out of memory");
	err = gen_config_parse(spec, sad != NULL, &g->config, e);
	if (!err)
		err = gen_flows_init(&g->flows, &g->config, sad, e);
	if (!err && gen_builder_init(&g->builder, &g->config))
		err = fail(e, ENOMEM, "gen: out of memory");
	if (err) {
		gen_close(g);
		return err;
	}
	g->random = g->config.seed;
	*out = g;
	return 0;
}

void gen_close(struct gen *g)
{
	if (!g)
		return;
	gen_builder_free(&g->builder);
	gen_flows_free(&g->flows);
	free(g);
}

void gen_progress(const struct gen *g, u64 *done, u64 *total)
{
	*done = g->done;
	*total = g->config.count;
}

static u32 pick_size(const struct gen_config *c, u64 random)
{
	static const u16 imix[12] = {64, 64, 64, 64, 64, 64, 64, 594, 594, 594, 594, 1518};
	u32 r = (u32)(random >> 32);

	if (c->imix)
		return imix[(u64)r * 12 >> 32];
	return c->size_min + (u32)((u64)r * (c->size_max - c->size_min + 1) >> 32);
}

/* What a gateway behind a NAT and one without see together, in percent. */
static enum gen_kind pick_mixed(const struct gen_flow *flow, u64 random)
{
	u32 r = (u32)((u64)(u32)random * 100 >> 32);

	if (r < 70)
		return flow->kind;
	if (r < 80)
		return GEN_ESP_UDP;
	if (r < 85)
		return GEN_AH;
	if (r < 90)
		return GEN_UDP;
	if (r < 95)
		return GEN_TCP;
	if (r < 97)
		return GEN_IKE;
	return r < 99 ? GEN_IKE_NATT : GEN_KEEPALIVE;
}

static enum gen_kind pick_kind(const struct gen_config *c, const struct gen_flow *flow, u64 random)
{
	switch (c->kind) {
	case GEN_BY_SA:
		return flow->kind;
	case GEN_MIX:
		return pick_mixed(flow, random);
	default:
		return c->kind;
	}
}

static u32 next_frame(struct gen *g, u8 *out)
{
	const struct gen_config *c = &g->config;
	struct gen_flow *flow;
	enum gen_kind kind;
	u64 random;
	u32 len;

	if (g->second_len) {
		len = g->second_len;
		memcpy(out, g->second, len);
		g->second_len = 0;
		return len;
	}
	flow = gen_flows_pick(&g->flows, c->dist, gen_random(&g->random));
	random = gen_random(&g->random);
	kind = pick_kind(c, flow, random);
	len = gen_build(&g->builder, flow, kind, pick_size(c, random), gen_random(&g->random), out);
	if (c->frag && gen_random(&g->random) % 100 < c->frag)
		g->second_len = gen_split(&g->builder, out, &len, g->second);
	return len;
}

static void pass_time(struct gen *g)
{
	g->time_ns += 1000000000u / g->config.rate;
	g->time_rest += 1000000000u % g->config.rate;
	if (g->time_rest >= g->config.rate) {
		g->time_rest -= g->config.rate;
		g->time_ns++;
	}
}

u32 gen_burst(struct gen *g, struct frame *frames, u32 max)
{
	u32 nr = 0, used = 0;

	while (nr < max && g->done < g->config.count && BURST_BYTES - used >= GEN_FRAME_ROOM) {
		u8 *out = g->burst + used;
		u32 len = next_frame(g, out);

		frames[nr++] = (struct frame){
			.data = out, .len = len, .wire_len = len, .time_ns = g->time_ns};
		used += (len + 63u) & ~63u;
		g->done++;
		pass_time(g);
	}
	return nr;
}
