// SPDX-License-Identifier: BSD-2-Clause
/*
 * What an application with a skeleton has: constants set before loading, counters in .bss and
 * .data, maps that both sides use, a ring buffer and a perf buffer.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct event {
	__u32 len;
	__u32 proto;
	__u64 seq;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} samples SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u64);
} by_proto SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} per_cpu SEC(".maps");

const volatile __u32 min_len = 14;
__u64 seen;
__u64 dropped_events;
__u32 verdict = XDP_PASS;

static __always_inline void count(__u32 proto)
{
	__u64 one = 1, *n;
	__u32 zero = 0;

	n = bpf_map_lookup_elem(&by_proto, &proto);
	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&by_proto, &proto, &one, BPF_ANY);
	n = bpf_map_lookup_elem(&per_cpu, &zero);
	if (n)
		*n += 1;
}

SEC("xdp")
int observe(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = (void *)(long)ctx->data;
	struct event *event, sample = {};

	if ((void *)(eth + 1) > end)
		return XDP_DROP;
	sample.len = ctx->data_end - ctx->data;
	if (sample.len < min_len)
		return XDP_DROP;
	sample.proto = bpf_ntohs(eth->h_proto);
	sample.seq = __sync_fetch_and_add(&seen, 1);
	count(sample.proto);
	event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
	if (event) {
		*event = sample;
		bpf_ringbuf_submit(event, 0);
	} else {
		__sync_fetch_and_add(&dropped_events, 1);
	}
	/* The sample, and sixteen bytes of packet behind it. */
	bpf_perf_event_output(ctx, &samples, BPF_F_CURRENT_CPU | (16ull << 32), &sample,
			      sizeof(sample));
	return verdict;
}

SEC("tc")
int mark(struct __sk_buff *skb)
{
	skb->mark = skb->len;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
