// SPDX-License-Identifier: BSD-2-Clause
#include "gen_flow.h"

#include <errno.h>
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <espalier/sad.h>

#define PORT_NATT   4500
#define PORT_FIRST  1024
#define PORT_LAST   65535
#define PORT_SERVER 5001

/* Addresses for documentation: RFC 5737, RFC 3849. */
static const u8 default_src4[16] = {192, 0, 2, 1};
static const u8 default_dst4[16] = {198, 51, 100, 1};
static const u8 default_src6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
static const u8 default_dst6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 1};

static const u8 *address(bool given, const u8 *own, u32 family, const u8 *v4, const u8 *v6)
{
	return given ? own : family == 6 ? v6 : v4;
}

static void make_up(struct gen_flows *f, const struct gen_config *c)
{
	const u8 *src = address(c->has_src, c->src, c->family, default_src4, default_src6);
	const u8 *dst = address(c->has_dst, c->dst, c->family, default_dst4, default_dst6);

	for (u32 i = 0; i < c->sas; i++) {
		struct gen_flow *flow = &f->at[i];

		memcpy(flow->src, src, 16);
		memcpy(flow->dst, dst, 16);
		flow->spi = c->spi + i;
		flow->seq = c->seq;
		flow->sport = (u16)(PORT_FIRST + i % (PORT_LAST - PORT_FIRST + 1));
		flow->dport = PORT_SERVER;
		flow->family = (u8)c->family;
		flow->kind = GEN_ESP;
	}
	f->nr = c->sas;
}

struct collect {
	struct gen_flows *f;
	const struct gen_config *c;
	size_t room;
};

static bool is_zero(const u8 *p, size_t len)
{
	return !p[0] && !memcmp(p, p + 1, len - 1);
}

/* What can come in: ESP and AH of the namespace that packets are in, unless it is for output. */
static int collect(const struct espalier_sa *sa, void *arg)
{
	struct collect *ctx = arg;
	bool v6 = sa->id.family == AF_INET6;
	struct gen_flow *flow;

	if (sa->id.netns || sa->dir == 2 ||
	    (sa->id.proto != IPPROTO_ESP && sa->id.proto != IPPROTO_AH))
		return 0;
	if (ctx->f->nr == ctx->room)
		return 1;
	flow = &ctx->f->at[ctx->f->nr++];
	memcpy(flow->src, sa->saddr, v6 ? 16 : 4);
	if (is_zero(flow->src, v6 ? 16 : 4))
		memcpy(flow->src, v6 ? default_src6 : default_src4, 16);
	memcpy(flow->dst, sa->id.daddr, v6 ? 16 : 4);
	flow->spi = sa->id.spi;
	flow->seq = ctx->c->seq;
	flow->family = v6 ? 6 : 4;
	flow->kind = sa->id.proto == IPPROTO_AH ? GEN_AH : sa->encap_type ? GEN_ESP_UDP : GEN_ESP;
	flow->sport = sa->encap_type ? sa->encap_sport : PORT_NATT;
	flow->dport = sa->encap_type ? sa->encap_dport : PORT_NATT;
	return 0;
}

static u32 to_fraction(double p)
{
	return p >= 1 ? U32_MAX : (u32)(p * 4294967296.0);
}

/* Small entries take what large ones have too much, one large one each (Vose). */
static int init_zipf(struct gen_flows *f, double exponent)
{
	double *p = malloc(f->nr * sizeof(*p)), sum = 0;
	u32 *todo = malloc(f->nr * sizeof(*todo));
	u32 small = 0, large = f->nr;

	f->keep = malloc(f->nr * sizeof(*f->keep));
	f->alias = malloc(f->nr * sizeof(*f->alias));
	if (!p || !todo || !f->keep || !f->alias) {
		free(p);
		free(todo);
		return -ENOMEM;
	}
	for (u32 i = 0; i < f->nr; i++)
		sum += p[i] = pow(i + 1.0, -exponent);
	for (u32 i = 0; i < f->nr; i++) {
		p[i] *= f->nr / sum;
		todo[p[i] < 1 ? small++ : --large] = i;
	}
	/* The small ones lie at the front of todo, the large ones at its end. */
	while (small && large < f->nr) {
		u32 s = todo[--small], l = todo[large];

		f->keep[s] = to_fraction(p[s]);
		f->alias[s] = l;
		p[l] -= 1 - p[s];
		if (p[l] < 1) {
			large++;
			todo[small++] = l;
		}
	}
	while (small || large < f->nr) {
		u32 i = small ? todo[--small] : todo[large++];

		f->keep[i] = U32_MAX;
		f->alias[i] = i;
	}
	free(p);
	free(todo);
	return 0;
}

int gen_flows_init(struct gen_flows *f, const struct gen_config *c, struct espalier_sad *sad,
		   struct espalier_error *e)
{
	size_t room = c->sas ? c->sas : espalier_sad_count(sad);
	int err = 0;

	memset(f, 0, sizeof(*f));
	if (room > GEN_SAS_MAX)
		return fail(e, EINVAL, "gen: sas=sad: more than %u SAs", GEN_SAS_MAX);
	f->at = calloc(max(room, (size_t)1), sizeof(*f->at));
	if (!f->at)
		return fail(e, ENOMEM, "gen: out of memory");
	if (c->sas) {
		make_up(f, c);
	} else {
		struct collect ctx = {f, c, room};

		espalier_sad_walk(sad, collect, &ctx);
	}
	if (!f->nr)
		err = fail(e, ENOENT, "gen: sas=sad: no ESP or AH SA for incoming packets");
	else if (c->dist == GEN_ZIPF && init_zipf(f, c->zipf))
		err = fail(e, ENOMEM, "gen: out of memory");
	if (err)
		gen_flows_free(f);
	return err;
}

void gen_flows_free(struct gen_flows *f)
{
	free(f->at);
	free(f->keep);
	free(f->alias);
	memset(f, 0, sizeof(*f));
}

struct gen_flow *gen_flows_pick(struct gen_flows *f, enum gen_dist dist, u64 random)
{
	/* The high half scaled to the number of flows; the low half is left for the alias. */
	u32 i = (u32)((random >> 32) * f->nr >> 32);

	switch (dist) {
	case GEN_UNIFORM:
		break;
	case GEN_ZIPF:
		if ((u32)random > f->keep[i])
			i = f->alias[i];
		break;
	case GEN_ROUNDROBIN:
		i = f->next;
		f->next = i + 1 == f->nr ? 0 : i + 1;
		break;
	}
	return &f->at[i];
}
