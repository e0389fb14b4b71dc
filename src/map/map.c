// SPDX-License-Identifier: BSD-2-Clause
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fields.h"
#include "packet/netdev.h"
#include "private.h"

static const struct map_ops *const types[] = {
	[BPF_MAP_TYPE_HASH] = &hash_ops,
	[BPF_MAP_TYPE_ARRAY] = &array_ops,
	[BPF_MAP_TYPE_PROG_ARRAY] = &prog_array_ops,
	[BPF_MAP_TYPE_PERF_EVENT_ARRAY] = &perf_array_ops,
	[BPF_MAP_TYPE_PERCPU_HASH] = &percpu_hash_ops,
	[BPF_MAP_TYPE_PERCPU_ARRAY] = &percpu_array_ops,
	[BPF_MAP_TYPE_LRU_HASH] = &lru_ops,
	[BPF_MAP_TYPE_LRU_PERCPU_HASH] = &percpu_lru_ops,
	[BPF_MAP_TYPE_LPM_TRIE] = &lpm_trie_ops,
	[BPF_MAP_TYPE_ARRAY_OF_MAPS] = &array_of_maps_ops,
	[BPF_MAP_TYPE_HASH_OF_MAPS] = &hash_of_maps_ops,
	[BPF_MAP_TYPE_DEVMAP] = &devmap_ops,
	[BPF_MAP_TYPE_CPUMAP] = &cpumap_ops,
	[BPF_MAP_TYPE_XSKMAP] = &xskmap_ops,
	[BPF_MAP_TYPE_QUEUE] = &queue_ops,
	[BPF_MAP_TYPE_STACK] = &stack_ops,
	[BPF_MAP_TYPE_DEVMAP_HASH] = &devmap_hash_ops,
	[BPF_MAP_TYPE_RINGBUF] = &ringbuf_ops,
	[BPF_MAP_TYPE_BLOOM_FILTER] = &bloom_filter_ops,
	[BPF_MAP_TYPE_USER_RINGBUF] = &user_ringbuf_ops,
	[BPF_MAP_TYPE_STACK_TRACE] = &stack_trace_ops,
	[BPF_MAP_TYPE_CGROUP_ARRAY] = &cgroup_array_ops,
	[BPF_MAP_TYPE_SOCKMAP] = &sockmap_ops,
	[BPF_MAP_TYPE_SOCKHASH] = &sockhash_ops,
	[BPF_MAP_TYPE_REUSEPORT_SOCKARRAY] = &reuseport_array_ops,
	[BPF_MAP_TYPE_SK_STORAGE] = &storage_ops,
	[BPF_MAP_TYPE_INODE_STORAGE] = &storage_ops,
	[BPF_MAP_TYPE_TASK_STORAGE] = &storage_ops,
	[BPF_MAP_TYPE_CGRP_STORAGE_] = &storage_ops,
	[BPF_MAP_TYPE_CGROUP_STORAGE] = &cgroup_storage_ops,
	[BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE] = &cgroup_storage_ops,
	[BPF_MAP_TYPE_STRUCT_OPS] = &struct_ops_ops,
};

/* NUMA nodes are taken as the machine has them, though memory is not bound to them. */
static int check_numa(const union bpf_attr *attr)
{
	char path[64];
	int node = (int)attr->numa_node;

	if (!(attr->map_flags & BPF_F_NUMA_NODE) || node == -1)
		return 0;
	if (node == 0)
		return 0;
	if (node < 0)
		return -EINVAL;
	snprintf(path, sizeof(path), "/sys/devices/system/node/node%d", node);
	return access(path, F_OK) ? -EINVAL : 0;
}

/* No device has room for a map: say so as the kernel does of one that has none. */
static int check_offload(const union bpf_attr *attr)
{
	struct net_device *dev;

	if (attr->map_type != BPF_MAP_TYPE_ARRAY && attr->map_type != BPF_MAP_TYPE_HASH)
		return -EINVAL;
	rcu_enter();
	dev = netdev_by_index(attr->map_ifindex);
	rcu_leave();
	return dev ? -EOPNOTSUPP : -EINVAL;
}

static int check_attr(const union bpf_attr *attr, const struct map_ops **ops)
{
	int err;

	if (attr->btf_key_type_id && !attr->btf_value_type_id)
		return -EINVAL;
	if (attr->map_type != BPF_MAP_TYPE_BLOOM_FILTER && attr->map_extra)
		return -EINVAL;
	if ((attr->map_flags & BPF_F_RDONLY) && (attr->map_flags & BPF_F_WRONLY))
		return -EINVAL;
	err = check_numa(attr);
	if (err)
		return err;
	if (attr->map_type >= ARRAY_SIZE(types) || !types[attr->map_type])
		return -EINVAL;
	*ops = types[attr->map_type];
	err = (*ops)->check(attr);
	return err || !attr->map_ifindex ? err : check_offload(attr);
}

static int copy_name(char *dst, const char *src, size_t size)
{
	size_t i;

	memset(dst, 0, size);
	for (i = 0; i < size && src[i]; i++) {
		if (!isalnum((unsigned char)src[i]) && src[i] != '_' && src[i] != '.')
			return -EINVAL;
		dst[i] = src[i];
	}
	return i == size ? -EINVAL : 0;
}

static void free_meta(struct map *meta)
{
	if (!meta)
		return;
	btf_put(meta->btf);
	free(meta->record);
	free(meta);
}

/* Last holder of the memory: the object after its grace period, or the last retired element. */
void map_drop_memory(struct map *map)
{
	struct btf_record *record = map->record;
	struct map *meta = map->inner_meta;
	struct btf *btf = map->btf;

	if (__atomic_sub_fetch(&map->memory_refs, 1, __ATOMIC_ACQ_REL))
		return;
	map->ops->free(map);
	free_meta(meta);
	free(record);
	btf_put(btf);
}

static void free_map(struct object *obj)
{
	map_drop_memory(map_of(obj));
}

static struct btf_record *record_dup(const struct btf_record *record)
{
	struct btf_record *dup = malloc(sizeof(*dup));

	if (dup)
		*dup = *record;
	return dup;
}

/*
 * What maps of maps remember of the map they were made with: attributes only, no contents, and it
 * is no object.
 */
static int make_meta(const struct map *inner, struct map **out)
{
	struct map *meta;

	if (inner->inner_meta)
		return -EINVAL;
	if (!inner->ops->meta_equal)
		return -ENOTSUPP;
	meta = calloc(1, sizeof(*meta));
	if (!meta)
		return -ENOMEM;
	meta->obj.kind = OBJECT_MAP;
	meta->ops = inner->ops;
	meta->type = inner->type;
	meta->key_size = inner->key_size;
	meta->value_size = inner->value_size;
	meta->max_entries = inner->max_entries;
	meta->flags = inner->flags;
	meta->extra = inner->extra;
	if (inner->record) {
		meta->record = record_dup(inner->record);
		if (!meta->record) {
			free(meta);
			return -ENOMEM;
		}
	}
	/* The record's types are the inner map's. */
	meta->btf = inner->btf;
	meta->btf_key_id = inner->btf_key_id;
	meta->btf_value_id = inner->btf_value_id;
	if (meta->btf)
		btf_get(meta->btf);
	*out = meta;
	return 0;
}

static bool is_map_of_maps(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static int set_types(struct map *map, const union bpf_attr *attr, struct btf *btf)
{
	if (!attr->btf_key_type_id && !attr->btf_value_type_id)
		return 0;
	if (!btf)
		return -EBADF;
	if (btf->kernel)
		return -EACCES;
	btf_get(btf);
	map->btf = btf;
	map->btf_key_id = attr->btf_key_type_id;
	map->btf_value_id = attr->btf_value_type_id;
	return map_check_types(map);
}

/* What a program reads through the map's address; constant from here on. */
static void show(struct map *map)
{
	map->shown.map_type = map->type;
	map->shown.key_size = map->key_size;
	map->shown.value_size = map->value_size;
	map->shown.max_entries = map->max_entries;
	map->shown.map_extra = map->extra;
	map->shown.map_flags = map->flags;
	map->shown.id = map->obj.id;
	memcpy(map->shown.name, map->name, sizeof(map->shown.name));
}

int map_create(const union bpf_attr *attr, struct btf *btf, struct map *inner, struct map **out)
{
	const struct map_ops *ops;
	struct map *meta = NULL, *map;
	int err;

	err = check_attr(attr, &ops);
	if (err)
		return err;
	if (is_map_of_maps(attr->map_type)) {
		if (!inner)
			return -EBADF;
		err = make_meta(inner, &meta);
		if (err)
			return err;
	}
	err = ops->alloc(attr, &map);
	if (err) {
		free_meta(meta);
		return err;
	}
	map->ops = ops;
	map->type = attr->map_type;
	map->key_size = attr->key_size;
	map->value_size = attr->value_size;
	/* A type may have adjusted these. */
	if (!map->max_entries)
		map->max_entries = attr->max_entries;
	/* Whether user space may read or write is up to its descriptor, not to the map. */
	map->flags |= attr->map_flags & ~(u32)(BPF_F_RDONLY | BPF_F_WRONLY);
	map->extra = attr->map_extra;
	map->inner_meta = meta;
	map->memory_refs = 1;
	err = copy_name(map->name, attr->map_name, sizeof(map->name));
	if (!err)
		err = set_types(map, attr, btf);
	if (!err)
		err = object_init(&map->obj, OBJECT_MAP, NULL, free_map);
	if (err) {
		map_drop_memory(map);
		return err;
	}
	show(map);
	*out = map;
	return 0;
}

bool map_is_percpu(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_PERCPU_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_HASH ||
	       map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

bool map_meta_like(const struct map *a, const struct map *b)
{
	return a->type == b->type && a->key_size == b->key_size && a->value_size == b->value_size &&
	       a->flags == b->flags && map_records_equal(a->record, b->record);
}

bool map_meta_equal(const struct map *a, const struct map *b)
{
	return a->ops->meta_equal && a->ops->meta_equal(a, b);
}

void map_user_get(struct map *map)
{
	__atomic_fetch_add(&map->user_refs, 1, __ATOMIC_RELAXED);
}

void map_user_put(struct map *map)
{
	if (!__atomic_sub_fetch(&map->user_refs, 1, __ATOMIC_ACQ_REL) && map->ops->release_user)
		map->ops->release_user(map);
}

static bool traits_equal(const struct map *map, const struct prog_traits *a,
			 const struct prog_traits *b)
{
	return a->type == b->type && a->jited == b->jited && a->xdp_has_frags == b->xdp_has_frags &&
	       (map->type != BPF_MAP_TYPE_PROG_ARRAY ||
		a->expected_attach_type == b->expected_attach_type);
}

bool map_prog_fits(struct map *map, const struct prog_traits *traits)
{
	bool ok;

	word_lock(&map->owner_lock);
	if (!map->owner_set) {
		map->owner = *traits;
		map->owner_set = true;
	}
	ok = traits_equal(map, &map->owner, traits);
	word_unlock(&map->owner_lock);
	return ok;
}

bool map_prog_compatible(struct map *map, const struct prog_traits *traits)
{
	switch (map->type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_CPUMAP:
		return map_prog_fits(map, traits);
	default:
		return true;
	}
}

int map_no_btf(const struct map *map, const struct btf *btf, u32 key_id)
{
	(void)map;
	(void)btf;
	(void)key_id;
	return -ENOTSUPP;
}

long map_redirect_to(struct map *map, bool found, u64 index, u64 flags, u64 allowed)
{
	const u64 actions = XDP_ABORTED | XDP_DROP | XDP_PASS | XDP_TX;
	struct redirect *to = &run_current->redirect;

	if (flags & ~(actions | allowed))
		return XDP_ABORTED;
	if (!found && !(flags & allowed & BPF_F_BROADCAST)) {
		/* The last call of a program counts, so an earlier target is forgotten. */
		*to = (struct redirect){0};
		return (long)(flags & actions);
	}
	to->map = map;
	to->index = (u32)index;
	to->flags = flags & allowed & BPF_F_BROADCAST ? (u32)flags : 0;
	return XDP_REDIRECT;
}
