// SPDX-License-Identifier: BSD-2-Clause
#include "hash.h"

#include <stdlib.h>

#include "base/vcpu.h"
#include "private.h"

#define HASH_FLAGS                                                                      \
	(BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE | MAP_ACCESS_FLAGS | \
	 BPF_F_ZERO_SEED)
/* The kernel's largest allocation less its element header: key and value must be below it. */
#define KEY_AND_VALUE_MAX ((4u << 20) - 48)
/* Its bucket array must stay below 4 GiB of 16-byte buckets. */
#define ENTRIES_MAX BIT(27)

static bool type_is_percpu(u32 type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static bool type_is_lru(u32 type)
{
	return type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

int hash_check(const union bpf_attr *attr)
{
	bool percpu = type_is_percpu(attr->map_type), lru = type_is_lru(attr->map_type);
	bool own_lists = attr->map_flags & BPF_F_NO_COMMON_LRU;
	bool numa = attr->map_flags & BPF_F_NUMA_NODE && (int)attr->numa_node != -1;

	if (attr->map_flags & ~HASH_FLAGS || !map_access_flags_ok(attr->map_flags))
		return -EINVAL;
	if (!lru && own_lists)
		return -EINVAL;
	if (lru && attr->map_flags & BPF_F_NO_PREALLOC)
		return -ENOTSUPP;
	if (numa && (percpu || own_lists))
		return -EINVAL;
	if (!attr->max_entries || !attr->key_size || !attr->value_size)
		return -EINVAL;
	if ((u64)attr->key_size + attr->value_size >= KEY_AND_VALUE_MAX)
		return -E2BIG;
	if (percpu && round_up_to(attr->value_size, 8) > MAP_PERCPU_VALUE_MAX)
		return -E2BIG;
	return 0;
}

static void reclaim(struct map *map, struct pool_elem *elem)
{
	struct hash_map *h = hash_of(map);

	if (!map->record)
		return;
	if (!h->percpu) {
		map_fields_free(map, hash_value(h, container_of(elem, struct hash_elem, pool)));
		return;
	}
	for (u32 cpu = 0; cpu < vcpu_count(); cpu++)
		map_fields_free(map, pool_percpu(elem, cpu));
}

int hash_alloc(const union bpf_attr *attr, u32 max_entries, u32 lru_size, struct hash_map **out)
{
	bool percpu = type_is_percpu(attr->map_type);
	u32 value_room = (u32)round_up_to(attr->value_size, 8);
	u32 expect = attr->map_flags & BPF_F_NO_PREALLOC ? 0 : max_entries;
	struct hash_map *h;
	int err;

	if (max_entries > ENTRIES_MAX)
		return -E2BIG;
	h = calloc(1, sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->map.max_entries = max_entries;
	h->percpu = percpu;
	h->value_off = (u32)(sizeof(struct hash_elem) + round_up_to(attr->key_size, 8));
	h->lru_off = h->value_off + (percpu ? 0 : value_room);
	err = table_init(&h->table, max_entries, attr->map_flags & BPF_F_ZERO_SEED);
	if (err)
		goto fail;
	h->pool.reclaim = reclaim;
	err = pool_init(&h->pool, &h->map, (u64)h->lru_off + lru_size, percpu ? value_room : 0,
			expect);
	if (err)
		goto fail;
	*out = h;
	return 0;
fail:
	table_free(&h->table);
	free(h);
	return err;
}

static int hash_plain_alloc(const union bpf_attr *attr, struct map **out)
{
	struct hash_map *h;
	int err = hash_alloc(attr, attr->max_entries, 0, &h);

	if (!err)
		*out = &h->map;
	return err;
}

void hash_free(struct map *map)
{
	struct hash_map *h = hash_of(map);

	bool holds = map->record || map->inner_meta;

	for (u32 b = 0; holds && b < table_buckets(&h->table); b++) {
		struct table_node *node = table_first(&h->table, b);

		for (; node; node = table_next(node))
			h->pool.reclaim(map, &hash_elem_of(node)->pool);
	}
	table_free(&h->table);
	pool_destroy(&h->pool);
	free(h->lru);
	free(h);
}

void hash_write_percpu(struct hash_map *h, struct hash_elem *elem, const void *value,
		       enum hash_source source)
{
	u32 size = (u32)round_up_to(h->map.value_size, 8);

	if (source == HASH_PROGRAM) {
		void *at = pool_percpu(&elem->pool, map_run_cpu());

		map_value_in(&h->map, at, value);
		map_fields_free(&h->map, at);
		return;
	}
	for (u32 cpu = 0; cpu < vcpu_count(); cpu++) {
		void *at = pool_percpu(&elem->pool, cpu);

		map_percpu_in(&h->map, at, (const u8 *)value + (size_t)cpu * size);
		map_fields_free(&h->map, at);
	}
}

struct hash_elem *hash_new(struct hash_map *h, const void *key, u32 hash)
{
	struct pool_elem *raw = pool_alloc(&h->pool);
	struct hash_elem *elem;

	if (!raw)
		return NULL;
	elem = container_of(raw, struct hash_elem, pool);
	elem->node.hash = hash;
	memcpy(elem->key, key, h->map.key_size);
	return elem;
}

struct hash_elem *hash_make(struct hash_map *h, const void *key, u32 hash, const void *value,
			    enum hash_source source)
{
	struct hash_elem *elem = hash_new(h, key, hash);

	if (!elem)
		return NULL;
	if (!h->percpu) {
		map_fields_init(&h->map, hash_value(h, elem));
		map_value_in(&h->map, hash_value(h, elem), value);
		return elem;
	}
	for (u32 cpu = 0; cpu < vcpu_count(); cpu++)
		memset(pool_percpu(&elem->pool, cpu), 0, h->pool.percpu_size);
	hash_write_percpu(h, elem, value, source);
	return elem;
}

void hash_read(struct hash_map *h, struct hash_elem *elem, void *value, u64 flags)
{
	u32 size = (u32)round_up_to(h->map.value_size, 8);

	if (h->map.inner_meta) {
		map_of_maps_read(hash_value(h, elem), value);
	} else if (h->percpu) {
		for (u32 cpu = 0; cpu < vcpu_count(); cpu++)
			map_percpu_out(&h->map, (u8 *)value + (size_t)cpu * size,
				       pool_percpu(&elem->pool, cpu));
	} else if (flags & BPF_F_LOCK) {
		map_value_out_locked(&h->map, value, hash_value(h, elem));
	} else {
		map_value_out(&h->map, value, hash_value(h, elem));
	}
}

void hash_dispose(struct hash_map *h, struct hash_elem *elem)
{
	/* Now, as the owner of what a field refers to expects; and once more after the grace
	 * period, for what a program that still sees the value puts there. */
	h->pool.reclaim(&h->map, &elem->pool);
	pool_retire(&elem->pool);
}

void hash_drop(struct hash_map *h, struct hash_elem *elem)
{
	if (h->lru)
		lru_forget(h, elem);
	else
		map_uncount(&h->count);
	hash_dispose(h, elem);
}

static void *hash_lookup(struct map *map, const void *key)
{
	struct hash_map *h = hash_of(map);
	struct hash_elem *elem = hash_find(h, key, hash_key(h, key));

	return elem ? hash_value(h, elem) : NULL;
}

static void *percpu_hash_lookup_cpu(struct map *map, const void *key, u32 cpu)
{
	struct hash_map *h = hash_of(map);
	struct hash_elem *elem;

	if (cpu >= vcpu_count())
		return NULL;
	elem = hash_find(h, key, hash_key(h, key));
	return elem ? pool_percpu(&elem->pool, cpu) : NULL;
}

static void *percpu_hash_lookup(struct map *map, const void *key)
{
	return percpu_hash_lookup_cpu(map, key, map_run_cpu());
}

/* Insert or replace under the bucket's lock. *@old is what was replaced, for the caller to drop. */
static int put_locked(struct hash_map *h, const void *key, u32 hash, const void *value, u64 flags,
		      enum hash_source source, struct hash_elem **replaced)
{
	struct hash_elem *old = hash_find(h, key, hash), *new;
	int err = map_check_exists(old, flags);

	*replaced = NULL;
	if (err)
		return err;
	if (old && flags & BPF_F_LOCK) {
		map_value_in_locked(&h->map, hash_value(h, old), value);
		return 0;
	}
	if (old && h->percpu) {
		hash_write_percpu(h, old, value, source);
		return 0;
	}
	/* A replacement takes over the place of what it replaces. */
	if (!old && !map_count_below(&h->count, h->map.max_entries))
		return -E2BIG;
	new = hash_make(h, key, hash, value, source);
	if (!new) {
		if (!old)
			map_uncount(&h->count);
		return -ENOMEM;
	}
	table_link(&h->table, &new->node);
	if (old)
		table_unlink(&h->table, &old->node);
	*replaced = old;
	return 0;
}

static int put(struct hash_map *h, const void *key, const void *value, u64 flags,
	       enum hash_source source)
{
	u32 hash = hash_key(h, key);
	struct hash_elem *old;
	int err;

	if ((flags & ~(u64)BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	if (flags & BPF_F_LOCK) {
		if (!map_has_lock(&h->map))
			return -EINVAL;
		/* The common case needs the value's lock only. */
		old = hash_find(h, key, hash);
		err = map_check_exists(old, flags);
		if (err)
			return err;
		if (old) {
			map_value_in_locked(&h->map, hash_value(h, old), value);
			return 0;
		}
	}
	table_lock(&h->table, hash);
	err = put_locked(h, key, hash, value, flags, source, &old);
	table_unlock(&h->table, hash);
	if (old)
		hash_dispose(h, old);
	return err;
}

static long hash_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return put(hash_of(map), key, value, flags, HASH_PROGRAM);
}

static long percpu_hash_update(struct map *map, const void *key, const void *value, u64 flags)
{
	if (flags > BPF_EXIST)
		return -EINVAL;
	return put(hash_of(map), key, value, flags, HASH_PROGRAM);
}

static int percpu_hash_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	if (flags > BPF_EXIST)
		return -EINVAL;
	return put(hash_of(map), key, value, flags, HASH_USER);
}

struct hash_elem *hash_take(struct hash_map *h, const void *key)
{
	u32 hash = hash_key(h, key);
	struct hash_elem *elem;

	table_lock(&h->table, hash);
	elem = hash_find(h, key, hash);
	if (elem)
		table_unlink(&h->table, &elem->node);
	table_unlock(&h->table, hash);
	return elem;
}

long hash_remove(struct map *map, const void *key)
{
	struct hash_map *h = hash_of(map);
	struct hash_elem *elem = hash_take(h, key);

	if (!elem)
		return -ENOENT;
	hash_drop(h, elem);
	return 0;
}

long hash_for_each(struct map *map, u64 callback, u64 ctx, u64 flags)
{
	struct hash_map *h = hash_of(map);
	long n = 0;

	if (flags)
		return -EINVAL;
	for (u32 b = 0; b < table_buckets(&h->table); b++) {
		struct table_node *node = table_first(&h->table, b);

		for (; node; node = table_next(node)) {
			struct hash_elem *elem = hash_elem_of(node);
			void *value = h->percpu ? pool_percpu(&elem->pool, map_run_cpu())
						: hash_value(h, elem);

			n++;
			if (run_callback(callback, (uintptr_t)map, (uintptr_t)elem->key,
					 (uintptr_t)value, ctx, 0))
				return n;
		}
	}
	return n;
}

int hash_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct hash_map *h = hash_of(map);
	struct hash_elem *elem = hash_find(h, key, hash_key(h, key));

	if (!elem)
		return -ENOENT;
	hash_read(h, elem, value, flags);
	return 0;
}

int hash_user_lookup_and_delete(struct map *map, const void *key, void *value, u64 flags)
{
	struct hash_map *h = hash_of(map);
	struct hash_elem *elem = hash_take(h, key);

	if (!elem)
		return -ENOENT;
	hash_read(h, elem, value, flags);
	hash_drop(h, elem);
	return 0;
}

int hash_next_key(struct map *map, const void *key, void *next)
{
	struct hash_map *h = hash_of(map);
	struct hash_elem *elem = NULL;
	struct table_node *node = NULL;
	u32 b = 0;

	if (key)
		elem = hash_find(h, key, hash_key(h, key));
	if (elem) {
		b = (elem->node.hash & h->table.mask) + 1;
		node = table_next(&elem->node);
	}
	for (; !node && b < table_buckets(&h->table); b++)
		node = table_first(&h->table, b);
	if (!node)
		return -ENOENT;
	memcpy(next, hash_elem_of(node)->key, map->key_size);
	return 0;
}

const struct map_ops hash_ops = {
	.check = hash_check,
	.alloc = hash_plain_alloc,
	.free = hash_free,
	.lookup = hash_lookup,
	.update = hash_update,
	.remove = hash_remove,
	.for_each = hash_for_each,
	.user_lookup = hash_user_lookup,
	.user_lookup_and_delete = hash_user_lookup_and_delete,
	.next_key = hash_next_key,
	.walk_batch = hash_walk_batch,
	.batch = HASH_BATCH,
	.meta_equal = map_meta_like,
};

const struct map_ops percpu_hash_ops = {
	.check = hash_check,
	.alloc = hash_plain_alloc,
	.free = hash_free,
	.lookup = percpu_hash_lookup,
	.lookup_percpu = percpu_hash_lookup_cpu,
	.update = percpu_hash_update,
	.remove = hash_remove,
	.for_each = hash_for_each,
	.user_lookup = hash_user_lookup,
	.user_update = percpu_hash_user_update,
	.user_lookup_and_delete = hash_user_lookup_and_delete,
	.next_key = hash_next_key,
	.walk_batch = hash_walk_batch,
	.batch = HASH_BATCH,
	.meta_equal = map_meta_like,
};
