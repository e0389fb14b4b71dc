// SPDX-License-Identifier: BSD-2-Clause
/* References that some path does not release. */
#include "kfuncs.h"

#define LEAK REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference leak")

SEC("xdp") LEAK int leak_always(struct xdp_md *xdp)
{
	return get(xdp) ? XDP_PASS : XDP_DROP;
}

SEC("xdp") LEAK int leak_in_one_branch(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (x && x->pcpu_num == 1)
		return XDP_DROP;
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") LEAK int leak_overwritten(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	hide(x);
	x = get(xdp);
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") LEAK int leak_in_loop(struct xdp_md *xdp)
{
	for (int i = 0; i < 8; i++) {
		struct xfrm_state *x = get(xdp);

		if (x && i != 5)
			bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}


struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} numbers SEC(".maps");

static long acquiring_callback(u32 i, void *ctx)
{
	struct xfrm_state *x = get(*(struct xdp_md **)ctx);

	hide(x);
	return 0;
}

SEC("xdp") LEAK int leak_in_bpf_loop(struct xdp_md *xdp)
{
	bpf_loop(4, acquiring_callback, &xdp, 0);
	return XDP_PASS;
}

SEC("xdp") LEAK int leak_under_iterator(struct xdp_md *xdp)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 3);
	while (bpf_iter_num_next(&it)) {
		struct xfrm_state *x = get(xdp);

		hide(x);
	}
	bpf_iter_num_destroy(&it);
	return XDP_PASS;
}

static __noinline int take_and_forget(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	hide(x);
	return 1;
}

SEC("xdp") LEAK int leak_in_static_subprogram(struct xdp_md *xdp)
{
	return take_and_forget(xdp);
}

__noinline int global_take_and_forget(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	hide(x);
	return 1;
}

SEC("xdp") LEAK int leak_in_global_subprogram(struct xdp_md *xdp)
{
	return global_take_and_forget(xdp);
}

SEC("xdp") LEAK int leak_second_of_two(struct xdp_md *xdp)
{
	struct xfrm_state *a = get(xdp), *b;

	if (!a)
		return XDP_PASS;
	b = get(xdp);
	hide(b);
	bpf_xdp_xfrm_state_release(a);
	return XDP_PASS;
}

SEC("xdp") LEAK int leak_when_stored_as_number(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	u32 key = 0;
	u64 *value = bpf_map_lookup_elem(&numbers, &key);

	if (value)
		*value = (u64)x;
	return XDP_PASS;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} programs SEC(".maps");

SEC("xdp") REJECT(EINVAL, "tail_call would lead to reference leak")
int leak_by_tail_call(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	bpf_tail_call(xdp, &programs, 0);
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "bpf_throw would lead to reference leak")
int leak_by_throw(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (!x)
		return XDP_PASS;
	if (x->pcpu_num == 7)
		bpf_throw(0);
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

static __noinline int throw_if(int n)
{
	if (n == 7)
		bpf_throw(0);
	return 0;
}

SEC("xdp") REJECT(EINVAL, "bpf_throw would lead to reference leak")
int leak_by_throw_in_subprogram(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (!x)
		return XDP_PASS;
	throw_if(x->pcpu_num);
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
