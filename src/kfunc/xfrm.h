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

#endif
