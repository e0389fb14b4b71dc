// SPDX-License-Identifier: BSD-2-Clause
/*
 * Readers look SAs up, hold them for a while and let go, without a lock, while a writer adds,
 * deletes, updates and flushes so many that the index is resized again and again. In the end every
 * reference is accounted for and nothing is left in the arena. Meant for ThreadSanitizer.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "sad/text.h"

enum {
	READERS = 3,
	SPIS = 2000,
	HELD = 32,
	ROUNDS = 10,
	STABLE = 300
};

static struct sad *sad;
static u32 stop;
static bool started;
static u64 lookups;

#define CHECK(expr)                                                                \
	do {                                                                       \
		if (!(expr)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #expr); \
			abort();                                                   \
		}                                                                  \
	} while (0)

static struct sad_key key_of(u32 spi)
{
	struct sad_key key = {.spi = htonl(spi), .family = AF_INET, .proto = IPPROTO_ESP};

	key.daddr.a4 = htonl(0x0a000002);
	return key;
}

/* What a program that holds a state may read of it. */
static void use(const struct xfrm_state *x, u32 spi)
{
	int refs = __atomic_load_n(&x->refcnt.refs.counter, __ATOMIC_RELAXED);

	CHECK(ntohl(x->id.spi) == spi);
	CHECK(refs > 0 && refs <= 1 + READERS * (HELD + 1));
	CHECK(!x->replay_esn || x->replay_esn->replay_window == 64 + spi % 64);
}

static void *reader(void *arg)
{
	u64 random = (u64)(uintptr_t)arg + 1;
	struct xfrm_state *held[HELD] = {NULL};

	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		u32 spi, slot;
		struct sad_key key;
		struct xfrm_state *x;

		random = hash_u64(random, 7);
		slot = random % HELD;
		/* Every other one is never deleted: no resize may hide it, not for a moment. */
		if (random >> 63)
			spi = 1 + (u32)(random >> 32) % SPIS;
		else
			spi = 1 + SPIS + (u32)(random >> 32) % STABLE;
		key = key_of(spi);
		rcu_enter();
		x = sad_lookup(sad, &key, 0);
		if (x)
			use(x, spi);
		CHECK(x || spi <= SPIS);
		if (held[slot]) {
			use(held[slot], ntohl(held[slot]->id.spi));
			sad_state_put(held[slot]);
		}
		held[slot] = x;
		rcu_leave();
		__atomic_fetch_add(&lookups, 1, __ATOMIC_RELAXED);
	}
	for (u32 i = 0; i < HELD; i++) {
		if (held[i])
			sad_state_put(held[i]);
	}
	return NULL;
}

/* While buckets are being moved, let the readers have a good look at it. */
static void linger(void)
{
	u64 until = __atomic_load_n(&lookups, __ATOMIC_RELAXED) + 4 * READERS;

	if (!sad->index.table->old || !started)
		return;
	while (__atomic_load_n(&lookups, __ATOMIC_RELAXED) < until)
		sched_yield();
}

static void add(u32 spi)
{
	struct xfrm_state *x;
	struct sad_spec spec;
	struct sad_key key = key_of(spi);
	int err;

	sad_spec_init(&spec);
	spec.id = (struct xfrm_id){key.daddr, key.spi, key.proto};
	spec.replay_window = 64 + spi % 64;
	spec.has_encap = spi % 2;
	spec.encap.encap_type = (u16)(spi % 5);
	CHECK(!sad_state_new(&spec, sad_netns(sad, 0), &x));
	err = sad_insert(sad, x);
	CHECK(!err || err == -EEXIST);
	if (err)
		sad_state_put(x);
	linger();
}

static void import(const char *text)
{
	struct espalier_error e;
	int ret = sad_import(sad, "stress", text, strlen(text), 0, &e);

	if (ret < 0) {
		fprintf(stderr, "%s\n", e.text);
		abort();
	}
}

static void write_all(void)
{
	struct strbuf out = STRBUF_INIT;
	char line[128];

	for (u32 round = 0; round < ROUNDS; round++) {
		for (u32 spi = 1; spi <= SPIS; spi++)
			add(spi);
		snprintf(line, sizeof(line),
			 "xfrm state update dst 10.0.0.2 proto esp spi %u limit byte-hard %u "
			 "encap espinudp %u 4500 0.0.0.0",
			 SPIS + 1, round, round);
		import(line);
		for (u32 spi = 1; spi <= SPIS; spi++) {
			struct sad_id id = {.key = key_of(1 + spi * 7 % SPIS)};
			int err = sad_delete(sad, &id);

			CHECK(!err || err == -ESRCH);
			linger();
			if (spi % 3 == 0)
				add(1 + spi % SPIS);
		}
		CHECK(!sad_export(sad, 0, SAD_EXPORT_BATCH, &out));
		strbuf_free(&out);
	}
}

int main(void)
{
	size_t in_use = arena_in_use();
	pthread_t thread[READERS];

	CHECK(!sad_new(&sad));
	for (u32 i = 1; i <= STABLE; i++)
		add(SPIS + i);
	for (uintptr_t i = 0; i < READERS; i++)
		CHECK(!pthread_create(&thread[i], NULL, reader, (void *)i));
	started = true;
	write_all();
	__atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
	for (u32 i = 0; i < READERS; i++)
		pthread_join(thread[i], NULL);
	for (const struct xfrm_state *x = sad->oldest; x; x = sad_state_at(x->newer))
		CHECK(x->refcnt.refs.counter == 1);
	sad_free(sad);
	rcu_quiesce();
	CHECK(arena_in_use() == in_use);
	printf("%llu lookups\n", (unsigned long long)lookups);
	return 0;
}
