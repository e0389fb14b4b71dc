// SPDX-License-Identifier: BSD-2-Clause
#include "sad/index.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

/*
 * Four keys a bucket when a table doubles, half a key when it halves: a doubled table begins at
 * two, so neither follows upon the other. Four buckets moved a change are more than enough to be
 * done before the next resize is due.
 */
#define MIN_BUCKETS  8
#define GROW_AT	     4
#define SHRINK_BELOW 2 /* buckets a key */
#define MOVE_STEP    4
#define SPILL_MAX    255
#define HUGE_PAGE    (2u << 20)

static u64 buckets(const struct sad_table *t)
{
	return t->mask + 1;
}

static struct sad_table *table_new(u64 n)
{
	size_t bytes = sizeof(struct sad_table) + n * sizeof(struct sad_bucket);
	struct sad_table *t;

	t = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (t == MAP_FAILED)
		return NULL;
	/* A random lookup touches a random page: fewer pages, fewer TLB misses. */
	if (bytes >= HUGE_PAGE)
		madvise(t, bytes, MADV_HUGEPAGE);
	t->mask = n - 1;
	t->bytes = bytes;
	return t;
}

static void table_free(struct sad_table *t)
{
	munmap(t, t->bytes);
}

static void table_free_rcu(struct rcu_head *head)
{
	table_free(container_of(head, struct sad_table, rcu));
}

int sad_index_init(struct sad_index *ix)
{
	/* A key nobody can guess keeps whoever names the SPIs from filling one bucket. */
	if (getrandom(ix->seed, sizeof(ix->seed), GRND_NONBLOCK) != sizeof(ix->seed)) {
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC, &now);
		ix->seed[0] = hash_u64((u64)now.tv_nsec, (u64)(uintptr_t)ix);
		ix->seed[1] = hash_u64((u64)now.tv_sec, ix->seed[0]);
	}
	ix->keys = 0;
	ix->table = table_new(MIN_BUCKETS);
	return ix->table ? 0 : -ENOMEM;
}

void sad_index_fini(struct sad_index *ix)
{
	if (ix->table->old)
		table_free(ix->table->old);
	table_free(ix->table);
}

static void set_tag(struct sad_bucket *b, u32 slot, u64 tag)
{
	u64 tags = b->tags & ~(0xffull << slot * 8);

	/* The pointer is there before the tag that leads to it. */
	__atomic_store_n(&b->tags, tags | tag << slot * 8, __ATOMIC_RELEASE);
}

/* Count a key that passes by this bucket, or stop counting it. At its limit the count stays. */
static void spill(struct sad_bucket *b, int by)
{
	u64 count = b->tags >> SAD_SPILL_SHIFT;

	if (count == SPILL_MAX)
		return;
	__atomic_store_n(&b->tags, b->tags + ((u64)(s64)by << SAD_SPILL_SHIFT), __ATOMIC_RELEASE);
}

static int free_slot(const struct sad_bucket *b)
{
	u64 empty = (b->tags - SAD_TAG_LOW) & ~b->tags & SAD_TAG_HIGH;

	return empty ? __builtin_ctzll(empty) / 8 : -1;
}

static int table_put(struct sad_table *t, u64 hash, struct xfrm_state *x)
{
	for (u64 n = 0; n <= t->mask; n++) {
		struct sad_bucket *b = &t->bucket[(hash + n) & t->mask];
		int slot = free_slot(b);

		if (slot < 0)
			continue;
		__atomic_store_n(&b->slot[slot], x, __ATOMIC_RELEASE);
		set_tag(b, (u32)slot, sad_tag(hash));
		while (n--)
			spill(&t->bucket[(hash + n) & t->mask], 1);
		return 0;
	}
	return -ENOMEM;
}

/* Where the pointer to @x is; @steps: how many buckets after its own. NULL: not in this table. */
static struct sad_bucket *table_locate(struct sad_table *t, u64 hash, const struct xfrm_state *x,
				       u32 *slot, u64 *steps)
{
	for (u64 n = 0; n <= t->mask; n++) {
		struct sad_bucket *b = &t->bucket[(hash + n) & t->mask];

		for (u32 i = 0; i < SAD_SLOTS; i++) {
			if (b->slot[i] != x)
				continue;
			*slot = i;
			*steps = n;
			return b;
		}
		if (!(b->tags >> SAD_SPILL_SHIFT))
			break;
	}
	return NULL;
}

static bool table_drop(struct sad_table *t, u64 hash, const struct xfrm_state *x)
{
	struct sad_bucket *b;
	u32 slot;
	u64 n;

	b = table_locate(t, hash, x, &slot, &n);
	if (!b)
		return false;
	set_tag(b, slot, 0);
	__atomic_store_n(&b->slot[slot], NULL, __ATOMIC_RELEASE);
	while (n--)
		spill(&t->bucket[(hash + n) & t->mask], -1);
	return true;
}

/* Replace the pointer to @x in whichever table has it. */
static void replace(struct sad_index *ix, u64 hash, const struct xfrm_state *x,
		    struct xfrm_state *with)
{
	struct sad_bucket *b;
	u32 slot;
	u64 n;

	b = table_locate(ix->table, hash, x, &slot, &n);
	if (!b && ix->table->old)
		b = table_locate(ix->table->old, hash, x, &slot, &n);
	if (b)
		__atomic_store_n(&b->slot[slot], with, __ATOMIC_RELEASE);
}

/* Move the contents of up to @n buckets of the old table over; at the end, let go of it. */
static void move_some(struct sad_index *ix, u64 n)
{
	struct sad_table *t = ix->table;
	struct sad_table *old = t->old;

	if (!old)
		return;
	for (; n && t->moved <= old->mask; n--, t->moved++) {
		struct sad_bucket *b = &old->bucket[t->moved];

		for (u32 i = 0; i < SAD_SLOTS; i++) {
			struct xfrm_state *x = b->slot[i];
			struct sad_key key;

			if (!x)
				continue;
			key = sad_key_of(x);
			/* No room: the rest stays where it is, readers look there too. */
			if (table_put(t, sad_hash(ix, &key), x))
				return;
			set_tag(b, i, 0);
			__atomic_store_n(&b->slot[i], NULL, __ATOMIC_RELEASE);
		}
	}
	if (t->moved <= old->mask)
		return;
	__atomic_store_n(&t->old, NULL, __ATOMIC_RELEASE);
	rcu_defer(&old->rcu, table_free_rcu);
}

static int resize(struct sad_index *ix, u64 n)
{
	struct sad_table *t;

	/* Two tables at most: finish what is under way. */
	move_some(ix, U64_MAX);
	if (ix->table->old)
		return -ENOMEM;
	t = table_new(n);
	if (!t)
		return -ENOMEM;
	t->old = ix->table;
	__atomic_store_n(&ix->table, t, __ATOMIC_RELEASE);
	return 0;
}

int sad_index_reserve(struct sad_index *ix, size_t n)
{
	u64 want = buckets(ix->table);

	while (want * GROW_AT < ix->keys + n)
		want *= 2;
	if (want == buckets(ix->table))
		return 0;
	return resize(ix, want);
}

/*
 * Where the kernel puts a new state among those of equal key: before the others, but behind those
 * that the device handles whole, unless there are only such.
 */
static struct xfrm_state **place(struct xfrm_state **head, const struct xfrm_state *x)
{
	struct xfrm_state **at = head;

	if (x->xso.type == XFRM_DEV_OFFLOAD_PACKET)
		return head;
	while (*at && (*at)->xso.type == XFRM_DEV_OFFLOAD_PACKET)
		at = &(*at)->next_mark;
	return *at ? at : head;
}

int sad_index_insert(struct sad_index *ix, struct xfrm_state *x)
{
	struct sad_key key = sad_key_of(x);
	u64 hash = sad_hash(ix, &key);
	struct xfrm_state *first = sad_index_find(ix, &key);
	struct xfrm_state *head = first;
	struct xfrm_state **at;
	int err;

	move_some(ix, MOVE_STEP);
	x->next_mark = NULL;
	if (!first) {
		/* If it can't grow, the table gets fuller: a lookup is longer then, but right. */
		if (ix->keys >= buckets(ix->table) * GROW_AT &&
		    resize(ix, buckets(ix->table) * 2) &&
		    ix->keys >= buckets(ix->table) * SAD_SLOTS)
			return -ENOMEM;
		err = table_put(ix->table, hash, x);
		if (!err)
			ix->keys++;
		return err;
	}
	at = place(&head, x);
	x->next_mark = *at;
	if (at == &head)
		replace(ix, hash, first, x);
	else
		__atomic_store_n(at, x, __ATOMIC_RELEASE);
	return 0;
}

void sad_index_remove(struct sad_index *ix, struct xfrm_state *x)
{
	struct sad_key key = sad_key_of(x);
	u64 hash = sad_hash(ix, &key);
	struct xfrm_state *at = sad_index_find(ix, &key);

	move_some(ix, MOVE_STEP);
	if (at != x) {
		while (at->next_mark != x)
			at = at->next_mark;
		__atomic_store_n(&at->next_mark, x->next_mark, __ATOMIC_RELEASE);
		return;
	}
	if (x->next_mark) {
		replace(ix, hash, x, x->next_mark);
		return;
	}
	if (!table_drop(ix->table, hash, x) && ix->table->old)
		table_drop(ix->table->old, hash, x);
	ix->keys--;
	/* Not shrinking for want of memory costs nothing but memory. */
	if (buckets(ix->table) > MIN_BUCKETS && !ix->table->old &&
	    ix->keys * SHRINK_BELOW < buckets(ix->table) && resize(ix, buckets(ix->table) / 2))
		return;
}
