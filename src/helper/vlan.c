// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <string.h>

#include "packet/skb.h"
#include "protos.h"

/*
 * A packet's outermost VLAN tag is kept beside it (vlan_proto, vlan_tci), as after hardware
 * stripped it; further tags are in the packet, four bytes behind the two addresses.
 */
#define VLAN_TAG  4
#define ADDRESSES (2 * ETH_ALEN)

static bool is_vlan(__be16 proto)
{
	return proto == htobe16(ETH_P_8021Q) || proto == htobe16(ETH_P_8021AD);
}

static void set_tag(struct skb_ctx *ctx, __be16 proto, u16 tci)
{
	ctx->skb.vlan_proto = proto;
	ctx->skb.vlan_tci = tci;
	ctx->vlan_present = proto || tci;
}

static BPF_FN3(skb_vlan_push, struct skb_ctx *, ctx, __be16, proto, u16, tci)
{
	struct sk_buff *skb = &ctx->skb;
	int err;

	if (!is_vlan(proto))
		proto = htobe16(ETH_P_8021Q);
	if (ctx->vlan_present) {
		__be16 inner[2] = {skb->vlan_proto, htobe16(skb->vlan_tci)};

		err = skb_insert(ctx, ADDRESSES, VLAN_TAG);
		if (err)
			return (u64)(s64)err;
		memcpy(skb->data + ADDRESSES, inner, sizeof(inner));
		skb->protocol = skb->vlan_proto;
		skb->mac_len += VLAN_TAG;
	}
	set_tag(ctx, proto, tci);
	return 0;
}

const struct helper helper_skb_vlan_push = {
	.fn = skb_vlan_push,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING},
};

/* The protocol that the bytes behind a tag announce. */
static __be16 inner_protocol(const struct sk_buff *skb)
{
	const u8 *type = skb->data + ADDRESSES;
	u16 proto = (u16)(type[0] << 8 | type[1]);

	if (proto >= ETH_P_802_3_MIN)
		return htobe16(proto);
	if (skb_covers(skb, ETH_HLEN, 2) && type[2] == 0xff && type[3] == 0xff)
		return htobe16(ETH_P_802_3);
	return htobe16(ETH_P_802_2);
}

/* Take the outermost tag out of the packet. */
static int take_tag(struct skb_ctx *ctx, u16 *tci)
{
	struct sk_buff *skb = &ctx->skb;

	if (!skb_covers(skb, 0, ETH_HLEN + VLAN_TAG))
		return -ENOMEM;
	*tci = (u16)(skb->data[ETH_HLEN] << 8 | skb->data[ETH_HLEN + 1]);
	skb_remove(ctx, ADDRESSES, VLAN_TAG);
	skb->protocol = inner_protocol(skb);
	if (skb->mac_len > ETH_HLEN)
		skb->mac_len -= VLAN_TAG;
	return 0;
}

static BPF_FN1(skb_vlan_pop, struct skb_ctx *, ctx)
{
	struct sk_buff *skb = &ctx->skb;
	__be16 proto;
	u16 tci;
	int err;

	if (ctx->vlan_present) {
		set_tag(ctx, 0, 0);
	} else {
		if (!is_vlan(skb->protocol))
			return 0;
		err = take_tag(ctx, &tci);
		if (err)
			return (u64)(s64)err;
	}
	if (!is_vlan(skb->protocol))
		return 0;
	proto = skb->protocol;
	err = take_tag(ctx, &tci);
	if (err)
		return (u64)(s64)err;
	set_tag(ctx, proto, tci);
	return 0;
}

const struct helper helper_skb_vlan_pop = {
	.fn = skb_vlan_pop,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX},
};
