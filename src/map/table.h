/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_TABLE_H
#define MAP_TABLE_H

#include <string.h>

#include "base/hash.h"
#include "map/lock.h"

/*
 * Chained buckets of fixed number. Readers follow the chains inside a read-side section without a
 * lock; writers hold the lock of the bucket's stripe. A node that was unlinked still leads on to
 * the rest of its chain.
 */
struct table_node {
	struct table_node *next;
	u32 hash;
	bool linked; /* under the bucket's lock */
};

struct table {
	struct table_node **heads;
	u32 *locks;
	u32 mask;
	u32 lock_mask;
	u64 seed;
};

/* @entries: up to 2^31. 0 or -ENOMEM. */
int table_init(struct table *t, u32 entries, bool zero_seed) __must_check __hidden;
void table_free(struct table *t) __hidden;

/* A seed that nobody can guess; @salt where there is no randomness yet. */
u64 table_random(const void *salt) __hidden;

static inline u32 table_buckets(const struct table *t)
{
	return t->mask + 1;
}

static inline u32 table_hash(const struct table *t, const void *key, u32 size)
{
	u32 word;
	u64 two;

	switch (size) {
	case 4:
		memcpy(&word, key, 4);
		return (u32)hash_u64(word, t->seed);
	case 8:
		memcpy(&two, key, 8);
		return (u32)hash_u64(two, t->seed);
	default:
		return (u32)hash_bytes(key, size, t->seed);
	}
}

static inline struct table_node *table_first(const struct table *t, u32 bucket)
{
	return __atomic_load_n(&t->heads[bucket], __ATOMIC_ACQUIRE);
}

static inline struct table_node *table_next(const struct table_node *node)
{
	return __atomic_load_n(&node->next, __ATOMIC_ACQUIRE);
}

static inline void table_lock(struct table *t, u32 hash)
{
	word_lock(&t->locks[hash & t->lock_mask]);
}

static inline void table_unlock(struct table *t, u32 hash)
{
	word_unlock(&t->locks[hash & t->lock_mask]);
}

/* Put a node, ->hash set, in front of its bucket, where it hides an older one of the same key. */
static inline void table_link(struct table *t, struct table_node *node)
{
	struct table_node **head = &t->heads[node->hash & t->mask];

	node->linked = true;
	__atomic_store_n(&node->next, *head, __ATOMIC_RELAXED);
	__atomic_store_n(head, node, __ATOMIC_RELEASE);
}

static inline void table_unlink(struct table *t, struct table_node *node)
{
	struct table_node **at = &t->heads[node->hash & t->mask];

	while (*at != node)
		at = &(*at)->next;
	node->linked = false;
	__atomic_store_n(at, node->next, __ATOMIC_RELEASE);
}

#endif
