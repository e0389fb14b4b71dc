// SPDX-License-Identifier: BSD-2-Clause
#include "packet/xdp.h"

#include <errno.h>
#include <string.h>

#include "base/arena.h"
#include "base/uapi.h"

#define ETHER_HEADER 14
/* What the kernel's struct xdp_frame takes at the start of the headroom once a verdict is carried
 * out: a program may not move the packet into it. */
#define XDP_FRAME_STRUCT 40
#define XDP_META_MAX	 255
/* xdp_rxq_info.reg_state */
#define RXQ_REGISTERED 1

int xdp_ctx_new(u32 max_len, struct xdp_ctx **out)
{
	struct xdp_ctx *ctx;
	u32 frame_sz;

	if (max_len > XDP_FRAME_MAX)
		return -EINVAL;
	frame_sz = XDP_HEADROOM + max(max_len, (u32)XDP_PAGE_DATA) + XDP_TAILROOM;
	ctx = arena_alloc(sizeof(*ctx), 64);
	if (!ctx)
		return -ENOMEM;
	memset(ctx, 0, sizeof(*ctx));
	ctx->buff.data_hard_start = arena_alloc(frame_sz, 64);
	if (!ctx->buff.data_hard_start) {
		arena_free(ctx, sizeof(*ctx));
		return -ENOMEM;
	}
	ctx->buff.frame_sz = frame_sz;
	ctx->buff.rxq = &ctx->rxq;
	ctx->rxq.reg_state = RXQ_REGISTERED;
	xdp_ctx_load(ctx, NULL, 0);
	xdp_ctx_set_rx(ctx, netdev_by_index(NETDEV_LOOPBACK), 0);
	*out = ctx;
	return 0;
}

void xdp_ctx_free(struct xdp_ctx *ctx)
{
	if (!ctx)
		return;
	arena_free(ctx->buff.data_hard_start, ctx->buff.frame_sz);
	arena_free(ctx, sizeof(*ctx));
}

void xdp_ctx_load(struct xdp_ctx *ctx, const void *packet, u32 len)
{
	xdp_ctx_load_meta(ctx, NULL, 0, packet, len);
}

void xdp_ctx_load_meta(struct xdp_ctx *ctx, const void *meta, u32 meta_len, const void *packet,
		       u32 len)
{
	struct xdp_buff *xdp = &ctx->buff;
	u8 *data = (u8 *)xdp->data_hard_start + XDP_HEADROOM;

	xdp->data = data;
	xdp->data_meta = data - meta_len;
	xdp->data_end = data + len;
	if (meta_len)
		memcpy(xdp->data_meta, meta, meta_len);
	if (len)
		memcpy(data, packet, len);
}

void xdp_ctx_set_rx(struct xdp_ctx *ctx, struct net_device *dev, u32 queue)
{
	ctx->rxq.dev = dev;
	ctx->rxq.queue_index = queue;
	ctx->ingress_ifindex = dev ? (u32)dev->ifindex : 0;
	ctx->rx_queue_index = queue;
	ctx->netns_id = dev ? (u32)netdev_netns(dev) : 0;
}

void xdp_ctx_set_tx(struct xdp_ctx *ctx, struct net_device *dev)
{
	ctx->txq.dev = dev;
	ctx->buff.txq = dev ? &ctx->txq : NULL;
	ctx->egress_ifindex = dev ? (u32)dev->ifindex : 0;
}

static u32 meta_len(const struct xdp_buff *xdp)
{
	return xdp_has_meta(xdp) ? (u32)((u8 *)xdp->data - (u8 *)xdp->data_meta) : 0;
}

int xdp_adjust_head(struct xdp_buff *xdp, int offset)
{
	u32 meta = meta_len(xdp);
	u8 *first = (u8 *)xdp->data_hard_start + XDP_FRAME_STRUCT + meta;
	u8 *data = (u8 *)xdp->data + offset;

	if (data < first || data > (u8 *)xdp->data_end - ETHER_HEADER)
		return -EINVAL;
	if (meta)
		memmove((u8 *)xdp->data_meta + offset, xdp->data_meta, meta);
	xdp->data_meta = (u8 *)xdp->data_meta + offset;
	xdp->data = data;
	return 0;
}

int xdp_adjust_tail(struct xdp_buff *xdp, int offset)
{
	u8 *hard_end = (u8 *)xdp->data_hard_start + xdp->frame_sz - XDP_TAILROOM;
	u8 *end = (u8 *)xdp->data_end + offset;

	if (end > hard_end || end < (u8 *)xdp->data + ETHER_HEADER)
		return -EINVAL;
	if (offset > 0)
		memset(xdp->data_end, 0, (size_t)offset);
	xdp->data_end = end;
	return 0;
}

int xdp_adjust_meta(struct xdp_buff *xdp, int offset)
{
	u8 *first = (u8 *)xdp->data_hard_start + XDP_FRAME_STRUCT;
	u8 *meta = (u8 *)xdp->data_meta + offset;
	size_t len = (size_t)((u8 *)xdp->data - meta);

	if (!xdp_has_meta(xdp))
		return -ENOTSUPP;
	if (meta < first || meta > (u8 *)xdp->data)
		return -EINVAL;
	if ((len & 3) || len > XDP_META_MAX)
		return -EACCES;
	xdp->data_meta = meta;
	return 0;
}
