// SPDX-License-Identifier: BSD-2-Clause
/* At the cpumap's entries: which CPU runs the packets, told by the last byte of each. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 256);
	__type(key, __u32);
	__type(value, __u64);
} ran SEC(".maps");

SEC("xdp.frags/cpumap")
int where(struct xdp_md *ctx)
{
	__u32 tag = 0;
	__u64 *n;

	if (bpf_xdp_load_bytes(ctx, bpf_xdp_get_buff_len(ctx) - 1, &tag, 1))
		return XDP_DROP;
	n = bpf_map_lookup_elem(&ran, &tag);
	if (n)
		++*n;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
