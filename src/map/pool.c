// SPDX-License-Identifier: BSD-2-Clause
#include "pool.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/vcpu.h"
#include "private.h"

#define LINE	      64
#define BLOCK_BYTES   (64u << 10)
#define SLAB_BYTES    (1u << 20)
#define PER_BLOCK_MAX 64
#define STRIPES_MAX   16u
#define STEAL	      32
/* So many elements of a stripe may wait before user space waits with them. */
#define BACKLOG 65536u

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
	pool->nr_stripes = min(vcpu_count(), STRIPES_MAX);
	pool->stripes = aligned_alloc(LINE, pool->nr_stripes * sizeof(*pool->stripes));
	if (!pool->stripes)
		return -ENOMEM;
	memset(pool->stripes, 0, pool->nr_stripes * sizeof(*pool->stripes));
	for (u32 i = 0; i < pool->nr_stripes; i++)
		pool->stripes[i].pool = pool;
	if (expect && add_slab(pool, (expect + (u64)pool->per_block - 1) / pool->per_block)) {
		free(pool->stripes);
		return -ENOMEM;
	}
	return 0;
}

void pool_destroy(struct pool *pool)
{
	while (pool->slabs) {
		struct slab *slab = pool->slabs;

		pool->slabs = slab->next;
		munmap(slab->at, slab->mapped);
		free(slab);
	}
	free(pool->stripes);
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

static inline struct pool_stripe *my_stripe(struct pool *pool)
{
	return &pool->stripes[map_run_cpu() % pool->nr_stripes];
}

/* Other stripes look whether there is anything, without the lock. */
static inline void list_set_first(struct pool_list *list, struct pool_elem *elem)
{
	__atomic_store_n(&list->first, elem, __ATOMIC_RELAXED);
}

static void list_push(struct pool_list *list, struct pool_elem *elem)
{
	elem->link = list->first;
	if (!list->first)
		list->last = elem;
	list_set_first(list, elem);
}

static struct pool_elem *list_pop(struct pool_list *list)
{
	struct pool_elem *elem = list->first;

	if (elem)
		list_set_first(list, elem->link);
	return elem;
}

static void list_splice(struct pool_list *list, struct pool_list *front)
{
	if (!front->first)
		return;
	front->last->link = list->first;
	if (!list->first)
		list->last = front->last;
	list_set_first(list, front->first);
	front->first = NULL;
}

/* Some of what another stripe has to spare: one to use now, the rest for @mine. */
static struct pool_elem *steal(struct pool *pool, struct pool_stripe *mine)
{
	struct pool_list loot = {0};

	for (u32 i = 0; i < pool->nr_stripes && !loot.first; i++) {
		struct pool_stripe *stripe = &pool->stripes[i];
		struct pool_elem *elem;

		if (stripe == mine || !__atomic_load_n(&stripe->freed.first, __ATOMIC_RELAXED))
			continue;
		word_lock(&stripe->lock);
		for (u32 n = 0; n < STEAL && (elem = list_pop(&stripe->freed)); n++)
			list_push(&loot, elem);
		word_unlock(&stripe->lock);
	}
	if (!loot.first)
		return NULL;
	word_lock(&mine->lock);
	list_splice(&mine->freed, &loot);
	loot.first = list_pop(&mine->freed);
	word_unlock(&mine->lock);
	return loot.first;
}

struct pool_elem *pool_alloc(struct pool *pool)
{
	struct pool_stripe *stripe = my_stripe(pool);
	struct pool_elem *elem;

	word_lock(&stripe->lock);
	elem = list_pop(&stripe->freed);
	word_unlock(&stripe->lock);
	if (!elem)
		elem = steal(pool, stripe);
	if (!elem) {
		word_lock(&pool->slab_lock);
		elem = carve(pool);
		word_unlock(&pool->slab_lock);
	}
	return elem;
}

void pool_free(struct pool_elem *elem)
{
	struct pool_stripe *stripe = my_stripe(elem->pool);

	word_lock(&stripe->lock);
	list_push(&stripe->freed, elem);
	word_unlock(&stripe->lock);
}

/* What waits becomes the batch. False if nothing does. Under the stripe's lock. */
static bool next_batch(struct pool_stripe *stripe)
{
	stripe->batch = stripe->waiting;
	stripe->waiting.first = NULL;
	stripe->nr_waiting = 0;
	stripe->under_way = stripe->batch.first;
	return stripe->under_way;
}

static void batch_done(struct rcu_head *head)
{
	struct pool_stripe *stripe = container_of(head, struct pool_stripe, rcu);
	struct map *map = stripe->pool->map;
	bool more;

	if (map->record || map->inner_meta) {
		for (struct pool_elem *elem = stripe->batch.first; elem; elem = elem->link)
			stripe->pool->reclaim(map, elem);
	}
	word_lock(&stripe->lock);
	list_splice(&stripe->freed, &stripe->batch);
	more = next_batch(stripe);
	word_unlock(&stripe->lock);
	__atomic_store_n(&map->backlog, false, __ATOMIC_RELAXED);
	if (more)
		rcu_defer(&stripe->rcu, batch_done);
	else
		map_drop_memory(map);
}

void pool_retire(struct pool_elem *elem)
{
	struct pool_stripe *stripe = my_stripe(elem->pool);
	struct map *map = elem->pool->map;
	bool begin;

	word_lock(&stripe->lock);
	list_push(&stripe->waiting, elem);
	if (++stripe->nr_waiting == BACKLOG)
		__atomic_store_n(&map->backlog, true, __ATOMIC_RELAXED);
	begin = !stripe->under_way && next_batch(stripe);
	word_unlock(&stripe->lock);
	if (begin) {
		map_hold_memory(map);
		rcu_defer(&stripe->rcu, batch_done);
	}
}
