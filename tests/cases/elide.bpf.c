// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whose references are counted: of a program elided_* none is, of counted_* all are, of mixed_*
 * some. See elision.c.
 */
#include "kfuncs.h"
#include <bpf/bpf_endian.h>

volatile u64 sink;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} cells SEC(".maps");

static __always_inline struct xfrm_state *get_spi(struct xdp_md *xdp, u32 spi)
{
	struct bpf_xfrm_state_opts opts = {
		.netns_id = -1, .family = AF_INET, .spi = spi, .proto = IPPROTO_ESP};

	opts.daddr.a4 = bpf_htonl(0xc0000202);
	return bpf_xdp_get_xfrm_state(xdp, &opts, sizeof(opts));
}

SEC("xdp") int elided_walks(struct xdp_md *xdp)
{
	struct xfrm_state *x = get_spi(xdp, bpf_htonl(256));

	if (!x)
		return XDP_DROP;
	sink = x->id.spi + x->props.reqid + (x->encap ? x->encap->encap_type : 0) +
	       x->xs_net.net->ns.inum;
	if (x->replay_esn)
		sink += x->replay_esn->replay_window;
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") int elided_null_joins(struct xdp_md *xdp)
{
	struct xfrm_state *x = NULL;

	if (xdp->rx_queue_index != 7)
		x = get_spi(xdp, bpf_htonl(256));
	asm volatile("" : "+r"(x));
	sink++;
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") int elided_two(struct xdp_md *xdp)
{
	struct xfrm_state *a = get_spi(xdp, bpf_htonl(256)), *b = get_spi(xdp, bpf_htonl(257));

	sink += a == b;
	if (b) {
		sink += b->props.reqid;
		bpf_xdp_xfrm_state_release(b);
	}
	if (a) {
		sink += a->props.reqid;
		bpf_xdp_xfrm_state_release(a);
	}
	return XDP_PASS;
}

SEC("xdp") int elided_loop(struct xdp_md *xdp)
{
	for (u32 i = 250; i < 260; i++) {
		struct xfrm_state *x = get_spi(xdp, bpf_htonl(i));

		if (!x)
			continue;
		sink += x->id.spi;
		bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

static __noinline struct xfrm_state *take(struct xdp_md *xdp)
{
	return get_spi(xdp, bpf_htonl(256));
}

static __noinline int drop(struct xfrm_state *x)
{
	sink += x->props.reqid;
	bpf_xdp_xfrm_state_release(x);
	return 0;
}

SEC("xdp") int elided_subprograms(struct xdp_md *xdp)
{
	struct xfrm_state *x = take(xdp);

	if (x)
		drop(x);
	return XDP_PASS;
}

SEC("xdp") int elided_helpers_between(struct xdp_md *xdp)
{
	struct xfrm_state *x = get_spi(xdp, bpf_htonl(256));
	u32 key = 1;
	u64 *cell = bpf_map_lookup_elem(&cells, &key);

	bpf_xdp_adjust_head(xdp, 4);
	if (cell)
		*cell += x ? x->props.reqid : 1;
	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") int elided_inside_unlock(struct xdp_md *xdp)
{
	struct xfrm_state *x = get_spi(xdp, bpf_htonl(256));

	bpf_rcu_read_lock();
	sink++;
	bpf_rcu_read_unlock();
	if (x) {
		sink += x->id.spi;
		bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

static long count(u64 i, void *arg)
{
	sink += i;
	return 0;
}

SEC("xdp") int elided_across_callback(struct xdp_md *xdp)
{
	struct xfrm_state *x = get_spi(xdp, bpf_htonl(256));
	u64 nothing = 0;

	bpf_loop(3, count, &nothing, 0);
	if (x) {
		sink += x->props.reqid;
		bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

SEC("xdp") int counted_reads_refcnt(struct xdp_md *xdp)
{
	struct xfrm_state *x = get_spi(xdp, bpf_htonl(256));

	if (x) {
		sink = (u64)x->refcnt.refs.counter;
		bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

/* Of another reference, but to the same state perhaps. */
SEC("xdp") int counted_reads_refcnt_of_other(struct xdp_md *xdp)
{
	struct xfrm_state *a = get_spi(xdp, bpf_htonl(256)), *b = get_spi(xdp, bpf_htonl(256));

	if (b) {
		sink = (u64)b->refcnt.refs.counter;
		bpf_xdp_xfrm_state_release(b);
	}
	if (a)
		bpf_xdp_xfrm_state_release(a);
	return XDP_PASS;
}

SEC("xdp") int counted_probes(struct xdp_md *xdp)
{
	struct xfrm_state *x = get_spi(xdp, bpf_htonl(256));
	u32 refs = 0;

	if (x) {
		bpf_probe_read_kernel(&refs, sizeof(refs), &x->refcnt);
		sink = refs;
		bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

SEC("xdp") int counted_casts(struct xdp_md *xdp)
{
	struct xfrm_state *x = get_spi(xdp, bpf_htonl(256));

	if (x) {
		u32 *refs = bpf_rdonly_cast(&x->refcnt, 0);

		sink = *refs;
		bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

SEC("xdp") int counted_prints(struct xdp_md *xdp)
{
	struct xfrm_state *x = get_spi(xdp, bpf_htonl(256));
	char text[16] = "";

	if (x) {
		u64 arg = (u64)&x->refcnt;

		bpf_snprintf(text, sizeof(text), "%pI4", &arg, sizeof(arg));
		sink = *(u64 *)text;
		bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
