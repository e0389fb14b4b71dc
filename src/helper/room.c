// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <stdlib.h>

#include "base/uapi.h"
#include "packet/skb.h"
#include "protos.h"

/* Making packets longer and shorter. */
#define IPV4_HEADER ((u32)sizeof(struct iphdr))
#define IPV6_HEADER ((u32)sizeof(struct ip6_hdr))
/* What an skb may grow to: four pages less the kernel's bookkeeping. */
#define SKB_MAX_LEN 16064u
#define ROOM_MAX    0xfff

static BPF_FN3(skb_change_tail, struct skb_ctx *, ctx, u32, len, u64, flags)
{
	const struct sk_buff *skb = &ctx->skb;
	u32 min_len = skb_network_offset(skb);

	if (skb->transport_header != SKB_HEADER_UNSET)
		min_len = (u32)(skb->head + skb->transport_header - skb->data);
	if (flags || len > SKB_MAX_LEN || len < min_len)
		return (u64)-EINVAL;
	if (skb->encapsulation)
		return (u64)-ENOTSUPP;
	return (u64)(s64)skb_set_len(ctx, len);
}

const struct helper helper_skb_change_tail = {
	.fn = skb_change_tail,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING},
};

static BPF_FN3(skb_change_head, struct skb_ctx *, ctx, u32, room, u64, flags)
{
	struct sk_buff *skb = &ctx->skb;
	int err;

	if (flags || room > S32_MAX || skb->len + room < skb->len ||
	    (!ctx->gso_size && skb->len + room > SKB_MAX_LEN))
		return (u64)-EINVAL;
	err = skb_insert(ctx, 0, room);
	if (err)
		return (u64)(s64)err;
	skb->mac_header = (u16)(skb->data - skb->head);
	skb->mac_len = (u16)(skb->network_header - skb->mac_header);
	return 0;
}

const struct helper helper_skb_change_head = {
	.fn = skb_change_head,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING},
};

static int shrink_by(struct skb_ctx *ctx, u32 off, u32 len)
{
	if (!skb_covers(&ctx->skb, 0, off + len))
		return -ENOMEM;
	skb_remove(ctx, off, len);
	return 0;
}

static u32 mac_header_len(const struct sk_buff *skb)
{
	return (u32)(skb->network_header - skb->mac_header);
}

/* Between IPv4 and IPv6: only the room for the larger header is made or taken; filling it in is the
 * program's. */
static BPF_FN3(skb_change_proto, struct skb_ctx *, ctx, __be16, proto, u64, flags)
{
	struct sk_buff *skb = &ctx->skb;
	u32 diff = IPV6_HEADER - IPV4_HEADER;
	int err;

	if (flags)
		return (u64)-EINVAL;
	if (skb->protocol == htobe16(ETH_P_IP) && proto == htobe16(ETH_P_IPV6))
		err = skb_insert(ctx, mac_header_len(skb), diff);
	else if (skb->protocol == htobe16(ETH_P_IPV6) && proto == htobe16(ETH_P_IP))
		err = shrink_by(ctx, mac_header_len(skb), diff);
	else
		err = -ENOTSUPP;
	if (err)
		return (u64)(s64)err;
	skb->protocol = proto;
	skb_clear_hash(ctx);
	return 0;
}

const struct helper helper_skb_change_proto = {
	.fn = skb_change_proto,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING},
};

#define ENCAP_L3 (BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 | BPF_F_ADJ_ROOM_ENCAP_L3_IPV6)
#define ENCAP_L4 (BPF_F_ADJ_ROOM_ENCAP_L4_GRE | BPF_F_ADJ_ROOM_ENCAP_L4_UDP)
#define ENCAP_L2 \
	(BPF_F_ADJ_ROOM_ENCAP_L2_ETH | BPF_F_ADJ_ROOM_ENCAP_L2((u64)BPF_ADJ_ROOM_ENCAP_L2_MASK))
#define DECAP_L3     (BPF_F_ADJ_ROOM_DECAP_L3_IPV4 | BPF_F_ADJ_ROOM_DECAP_L3_IPV6)
#define SHRINK_FLAGS (BPF_F_ADJ_ROOM_FIXED_GSO | DECAP_L3 | BPF_F_ADJ_ROOM_NO_CSUM_RESET)
#define ADJUST_FLAGS (SHRINK_FLAGS | ENCAP_L3 | ENCAP_L4 | ENCAP_L2)

static bool both(u64 flags, u64 pair)
{
	return (flags & pair) == pair;
}

static int check_encap(const struct sk_buff *skb, u32 len, u32 inner_mac_len, u64 flags)
{
	if (both(flags, ENCAP_L3) || both(flags, ENCAP_L4))
		return -EINVAL;
	if ((flags & BPF_F_ADJ_ROOM_ENCAP_L2_ETH) && inner_mac_len < ETH_HLEN)
		return -EINVAL;
	if (skb->encapsulation)
		return -EALREADY;
	if (inner_mac_len > len)
		return -EINVAL;
	return 0;
}

/* @into_v4, @into_v6: the flags that announce the outer protocol after the change. */
static void match_protocol(struct sk_buff *skb, u64 flags, u64 into_v4, u64 into_v6)
{
	if (skb->protocol == htobe16(ETH_P_IP) && (flags & into_v6))
		skb->protocol = htobe16(ETH_P_IPV6);
	else if (skb->protocol == htobe16(ETH_P_IPV6) && (flags & into_v4))
		skb->protocol = htobe16(ETH_P_IP);
}

static int grow(struct skb_ctx *ctx, u32 off, u32 len, u64 flags)
{
	struct sk_buff *skb = &ctx->skb;
	u32 inner_mac_len = (u8)(flags >> BPF_ADJ_ROOM_ENCAP_L2_SHIFT);
	bool encap = flags & ENCAP_L3;
	u32 mac_len = mac_header_len(skb);
	u32 inner_net, inner_trans;
	int err;

	/* Headroom first: header offsets count from head. */
	err = skb_reserve_head(ctx, len);
	if (!err && encap)
		err = check_encap(skb, len, inner_mac_len, flags);
	if (err)
		return err;
	inner_net = skb->network_header;
	inner_trans = skb->transport_header;
	err = skb_insert(ctx, off, len);
	if (err || !encap)
		return err;
	skb->inner_mac_header = (u16)(inner_net - inner_mac_len);
	skb->inner_network_header = (u16)inner_net;
	skb->inner_transport_header = (u16)inner_trans;
	skb->encapsulation = 1;
	skb->network_header = (u16)(skb_headroom(skb) + mac_len);
	match_protocol(skb, flags, BPF_F_ADJ_ROOM_ENCAP_L3_IPV4, BPF_F_ADJ_ROOM_ENCAP_L3_IPV6);
	return 0;
}

static int shrink(struct skb_ctx *ctx, u32 off, u32 len, u64 flags)
{
	int err;

	if (flags & ~(u64)SHRINK_FLAGS)
		return -EINVAL;
	err = shrink_by(ctx, off, len);
	if (err)
		return err;
	match_protocol(&ctx->skb, flags, BPF_F_ADJ_ROOM_DECAP_L3_IPV4,
		       BPF_F_ADJ_ROOM_DECAP_L3_IPV6);
	return 0;
}

static int check_room(const struct skb_ctx *ctx, u32 len, bool shrinking, u32 base_len, u64 flags)
{
	const struct sk_buff *skb = &ctx->skb;
	u32 cur = skb->len - skb_network_offset(skb);
	u32 min_len = base_len;

	if (flags & DECAP_L3) {
		if (!shrinking || both(flags, DECAP_L3))
			return -EINVAL;
		min_len = flags & BPF_F_ADJ_ROOM_DECAP_L3_IPV4 ? IPV4_HEADER : IPV6_HEADER;
	}
	if (shrinking)
		return len >= cur || cur - len < min_len ? -ENOTSUPP : 0;
	return skb->len + len > SKB_MAX_LEN && !ctx->gso_size ? -ENOTSUPP : 0;
}

static BPF_FN4(skb_adjust_room, struct skb_ctx *, ctx, s32, diff, u32, mode, u64, flags)
{
	struct sk_buff *skb = &ctx->skb;
	u32 len = (u32)labs(diff), off = mac_header_len(skb), base_len;
	int err;

	if (flags & ~(u64)ADJUST_FLAGS)
		return (u64)-EINVAL;
	if (len > ROOM_MAX)
		return (u64)-EFAULT;
	if (skb->protocol == htobe16(ETH_P_IP))
		base_len = IPV4_HEADER;
	else if (skb->protocol == htobe16(ETH_P_IPV6))
		base_len = IPV6_HEADER;
	else
		return (u64)-ENOTSUPP;
	if (mode == BPF_ADJ_ROOM_NET)
		off += base_len;
	else if (mode != BPF_ADJ_ROOM_MAC)
		return (u64)-ENOTSUPP;
	err = check_room(ctx, len, diff < 0, base_len, flags);
	if (err)
		return (u64)(s64)err;
	err = diff < 0 ? shrink(ctx, off, len, flags) : grow(ctx, off, len, flags);
	if (!err && !(flags & BPF_F_ADJ_ROOM_NO_CSUM_RESET))
		skb_forget_csum(skb);
	return (u64)(s64)err;
}

const struct helper helper_skb_adjust_room = {
	.fn = skb_adjust_room,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING, ARG_ANYTHING},
};
