// SPDX-License-Identifier: BSD-2-Clause
/*
 * What clang -target bpf made of the headers and what the host's compiler makes of them must be
 * one: programs read at the BTF's offsets what C code writes at its own.
 */
#include "suites.h"

#include <linux/bpf.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <string.h>

#include "vmlinux/packet.h"
#include "vmlinux/task.h"
#include "vmlinux/vmlinux.h"
#include "vmlinux/xfrm.h"

struct field {
	const char *type;
	const char *path;
	size_t offset;
	size_t size; /* 0: a flexible array */
};

#define FIELD(t, f)                                                       \
	{                                                                 \
#t, #f, offsetof(struct t, f), sizeof(((struct t *)0)->f) \
	}
#define TAIL(t, f)                               \
	{                                        \
#t, #f, offsetof(struct t, f), 0 \
	}

static const struct field fields[] = {
	FIELD(xfrm_state, replay_esn),
	FIELD(xfrm_state, refcnt),
	FIELD(xfrm_state, id),
	FIELD(xfrm_state, id.daddr),
	FIELD(xfrm_state, id.spi),
	FIELD(xfrm_state, id.proto),
	FIELD(xfrm_state, mark),
	FIELD(xfrm_state, mark.v),
	FIELD(xfrm_state, mark.m),
	FIELD(xfrm_state, pcpu_num),
	FIELD(xfrm_state, props.family),
	FIELD(xfrm_state, props.mode),
	FIELD(xfrm_state, props.replay_window),
	FIELD(xfrm_state, props.reqid),
	FIELD(xfrm_state, props.flags),
	FIELD(xfrm_state, props.aalgo),
	FIELD(xfrm_state, props.ealgo),
	FIELD(xfrm_state, props.calgo),
	FIELD(xfrm_state, props.extra_flags),
	FIELD(xfrm_state, props.header_len),
	FIELD(xfrm_state, props.enc_hdr_len),
	FIELD(xfrm_state, props.trailer_len),
	FIELD(xfrm_state, props.saddr),
	FIELD(xfrm_state, props.smark),
	FIELD(xfrm_state, if_id),
	FIELD(xfrm_state, dir),
	FIELD(xfrm_state, encap),
	FIELD(xfrm_state, km),
	FIELD(xfrm_state, km.state),
	FIELD(xfrm_state, km.dying),
	FIELD(xfrm_state, km.proto),
	FIELD(xfrm_state, km.seq),
	FIELD(xfrm_state, xflags),
	FIELD(xfrm_state, replay),
	FIELD(xfrm_state, repl_mode),
	FIELD(xfrm_state, stats),
	FIELD(xfrm_state, curlft),
	FIELD(xfrm_state, curlft.bytes),
	FIELD(xfrm_state, lastused),
	FIELD(xfrm_state, lft),
	FIELD(xfrm_state, sel),
	FIELD(xfrm_state, sel.daddr),
	FIELD(xfrm_state, sel.proto),
	FIELD(xfrm_state, xs_net),
	FIELD(xfrm_state, type),
	FIELD(xfrm_state, tunnel),
	FIELD(xfrm_state, tfcpad),
	FIELD(xfrm_state, nat_keepalive_interval),
	FIELD(xfrm_state, nat_keepalive_expiration),
	FIELD(xfrm_state, tunnel_users),
	FIELD(xfrm_state, genid),
	FIELD(xfrm_state, aalg),
	FIELD(xfrm_state, ealg),
	FIELD(xfrm_state, calg),
	FIELD(xfrm_state, aead),
	FIELD(xfrm_state, coaddr),
	FIELD(xfrm_state, security),
	FIELD(xfrm_state, xso),
	FIELD(xfrm_state, xso.dev),
	FIELD(xfrm_state, xso.real_dev),
	FIELD(xfrm_state, xso.offload_handle),
	FIELD(xfrm_state, inner_mode),
	FIELD(xfrm_state, inner_mode_iaf),
	FIELD(xfrm_state, outer_mode),
	FIELD(xfrm_state, new_mapping_sport),
	FIELD(xfrm_state, new_mapping),
	FIELD(xfrm_state, mapping_maxage),
	FIELD(xfrm_state, replay_maxage),
	FIELD(xfrm_state, replay_maxdiff),
	FIELD(xfrm_state, preplay),
	FIELD(xfrm_state, preplay_esn),
	FIELD(bpf_xfrm_state_opts, error),
	FIELD(bpf_xfrm_state_opts, netns_id),
	FIELD(bpf_xfrm_state_opts, mark),
	FIELD(bpf_xfrm_state_opts, daddr),
	FIELD(bpf_xfrm_state_opts, spi),
	FIELD(bpf_xfrm_state_opts, proto),
	FIELD(bpf_xfrm_state_opts, family),
	FIELD(xdp_buff, data),
	FIELD(xdp_buff, data_end),
	FIELD(xdp_buff, data_meta),
	FIELD(xdp_buff, data_hard_start),
	FIELD(xdp_buff, rxq),
	FIELD(xdp_buff, txq),
	FIELD(xdp_buff, frame_sz),
	FIELD(xdp_buff, flags),
	FIELD(xdp_rxq_info, dev),
	FIELD(xdp_rxq_info, queue_index),
	FIELD(xdp_rxq_info, reg_state),
	FIELD(xdp_txq_info, dev),
	FIELD(net_device, name),
	FIELD(net_device, ifindex),
	FIELD(net_device, mtu),
	FIELD(net_device, flags),
	FIELD(net_device, type),
	FIELD(net_device, hard_header_len),
	FIELD(net_device, addr_len),
	FIELD(net_device, dev_addr),
	FIELD(net_device, num_tx_queues),
	FIELD(net_device, real_num_tx_queues),
	FIELD(net_device, num_rx_queues),
	FIELD(net_device, real_num_rx_queues),
	FIELD(net_device, nd_net),
	FIELD(net, ns.inum),
	FIELD(net, net_cookie),
	FIELD(sk_buff, next),
	FIELD(sk_buff, prev),
	FIELD(sk_buff, dev),
	FIELD(sk_buff, sk),
	FIELD(sk_buff, tstamp),
	FIELD(sk_buff, cb),
	FIELD(sk_buff, len),
	FIELD(sk_buff, data_len),
	FIELD(sk_buff, mac_len),
	FIELD(sk_buff, hdr_len),
	FIELD(sk_buff, queue_mapping),
	FIELD(sk_buff, tc_index),
	FIELD(sk_buff, csum),
	FIELD(sk_buff, priority),
	FIELD(sk_buff, skb_iif),
	FIELD(sk_buff, hash),
	FIELD(sk_buff, vlan_proto),
	FIELD(sk_buff, vlan_tci),
	FIELD(sk_buff, napi_id),
	FIELD(sk_buff, mark),
	FIELD(sk_buff, protocol),
	FIELD(sk_buff, inner_transport_header),
	FIELD(sk_buff, inner_network_header),
	FIELD(sk_buff, inner_mac_header),
	FIELD(sk_buff, transport_header),
	FIELD(sk_buff, network_header),
	FIELD(sk_buff, mac_header),
	FIELD(sk_buff, tail),
	FIELD(sk_buff, end),
	FIELD(sk_buff, head),
	FIELD(sk_buff, data),
	FIELD(sk_buff, truesize),
	FIELD(task_struct, __state),
	FIELD(task_struct, flags),
	FIELD(task_struct, usage),
	FIELD(task_struct, rcu_users),
	FIELD(task_struct, prio),
	FIELD(task_struct, policy),
	FIELD(task_struct, cpus_ptr),
	FIELD(task_struct, exit_code),
	FIELD(task_struct, pid),
	FIELD(task_struct, tgid),
	FIELD(task_struct, real_parent),
	FIELD(task_struct, parent),
	FIELD(task_struct, group_leader),
	FIELD(task_struct, start_time),
	FIELD(task_struct, start_boottime),
	FIELD(task_struct, comm),
	FIELD(xdp_md, data),
	FIELD(xdp_md, data_end),
	FIELD(xdp_md, data_meta),
	FIELD(xdp_md, ingress_ifindex),
	FIELD(xdp_md, rx_queue_index),
	FIELD(xdp_md, egress_ifindex),
	FIELD(__sk_buff, len),
	FIELD(__sk_buff, mark),
	FIELD(__sk_buff, protocol),
	FIELD(__sk_buff, cb),
	FIELD(__sk_buff, hash),
	FIELD(__sk_buff, tc_classid),
	FIELD(__sk_buff, data),
	FIELD(__sk_buff, data_end),
	FIELD(__sk_buff, napi_id),
	FIELD(__sk_buff, family),
	FIELD(__sk_buff, local_port),
	FIELD(__sk_buff, data_meta),
	FIELD(__sk_buff, flow_keys),
	FIELD(__sk_buff, tstamp),
	FIELD(__sk_buff, wire_len),
	FIELD(__sk_buff, gso_segs),
	FIELD(__sk_buff, sk),
	FIELD(__sk_buff, gso_size),
	FIELD(__sk_buff, tstamp_type),
	FIELD(__sk_buff, hwtstamp),
	FIELD(bpf_sock, bound_dev_if),
	FIELD(bpf_sock, family),
	FIELD(bpf_sock, src_ip4),
	FIELD(bpf_sock, src_ip6),
	FIELD(bpf_sock, src_port),
	FIELD(bpf_sock, dst_port),
	FIELD(bpf_sock, dst_ip4),
	FIELD(bpf_sock, dst_ip6),
	FIELD(bpf_sock, state),
	FIELD(bpf_sock, rx_queue_mapping),
	FIELD(bpf_sock_tuple, ipv4.saddr),
	FIELD(bpf_sock_tuple, ipv4.dport),
	FIELD(bpf_sock_tuple, ipv6.saddr),
	FIELD(bpf_sock_tuple, ipv6.dport),
	FIELD(ethhdr, h_dest),
	FIELD(ethhdr, h_source),
	FIELD(ethhdr, h_proto),
	FIELD(iphdr, tos),
	FIELD(iphdr, tot_len),
	FIELD(iphdr, id),
	FIELD(iphdr, frag_off),
	FIELD(iphdr, ttl),
	FIELD(iphdr, protocol),
	FIELD(iphdr, check),
	FIELD(iphdr, saddr),
	FIELD(iphdr, daddr),
	FIELD(ipv6hdr, payload_len),
	FIELD(ipv6hdr, nexthdr),
	FIELD(ipv6hdr, hop_limit),
	FIELD(ipv6hdr, saddr),
	FIELD(ipv6hdr, daddr),
	FIELD(ip_esp_hdr, spi),
	FIELD(ip_esp_hdr, seq_no),
	TAIL(ip_esp_hdr, enc_data),
	FIELD(ip_auth_hdr, nexthdr),
	FIELD(ip_auth_hdr, hdrlen),
	FIELD(ip_auth_hdr, spi),
	FIELD(ip_auth_hdr, seq_no),
	FIELD(udphdr, source),
	FIELD(udphdr, dest),
	FIELD(udphdr, len),
	FIELD(udphdr, check),
	FIELD(icmp6hdr, icmp6_type),
	FIELD(icmp6hdr, icmp6_cksum),
	FIELD(xfrm_replay_state_esn, bmp_len),
	FIELD(xfrm_replay_state_esn, oseq),
	FIELD(xfrm_replay_state_esn, seq),
	FIELD(xfrm_replay_state_esn, oseq_hi),
	FIELD(xfrm_replay_state_esn, seq_hi),
	FIELD(xfrm_replay_state_esn, replay_window),
	TAIL(xfrm_replay_state_esn, bmp),
	FIELD(xfrm_encap_tmpl, encap_type),
	FIELD(xfrm_encap_tmpl, encap_sport),
	FIELD(xfrm_encap_tmpl, encap_dport),
	FIELD(xfrm_encap_tmpl, encap_oa),
};

struct whole {
	const char *name;
	size_t size;
};

#define WHOLE(t)                     \
	{                            \
#t, sizeof(struct t) \
	}

static const struct whole wholes[] = {
	WHOLE(xfrm_state),
	WHOLE(bpf_xfrm_state_opts),
	WHOLE(xdp_buff),
	WHOLE(xdp_rxq_info),
	WHOLE(xdp_txq_info),
	WHOLE(net_device),
	WHOLE(net),
	WHOLE(sk_buff),
	WHOLE(task_struct),
	WHOLE(xdp_md),
	WHOLE(__sk_buff),
	WHOLE(bpf_sock),
	WHOLE(bpf_sock_tuple),
	WHOLE(ethhdr),
	WHOLE(iphdr),
	WHOLE(ipv6hdr),
	WHOLE(ip_esp_hdr),
	WHOLE(ip_auth_hdr),
	WHOLE(udphdr),
	WHOLE(icmp6hdr),
	WHOLE(xfrm_replay_state_esn),
	WHOLE(xfrm_encap_tmpl),
};

/* What is not in this machine's headers, or not as 6.18 has it: name and size. */
static const struct whole others[] = {
	{"bpf_dynptr", 16},	 {"bpf_dynptr_kern", 16}, {"bpf_iter_num", 8},
	{"bpf_timer", 16},	 {"bpf_spin_lock", 4},	  {"bpf_list_head", 16},
	{"bpf_list_node", 24},	 {"bpf_rb_root", 16},	  {"bpf_rb_node", 32},
	{"bpf_refcount", 4},	 {"bpf_wq", 16},	  {"bpf_fib_lookup", 64},
	{"bpf_redir_neigh", 20}, {"bpf_tcp_sock", 112},	  {"bpf_tunnel_key", 44},
	{"vlan_hdr", 4},	 {"vlan_ethhdr", 18},	  {"frag_hdr", 8},
	{"tcphdr", 20},		 {"sctphdr", 12},	  {"icmphdr", 8},
	{"arphdr", 8},		 {"vxlanhdr", 8},	  {"genevehdr", 8},
};

static const struct btf_type *find_struct(const char *name, u32 *id)
{
	s32 found = btf_find(vmlinux_btf(), name, BTF_KIND_STRUCT);

	if (found < 0)
		ck_abort_msg("no struct %s", name);
	*id = (u32)found;
	return btf_type(vmlinux_btf(), *id);
}

/* The member of that name in @id or in its anonymous members; its type, and its bits added. */
static bool find_member(u32 *id, const char *name, size_t len, u32 *bits)
{
	const struct btf *btf = vmlinux_btf();
	const struct btf_type *t = btf_skip_modifiers(btf, *id, NULL);
	const struct btf_member *m = (const struct btf_member *)(t + 1);

	if (!btf_is_kind_struct(t))
		return false;
	for (u32 i = 0; i < btf_vlen_of(t); i++, m++) {
		u32 at = BTF_INFO_KFLAG(t->info) ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;
		const char *this = btf_str(btf, m->name_off);
		u32 inner = m->type, inner_bits = 0;

		if (strlen(this) == len && !memcmp(this, name, len)) {
			*id = m->type;
			*bits += at;
			return true;
		}
		if (!*this && find_member(&inner, name, len, &inner_bits)) {
			*id = inner;
			*bits += at + inner_bits;
			return true;
		}
	}
	return false;
}

START_TEST(offsets)
{
	const struct field *f = &fields[_i];
	u32 id, bits = 0, size = 0;

	find_struct(f->type, &id);
	for (const char *at = f->path; at;) {
		const char *dot = strchr(at, '.');
		size_t len = dot ? (size_t)(dot - at) : strlen(at);

		if (!find_member(&id, at, len, &bits))
			ck_abort_msg("no %s.%s", f->type, f->path);
		at = dot ? dot + 1 : NULL;
	}
	if (bits != f->offset * 8)
		ck_abort_msg("%s.%s: bit %u in BTF, byte %zu in C", f->type, f->path, bits,
			     f->offset);
	ck_assert_int_eq(btf_size(vmlinux_btf(), id, &size), 0);
	if (size != f->size)
		ck_abort_msg("%s.%s: %u bytes in BTF, %zu in C", f->type, f->path, size, f->size);
}
END_TEST

START_TEST(sizes)
{
	u32 id;

	for (u32 i = 0; i < ARRAY_SIZE(wholes); i++)
		ck_assert_uint_eq(find_struct(wholes[i].name, &id)->size, wholes[i].size);
	for (u32 i = 0; i < ARRAY_SIZE(others); i++) {
		if (find_struct(others[i].name, &id)->size != others[i].size)
			ck_abort_msg("%s: %u", others[i].name, btf_type(vmlinux_btf(), id)->size);
	}
}
END_TEST

TCase *layout_case(void)
{
	TCase *tc = tcase_create("layout");

	tcase_add_loop_test(tc, offsets, 0, ARRAY_SIZE(fields));
	tcase_add_test(tc, sizes);
	return tc;
}
