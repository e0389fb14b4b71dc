// SPDX-License-Identifier: BSD-2-Clause
#include "packet/skb.h"

#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <string.h>

#include "base/hash.h"
#include "protos.h"

static BPF_FN5(store_bytes, struct skb_ctx *, ctx, u32, offset, const void *, from, u32, len, u64,
	       flags)
{
	return (u64)(s64)skb_write(ctx, offset, from, len, flags);
}

const struct helper helper_skb_store_bytes = {
	.fn = store_bytes,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_IN, ARG_CONST_SIZE, ARG_ANYTHING},
};

static BPF_FN4(load_bytes, struct skb_ctx *, ctx, u32, offset, void *, to, u32, len)
{
	return (u64)(s64)skb_read(ctx, offset, to, len);
}

const struct helper helper_skb_load_bytes = {
	.fn = load_bytes,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_OUT, ARG_CONST_SIZE},
};

static BPF_FN5(load_bytes_relative, struct skb_ctx *, ctx, u32, offset, void *, to, u32, len, u32,
	       start)
{
	const struct sk_buff *skb = &ctx->skb;
	u32 at;

	switch (start) {
	case BPF_HDR_START_MAC:
		at = skb->mac_header;
		break;
	case BPF_HDR_START_NET:
		at = skb->network_header;
		break;
	default:
		at = SKB_HEADER_UNSET;
	}
	at += offset;
	if (offset > 0xffff || at - offset == SKB_HEADER_UNSET || at > skb->tail ||
	    len > skb->tail - at) {
		memset(to, 0, len);
		return (u64)-EFAULT;
	}
	memcpy(to, skb->head + at, len);
	return 0;
}

const struct helper helper_skb_load_bytes_relative = {
	.fn = load_bytes_relative,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_OUT, ARG_CONST_SIZE, ARG_ANYTHING},
};

/* Packets are linear: there is nothing to pull, only to refuse. */
static BPF_FN2(pull_data, struct skb_ctx *, ctx, u32, len)
{
	return len > ctx->skb.len ? (u64)-ENOMEM : 0;
}

const struct helper helper_skb_pull_data = {
	.fn = pull_data,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING},
};

static BPF_FN2(change_type, struct skb_ctx *, ctx, u32, type)
{
	if (ctx->pkt_type > PACKET_OTHERHOST || type > PACKET_OTHERHOST)
		return (u64)-EINVAL;
	skb_set_pkt_type(ctx, type);
	return 0;
}

const struct helper helper_skb_change_type = {
	.fn = change_type,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING},
};

/* Addresses, and ports where the transport has some; 0 for what is not IP. */
static u32 flow_hash(const struct skb_ctx *ctx)
{
	const struct sk_buff *skb = &ctx->skb;
	u32 off = skb_network_offset(skb), addresses, len;
	const u8 *at = skb->data + off;
	u64 hash = 0;
	u8 proto;

	if (skb->protocol == htobe16(ETH_P_IP) && skb_covers(skb, off, sizeof(struct iphdr))) {
		addresses = 12;
		len = 8;
		proto = at[9];
		off += (at[0] & 15) * 4u;
	} else if (skb->protocol == htobe16(ETH_P_IPV6) &&
		   skb_covers(skb, off, sizeof(struct ip6_hdr))) {
		addresses = 8;
		len = 32;
		proto = at[6];
		off += sizeof(struct ip6_hdr);
	} else {
		return 0;
	}
	hash = hash_bytes(at + addresses, len, proto);
	if ((proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP) &&
	    skb_covers(skb, off, 4))
		hash = hash_bytes(skb->data + off, 4, hash);
	/* 0 means that there is no hash */
	return (u32)(hash >> 32) | !(hash >> 32);
}

static BPF_FN1(get_hash_recalc, struct skb_ctx *, ctx)
{
	struct sk_buff *skb = &ctx->skb;

	if (!skb->l4_hash && !skb->sw_hash) {
		skb->hash = flow_hash(ctx);
		skb->sw_hash = 1;
		skb->l4_hash = 1;
	}
	return skb->hash;
}

const struct helper helper_get_hash_recalc = {
	.fn = get_hash_recalc,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX},
};

static BPF_FN1(set_hash_invalid, struct skb_ctx *, ctx)
{
	skb_clear_hash(ctx);
	return 0;
}

const struct helper helper_set_hash_invalid = {
	.fn = set_hash_invalid,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX},
};

static BPF_FN2(set_hash, struct skb_ctx *, ctx, u32, hash)
{
	ctx->skb.hash = hash;
	ctx->skb.sw_hash = 1;
	ctx->skb.l4_hash = 1;
	return 0;
}

const struct helper helper_set_hash = {
	.fn = set_hash,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING},
};

/* 1 if the packet is now marked, 0 if its sender does not do ECN. */
static u64 ipv4_set_ce(u8 *ip)
{
	u32 ecn = ip[1] & 3;
	u32 sum;

	if (ecn == 0)
		return 0;
	if (ecn == 3)
		return 1;
	/* The checksum's complement falls by what the header's second byte gains. */
	sum = (u32)(ip[10] << 8 | ip[11]) + 0xffff - (3 - ecn);
	sum += sum >= 0xffff;
	ip[10] = (u8)(sum >> 8);
	ip[11] = (u8)sum;
	ip[1] |= 3;
	return 1;
}

static u64 ipv6_set_ce(u8 *ip)
{
	if (!(ip[1] & 0x30))
		return 0;
	ip[1] |= 0x30;
	return 1;
}

static BPF_FN1(skb_ecn_set_ce, struct skb_ctx *, ctx)
{
	const struct sk_buff *skb = &ctx->skb;
	u32 off = skb_network_offset(skb);

	if (skb->protocol == htobe16(ETH_P_IP) && skb_covers(skb, off, sizeof(struct iphdr)))
		return ipv4_set_ce(skb->data + off);
	if (skb->protocol == htobe16(ETH_P_IPV6) && skb_covers(skb, off, sizeof(struct ip6_hdr)))
		return ipv6_set_ce(skb->data + off);
	return 0;
}

const struct helper helper_skb_ecn_set_ce = {
	.fn = skb_ecn_set_ce,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX},
};

/* linux/bpf.h of 6.1 has other names for the first two and lacks the third. */
enum {
	SKB_CLOCK_REALTIME,
	SKB_CLOCK_MONOTONIC,
	SKB_CLOCK_TAI,
};

static BPF_FN3(skb_set_tstamp, struct skb_ctx *, ctx, u64, tstamp, u32, clock)
{
	struct sk_buff *skb = &ctx->skb;

	if (skb->protocol != htobe16(ETH_P_IP) && skb->protocol != htobe16(ETH_P_IPV6))
		return (u64)-EOPNOTSUPP;
	switch (clock) {
	case SKB_CLOCK_REALTIME:
		break;
	case SKB_CLOCK_MONOTONIC:
	case SKB_CLOCK_TAI:
		if (!tstamp)
			return (u64)-EINVAL;
		break;
	default:
		return (u64)-EINVAL;
	}
	skb->tstamp = (s64)tstamp;
	skb->tstamp_type = clock & 3;
	ctx->tstamp_type = clock;
	return 0;
}

const struct helper helper_skb_set_tstamp = {
	.fn = skb_set_tstamp,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING},
};

/* No packet here came out of IPsec. */
static BPF_FN4(skb_get_xfrm_state, struct skb_ctx *, ctx, u32, index, void *, to, u32, size)
{
	(void)ctx;
	(void)index;
	memset(to, 0, size);
	return (u64)-EINVAL;
}

const struct helper helper_skb_get_xfrm_state = {
	.fn = skb_get_xfrm_state,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_OUT, ARG_CONST_SIZE, ARG_ANYTHING},
};
