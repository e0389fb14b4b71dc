// SPDX-License-Identifier: BSD-2-Clause
#include "xfrm.h"

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

/* 0 and the state with a reference, or what goes into opts->error. */
static int lookup(const struct xdp_ctx *ctx, const opts_anywhere *opts, struct xfrm_state **out)
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
	*out = sad_lookup(sad, &key, opts->mark);
	if (likely(*out))
		return 0;
	/* The packet's own namespace exists; whether another does matters only now. */
	if (opts->netns_id >= 0 && !sad_netns(sad, opts->netns_id))
		return -ENONET;
	return -ENOENT;
}

u64 kfunc_xdp_get_xfrm_state(u64 ctx, u64 opts_addr, u64 opts__sz, u64 r4, u64 r5)
{
	opts_anywhere *opts = (void *)(uintptr_t)opts_addr;
	struct xfrm_state *x = NULL;
	s32 err = -EINVAL;

	(void)r4;
	(void)r5;
	if (!opts || (u32)opts__sz < sizeof(opts->error))
		return 0;
	if ((u32)opts__sz == sizeof(*opts))
		err = lookup((const struct xdp_ctx *)(uintptr_t)ctx, opts, &x);
	if (unlikely(err))
		opts->error = err;
	return (uintptr_t)x;
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
