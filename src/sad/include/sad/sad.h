/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_SAD_H
#define SAD_SAD_H

#include <pthread.h>

#include "sad/index.h"
#include "sad/state.h"

/*
 * The SA database: states of any number of network namespaces, an index to look them up by, and the
 * order in which they were added. Lookups run inside read-side sections (base/rcu.h) and never
 * wait; changes take a mutex.
 */
struct sad_netns {
	struct net net; /* what x->xs_net.net points to; in the arena */
	s32 id;
	u32 refs; /* one by the database, one by each state */
	struct rcu_head rcu;
};

/* All namespaces, by id, ascending; replaced as a whole. */
struct sad_nets {
	struct rcu_head rcu;
	u32 n;
	struct sad_netns *at[];
};

struct sad {
	struct sad_index index;
	struct sad_nets *nets;
	struct xfrm_state *newest; /* then by x->older */
	struct xfrm_state *oldest; /* then by x->newer */
	size_t count;
	pthread_mutex_t lock;
	struct rcu_head rcu;
};

/* An empty database that knows namespace 0. 0 or -ENOMEM. */
int sad_new(struct sad **out) __must_check;
/* Unlinks every state. Readers that are still inside, and states still held, stay good. */
void sad_free(struct sad *sad);

/* 0; -EINVAL if negative; -EEXIST; -ENOMEM. */
int sad_add_netns(struct sad *sad, s32 id) __must_check;
/* Its states go too. 0; -ENOENT; -ENOMEM. */
int sad_del_netns(struct sad *sad, s32 id) __must_check;
/* Inside a read-side section, or under the lock; NULL: no such namespace. */
struct sad_netns *sad_netns(const struct sad *sad, s32 id);
void sad_netns_put(struct sad_netns *net);

/* sad_peek() where the key has more than one state, or is not where it nearly always is. */
struct xfrm_state *sad_peek_rest(const struct sad *sad, const struct sad_probe *p,
				 const struct sad_key *key, u32 mark);

/* sad_peek() for a key that has been hashed. */
static __always_inline struct xfrm_state *sad_peek_probed(const struct sad *sad,
							  const struct sad_probe *p,
							  const struct sad_key *key, u32 mark)
{
	struct xfrm_state *x;
	enum sad_found found;

	/* As in the kernel, a state without an SPI is not in the index by SPI. */
	if (unlikely(!key->spi))
		return NULL;
	found = sad_index_try(&sad->index, p, key, &x);
	if (likely(found == SAD_FOUND))
		return x;
	if (likely(found == SAD_ABSENT))
		return NULL;
	return sad_peek_rest(sad, p, key, mark);
}

/**
 * sad_peek - what a lookup finds, without taking a reference
 * @key: a namespace that does not exist holds no states
 * @mark: of the packet
 *
 * Inside a read-side section, in which the state stays readable. The state is not looked at, unless
 * it has a mark or an IPv6 address: what is in the index has the database's reference, and so one
 * at least.
 *
 * Return: the first state, in the kernel's order, whose mark fits; NULL if there is none.
 */
static __always_inline struct xfrm_state *sad_peek(const struct sad *sad, const struct sad_key *key,
						   u32 mark)
{
	struct sad_probe p = sad_probe_of(&sad->index, key);

	return sad_peek_probed(sad, &p, key, mark);
}

/* What is left when the first state does not do. */
struct xfrm_state *sad_lookup_rest(const struct sad *sad, const struct sad_key *key, u32 mark);

/**
 * sad_lookup - what xfrm_state_lookup() finds
 *
 * As sad_peek(), but the state is the caller's to sad_state_put().
 */
static inline struct xfrm_state *sad_lookup(const struct sad *sad, const struct sad_key *key,
					    u32 mark)
{
	struct xfrm_state *x = sad_peek(sad, key, mark);

	if (likely(!x || sad_state_hold(x)))
		return x;
	return sad_lookup_rest(sad, key, mark);
}

/* The same for sad_peek_alive(). */
struct xfrm_state *sad_peek_alive_rest(const struct sad *sad, const struct sad_key *key, u32 mark);

/**
 * sad_peek_alive - what sad_lookup() finds, without taking a reference
 *
 * Unlike sad_peek() it passes by states whose references have gone, which a lookup may come upon
 * while they are being deleted, or with the whole database.
 */
static inline struct xfrm_state *sad_peek_alive(const struct sad *sad, const struct sad_key *key,
						u32 mark)
{
	struct xfrm_state *x = sad_peek(sad, key, mark);

	if (likely(!x || sad_state_alive(x)))
		return x;
	return sad_peek_alive_rest(sad, key, mark);
}

/*
 * In a large database a lookup waits for memory: for a bucket, and whoever uses the state waits for
 * that too. Whoever has several keys at hand, such as those of a burst of packets, lets the waits
 * overlap.
 */
#define SAD_BULK 32

/**
 * sad_prefetch - have the memory fetched that lookups of these keys, with a reference, will touch
 * @n: at most SAD_BULK
 *
 * Inside a read-side section. The lookups that follow, by whatever function, find it in the cache.
 */
void sad_prefetch(const struct sad *sad, const struct sad_key *keys, u32 n);

/**
 * sad_peek_bulk - sad_peek() for several keys
 * @n: at most SAD_BULK
 * @out: NULL where there is none
 */
void sad_peek_bulk(const struct sad *sad, const struct sad_key *keys, const u32 *marks, u32 n,
		   struct xfrm_state **out);

/**
 * struct sad_id - which state a change means
 *
 * As XFRM_MSG_DELSA names one: a protocol with an SPI by that, others by the source address.
 */
struct sad_id {
	struct sad_key key;
	xfrm_address_t saddr;
	u32 mark; /* v & m of the mark given */
};

/* Which states deleteall and flush mean: those that fit all that is given. */
struct sad_filter {
	s32 netns_id;
	u16 family; /* 0: any; so for all below */
	u8 proto;
	u8 flags; /* any of these */
	bool has_mode;
	u8 mode;
	bool has_spi;
	__be32 spi;
	bool has_reqid;
	u32 reqid;
	u8 src_plen;
	u8 dst_plen;
	xfrm_address_t saddr;
	xfrm_address_t daddr;
};

bool sad_filter_fits(const struct sad_filter *f, const struct xfrm_state *x);

/**
 * sad_insert - add a state
 * @x: from sad_state_new(); its reference goes to the database, unless there is an error
 *
 * Return: 0; -EEXIST if a lookup with its own key and mark finds another; -ENOENT if its namespace
 * is gone; -ENOMEM.
 */
int sad_insert(struct sad *sad, struct xfrm_state *x) __must_check;
/**
 * sad_replace - add a state that a kernel is known to have
 * @x: from sad_state_new(); its reference goes to the database, unless there is an error
 *
 * The very same SA (identity and mark alike) goes when the new one is there: readers find either.
 * What else would be -EEXIST for sad_insert() is the kernel's to judge: it may have come about in
 * an order that is no longer known.
 *
 * Return: 0; -ENOENT if its namespace is gone; -ENOMEM.
 */
int sad_replace(struct sad *sad, struct xfrm_state *x) __must_check;
/* Delete the very same SA. 0 or -ESRCH. @x stays the caller's. */
int sad_delete_same(struct sad *sad, const struct xfrm_state *x);
/* 0 or -ESRCH. Whoever holds the state keeps it; x->km.state says it is dead. */
int sad_delete(struct sad *sad, const struct sad_id *id) __must_check;
/* How many were deleted. */
size_t sad_flush(struct sad *sad, const struct sad_filter *filter);

/**
 * sad_walk - visit the states, oldest first
 * @visit: nonzero ends the walk; may change the database
 *
 * States added or deleted meanwhile may be visited or not. @visit runs inside a read-side section.
 *
 * Return: what the last @visit returned; 0 if all were visited.
 */
int sad_walk(struct sad *sad, int (*visit)(struct xfrm_state *x, void *arg), void *arg);

static inline size_t sad_count(const struct sad *sad)
{
	return __atomic_load_n(&sad->count, __ATOMIC_RELAXED);
}

/* The database that programs of this process look into; set by espalier_set_sad(). */
extern struct sad *sad_current;

#endif
