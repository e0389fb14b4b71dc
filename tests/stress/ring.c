// SPDX-License-Identifier: BSD-2-Clause
/*
 * Producers and consumers on one small ring; and a sleeper that must not miss the doorbell. Every
 * item arrives once, with what its producer wrote into it, and each producer's in its order. Meant
 * for ThreadSanitizer.
 */
#include "dataplane/ring.h"

#include <pthread.h>
#include <stdio.h>

#include "dataplane/doorbell.h"

enum {
	PRODUCERS = 3,
	CONSUMERS = 2,
	ITEMS = 30000,
	ROUND_TRIPS = 5000
};

#define CHECK(expr)                                                                \
	do {                                                                       \
		if (!(expr)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #expr); \
			abort();                                                   \
		}                                                                  \
	} while (0)

struct item {
	u32 producer;
	u32 number;
	u32 taken;
};

static struct ring ring;
static struct item items[PRODUCERS][ITEMS];
static u32 taken;

static void *produce(void *arg)
{
	u32 me = (u32)(uintptr_t)arg;

	for (u32 i = 0; i < ITEMS; i++) {
		items[me][i].producer = me;
		items[me][i].number = i + 1;
		while (!ring_push(&ring, &items[me][i]))
			sched_yield();
	}
	return NULL;
}

static void *consume(void *arg)
{
	u32 last[PRODUCERS] = {0};

	(void)arg;
	while (__atomic_load_n(&taken, __ATOMIC_RELAXED) < PRODUCERS * ITEMS) {
		struct item *it = ring_pop(&ring);

		if (!it) {
			sched_yield();
			continue;
		}
		CHECK(it->number > last[it->producer]);
		last[it->producer] = it->number;
		CHECK(!it->taken++);
		__atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void many_to_many(void)
{
	pthread_t threads[PRODUCERS + CONSUMERS];

	CHECK(!ring_init(&ring, 64));
	for (u64 i = 0; i < PRODUCERS; i++)
		CHECK(!pthread_create(&threads[i], NULL, produce, (void *)i));
	for (u32 i = 0; i < CONSUMERS; i++)
		CHECK(!pthread_create(&threads[PRODUCERS + i], NULL, consume, NULL));
	for (u32 i = 0; i < PRODUCERS + CONSUMERS; i++)
		pthread_join(threads[i], NULL);
	CHECK(!ring_pop(&ring) && !ring_count(&ring));
	for (u32 p = 0; p < PRODUCERS; p++) {
		for (u32 i = 0; i < ITEMS; i++)
			CHECK(items[p][i].taken == 1);
	}
	ring_free(&ring);
}

/* Two threads that hand one item back and forth and sleep in between: a lost wake-up hangs. */
struct end {
	struct ring in;
	struct doorbell bell;
	struct end *other;
};

static void *bounce(void *arg)
{
	struct end *self = arg;

	for (u32 n = 0; n < ROUND_TRIPS;) {
		void *it = ring_pop(&self->in);

		if (it) {
			n++;
			CHECK(ring_push(&self->other->in, it));
			doorbell_ring(&self->other->bell);
			continue;
		}
		doorbell_arm(&self->bell);
		if (!ring_count(&self->in))
			doorbell_wait(&self->bell);
		doorbell_disarm(&self->bell);
	}
	return NULL;
}

static void sleepers(void)
{
	struct end a, b;
	pthread_t ta, tb;
	u32 item;

	CHECK(!ring_init(&a.in, 2) && !ring_init(&b.in, 2));
	CHECK(!doorbell_open(&a.bell) && !doorbell_open(&b.bell));
	a.other = &b;
	b.other = &a;
	CHECK(ring_push(&a.in, &item));
	CHECK(!pthread_create(&ta, NULL, bounce, &a));
	CHECK(!pthread_create(&tb, NULL, bounce, &b));
	pthread_join(ta, NULL);
	pthread_join(tb, NULL);
	ring_free(&a.in);
	ring_free(&b.in);
	doorbell_close(&a.bell);
	doorbell_close(&b.bell);
}

int main(void)
{
	many_to_many();
	sleepers();
	return 0;
}
