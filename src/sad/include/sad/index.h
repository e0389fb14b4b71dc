/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_INDEX_H
#define SAD_INDEX_H

#include <string.h>
#include <sys/socket.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/arena.h"
#include "base/hash.h"
#include "base/rcu.h"
#include "sad/state.h"

/*
 * From (netns, daddr, SPI, proto, family) to the states with that key.
 *
 * Readers take no lock and write nothing. A bucket is one cache line of four entries, and an entry
 * of two words holds all that a lookup of an unmarked IPv4 SA decides by:
 *
 *	key  destination and SPI; of IPv6, where they don't fit, a hash of them
 *	ref  number of the state (sad_state_no()), class, flags, and in the first entry the
 *	     number of keys that belong here but were put into a later bucket because this one was
 *	     full: zero, nearly always, ends a search
 *
 * So a lookup waits for memory once, and again for the state only if it is IPv6 (or in a namespace
 * of a high number), where the state's own key has to be compared, or has a mark.
 *
 * An entry never moves within a table, but a slot is used again. The two words of an entry are read
 * ref, key, ref: a ref that is unchanged had that key all the while, since a state that is taken
 * out does not come back, and its memory is not used again, before the reader has left.
 *
 * The table is replaced by a larger or smaller one: each change of the index moves a few buckets
 * over, and until all are moved, readers look into the old one first. An entry is in the new table
 * before it leaves the old, so a reader that goes from old to new cannot miss it; one that began
 * with the old table when there was no new one notices, at the end of a fruitless search, that
 * there is one, and starts again.
 *
 * States that differ in nothing but the mark are chained by x->next_mark, in the order in which the
 * kernel tries them; the table points to the first.
 */
#define SAD_SLOTS 4

/* Of a ref. The class is what the key leaves out; no entry has family 0, so all zero is empty. */
#define SAD_CLASS_PROTO	 32
#define SAD_CLASS_FAMILY 40
#define SAD_CLASS_NETNS	 42
#define SAD_NETNS_LOW	 0x1fffu
#define SAD_VERIFY	 (1ull << 55) /* key and class are not the whole key: see the state */
#define SAD_CLASS	 (0xffffffull << 32)
#define SAD_MARKED	 (1ull << 56) /* the state has a mark: see there whether it fits */
#define SAD_SPILL_SHIFT	 57
#define SAD_REF_BITS	 (64 - SAD_SPILL_SHIFT + 32) /* what is not class and mark */

struct sad_bucket {
	u64 key[SAD_SLOTS];
	u64 ref[SAD_SLOTS];
} __cacheline_aligned;

struct sad_table {
	u64 n;		       /* buckets; any number */
	struct sad_table *old; /* being emptied into this one; or NULL */
	void *map;
	size_t bytes;
	struct rcu_head rcu;
	struct sad_bucket bucket[];
};

/* Readers' line, and the writer's. */
struct sad_index {
	struct sad_table *table;
	u64 seed[4];
	size_t keys __cacheline_aligned; /* entries in the tables */
	u64 moved;			 /* buckets of the old table dealt with */
};

struct sad_key {
	xfrm_address_t daddr;
	__be32 spi;
	s32 netns_id;
	u16 family; /* AF_INET or AF_INET6 */
	u8 proto;
};

/* What the table is searched for. */
struct sad_probe {
	u64 key;
	u64 class;
	u64 hash;
};

/*
 * Two rounds, each with secrets of its own: whoever names the SPIs, and even sees by the time of a
 * lookup that two of them fall together, learns nothing of what else does.
 */
static __always_inline u64 sad_hash(const struct sad_index *ix, u64 key, u64 class)
{
	return hash_fold(hash_fold(key ^ ix->seed[0], class ^ ix->seed[1]) ^ ix->seed[2],
			 ix->seed[3]);
}

static __always_inline struct sad_probe sad_probe_of(const struct sad_index *ix,
						     const struct sad_key *key)
{
	u64 family = key->family == AF_INET ? 1 : key->family == AF_INET6 ? 2 : 3;
	u64 netns = (u32)key->netns_id;
	struct sad_probe p = {
		.key = (u64)(u32)key->daddr.a4 << 32 | (u32)key->spi,
		.class = family << SAD_CLASS_FAMILY | (u64)key->proto << SAD_CLASS_PROTO |
			 (netns & SAD_NETNS_LOW) << SAD_CLASS_NETNS,
	};

	if (unlikely(family != 1)) {
		const __be32 *a = key->daddr.a6;

		/* Words: as they were written a moment ago, else the loads wait for the stores. */
		p.key = hash_fold(((u64)(u32)a[1] << 32 | (u32)a[0]) ^ ix->seed[3],
				  ((u64)(u32)a[3] << 32 | (u32)a[2]) ^ ix->seed[2]) ^
			(u32)key->spi;
		p.class |= SAD_VERIFY;
	}
	if (unlikely(netns > SAD_NETNS_LOW))
		p.class |= SAD_VERIFY;
	p.hash = sad_hash(ix, p.key, p.class);
	return p;
}

/* The class of IPv4 and a protocol, but for the namespace. */
static inline u64 sad_class_ipv4(u8 proto)
{
	return 1ull << SAD_CLASS_FAMILY | (u64)proto << SAD_CLASS_PROTO;
}

/* sad_probe_of() for what needs no look at the state: IPv4 in a namespace up to SAD_NETNS_LOW. */
static __always_inline struct sad_probe sad_probe_ipv4(const struct sad_index *ix, __be32 daddr,
						       __be32 spi, u64 class, u32 netns)
{
	struct sad_probe p = {
		.key = (u64)(u32)daddr << 32 | (u32)spi,
		.class = class | (u64)netns << SAD_CLASS_NETNS,
	};

	if (p.class & SAD_VERIFY)
		__builtin_unreachable();
	p.hash = sad_hash(ix, p.key, p.class);
	return p;
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

static inline struct xfrm_state *sad_ref_state(u64 ref)
{
	return (struct xfrm_state *)(arena_base + (uintptr_t)(u32)ref * SAD_STATE_ALIGN);
}

/* In order of the hash: what is moved to another table goes there in order too. */
static inline u64 sad_bucket_no(const struct sad_table *t, u64 hash)
{
	return (u64)((unsigned __int128)hash * t->n >> 64);
}

/*
 * Bit i: slot i may hold the key. A guess, to be looked at again in the order that counts. The less
 * there is here that waits for the bucket, the more lookups a CPU has under way at a time.
 */
static __always_inline u32 sad_bucket_scan(const struct sad_bucket *b, u64 key)
{
#if defined(__SSE2__) && !defined(RCU_TSAN)
	__m128i want;
	__m128 low, high;

	/* From a register: a vector load of words just stored would wait for them. */
	__asm__("" : "+r"(key));
	want = _mm_set1_epi64x((long long)key);
	low = _mm_castsi128_ps(_mm_cmpeq_epi32(_mm_load_si128((const __m128i *)&b->key[0]), want));
	high = _mm_castsi128_ps(_mm_cmpeq_epi32(_mm_load_si128((const __m128i *)&b->key[2]), want));

	/* Of each key, its lower half and its upper half. */
	return (u32)_mm_movemask_ps(
		_mm_and_ps(_mm_shuffle_ps(low, high, 0x88), _mm_shuffle_ps(low, high, 0xdd)));
#else
	u32 hits = 0;

	for (u32 i = 0; i < SAD_SLOTS; i++)
		hits |= (u32)(__atomic_load_n(&b->key[i], __ATOMIC_RELAXED) == key) << i;
	return hits;
#endif
}

/*
 * The ref in one of the slots. False: it was given to another state while it was read. Else @now is
 * the key that it stands for.
 */
static __always_inline bool sad_slot_read(const struct sad_bucket *b, u32 slot, u64 *ref, u64 *now)
{
	const u64 *at = b->key + slot;

	/* Pairs with the release of set_ref(): the state is complete. */
	*ref = __atomic_load_n(at + SAD_SLOTS, __ATOMIC_ACQUIRE);
	/* Pairs with the release of table_put(): a slot's new key comes with the end of its old
	 * ref, which the load after this would see. */
	*now = __atomic_load_n(at, __ATOMIC_ACQUIRE);
	return likely(__atomic_load_n(at + SAD_SLOTS, __ATOMIC_RELAXED) == *ref);
}

enum sad_found {
	SAD_FOUND,
	SAD_ABSENT,
	SAD_UNSURE, /* sad_index_search() knows */
};

/* Where the key nearly always is, and with the state that it nearly always leads to: one whose mark
 * fits all packets. */
static __always_inline enum sad_found sad_index_try(const struct sad_index *ix,
						    const struct sad_probe *p,
						    const struct sad_key *key,
						    struct xfrm_state **out)
{
	/* Pairs with the release of resize(). */
	const struct sad_table *t = __atomic_load_n(&ix->table, __ATOMIC_ACQUIRE);
	const struct sad_bucket *b = &t->bucket[sad_bucket_no(t, p->hash)];
	u32 hits;
	u64 ref, now;

	/* Pairs with the release of move_some(): without an old table, all is here. */
	if (unlikely(__atomic_load_n(&t->old, __ATOMIC_ACQUIRE)))
		return SAD_UNSURE;
	/* Else it is computed again and again from what it was made of. */
	__asm__("" : "+r"(b));
	hits = sad_bucket_scan(b, p->key);
	if (unlikely(!hits)) {
		bool ends = !(__atomic_load_n(&b->ref[0], __ATOMIC_ACQUIRE) >> SAD_SPILL_SHIFT);

		/* If the table is still this one, nothing was moved out of it either. */
		if (likely(ends) && likely(__atomic_load_n(&ix->table, __ATOMIC_ACQUIRE) == t))
			return SAD_ABSENT;
		return SAD_UNSURE;
	}
	if (!sad_slot_read(b, (u32)__builtin_ctz(hits), &ref, &now) || unlikely(now != p->key) ||
	    unlikely((ref ^ p->class) << (63 - SAD_SPILL_SHIFT + 1) >> SAD_REF_BITS))
		return SAD_UNSURE;
	*out = sad_ref_state(ref);
	if (unlikely(p->class & SAD_VERIFY) && !sad_key_is(key, *out))
		return SAD_UNSURE;
	return SAD_FOUND;
}

/* The ref of the key, in whatever table and bucket it may be; 0 if it is in none. */
u64 sad_index_search(const struct sad_index *ix, const struct sad_probe *p,
		     const struct sad_key *key);

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
	struct sad_probe p = sad_probe_of(ix, key);
	u64 ref = sad_index_search(ix, &p, key);

	return ref ? sad_ref_state(ref) : NULL;
}

static inline struct xfrm_state *sad_next_mark(const struct xfrm_state *x)
{
	/* Pairs with the releases of sad_index_insert() and sad_index_remove(). */
	return sad_state_at(__atomic_load_n(&x->next_mark, __ATOMIC_ACQUIRE));
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
