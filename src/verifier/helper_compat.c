// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/*
 * Which helpers go with which maps, both ways round: some maps only have some helpers, and some
 * helpers only work on some maps. Helpers and maps not listed are not restricted.
 */
#define END 0

struct rule {
	u32 subject;
	u32 with[8]; /* ended by END */
};

static const struct rule map_rules[] = {
	{BPF_MAP_TYPE_PROG_ARRAY, {BPF_FUNC_tail_call}},
	{BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	 {BPF_FUNC_perf_event_read, BPF_FUNC_perf_event_output, BPF_FUNC_skb_output,
	  BPF_FUNC_perf_event_read_value, BPF_FUNC_xdp_output}},
	{BPF_MAP_TYPE_RINGBUF,
	 {BPF_FUNC_ringbuf_output, BPF_FUNC_ringbuf_reserve, BPF_FUNC_ringbuf_query,
	  BPF_FUNC_ringbuf_reserve_dynptr, BPF_FUNC_ringbuf_submit_dynptr,
	  BPF_FUNC_ringbuf_discard_dynptr}},
	{BPF_MAP_TYPE_USER_RINGBUF, {BPF_FUNC_user_ringbuf_drain}},
	{BPF_MAP_TYPE_STACK_TRACE, {BPF_FUNC_get_stackid}},
	{BPF_MAP_TYPE_CGROUP_ARRAY,
	 {BPF_FUNC_skb_under_cgroup, BPF_FUNC_current_task_under_cgroup}},
	{BPF_MAP_TYPE_DEVMAP, {BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_DEVMAP_HASH, {BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_CPUMAP, {BPF_FUNC_redirect_map}},
	{BPF_MAP_TYPE_XSKMAP, {BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_ARRAY_OF_MAPS, {BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_HASH_OF_MAPS, {BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_QUEUE,
	 {BPF_FUNC_map_peek_elem, BPF_FUNC_map_pop_elem, BPF_FUNC_map_push_elem}},
	{BPF_MAP_TYPE_STACK,
	 {BPF_FUNC_map_peek_elem, BPF_FUNC_map_pop_elem, BPF_FUNC_map_push_elem}},
	{BPF_MAP_TYPE_BLOOM_FILTER, {BPF_FUNC_map_peek_elem, BPF_FUNC_map_push_elem}},
	{BPF_MAP_TYPE_SOCKMAP,
	 {BPF_FUNC_sk_redirect_map, BPF_FUNC_sock_map_update, BPF_FUNC_map_delete_elem,
	  BPF_FUNC_msg_redirect_map, BPF_FUNC_sk_select_reuseport, BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_SOCKHASH,
	 {BPF_FUNC_sk_redirect_hash, BPF_FUNC_sock_hash_update, BPF_FUNC_map_delete_elem,
	  BPF_FUNC_msg_redirect_hash, BPF_FUNC_sk_select_reuseport, BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, {BPF_FUNC_sk_select_reuseport}},
	{BPF_MAP_TYPE_SK_STORAGE,
	 {BPF_FUNC_sk_storage_get, BPF_FUNC_sk_storage_delete, BPF_FUNC_kptr_xchg}},
};

static const struct rule func_rules[] = {
	{BPF_FUNC_tail_call, {BPF_MAP_TYPE_PROG_ARRAY}},
	{BPF_FUNC_perf_event_read, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
	{BPF_FUNC_perf_event_output, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
	{BPF_FUNC_perf_event_read_value, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
	{BPF_FUNC_ringbuf_output, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_ringbuf_reserve, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_ringbuf_query, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_ringbuf_reserve_dynptr, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_user_ringbuf_drain, {BPF_MAP_TYPE_USER_RINGBUF}},
	{BPF_FUNC_skb_under_cgroup, {BPF_MAP_TYPE_CGROUP_ARRAY}},
	{BPF_FUNC_redirect_map,
	 {BPF_MAP_TYPE_DEVMAP, BPF_MAP_TYPE_DEVMAP_HASH, BPF_MAP_TYPE_CPUMAP, BPF_MAP_TYPE_XSKMAP}},
	{BPF_FUNC_map_pop_elem, {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK}},
	{BPF_FUNC_map_peek_elem,
	 {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK, BPF_MAP_TYPE_BLOOM_FILTER}},
	{BPF_FUNC_map_push_elem,
	 {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK, BPF_MAP_TYPE_BLOOM_FILTER}},
	{BPF_FUNC_map_lookup_percpu_elem,
	 {BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH}},
	{BPF_FUNC_sk_redirect_map, {BPF_MAP_TYPE_SOCKMAP}},
	{BPF_FUNC_sock_map_update, {BPF_MAP_TYPE_SOCKMAP}},
	{BPF_FUNC_sk_redirect_hash, {BPF_MAP_TYPE_SOCKHASH}},
	{BPF_FUNC_sock_hash_update, {BPF_MAP_TYPE_SOCKHASH}},
	{BPF_FUNC_current_task_under_cgroup, {BPF_MAP_TYPE_CGROUP_ARRAY}},
	{BPF_FUNC_get_stackid, {BPF_MAP_TYPE_STACK_TRACE}},
	{BPF_FUNC_sk_storage_get, {BPF_MAP_TYPE_SK_STORAGE}},
	{BPF_FUNC_sk_storage_delete, {BPF_MAP_TYPE_SK_STORAGE}},
};

static bool allows(const struct rule *rules, u32 count, u32 subject, u32 other)
{
	for (u32 i = 0; i < count; i++) {
		if (rules[i].subject != subject)
			continue;
		for (const u32 *with = rules[i].with; *with != END; with++)
			if (*with == other)
				return true;
		return false;
	}
	return true;
}

/* Program types in which no lock of a socket can be held already. */
static bool may_update_sockmap(struct verifier_env *env, const struct map *map, u32 func)
{
	if (map->type != BPF_MAP_TYPE_SOCKMAP && map->type != BPF_MAP_TYPE_SOCKHASH)
		return false;
	if (func != BPF_FUNC_map_update_elem)
		return false;
	switch (env->prog->type) {
	case BPF_PROG_TYPE_SOCKET_FILTER:
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_XDP:
		return true;
	default:
		verbose(env, "cannot update sockmap in this context\n");
		return false;
	}
}

int check_map_func_compatibility(struct verifier_env *env, const struct map *map, u32 func)
{
	if (!map)
		return 0;
	if ((allows(map_rules, ARRAY_SIZE(map_rules), map->type, func) ||
	     may_update_sockmap(env, map, func)) &&
	    allows(func_rules, ARRAY_SIZE(func_rules), func, map->type))
		return 0;
	verbose(env, "cannot pass map_type %d into func %s#%u\n", map->type, func_name(func), func);
	return -EINVAL;
}
