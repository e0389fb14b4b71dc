// SPDX-License-Identifier: BSD-2-Clause
#include "packet/ctxfield.h"

#include <errno.h>

#include "packet/skb.h"
#include "packet/xdp.h"

enum shape {
	WHOLE,	 /* all of the field or nothing */
	NARROW,	 /* loads may take an aligned part, stores take all of it */
	BYTES,	 /* aligned loads and stores of any width inside it */
	POINTER, /* all of it, never sign-extended; the native field is a host pointer */
};

/* Who may do what. */
#define TC_READ	 BIT(0)
#define TC_WRITE BIT(1)
#define SF_READ	 BIT(2)
#define SF_WRITE BIT(3)
#define READ	 (TC_READ | SF_READ)

struct field {
	u16 off;
	u16 size;
	u16 native_off;
	u8 native_size; /* what a store writes; loads of scalars keep the program's width */
	u8 shape;
	u8 who;
	u8 store;
	u32 reg_type;
};

#define SKB_FIELD(name, width, native, store_size, how, rights, type)                      \
	{                                                                                  \
		.off = offsetof(struct __sk_buff, name), .size = width,                    \
		.native_off = offsetof(struct skb_ctx, native), .native_size = store_size, \
		.shape = how, .who = rights, .reg_type = type                              \
	}
#define SKB_U32(name, native, rights) SKB_FIELD(name, 4, native, 4, NARROW, rights, SCALAR_VALUE)
#define SKB_CB(member)		      skb.cb[offsetof(struct skb_cb, member)]

/* linux/bpf.h of 6.1 has the byte as padding. */
#define SKB_TSTAMP_TYPE_OFF 180

static const struct field skb_fields[] = {
	SKB_U32(len, skb.len, READ),
	SKB_U32(pkt_type, pkt_type, READ),
	SKB_U32(mark, skb.mark, READ | TC_WRITE),
	{.off = offsetof(struct __sk_buff, queue_mapping),
	 .size = 4,
	 .native_off = offsetof(struct skb_ctx, skb.queue_mapping),
	 .native_size = 2,
	 .shape = NARROW,
	 .who = READ | TC_WRITE,
	 .store = CTX_STORE_BELOW_16,
	 .reg_type = SCALAR_VALUE},
	SKB_U32(protocol, skb.protocol, READ),
	SKB_U32(vlan_present, vlan_present, READ),
	SKB_U32(vlan_tci, skb.vlan_tci, READ),
	SKB_U32(vlan_proto, skb.vlan_proto, READ),
	SKB_U32(priority, skb.priority, READ | TC_WRITE),
	SKB_U32(ingress_ifindex, skb.skb_iif, READ),
	SKB_U32(ifindex, ifindex, READ),
	SKB_FIELD(tc_index, 4, skb.tc_index, 2, NARROW, READ | TC_WRITE, SCALAR_VALUE),
	SKB_FIELD(cb, 20, SKB_CB(data), 0, BYTES, READ | TC_WRITE | SF_WRITE, SCALAR_VALUE),
	SKB_U32(hash, skb.hash, READ),
	SKB_FIELD(tc_classid, 4, SKB_CB(tc_classid), 2, NARROW, TC_READ | TC_WRITE, SCALAR_VALUE),
	SKB_FIELD(data, 4, skb.data, 8, POINTER, TC_READ, PTR_TO_PACKET),
	SKB_FIELD(data_end, 4, data_end, 8, POINTER, TC_READ, PTR_TO_PACKET_END),
	SKB_U32(napi_id, skb.napi_id, READ),
	SKB_FIELD(data_meta, 4, data_meta, 8, POINTER, TC_READ, PTR_TO_PACKET_META),
	SKB_FIELD(tstamp, 8, skb.tstamp, 8, WHOLE, TC_READ | TC_WRITE, SCALAR_VALUE),
	SKB_U32(wire_len, SKB_CB(pkt_len), TC_READ),
	SKB_U32(gso_segs, gso_segs, READ),
	SKB_FIELD(sk, 8, skb.sk, 8, POINTER, READ, PTR_TO_SOCK_COMMON | PTR_MAYBE_NULL),
	SKB_U32(gso_size, gso_size, READ),
	{.off = SKB_TSTAMP_TYPE_OFF,
	 .size = 1,
	 .native_off = offsetof(struct skb_ctx, tstamp_type),
	 .native_size = 1,
	 .shape = WHOLE,
	 .who = TC_READ,
	 .reg_type = SCALAR_VALUE},
	SKB_FIELD(hwtstamp, 8, hwtstamp, 8, WHOLE, TC_READ, SCALAR_VALUE),
};

#define XDP_FIELD(name, native, how, type)                                           \
	{                                                                            \
		.off = offsetof(struct xdp_md, name), .size = 4,                     \
		.native_off = offsetof(struct xdp_ctx, native),                      \
		.native_size = how == POINTER ? 8 : 4, .shape = how, .who = TC_READ, \
		.reg_type = type                                                     \
	}

static const struct field xdp_fields[] = {
	XDP_FIELD(data, buff.data, POINTER, PTR_TO_PACKET),
	XDP_FIELD(data_end, buff.data_end, POINTER, PTR_TO_PACKET_END),
	XDP_FIELD(data_meta, buff.data_meta, POINTER, PTR_TO_PACKET_META),
	XDP_FIELD(ingress_ifindex, ingress_ifindex, WHOLE, SCALAR_VALUE),
	XDP_FIELD(rx_queue_index, rx_queue_index, WHOLE, SCALAR_VALUE),
	XDP_FIELD(egress_ifindex, egress_ifindex, WHOLE, SCALAR_VALUE),
};

/* Raw tracepoints cannot run here: they are verified only, so that what they may not call is said.
 */
#define RAW_TP_ARGS 12

static const struct field raw_tp_fields[] = {
	{.off = 0,
	 .size = 8 * RAW_TP_ARGS,
	 .shape = BYTES,
	 .who = TC_READ,
	 .reg_type = SCALAR_VALUE},
};

static int field_access(const struct field *f, u32 off, u32 size, u32 flags, struct ctx_access *out)
{
	bool write = flags & CTX_F_WRITE;
	bool whole = off == f->off && size == f->size;

	switch (f->shape) {
	case WHOLE:
		if (!whole)
			return -EACCES;
		break;
	case POINTER:
		if (!whole || (flags & CTX_F_SIGNED))
			return -EACCES;
		break;
	case NARROW:
		if (size > f->size || (write && !whole))
			return -EACCES;
		break;
	case BYTES:
		if (off + size > (u32)f->off + f->size)
			return -EACCES;
		break;
	}
	if (!out)
		return 0;
	out->reg_type = f->reg_type;
	out->native_off = f->native_off + (u16)(off - f->off);
	out->native_size =
		f->shape == POINTER || (write && f->shape != BYTES) ? f->native_size : (u8)size;
	out->store = write ? f->store : CTX_STORE_PLAIN;
	return 0;
}

static int table_access(const struct field *table, u32 nr, u32 read, u32 write, s32 off, u32 size,
			u32 flags, struct ctx_access *out)
{
	u32 need = flags & CTX_F_WRITE ? write : read;

	if (off < 0 || (u32)off % size)
		return -EACCES;
	for (u32 i = 0; i < nr; i++) {
		const struct field *f = &table[i];

		if ((u32)off < f->off || (u32)off >= (u32)f->off + f->size)
			continue;
		if (!(f->who & need))
			return -EACCES;
		return field_access(f, (u32)off, size, flags, out);
	}
	return -EACCES;
}

int ctx_access_lookup(enum bpf_prog_type type, enum bpf_attach_type attach, s32 off, u32 size,
		      u32 flags, struct ctx_access *out)
{
	switch (type) {
	case BPF_PROG_TYPE_XDP:
		if (attach != BPF_XDP_DEVMAP && off == offsetof(struct xdp_md, egress_ifindex))
			return -EACCES;
		return table_access(xdp_fields, ARRAY_SIZE(xdp_fields), TC_READ, 0, off, size,
				    flags, out);
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
		return table_access(skb_fields, ARRAY_SIZE(skb_fields), TC_READ, TC_WRITE, off,
				    size, flags, out);
	case BPF_PROG_TYPE_SOCKET_FILTER:
		return table_access(skb_fields, ARRAY_SIZE(skb_fields), SF_READ, SF_WRITE, off,
				    size, flags, out);
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
		return table_access(raw_tp_fields, ARRAY_SIZE(raw_tp_fields), TC_READ, 0, off, size,
				    flags, out);
	default:
		return -EACCES;
	}
}

/*
 * struct bpf_sock: 32-bit fields, all loadable whole; some also in part, and then either any
 * aligned part or one that begins where the field does.
 */
enum sock_part {
	PART_NONE,
	PART_START,
	PART_ANY,
};

struct sock_field {
	u16 off;
	u16 end;
	u8 part;
	bool full_only; /* not in a bpf_sock that may be a request or a timewait socket */
};

#define SOCK_FIELD(first, last, how, full)                                                      \
	{                                                                                       \
		offsetof(struct bpf_sock, first),                                               \
			offsetof(struct bpf_sock, last) + sizeof(((struct bpf_sock *)0)->last), \
			how, full                                                               \
	}

static const struct sock_field sock_fields[] = {
	SOCK_FIELD(bound_dev_if, bound_dev_if, PART_NONE, false),
	SOCK_FIELD(family, family, PART_START, false),
	SOCK_FIELD(type, type, PART_START, true),
	SOCK_FIELD(protocol, protocol, PART_START, true),
	SOCK_FIELD(mark, priority, PART_NONE, true),
	SOCK_FIELD(src_ip4, src_ip6, PART_ANY, false),
	SOCK_FIELD(src_port, src_port, PART_START, false),
	SOCK_FIELD(dst_port, dst_port, PART_ANY, false),
	SOCK_FIELD(dst_ip4, dst_ip6, PART_ANY, false),
	SOCK_FIELD(state, state, PART_START, false),
	SOCK_FIELD(rx_queue_mapping, rx_queue_mapping, PART_START, false),
};

static bool bpf_sock_access_ok(u32 off, u32 size, bool full)
{
	for (u32 i = 0; i < ARRAY_SIZE(sock_fields); i++) {
		const struct sock_field *f = &sock_fields[i];

		if (off < f->off || off >= f->end)
			continue;
		if (f->full_only && !full)
			return false;
		if (size == 4)
			return true;
		return size < 4 &&
		       (f->part == PART_ANY || (f->part == PART_START && off == f->off));
	}
	return false;
}

static bool bpf_tcp_sock_access_ok(u32 off, u32 size)
{
	if (off >= sizeof(struct bpf_tcp_sock))
		return false;
	if (off >= offsetof(struct bpf_tcp_sock, bytes_received) &&
	    off < offsetof(struct bpf_tcp_sock, dsack_dups))
		return size == 8;
	return size == 4;
}

bool sock_access_ok(u32 base, s32 off, u32 size)
{
	if (off < 0 || (u32)off % size)
		return false;
	switch (base) {
	case PTR_TO_SOCKET:
		return bpf_sock_access_ok((u32)off, size, true);
	case PTR_TO_SOCK_COMMON:
		return bpf_sock_access_ok((u32)off, size, false);
	case PTR_TO_TCP_SOCK:
		return bpf_tcp_sock_access_ok((u32)off, size);
	case PTR_TO_XDP_SOCK:
		return off == offsetof(struct bpf_xdp_sock, queue_id) && size == 4;
	default:
		return false;
	}
}
