// SPDX-License-Identifier: BSD-2-Clause
/* Mistakes as people make them, for the explanations: explain.golden holds what is said of each. */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ETH_P_IP 0x0800
#define AF_INET	 2

extern struct xfrm_state *bpf_xdp_get_xfrm_state(struct xdp_md *ctx,
						 struct bpf_xfrm_state_opts *opts,
						 __u32 opts__sz) __ksym;
extern void bpf_xdp_xfrm_state_release(struct xfrm_state *x) __ksym;

struct flow {
	struct bpf_spin_lock lock;
	u32 packets;
	u64 bytes;
};

struct flow_key {
	u8 proto;
	u32 spi;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct flow_key);
	__type(value, struct flow);
} flows SEC(".maps");

u32 ports[16];
u64 seen;

SEC("xdp") int lookup_not_tested(struct xdp_md *ctx)
{
	struct flow_key key = {};
	struct flow *flow;

	flow = bpf_map_lookup_elem(&flows, &key);
	flow->packets++;
	return XDP_PASS;
}

SEC("xdp") int header_not_compared(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	struct ethhdr *eth = data;

	if (eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_DROP;
	return XDP_PASS;
}

SEC("xdp") int second_header_not_compared(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct iphdr *iph = (void *)(eth + 1);

	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	if (iph->protocol == 50)
		return XDP_DROP;
	return XDP_PASS;
}

SEC("xdp") int pointer_from_before_adjust(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	if (bpf_xdp_adjust_head(ctx, -8))
		return XDP_DROP;
	eth->h_proto = bpf_htons(ETH_P_IP);
	return XDP_PASS;
}

SEC("xdp") int leak_on_error(struct xdp_md *ctx)
{
	struct bpf_xfrm_state_opts opts = {.netns_id = -1, .family = AF_INET};
	struct xfrm_state *x;

	x = bpf_xdp_get_xfrm_state(ctx, &opts, sizeof(opts));
	if (!x)
		return XDP_DROP;
	if (x->props.reqid != 7)
		return XDP_ABORTED;
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") int used_after_release(struct xdp_md *ctx)
{
	struct bpf_xfrm_state_opts opts = {.netns_id = -1, .family = AF_INET};
	struct xfrm_state *x;

	x = bpf_xdp_get_xfrm_state(ctx, &opts, sizeof(opts));
	if (!x)
		return XDP_DROP;
	bpf_xdp_xfrm_state_release(x);
	return x->props.reqid == 7 ? XDP_PASS : XDP_DROP;
}

SEC("xdp") int variable_overwritten(struct xdp_md *ctx)
{
	struct bpf_xfrm_state_opts opts = {.netns_id = -1, .family = AF_INET};
	struct xfrm_state *x;

	x = bpf_xdp_get_xfrm_state(ctx, &opts, sizeof(opts));
	if (!x)
		return XDP_DROP;
	opts.family = 10;
	x = bpf_xdp_get_xfrm_state(ctx, &opts, sizeof(opts));
	if (!x)
		return XDP_DROP;
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

SEC("xdp") int index_not_bounded(struct xdp_md *ctx)
{
	u32 queue = ctx->rx_queue_index;

	ports[queue]++;
	return XDP_PASS;
}

SEC("xdp") int key_with_holes(struct xdp_md *ctx)
{
	struct flow_key key;

	key.proto = 50;
	key.spi = 1;
	bpf_map_delete_elem(&flows, &key);
	return XDP_PASS;
}

SEC("xdp") int lock_kept(struct xdp_md *ctx)
{
	struct flow_key key = {};
	struct flow *flow;

	flow = bpf_map_lookup_elem(&flows, &key);
	if (!flow)
		return XDP_PASS;
	bpf_spin_lock(&flow->lock);
	if (flow->packets > 1000)
		return XDP_DROP;
	flow->packets++;
	bpf_spin_unlock(&flow->lock);
	return XDP_PASS;
}

SEC("xdp") int loop_without_end(struct xdp_md *ctx)
{
	volatile u32 n = 1;

	while (n)
		seen = 1;
	return XDP_PASS;
}

SEC("tc") int length_not_bounded(struct __sk_buff *skb)
{
	char buf[64];
	u32 len = skb->len;

	bpf_skb_load_bytes(skb, 0, buf, len);
	return buf[0];
}

__attribute__((noinline)) int count(u64 *packets)
{
	*packets += 1;
	return 0;
}

SEC("xdp") int global_function_trusts_its_caller(struct xdp_md *ctx)
{
	u64 n = 0;

	return count(&n);
}

SEC("xdp") int tc_helper_in_xdp(struct xdp_md *ctx)
{
	u32 v = 0;

	bpf_skb_load_bytes((void *)ctx, 0, &v, sizeof(v));
	return v;
}

char _license[] SEC("license") = "Dual BSD/GPL";
