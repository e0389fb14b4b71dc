// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#include "attr.h"
#include "packet/skb.h"
#include "test_run.h"

#define IPV4_HLEN 20u
#define IPV6_HLEN 40u
/* A page less the room before the packet and struct skb_shared_info behind it. */
#define DATA_MAX	  (4096u - SKB_HEADROOM - 320u)
#define WIRE_LEN_MAX	  65536u
#define GSO_SEGS_MAX	  65535u
#define CHECKSUM_COMPLETE 2

#ifndef BPF_F_TEST_SKB_CHECKSUM_COMPLETE
#define BPF_F_TEST_SKB_CHECKSUM_COMPLETE (1U << 2)
#endif

static int check_attr(const union bpf_attr *attr)
{
	const u8 *data = attr_ptr(attr->test.data_in);
	u32 size = attr->test.data_size_in;
	u32 need = TEST_ETH_HLEN;
	u16 proto;

	if (attr->test.flags & ~BPF_F_TEST_SKB_CHECKSUM_COMPLETE || attr->test.cpu ||
	    attr->test.batch_size)
		return -EINVAL;
	if (size < TEST_ETH_HLEN || size > DATA_MAX)
		return -EINVAL;
	if (!data)
		return -EFAULT;
	proto = (u16)(data[12] << 8 | data[13]);
	if (proto == ETHERTYPE_IP)
		need += IPV4_HLEN;
	else if (proto == ETHERTYPE_IPV6)
		need += IPV6_HLEN;
	return size < need ? -EINVAL : 0;
}

/* The members that a caller may set; all bytes between them must be zero. */
static const struct {
	u16 from;
	u16 to;
} settable[] = {
#define MEMBER(m)                                                \
	{                                                        \
		offsetof(struct __sk_buff, m), offsetofend_of(m) \
	}
#define offsetofend_of(m) (offsetof(struct __sk_buff, m) + sizeof(((struct __sk_buff *)0)->m))
	MEMBER(mark),	  MEMBER(priority), MEMBER(ingress_ifindex), MEMBER(ifindex),
	MEMBER(cb),	  MEMBER(tstamp),   MEMBER(wire_len),	     MEMBER(gso_segs),
	MEMBER(gso_size), MEMBER(hwtstamp),
#undef MEMBER
#undef offsetofend_of
};

static bool only_settable(const struct __sk_buff *md)
{
	const u8 *bytes = (const u8 *)md;
	size_t at = 0;

	for (size_t i = 0; i <= ARRAY_SIZE(settable); i++) {
		size_t upto = i < ARRAY_SIZE(settable) ? settable[i].from : sizeof(*md);

		for (; at < upto; at++) {
			if (bytes[at])
				return false;
		}
		if (i < ARRAY_SIZE(settable))
			at = settable[i].to;
	}
	return true;
}

static int set_device(struct skb_ctx *ctx, u32 ifindex)
{
	struct net_device *dev;

	if (ifindex <= NETDEV_LOOPBACK)
		return 0;
	rcu_enter();
	dev = netdev_by_index(ifindex);
	if (dev)
		skb_ctx_set_dev(ctx, dev);
	rcu_leave();
	return dev ? 0 : -ENODEV;
}

static int context_to_skb(const struct __sk_buff *md, struct skb_ctx *ctx)
{
	struct sk_buff *skb = &ctx->skb;
	struct skb_cb *cb = skb_cb(skb);

	if (!only_settable(md))
		return -EINVAL;
	if (md->wire_len && (md->wire_len < skb->len || md->wire_len > WIRE_LEN_MAX))
		return -EINVAL;
	if (md->gso_segs > GSO_SEGS_MAX)
		return -EINVAL;
	skb->mark = md->mark;
	skb->priority = md->priority;
	skb->skb_iif = (int)md->ingress_ifindex;
	skb->tstamp = (s64)md->tstamp;
	memcpy(cb->data, md->cb, sizeof(cb->data));
	if (md->wire_len)
		cb->pkt_len = md->wire_len;
	ctx->gso_segs = md->gso_segs;
	ctx->gso_size = md->gso_size;
	ctx->hwtstamp = md->hwtstamp;
	return 0;
}

static void context_from_skb(struct __sk_buff *md, struct skb_ctx *ctx)
{
	struct sk_buff *skb = &ctx->skb;
	struct skb_cb *cb = skb_cb(skb);

	md->mark = skb->mark;
	md->priority = skb->priority;
	md->ingress_ifindex = (u32)skb->skb_iif;
	md->ifindex = (u32)skb->dev->ifindex;
	md->tstamp = (u64)skb->tstamp;
	memcpy(md->cb, cb->data, sizeof(md->cb));
	md->wire_len = cb->pkt_len;
	md->gso_segs = ctx->gso_segs;
	md->hwtstamp = ctx->hwtstamp;
}

/* Folded one's complement sum from the network header to the end. */
static u16 checksum(const struct sk_buff *skb)
{
	const u8 *end = skb->data + skb->len;
	const u8 *p = skb->head + skb->network_header;
	u64 sum = 0;

	for (; p + 1 < end; p += 2) {
		u16 word;

		memcpy(&word, p, 2);
		sum += word;
	}
	if (p < end)
		sum += htole16(*p);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

static u16 fold(u32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

static int run(struct prog *prog, struct skb_ctx *ctx, const union bpf_attr *attr,
	       union bpf_attr *user, bool l2, struct __sk_buff *md)
{
	static const u8 no_header[TEST_ETH_HLEN];
	bool complete = attr->test.flags & BPF_F_TEST_SKB_CHECKSUM_COMPLETE;
	struct sk_buff *skb = &ctx->skb;
	struct test_result result;

	if (complete) {
		skb->csum = checksum(skb);
		skb->ip_summed = CHECKSUM_COMPLETE;
	}
	test_repeat(prog, ctx, attr, &result);
	/* A program that changes the packet has to keep the sum true. */
	if (complete && fold(skb->csum) != checksum(skb))
		return -EBADMSG;
	if (md)
		context_from_skb(md, ctx);
	if (l2)
		return test_finish(attr, user, &result, skb->data, skb->len, NULL, 0, md,
				   sizeof(*md));
	/* The Ethernet header was taken off for the program, and comes back blank. */
	return test_finish(attr, user, &result, no_header, sizeof(no_header), skb->data, skb->len,
			   md, sizeof(*md));
}

int test_run_skb(struct prog *prog, const union bpf_attr *attr, union bpf_attr *user)
{
	bool l2 = prog->type != BPF_PROG_TYPE_SOCKET_FILTER;
	struct __sk_buff md;
	struct skb_ctx *ctx;
	int err, has_md;

	err = check_attr(attr);
	if (err)
		return err;
	has_md = test_context_in(attr, &md, sizeof(md));
	if (has_md < 0)
		return has_md;
	err = skb_ctx_new(attr->test.data_size_in, &ctx);
	if (err)
		return err;
	if (has_md)
		err = set_device(ctx, md.ifindex);
	if (!err)
		err = skb_ctx_load(ctx, attr_ptr(attr->test.data_in), attr->test.data_size_in, l2);
	if (err)
		goto out;
	skb_cb(&ctx->skb)->pkt_len = has_md ? ctx->skb.len : 0;
	err = has_md ? context_to_skb(&md, ctx) : 0;
	if (!err)
		err = run(prog, ctx, attr, user, l2, has_md ? &md : NULL);
out:
	skb_ctx_free(ctx);
	return err;
}
