// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "map/map.h"
#include "packet/skb.h"
#include "packet/xdp.h"
#include "protos.h"

/* Bits 32..51 of the flags: how much of the packet follows the sample. */
static u64 output(struct map *map, u64 flags, const void *data, u64 size, const void *pkt,
		  u32 pkt_len)
{
	u64 want = (flags & BPF_F_CTXLEN_MASK) >> 32;

	if (flags & ~(u64)(BPF_F_CTXLEN_MASK | BPF_F_INDEX_MASK))
		return (u64)-EINVAL;
	if (want > pkt_len)
		return (u64)-EFAULT;
	return (u64)map_perf_output(map, flags & BPF_F_INDEX_MASK, data, (u32)size, pkt, (u32)want);
}

static BPF_FN5(skb_output, struct skb_ctx *, ctx, struct map *, map, u64, flags, const void *, data,
	       u64, size)
{
	return output(map, flags, data, size, ctx->skb.data, ctx->skb.len);
}

const struct helper helper_skb_event_output = {
	.fn = skb_output,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_CONST_MAP_PTR, ARG_ANYTHING, ARG_MEM_IN,
		ARG_CONST_SIZE_OR_ZERO},
};

static BPF_FN5(xdp_output, struct xdp_ctx *, ctx, struct map *, map, u64, flags, const void *, data,
	       u64, size)
{
	return output(map, flags, data, size, ctx->buff.data, xdp_len(&ctx->buff));
}

const struct helper helper_xdp_event_output = {
	.fn = xdp_output,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_CONST_MAP_PTR, ARG_ANYTHING, ARG_MEM_IN,
		ARG_CONST_SIZE_OR_ZERO},
};
