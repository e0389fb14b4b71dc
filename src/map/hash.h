/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_HASH_H
#define MAP_HASH_H

#include "map/map.h"
#include "pool.h"
#include "table.h"

/*
 * What HASH, PERCPU_HASH, LRU_HASH and LRU_PERCPU_HASH have in common. An element is
 *
 *	struct hash_elem | key, rounded up to 8 | value (per-CPU: in the pool) | struct lru_node
 *(LRU)
 *
 * and, once linked, constant but for its value and its links.
 */
struct hash_elem {
	struct pool_elem pool; /* first */
	struct table_node node;
	u8 key[];
};

struct lru;

struct hash_map {
	struct map map;
	struct table table;
	struct pool pool;
	u32 value_off; /* in struct hash_elem */
	u32 lru_off;
	u32 count; /* linked elements; LRU: counted per list */
	bool percpu;
	struct lru *lru; /* NULL: not an LRU map */
};

static inline struct hash_map *hash_of(const struct map *map)
{
	return container_of(map, struct hash_map, map);
}

static inline struct hash_elem *hash_elem_of(const struct table_node *node)
{
	return container_of(node, struct hash_elem, node);
}

static inline void *hash_value(const struct hash_map *h, const struct hash_elem *elem)
{
	return (u8 *)elem + h->value_off;
}

static inline bool hash_key_is(const struct hash_map *h, const struct hash_elem *elem,
			       const void *key)
{
	u64 a, b;

	switch (h->map.key_size) {
	case 4:
		return !memcmp(elem->key, key, 4);
	case 8:
		memcpy(&a, elem->key, 8);
		memcpy(&b, key, 8);
		return a == b;
	default:
		return !memcmp(elem->key, key, h->map.key_size);
	}
}

static inline u32 hash_key(const struct hash_map *h, const void *key)
{
	return table_hash(&h->table, key, h->map.key_size);
}

/* The element of that key: in a read-side section, or under the bucket's lock. */
static inline struct hash_elem *hash_find(const struct hash_map *h, const void *key, u32 hash)
{
	struct table_node *node = table_first(&h->table, hash & h->table.mask);

	for (; node; node = table_next(node)) {
		struct hash_elem *elem = hash_elem_of(node);

		if (node->hash == hash && hash_key_is(h, elem, key))
			return elem;
	}
	return NULL;
}

/**
 * hash_alloc - the part that all hash maps share
 * @attr: checked
 * @max_entries: of the map, where @attr's was adjusted
 * @lru_size: bytes that each element needs behind its value
 * @out: freed with hash_free()
 */
int hash_alloc(const union bpf_attr *attr, u32 max_entries, u32 lru_size,
	       struct hash_map **out) __must_check __hidden;
void hash_free(struct map *map) __hidden;

/* What a caller puts into an element: one value, or a per-CPU value of each CPU. */
enum hash_source {
	HASH_PROGRAM, /* per-CPU maps: of the running CPU */
	HASH_USER,    /* per-CPU maps: of all CPUs */
};

/* A new element, not linked, without a value; NULL without memory. */
struct hash_elem *hash_new(struct hash_map *h, const void *key, u32 hash) __must_check __hidden;

/* A new element with a value, not linked; NULL without memory. */
struct hash_elem *hash_make(struct hash_map *h, const void *key, u32 hash, const void *value,
			    enum hash_source source) __must_check __hidden;

/* Overwrite the value of an element of a per-CPU map. */
void hash_write_percpu(struct hash_map *h, struct hash_elem *elem, const void *value,
		       enum hash_source source) __hidden;

/* Copy an element's value to user space. */
void hash_read(struct hash_map *h, struct hash_elem *elem, void *value, u64 flags) __hidden;

/* After an element was replaced, its bucket unlocked: free it after a grace period. */
void hash_dispose(struct hash_map *h, struct hash_elem *elem) __hidden;

/* After an element was removed, its bucket unlocked: uncount and dispose of it. */
void hash_drop(struct hash_map *h, struct hash_elem *elem) __hidden;

/* Unlink the element of that key, for the caller to drop; NULL if there is none. */
struct hash_elem *hash_take(struct hash_map *h, const void *key) __must_check __hidden;

/* Operations as they stand in struct map_ops. */
int hash_check(const union bpf_attr *attr) __hidden;
long hash_remove(struct map *map, const void *key) __hidden;
long hash_for_each(struct map *map, u64 callback, u64 ctx, u64 flags) __hidden;
int hash_user_lookup(struct map *map, const void *key, void *value, u64 flags) __hidden;
int hash_user_lookup_and_delete(struct map *map, const void *key, void *value, u64 flags) __hidden;
int hash_next_key(struct map *map, const void *key, void *next) __hidden;
int hash_walk_batch(struct map *map, union bpf_attr *attr, bool delete) __hidden;

/* map_in_map.c: what user space reads of an element of a HASH_OF_MAPS. */
void map_of_maps_read(const void *slot, void *value) __hidden;

#define HASH_BATCH \
	(MAP_BATCH_LOOKUP | MAP_BATCH_LOOKUP_AND_DELETE | MAP_BATCH_UPDATE | MAP_BATCH_DELETE)

/* lru.c: the element leaves its list; see there. */
void lru_forget(struct hash_map *h, struct hash_elem *elem) __hidden;

#endif
