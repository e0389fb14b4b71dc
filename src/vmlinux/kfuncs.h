/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMLINUX_KFUNCS_H
#define VMLINUX_KFUNCS_H

/*
 * Prototypes of the kernel functions that a program may name. Argument names are part of the
 * interface: their suffixes (__sz, __szk, __k, __ign, __opt, __uninit, __nullable...) tell the
 * verifier what an argument is. The bodies are never run: they are there because clang describes
 * definitions, not declarations. Which program may call which, and what it does, is kfunc/'s.
 */
#include <stddef.h>

#define KFUNC __attribute__((noinline, used, btf_decl_tag("bpf_kfunc")))
#define GIVES_NOTHING(name, ...)     \
	KFUNC void name(__VA_ARGS__) \
	{                            \
	}
#define GIVES(type, name, ...)       \
	KFUNC type name(__VA_ARGS__) \
	{                            \
		return 0;            \
	}

/* Types that are only pointed to, and are opaque here. */
struct bpf_cpumask {
	refcount_t usage;
};

struct cpumask {
	unsigned long bits[1];
};

struct nf_conn {
	u32 timeout;
	u32 mark;
	unsigned long status;
};

struct nf_conn___init {
	struct nf_conn ct;
};

struct bpf_ct_opts {
	s32 netns_id;
	s32 error;
	u8 l4proto;
	u8 dir;
	u16 ct_zone_id;
	u8 ct_zone_dir;
	u8 reserved[3];
};

struct bpf_crypto_ctx {
	refcount_t usage;
};

struct bpf_crypto_params {
	char type[14];
	u8 reserved[2];
	char algo[128];
	u8 key[256];
	u32 key_len;
	u32 authsize;
};

union nf_inet_addr {
	__u32 all[4];
	__be32 ip;
	__be32 ip6[4];
};

enum nf_nat_manip_type {
	NF_NAT_MANIP_SRC,
	NF_NAT_MANIP_DST,
};

struct bpf_tcp_req_attrs {
	u32 rcv_tsval;
	u32 rcv_tsecr;
	u16 mss;
	u8 rcv_wscale;
	u8 snd_wscale;
	u8 ecn_ok;
	u8 wscale_ok;
	u8 sack_ok;
	u8 tstamp_ok;
	u8 usec_ts_ok;
	u8 reserved[3];
};

union tcp_word_hdr {
	struct tcphdr hdr;
	__be32 words[5];
};

typedef struct {
	u64 key[2];
} siphash_key_t;

/* The kernel's own tests. */
struct prog_test_member1 {
	int a;
};

struct prog_test_member {
	struct prog_test_member1 m;
	int c;
};

struct prog_test_ref_kfunc {
	int a;
	int b;
	struct prog_test_member memb;
	struct prog_test_ref_kfunc *next;
	refcount_t cnt;
};

struct bpf_key {
	void *key;
	bool has_ref;
};

/* clang-format off */

/* IPsec */
GIVES(struct xfrm_state *, bpf_xdp_get_xfrm_state, struct xdp_md *ctx,
      struct bpf_xfrm_state_opts *opts, u32 opts__sz)
GIVES_NOTHING(bpf_xdp_xfrm_state_release, struct xfrm_state *x)

/* Dynptrs */
GIVES(int, bpf_dynptr_from_xdp, struct xdp_md *x, u64 flags, struct bpf_dynptr *ptr__uninit)
GIVES(int, bpf_dynptr_from_skb, struct __sk_buff *s, u64 flags, struct bpf_dynptr *ptr__uninit)
GIVES(int, bpf_dynptr_from_skb_meta, struct __sk_buff *skb_, u64 flags,
      struct bpf_dynptr *ptr__uninit)
GIVES(void *, bpf_dynptr_slice, const struct bpf_dynptr *p, u32 offset, void *buffer__opt,
      u32 buffer__szk)
GIVES(void *, bpf_dynptr_slice_rdwr, const struct bpf_dynptr *p, u32 offset, void *buffer__opt,
      u32 buffer__szk)
GIVES(int, bpf_dynptr_adjust, const struct bpf_dynptr *p, u32 start, u32 end)
GIVES(bool, bpf_dynptr_is_null, const struct bpf_dynptr *p)
GIVES(bool, bpf_dynptr_is_rdonly, const struct bpf_dynptr *p)
GIVES(__u32, bpf_dynptr_size, const struct bpf_dynptr *p)
GIVES(int, bpf_dynptr_clone, const struct bpf_dynptr *p, struct bpf_dynptr *clone__uninit)
GIVES(int, bpf_dynptr_copy, struct bpf_dynptr *dst_ptr, u32 dst_off, struct bpf_dynptr *src_ptr,
      u32 src_off, u32 size)
GIVES(int, bpf_dynptr_memset, struct bpf_dynptr *p, u32 offset, u32 size, u8 val)

/* Sections and jumps */
GIVES_NOTHING(bpf_rcu_read_lock, void)
GIVES_NOTHING(bpf_rcu_read_unlock, void)
GIVES_NOTHING(bpf_preempt_disable, void)
GIVES_NOTHING(bpf_preempt_enable, void)
GIVES_NOTHING(bpf_local_irq_save, unsigned long *flags__irq_flag)
GIVES_NOTHING(bpf_local_irq_restore, unsigned long *flags__irq_flag)
GIVES(int, bpf_res_spin_lock, struct bpf_res_spin_lock *lock)
GIVES_NOTHING(bpf_res_spin_unlock, struct bpf_res_spin_lock *lock)
GIVES(int, bpf_res_spin_lock_irqsave, struct bpf_res_spin_lock *lock,
      unsigned long *flags__irq_flag)
GIVES_NOTHING(bpf_res_spin_unlock_irqrestore, struct bpf_res_spin_lock *lock,
	      unsigned long *flags__irq_flag)
GIVES_NOTHING(bpf_throw, u64 cookie)

/* Iterators */
GIVES(int, bpf_iter_num_new, struct bpf_iter_num *it, int start, int end)
GIVES(int *, bpf_iter_num_next, struct bpf_iter_num *it)
GIVES_NOTHING(bpf_iter_num_destroy, struct bpf_iter_num *it)
GIVES(int, bpf_iter_bits_new, struct bpf_iter_bits *it, const u64 *unsafe_ptr__ign, u32 nr_words)
GIVES(int *, bpf_iter_bits_next, struct bpf_iter_bits *it)
GIVES_NOTHING(bpf_iter_bits_destroy, struct bpf_iter_bits *it)

/* Casts */
__attribute__((btf_decl_tag("bpf_fastcall"))) GIVES(void *, bpf_cast_to_kern_ctx, void *obj)
__attribute__((btf_decl_tag("bpf_fastcall"))) GIVES(void *, bpf_rdonly_cast, const void *obj__ign,
						    u32 btf_id__k)

/* Tasks */
GIVES(struct task_struct *, bpf_task_acquire, struct task_struct *p)
GIVES_NOTHING(bpf_task_release, struct task_struct *p)
GIVES(struct task_struct *, bpf_task_from_pid, s32 pid)
GIVES(struct task_struct *, bpf_task_from_vpid, s32 vpid)

/* Local objects */
GIVES(void *, bpf_obj_new_impl, u64 local_type_id__k, void *meta__ign)
GIVES_NOTHING(bpf_obj_drop_impl, void *p__alloc, void *meta__ign)
GIVES(void *, bpf_percpu_obj_new_impl, u64 local_type_id__k, void *meta__ign)
GIVES_NOTHING(bpf_percpu_obj_drop_impl, void *p__alloc, void *meta__ign)
GIVES(void *, bpf_refcount_acquire_impl, void *p__refcounted_kptr, void *meta__ign)
GIVES(int, bpf_list_push_front_impl, struct bpf_list_head *head, struct bpf_list_node *node,
      void *meta__ign, u64 off)
GIVES(int, bpf_list_push_back_impl, struct bpf_list_head *head, struct bpf_list_node *node,
      void *meta__ign, u64 off)
GIVES(struct bpf_list_node *, bpf_list_pop_front, struct bpf_list_head *head)
GIVES(struct bpf_list_node *, bpf_list_pop_back, struct bpf_list_head *head)
GIVES(struct bpf_list_node *, bpf_list_front, struct bpf_list_head *head)
GIVES(struct bpf_list_node *, bpf_list_back, struct bpf_list_head *head)
GIVES(int, bpf_rbtree_add_impl, struct bpf_rb_root *root, struct bpf_rb_node *node,
      bool(less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta__ign, u64 off)
GIVES(struct bpf_rb_node *, bpf_rbtree_remove, struct bpf_rb_root *root, struct bpf_rb_node *node)
GIVES(struct bpf_rb_node *, bpf_rbtree_first, struct bpf_rb_root *root)
GIVES(struct bpf_rb_node *, bpf_rbtree_root, struct bpf_rb_root *root)
GIVES(struct bpf_rb_node *, bpf_rbtree_left, struct bpf_rb_root *root, struct bpf_rb_node *node)
GIVES(struct bpf_rb_node *, bpf_rbtree_right, struct bpf_rb_root *root, struct bpf_rb_node *node)

/* What the device knows of a packet */
GIVES(int, bpf_xdp_metadata_rx_timestamp, const struct xdp_md *ctx, u64 *timestamp)
GIVES(int, bpf_xdp_metadata_rx_hash, const struct xdp_md *ctx, u32 *hash,
      enum xdp_rss_hash_type *rss_type)
GIVES(int, bpf_xdp_metadata_rx_vlan_tag, const struct xdp_md *ctx, __be16 *vlan_proto,
      u16 *vlan_tci)
GIVES(int, bpf_xdp_pull_data, struct xdp_md *x, u32 len)

/* Strings and sums */
GIVES(int, bpf_strcmp, const char *s1__ign, const char *s2__ign)
GIVES(int, bpf_strcasecmp, const char *s1__ign, const char *s2__ign)
GIVES(int, bpf_strnchr, const char *s__ign, size_t count, char c)
GIVES(int, bpf_strchr, const char *s__ign, char c)
GIVES(int, bpf_strchrnul, const char *s__ign, char c)
GIVES(int, bpf_strrchr, const char *s__ign, int c)
GIVES(int, bpf_strnlen, const char *s__ign, size_t count)
GIVES(int, bpf_strlen, const char *s__ign)
GIVES(int, bpf_strspn, const char *s__ign, const char *accept__ign)
GIVES(int, bpf_strcspn, const char *s__ign, const char *reject__ign)
GIVES(int, bpf_strnstr, const char *s1__ign, const char *s2__ign, size_t len)
GIVES(int, bpf_strstr, const char *s1__ign, const char *s2__ign)
GIVES(s64, bpf_map_sum_elem_count, const struct bpf_map *map)

/* Connections; work queues */
GIVES(int, bpf_wq_init, struct bpf_wq *wq, void *p__map, unsigned int flags)
GIVES(int, bpf_wq_start, struct bpf_wq *wq, unsigned int flags)
GIVES(int, bpf_wq_set_callback_impl, struct bpf_wq *wq,
      int(callback_fn)(void *map, int *key, void *value), unsigned int flags, void *aux__prog)
GIVES(struct nf_conn *, bpf_xdp_ct_lookup, struct xdp_md *xdp_ctx,
      struct bpf_sock_tuple *bpf_tuple, u32 tuple__sz, struct bpf_ct_opts *opts, u32 opts__sz)
GIVES(struct nf_conn___init *, bpf_xdp_ct_alloc, struct xdp_md *xdp_ctx,
      struct bpf_sock_tuple *bpf_tuple, u32 tuple__sz, struct bpf_ct_opts *opts, u32 opts__sz)
GIVES(struct nf_conn *, bpf_skb_ct_lookup, struct __sk_buff *skb_ctx,
      struct bpf_sock_tuple *bpf_tuple, u32 tuple__sz, struct bpf_ct_opts *opts, u32 opts__sz)
GIVES(struct nf_conn___init *, bpf_skb_ct_alloc, struct __sk_buff *skb_ctx,
      struct bpf_sock_tuple *bpf_tuple, u32 tuple__sz, struct bpf_ct_opts *opts, u32 opts__sz)
GIVES(struct nf_conn *, bpf_ct_insert_entry, struct nf_conn___init *nfct_i)
GIVES_NOTHING(bpf_ct_release, struct nf_conn *nfct)
GIVES_NOTHING(bpf_ct_set_timeout, struct nf_conn___init *nfct, u32 timeout)
GIVES(int, bpf_ct_change_timeout, struct nf_conn *nfct, u32 timeout)
GIVES(int, bpf_ct_set_status, const struct nf_conn___init *nfct, u32 status)
GIVES(int, bpf_ct_change_status, struct nf_conn *nfct, u32 status)
GIVES(int, bpf_ct_set_nat_info, struct nf_conn___init *nfct, union nf_inet_addr *addr, int port,
      enum nf_nat_manip_type manip)

/* Named by programs, called by none here */
GIVES_NOTHING(bpf_kfunc_call_test_release, struct prog_test_ref_kfunc *p)
GIVES_NOTHING(bpf_kfunc_call_memb_release, struct prog_test_member *p)
GIVES(int, bpf_sk_assign_tcp_reqsk, struct __sk_buff *s, struct sock *sk,
      struct bpf_tcp_req_attrs *attrs, int attrs__sz)
GIVES(struct bpf_crypto_ctx *, bpf_crypto_ctx_create, const struct bpf_crypto_params *params,
      u32 params__sz, int *err)
GIVES(struct bpf_crypto_ctx *, bpf_crypto_ctx_acquire, struct bpf_crypto_ctx *ctx)
GIVES_NOTHING(bpf_crypto_ctx_release, struct bpf_crypto_ctx *ctx)
GIVES(struct cgroup *, bpf_cgroup_acquire, struct cgroup *cgrp)
GIVES_NOTHING(bpf_cgroup_release, struct cgroup *cgrp)
GIVES(struct cgroup *, bpf_cgroup_ancestor, struct cgroup *cgrp, int level)
GIVES(struct cgroup *, bpf_cgroup_from_id, u64 cgid)
GIVES(long, bpf_task_under_cgroup, struct task_struct *task, struct cgroup *ancestor)
GIVES(struct cgroup *, bpf_task_get_cgroup1, struct task_struct *task, int hierarchy_id)
GIVES(struct bpf_cpumask *, bpf_cpumask_create, void)
GIVES(struct bpf_cpumask *, bpf_cpumask_acquire, struct bpf_cpumask *cpumask)
GIVES_NOTHING(bpf_cpumask_release, struct bpf_cpumask *cpumask)
GIVES_NOTHING(bpf_cpumask_set_cpu, u32 cpu, struct bpf_cpumask *cpumask)
GIVES(bool, bpf_cpumask_test_cpu, u32 cpu, const struct cpumask *cpumask)
GIVES(u32, bpf_cpumask_first, const struct cpumask *cpumask)
GIVES(int, bpf_crypto_encrypt, struct bpf_crypto_ctx *ctx, const struct bpf_dynptr *src,
      const struct bpf_dynptr *dst, const struct bpf_dynptr *siv__nullable)
GIVES(int, bpf_crypto_decrypt, struct bpf_crypto_ctx *ctx, const struct bpf_dynptr *src,
      const struct bpf_dynptr *dst, const struct bpf_dynptr *siv__nullable)

GIVES(struct bpf_key *, bpf_lookup_user_key, s32 serial, u64 flags)
GIVES(struct bpf_key *, bpf_lookup_system_key, u64 id)
GIVES_NOTHING(bpf_key_put, struct bpf_key *bkey)
/* clang-format on */

#endif
