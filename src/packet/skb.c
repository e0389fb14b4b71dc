// SPDX-License-Identifier: BSD-2-Clause
#include "packet/skb.h"

#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

#include "base/arena.h"

static void update_pointers(struct skb_ctx *ctx)
{
	struct sk_buff *skb = &ctx->skb;

	skb->tail = (u32)(skb->data - skb->head) + skb->len;
	ctx->data_end = skb->data + skb->len;
	ctx->data_meta = skb->data;
}

int skb_ctx_new(u32 max_len, struct skb_ctx **out)
{
	struct skb_ctx *ctx;
	u32 size;

	if (max_len > SKB_FRAME_MAX)
		return -EINVAL;
	size = SKB_HEADROOM + max(max_len, (u32)ETH_HLEN);
	ctx = arena_alloc(sizeof(*ctx), 64);
	if (!ctx)
		return -ENOMEM;
	memset(ctx, 0, sizeof(*ctx));
	ctx->skb.head = arena_alloc(size, 64);
	if (!ctx->skb.head) {
		arena_free(ctx, sizeof(*ctx));
		return -ENOMEM;
	}
	ctx->skb.end = size;
	ctx->skb.data = ctx->skb.head + SKB_HEADROOM;
	update_pointers(ctx);
	skb_ctx_set_dev(ctx, netdev_by_index(NETDEV_LOOPBACK));
	*out = ctx;
	return 0;
}

void skb_ctx_free(struct skb_ctx *ctx)
{
	if (!ctx)
		return;
	arena_free(ctx->skb.head, ctx->skb.end);
	arena_free(ctx, sizeof(*ctx));
}

void skb_ctx_set_dev(struct skb_ctx *ctx, struct net_device *dev)
{
	ctx->skb.dev = dev;
	ctx->ifindex = dev ? (u32)dev->ifindex : 0;
	ctx->netns_id = dev ? (u32)netdev_netns(dev) : 0;
}

void skb_set_pkt_type(struct skb_ctx *ctx, u32 type)
{
	ctx->skb.pkt_type = type & 7;
	ctx->pkt_type = type & 7;
}

/* An Ethernet type field below 0x600 is a length: the frame is 802.3, raw or with an LLC header. */
static __be16 frame_protocol(const u8 *frame, u32 len)
{
	u16 proto = (u16)(frame[12] << 8 | frame[13]);

	if (proto >= ETH_P_802_3_MIN)
		return htobe16(proto);
	if (len >= ETH_HLEN + 2 && frame[14] == 0xff && frame[15] == 0xff)
		return htobe16(ETH_P_802_3);
	return htobe16(ETH_P_802_2);
}

static u32 frame_pkt_type(const struct net_device *dev, const u8 *frame)
{
	static const u8 broadcast[ETH_ALEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	if (!memcmp(frame, broadcast, ETH_ALEN))
		return PACKET_BROADCAST;
	if (frame[0] & 1)
		return PACKET_MULTICAST;
	if (dev && memcmp(frame, dev->dev_addr, ETH_ALEN))
		return PACKET_OTHERHOST;
	return PACKET_HOST;
}

int skb_ctx_load(struct skb_ctx *ctx, const void *frame, u32 len, bool l2)
{
	struct sk_buff *skb = &ctx->skb;
	struct sk_buff fresh = {
		.head = skb->head,
		.end = skb->end,
		.dev = skb->dev,
		.tc_at_ingress = skb->tc_at_ingress,
	};

	if (len < ETH_HLEN || SKB_HEADROOM + len > skb->end)
		return -EINVAL;
	*skb = fresh;
	skb->data = skb->head + SKB_HEADROOM;
	memcpy(skb->data, frame, len);
	skb->mac_header = SKB_HEADROOM;
	skb->network_header = SKB_HEADROOM + ETH_HLEN;
	skb->transport_header = SKB_HEADER_UNSET;
	skb->protocol = frame_protocol(frame, len);
	skb->truesize = skb->end;
	skb->len = len;
	if (!l2) {
		skb->data += ETH_HLEN;
		skb->len -= ETH_HLEN;
	}
	skb_cb(skb)->pkt_len = len;
	skb_set_pkt_type(ctx, frame_pkt_type(skb->dev, frame));
	ctx->vlan_present = 0;
	ctx->tstamp_type = 0;
	ctx->gso_segs = ctx->gso_size = 0;
	ctx->hwtstamp = 0;
	ctx->tunnel.set = false;
	update_pointers(ctx);
	return 0;
}

int skb_read(const struct skb_ctx *ctx, u32 off, void *to, u32 len)
{
	if (!skb_covers(&ctx->skb, off, len)) {
		memset(to, 0, len);
		return -EFAULT;
	}
	memcpy(to, ctx->skb.data + off, len);
	return 0;
}

int skb_write(struct skb_ctx *ctx, u32 off, const void *from, u32 len, u64 flags)
{
	if (flags & ~(u64)(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH))
		return -EINVAL;
	if (!skb_covers(&ctx->skb, off, len))
		return -EFAULT;
	memmove(ctx->skb.data + off, from, len);
	if (flags & BPF_F_INVALIDATE_HASH)
		skb_clear_hash(ctx);
	return 0;
}

void skb_clear_hash(struct skb_ctx *ctx)
{
	ctx->skb.hash = 0;
	ctx->skb.l4_hash = 0;
	ctx->skb.sw_hash = 0;
}

static void shift_header(u16 *header, u32 limit, s32 by)
{
	if (*header <= limit && *header != SKB_HEADER_UNSET)
		*header = (u16)(*header + by);
}

/* Headers that begin no later than @limit (an offset from head) moved by @by bytes. */
static void shift_headers(struct sk_buff *skb, u32 limit, s32 by)
{
	shift_header(&skb->mac_header, limit, by);
	shift_header(&skb->network_header, limit, by);
	shift_header(&skb->transport_header, limit, by);
}

/* A new frame with that headroom and tailroom around the packet. */
static int reallocate(struct skb_ctx *ctx, u32 headroom, u32 tailroom)
{
	struct sk_buff *skb = &ctx->skb;
	u32 size = headroom + skb->len + tailroom;
	s32 moved = (s32)headroom - (s32)skb_headroom(skb);
	u8 *head;

	if (size > 2 * SKB_FRAME_MAX)
		return -ENOMEM;
	head = arena_alloc(size, 64);
	if (!head)
		return -ENOMEM;
	memcpy(head + headroom, skb->data, skb->len);
	arena_free(skb->head, skb->end);
	skb->head = head;
	skb->end = size;
	skb->data = head + headroom;
	skb->truesize = size;
	shift_headers(skb, U32_MAX, moved);
	if (skb->encapsulation) {
		shift_header(&skb->inner_mac_header, U32_MAX, moved);
		shift_header(&skb->inner_network_header, U32_MAX, moved);
		shift_header(&skb->inner_transport_header, U32_MAX, moved);
	}
	return 0;
}

int skb_reserve_head(struct skb_ctx *ctx, u32 need)
{
	int err = 0;

	if (skb_headroom(&ctx->skb) < need)
		err = reallocate(ctx, need + SKB_HEADROOM, skb_tailroom(&ctx->skb));
	update_pointers(ctx);
	return err;
}

int skb_set_len(struct skb_ctx *ctx, u32 len)
{
	struct sk_buff *skb = &ctx->skb;

	if (len > SKB_FRAME_MAX)
		return -ENOMEM;
	if (len > skb->len) {
		u32 more = len - skb->len;

		if (more > skb_tailroom(skb)) {
			int err = reallocate(ctx, skb_headroom(skb), more);

			if (err)
				return err;
		}
		memset(skb->data + skb->len, 0, more);
	}
	skb->len = len;
	update_pointers(ctx);
	return 0;
}

int skb_insert(struct skb_ctx *ctx, u32 off, u32 len)
{
	struct sk_buff *skb = &ctx->skb;
	int err;

	if (skb->len + len > SKB_FRAME_MAX)
		return -ENOMEM;
	err = skb_reserve_head(ctx, len);
	if (err)
		return err;
	shift_headers(skb, skb_headroom(skb) + off, -(s32)len);
	skb->data -= len;
	skb->len += len;
	memmove(skb->data, skb->data + len, off);
	memset(skb->data + off, 0, len);
	update_pointers(ctx);
	return 0;
}

void skb_remove(struct skb_ctx *ctx, u32 off, u32 len)
{
	struct sk_buff *skb = &ctx->skb;

	shift_headers(skb, skb_headroom(skb) + off, (s32)len);
	memmove(skb->data + len, skb->data, off);
	skb->data += len;
	skb->len -= len;
	update_pointers(ctx);
}
