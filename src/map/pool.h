/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_POOL_H
#define MAP_POOL_H

#include "map/lock.h"
#include "map/map.h"

/*
 * The elements of one map: equal in size, carved from slabs that live as long as the map, so that
 * an update costs no trip to the allocator. Per-CPU values lie beside their elements, a block of
 * them at a time and ordered by CPU within it, so that CPUs do not share cache lines.
 *
 * What was retired waits for a grace period, all that came together in one batch, and is then used
 * again. Free elements are kept in stripes, so that CPUs which update seldom meet.
 */
struct pool_elem {
	struct pool_elem *link; /* to the next one free or waiting */
	struct pool *pool;
	u8 *percpu; /* CPU 0's value; CPU n's lies n * cpu_stride behind it. NULL if none */
};

struct pool_list {
	struct pool_elem *first, *last;
};

struct pool_stripe {
	u32 lock;
	u32 nr_waiting;
	struct pool_list freed;
	struct pool_list waiting; /* for the batch under way to be over */
	struct pool_list batch;	  /* for its grace period to be over */
	bool under_way;
	struct rcu_head rcu;
	struct pool *pool;
} __cacheline_aligned;

struct slab;

struct pool {
	struct map *map;
	u32 elem_size;
	u32 percpu_size;
	u32 per_block;
	size_t block_size;
	size_t cpu_stride;
	u32 slab_lock;
	struct slab *slabs; /* the newest, which is carved from, first */
	u32 nr_stripes;
	struct pool_stripe *stripes;
	/* Drop what an element holds, when its grace period is over. Called for maps with special
	 * fields and for maps of maps. */
	void (*reclaim)(struct map *map, struct pool_elem *elem);
};

/**
 * pool_init - prepare a pool
 * @pool: zeroed
 * @map: whose elements; its memory is held while any of them wait
 * @elem_size: bytes of an element, with the struct pool_elem that it begins with
 * @percpu_size: bytes of one CPU's value, or 0
 * @expect: elements to set address space aside for (memory is touched when used), or 0
 *
 * Return: 0 or -ENOMEM, with nothing to destroy.
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
