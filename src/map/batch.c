// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "private.h"

/* Element @i of a user-space array; NULL if user space gave none. */
static void *user_at(u64 array, u64 i, u32 size)
{
	return array ? (u8 *)(uintptr_t)array + i * size : NULL;
}

static int check_flags(const struct map *map, const union bpf_attr *attr)
{
	if (attr->batch.elem_flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	return attr->batch.elem_flags & BPF_F_LOCK && !map_has_lock(map) ? -EINVAL : 0;
}

static int lookup_one(struct map *map, const void *key, union bpf_attr *attr, u32 done)
{
	void *to_key = user_at(attr->batch.keys, done, map->key_size);
	void *to_value = user_at(attr->batch.values, done, map_user_value_size(map));
	int err;

	if (!to_key || !to_value)
		return -EFAULT;
	err = map_user_lookup(map, key, to_value, attr->batch.elem_flags);
	if (!err)
		memcpy(to_key, key, map->key_size);
	return err;
}

/*
 * Key by key, from the one behind in_batch. What vanished between finding its key and reading its
 * value is skipped.
 */
static int walk_keys(struct map *map, union bpf_attr *attr)
{
	const void *in = (const void *)(uintptr_t)attr->batch.in_batch;
	void *out = (void *)(uintptr_t)attr->batch.out_batch;
	u32 want = attr->batch.count, done = 0;
	u8 *keys, *prev, *next;
	int err = 0;

	attr->batch.count = 0;
	keys = malloc(2 * (size_t)map->key_size);
	if (!keys)
		return -ENOMEM;
	prev = NULL;
	next = keys;
	if (in) {
		prev = keys + map->key_size;
		memcpy(prev, in, map->key_size);
	}
	while (done < want) {
		err = map_user_next_key(map, prev, next);
		if (err)
			break;
		err = lookup_one(map, next, attr, done);
		if (!err)
			done++;
		else if (err != -ENOENT)
			break;
		prev = next;
		next = prev == keys ? keys + map->key_size : keys;
		err = 0;
	}
	if (err != -EFAULT) {
		attr->batch.count = done;
		if (done && !out)
			err = -EFAULT;
		else if (done)
			memcpy(out, prev, map->key_size);
	}
	free(keys);
	return err;
}

static int update_each(struct map *map, union bpf_attr *attr)
{
	u32 want = attr->batch.count, done;
	int err = 0;

	attr->batch.count = 0;
	for (done = 0; done < want && !err; done += !err)
		err = map_user_update(map, user_at(attr->batch.keys, done, map->key_size),
				      user_at(attr->batch.values, done, map_user_value_size(map)),
				      attr->batch.elem_flags);
	attr->batch.count = done;
	return err;
}

static int delete_each(struct map *map, union bpf_attr *attr)
{
	u32 want = attr->batch.count, done;
	int err = 0;

	attr->batch.count = 0;
	for (done = 0; done < want && !err; done += !err)
		err = map_user_delete(map, user_at(attr->batch.keys, done, map->key_size));
	attr->batch.count = done;
	return err;
}

static u32 bucket_len(const struct hash_map *h, u32 bucket)
{
	struct table_node *node = table_first(&h->table, bucket);
	u32 n = 0;

	for (; node; node = table_next(node))
		n++;
	return n;
}

/*
 * Copy a whole bucket under its lock, so that it is read and deleted in one. Deleted elements are
 * chained through @gone for the caller to drop when the lock is released.
 */
static int take_bucket(struct hash_map *h, union bpf_attr *attr, u32 bucket, u32 *done, bool delete,
		       u32 room)
{
	u32 value_size = map_user_value_size(&h->map);
	struct hash_elem **gone = NULL;
	struct table_node *node;
	u32 n, i = 0;
	int err = 0;

	if (!table_first(&h->table, bucket))
		return 0;
	table_lock(&h->table, bucket);
	n = bucket_len(h, bucket);
	if (n > room) {
		err = -ENOSPC;
	} else if (n && (!attr->batch.keys || !attr->batch.values)) {
		err = -EFAULT;
	} else if (n && delete) {
		gone = malloc(n * sizeof(*gone));
		if (!gone)
			err = -ENOMEM;
	}
	node = err ? NULL : table_first(&h->table, bucket);
	for (; node; node = table_next(node), i++) {
		struct hash_elem *elem = hash_elem_of(node);

		memcpy(user_at(attr->batch.keys, *done + i, h->map.key_size), elem->key,
		       h->map.key_size);
		hash_read(h, elem, user_at(attr->batch.values, *done + i, value_size),
			  attr->batch.elem_flags);
		if (gone) {
			table_unlink(&h->table, node);
			gone[i] = elem;
		}
	}
	table_unlock(&h->table, bucket);
	for (u32 j = 0; gone && j < i; j++)
		hash_drop(h, gone[j]);
	free(gone);
	*done += i;
	return err;
}

int hash_walk_batch(struct map *map, union bpf_attr *attr, bool delete)
{
	const void *in = (const void *)(uintptr_t)attr->batch.in_batch;
	void *out = (void *)(uintptr_t)attr->batch.out_batch;
	struct hash_map *h = hash_of(map);
	u32 want = attr->batch.count, done = 0, bucket = 0;
	int err = 0;

	attr->batch.count = 0;
	if (in)
		memcpy(&bucket, in, sizeof(bucket));
	if (bucket >= table_buckets(&h->table))
		return -ENOENT;
	for (; bucket < table_buckets(&h->table); bucket++) {
		rcu_enter();
		err = take_bucket(h, attr, bucket, &done, delete, want - done);
		rcu_leave();
		if (err)
			break;
	}
	/* A bucket that does not fit ends the call; it is an error if it is the first. */
	if (err == -ENOSPC && done)
		err = 0;
	else if (!err)
		err = -ENOENT;
	if (err == -EFAULT || err == -ENOMEM)
		return err;
	if (!out)
		return -EFAULT;
	memcpy(out, &bucket, sizeof(bucket));
	attr->batch.count = done;
	return err;
}

static u32 batch_bit(int cmd)
{
	switch (cmd) {
	case BPF_MAP_LOOKUP_BATCH:
		return MAP_BATCH_LOOKUP;
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
		return MAP_BATCH_LOOKUP_AND_DELETE;
	case BPF_MAP_UPDATE_BATCH:
		return MAP_BATCH_UPDATE;
	case BPF_MAP_DELETE_BATCH:
		return MAP_BATCH_DELETE;
	default:
		return 0;
	}
}

static int run(struct map *map, u32 bit, union bpf_attr *attr)
{
	bool delete = bit == MAP_BATCH_LOOKUP_AND_DELETE;
	int err;

	err = check_flags(map, attr);
	if (err)
		return err;
	if (map->ops->walk_batch && bit & (MAP_BATCH_LOOKUP | MAP_BATCH_LOOKUP_AND_DELETE)) {
		if (attr->batch.flags)
			return -EINVAL;
		return attr->batch.count ? map->ops->walk_batch(map, attr, delete) : 0;
	}
	if (!attr->batch.count)
		return 0;
	switch (bit) {
	case MAP_BATCH_LOOKUP:
		return walk_keys(map, attr);
	case MAP_BATCH_UPDATE:
		return update_each(map, attr);
	default:
		return delete_each(map, attr);
	}
}

int map_user_batch(struct map *map, int cmd, union bpf_attr *attr)
{
	u32 bit = batch_bit(cmd);

	if (!bit)
		return -EINVAL;
	if (bit != MAP_BATCH_LOOKUP && __atomic_load_n(&map->frozen, __ATOMIC_SEQ_CST))
		return -EPERM;
	if (!(map->ops->batch & bit))
		return -ENOTSUPP;
	return run(map, bit, attr);
}
