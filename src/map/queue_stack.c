// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "private.h"

#define QUEUE_FLAGS (BPF_F_NUMA_NODE | MAP_ACCESS_FLAGS)
#define VALUE_MAX   (4u << 20)

/* QUEUE and STACK: values in a ring under one lock. The newest is behind the oldest by count - 1.
 */
struct queue_map {
	struct map map;
	u8 *values;
	size_t mapped;
	u32 lock;
	u32 oldest; /* index */
	u32 count;
};

static inline struct queue_map *queue_of(const struct map *map)
{
	return container_of(map, struct queue_map, map);
}

static int queue_check(const union bpf_attr *attr)
{
	if (!attr->max_entries || attr->key_size || !attr->value_size ||
	    attr->map_flags & ~QUEUE_FLAGS || !map_access_flags_ok(attr->map_flags))
		return -EINVAL;
	return attr->value_size > VALUE_MAX ? -E2BIG : 0;
}

static int queue_alloc(const union bpf_attr *attr, struct map **out)
{
	struct queue_map *q = calloc(1, sizeof(*q));
	void *p;

	if (!q)
		return -ENOMEM;
	/* Below 2^32 * 2^22. */
	q->mapped = round_up_to((u64)attr->max_entries * attr->value_size, MAP_PAGE);
	p = mmap(NULL, q->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		free(q);
		return -ENOMEM;
	}
	q->values = p;
	*out = &q->map;
	return 0;
}

static void queue_free(struct map *map)
{
	struct queue_map *q = queue_of(map);

	munmap(q->values, q->mapped);
	free(q);
}

static u8 *value_at(struct queue_map *q, u32 nth)
{
	u64 index = ((u64)q->oldest + nth) % q->map.max_entries;

	return q->values + index * q->map.value_size;
}

static void drop_oldest(struct queue_map *q)
{
	q->oldest = (u32)(((u64)q->oldest + 1) % q->map.max_entries);
	q->count--;
}

static long queue_push(struct map *map, const void *value, u64 flags)
{
	struct queue_map *q = queue_of(map);
	long err = 0;

	if (flags != BPF_ANY && flags != BPF_EXIST)
		return -EINVAL;
	word_lock(&q->lock);
	/* BPF_EXIST: rather forget the oldest than refuse. */
	if (q->count == map->max_entries && flags == BPF_EXIST)
		drop_oldest(q);
	if (q->count == map->max_entries)
		err = -E2BIG;
	else
		memcpy(value_at(q, q->count++), value, map->value_size);
	word_unlock(&q->lock);
	return err;
}

static long take(struct map *map, void *value, bool newest, bool remove)
{
	struct queue_map *q = queue_of(map);
	long err = 0;

	word_lock(&q->lock);
	if (!q->count) {
		memset(value, 0, map->value_size);
		err = -ENOENT;
	} else {
		memcpy(value, value_at(q, newest ? q->count - 1 : 0), map->value_size);
		if (remove && newest)
			q->count--;
		else if (remove)
			drop_oldest(q);
	}
	word_unlock(&q->lock);
	return err;
}

static long queue_pop(struct map *map, void *value)
{
	return take(map, value, false, true);
}

static long queue_peek(struct map *map, void *value)
{
	return take(map, value, false, false);
}

static long stack_pop(struct map *map, void *value)
{
	return take(map, value, true, true);
}

static long stack_peek(struct map *map, void *value)
{
	return take(map, value, true, false);
}

static int queue_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	(void)key;
	(void)flags;
	return (int)map->ops->peek(map, value);
}

static int queue_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	(void)key;
	return (int)queue_push(map, value, flags);
}

static int queue_user_take(struct map *map, const void *key, void *value, u64 flags)
{
	(void)key;
	(void)flags;
	return (int)map->ops->pop(map, value);
}

static int queue_user_delete(struct map *map, const void *key)
{
	(void)map;
	(void)key;
	return -EINVAL;
}

static int queue_next_key(struct map *map, const void *key, void *next)
{
	(void)map;
	(void)key;
	(void)next;
	return -EINVAL;
}

const struct map_ops queue_ops = {
	.check = queue_check,
	.alloc = queue_alloc,
	.free = queue_free,
	.push = queue_push,
	.pop = queue_pop,
	.peek = queue_peek,
	.user_lookup = queue_user_lookup,
	.user_update = queue_user_update,
	.user_delete = queue_user_delete,
	.user_lookup_and_delete = queue_user_take,
	.next_key = queue_next_key,
	.meta_equal = map_meta_like,
};

const struct map_ops stack_ops = {
	.check = queue_check,
	.alloc = queue_alloc,
	.free = queue_free,
	.push = queue_push,
	.pop = stack_pop,
	.peek = stack_peek,
	.user_lookup = queue_user_lookup,
	.user_update = queue_user_update,
	.user_delete = queue_user_delete,
	.user_lookup_and_delete = queue_user_take,
	.next_key = queue_next_key,
	.meta_equal = map_meta_like,
};
