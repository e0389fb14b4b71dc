// SPDX-License-Identifier: BSD-2-Clause
#include "kfunc/xfrm.h"

#include <errno.h>
#include <string.h>

#include "packet/xdp.h"
#include "sad/sad.h"

#define CURRENT_NETNS (-1) /* BPF_F_CURRENT_NETNS */

/* It may lie in a packet, aligned to nothing. */
typedef struct bpf_xfrm_state_opts __attribute__((aligned(1))) opts_anywhere;

/*
 * Field by field: a program has just stored them one by one, and a wider load than the store before
 * it waits for the cache.
 */
static void read_daddr(xfrm_address_t *daddr, const opts_anywhere *opts, u16 family)
{
	daddr->a6[0] = opts->daddr.a6[0];
	if (family != AF_INET6)
		return;
	for (int i = 1; i < 4; i++)
		daddr->a6[i] = opts->daddr.a6[i];
}

static struct xfrm_state *find(const struct sad *sad, const struct sad_key *key, u32 mark,
			       bool counted)
{
	return counted ? sad_lookup(sad, key, mark) : sad_peek_alive(sad, key, mark);
}

/* 0 and the state, or what goes into opts->error. */
static __always_inline int lookup(const struct xdp_ctx *ctx, const opts_anywhere *opts,
				  bool counted, struct xfrm_state **out)
{
	const struct sad *sad = __atomic_load_n(&sad_current, __ATOMIC_ACQUIRE);
	struct sad_key key = {
		.spi = opts->spi,
		.netns_id = opts->netns_id,
		.family = opts->family,
		.proto = opts->proto,
	};

	if (unlikely(opts->netns_id < CURRENT_NETNS))
		return -EINVAL;
	read_daddr(&key.daddr, opts, key.family);
	if (opts->netns_id == CURRENT_NETNS)
		key.netns_id = (s32)ctx->netns_id;
	if (unlikely(!sad))
		return opts->netns_id > 0 ? -ENONET : -ENOENT;
	*out = find(sad, &key, opts->mark, counted);
	if (likely(*out))
		return 0;
	/* The packet's own namespace exists; whether another does matters only now. */
	if (opts->netns_id >= 0 && !sad_netns(sad, opts->netns_id))
		return -ENONET;
	return -ENOENT;
}

static __always_inline u64 get(u64 ctx, u64 opts_addr, u64 opts__sz, bool counted)
{
	opts_anywhere *opts = (void *)(uintptr_t)opts_addr;
	struct xfrm_state *x = NULL;
	s32 err = -EINVAL;

	if (!opts || (u32)opts__sz < sizeof(opts->error))
		return 0;
	if ((u32)opts__sz == sizeof(*opts))
		err = lookup((const struct xdp_ctx *)(uintptr_t)ctx, opts, counted, &x);
	if (unlikely(err))
		opts->error = err;
	return (uintptr_t)x;
}

u64 kfunc_xdp_get_xfrm_state(u64 ctx, u64 opts, u64 opts__sz, u64 r4, u64 r5)
{
	(void)r4;
	(void)r5;
	return get(ctx, opts, opts__sz, true);
}

u64 kfunc_xdp_xfrm_state_release(u64 x, u64 r2, u64 r3, u64 r4, u64 r5)
{
	(void)r2;
	(void)r3;
	(void)r4;
	(void)r5;
	sad_state_put((struct xfrm_state *)(uintptr_t)x);
	return 0;
}

static u64 get_uncounted(u64 ctx, u64 opts, u64 opts__sz, u64 r4, u64 r5)
{
	(void)r4;
	(void)r5;
	return get(ctx, opts, opts__sz, false);
}

/* What is seldom, of a call whose size is known. */
static __attribute__((noinline)) u64 get_any(u64 ctx, u64 opts, bool counted)
{
	return get(ctx, opts, sizeof(opts_anywhere), counted);
}

/*
 * IPv4, in the packet's own namespace, by a known protocol: what is left of the options is an
 * address and an SPI. The mark matters, and the options are read again, only where the index does
 * not know at once.
 */
static __always_inline u64 get_ipv4(u64 ctx_addr, u64 opts_addr, u64 class, bool counted)
{
	const struct sad *sad = __atomic_load_n(&sad_current, __ATOMIC_ACQUIRE);
	const struct xdp_ctx *ctx = (const struct xdp_ctx *)(uintptr_t)ctx_addr;
	opts_anywhere *opts = (void *)(uintptr_t)opts_addr;
	__be32 daddr = opts->daddr.a4, spi = opts->spi;
	struct sad_probe p;
	struct xfrm_state *x;
	enum sad_found found;

	if (unlikely(!sad || !spi || ctx->netns_id > SAD_NETNS_LOW))
		return get_any(ctx_addr, opts_addr, counted);
	p = sad_probe_ipv4(&sad->index, daddr, spi, class, ctx->netns_id);
	found = sad_index_try(&sad->index, &p, NULL, &x);
	if (likely(found == SAD_FOUND) && likely(counted ? sad_state_hold(x) : sad_state_alive(x)))
		return (uintptr_t)x;
	if (found != SAD_ABSENT)
		return get_any(ctx_addr, opts_addr, counted);
	opts->error = -ENOENT;
	return 0;
}

static u64 get_ipv4_uncounted(u64 ctx, u64 opts, u64 class, u64 r4, u64 r5)
{
	(void)r4;
	(void)r5;
	return get_ipv4(ctx, opts, class, false);
}

static u64 get_ipv4_counted(u64 ctx, u64 opts, u64 class, u64 r4, u64 r5)
{
	(void)r4;
	(void)r5;
	return get_ipv4(ctx, opts, class, true);
}

struct xfrm_lookup kfunc_xfrm_lookup(const struct xfrm_opts_known *known, bool counted)
{
	if (known->size && known->has_netns && known->netns_id == CURRENT_NETNS &&
	    known->has_proto && known->has_family && known->family == AF_INET)
		return (struct xfrm_lookup){
			.fn = counted ? get_ipv4_counted : get_ipv4_uncounted,
			.has_arg = true,
			.arg = sad_class_ipv4(known->proto),
		};
	return (struct xfrm_lookup){.fn = counted ? kfunc_xdp_get_xfrm_state : get_uncounted};
}
