// SPDX-License-Identifier: BSD-2-Clause
/* Every way out of a program, for the packet path between ports. */
#include "vmlinux.h"

#include <bpf/bpf_helpers.h>

#define TO_ALL (1 << 3 | 1 << 4) /* BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS */

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct bpf_devmap_val);
} devs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} socks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

__u32 out_ifindex;
__u32 in_ifindex;
__u32 in_queue;
__u64 metadata_kept;

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	in_ifindex = ctx->ingress_ifindex;
	in_queue = ctx->rx_queue_index;
	return XDP_PASS;
}

SEC("tc")
int tc_pass(struct __sk_buff *skb)
{
	return 0;
}

SEC("xdp")
int drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

/* Back to where it came from. */
SEC("xdp")
int tx(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;
	__u8 mac[6];

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	__builtin_memcpy(mac, eth->h_dest, 6);
	__builtin_memcpy(eth->h_dest, eth->h_source, 6);
	__builtin_memcpy(eth->h_source, mac, 6);
	return XDP_TX;
}

SEC("xdp")
int to_ifindex(struct xdp_md *ctx)
{
	return bpf_redirect(out_ifindex, 0);
}

/* By the last bits of ESP's sequence number; with metadata for who comes next. */
SEC("xdp")
int to_cpu(struct xdp_md *ctx)
{
	__u8 *data, *meta;

	if (bpf_xdp_adjust_meta(ctx, -4))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	meta = (void *)(long)ctx->data_meta;
	if (data + 42 > (__u8 *)(long)ctx->data_end || meta + 4 > data)
		return XDP_DROP;
	*(__u32 *)meta = 0x6d657461;
	return bpf_redirect_map(&cpus, data[41] & 3, XDP_DROP);
}

SEC("xdp")
int to_dev(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devs, 0, XDP_DROP);
}

SEC("xdp")
int to_all(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devs, 0, TO_ALL);
}

/* Nothing can be in there: the action is what the flags say. */
SEC("xdp")
int to_socket(struct xdp_md *ctx)
{
	return bpf_redirect_map(&socks, 0, XDP_PASS);
}

/* Every packet is seen on the CPU it was sent to; those of CPU 1 are not let through. */
SEC("xdp/cpumap")
int on_cpu(struct xdp_md *ctx)
{
	__u32 zero = 0, *meta = (void *)(long)ctx->data_meta;
	__u64 *n = bpf_map_lookup_elem(&seen, &zero);

	if (n)
		(*n)++;
	if ((void *)(meta + 1) <= (void *)(long)ctx->data && *meta == 0x6d657461)
		__sync_fetch_and_add(&metadata_kept, 1);
	return bpf_get_smp_processor_id() == 1 ? XDP_DROP : XDP_PASS;
}

/* Leaves its mark: the device it goes out of, in the source address. */
SEC("xdp/devmap")
int on_dev(struct xdp_md *ctx)
{
	struct ethhdr *eth = (void *)(long)ctx->data;

	if ((void *)(eth + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	eth->h_source[0] = 0x02;
	eth->h_source[5] = (__u8)ctx->egress_ifindex;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
