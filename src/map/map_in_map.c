// SPDX-License-Identifier: BSD-2-Clause
#include "hash.h"
#include "private.h"
#include "slots.h"

/*
 * Maps of maps. A slot holds a reference to the inner map; a program that found it may use it until
 * its read-side section ends, whatever becomes of the slot.
 */

static int inner_from_fd(const struct map *map, const void *value, struct map **out)
{
	int fd = (int)slots_index(value);
	struct object *obj = object_from_fd ? object_from_fd(fd) : NULL;

	if (!obj)
		return slots_bad_fd(fd);
	if (obj->kind != OBJECT_MAP || !map_meta_equal(map->inner_meta, map_of(obj))) {
		object_put(obj);
		return -EINVAL;
	}
	*out = map_of(obj);
	return 0;
}

static int array_of_maps_check(const union bpf_attr *attr)
{
	return slots_check_fds(attr, BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY);
}

static void drop(void *entry)
{
	map_put(entry);
}

static void array_of_maps_free(struct map *map)
{
	slots_clear(map, drop);
	slots_free(map);
}

static void *array_of_maps_lookup(struct map *map, const void *key)
{
	return slots_get(map, slots_index(key));
}

static int array_of_maps_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct map *inner = slots_get(map, slots_index(key));

	(void)flags;
	if (!inner)
		return -ENOENT;
	memcpy(value, &inner->obj.id, sizeof(inner->obj.id));
	return 0;
}

static int array_of_maps_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	u32 index = slots_index(key);
	struct map *inner;
	int err;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	err = inner_from_fd(map, value, &inner);
	if (!err)
		map_put(slots_swap(map, index, inner));
	return err;
}

static int array_of_maps_user_delete(struct map *map, const void *key)
{
	u32 index = slots_index(key);
	struct map *old;

	if (index >= map->max_entries)
		return -E2BIG;
	old = slots_swap(map, index, NULL);
	map_put(old);
	return old ? 0 : -ENOENT;
}

static int hash_of_maps_check(const union bpf_attr *attr)
{
	return attr->value_size == sizeof(u32) ? hash_check(attr) : -EINVAL;
}

static inline struct map **slot_of(const struct hash_map *h, struct hash_elem *elem)
{
	return hash_value(h, elem);
}

static void hash_of_maps_reclaim(struct map *map, struct pool_elem *raw)
{
	struct hash_elem *elem = container_of(raw, struct hash_elem, pool);

	map_put(__atomic_exchange_n(slot_of(hash_of(map), elem), NULL, __ATOMIC_ACQ_REL));
}

static int hash_of_maps_alloc(const union bpf_attr *attr, struct map **out)
{
	union bpf_attr with_pointers = *attr;
	struct hash_map *h;
	int err;

	with_pointers.value_size = sizeof(struct map *);
	err = hash_alloc(&with_pointers, attr->max_entries, 0, &h);
	if (err)
		return err;
	h->pool.reclaim = hash_of_maps_reclaim;
	*out = &h->map;
	return 0;
}

static struct map *find_inner(struct map *map, const void *key)
{
	struct hash_map *h = hash_of(map);
	struct hash_elem *elem = hash_find(h, key, hash_key(h, key));

	return elem ? __atomic_load_n(slot_of(h, elem), __ATOMIC_ACQUIRE) : NULL;
}

static void *hash_of_maps_lookup(struct map *map, const void *key)
{
	return find_inner(map, key);
}

void map_of_maps_read(const void *slot, void *value)
{
	struct map *const *at = slot;
	struct map *inner = __atomic_load_n(at, __ATOMIC_ACQUIRE);
	u32 id = inner ? inner->obj.id : 0;

	memcpy(value, &id, sizeof(id));
}

static int hash_of_maps_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct map *inner = find_inner(map, key);

	(void)flags;
	if (!inner)
		return -ENOENT;
	memcpy(value, &inner->obj.id, sizeof(inner->obj.id));
	return 0;
}

/* The reference to @inner passes to the map, if there is no error. */
static int put_inner(struct hash_map *h, const void *key, struct map *inner, u64 flags)
{
	u32 hash = hash_key(h, key);
	struct hash_elem *elem;
	struct map *old = NULL;
	int err;

	table_lock(&h->table, hash);
	elem = hash_find(h, key, hash);
	err = map_check_exists(elem, flags);
	if (!err && elem) {
		old = __atomic_exchange_n(slot_of(h, elem), inner, __ATOMIC_ACQ_REL);
	} else if (!err && !map_count_below(&h->count, h->map.max_entries)) {
		err = -E2BIG;
	} else if (!err) {
		elem = hash_new(h, key, hash);
		if (elem) {
			*slot_of(h, elem) = inner;
			table_link(&h->table, &elem->node);
		} else {
			map_uncount(&h->count);
			err = -ENOMEM;
		}
	}
	table_unlock(&h->table, hash);
	map_put(old);
	return err;
}

static int hash_of_maps_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct map *inner;
	int err;

	err = inner_from_fd(map, value, &inner);
	if (err)
		return err;
	err = flags > BPF_EXIST ? -EINVAL : put_inner(hash_of(map), key, inner, flags);
	if (err)
		map_put(inner);
	return err;
}

const struct map_ops array_of_maps_ops = {
	.check = array_of_maps_check,
	.alloc = slots_alloc,
	.free = array_of_maps_free,
	.check_btf = map_no_btf,
	.lookup = array_of_maps_lookup,
	.user_lookup = array_of_maps_user_lookup,
	.user_update = array_of_maps_user_update,
	.user_delete = array_of_maps_user_delete,
	.next_key = array_next_key,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE,
};

const struct map_ops hash_of_maps_ops = {
	.check = hash_of_maps_check,
	.alloc = hash_of_maps_alloc,
	.free = hash_free,
	.check_btf = map_no_btf,
	.lookup = hash_of_maps_lookup,
	.remove = hash_remove,
	.user_lookup = hash_of_maps_user_lookup,
	.user_update = hash_of_maps_user_update,
	.next_key = hash_next_key,
	.walk_batch = hash_walk_batch,
	.batch = HASH_BATCH,
};
