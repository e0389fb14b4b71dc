// SPDX-License-Identifier: BSD-2-Clause
/* What the executors are timed with, beside the example program. */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define IPPROTO_ESP 50

SEC("xdp")
int empty(struct xdp_md *xdp)
{
	return XDP_PASS;
}

/* On raw pointers: Ethernet, IPv4 with options, the first words of ESP. */
SEC("xdp")
int parse(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;
	struct ethhdr *eth = data;
	struct iphdr *iph = data + sizeof(*eth);
	struct ip_esp_hdr *esph;
	u32 len;

	if ((void *)(iph + 1) > end)
		return XDP_DROP;
	if (eth->h_proto != bpf_htons(0x0800) || iph->version != 4)
		return XDP_PASS;
	len = iph->ihl * 4;
	if (len < sizeof(*iph) || iph->protocol != IPPROTO_ESP)
		return XDP_PASS;
	esph = (void *)iph + len;
	if ((void *)(esph + 1) > end)
		return XDP_DROP;
	return esph->spi == iph->saddr ? XDP_TX : esph->seq_no == 0 ? XDP_DROP : XDP_PASS;
}

/* A checksum of 256 steps, of values that the compiler cannot know. */
SEC("xdp")
int loop(struct xdp_md *xdp)
{
	u32 sum = xdp->rx_queue_index;
	u64 state = (u64)xdp->data_end - (u64)xdp->data;

#pragma clang loop unroll(disable)
	for (int i = 0; i < 256; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		sum += (u32)(state >> 33) ^ (u32)i;
	}
	return sum == 12345 ? XDP_DROP : XDP_PASS;
}

static __always_inline u32 rotated(u32 v, u32 bits)
{
	return v << bits | v >> (32 - bits);
}

/* Bob Jenkins' lookup3 over the first 60 bytes. */
SEC("xdp")
int jhash(struct xdp_md *xdp)
{
	u32 *word = (void *)(long)xdp->data;
	u32 a = 0xdeadbeef + 60, b = a, c = a;

	if ((void *)(word + 15) > (void *)(long)xdp->data_end)
		return XDP_DROP;
#pragma clang loop unroll(full)
	for (int i = 0; i < 15; i += 3) {
		a += word[i];
		b += word[i + 1];
		c += word[i + 2];
		a = (a - c) ^ rotated(c, 4), c += b;
		b = (b - a) ^ rotated(a, 6), a += c;
		c = (c - b) ^ rotated(b, 8), b += a;
		a = (a - c) ^ rotated(c, 16), c += b;
		b = (b - a) ^ rotated(a, 19), a += c;
		c = (c - b) ^ rotated(b, 4), b += a;
	}
	return c == 12345 ? XDP_DROP : XDP_PASS;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u64);
} cpu_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u64);
} hashed SEC(".maps");

/* Eight lookups each, so that they stand out from the entry and the exit. */
#define COUNT(map)                                            \
	for (u32 i = 0; i < 8; i++) {                         \
		u32 key = i;                                  \
		u64 *value = bpf_map_lookup_elem(&map, &key); \
                                                              \
		if (value)                                    \
			*value += 1;                          \
	}

SEC("xdp")
int array(struct xdp_md *xdp)
{
	COUNT(counts);
	return XDP_PASS;
}

SEC("xdp")
int percpu_array(struct xdp_md *xdp)
{
	COUNT(cpu_counts);
	return XDP_PASS;
}

SEC("xdp")
int hash(struct xdp_md *xdp)
{
	COUNT(hashed);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
