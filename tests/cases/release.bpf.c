// SPDX-License-Identifier: BSD-2-Clause
/* Releases of what is no reference, or is one no more; uses after a release. */
#include "kfuncs.h"

#define NOT_AN_OBJECT                                                                              \
	REJECT(EINVAL,                                                                             \
	       "arg#0 pointer type STRUCT xfrm_state must point to scalar, or struct with scalar")
#define GONE REJECT(EACCES, "R* invalid mem access 'scalar'")

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} numbers SEC(".maps");

SEC("xdp") NOT_AN_OBJECT int release_twice(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (x) {
		bpf_xdp_xfrm_state_release(x);
		bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

SEC("xdp") NOT_AN_OBJECT int release_ctx(struct xdp_md *xdp)
{
	bpf_xdp_xfrm_state_release((struct xfrm_state *)xdp);
	return XDP_PASS;
}

SEC("xdp") NOT_AN_OBJECT int release_stack(struct xdp_md *xdp)
{
	u64 buf[4] = {};

	bpf_xdp_xfrm_state_release((struct xfrm_state *)buf);
	return XDP_PASS;
}

SEC("xdp") NOT_AN_OBJECT int release_scalar(struct xdp_md *xdp)
{
	bpf_xdp_xfrm_state_release((struct xfrm_state *)(u64)bpf_ktime_get_ns());
	return XDP_PASS;
}

SEC("xdp") NOT_AN_OBJECT int release_map_value(struct xdp_md *xdp)
{
	u32 key = 0;
	u64 *value = bpf_map_lookup_elem(&numbers, &key);

	if (value)
		bpf_xdp_xfrm_state_release((struct xfrm_state *)value);
	return XDP_PASS;
}

SEC("xdp") NOT_AN_OBJECT int release_packet(struct xdp_md *xdp)
{
	bpf_xdp_xfrm_state_release((void *)(long)xdp->data);
	return XDP_PASS;
}

SEC("xdp") GONE int use_after_release(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (!x)
		return XDP_PASS;
	bpf_xdp_xfrm_state_release(x);
	return x->pcpu_num;
}

SEC("xdp") GONE int use_of_copy_after_release(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp), *copy = x;

	if (!x)
		return XDP_PASS;
	hide(copy);
	bpf_xdp_xfrm_state_release(x);
	return copy->pcpu_num;
}

SEC("xdp") GONE int use_of_spilled_after_release(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp), *volatile spilled;

	if (!x)
		return XDP_PASS;
	spilled = x;
	bpf_xdp_xfrm_state_release(x);
	return spilled->pcpu_num;
}

static __noinline int drop(struct xfrm_state *x)
{
	bpf_xdp_xfrm_state_release(x);
	return 0;
}

SEC("xdp") GONE int use_after_subprogram_released(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (!x)
		return XDP_PASS;
	drop(x);
	return x->pcpu_num;
}

#define MAYBE_NULL REJECT(EACCES, "Possibly NULL pointer passed to trusted arg0")

SEC("xdp") MAYBE_NULL int release_unchecked(struct xdp_md *xdp)
{
	bpf_xdp_xfrm_state_release(get(xdp));
	return XDP_PASS;
}

SEC("xdp") MAYBE_NULL int release_null(struct xdp_md *xdp)
{
	bpf_xdp_xfrm_state_release(NULL);
	return XDP_PASS;
}

SEC("xdp") REJECT(EACCES, "R0 invalid mem access 'ptr_or_null_'")
int read_unchecked(struct xdp_md *xdp)
{
	return get(xdp)->pcpu_num;
}

#define WALKED REJECT(EINVAL, "R1 must be referenced or trusted")

SEC("xdp") WALKED int release_walked_tunnel(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp), *tunnel;

	if (!x)
		return XDP_PASS;
	tunnel = x->tunnel;
	if (tunnel)
		bpf_xdp_xfrm_state_release(tunnel);
	return XDP_PASS;
}

SEC("xdp") WALKED int release_walked_replay_esn(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (!x)
		return XDP_PASS;
	bpf_xdp_xfrm_state_release((struct xfrm_state *)x->replay_esn);
	return XDP_PASS;
}

SEC("xdp")
REJECT(EINVAL, "R1 must have zero offset when passed to release func or trusted arg to kfunc")
int release_with_offset(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (!x)
		return XDP_PASS;
	bpf_xdp_xfrm_state_release((void *)x + 8);
	return XDP_PASS;
}

SEC("xdp")
REJECT(EINVAL, "kernel function bpf_task_acquire args#0 expected pointer to STRUCT task_struct but "
	       "R1 has a pointer to STRUCT xfrm_state")
int another_kfuncs_type(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	struct task_struct *t;

	if (!x)
		return XDP_PASS;
	t = bpf_task_acquire((struct task_struct *)x);
	if (t)
		bpf_task_release(t);
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
