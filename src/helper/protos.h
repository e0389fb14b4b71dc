/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_PROTOS_H
#define HELPER_PROTOS_H

#include "helper/helper.h"
#include "object/call.h"

/* Memory that a helper reads, and memory that it fills. */
#define ARG_MEM_IN	   (ARG_PTR_TO_MEM | MEM_RDONLY)
#define ARG_MEM_IN_OR_NULL (ARG_PTR_TO_MEM_OR_NULL | MEM_RDONLY)
#define ARG_MEM_OUT	   ARG_PTR_TO_UNINIT_MEM

struct sk_buff;

/* A change to the packet outdates what the receiver knew of its checksum. */
void skb_forget_csum(struct sk_buff *skb) __hidden;

/* cpu.c */
extern const struct helper helper_get_prandom_u32 __hidden;
extern const struct helper helper_get_smp_processor_id __hidden;
extern const struct helper helper_get_numa_node_id __hidden;

/* csum.c */
extern const struct helper helper_csum_diff __hidden;
extern const struct helper helper_l3_csum_replace __hidden;
extern const struct helper helper_l4_csum_replace __hidden;
extern const struct helper helper_csum_update __hidden;
extern const struct helper helper_csum_level __hidden;

/* dynptr.c */
extern const struct helper helper_dynptr_from_mem __hidden;
extern const struct helper helper_dynptr_read __hidden;
extern const struct helper helper_dynptr_write __hidden;
extern const struct helper helper_dynptr_data __hidden;

/* kptr.c */
extern const struct helper helper_kptr_xchg __hidden;

/* lock.c */
extern const struct helper helper_spin_lock __hidden;
extern const struct helper helper_spin_unlock __hidden;

/* loop.c */
extern const struct helper helper_loop __hidden;

/* map.c */
extern const struct helper helper_map_lookup_elem __hidden;
extern const struct helper helper_map_update_elem __hidden;
extern const struct helper helper_map_delete_elem __hidden;
extern const struct helper helper_map_push_elem __hidden;
extern const struct helper helper_map_pop_elem __hidden;
extern const struct helper helper_map_peek_elem __hidden;
extern const struct helper helper_map_lookup_percpu_elem __hidden;
extern const struct helper helper_for_each_map_elem __hidden;
extern const struct helper helper_tail_call __hidden;

/* perf.c */
extern const struct helper helper_skb_event_output __hidden;
extern const struct helper helper_xdp_event_output __hidden;

/* probe.c */
extern const struct helper helper_probe_read_kernel __hidden;
extern const struct helper helper_probe_read_kernel_str __hidden;
extern const struct helper helper_probe_read_user __hidden;
extern const struct helper helper_copy_from_user __hidden;
extern struct helper helper_copy_from_user_task __hidden;

/* redirect.c */
extern const struct helper helper_xdp_redirect __hidden;
extern const struct helper helper_redirect_map __hidden;
extern const struct helper helper_tc_redirect __hidden;
extern const struct helper helper_redirect_peer __hidden;
extern const struct helper helper_redirect_neigh __hidden;
extern const struct helper helper_clone_redirect __hidden;

/* ringbuf.c */
extern const struct helper helper_ringbuf_output __hidden;
extern const struct helper helper_ringbuf_reserve __hidden;
extern const struct helper helper_ringbuf_submit __hidden;
extern const struct helper helper_ringbuf_discard __hidden;
extern const struct helper helper_ringbuf_query __hidden;
extern const struct helper helper_ringbuf_reserve_dynptr __hidden;
extern const struct helper helper_ringbuf_submit_dynptr __hidden;
extern const struct helper helper_ringbuf_discard_dynptr __hidden;

/* room.c */
extern const struct helper helper_skb_change_tail __hidden;
extern const struct helper helper_skb_change_head __hidden;
extern const struct helper helper_skb_change_proto __hidden;
extern const struct helper helper_skb_adjust_room __hidden;

/* route.c */
extern const struct helper helper_fib_lookup __hidden;
extern const struct helper helper_check_mtu __hidden;

/* skb.c */
extern const struct helper helper_skb_store_bytes __hidden;
extern const struct helper helper_skb_load_bytes __hidden;
extern const struct helper helper_skb_load_bytes_relative __hidden;
extern const struct helper helper_skb_pull_data __hidden;
extern const struct helper helper_skb_change_type __hidden;
extern const struct helper helper_get_hash_recalc __hidden;
extern const struct helper helper_set_hash_invalid __hidden;
extern const struct helper helper_set_hash __hidden;
extern const struct helper helper_skb_ecn_set_ce __hidden;
extern const struct helper helper_skb_set_tstamp __hidden;
extern const struct helper helper_skb_get_xfrm_state __hidden;

/* socket.c */
extern const struct helper helper_sk_lookup __hidden;
extern const struct helper helper_skc_lookup_tcp __hidden;
extern const struct helper helper_sk_release __hidden;
extern const struct helper helper_sk_fullsock __hidden;
extern const struct helper helper_tcp_sock __hidden;
extern const struct helper helper_get_listener_sock __hidden;
extern const struct helper helper_tcp_syncookie __hidden;
extern const struct helper helper_sk_assign __hidden;
extern const struct helper helper_sk_storage_get __hidden;
extern const struct helper helper_sk_storage_delete __hidden;
extern struct helper helper_skc_to_tcp_sock __hidden;
extern struct helper helper_skc_to_tcp6_sock __hidden;
extern struct helper helper_skc_to_tcp_timewait_sock __hidden;
extern struct helper helper_skc_to_tcp_request_sock __hidden;
extern struct helper helper_skc_to_udp6_sock __hidden;
extern struct helper helper_skc_to_unix_sock __hidden;
extern struct helper helper_skc_to_mptcp_sock __hidden;
extern const struct helper helper_tcp_raw_gen_syncookie_ipv4 __hidden;
extern const struct helper helper_tcp_raw_gen_syncookie_ipv6 __hidden;
extern const struct helper helper_tcp_raw_check_syncookie_ipv4 __hidden;
extern const struct helper helper_tcp_raw_check_syncookie_ipv6 __hidden;
extern const struct helper helper_skb_under_cgroup __hidden;
extern const struct helper helper_current_task_under_cgroup __hidden;
extern const struct helper helper_skb_socket_id __hidden;
extern const struct helper helper_skb_ancestor_cgroup_id __hidden;
extern const struct helper helper_get_socket_uid __hidden;

/* string.c */
extern const struct helper helper_strtol __hidden;
extern const struct helper helper_strtoul __hidden;
extern const struct helper helper_strncmp __hidden;

/* task.c */
extern const struct helper helper_get_current_pid_tgid __hidden;
extern const struct helper helper_get_current_uid_gid __hidden;
extern const struct helper helper_get_current_comm __hidden;
extern const struct helper helper_get_current_task __hidden;
extern struct helper helper_get_current_task_btf __hidden;
extern const struct helper helper_get_cgroup_classid __hidden;
extern const struct helper helper_skb_class __hidden;
extern const struct helper helper_get_current_cgroup_id __hidden;
extern const struct helper helper_get_current_ancestor_cgroup_id __hidden;
extern const struct helper helper_get_netns_cookie __hidden;

/* time.c */
extern const struct helper helper_ktime_get_ns __hidden;
extern const struct helper helper_ktime_get_boot_ns __hidden;
extern const struct helper helper_ktime_get_coarse_ns __hidden;
extern const struct helper helper_ktime_get_tai_ns __hidden;
extern const struct helper helper_jiffies64 __hidden;

/* timer.c */
extern const struct helper helper_timer_init __hidden;
extern const struct helper helper_timer_set_callback __hidden;
extern const struct helper helper_timer_start __hidden;
extern const struct helper helper_timer_cancel __hidden;

/* trace.c */
extern const struct helper helper_trace_printk __hidden;
extern const struct helper helper_trace_vprintk __hidden;
extern const struct helper helper_snprintf __hidden;

/* tunnel.c */
extern const struct helper helper_skb_get_tunnel_key __hidden;
extern const struct helper helper_skb_set_tunnel_key __hidden;
extern const struct helper helper_skb_get_tunnel_opt __hidden;
extern const struct helper helper_skb_set_tunnel_opt __hidden;

/* user_ringbuf.c */
extern const struct helper helper_user_ringbuf_drain __hidden;

/* vlan.c */
extern const struct helper helper_skb_vlan_push __hidden;
extern const struct helper helper_skb_vlan_pop __hidden;

/* xdp.c */
extern const struct helper helper_xdp_get_buff_len __hidden;
extern const struct helper helper_xdp_adjust_head __hidden;
extern const struct helper helper_xdp_adjust_tail __hidden;
extern const struct helper helper_xdp_adjust_meta __hidden;
extern const struct helper helper_xdp_load_bytes __hidden;
extern const struct helper helper_xdp_store_bytes __hidden;

#endif
