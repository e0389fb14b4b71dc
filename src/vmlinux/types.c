// SPDX-License-Identifier: BSD-2-Clause
/*
 * Compiled with `clang -target bpf -g` for its BTF alone, which is what programs see as the
 * kernel's. Structs are found by name through CO-RE: layouts are free where no UAPI fixes them.
 */
#include "bpf_types.h"
#include "net_types.h"
#include "sock_types.h"
#include "struct_ops.h"
#include "vmlinux/packet.h"
#include "vmlinux/task.h"
#include "vmlinux/xfrm.h"

#include "kfuncs.h"

/*
 * clang describes a type when a function or variable needs it whole. The members of this union are
 * those that nothing else here does.
 */
union vmlinux_types {
	/* contexts */
	struct xdp_md xdp_md;
	struct __sk_buff __sk_buff;
	struct xdp_buff xdp_buff;
	struct sk_buff sk_buff;
	struct bpf_sock_addr bpf_sock_addr;
	struct bpf_sock_ops bpf_sock_ops;
	struct bpf_sk_lookup bpf_sk_lookup;
	struct sk_msg_md sk_msg_md;
	struct sk_reuseport_md sk_reuseport_md;
	struct bpf_sysctl bpf_sysctl;
	struct bpf_sockopt bpf_sockopt;
	struct bpf_cgroup_dev_ctx bpf_cgroup_dev_ctx;
	struct bpf_raw_tracepoint_args bpf_raw_tracepoint_args;
	struct bpf_perf_event_value bpf_perf_event_value;

	/* what helpers take and give */
	struct bpf_sock bpf_sock;
	struct bpf_tcp_sock bpf_tcp_sock;
	struct bpf_sock_tuple bpf_sock_tuple;
	struct bpf_xdp_sock bpf_xdp_sock;
	struct bpf_fib_lookup bpf_fib_lookup;
	struct bpf_redir_neigh bpf_redir_neigh;
	struct bpf_tunnel_key bpf_tunnel_key;
	struct bpf_xfrm_state bpf_xfrm_state;
	struct bpf_flow_keys bpf_flow_keys;
	struct bpf_devmap_val bpf_devmap_val;
	struct bpf_cpumap_val bpf_cpumap_val;
	struct bpf_lpm_trie_key bpf_lpm_trie_key;
	struct bpf_lpm_trie_key_hdr bpf_lpm_trie_key_hdr;
	struct bpf_lpm_trie_key_u8 bpf_lpm_trie_key_u8;
	struct bpf_stack_build_id bpf_stack_build_id;
	struct bpf_cgroup_storage_key bpf_cgroup_storage_key;
	struct bpf_pidns_info bpf_pidns_info;
	struct bpf_map_info bpf_map_info;
	struct bpf_prog_info bpf_prog_info;
	struct btf_ptr btf_ptr;
	union bpf_attr bpf_attr;

	/* what lives in maps and on the stack */
	struct bpf_spin_lock bpf_spin_lock;
	struct bpf_timer bpf_timer;
	struct bpf_task_work bpf_task_work;
	struct bpf_dynptr_kern bpf_dynptr_kern;
	struct bpf_iter_num_kern bpf_iter_num_kern;
	struct bpf_refcount bpf_refcount;
	struct bpf_array bpf_array;
	struct bpf_map_ops bpf_map_ops;

	/* the kernel's */
	struct task_struct task_struct;
	struct pid pid;
	struct cred cred;
	struct nsproxy nsproxy;
	struct css_set css_set;
	struct cgroup cgroup;
	struct kernfs_node kernfs_node;
	struct mm_struct mm_struct;
	struct cpumask cpumask;
	struct net net;
	struct module module;
	struct proc_ns_operations proc_ns_operations;
	struct net_device net_device;
	struct xdp_rxq_info xdp_rxq_info;
	struct xdp_txq_info xdp_txq_info;
	struct tcp6_sock tcp6_sock;
	struct udp6_sock udp6_sock;
	struct tcp_request_sock tcp_request_sock;
	struct tcp_timewait_sock tcp_timewait_sock;
	struct unix_sock unix_sock;
	struct mptcp_sock mptcp_sock;
	struct xfrm_state xfrm_state;
	struct xfrm_replay_state_esn xfrm_replay_state_esn;
	struct xfrm_encap_tmpl xfrm_encap_tmpl;
	struct xfrm_algo xfrm_algo;
	struct xfrm_algo_auth xfrm_algo_auth;
	struct xfrm_algo_aead xfrm_algo_aead;
	struct xfrm_sec_ctx xfrm_sec_ctx;
	struct xfrm_type xfrm_type;
	struct xfrm_type_offload xfrm_type_offload;
	struct xfrm_mode_cbs xfrm_mode_cbs;

	/* tables of functions */
	struct bpf_struct_ops_bpf_dummy_ops bpf_struct_ops_bpf_dummy_ops;
	struct bpf_struct_ops_tcp_congestion_ops bpf_struct_ops_tcp_congestion_ops;

	/* packet headers */
	struct ethhdr ethhdr;
	struct vlan_hdr vlan_hdr;
	struct vlan_ethhdr vlan_ethhdr;
	struct arphdr arphdr;
	struct iphdr iphdr;
	struct ip_esp_hdr ip_esp_hdr;
	struct ip_auth_hdr ip_auth_hdr;
	struct ip_comp_hdr ip_comp_hdr;
	struct ip_beet_phdr ip_beet_phdr;
	struct ipv6hdr ipv6hdr;
	struct ipv6_opt_hdr ipv6_opt_hdr;
	struct ipv6_rt_hdr ipv6_rt_hdr;
	struct frag_hdr frag_hdr;
	struct tcphdr tcphdr;
	union tcp_word_hdr tcp_word_hdr;
	siphash_key_t siphash_key_t;
	struct udphdr udphdr;
	struct sctphdr sctphdr;
	struct icmphdr icmphdr;
	struct icmp6hdr icmp6hdr;
	struct igmphdr igmphdr;
	struct gre_base_hdr gre_base_hdr;
	struct gre_full_hdr gre_full_hdr;
	struct vxlanhdr vxlanhdr;
	struct genevehdr genevehdr;
	struct mpls_label mpls_label;

	/* addresses */
	struct in_addr in_addr;
	struct in6_addr in6_addr;
	struct sockaddr_in sockaddr_in;
	struct sockaddr_in6 sockaddr_in6;

	/* enumerations */
	enum xdp_action xdp_action;
	enum sk_action sk_action;
	enum bpf_ret_code bpf_ret_code;
	enum bpf_cmd bpf_cmd;
	enum bpf_map_type bpf_map_type;
	enum bpf_prog_type bpf_prog_type;
	enum bpf_attach_type bpf_attach_type;
	enum bpf_link_type bpf_link_type;
	enum bpf_func_id bpf_func_id;
	enum bpf_adj_room_mode bpf_adj_room_mode;
	enum bpf_hdr_start_off bpf_hdr_start_off;
	enum bpf_check_mtu_flags bpf_check_mtu_flags;
	enum bpf_check_mtu_ret bpf_check_mtu_ret;
	enum xfrm_replay_mode xfrm_replay_mode;
};

int vmlinux_types(union vmlinux_types *types)
{
	return types != 0;
}
