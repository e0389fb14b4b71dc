// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "base/vcpu.h"
#include "hash.h"
#include "private.h"

/*
 * LRU hash maps. Elements stand on a list in the order of their insertion; a lookup by a program
 * only sets a mark. When room is needed, the oldest element without a mark goes; those passed over
 * lose their mark and begin anew at the young end. With BPF_F_NO_COMMON_LRU there is a list per
 * CPU, each with its share of the elements.
 *
 * Locks do not nest: a list's is never held together with a bucket's. Who unlinks an element from
 * its bucket disposes of it. An element is linked before it is listed, so both evictor and remover
 * may meet it in between; its state, under the list's lock, tells them.
 */
enum lru_state {
	LRU_NEW, /* linked or about to be, not on its list yet */
	LRU_LISTED,
	LRU_GONE, /* taken off, or never to be put there */
};

struct lru_node {
	struct lru_node *older, *younger;
	u16 list;
	u8 state; /* enum lru_state */
	u8 used;  /* looked up since it was last passed over */
};

struct lru_list {
	struct lru_node ends; /* ends.younger: the oldest; ends.older: the youngest */
	u32 lock;
	u32 count; /* elements and reservations; at most max */
	u32 max;
} __cacheline_aligned;

struct lru {
	u32 nr;
	struct lru_list lists[];
};

static inline struct lru_node *node_of(const struct hash_map *h, struct hash_elem *elem)
{
	return (struct lru_node *)((u8 *)elem + h->lru_off);
}

static inline struct hash_elem *elem_of(const struct hash_map *h, struct lru_node *node)
{
	return (struct hash_elem *)((u8 *)node - h->lru_off);
}

static inline void mark_used(struct lru_node *node)
{
	/* Most elements that are looked up are marked already: do not dirty the line. */
	if (!__atomic_load_n(&node->used, __ATOMIC_RELAXED))
		__atomic_store_n(&node->used, 1, __ATOMIC_RELAXED);
}

static void unlist(struct lru_node *node)
{
	node->older->younger = node->younger;
	node->younger->older = node->older;
}

static void list_youngest(struct lru_list *list, struct lru_node *node)
{
	node->younger = &list->ends;
	node->older = list->ends.older;
	node->older->younger = node;
	list->ends.older = node;
}

static void list_new(struct lru_list *list, struct lru_node *node)
{
	word_lock(&list->lock);
	if (node->state == LRU_NEW) {
		node->state = LRU_LISTED;
		list_youngest(list, node);
	}
	word_unlock(&list->lock);
}

static void leave_list(struct lru_list *list, struct lru_node *node)
{
	word_lock(&list->lock);
	if (node->state == LRU_LISTED)
		unlist(node);
	node->state = LRU_GONE;
	word_unlock(&list->lock);
}

void lru_forget(struct hash_map *h, struct hash_elem *elem)
{
	struct lru_node *node = node_of(h, elem);
	struct lru_list *list = &h->lru->lists[node->list];

	leave_list(list, node);
	map_uncount(&list->count);
}

/* Take the element that goes next off its list, or NULL if none is listed. */
static struct lru_node *pick_victim(struct lru_list *list)
{
	struct lru_node *node;
	u32 passes;

	word_lock(&list->lock);
	node = list->ends.younger;
	/* Lookups may mark elements faster than this clears them: once round is enough. */
	for (passes = list->max; node != &list->ends && passes; passes--) {
		if (!__atomic_exchange_n(&node->used, 0, __ATOMIC_RELAXED))
			break;
		unlist(node);
		list_youngest(list, node);
		node = list->ends.younger;
	}
	if (node == &list->ends) {
		node = NULL;
	} else {
		unlist(node);
		node->state = LRU_GONE;
	}
	word_unlock(&list->lock);
	return node;
}

/* Evict one element, whose place in the count passes to the caller. */
static bool evict(struct hash_map *h, struct lru_list *list)
{
	struct lru_node *node;

	while ((node = pick_victim(list))) {
		struct hash_elem *elem = elem_of(h, node);
		bool mine;

		table_lock(&h->table, elem->node.hash);
		mine = elem->node.linked;
		if (mine)
			table_unlink(&h->table, &elem->node);
		table_unlock(&h->table, elem->node.hash);
		if (mine) {
			hash_dispose(h, elem);
			return true;
		}
		/* Somebody removes it just now and gives its place back. */
		if (map_count_below(&list->count, list->max))
			return true;
	}
	return false;
}

static struct hash_elem *make(struct hash_map *h, const void *key, u32 hash, const void *value,
			      enum hash_source source, u32 list)
{
	struct hash_elem *elem = hash_make(h, key, hash, value, source);

	if (elem)
		*node_of(h, elem) = (struct lru_node){.list = (u16)list, .state = LRU_NEW};
	return elem;
}

/* The key is there: put a new element into the old one's place, in its list too. */
static int replace_locked(struct hash_map *h, struct hash_elem *old, const void *key,
			  const void *value, enum hash_source source, struct hash_elem **made)
{
	*made = NULL;
	if (h->percpu) {
		hash_write_percpu(h, old, value, source);
		mark_used(node_of(h, old));
		return 0;
	}
	*made = make(h, key, old->node.hash, value, source, node_of(h, old)->list);
	if (!*made)
		return -ENOMEM;
	node_of(h, *made)->used = 1;
	table_link(&h->table, &(*made)->node);
	table_unlink(&h->table, &old->node);
	return 0;
}

static u32 choose_list(const struct hash_map *h, u32 hash, enum hash_source source)
{
	if (h->lru->nr == 1)
		return 0;
	/* A thread of user space stands on no CPU of ours: spread its elements. */
	return (source == HASH_PROGRAM ? map_run_cpu() : hash) % h->lru->nr;
}

static int put(struct hash_map *h, const void *key, const void *value, u64 flags,
	       enum hash_source source)
{
	u32 hash = hash_key(h, key);
	u32 which = choose_list(h, hash, source);
	struct lru_list *list = &h->lru->lists[which];
	struct hash_elem *old, *new = NULL;
	bool room = false;
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	for (;;) {
		table_lock(&h->table, hash);
		old = hash_find(h, key, hash);
		err = map_check_exists(old, flags);
		if (err || old)
			break;
		room = room || map_count_below(&list->count, list->max);
		if (room)
			break;
		table_unlock(&h->table, hash);
		/* -ENOMEM: every element is another thread's that is not listed yet. */
		if (!evict(h, list))
			return -ENOMEM;
		room = true;
	}
	if (!err && old) {
		err = replace_locked(h, old, key, value, source, &new);
	} else if (!err) {
		new = make(h, key, hash, value, source, which);
		err = new ? 0 : -ENOMEM;
		if (new) {
			table_link(&h->table, &new->node);
			room = false; /* used */
		}
	}
	table_unlock(&h->table, hash);
	if (room)
		map_uncount(&list->count);
	if (new &&old) {
		leave_list(&h->lru->lists[node_of(h, old)->list], node_of(h, old));
		hash_dispose(h, old);
	}
	if (new)
		list_new(&h->lru->lists[node_of(h, new)->list], node_of(h, new));
	return err;
}

static int lru_alloc(const union bpf_attr *attr, struct map **out)
{
	u32 nr = attr->map_flags & BPF_F_NO_COMMON_LRU ? vcpu_count() : 1;
	u32 max_entries = attr->max_entries;
	struct hash_map *h;
	struct lru *lru;
	int err;

	/* The lists have equal shares. */
	if (round_up_to(max_entries, nr) <= U32_MAX)
		max_entries = (u32)round_up_to(max_entries, nr);
	else
		max_entries -= max_entries % nr;
	err = hash_alloc(attr, max_entries, sizeof(struct lru_node), &h);
	if (err)
		return err;
	lru = aligned_alloc(64, sizeof(*lru) + nr * sizeof(lru->lists[0]));
	if (!lru) {
		hash_free(&h->map);
		return -ENOMEM;
	}
	memset(lru, 0, sizeof(*lru) + nr * sizeof(lru->lists[0]));
	lru->nr = nr;
	for (u32 i = 0; i < nr; i++) {
		struct lru_node *ends = &lru->lists[i].ends;

		ends->older = ends->younger = ends;
		lru->lists[i].max = max_entries / nr;
	}
	h->lru = lru;
	*out = &h->map;
	return 0;
}

static struct hash_elem *find_used(struct hash_map *h, const void *key)
{
	struct hash_elem *elem = hash_find(h, key, hash_key(h, key));

	if (elem)
		mark_used(node_of(h, elem));
	return elem;
}

static void *lru_lookup(struct map *map, const void *key)
{
	struct hash_map *h = hash_of(map);
	struct hash_elem *elem = find_used(h, key);

	return elem ? hash_value(h, elem) : NULL;
}

static void *percpu_lru_lookup_cpu(struct map *map, const void *key, u32 cpu)
{
	struct hash_elem *elem;

	if (cpu >= vcpu_count())
		return NULL;
	elem = find_used(hash_of(map), key);
	return elem ? pool_percpu(&elem->pool, cpu) : NULL;
}

static void *percpu_lru_lookup(struct map *map, const void *key)
{
	return percpu_lru_lookup_cpu(map, key, map_run_cpu());
}

static long lru_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return put(hash_of(map), key, value, flags, HASH_PROGRAM);
}

static int lru_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	return put(hash_of(map), key, value, flags, HASH_USER);
}

const struct map_ops lru_ops = {
	.check = hash_check,
	.alloc = lru_alloc,
	.free = hash_free,
	.lookup = lru_lookup,
	.update = lru_update,
	.remove = hash_remove,
	.for_each = hash_for_each,
	/* Reading by user space does not make an element younger. */
	.user_lookup = hash_user_lookup,
	.user_update = lru_user_update,
	.user_lookup_and_delete = hash_user_lookup_and_delete,
	.next_key = hash_next_key,
	.walk_batch = hash_walk_batch,
	.batch = HASH_BATCH,
	.meta_equal = map_meta_like,
};

const struct map_ops percpu_lru_ops = {
	.check = hash_check,
	.alloc = lru_alloc,
	.free = hash_free,
	.lookup = percpu_lru_lookup,
	.lookup_percpu = percpu_lru_lookup_cpu,
	.update = lru_update,
	.remove = hash_remove,
	.for_each = hash_for_each,
	.user_lookup = hash_user_lookup,
	.user_update = lru_user_update,
	.user_lookup_and_delete = hash_user_lookup_and_delete,
	.next_key = hash_next_key,
	.walk_batch = hash_walk_batch,
	.batch = HASH_BATCH,
	.meta_equal = map_meta_like,
};
