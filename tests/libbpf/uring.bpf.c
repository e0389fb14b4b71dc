// SPDX-License-Identifier: BSD-2-Clause
/* A program that takes orders from user space by a user ring buffer. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct order {
	__u64 seq;
	__u64 value;
};

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} orders SEC(".maps");

__u64 sum, count, bytes, out_of_order;
__u32 stop_after = 1000000;
__u64 drain_flags;

static long take(struct bpf_dynptr *sample, void *ctx)
{
	struct order order;

	*(__u32 *)ctx += 1;
	if (bpf_dynptr_read(&order, sizeof(order), sample, 0, 0))
		return 1;
	if (order.seq != count)
		out_of_order++;
	count++;
	sum += order.value;
	return count >= stop_after;
}

SEC("xdp")
int drain(struct xdp_md *ctx)
{
	__u32 calls = 0;
	long n = bpf_user_ringbuf_drain(&orders, take, &calls, drain_flags);

	return n < 0 ? (int)n : n == calls ? (int)n : -1;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
