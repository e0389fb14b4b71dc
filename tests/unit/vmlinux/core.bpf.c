// SPDX-License-Identifier: BSD-2-Clause
/*
 * A program compiled against another kernel: its structs have other layouts, its enumerations other
 * values. What it finds must be ours.
 */
#include <linux/types.h>

#define SEC(name) __attribute__((section(name), used))

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct xdp_md {
	__u32 data;
	__u32 data_end;
};

struct iphdr {
	__u8 version : 4;
	__u8 ihl : 4;
	__u32 daddr;
	__u32 saddr;
	__u8 protocol;
};

struct refcount_struct {
	int unused;
};

struct xfrm_id {
	__u8 proto;
	__u32 spi;
};

struct xfrm_replay_state_esn {
	__u32 replay_window;
	__u32 bmp[];
};

struct xfrm_state {
	char padding[4000];
	struct {
		__u32 saddr;
		__u32 reqid;
	} props;
	__u64 lastused;
	struct xfrm_replay_state_esn *replay_esn;
	struct xfrm_id id;
	__u32 pcpu_num;
	int not_in_6_18;
};

struct task_struct {
	int tgid;
	int pid;
};

struct not_in_6_18 {
	int x;
};

#pragma clang attribute pop

enum xdp_action {
	XDP_TX = 77,
	XDP_FUTURE = 78,
};

enum {
	FIELD_OFFSET,
	FIELD_SIZE,
	FIELD_EXISTS,
	FIELD_SIGNED,
	FIELD_LSHIFT,
	FIELD_RSHIFT
};

#define FIELD(f, what) __builtin_preserve_field_info(((struct xfrm_state *)0)->f, what)
#define TYPE_EXISTS(t) __builtin_preserve_type_info(*(t *)0, 0)
#define TYPE_SIZE(t)   __builtin_preserve_type_info(*(t *)0, 1)

volatile __u32 off_spi, off_proto, off_reqid, off_replay_esn, off_pcpu_num, off_lastused;
volatile __u32 size_pcpu_num, size_lastused, size_state;
volatile __u32 has_pcpu_num, has_not_in_6_18, has_state, has_type_not_in_6_18;
volatile __u32 value_tx, has_tx, has_future;
volatile __u32 version, ihl, protocol, saddr;

SEC("xdp")
int core(struct xdp_md *ctx)
{
	struct iphdr *ip = (void *)(long)ctx->data + 14;

	off_spi = FIELD(id.spi, FIELD_OFFSET);
	off_proto = FIELD(id.proto, FIELD_OFFSET);
	off_reqid = FIELD(props.reqid, FIELD_OFFSET);
	off_replay_esn = FIELD(replay_esn, FIELD_OFFSET);
	off_pcpu_num = FIELD(pcpu_num, FIELD_OFFSET);
	off_lastused = FIELD(lastused, FIELD_OFFSET);
	size_pcpu_num = FIELD(pcpu_num, FIELD_SIZE);
	size_lastused = FIELD(lastused, FIELD_SIZE);
	has_pcpu_num = FIELD(pcpu_num, FIELD_EXISTS);
	has_not_in_6_18 = FIELD(not_in_6_18, FIELD_EXISTS);
	size_state = TYPE_SIZE(struct xfrm_state);
	has_state = TYPE_EXISTS(struct xfrm_state);
	has_type_not_in_6_18 = TYPE_EXISTS(struct not_in_6_18);
	has_tx = __builtin_preserve_enum_value(*(enum xdp_action *)XDP_TX, 0);
	has_future = __builtin_preserve_enum_value(*(enum xdp_action *)XDP_FUTURE, 0);
	value_tx = __builtin_preserve_enum_value(*(enum xdp_action *)XDP_TX, 1);

	if ((void *)ip + 20 > (void *)(long)ctx->data_end)
		return 1;
	protocol = ip->protocol;
	saddr = ip->saddr;
	/* a bitfield: load what holds it, then cut it out */
	version = (__u32)((__u64) * ((__u8 *)ip +
				     __builtin_preserve_field_info(ip->version, FIELD_OFFSET))
				  << __builtin_preserve_field_info(ip->version, FIELD_LSHIFT) >>
			  __builtin_preserve_field_info(ip->version, FIELD_RSHIFT));
	ihl = (__u32)((__u64) * ((__u8 *)ip + __builtin_preserve_field_info(ip->ihl, FIELD_OFFSET))
			      << __builtin_preserve_field_info(ip->ihl, FIELD_LSHIFT) >>
		      __builtin_preserve_field_info(ip->ihl, FIELD_RSHIFT));
	return 2;
}

char _license[] SEC("license") = "Dual BSD/GPL";
