/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMLINUX_PACKET_H
#define VMLINUX_PACKET_H

#include "vmlinux/kernel.h"

/*
 * The packet as bpf_cast_to_kern_ctx() shows it to programs. The code that runs programs keeps
 * packets in these very structs (packet/xdp.h, packet/skb.h).
 */
struct xdp_rxq_info {
	struct net_device *dev;
	u32 queue_index;
	u32 reg_state;
	struct xdp_mem_info {
		u32 type;
		u32 id;
	} mem;
	u32 frag_size;
};

struct xdp_txq_info {
	struct net_device *dev;
};

struct xdp_buff {
	void *data;
	void *data_end;
	void *data_meta; /* > data: the driver gave no metadata room */
	void *data_hard_start;
	struct xdp_rxq_info *rxq;
	struct xdp_txq_info *txq; /* set for BPF_XDP_DEVMAP programs; else NULL */
	u32 frame_sz;
	u32 flags;
};

struct sock;

/*
 * A 16-bit field that struct __sk_buff shows as 32 bits is followed by 16 bits that are always zero,
 * so that the wide load reads the narrow field.
 */
struct sk_buff {
	struct sk_buff *next;
	struct sk_buff *prev;
	struct net_device *dev;
	struct sock *sk; /* always NULL: no socket exists here */
	s64 tstamp;
	char cb[48]; /* struct skb_cb of packet/skb.h */
	unsigned int len;
	unsigned int data_len; /* always 0: packets are linear */
	__u16 mac_len;
	__u16 hdr_len;
	__u16 queue_mapping;
	__u16 queue_mapping_zero;
	__u8 pkt_type : 3;
	__u8 ignore_df : 1;
	__u8 ip_summed : 2;
	__u8 encapsulation : 1;
	__u8 csum_valid : 1;
	__u8 csum_level : 2;
	__u8 l4_hash : 1;
	__u8 sw_hash : 1;
	__u8 tstamp_type : 2;
	__u8 tc_at_ingress : 1;
	__u8 redirected : 1;
	__u16 headers_zero;
	__u16 tc_index;
	__u16 tc_index_zero;
	union {
		__wsum csum;
		struct {
			__u16 csum_start;
			__u16 csum_offset;
		};
	};
	__u32 priority;
	int skb_iif;
	__u32 hash;
	__be16 vlan_proto;
	__u16 vlan_proto_zero;
	__u16 vlan_tci;
	__u16 vlan_tci_zero;
	unsigned int napi_id;
	__u32 mark;
	__be16 protocol;
	__u16 protocol_zero;
	__u16 inner_transport_header;
	__u16 inner_network_header;
	__u16 inner_mac_header;
	__u16 transport_header;
	__u16 network_header;
	__u16 mac_header;
	/* offsets from head */
	unsigned int tail;
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
	unsigned int truesize;
};

#endif
