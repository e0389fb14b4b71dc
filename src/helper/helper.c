// SPDX-License-Identifier: BSD-2-Clause
#include "helper/helper.h"

#include <pthread.h>

#include "protos.h"
#include "vmlinux/vmlinux.h"

/*
 * Which helper a program type may call: measured on Linux 6.18, as root, by loading a call of each
 * number as each type.
 */
#define XDP   BIT(0)
#define TC    BIT(1) /* SCHED_CLS and SCHED_ACT */
#define SF    BIT(2) /* SOCKET_FILTER */
#define RAW   BIT(3) /* RAW_TRACEPOINT: verified, never run */
#define NET   (XDP | TC | SF)
#define ALL   (NET | RAW)
#define KINDS 4

struct row {
	u16 func;
	u8 kinds;
	const struct helper *helper;
};

static const struct row rows[] = {
	{BPF_FUNC_map_lookup_elem, ALL, &helper_map_lookup_elem},
	{BPF_FUNC_map_update_elem, ALL, &helper_map_update_elem},
	{BPF_FUNC_map_delete_elem, ALL, &helper_map_delete_elem},
	{BPF_FUNC_ktime_get_ns, ALL, &helper_ktime_get_ns},
	{BPF_FUNC_trace_printk, ALL, &helper_trace_printk},
	{BPF_FUNC_get_prandom_u32, ALL, &helper_get_prandom_u32},
	{BPF_FUNC_get_smp_processor_id, ALL, &helper_get_smp_processor_id},
	{BPF_FUNC_tail_call, ALL, &helper_tail_call},
	{BPF_FUNC_get_current_pid_tgid, ALL, &helper_get_current_pid_tgid},
	{BPF_FUNC_get_current_uid_gid, ALL, &helper_get_current_uid_gid},
	{BPF_FUNC_get_current_comm, ALL, &helper_get_current_comm},
	{BPF_FUNC_get_current_task, ALL, &helper_get_current_task},
	{BPF_FUNC_get_current_task_btf, ALL, &helper_get_current_task_btf},
	{BPF_FUNC_get_numa_node_id, ALL, &helper_get_numa_node_id},
	{BPF_FUNC_get_current_cgroup_id, ALL, &helper_get_current_cgroup_id},
	{BPF_FUNC_map_push_elem, ALL, &helper_map_push_elem},
	{BPF_FUNC_map_pop_elem, ALL, &helper_map_pop_elem},
	{BPF_FUNC_map_peek_elem, ALL, &helper_map_peek_elem},
	{BPF_FUNC_spin_lock, ALL, &helper_spin_lock},
	{BPF_FUNC_spin_unlock, ALL, &helper_spin_unlock},
	{BPF_FUNC_strtol, ALL, &helper_strtol},
	{BPF_FUNC_strtoul, ALL, &helper_strtoul},
	{BPF_FUNC_probe_read_user, ALL, &helper_probe_read_user},
	{BPF_FUNC_probe_read_kernel, ALL, &helper_probe_read_kernel},
	{BPF_FUNC_probe_read_user_str, ALL, &helper_probe_read_user},
	{BPF_FUNC_probe_read_kernel_str, ALL, &helper_probe_read_kernel_str},
	{BPF_FUNC_jiffies64, ALL, &helper_jiffies64},
	{BPF_FUNC_get_current_ancestor_cgroup_id, ALL, &helper_get_current_ancestor_cgroup_id},
	{BPF_FUNC_ktime_get_boot_ns, ALL, &helper_ktime_get_boot_ns},
	{BPF_FUNC_ringbuf_output, ALL, &helper_ringbuf_output},
	{BPF_FUNC_ringbuf_reserve, ALL, &helper_ringbuf_reserve},
	{BPF_FUNC_ringbuf_submit, ALL, &helper_ringbuf_submit},
	{BPF_FUNC_ringbuf_discard, ALL, &helper_ringbuf_discard},
	{BPF_FUNC_ringbuf_query, ALL, &helper_ringbuf_query},
	{BPF_FUNC_copy_from_user, ALL, &helper_copy_from_user},
	{BPF_FUNC_for_each_map_elem, ALL, &helper_for_each_map_elem},
	{BPF_FUNC_snprintf, ALL, &helper_snprintf},
	{BPF_FUNC_trace_vprintk, ALL, &helper_trace_vprintk},
	{BPF_FUNC_loop, ALL, &helper_loop},
	{BPF_FUNC_strncmp, ALL, &helper_strncmp},
	{BPF_FUNC_copy_from_user_task, ALL, &helper_copy_from_user_task},
	{BPF_FUNC_kptr_xchg, ALL, &helper_kptr_xchg},
	{BPF_FUNC_map_lookup_percpu_elem, ALL, &helper_map_lookup_percpu_elem},
	{BPF_FUNC_dynptr_from_mem, ALL, &helper_dynptr_from_mem},
	{BPF_FUNC_ringbuf_reserve_dynptr, ALL, &helper_ringbuf_reserve_dynptr},
	{BPF_FUNC_ringbuf_submit_dynptr, ALL, &helper_ringbuf_submit_dynptr},
	{BPF_FUNC_ringbuf_discard_dynptr, ALL, &helper_ringbuf_discard_dynptr},
	{BPF_FUNC_dynptr_read, ALL, &helper_dynptr_read},
	{BPF_FUNC_dynptr_write, ALL, &helper_dynptr_write},
	{BPF_FUNC_dynptr_data, ALL, &helper_dynptr_data},
	{BPF_FUNC_ktime_get_tai_ns, ALL, &helper_ktime_get_tai_ns},
	{BPF_FUNC_ktime_get_coarse_ns, NET, &helper_ktime_get_coarse_ns},
	{BPF_FUNC_get_cgroup_classid, XDP | SF | RAW, &helper_get_cgroup_classid},
	{BPF_FUNC_csum_diff, XDP | TC, &helper_csum_diff},
	{BPF_FUNC_fib_lookup, XDP | TC, &helper_fib_lookup},
	{BPF_FUNC_sk_lookup_tcp, XDP | TC, &helper_sk_lookup},
	{BPF_FUNC_sk_lookup_udp, XDP | TC, &helper_sk_lookup},
	{BPF_FUNC_sk_release, XDP | TC, &helper_sk_release},
	{BPF_FUNC_skc_lookup_tcp, XDP | TC, &helper_skc_lookup_tcp},
	{BPF_FUNC_tcp_check_syncookie, XDP | TC, &helper_tcp_syncookie},
	{BPF_FUNC_tcp_gen_syncookie, XDP | TC, &helper_tcp_syncookie},
	{BPF_FUNC_check_mtu, XDP | TC, &helper_check_mtu},
	{BPF_FUNC_redirect, XDP, &helper_xdp_redirect},
	{BPF_FUNC_perf_event_output, XDP, &helper_xdp_event_output},
	{BPF_FUNC_xdp_adjust_head, XDP, &helper_xdp_adjust_head},
	{BPF_FUNC_redirect_map, XDP, &helper_redirect_map},
	{BPF_FUNC_xdp_adjust_meta, XDP, &helper_xdp_adjust_meta},
	{BPF_FUNC_xdp_adjust_tail, XDP, &helper_xdp_adjust_tail},
	{BPF_FUNC_xdp_get_buff_len, XDP, &helper_xdp_get_buff_len},
	{BPF_FUNC_xdp_load_bytes, XDP, &helper_xdp_load_bytes},
	{BPF_FUNC_xdp_store_bytes, XDP, &helper_xdp_store_bytes},
	{BPF_FUNC_perf_event_output, TC | SF, &helper_skb_event_output},
	{BPF_FUNC_skb_load_bytes, TC | SF, &helper_skb_load_bytes},
	{BPF_FUNC_get_socket_cookie, TC | SF, &helper_skb_socket_id},
	{BPF_FUNC_get_socket_uid, TC | SF, &helper_get_socket_uid},
	{BPF_FUNC_skb_load_bytes_relative, TC | SF, &helper_skb_load_bytes_relative},
	{BPF_FUNC_get_netns_cookie, TC | SF, &helper_get_netns_cookie},
	{BPF_FUNC_skb_store_bytes, TC, &helper_skb_store_bytes},
	{BPF_FUNC_l3_csum_replace, TC, &helper_l3_csum_replace},
	{BPF_FUNC_l4_csum_replace, TC, &helper_l4_csum_replace},
	{BPF_FUNC_clone_redirect, TC, &helper_clone_redirect},
	{BPF_FUNC_get_cgroup_classid, TC, &helper_skb_class},
	{BPF_FUNC_skb_vlan_push, TC, &helper_skb_vlan_push},
	{BPF_FUNC_skb_vlan_pop, TC, &helper_skb_vlan_pop},
	{BPF_FUNC_skb_get_tunnel_key, TC, &helper_skb_get_tunnel_key},
	{BPF_FUNC_skb_set_tunnel_key, TC, &helper_skb_set_tunnel_key},
	{BPF_FUNC_redirect, TC, &helper_tc_redirect},
	{BPF_FUNC_get_route_realm, TC, &helper_skb_class},
	{BPF_FUNC_skb_get_tunnel_opt, TC, &helper_skb_get_tunnel_opt},
	{BPF_FUNC_skb_set_tunnel_opt, TC, &helper_skb_set_tunnel_opt},
	{BPF_FUNC_skb_change_proto, TC, &helper_skb_change_proto},
	{BPF_FUNC_skb_change_type, TC, &helper_skb_change_type},
	{BPF_FUNC_get_hash_recalc, TC, &helper_get_hash_recalc},
	{BPF_FUNC_skb_change_tail, TC, &helper_skb_change_tail},
	{BPF_FUNC_skb_pull_data, TC, &helper_skb_pull_data},
	{BPF_FUNC_csum_update, TC, &helper_csum_update},
	{BPF_FUNC_set_hash_invalid, TC, &helper_set_hash_invalid},
	{BPF_FUNC_skb_change_head, TC, &helper_skb_change_head},
	{BPF_FUNC_set_hash, TC, &helper_set_hash},
	{BPF_FUNC_skb_adjust_room, TC, &helper_skb_adjust_room},
	{BPF_FUNC_skb_get_xfrm_state, TC, &helper_skb_get_xfrm_state},
	{BPF_FUNC_skb_cgroup_id, TC, &helper_skb_socket_id},
	{BPF_FUNC_skb_ancestor_cgroup_id, TC, &helper_skb_ancestor_cgroup_id},
	{BPF_FUNC_sk_fullsock, TC, &helper_sk_fullsock},
	{BPF_FUNC_tcp_sock, TC, &helper_tcp_sock},
	{BPF_FUNC_skb_ecn_set_ce, TC, &helper_skb_ecn_set_ce},
	{BPF_FUNC_get_listener_sock, TC, &helper_get_listener_sock},
	{BPF_FUNC_sk_assign, TC, &helper_sk_assign},
	{BPF_FUNC_csum_level, TC, &helper_csum_level},
	{BPF_FUNC_skb_cgroup_classid, TC, &helper_skb_class},
	{BPF_FUNC_redirect_neigh, TC, &helper_redirect_neigh},
	{BPF_FUNC_redirect_peer, TC, &helper_redirect_peer},
	{BPF_FUNC_skb_set_tstamp, TC, &helper_skb_set_tstamp},
	{BPF_FUNC_user_ringbuf_drain, ALL, &helper_user_ringbuf_drain},
	{BPF_FUNC_skc_to_tcp6_sock, NET, &helper_skc_to_tcp6_sock},
	{BPF_FUNC_skc_to_tcp_sock, NET, &helper_skc_to_tcp_sock},
	{BPF_FUNC_skc_to_tcp_timewait_sock, NET, &helper_skc_to_tcp_timewait_sock},
	{BPF_FUNC_skc_to_tcp_request_sock, NET, &helper_skc_to_tcp_request_sock},
	{BPF_FUNC_skc_to_udp6_sock, NET, &helper_skc_to_udp6_sock},
	{BPF_FUNC_skc_to_unix_sock, NET, &helper_skc_to_unix_sock},
	{BPF_FUNC_skc_to_mptcp_sock, NET, &helper_skc_to_mptcp_sock},
	{BPF_FUNC_skb_under_cgroup, TC, &helper_skb_under_cgroup},
	{BPF_FUNC_sk_storage_get, TC, &helper_sk_storage_get},
	{BPF_FUNC_sk_storage_delete, TC, &helper_sk_storage_delete},
	{BPF_FUNC_current_task_under_cgroup, ALL, &helper_current_task_under_cgroup},
	{BPF_FUNC_timer_init, ALL, &helper_timer_init},
	{BPF_FUNC_timer_set_callback, ALL, &helper_timer_set_callback},
	{BPF_FUNC_timer_start, ALL, &helper_timer_start},
	{BPF_FUNC_timer_cancel, ALL, &helper_timer_cancel},
	{BPF_FUNC_tcp_raw_gen_syncookie_ipv4, XDP | TC, &helper_tcp_raw_gen_syncookie_ipv4},
	{BPF_FUNC_tcp_raw_gen_syncookie_ipv6, XDP | TC, &helper_tcp_raw_gen_syncookie_ipv6},
	{BPF_FUNC_tcp_raw_check_syncookie_ipv4, XDP | TC, &helper_tcp_raw_check_syncookie_ipv4},
	{BPF_FUNC_tcp_raw_check_syncookie_ipv6, XDP | TC, &helper_tcp_raw_check_syncookie_ipv6},
	{BPF_FUNC_probe_read, RAW, &helper_probe_read_kernel},
	{BPF_FUNC_probe_read_str, RAW, &helper_probe_read_kernel_str},
};

/* Calls that the kernel allows and espalier lacks. */
static const struct row lacking[] = {
	{BPF_FUNC_perf_event_read, ALL},
	{BPF_FUNC_perf_event_read_value, ALL},
	{BPF_FUNC_send_signal, ALL},
	{BPF_FUNC_send_signal_thread, ALL},
	{BPF_FUNC_get_ns_current_pid_tgid, ALL},
	{BPF_FUNC_get_task_stack, ALL},
	{BPF_FUNC_snprintf_btf, ALL},
	{BPF_FUNC_per_cpu_ptr, ALL},
	{BPF_FUNC_this_cpu_ptr, ALL},
	{BPF_FUNC_task_storage_get, ALL},
	{BPF_FUNC_task_storage_delete, ALL},
	{BPF_FUNC_task_pt_regs, ALL},
	{BPF_FUNC_get_branch_snapshot, ALL},
	{BPF_FUNC_find_vma, ALL},
	{BPF_FUNC_cgrp_storage_get, ALL},
	{BPF_FUNC_cgrp_storage_delete, ALL},
	{BPF_FUNC_perf_event_output, RAW},
	{BPF_FUNC_get_stackid, RAW},
	{BPF_FUNC_get_stack, RAW},
	{BPF_FUNC_get_attach_cookie, RAW},
};

static const struct helper *helpers[KINDS][HELPER_MAX];
static bool lacks[KINDS][HELPER_MAX];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static u32 kernel_struct(const char *name)
{
	s32 id = btf_find(vmlinux_btf(), name, BTF_KIND_STRUCT);

	return id > 0 ? (u32)id : 0;
}

static void set_kernel_types(void)
{
	helper_copy_from_user_task.arg_btf_id[3] = vmlinux_type_id(VT_TASK_STRUCT);
	helper_skc_to_tcp_sock.ret_btf_id = kernel_struct("tcp_sock");
	helper_skc_to_tcp6_sock.ret_btf_id = kernel_struct("tcp6_sock");
	helper_skc_to_tcp_timewait_sock.ret_btf_id = kernel_struct("tcp_timewait_sock");
	helper_skc_to_tcp_request_sock.ret_btf_id = kernel_struct("tcp_request_sock");
	helper_skc_to_udp6_sock.ret_btf_id = kernel_struct("udp6_sock");
	helper_skc_to_unix_sock.ret_btf_id = kernel_struct("unix_sock");
	helper_skc_to_mptcp_sock.ret_btf_id = kernel_struct("mptcp_sock");
}

static void index_rows(void)
{
	set_kernel_types();
	helper_get_current_task_btf.ret_btf_id = vmlinux_type_id(VT_TASK_STRUCT);
	for (u32 kind = 0; kind < KINDS; kind++) {
		for (u32 i = 0; i < ARRAY_SIZE(rows); i++)
			if (rows[i].kinds & BIT(kind))
				helpers[kind][rows[i].func] = rows[i].helper;
		for (u32 i = 0; i < ARRAY_SIZE(lacking); i++)
			if (lacking[i].kinds & BIT(kind))
				lacks[kind][lacking[i].func] = true;
	}
}

static int kind_of(enum bpf_prog_type type)
{
	switch (type) {
	case BPF_PROG_TYPE_XDP:
		return 0;
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
		return 1;
	case BPF_PROG_TYPE_SOCKET_FILTER:
		return 2;
	default: /* verified, never run: what all of them may call */
		return 3;
	}
}

const struct helper *helper_for(u32 func, enum bpf_prog_type type)
{
	int kind = kind_of(type);

	pthread_once(&once, index_rows);
	return func < HELPER_MAX ? helpers[kind][func] : NULL;
}

bool helper_unsupported(u32 func, enum bpf_prog_type type)
{
	int kind = kind_of(type);

	pthread_once(&once, index_rows);
	return func < HELPER_MAX && lacks[kind][func];
}
