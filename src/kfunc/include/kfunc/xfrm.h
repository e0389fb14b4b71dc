/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_XFRM_H
#define KFUNC_XFRM_H

#include "base/types.h"

/*
 * struct xfrm_state *bpf_xdp_get_xfrm_state(struct xdp_md *ctx, struct bpf_xfrm_state_opts *opts,
 *					     u32 opts__sz)
 * void bpf_xdp_xfrm_state_release(struct xfrm_state *x)
 *
 * as executors call kfuncs. The database is the one that espalier_set_sad() named; -ENOENT if none.
 */
u64 kfunc_xdp_get_xfrm_state(u64 ctx, u64 opts, u64 opts__sz, u64 r4, u64 r5);
u64 kfunc_xdp_xfrm_state_release(u64 x, u64 r2, u64 r3, u64 r4, u64 r5);

/**
 * struct xfrm_opts_known - what is known of the options at a call before it is made
 * @size: opts__sz is the size of struct bpf_xfrm_state_opts
 */
struct xfrm_opts_known {
	bool size;
	bool has_netns;
	bool has_proto;
	bool has_family;
	s32 netns_id;
	u8 proto;
	u16 family;
};

/**
 * struct xfrm_lookup - a function that takes the place of kfunc_xdp_get_xfrm_state()
 * @fn: called with the same context and options
 * @has_arg: its third argument is to be @arg; else it is opts__sz, as ever
 */
struct xfrm_lookup {
	u64 (*fn)(u64 ctx, u64 opts, u64 arg, u64 r4, u64 r5);
	bool has_arg;
	u64 arg;
};

/**
 * kfunc_xfrm_lookup - the function that does the least
 * @counted: it takes a reference, which is to be released by kfunc_xdp_xfrm_state_release(). Else
 *           the state is good to the end of the read-side section, and there is nothing to release
 *
 * Results, errors included, are those of kfunc_xdp_get_xfrm_state(). A state whose references have
 * gone is not found by either.
 */
struct xfrm_lookup kfunc_xfrm_lookup(const struct xfrm_opts_known *known, bool counted);

#endif
