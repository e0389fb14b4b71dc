// SPDX-License-Identifier: BSD-2-Clause
/*
 * What esp_rss is measured against: a program that redirects into a cpumap and counts, as the usual
 * benchmarks of CPUMAP do without looking at the packet; and one that runs before either and makes
 * each packet one of another SA.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

#define SPI_AT 34 /* Ethernet, IPv4 without options, ESP */

const volatile __u32 nr_spis = 1;

struct counters {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} bare_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct counters);
} bare_count SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 131072);
	__type(key, __u32);
	__type(value, __u32);
} spis SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} next SEC(".maps");

const volatile __u32 target = 1;

SEC("xdp.frags")
int bare(struct xdp_md *ctx)
{
	__u32 cpu = target;
	struct counters *c = bpf_map_lookup_elem(&bare_count, &cpu);

	if (c) {
		c->packets++;
		c->bytes += bpf_xdp_get_buff_len(ctx);
	}
	return bpf_redirect_map(&bare_cpus, cpu, 0);
}

SEC("xdp.frags")
int shuffle(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	__u32 at, *spi;

	if (data + SPI_AT + 4 > end)
		return XDP_ABORTED;
	at = (__u32)(((__u64)bpf_get_prandom_u32() * nr_spis) >> 32);
	spi = bpf_map_lookup_elem(&spis, &at);
	if (spi)
		*(__u32 *)(data + SPI_AT) = *spi;
	bpf_tail_call(ctx, &next, 0);
	return XDP_ABORTED;
}

char _license[] SEC("license") = "Dual BSD/GPL";
