/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_POOL_H
#define MAP_POOL_H

#include "map/lock.h"
#include "map/map.h"

/*
 * The elements of one map: equal in size, carved from slabs that live as long as the map, so that
 * an update costs no trip to the allocator. Per-CPU values lie beside their elements, a block of
 * them at a time and ordered by CPU within it, so that CPUs do not share cache lines.
 */
struct pool_elem {
	union {
		struct rcu_head rcu;
		struct pool_elem *next_free;
	};
	struct pool *pool;
	u8 *percpu; /* CPU 0's value; CPU n's lies n * cpu_stride behind it. NULL if none */
};

struct slab;

struct pool {
	struct map *map;
	u32 lock;
	u32 elem_size;
	u32 percpu_size;
	u32 per_block;
	size_t block_size;
	size_t cpu_stride;
	struct slab *slabs; /* the newest, which is carved from, first */
	struct pool_elem *freed;
	/* Drop what an element holds, when its grace period is over. */
	void (*reclaim)(struct map *map, struct pool_elem *elem);
};

/**
 * pool_init - prepare a pool
 * @pool: zeroed
 * @map: whose elements; pool_retire() holds its memory
 * @elem_size: bytes of an element, with the struct pool_elem that it begins with
 * @percpu_size: bytes of one CPU's value, or 0
 * @expect: elements to set address space aside for (memory is touched when used), or 0
 *
 * Return: 0 or -ENOMEM.
 */
int pool_init(struct pool *pool, struct map *map, u64 elem_size, u32 percpu_size,
	      u32 expect) __must_check __hidden;

/* Frees all elements, whatever became of them. */
void pool_destroy(struct pool *pool) __hidden;

/* An element of arbitrary contents, or NULL. */
struct pool_elem *pool_alloc(struct pool *pool) __must_check __hidden;

/* Give back an element that only the caller has seen. */
void pool_free(struct pool_elem *elem) __hidden;

/* Give back an element that readers may still look at: after a grace period. */
void pool_retire(struct pool_elem *elem) __hidden;

static inline u8 *pool_percpu(const struct pool_elem *elem, u32 cpu)
{
	return elem->percpu + cpu * elem->pool->cpu_stride;
}

#endif
