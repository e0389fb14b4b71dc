// SPDX-License-Identifier: BSD-2-Clause
/* Loads and stores through the state, and the arguments of the lookup. */
#include "kfuncs.h"

#define AT(x, off, type) (*(volatile type *)((void *)(x) + (off)))

#define WITH_STATE(x)                                                                              \
	struct xfrm_state *x = get(xdp);                                                           \
	if (!x)                                                                                    \
	return XDP_PASS

SEC("xdp") REJECT(EACCES, "only read is supported") int write_field(struct xdp_md *xdp)
{
	WITH_STATE(x);
	x->pcpu_num = 1;
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") REJECT(EACCES, "access beyond struct xfrm_state at off 20000 size 4")
int read_beyond(struct xdp_md *xdp)
{
	u32 v;

	WITH_STATE(x);
	v = AT(x, 20000, u32);
	bpf_xdp_xfrm_state_release(x);
	return v;
}

SEC("xdp") REJECT(EACCES, "R* is ptr_xfrm_state invalid negative access: off=-8")
int read_before(struct xdp_md *xdp)
{
	u32 v;

	WITH_STATE(x);
	v = AT(x, -8, u32);
	bpf_xdp_xfrm_state_release(x);
	return v;
}

SEC("xdp")
REJECT(EACCES, "R* is ptr_xfrm_state invalid variable offset: off=0, var_off=(0x0; 0x7)")
int read_at_variable_offset(struct xdp_md *xdp)
{
	u32 off = xdp->rx_queue_index & 7, v;
	struct xfrm_state *p;

	WITH_STATE(x);
	p = (void *)x + off;
	v = AT(p, 0, u32);
	bpf_xdp_xfrm_state_release(x);
	return v;
}

SEC("xdp") REJECT(EINVAL, "arg#0 expected pointer to ctx, but got fp")
int ctx_is_stack(struct xdp_md *xdp)
{
	struct bpf_xfrm_state_opts opts = {};
	u64 buf[4] = {};
	struct xfrm_state *x = bpf_xdp_get_xfrm_state((struct xdp_md *)buf, &opts, sizeof(opts));

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") REJECT(EACCES, "dereference of modified ctx ptr R1 off=4 disallowed")
int ctx_with_offset(struct xdp_md *xdp)
{
	struct bpf_xfrm_state_opts opts = {};
	struct xfrm_state *x = bpf_xdp_get_xfrm_state((void *)xdp + 4, &opts, sizeof(opts));

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

#define BAD_PAIR(err) REJECT(err, "arg#1 arg#2 memory, len pair leads to invalid memory access")

SEC("xdp") BAD_PAIR(EINVAL) int opts_size_too_large(struct xdp_md *xdp)
{
	struct bpf_xfrm_state_opts opts = {};
	struct xfrm_state *x = bpf_xdp_get_xfrm_state(xdp, &opts, 64);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") BAD_PAIR(EACCES) int opts_size_unbounded(struct xdp_md *xdp)
{
	struct bpf_xfrm_state_opts opts = {};
	struct xfrm_state *x = bpf_xdp_get_xfrm_state(xdp, &opts, xdp->rx_queue_index);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

#define NOT_HERE(name) REJECT(EACCES, "calling kernel function " name " is not allowed")

SEC("tc") NOT_HERE("bpf_xdp_get_xfrm_state") int called_from_tc(struct __sk_buff *skb)
{
	struct xfrm_state *x = get((struct xdp_md *)skb);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return 0;
}

SEC("socket") NOT_HERE("bpf_xdp_get_xfrm_state") int called_from_socket(struct __sk_buff *skb)
{
	struct xfrm_state *x = get((struct xdp_md *)skb);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return 0;
}

struct locked {
	struct bpf_spin_lock lock;
	u32 n;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct locked);
} locks SEC(".maps");

SEC("xdp") REJECT(EINVAL, "function calls are not allowed while holding a lock")
int called_under_lock(struct xdp_md *xdp)
{
	struct bpf_xfrm_state_opts opts = {};
	struct xfrm_state *x;
	u32 key = 0;
	struct locked *l = bpf_map_lookup_elem(&locks, &key);

	if (!l)
		return XDP_PASS;
	bpf_spin_lock(&l->lock);
	x = bpf_xdp_get_xfrm_state(xdp, &opts, sizeof(opts));
	bpf_spin_unlock(&l->lock);
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
