// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "intern.h"
#include "replay.h"
#include "sad/sad.h"

/* What store_words() stores. */
_Static_assert(!(offsetof(struct xfrm_state, props.smark) % sizeof(u64)) &&
		       !(offsetof(struct xfrm_state, lft) % sizeof(u64)) &&
		       !(offsetof(struct xfrm_state, sel) % sizeof(u64)),
	       "fields that an update stores are whole words");
_Static_assert(sizeof(((struct xfrm_state *)0)->rcu) == sizeof(struct rcu_head),
	       "struct xfrm_state keeps room for an rcu_head");

#define ESP_HEADER    8
#define AH_HEADER     12
#define IPCOMP_HEADER 4
#define UDP_HEADER    8

static size_t state_bytes(size_t esn_bytes)
{
	return round_up_to(sizeof(struct xfrm_state) + esn_bytes, (size_t)SAD_STATE_ALIGN);
}

static size_t esn_bytes(const struct xfrm_state *x)
{
	return x->replay_esn ? sizeof(*x->replay_esn) + x->replay_esn->bmp_len * sizeof(u32) : 0;
}

void sad_spec_init(struct sad_spec *spec)
{
	*spec = (struct sad_spec){
		.family = AF_INET,
		.pcpu_num = U32_MAX,
		.lft = {XFRM_INF, XFRM_INF, XFRM_INF, XFRM_INF},
	};
}

static int check_mode(const struct sad_spec *spec, struct espalier_error *e)
{
	bool esp = spec->id.proto == IPPROTO_ESP;

	switch (spec->mode) {
	case XFRM_MODE_TRANSPORT:
	case XFRM_MODE_TUNNEL:
		if (sad_proto_has_spi(spec->id.proto))
			return 0;
		break;
	case XFRM_MODE_BEET:
		if (esp)
			return 0;
		break;
	case SAD_MODE_IPTFS:
		if (esp && !spec->dir)
			return fail(e, EINVAL, "mode iptfs needs a dir");
		if (esp)
			return 0;
		break;
	case XFRM_MODE_ROUTEOPTIMIZATION:
	case XFRM_MODE_IN_TRIGGER:
		if (!sad_proto_has_spi(spec->id.proto))
			return 0;
		break;
	default:
		return fail(e, EINVAL, "unknown mode %u", spec->mode);
	}
	return fail(e, EINVAL, "that mode does not go with that proto");
}

static int check_algos(const struct sad_spec *spec, struct espalier_error *e)
{
	bool aead = spec->algo[SAD_ALGO_AEAD].algo;
	bool auth = spec->algo[SAD_ALGO_AUTH].algo;
	bool enc = spec->algo[SAD_ALGO_ENC].algo;
	bool comp = spec->algo[SAD_ALGO_COMP].algo;
	const struct sad_algo_use *a = &spec->algo[SAD_ALGO_AUTH];
	bool fits;

	if (aead && (auth || enc))
		return fail(e, EINVAL, "aead goes with neither auth nor enc");
	switch (spec->id.proto) {
	case IPPROTO_ESP:
		fits = !comp;
		break;
	case IPPROTO_AH:
		fits = !aead && !enc && !comp;
		break;
	case IPPROTO_COMP:
		fits = !aead && !enc && !auth;
		break;
	default:
		fits = !aead && !enc && !auth && !comp;
	}
	if (!fits)
		return fail(e, EINVAL, "that kind of algorithm does not go with that proto");
	if (auth && a->icv_bits > a->algo->digest)
		return fail(e, EINVAL, "an ICV of %u bits is longer than %s gives", a->icv_bits,
			    a->algo->name);
	return 0;
}

static int check_dir(const struct sad_spec *spec, struct espalier_error *e)
{
	if (spec->dir == XFRM_SA_DIR_OUT &&
	    (spec->flags & (XFRM_STATE_DECAP_DSCP | XFRM_STATE_ICMP | XFRM_STATE_WILDRECV)))
		return fail(e, EINVAL,
			    "flags decap-dscp, icmp and wildrecv do not go with dir out");
	if (spec->dir == XFRM_SA_DIR_IN && (spec->flags & XFRM_STATE_NOPMTUDISC))
		return fail(e, EINVAL, "flag nopmtudisc does not go with dir in");
	if (spec->dir == XFRM_SA_DIR_IN &&
	    (spec->extra_flags & (XFRM_SA_XFLAG_DONT_ENCAP_DSCP | XFRM_SA_XFLAG_OSEQ_MAY_WRAP)))
		return fail(e, EINVAL,
			    "extra flags dont-encap-dscp and oseq-may-wrap do not go with dir in");
	if (spec->pcpu_num != U32_MAX && !spec->dir)
		return fail(e, EINVAL, "pcpu-num needs a dir");
	return 0;
}

static int check_id(const struct sad_spec *spec, struct espalier_error *e)
{
	u32 longest = spec->sel.family == AF_INET ? 32 : 128;

	if (spec->family != AF_INET && spec->family != AF_INET6)
		return fail(e, EINVAL, "unknown address family %u", spec->family);
	switch (spec->id.proto) {
	case IPPROTO_ESP:
	case IPPROTO_AH:
		break;
	case IPPROTO_COMP:
		if (ntohl(spec->id.spi) >= 0x10000)
			return fail(e, EINVAL, "the spi of proto comp is below 0x10000");
		break;
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		if (spec->id.spi)
			return fail(e, EINVAL, "proto route2 and hao have no spi");
		if (spec->family != AF_INET6)
			return fail(e, EINVAL, "proto route2 and hao are for IPv6 only");
		break;
	default:
		return fail(e, EINVAL, "proto %u is not one of IPsec's", spec->id.proto);
	}
	if (sad_proto_has_spi(spec->id.proto) == spec->has_coaddr)
		return fail(e, EINVAL, "coa goes with proto route2 and hao, and with those only");
	if (spec->sel.family &&
	    (spec->sel.prefixlen_s > longest || spec->sel.prefixlen_d > longest))
		return fail(e, EINVAL, "prefix of the selector is over %u bits", longest);
	if (spec->has_encap && spec->id.proto != IPPROTO_ESP)
		return fail(e, EINVAL, "encap goes with proto esp only");
	if (spec->tfcpad && (spec->id.proto != IPPROTO_ESP || spec->mode != XFRM_MODE_TUNNEL))
		return fail(e, EINVAL, "tfcpad goes with proto esp mode tunnel only");
	return 0;
}

int sad_spec_check(const struct sad_spec *spec, struct espalier_error *e)
{
	int err = check_id(spec, e);

	if (!err)
		err = check_mode(spec, e);
	if (!err)
		err = check_algos(spec, e);
	if (!err)
		err = replay_check(spec, e);
	if (!err)
		err = check_dir(spec, e);
	return err;
}

/* x->props.header_len and trailer_len: what the protocol and mode add to a packet. */
static void set_lengths(struct xfrm_state *x, const struct sad_spec *spec)
{
	const struct sad_algo_use *enc = &spec->algo[SAD_ALGO_ENC];
	const struct sad_algo_use *auth = &spec->algo[SAD_ALGO_AUTH];
	int outer = x->props.family == AF_INET6 ? 40 : 20;
	int iv = 0, block = 4, icv = 0;

	if (spec->algo[SAD_ALGO_AEAD].algo)
		enc = &spec->algo[SAD_ALGO_AEAD];
	if (enc->algo) {
		iv = enc->algo->iv;
		block = enc->algo->block > 4 ? enc->algo->block : 4;
		icv = enc->algo->icv / 8;
	}
	if (auth->algo)
		icv = (int)auth->icv_bits / 8;
	switch (x->id.proto) {
	case IPPROTO_ESP:
		x->props.header_len = ESP_HEADER + iv;
		x->props.trailer_len = block + 1 + icv;
		if (x->encap)
			x->props.header_len += UDP_HEADER;
		break;
	case IPPROTO_AH:
		x->props.header_len = (int)round_up_to((u64)(AH_HEADER + icv), outer == 40 ? 8 : 4);
		break;
	case IPPROTO_COMP:
		x->props.header_len = spec->mode == XFRM_MODE_TUNNEL ? 0 : IPCOMP_HEADER;
		break;
	}
	if (spec->mode == XFRM_MODE_TUNNEL)
		x->props.header_len += outer;
}

static int intern(const void **to, const void *data, size_t size)
{
	*to = intern_get(data, size);
	return *to ? 0 : -ENOMEM;
}

static int set_algos(struct xfrm_state *x, const struct sad_spec *spec)
{
	const struct sad_algo_use *use = spec->algo;
	int err = 0;

	if (use[SAD_ALGO_AEAD].algo) {
		struct xfrm_algo_aead a = {.alg_key_len = use[SAD_ALGO_AEAD].key_bits,
					   .alg_icv_len = use[SAD_ALGO_AEAD].icv_bits};

		strcpy(a.alg_name, use[SAD_ALGO_AEAD].algo->name);
		x->props.ealgo = use[SAD_ALGO_AEAD].algo->id;
		err = intern((const void **)&x->aead, &a, sizeof(a));
	}
	if (!err && use[SAD_ALGO_AUTH].algo) {
		struct xfrm_algo_auth a = {.alg_key_len = use[SAD_ALGO_AUTH].key_bits,
					   .alg_trunc_len = use[SAD_ALGO_AUTH].icv_bits};

		strcpy(a.alg_name, use[SAD_ALGO_AUTH].algo->name);
		x->props.aalgo = use[SAD_ALGO_AUTH].algo->id;
		err = intern((const void **)&x->aalg, &a, sizeof(a));
	}
	for (u32 kind = SAD_ALGO_ENC; !err && kind <= SAD_ALGO_COMP; kind++) {
		struct xfrm_algo a = {.alg_key_len = use[kind].key_bits};

		if (!use[kind].algo)
			continue;
		strcpy(a.alg_name, use[kind].algo->name);
		if (kind == SAD_ALGO_ENC)
			x->props.ealgo = use[kind].algo->id;
		else
			x->props.calgo = use[kind].algo->id;
		err = intern((const void **)(kind == SAD_ALGO_ENC ? &x->ealg : &x->calg), &a,
			     sizeof(a));
	}
	return err;
}

static size_t ctx_bytes(const struct xfrm_sec_ctx *ctx)
{
	return ctx ? sizeof(*ctx) + ctx->ctx_len : 0;
}

static int set_ctx(struct xfrm_state *x, const struct sad_spec *spec)
{
	union {
		struct xfrm_sec_ctx ctx;
		char bytes[sizeof(struct xfrm_sec_ctx) + SAD_CTX_MAX + 1];
	} buf = {0};
	size_t len = strlen(spec->ctx);

	if (!len)
		return 0;
	buf.ctx.ctx_doi = 1; /* LSM */
	buf.ctx.ctx_alg = 1; /* SELinux */
	buf.ctx.ctx_len = (u16)(len + 1);
	memcpy(buf.bytes + sizeof(buf.ctx), spec->ctx, len);
	return intern((const void **)&x->security, &buf, ctx_bytes(&buf.ctx));
}

/* Of a device that a text names the number is not known: it is a matter of the machine it is in. */
static int set_device(struct net_device **to, const char name[16], int ifindex)
{
	struct net_device dev = {.ifindex = ifindex};

	memcpy(dev.name, name, sizeof(dev.name));
	return intern((const void **)to, &dev, sizeof(dev));
}

static int set_devices(struct xfrm_state *x, const struct sad_spec *spec)
{
	int err = 0;

	if (spec->offload) {
		x->xso.type = spec->offload & 3u;
		x->xso.dir = spec->offload_dir & 3u;
		err = set_device(&x->xso.dev, spec->offload_dev, spec->offload_ifindex);
		x->xso.real_dev = x->xso.dev;
	}
	if (!err && spec->sel_dev[0])
		err = set_device((struct net_device **)&x->sel_dev, spec->sel_dev,
				 spec->sel.ifindex);
	return err;
}

static struct xfrm_mode mode_of(u8 encap, u16 family)
{
	u8 flags = encap == XFRM_MODE_TUNNEL || encap == SAD_MODE_IPTFS;

	return (struct xfrm_mode){.encap = encap, .family = (u8)family, .flags = flags};
}

/* Which family a packet has inside; with an unspecific selector in tunnel mode, either. */
static void set_modes(struct xfrm_state *x)
{
	u16 inner = x->sel.family ? x->sel.family : x->props.family;

	x->outer_mode = mode_of(x->props.mode, x->props.family);
	x->inner_mode = mode_of(x->props.mode, inner);
	if (!x->sel.family && x->inner_mode.flags)
		x->inner_mode_iaf = mode_of(x->props.mode, inner == AF_INET ? AF_INET6 : AF_INET);
}

static void set_plain(struct xfrm_state *x, const struct sad_spec *spec)
{
	x->id = spec->id;
	x->mark = spec->mark;
	x->pcpu_num = spec->pcpu_num;
	x->props.family = spec->family;
	x->props.mode = spec->mode;
	x->props.reqid = spec->reqid;
	x->props.flags = spec->flags;
	x->props.extra_flags = spec->extra_flags;
	x->props.saddr = spec->saddr;
	x->props.smark = spec->smark;
	x->if_id = spec->if_id;
	x->dir = spec->dir;
	x->tfcpad = spec->tfcpad;
	x->nat_keepalive_interval = spec->nat_keepalive_interval;
	x->sel = spec->sel;
	x->lft = spec->lft;
	x->curlft = spec->curlft;
	if (!x->curlft.add_time)
		x->curlft.add_time = (u64)time(NULL);
	x->stats = spec->stats;
	x->lastused = spec->lastused;
	x->km.state = XFRM_STATE_VALID;
	x->km.proto = spec->id.proto;
	x->km.seq = spec->seq;
	set_modes(x);
}

static int set_shared(struct xfrm_state *x, const struct sad_spec *spec)
{
	struct xfrm_type type = {.proto = spec->id.proto};
	int err = intern((const void **)&x->type, &type, sizeof(type));

	if (!err && spec->has_encap)
		err = intern((const void **)&x->encap, &spec->encap, sizeof(spec->encap));
	if (!err && spec->has_coaddr)
		err = intern((const void **)&x->coaddr, &spec->coaddr, sizeof(spec->coaddr));
	if (!err)
		err = set_algos(x, spec);
	if (!err)
		err = set_ctx(x, spec);
	if (!err)
		err = set_devices(x, spec);
	return err;
}

static void state_free(struct xfrm_state *x)
{
	intern_put(x->type, sizeof(*x->type));
	intern_put(x->encap, sizeof(*x->encap));
	intern_put(x->coaddr, sizeof(*x->coaddr));
	intern_put(x->aead, sizeof(*x->aead));
	intern_put(x->aalg, sizeof(*x->aalg));
	intern_put(x->ealg, sizeof(*x->ealg));
	intern_put(x->calg, sizeof(*x->calg));
	intern_put(x->security, ctx_bytes(x->security));
	intern_put(x->xso.dev, sizeof(*x->xso.dev));
	intern_put(x->sel_dev, sizeof(*x->sel_dev));
	sad_netns_put(container_of(x->xs_net.net, struct sad_netns, net));
	arena_free(x, state_bytes(esn_bytes(x)));
}

int sad_state_new(const struct sad_spec *spec, struct sad_netns *net, struct xfrm_state **out)
{
	size_t replay = replay_bytes(spec);
	struct xfrm_state *x = arena_alloc(state_bytes(replay), SAD_STATE_ALIGN);

	if (!x)
		return -ENOMEM;
	__atomic_fetch_add(&net->refs, 1, __ATOMIC_RELAXED);
	x->xs_net.net = &net->net;
	x->netns_id = net->id;
	x->refcnt.refs.counter = 1;
	set_plain(x, spec);
	replay_init(x, spec, replay ? (struct xfrm_replay_state_esn *)(x + 1) : NULL);
	if (set_shared(x, spec)) {
		state_free(x);
		return -ENOMEM;
	}
	set_lengths(x, spec);
	*out = x;
	return 0;
}

static void state_free_rcu(struct rcu_head *head)
{
	state_free(container_of((void *)head, struct xfrm_state, rcu));
}

void sad_state_destroy(struct xfrm_state *x)
{
	rcu_defer((struct rcu_head *)x->rcu, state_free_rcu);
}

/* Programs read these without a lock: whole words, never half of one. */
static void store_words(void *to, const void *from, size_t size)
{
	for (size_t i = 0; i < size / sizeof(u64); i++)
		__atomic_store_n((u64 *)to + i, ((const u64 *)from)[i], __ATOMIC_RELAXED);
}

void sad_state_update(struct xfrm_state *x, struct xfrm_state *with)
{
	/* Swapped, so that the old ones go, after a grace period, with @with. */
	if (x->encap && with->encap) {
		struct xfrm_encap_tmpl *encap = x->encap;

		__atomic_store_n(&x->encap, with->encap, __ATOMIC_RELEASE);
		with->encap = encap;
	}
	if (x->coaddr && with->coaddr) {
		xfrm_address_t *coaddr = x->coaddr;

		__atomic_store_n(&x->coaddr, with->coaddr, __ATOMIC_RELEASE);
		with->coaddr = coaddr;
	}
	if (!sad_proto_has_spi(x->id.proto))
		store_words(&x->sel, &with->sel, sizeof(x->sel));
	store_words(&x->lft, &with->lft, sizeof(x->lft));
	if (with->props.smark.v || with->props.smark.m)
		store_words(&x->props.smark, &with->props.smark, sizeof(x->props.smark));
	if (with->if_id)
		__atomic_store_n(&x->if_id, with->if_id, __ATOMIC_RELAXED);
	__atomic_store_n(&x->km.dying, 0, __ATOMIC_RELAXED);
}
