/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKET_XDP_H
#define PACKET_XDP_H

#include "base/types.h"
#include "vmlinux/kernel.h"

/*
 * The packet an XDP program sees. struct xdp_buff is the type that bpf_cast_to_kern_ctx() hands to a
 * program, so its fields carry the kernel's names and src/vmlinux/ declares it too (a test compares
 * the two layouts). A program's R1 points at a struct xdp_ctx; loads of struct xdp_md fields are
 * rewritten to the native-width fields below. Everything a program can walk to lies in the arena.
 */
struct xdp_rxq_info {
	struct net_device *dev;
	u32 queue_index;
	u32 reg_state;
};

struct xdp_txq_info {
	struct net_device *dev;
};

struct xdp_buff {
	void *data;
	void *data_end;
	void *data_meta; /* > data: the driver gave no metadata room (xdp_set_data_meta_invalid) */
	void *data_hard_start;
	struct xdp_rxq_info *rxq;
	struct xdp_txq_info *txq;
	u32 frame_sz;
	u32 flags;
};

struct xdp_ctx {
	struct xdp_buff buff;
	/* what the remaining xdp_md fields read */
	u32 ingress_ifindex;
	u32 rx_queue_index;
	u32 egress_ifindex;
	u32 netns_id; /* namespace of the device: see sad/ */
};

/* Bytes kept before a packet, as XDP_PACKET_HEADROOM; and behind it, as the kernel's skb_shared_info. */
#define XDP_HEADROOM 256
#define XDP_TAILROOM 320

/**
 * xdp_buff_new - a context and a frame for packets up to a size, in the arena
 * @max_len: bytes of packet
 * @out: owned by the caller, freed with xdp_ctx_free()
 *
 * Return: 0, -ENOMEM, or -EINVAL above 256 KiB.
 */
int xdp_ctx_new(u32 max_len, struct xdp_ctx **out) __attribute__((warn_unused_result));
void xdp_ctx_free(struct xdp_ctx *ctx);

/* Put a packet into the frame: data = hard_start + XDP_HEADROOM, no metadata. @len was allowed for. */
void xdp_ctx_load(struct xdp_ctx *ctx, const void *packet, u32 len);

#endif
