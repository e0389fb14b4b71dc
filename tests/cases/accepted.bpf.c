// SPDX-License-Identifier: BSD-2-Clause
/* What may be done with references. */
#include "kfuncs.h"

SEC("xdp") ACCEPT int two_at_once(struct xdp_md *xdp)
{
	struct xfrm_state *a = get(xdp), *b = get(xdp);

	if (b)
		bpf_xdp_xfrm_state_release(b);
	if (a)
		bpf_xdp_xfrm_state_release(a);
	return XDP_PASS;
}

static __noinline int drop(struct xfrm_state *x)
{
	bpf_xdp_xfrm_state_release(x);
	return 0;
}

SEC("xdp") ACCEPT int released_in_subprogram(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (x)
		drop(x);
	return XDP_PASS;
}

static __noinline struct xfrm_state *take(struct xdp_md *xdp)
{
	return get(xdp);
}

SEC("xdp") ACCEPT int taken_in_one_subprogram_released_in_another(struct xdp_md *xdp)
{
	struct xfrm_state *x = take(xdp);

	if (x)
		drop(x);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int held_across_adjust_head(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	bpf_xdp_adjust_head(xdp, 4);
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
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

SEC("xdp") ACCEPT int held_across_spin_lock(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	u32 key = 0;
	struct locked *l = bpf_map_lookup_elem(&locks, &key);

	if (l) {
		bpf_spin_lock(&l->lock);
		l->n++;
		bpf_spin_unlock(&l->lock);
	}
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int held_across_iterator(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	struct bpf_iter_num it;
	int *n, sum = 0;

	bpf_iter_num_new(&it, 0, 10);
	while ((n = bpf_iter_num_next(&it)))
		sum += *n;
	bpf_iter_num_destroy(&it);
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return sum;
}

SEC("xdp") ACCEPT int held_across_bounded_loop(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	u32 sum = 0;

	for (int i = 0; i < 50; i++) {
		sum += bpf_get_prandom_u32();
		hide(sum);
	}
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return sum;
}

SEC("xdp") ACCEPT int taken_in_rcu_section(struct xdp_md *xdp)
{
	struct xfrm_state *x;

	bpf_rcu_read_lock();
	x = get(xdp);
	if (x)
		bpf_xdp_xfrm_state_release(x);
	bpf_rcu_read_unlock();
	return XDP_PASS;
}

SEC("xdp") ACCEPT int held_across_rcu_unlock(struct xdp_md *xdp)
{
	struct xfrm_state *x;
	u32 n = 0;

	bpf_rcu_read_lock();
	x = get(xdp);
	bpf_rcu_read_unlock();
	if (x) {
		n = x->pcpu_num;
		bpf_xdp_xfrm_state_release(x);
	}
	return n;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} programs SEC(".maps");

SEC("xdp") ACCEPT int tail_call_after_release(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	bpf_tail_call(xdp, &programs, 0);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int walked_pointer_after_release(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	struct xfrm_replay_state_esn *esn;

	if (!x)
		return XDP_PASS;
	esn = x->replay_esn;
	bpf_xdp_xfrm_state_release(x);
	return esn->replay_window;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} numbers SEC(".maps");

SEC("xdp") ACCEPT int stored_as_number(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	u32 key = 0;
	u64 *value = bpf_map_lookup_elem(&numbers, &key);

	if (value)
		*value = (u64)x;
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int returned_as_number(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	u64 number = (u64)x;

	hide(number);
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return number;
}

SEC("xdp") ACCEPT int opts_not_initialised(struct xdp_md *xdp)
{
	struct bpf_xfrm_state_opts opts;
	struct xfrm_state *x = bpf_xdp_get_xfrm_state(xdp, &opts, sizeof(opts));

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int opts_in_packet(struct xdp_md *xdp)
{
	struct bpf_xfrm_state_opts *opts = (void *)(long)xdp->data;
	struct xfrm_state *x;

	if ((void *)(opts + 1) > (void *)(long)xdp->data_end)
		return XDP_PASS;
	x = bpf_xdp_get_xfrm_state(xdp, opts, sizeof(*opts));
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct bpf_xfrm_state_opts);
} options SEC(".maps");

SEC("xdp") ACCEPT int opts_in_map_value(struct xdp_md *xdp)
{
	u32 key = 0;
	struct bpf_xfrm_state_opts *opts = bpf_map_lookup_elem(&options, &key);
	struct xfrm_state *x;

	if (!opts)
		return XDP_PASS;
	x = bpf_xdp_get_xfrm_state(xdp, opts, sizeof(*opts));
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int opts_null_of_size_zero(struct xdp_md *xdp)
{
	struct xfrm_state *x = bpf_xdp_get_xfrm_state(xdp, NULL, 0);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int opts_size_bounded(struct xdp_md *xdp)
{
	struct bpf_xfrm_state_opts opts = {};
	u32 size = xdp->rx_queue_index;
	struct xfrm_state *x;

	if (size > sizeof(opts))
		return XDP_PASS;
	x = bpf_xdp_get_xfrm_state(xdp, &opts, size);
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int once_in_each_of_100_iterations(struct xdp_md *xdp)
{
	for (int i = 0; i < 100; i++) {
		struct xfrm_state *x = get(xdp);

		if (x)
			bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

static long taking_and_dropping(u32 i, void *ctx)
{
	struct xfrm_state *x = get(*(struct xdp_md **)ctx);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return 0;
}

SEC("xdp") ACCEPT int once_in_each_callback(struct xdp_md *xdp)
{
	bpf_loop(100, taking_and_dropping, &xdp, 0);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int throw_after_release(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (x) {
		bpf_xdp_xfrm_state_release(x);
		bpf_throw(0);
	}
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
