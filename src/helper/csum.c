// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "base/uapi.h"
#include "packet/skb.h"
#include "protos.h"

/*
 * Internet checksums (RFC 1071, 1624): one's complement sums of 16-bit words, in memory order, kept
 * in 32 bits between operations.
 */
#define CSUM_MANGLED_ZERO 0xffff

static u32 csum_add(u32 a, u32 b)
{
	u32 sum = a + b;

	return sum + (sum < a);
}

static u32 csum_sub(u32 a, u32 b)
{
	return csum_add(a, ~b);
}

static u16 csum_fold16(u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)(sum + (sum >> 16));
}

/* A last odd byte counts as a word whose second byte is zero. */
static u32 csum_bytes(const u8 *p, u32 len, u32 sum)
{
	u64 wide = sum;
	u32 word;

	for (; len >= 4; len -= 4, p += 4) {
		memcpy(&word, p, 4);
		wide += word;
	}
	if (len) {
		word = 0;
		memcpy(&word, p, len);
		wide += word;
	}
	wide = (wide & U32_MAX) + (wide >> 32);
	return (u32)(wide + (wide >> 32));
}

static BPF_FN5(csum_diff, const u8 *, from, u32, from_size, const u8 *, to, u32, to_size, u32, seed)
{
	u32 sum = seed;

	/* The two ways to subtract differ in which of the two zeroes comes out. */
	if (to_size)
		sum = csum_bytes(to, to_size, sum);
	if (to_size && from_size)
		sum = csum_sub(sum, csum_bytes(from, from_size, 0));
	else if (from_size)
		sum = ~csum_bytes(from, from_size, ~sum);
	return csum_fold16(sum);
}

const struct helper helper_csum_diff = {
	.fn = csum_diff,
	.pkt_access = true,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_IN_OR_NULL, ARG_CONST_SIZE_OR_ZERO, ARG_MEM_IN_OR_NULL,
		ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING},
};

/* The checksum field after one word that it covers changed. */
static u16 csum_replaced(u16 check, u32 from, u32 to)
{
	return (u16)~csum_fold16(csum_add(csum_sub((u16)~check, from), to));
}

/* -EINVAL for a size that does not exist; size 0: @to is a bpf_csum_diff() result. */
static int csum_replace(u8 *at, u64 from, u64 to, u32 size)
{
	u16 check;

	memcpy(&check, at, 2);
	switch (size) {
	case 0:
		if (from)
			return -EINVAL;
		check = csum_replaced(check, 0, (u32)to);
		break;
	case 2:
		check = csum_replaced(check, (u16)from, (u16)to);
		break;
	case 4:
		check = csum_replaced(check, (u32)from, (u32)to);
		break;
	default:
		return -EINVAL;
	}
	memcpy(at, &check, 2);
	return 0;
}

static BPF_FN5(l3_csum_replace, struct skb_ctx *, ctx, u32, offset, u64, from, u64, to, u64, flags)
{
	if (flags & ~(u64)BPF_F_HDR_FIELD_MASK)
		return (u64)-EINVAL;
	if (offset > 0xffff || (offset & 1) || !skb_covers(&ctx->skb, offset, 2))
		return (u64)-EFAULT;
	return (u64)(s64)csum_replace(ctx->skb.data + offset, from, to, (u32)flags);
}

const struct helper helper_l3_csum_replace = {
	.fn = l3_csum_replace,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING, ARG_ANYTHING, ARG_ANYTHING},
};

/*
 * No packet here leaves its checksum to hardware, so the flags that say which of the two sums a
 * change belongs to (BPF_F_PSEUDO_HDR, BPF_F_IPV6) make no difference.
 */
static BPF_FN5(l4_csum_replace, struct skb_ctx *, ctx, u32, offset, u64, from, u64, to, u64, flags)
{
	bool mangled_zero = flags & BPF_F_MARK_MANGLED_0;
	u16 check;
	u8 *at;
	int err;

	if (flags & ~(u64)(BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_PSEUDO_HDR |
			   BPF_F_HDR_FIELD_MASK | BPF_F_IPV6))
		return (u64)-EINVAL;
	if (offset > 0xffff || (offset & 1) || !skb_covers(&ctx->skb, offset, 2))
		return (u64)-EFAULT;
	at = ctx->skb.data + offset;
	memcpy(&check, at, 2);
	if (mangled_zero && !(flags & BPF_F_MARK_ENFORCE) && !check)
		return 0;
	err = csum_replace(at, from, to, flags & BPF_F_HDR_FIELD_MASK);
	if (err)
		return (u64)(s64)err;
	memcpy(&check, at, 2);
	if (mangled_zero && !check) {
		check = CSUM_MANGLED_ZERO;
		memcpy(at, &check, 2);
	}
	return 0;
}

const struct helper helper_l4_csum_replace = {
	.fn = l4_csum_replace,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING, ARG_ANYTHING, ARG_ANYTHING},
};

/* What the receiver knows of a packet's checksum, in sk_buff.ip_summed. */
enum {
	SUMMED_NONE,
	SUMMED_UNNECESSARY,
	SUMMED_COMPLETE,
};
#define CSUM_LEVEL_MAX 3

static BPF_FN2(csum_update, struct skb_ctx *, ctx, u32, csum)
{
	struct sk_buff *skb = &ctx->skb;

	if (skb->ip_summed != SUMMED_COMPLETE)
		return (u64)-ENOTSUPP;
	skb->csum = csum_add(skb->csum, csum);
	return skb->csum;
}

const struct helper helper_csum_update = {
	.fn = csum_update,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING},
};

void skb_forget_csum(struct sk_buff *skb)
{
	if (skb->ip_summed != SUMMED_UNNECESSARY)
		return;
	skb->ip_summed = SUMMED_NONE;
	skb->csum_level = 0;
}

static void raise_level(struct sk_buff *skb)
{
	if (skb->ip_summed == SUMMED_NONE) {
		skb->ip_summed = SUMMED_UNNECESSARY;
		skb->csum_level = 0;
	} else if (skb->ip_summed == SUMMED_UNNECESSARY && skb->csum_level < CSUM_LEVEL_MAX) {
		skb->csum_level++;
	}
}

static void lower_level(struct sk_buff *skb)
{
	if (skb->ip_summed != SUMMED_UNNECESSARY)
		return;
	if (skb->csum_level)
		skb->csum_level--;
	else
		skb->ip_summed = SUMMED_NONE;
}

static BPF_FN2(csum_level, struct skb_ctx *, ctx, u64, what)
{
	struct sk_buff *skb = &ctx->skb;

	switch (what) {
	case BPF_CSUM_LEVEL_INC:
		raise_level(skb);
		return 0;
	case BPF_CSUM_LEVEL_DEC:
		lower_level(skb);
		return 0;
	case BPF_CSUM_LEVEL_RESET:
		skb_forget_csum(skb);
		return 0;
	case BPF_CSUM_LEVEL_QUERY:
		return skb->ip_summed == SUMMED_UNNECESSARY ? skb->csum_level : (u64)-EACCES;
	default:
		return (u64)-EINVAL;
	}
}

const struct helper helper_csum_level = {
	.fn = csum_level,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING},
};
