// SPDX-License-Identifier: BSD-2-Clause
#include "xfrm.h"

#include <errno.h>
#include <string.h>

#include "packet/xdp.h"
#include "sad/sad.h"

#define CURRENT_NETNS (-1) /* BPF_F_CURRENT_NETNS */

/* 0 and the state with a reference, or what goes into opts->error. */
static int lookup(const struct xdp_ctx *ctx, const struct bpf_xfrm_state_opts *opts,
		  struct xfrm_state **out)
{
	const struct sad *sad = __atomic_load_n(&sad_current, __ATOMIC_ACQUIRE);
	struct sad_key key = {
		.daddr = opts->daddr,
		.spi = opts->spi,
		.netns_id = opts->netns_id,
		.family = opts->family,
		.proto = opts->proto,
	};

	if (unlikely(opts->netns_id < CURRENT_NETNS))
		return -EINVAL;
	if (opts->netns_id == CURRENT_NETNS)
		key.netns_id = (s32)ctx->netns_id;
	if (unlikely(!sad))
		return -ENOENT;
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
	void *mem = (void *)(uintptr_t)opts_addr;
	struct bpf_xfrm_state_opts opts;
	struct xfrm_state *x = NULL;
	s32 err = -EINVAL;

	(void)r4;
	(void)r5;
	if (!mem || (u32)opts__sz < sizeof(opts.error))
		return 0;
	/* It may lie in a packet, aligned to nothing. */
	if ((u32)opts__sz == sizeof(opts)) {
		memcpy(&opts, mem, sizeof(opts));
		err = lookup((const struct xdp_ctx *)(uintptr_t)ctx, &opts, &x);
	}
	if (unlikely(err))
		memcpy((char *)mem + offsetof(struct bpf_xfrm_state_opts, error), &err,
		       sizeof(err));
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
