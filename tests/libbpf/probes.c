// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/*
 * What libbpf finds out about the "kernel" by trying. A wrong answer here is a feature that
 * applications silently do without, or one that they trip over.
 */
static int failures;

static void expect(const char *what, const char *name, int got, int want)
{
	if (got == want)
		return;
	fprintf(stderr, "%s %s: probe says %d, should be %d\n", what, name, got, want);
	failures++;
}

static void probe_programs(void)
{
	static const enum bpf_prog_type yes[] = {
		BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS,	   BPF_PROG_TYPE_SCHED_ACT,
		BPF_PROG_TYPE_XDP,	     BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_PROG_TYPE_TRACEPOINT,
	};

	for (int type = 1; type <= BPF_PROG_TYPE_SYSCALL; type++) {
		const char *name = libbpf_bpf_prog_type_str(type);
		int want = 0;

		for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
			want |= yes[i] == (enum bpf_prog_type)type;
		expect("program type", name, libbpf_probe_bpf_prog_type(type, NULL), want);
	}
}

static void probe_maps(void)
{
	static const enum bpf_map_type yes[] = {
		BPF_MAP_TYPE_HASH,
		BPF_MAP_TYPE_ARRAY,
		BPF_MAP_TYPE_PROG_ARRAY,
		BPF_MAP_TYPE_PERF_EVENT_ARRAY,
		BPF_MAP_TYPE_PERCPU_HASH,
		BPF_MAP_TYPE_PERCPU_ARRAY,
		BPF_MAP_TYPE_LRU_HASH,
		BPF_MAP_TYPE_LRU_PERCPU_HASH,
		BPF_MAP_TYPE_LPM_TRIE,
		BPF_MAP_TYPE_ARRAY_OF_MAPS,
		BPF_MAP_TYPE_HASH_OF_MAPS,
		BPF_MAP_TYPE_DEVMAP,
		BPF_MAP_TYPE_DEVMAP_HASH,
		BPF_MAP_TYPE_CPUMAP,
		BPF_MAP_TYPE_XSKMAP,
		BPF_MAP_TYPE_QUEUE,
		BPF_MAP_TYPE_STACK,
		BPF_MAP_TYPE_RINGBUF,
		BPF_MAP_TYPE_BLOOM_FILTER,
		BPF_MAP_TYPE_USER_RINGBUF,
		BPF_MAP_TYPE_STACK_TRACE,
		BPF_MAP_TYPE_CGROUP_ARRAY,
		BPF_MAP_TYPE_SOCKMAP,
		BPF_MAP_TYPE_SOCKHASH,
		BPF_MAP_TYPE_SK_STORAGE,
		BPF_MAP_TYPE_REUSEPORT_SOCKARRAY,
		BPF_MAP_TYPE_INODE_STORAGE,
		BPF_MAP_TYPE_TASK_STORAGE,
		BPF_MAP_TYPE_STRUCT_OPS,
		BPF_MAP_TYPE_CGROUP_STORAGE,
		BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
	};

	for (int type = 1; type <= BPF_MAP_TYPE_USER_RINGBUF; type++) {
		const char *name = libbpf_bpf_map_type_str(type);
		int want = 0;

		for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
			want |= yes[i] == (enum bpf_map_type)type;
		expect("map type", name, libbpf_probe_bpf_map_type(type, NULL), want);
	}
}

static void probe_helpers(void)
{
	static const struct {
		enum bpf_prog_type type;
		enum bpf_func_id helper;
		const char *name;
		int want;
	} cases[] = {
		{BPF_PROG_TYPE_XDP, BPF_FUNC_map_lookup_elem, "map_lookup_elem in XDP", 1},
		{BPF_PROG_TYPE_XDP, BPF_FUNC_xdp_adjust_head, "xdp_adjust_head in XDP", 1},
		{BPF_PROG_TYPE_XDP, BPF_FUNC_ringbuf_reserve, "ringbuf_reserve in XDP", 1},
		{BPF_PROG_TYPE_XDP, BPF_FUNC_loop, "loop in XDP", 1},
		{BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_skb_load_bytes, "skb_load_bytes in tc", 1},
		{BPF_PROG_TYPE_XDP, (enum bpf_func_id)250, "no helper at all", 0},
		/* libbpf 1.1 does not know 6.18's wording of "not for this type", so it says yes.
		 */
		{BPF_PROG_TYPE_XDP, BPF_FUNC_skb_load_bytes, "skb_load_bytes in XDP", 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect("helper", cases[i].name,
		       libbpf_probe_bpf_helper(cases[i].type, cases[i].helper, NULL),
		       cases[i].want);
}

int main(void)
{
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(NULL);
	probe_programs();
	probe_maps();
	probe_helpers();
	if (!failures)
		puts("ok");
	return failures != 0;
}
