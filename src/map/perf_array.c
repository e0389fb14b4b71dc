// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "private.h"
#include "slots.h"

struct perf_sink *(*map_perf_sink_from_fd)(int fd);

/* A slot's reference to a sink, given back when no program can be writing to it any more. */
struct perf_slot {
	struct rcu_head rcu;
	struct perf_sink *sink;
};

static int perf_array_check(const union bpf_attr *attr)
{
	return slots_check_fds(attr, BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY |
					     BPF_F_PRESERVE_ELEMS);
}

static void put_sink(struct rcu_head *head)
{
	struct perf_slot *slot = container_of(head, struct perf_slot, rcu);

	slot->sink->put(slot->sink);
	free(slot);
}

static void drop(void *entry)
{
	struct perf_slot *slot = entry;

	if (slot)
		rcu_defer(&slot->rcu, put_sink);
}

static void perf_array_free(struct map *map)
{
	slots_clear(map, drop);
	slots_free(map);
}

static void perf_array_release_user(struct map *map)
{
	if (!(map->flags & BPF_F_PRESERVE_ELEMS))
		slots_clear(map, drop);
}

static int perf_array_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	(void)flags;
	return -ENOTSUPP;
}

static int perf_array_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	u32 index = slots_index(key);
	struct perf_slot *slot;
	struct perf_sink *sink;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	sink = map_perf_sink_from_fd ? map_perf_sink_from_fd((int)slots_index(value)) : NULL;
	if (!sink)
		return -EBADF;
	slot = malloc(sizeof(*slot));
	if (!slot) {
		sink->put(sink);
		return -ENOMEM;
	}
	slot->sink = sink;
	drop(slots_swap(map, index, slot));
	return 0;
}

static int perf_array_user_delete(struct map *map, const void *key)
{
	u32 index = slots_index(key);
	struct perf_slot *old;

	if (index >= map->max_entries)
		return -E2BIG;
	old = slots_swap(map, index, NULL);
	drop(old);
	return old ? 0 : -ENOENT;
}

long map_perf_output(struct map *map, u64 flags, const void *data, u32 size, const void *pkt,
		     u32 pkt_len)
{
	u64 index = flags & BPF_F_INDEX_MASK;
	struct perf_slot *slot;

	if (index == BPF_F_CURRENT_CPU)
		index = map_run_cpu();
	if (index >= map->max_entries)
		return -E2BIG;
	slot = slots_get(map, (u32)index);
	if (!slot)
		return -ENOENT;
	return slot->sink->output(slot->sink, data, size, pkt, pkt_len);
}

const struct map_ops perf_array_ops = {
	.check = perf_array_check,
	.alloc = slots_alloc,
	.free = perf_array_free,
	.check_btf = map_no_btf,
	.user_lookup = perf_array_user_lookup,
	.user_update = perf_array_user_update,
	.user_delete = perf_array_user_delete,
	.next_key = array_next_key,
	.release_user = perf_array_release_user,
	.meta_equal = map_meta_like,
};
