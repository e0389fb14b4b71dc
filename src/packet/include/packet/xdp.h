/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKET_XDP_H
#define PACKET_XDP_H

#include <errno.h>

#include "base/types.h"
#include "packet/netdev.h"
#include "vmlinux/packet.h"

/*
 * The packet an XDP program sees. A program's R1 points at a struct xdp_ctx: struct xdp_buff, which
 * bpf_cast_to_kern_ctx() hands to it, and what else struct xdp_md shows; loads of xdp_md fields are
 * rewritten to the native-width fields (packet/ctxfield.h). Everything a program can walk to lies
 * in the arena.
 */
struct xdp_ctx {
	struct xdp_buff buff;
	/* what the remaining xdp_md fields read; xdp_ctx_set_rx() and _tx() keep them and rxq in
	 * step */
	u32 ingress_ifindex;
	u32 rx_queue_index;
	u32 egress_ifindex;
	u32 netns_id; /* namespace of the device: see sad/ */
	/* storage behind buff.rxq and buff.txq */
	struct xdp_rxq_info rxq;
	struct xdp_txq_info txq;
};

/* Bytes kept before a packet, as XDP_PACKET_HEADROOM; and behind it, as the kernel's
 * skb_shared_info. */
#define XDP_HEADROOM 256
#define XDP_TAILROOM 320
/* Most packet bytes that fit a frame of one page: what drivers and PROG_TEST_RUN give a program
 * that does not understand fragments. */
#define XDP_PAGE_DATA (4096 - XDP_HEADROOM - XDP_TAILROOM)
#define XDP_FRAME_MAX (256u << 10)

/**
 * xdp_ctx_new - a context and a frame for packets up to a size, in the arena
 * @max_len: bytes of packet; at least XDP_PAGE_DATA are made room for
 * @out: owned by the caller, freed with xdp_ctx_free()
 *
 * Received on the loopback device's queue 0 until xdp_ctx_set_rx() says otherwise.
 *
 * Return: 0, -ENOMEM, or -EINVAL above XDP_FRAME_MAX.
 */
int xdp_ctx_new(u32 max_len, struct xdp_ctx **out) __must_check;

/* Memory that a walked pointer may still lead to stays readable; see base/arena.h. */
void xdp_ctx_free(struct xdp_ctx *ctx);

/* Put a packet into the frame: data = hard_start + XDP_HEADROOM, no metadata. @len was allowed for.
 */
void xdp_ctx_load(struct xdp_ctx *ctx, const void *packet, u32 len);

/* The same with @meta_len bytes of metadata (a multiple of 4, at most 255) before the packet. */
void xdp_ctx_load_meta(struct xdp_ctx *ctx, const void *meta, u32 meta_len, const void *packet,
		       u32 len);

/* Where the packet came from, and where a devmap program sends it (@dev NULL: no such program). */
void xdp_ctx_set_rx(struct xdp_ctx *ctx, struct net_device *dev, u32 queue);
void xdp_ctx_set_tx(struct xdp_ctx *ctx, struct net_device *dev);

static inline u32 xdp_len(const struct xdp_buff *xdp)
{
	return (u32)((u8 *)xdp->data_end - (u8 *)xdp->data);
}

static inline bool xdp_has_meta(const struct xdp_buff *xdp)
{
	return xdp->data_meta <= xdp->data;
}

/**
 * xdp_range - address of @len packet bytes @offset behind data
 *
 * Return: 0; -EFAULT where an operand exceeds 0xffff; -EINVAL beyond the packet's end.
 */
static inline int xdp_range(const struct xdp_buff *xdp, u32 offset, u32 len, void **out)
{
	if (offset > 0xffff || len > 0xffff)
		return -EFAULT;
	if (offset + len > xdp_len(xdp))
		return -EINVAL;
	*out = (u8 *)xdp->data + offset;
	return 0;
}

/*
 * What the helpers of these names do, on the buffer alone; errors are theirs (-EINVAL, -ENOTSUPP,
 * -EACCES). Bytes gained by growing the tail are zero.
 */
int xdp_adjust_head(struct xdp_buff *xdp, int offset);
int xdp_adjust_tail(struct xdp_buff *xdp, int offset);
int xdp_adjust_meta(struct xdp_buff *xdp, int offset);

#endif
