/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_RING_H
#define DATAPLANE_RING_H

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "base/types.h"

/*
 * A bounded queue of pointers; any number of threads put in and take out, none ever waits for
 * another (after D. Vyukov). Each slot has a sequence number: position p may be filled when it is
 * p, and taken when it is p + 1; taking it makes it p + size, which is p on the next lap.
 *
 * (1) A producer acquires the number, so it sees the slot empty as (4) left it.
 * (2) It writes the item and releases the number as p + 1.
 * (3) A consumer acquires p + 1, so it sees the item, and all that was written before (2).
 * (4) It reads the item and releases the number as p + size.
 *
 * The positions themselves order nothing: only the winner of the exchange goes on to (2) or (4).
 */
struct ring_slot {
	u64 seq;
	void *item;
};

struct ring {
	struct ring_slot *slots;
	u64 mask;
	u64 tail __cacheline_aligned; /* producers: next position to fill */
	u64 head __cacheline_aligned; /* consumers: next position to take */
};

/* @size: a power of two. 0 or -ENOMEM. */
static inline __must_check int ring_init(struct ring *r, u32 size)
{
	*r = (struct ring){.mask = size - 1};
	r->slots = malloc(size * sizeof(*r->slots));
	if (!r->slots)
		return -ENOMEM;
	for (u64 i = 0; i < size; i++)
		r->slots[i] = (struct ring_slot){.seq = i};
	return 0;
}

static inline void ring_free(struct ring *r)
{
	free(r->slots);
	r->slots = NULL;
}

/* False if the ring is full, or a consumer of the last lap has not yet got as far as (4). */
static inline bool ring_push(struct ring *r, void *item)
{
	u64 pos = __atomic_load_n(&r->tail, __ATOMIC_RELAXED);

	for (;;) {
		struct ring_slot *slot = &r->slots[pos & r->mask];
		s64 ahead = (s64)(__atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE) - pos); /* (1) */

		if (ahead < 0)
			return false;
		if (ahead > 0) {
			pos = __atomic_load_n(&r->tail, __ATOMIC_RELAXED);
			continue;
		}
		if (__atomic_compare_exchange_n(&r->tail, &pos, pos + 1, true, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			slot->item = item;
			__atomic_store_n(&slot->seq, pos + 1, __ATOMIC_RELEASE); /* (2) */
			return true;
		}
	}
}

/* For a ring that has room for all there are: it can only be full for the moment until (4). */
static inline void ring_push_sure(struct ring *r, void *item)
{
	while (!ring_push(r, item))
		sched_yield();
}

/* NULL if the ring is empty, or the next producer has not yet got as far as (2). */
static inline void *ring_pop(struct ring *r)
{
	u64 pos = __atomic_load_n(&r->head, __ATOMIC_RELAXED);

	for (;;) {
		struct ring_slot *slot = &r->slots[pos & r->mask];
		s64 ahead =
			(s64)(__atomic_load_n(&slot->seq, __ATOMIC_ACQUIRE) - pos - 1); /* (3) */

		if (ahead < 0)
			return NULL;
		if (ahead > 0) {
			pos = __atomic_load_n(&r->head, __ATOMIC_RELAXED);
			continue;
		}
		if (__atomic_compare_exchange_n(&r->head, &pos, pos + 1, true, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED)) {
			void *item = slot->item;

			__atomic_store_n(&slot->seq, pos + r->mask + 1, __ATOMIC_RELEASE); /* (4) */
			return item;
		}
	}
}

/* How many are in it: exact while nobody else is at it, else of some recent moment. */
static inline u32 ring_count(const struct ring *r)
{
	u64 head = __atomic_load_n(&r->head, __ATOMIC_RELAXED);
	u64 tail = __atomic_load_n(&r->tail, __ATOMIC_RELAXED);

	return tail > head ? (u32)(tail - head) : 0;
}

#endif
