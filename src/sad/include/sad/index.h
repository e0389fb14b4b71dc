/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_INDEX_H
#define SAD_INDEX_H

#include <string.h>
#include <sys/socket.h>

#include "base/hash.h"
#include "base/rcu.h"
#include "sad/state.h"

/*
 * From (netns, daddr, SPI, proto, family) to the states with that key.
 *
 * Readers take no lock and write nothing. A bucket is one cache line: a word of seven tags (a byte
 * of the hash each, 0: empty) and seven pointers. A lookup is that line and, for the one pointer
 * whose tag fits, the first line of a state. The word's top byte counts the keys that belong here
 * but were put into a later bucket because this one was full: zero, nearly always, ends a search.
 *
 * An entry never moves within a table. The table is replaced by one of twice or half the size: each
 * change of the index moves a few buckets over, and until all are moved, readers look into the old
 * one first. An entry is in the new table before it leaves the old, so a reader that goes from old
 * to new cannot miss it; one that began with the old table when there was no new one notices, at
 * the end of a fruitless search, that there is one, and starts again.
 *
 * States that differ in nothing but the mark are chained by x->next_mark, in the order in which the
 * kernel tries them; the table points to the first.
 */
#define SAD_SLOTS	7
#define SAD_TAG_LOW	0x0101010101010101ull
#define SAD_TAG_HIGH	0x0080808080808080ull /* of the seven tags */
#define SAD_SPILL_SHIFT 56

struct sad_bucket {
	u64 tags;
	struct xfrm_state *slot[SAD_SLOTS];
} __cacheline_aligned;

struct sad_table {
	u64 mask;	       /* number of buckets - 1 */
	struct sad_table *old; /* being emptied into this one; or NULL */
	u64 moved;	       /* buckets of @old dealt with */
	size_t bytes;
	struct rcu_head rcu;
	struct sad_bucket bucket[];
};

struct sad_index {
	struct sad_table *table;
	u64 seed[2];
	size_t keys; /* pointers in the tables */
};

struct sad_key {
	xfrm_address_t daddr;
	__be32 spi;
	s32 netns_id;
	u16 family; /* AF_INET or AF_INET6 */
	u8 proto;
};

static inline u64 sad_hash(const struct sad_index *ix, const struct sad_key *key)
{
	u64 addr = (u32)key->daddr.a4;

	if (key->family == AF_INET6) {
		u64 half[2];

		memcpy(half, &key->daddr, sizeof(half));
		addr = hash_fold(half[0] ^ ix->seed[1], half[1] ^ ix->seed[0]);
	}
	return hash_fold(addr ^ (u64)(u32)key->spi << 32 ^ ix->seed[0],
			 ((u64)(u32)key->netns_id << 32 | key->family << 8 | key->proto) ^
				 ix->seed[1]);
}

static inline u64 sad_tag(u64 hash)
{
	u64 tag = hash >> 56;

	return tag ? tag : 1;
}

/* The high bit of each byte of a bucket's tags that may be this hash's; a few may not be. */
static inline u64 sad_tag_hits(u64 tags, u64 hash)
{
	u64 diff = tags ^ sad_tag(hash) * SAD_TAG_LOW;

	return (diff - SAD_TAG_LOW) & ~diff & SAD_TAG_HIGH;
}

static inline bool sad_key_is(const struct sad_key *key, const struct xfrm_state *x)
{
	if (x->id.spi != key->spi || x->id.daddr.a4 != key->daddr.a4 || x->id.proto != key->proto ||
	    x->props.family != key->family || x->netns_id != key->netns_id)
		return false;
	return key->family != AF_INET6 || !memcmp(&x->id.daddr, &key->daddr, sizeof(key->daddr));
}

static inline struct sad_key sad_key_of(const struct xfrm_state *x)
{
	return (struct sad_key){x->id.daddr, x->id.spi, x->netns_id, x->props.family, x->id.proto};
}

/* First state of that key in one table; NULL if there is none. */
static inline struct xfrm_state *sad_table_find(const struct sad_table *t, u64 hash,
						const struct sad_key *key)
{
	for (u64 n = 0; n <= t->mask; n++) {
		const struct sad_bucket *b = &t->bucket[(hash + n) & t->mask];
		u64 tags = __atomic_load_n(&b->tags, __ATOMIC_ACQUIRE);
		u64 hits = sad_tag_hits(tags, hash);

		for (; hits; hits &= hits - 1) {
			struct xfrm_state *x = __atomic_load_n(&b->slot[__builtin_ctzll(hits) / 8],
							       __ATOMIC_ACQUIRE);

			if (likely(x && sad_key_is(key, x)))
				return x;
		}
		if (likely(!(tags >> SAD_SPILL_SHIFT)))
			break;
	}
	return NULL;
}

/* sad_index_find() for a key whose hash is known. */
static inline struct xfrm_state *sad_index_find_hashed(const struct sad_index *ix, u64 hash,
						       const struct sad_key *key)
{
	const struct sad_table *t = __atomic_load_n(&ix->table, __ATOMIC_ACQUIRE);

	for (;;) {
		const struct sad_table *old = __atomic_load_n(&t->old, __ATOMIC_ACQUIRE);
		const struct sad_table *now;
		struct xfrm_state *x;

		if (unlikely(old)) {
			x = sad_table_find(old, hash, key);
			if (x)
				return x;
		}
		x = sad_table_find(t, hash, key);
		if (likely(x))
			return x;
		now = __atomic_load_n(&ix->table, __ATOMIC_ACQUIRE);
		if (likely(now == t))
			return NULL;
		t = now;
	}
}

/**
 * sad_index_find - first state with that key
 *
 * Inside a read-side section, or as the only writer.
 *
 * Return: the state that a lookup tries first, the others follow by next_mark; NULL if none.
 */
static inline struct xfrm_state *sad_index_find(const struct sad_index *ix,
						const struct sad_key *key)
{
	return sad_index_find_hashed(ix, sad_hash(ix, key), key);
}

static inline struct xfrm_state *sad_next_mark(const struct xfrm_state *x)
{
	return __atomic_load_n(&x->next_mark, __ATOMIC_ACQUIRE);
}

static inline bool sad_mark_fits(const struct xfrm_state *x, u32 mark)
{
	return (mark & x->mark.m) == x->mark.v;
}

/* Writers: one at a time, the caller sees to that. */
int sad_index_init(struct sad_index *ix) __must_check;
/* Frees the tables at once: no reader is left. The states are the caller's. */
void sad_index_fini(struct sad_index *ix);
/* Make sure that @n more insertions succeed. 0 or -ENOMEM. */
int sad_index_reserve(struct sad_index *ix, size_t n) __must_check;
/* 0, or -ENOMEM when the table is full and cannot grow. @x is not linked. */
int sad_index_insert(struct sad_index *ix, struct xfrm_state *x) __must_check;
/* @x is linked; its next_mark stays as it was, for readers that are on it. */
void sad_index_remove(struct sad_index *ix, struct xfrm_state *x);

#endif
