/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROGS_ESP_RSS_MAPS_H
#define PROGS_ESP_RSS_MAPS_H

/* Maps and settings of esp_rss. User space sets the sizes before it loads. */

/* An enumerator in a vmlinux.h of a whole kernel. */
#define BPF_F_NO_PREALLOC 1
#define BPF_F_MMAPABLE	  1024
#define BPF_NOEXIST	  1

#define READ_ONCE(x) (*(volatile typeof(x) *)&(x))

/* Chosen before the load: the verifier removes what the other choice needs. */
const volatile __u32 lookup = RSS_LOOKUP_KFUNC;
const volatile bool record_decision = false;

struct rss_config config SEC(".data.config");
struct rss_decision decision SEC(".data.decision");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_cpumap_val);
} cpu_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, struct rss_sa_key);
	__type(value, struct rss_sa);
} sas SEC(".maps");

/* For RSS_LEAST_LOADED: CPUs that user space would have SAs on; see rss_config::wish_round. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, struct rss_sa_key);
	__type(value, __u32);
} wishes SEC(".maps");

/* Forgets by itself: a group that is not there only costs a rekeyed SA its predecessor's CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct rss_group_key);
	__type(value, struct rss_group);
} groups SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 131072);
	__type(key, struct rss_sa_key);
	__type(value, struct rss_sa_info);
} sa_info SEC(".maps");

/* Mapped by user space, which counts in it too: nothing else is atomic on both sides. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct rss_cpu);
} cpus SEC(".maps");

/* The CPUs that the policy may give out, the first rss_config::nr_policy_cpus of them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RSS_MAX_CPUS);
	__type(key, __u32);
	__type(value, __u32);
} policy_cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct rss_queue);
} queues SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, RSS_NR_REASONS);
	__type(key, __u32);
	__type(value, struct rss_count);
} reasons SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct rss_count);
} targets SEC(".maps");

#endif
