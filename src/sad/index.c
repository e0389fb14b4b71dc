// SPDX-License-Identifier: BSD-2-Clause
#include "sad/index.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

/*
 * Two keys a bucket of four when a table grows, by a quarter of the power of two below it: so it is
 * filled to between 1.6 and 2, which is 32 to 40 bytes a key. It is halved at less than 0.8, and so
 * begins at 1.6 then: neither follows upon the other. While buckets are moved a lookup looks twice,
 * so many are moved at each change: 64 take a microsecond or two, and it is over after a fraction
 * of the changes that lead to the next resize.
 */
#define MIN_BUCKETS 8
#define GROW_AT	    2
#define MOVE_STEP   64
#define SPILL_MAX   127
#define SPILL	    (~0ull << SAD_SPILL_SHIFT)
#define HUGE_PAGE   (2u << 20)

/*
 * In whole huge pages, unless it is small: a random lookup touches a random page, and the fewer
 * there are, the fewer TLB misses.
 */
static struct sad_table *table_new(u64 n)
{
	size_t bytes = sizeof(struct sad_table) + n * sizeof(struct sad_bucket);
	size_t slack = 0;
	struct sad_table *t;
	char *map;

	if (bytes > HUGE_PAGE / 2) {
		bytes = round_up_to(bytes, (size_t)HUGE_PAGE);
		slack = HUGE_PAGE;
	}
	map = mmap(NULL, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return NULL;
	t = (void *)map;
	if (slack) {
		t = (void *)round_up_to((uintptr_t)map, (uintptr_t)HUGE_PAGE);
		madvise(t, bytes, MADV_HUGEPAGE);
	}
	t->n = n;
	t->map = map;
	t->bytes = bytes + slack;
	return t;
}

static void table_free(struct sad_table *t)
{
	munmap(t->map, t->bytes);
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
		for (u32 i = 1; i < ARRAY_SIZE(ix->seed); i++)
			ix->seed[i] = hash_u64((u64)now.tv_sec, ix->seed[i - 1]);
	}
	ix->keys = 0;
	ix->moved = 0;
	ix->table = table_new(MIN_BUCKETS);
	return ix->table ? 0 : -ENOMEM;
}

void sad_index_fini(struct sad_index *ix)
{
	if (ix->table->old)
		table_free(ix->table->old);
	table_free(ix->table);
}

/* In one bucket. */
static u64 bucket_find(const struct sad_bucket *b, const struct sad_probe *p,
		       const struct sad_key *key)
{
	u32 hits = sad_bucket_scan(b, p->key);
	u64 ref, now;

	while (hits) {
		/* If it changed: what has it now may be the key's. */
		if (!sad_slot_read(b, (u32)__builtin_ctz(hits), &ref, &now))
			continue;
		if (now == p->key && !((ref ^ p->class) & SAD_CLASS) &&
		    (!(p->class & SAD_VERIFY) || sad_key_is(key, sad_ref_state(ref))))
			return ref;
		hits &= hits - 1;
	}
	return 0;
}

static u64 table_find(const struct sad_table *t, const struct sad_probe *p,
		      const struct sad_key *key)
{
	u64 at = sad_bucket_no(t, p->hash);

	for (u64 n = 0; n < t->n; n++) {
		const struct sad_bucket *b = &t->bucket[at];
		u64 ref = bucket_find(b, p, key);

		if (ref)
			return ref;
		if (!(__atomic_load_n(&b->ref[0], __ATOMIC_ACQUIRE) >> SAD_SPILL_SHIFT))
			break;
		at = at + 1 < t->n ? at + 1 : 0;
	}
	return 0;
}

u64 sad_index_search(const struct sad_index *ix, const struct sad_probe *p,
		     const struct sad_key *key)
{
	/* Pairs with the release of resize(). */
	const struct sad_table *t = __atomic_load_n(&ix->table, __ATOMIC_ACQUIRE);

	for (;;) {
		/* Pairs with the release of move_some(): without an old table, all is here. */
		const struct sad_table *old = __atomic_load_n(&t->old, __ATOMIC_ACQUIRE);
		const struct sad_table *now;
		u64 ref;

		if (old) {
			ref = table_find(old, p, key);
			if (ref)
				return ref;
		}
		ref = table_find(t, p, key);
		if (ref)
			return ref;
		now = __atomic_load_n(&ix->table, __ATOMIC_ACQUIRE);
		if (now == t)
			return 0;
		t = now;
	}
}

/* The entry of a state, as it stands at the head of its chain. */
static u64 ref_of(const struct sad_probe *p, const struct xfrm_state *x)
{
	bool marked = x->mark.v || x->mark.m;

	return p->class | sad_state_no(x) | (marked ? SAD_MARKED : 0);
}

static void set_ref(struct sad_bucket *b, u32 slot, u64 ref)
{
	/* Pairs with the acquire of sad_slot_read(): key and state are there before it. */
	__atomic_store_n(&b->ref[slot], (b->ref[slot] & SPILL) | ref, __ATOMIC_RELEASE);
}

/* Count a key that passes by this bucket, or stop counting it. At its limit the count stays. */
static void spill(struct sad_bucket *b, int by)
{
	if (b->ref[0] >> SAD_SPILL_SHIFT == SPILL_MAX)
		return;
	__atomic_store_n(&b->ref[0], b->ref[0] + ((u64)(s64)by << SAD_SPILL_SHIFT),
			 __ATOMIC_RELEASE);
}

/* The @n buckets from the hash's own on: a key has been put into the next, or taken out. */
static void spill_all(struct sad_table *t, u64 hash, u64 n, int by)
{
	u64 home = sad_bucket_no(t, hash);

	while (n--)
		spill(&t->bucket[(home + n) % t->n], by);
}

static int table_put(struct sad_table *t, u64 hash, u64 key, u64 ref)
{
	u64 home = sad_bucket_no(t, hash);

	for (u64 n = 0; n < t->n; n++) {
		struct sad_bucket *b = &t->bucket[home + n < t->n ? home + n : home + n - t->n];

		for (u32 i = 0; i < SAD_SLOTS; i++) {
			if (b->ref[i] & SAD_CLASS)
				continue;
			/* Pairs with the acquire of sad_slot_read(): who sees the key also sees
			 * that the ref before this one is gone. */
			__atomic_store_n(&b->key[i], key, __ATOMIC_RELEASE);
			set_ref(b, i, ref);
			spill_all(t, hash, n, 1);
			return 0;
		}
	}
	return -ENOMEM;
}

/* The slot of that ref; @steps: how many buckets after its own. NULL: not in this table. */
static struct sad_bucket *table_locate(struct sad_table *t, u64 hash, u64 ref, u32 *slot,
				       u64 *steps)
{
	u64 home = sad_bucket_no(t, hash);

	for (u64 n = 0; n < t->n; n++) {
		struct sad_bucket *b = &t->bucket[home + n < t->n ? home + n : home + n - t->n];

		for (u32 i = 0; i < SAD_SLOTS; i++) {
			if ((b->ref[i] & ~SPILL) != ref)
				continue;
			*slot = i;
			*steps = n;
			return b;
		}
		if (!(b->ref[0] >> SAD_SPILL_SHIFT))
			break;
	}
	return NULL;
}

static bool table_drop(struct sad_table *t, u64 hash, u64 ref)
{
	struct sad_bucket *b;
	u32 slot;
	u64 n;

	b = table_locate(t, hash, ref, &slot, &n);
	if (!b)
		return false;
	set_ref(b, slot, 0);
	spill_all(t, hash, n, -1);
	return true;
}

/* Replace a ref, of the same key, in whichever table has it. */
static void replace(struct sad_index *ix, u64 hash, u64 ref, u64 with)
{
	struct sad_bucket *b;
	u32 slot;
	u64 n;

	b = table_locate(ix->table, hash, ref, &slot, &n);
	if (!b && ix->table->old)
		b = table_locate(ix->table->old, hash, ref, &slot, &n);
	if (b)
		set_ref(b, slot, with);
}

/*
 * Move the contents of up to @n buckets of the old table over; at the end, let go of it. An entry
 * has all that its hash is made of: no state is touched. The spill counts of the old table stay, so
 * that what is still there is found.
 */
static void move_some(struct sad_index *ix, u64 n)
{
	struct sad_table *t = ix->table;
	struct sad_table *old = t->old;

	if (!old)
		return;
	for (; n && ix->moved < old->n; n--, ix->moved++) {
		struct sad_bucket *b = &old->bucket[ix->moved];

		for (u32 i = 0; i < SAD_SLOTS; i++) {
			u64 ref = b->ref[i] & ~SPILL;

			if (!ref)
				continue;
			/* No room: the rest stays where it is, readers look there too. */
			if (table_put(t, sad_hash(ix, b->key[i], ref & SAD_CLASS), b->key[i], ref))
				return;
			set_ref(b, i, 0);
		}
	}
	if (ix->moved < old->n)
		return;
	/* Pairs with the acquires of sad_index_try() and
	 * sad_index_search(): who sees no old table sees what it had. */
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
	ix->moved = 0;
	/* Pairs with the acquires of sad_index_try() and sad_index_search(): t->old is there. */
	__atomic_store_n(&ix->table, t, __ATOMIC_RELEASE);
	return 0;
}

static u64 grown(u64 n)
{
	return n + (1ull << (63 - __builtin_clzll(n))) / 4;
}

int sad_index_reserve(struct sad_index *ix, size_t n)
{
	u64 want = ix->table->n;

	while (want * GROW_AT < ix->keys + n)
		want = grown(want);
	if (want == ix->table->n)
		return 0;
	return resize(ix, want);
}

/*
 * Where the kernel puts a new state among those of equal key: before the others, but behind those
 * that the device handles whole, unless there are only such.
 */
static u32 *place(u32 *head, const struct xfrm_state *x)
{
	u32 *at = head;

	if (x->xso.type == XFRM_DEV_OFFLOAD_PACKET)
		return head;
	while (*at && sad_state_at(*at)->xso.type == XFRM_DEV_OFFLOAD_PACKET)
		at = &sad_state_at(*at)->next_mark;
	return *at ? at : head;
}

int sad_index_insert(struct sad_index *ix, struct xfrm_state *x)
{
	struct sad_key key = sad_key_of(x);
	struct sad_probe p = sad_probe_of(ix, &key);
	u64 first = sad_index_search(ix, &p, &key);
	u32 head, *at;
	int err;

	move_some(ix, MOVE_STEP);
	x->next_mark = 0;
	if (!first) {
		/* If it can't grow, the table gets fuller: a lookup is longer then, but right. */
		if (ix->keys >= ix->table->n * GROW_AT && resize(ix, grown(ix->table->n)) &&
		    ix->keys >= ix->table->n * SAD_SLOTS)
			return -ENOMEM;
		err = table_put(ix->table, p.hash, p.key, ref_of(&p, x));
		if (!err)
			ix->keys++;
		return err;
	}
	head = (u32)first;
	at = place(&head, x);
	x->next_mark = *at;
	if (at == &head)
		replace(ix, p.hash, first & ~SPILL, ref_of(&p, x));
	else
		__atomic_store_n(at, sad_state_no(x), __ATOMIC_RELEASE);
	return 0;
}

void sad_index_remove(struct sad_index *ix, struct xfrm_state *x)
{
	struct sad_key key = sad_key_of(x);
	struct sad_probe p = sad_probe_of(ix, &key);
	u64 ref = sad_index_search(ix, &p, &key) & ~SPILL;
	struct xfrm_state *at = sad_ref_state(ref);

	move_some(ix, MOVE_STEP);
	if (at != x) {
		while (at->next_mark != sad_state_no(x))
			at = sad_state_at(at->next_mark);
		__atomic_store_n(&at->next_mark, x->next_mark, __ATOMIC_RELEASE);
		return;
	}
	if (x->next_mark) {
		replace(ix, p.hash, ref, ref_of(&p, sad_state_at(x->next_mark)));
		return;
	}
	if (!table_drop(ix->table, p.hash, ref) && ix->table->old)
		table_drop(ix->table->old, p.hash, ref);
	ix->keys--;
	/* Not shrinking for want of memory costs nothing but memory. */
	if (ix->table->n > MIN_BUCKETS && !ix->table->old && ix->keys * 5 < ix->table->n * 4 &&
	    resize(ix, max(ix->table->n / 2, (u64)MIN_BUCKETS)))
		return;
}
