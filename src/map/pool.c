// SPDX-License-Identifier: BSD-2-Clause
#include "pool.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/vcpu.h"
#include "private.h"

#define LINE	      64
#define BLOCK_BYTES   (64u << 10)
#define SLAB_BYTES    (1u << 20)
#define PER_BLOCK_MAX 64

struct slab {
	struct slab *next;
	u8 *at;
	size_t mapped;
	u32 carved;
	u32 room;
};

static int add_slab(struct pool *pool, u64 blocks)
{
	struct slab *slab = malloc(sizeof(*slab));
	u64 size;

	if (!slab)
		return -ENOMEM;
	if (__builtin_mul_overflow(blocks, pool->block_size, &size) || size > SSIZE_MAX - MAP_PAGE)
		goto fail;
	slab->mapped = round_up_to(size, MAP_PAGE);
	slab->at = mmap(NULL, slab->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0);
	if (slab->at == MAP_FAILED)
		goto fail;
	slab->carved = 0;
	slab->room = (u32)min(blocks * pool->per_block, (u64)U32_MAX);
	slab->next = pool->slabs;
	pool->slabs = slab;
	return 0;
fail:
	free(slab);
	return -ENOMEM;
}

int pool_init(struct pool *pool, struct map *map, u64 elem_size, u32 percpu_size, u32 expect)
{
	u64 values;

	pool->map = map;
	pool->elem_size = (u32)round_up_to(elem_size, 16);
	pool->percpu_size = percpu_size;
	pool->per_block = max(min(BLOCK_BYTES / pool->elem_size, (u32)PER_BLOCK_MAX), 1u);
	pool->cpu_stride = round_up_to((u64)percpu_size * pool->per_block, LINE);
	values = pool->cpu_stride * (percpu_size ? vcpu_count() : 0);
	pool->block_size = round_up_to((u64)pool->elem_size * pool->per_block, LINE) + values;
	return expect ? add_slab(pool, (expect + (u64)pool->per_block - 1) / pool->per_block) : 0;
}

void pool_destroy(struct pool *pool)
{
	while (pool->slabs) {
		struct slab *slab = pool->slabs;

		pool->slabs = slab->next;
		munmap(slab->at, slab->mapped);
		free(slab);
	}
}

static struct pool_elem *carve(struct pool *pool)
{
	struct slab *slab = pool->slabs;
	struct pool_elem *elem;
	u8 *block;
	u32 i;

	if (!slab || slab->carved == slab->room) {
		if (add_slab(pool, max(SLAB_BYTES / pool->block_size, (size_t)1)))
			return NULL;
		slab = pool->slabs;
	}
	block = slab->at + slab->carved / pool->per_block * pool->block_size;
	i = slab->carved++ % pool->per_block;
	elem = (struct pool_elem *)(block + (size_t)i * pool->elem_size);
	elem->pool = pool;
	elem->percpu = NULL;
	if (pool->percpu_size)
		elem->percpu = block + round_up_to((u64)pool->elem_size * pool->per_block, LINE) +
			       (size_t)i * pool->percpu_size;
	return elem;
}

struct pool_elem *pool_alloc(struct pool *pool)
{
	struct pool_elem *elem;

	word_lock(&pool->lock);
	elem = pool->freed;
	if (elem)
		pool->freed = elem->next_free;
	else
		elem = carve(pool);
	word_unlock(&pool->lock);
	return elem;
}

void pool_free(struct pool_elem *elem)
{
	struct pool *pool = elem->pool;

	word_lock(&pool->lock);
	elem->next_free = pool->freed;
	pool->freed = elem;
	word_unlock(&pool->lock);
}

static void reclaim(struct rcu_head *head)
{
	struct pool_elem *elem = container_of(head, struct pool_elem, rcu);
	struct map *map = elem->pool->map;

	if (elem->pool->reclaim)
		elem->pool->reclaim(map, elem);
	pool_free(elem);
	map_drop_memory(map);
}

void pool_retire(struct pool_elem *elem)
{
	map_hold_memory(elem->pool->map);
	rcu_defer(&elem->rcu, reclaim);
}
