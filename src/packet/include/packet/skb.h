/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKET_SKB_H
#define PACKET_SKB_H

#include "base/types.h"
#include "base/uapi.h"
#include "packet/netdev.h"
#include "vmlinux/packet.h"

/*
 * The packet that SCHED_CLS, SCHED_ACT and socket filter programs see. R1 points at a struct
 * skb_ctx: struct sk_buff, which bpf_cast_to_kern_ctx() hands to them, and what else struct
 * __sk_buff shows; accesses to __sk_buff fields are rewritten (packet/ctxfield.h). In the arena
 * with all it leads to.
 */

/* What sk_buff.cb holds while a program runs. */
struct skb_cb {
	u32 pkt_len; /* __sk_buff.wire_len */
	u16 tc_classid;
	u16 tc_classid_zero;
	u8 data[20]; /* __sk_buff.cb */
};

/* What bpf_skb_set_tunnel_key() and _opt() put beside the packet. */
struct skb_tunnel {
	bool set;
	bool ipv6;
	u8 opt_len;
	u16 flags; /* as tunnel_flags, in host order */
	struct bpf_tunnel_key key;
	u8 opt[252];
};

struct skb_ctx {
	struct sk_buff skb;
	void *data_meta;
	void *data_end;
	/* fields of __sk_buff that sk_buff has not, or not as an integer of that width */
	u32 pkt_type;
	u32 vlan_present;
	u32 ifindex;
	u32 tstamp_type;
	u32 gso_segs;
	u32 gso_size;
	u64 hwtstamp;
	u32 netns_id; /* namespace of the device: see sad/ */
	struct skb_tunnel tunnel;
};

static inline struct skb_cb *skb_cb(struct sk_buff *skb)
{
	return (struct skb_cb *)skb->cb;
}

/* In a header offset: it has not been looked for. */
#define SKB_HEADER_UNSET 0xffff

/* Room kept before a packet. */
#define SKB_HEADROOM 64
/* Most bytes of packet, however a program grows it. */
#define SKB_FRAME_MAX (256u << 10)

/**
 * skb_ctx_new - a context and a frame for packets up to a size, in the arena
 * @max_len: bytes of packet
 * @out: owned by the caller, freed with skb_ctx_free()
 *
 * On the loopback device and, as in PROG_TEST_RUN, not at the receive side (skb.tc_at_ingress is 0)
 * until the caller says otherwise.
 *
 * Return: 0, -ENOMEM, or -EINVAL above SKB_FRAME_MAX.
 */
int skb_ctx_new(u32 max_len, struct skb_ctx **out) __must_check;
void skb_ctx_free(struct skb_ctx *ctx);

/**
 * skb_ctx_load - make an Ethernet frame the packet that a program sees
 * @frame: copied
 * @len: at least 14 bytes, at most what the context was made for
 * @l2: data begins at the Ethernet header, as for SCHED_CLS; else behind it
 *
 * The transport header's place is not known (SKB_HEADER_UNSET). All fields take the values that
 * PROG_TEST_RUN starts with: protocol from the frame, pkt_type from its destination, everything
 * else zero. The device and tc_at_ingress stay.
 *
 * Return: 0 or -EINVAL.
 */
int skb_ctx_load(struct skb_ctx *ctx, const void *frame, u32 len, bool l2) __must_check;

void skb_ctx_set_dev(struct skb_ctx *ctx, struct net_device *dev);
/* pkt_type is kept twice: once per view. */
void skb_set_pkt_type(struct skb_ctx *ctx, u32 type);

static inline u32 skb_headroom(const struct sk_buff *skb)
{
	return (u32)(skb->data - skb->head);
}
static inline u32 skb_tailroom(const struct sk_buff *skb)
{
	return skb->end - skb->tail;
}

/* True if @len bytes @off bytes behind data are part of the packet. */
static inline bool skb_covers(const struct sk_buff *skb, u32 off, u32 len)
{
	return off <= skb->len && len <= skb->len - off;
}

/* Bytes from data to the network header; 0 or 14 here. */
static inline u32 skb_network_offset(const struct sk_buff *skb)
{
	return (u32)(skb->head + skb->network_header - skb->data);
}

/* What bpf_skb_load_bytes() and bpf_skb_store_bytes() do, for dynptrs too. 0, -EFAULT beyond the
 * packet (loads then zero @to), -EINVAL for unknown @flags. */
int skb_read(const struct skb_ctx *ctx, u32 off, void *to, u32 len);
int skb_write(struct skb_ctx *ctx, u32 off, const void *from, u32 len, u64 flags);

/* The hash is no longer that of the packet. */
void skb_clear_hash(struct skb_ctx *ctx);

/*
 * Growing and shrinking. Each may move the bytes that a program holds pointers to: the verifier
 * takes those pointers away from it. On -ENOMEM the packet is as it was. Metadata is lost, and
 * data_end and the header offsets follow. Gained bytes are zero.
 */
/* Make headroom for @need bytes without changing the packet. */
int skb_reserve_head(struct skb_ctx *ctx, u32 need) __must_check;
/* Cut or grow the tail. */
int skb_set_len(struct skb_ctx *ctx, u32 len) __must_check;
/* Open or close a gap of @len bytes @off bytes behind data: what is before it moves. @off (+ @len
 * for removal) lies within the packet. */
int skb_insert(struct skb_ctx *ctx, u32 off, u32 len) __must_check;
void skb_remove(struct skb_ctx *ctx, u32 off, u32 len);

#endif
