// SPDX-License-Identifier: BSD-2-Clause
/* Something of everything that clang puts into a program's BTF. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct fwd;

struct flow {
	union {
		__u32 v4;
		__u8 v6[16];
	};
	unsigned int dir : 1;
	unsigned int seen : 7;
	enum {
		UP,
		DOWN = -1
	} state;
	float rate;
	double sum;
	struct flow *next;
	struct fwd *opaque;
	int (*hook)(struct flow *flow, ...);
};

struct counter {
	struct flow *flow;
	struct bpf_spin_lock lock;
	int n;
};

typedef const struct flow flow_t;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, int);
	__type(value, struct flow);
	__uint(max_entries, 4);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, int);
	__type(value, struct counter);
	__uint(max_entries, 4);
} counters SEC(".maps");

enum huge {
	HUGE = 0x100000000ull
};

volatile enum huge huge = HUGE;
int matrix[3][4];
static volatile const int limit = 4;

static __noinline int local(flow_t *flow)
{
	return flow->seen + limit;
}

__noinline int global(int a, struct flow *flow)
{
	return flow ? a + flow->dir : a;
}

SEC("xdp")
int sample(struct xdp_md *ctx)
{
	int key = 1;
	struct flow *flow = bpf_map_lookup_elem(&flows, &key);

	if (!flow)
		return XDP_PASS;
	return local(flow) + global(1, flow) + matrix[key][2] + (int)huge;
}

char _license[] SEC("license") = "Dual BSD/GPL";
