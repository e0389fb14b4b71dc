// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a lookup of a random SA costs, by the number of SAs and the way their SPIs were chosen, with
 * and without a reference taken and given back, prefetched and not. Time is that of the thread.
 *
 *	sad-lookup [SAs...]		default: 1 1000 10000 100000 1000000
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sad/sad.h"

enum {
	RUNS = 9,
	LOOKUPS = 400000
};

static struct sad *sad;

static void die(const char *what)
{
	fprintf(stderr, "sad-lookup: %s\n", what);
	exit(1);
}

static u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

/* The SPI of the i-th SA: one after the other, or a permutation of all 32-bit numbers. */
static u32 spi_of(u32 i, bool random)
{
	u32 v = i + 256;

	if (!random)
		return v;
	v = (v ^ v >> 16) * 0x7feb352du;
	v = (v ^ v >> 15) * 0x846ca68bu;
	v ^= v >> 16;
	return v ? v : 0x84000000u;
}

static struct sad_key key_of(u32 i, bool random)
{
	struct sad_key key = {
		.spi = htonl(spi_of(i, random)),
		.family = AF_INET,
		.proto = IPPROTO_ESP,
	};

	key.daddr.a4 = htonl(0xc0000202);
	return key;
}

static double fill(u32 n, bool random)
{
	u64 start = now();

	for (u32 i = 0; i < n; i++) {
		struct sad_key key = key_of(i, random);
		struct xfrm_state *x;
		struct sad_spec spec;

		sad_spec_init(&spec);
		spec.id = (struct xfrm_id){key.daddr, key.spi, key.proto};
		spec.replay_window = 32;
		spec.flags = XFRM_STATE_ESN;
		if (sad_state_new(&spec, sad_netns(sad, 0), &x) || sad_insert(sad, x))
			die("out of memory");
	}
	return (double)(now() - start) / n;
}

static u32 next(u64 *state, u32 n)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)((*state >> 32) * n >> 32);
}

static void look_up_held(u32 n, bool random)
{
	u64 state = 1;

	for (u32 i = 0; i < LOOKUPS; i++) {
		struct sad_key key = key_of(next(&state, n), random);
		struct xfrm_state *x = sad_lookup(sad, &key, 0);

		if (!x)
			die("an SA is missing");
		sad_state_put(x);
	}
}

static void look_up(u32 n, bool random)
{
	u64 state = 1;

	for (u32 i = 0; i < LOOKUPS; i++) {
		struct sad_key key = key_of(next(&state, n), random);

		if (!sad_peek(sad, &key, 0))
			die("an SA is missing");
	}
}

static void look_up_bulk(u32 n, bool random)
{
	struct sad_key keys[SAD_BULK];
	struct xfrm_state *out[SAD_BULK];
	u32 marks[SAD_BULK] = {0};
	u64 state = 1;

	for (u32 i = 0; i < LOOKUPS; i += SAD_BULK) {
		for (u32 k = 0; k < SAD_BULK; k++)
			keys[k] = key_of(next(&state, n), random);
		sad_peek_bulk(sad, keys, marks, SAD_BULK, out);
		for (u32 k = 0; k < SAD_BULK; k++) {
			if (!out[k])
				die("an SA is missing");
		}
	}
}

/* As a worker does that has a burst of packets: prefetch, then look up with a reference. */
static void look_up_prefetched(u32 n, bool random)
{
	struct sad_key keys[SAD_BULK];
	u64 state = 1;

	for (u32 i = 0; i < LOOKUPS; i += SAD_BULK) {
		for (u32 k = 0; k < SAD_BULK; k++)
			keys[k] = key_of(next(&state, n), random);
		sad_prefetch(sad, keys, SAD_BULK);
		for (u32 k = 0; k < SAD_BULK; k++) {
			struct xfrm_state *x = sad_lookup(sad, &keys[k], 0);

			if (!x)
				die("an SA is missing");
			sad_state_put(x);
		}
	}
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Nanoseconds a lookup, median of the runs. */
static double measure(void (*f)(u32 n, bool random), u32 n, bool random)
{
	double ns[RUNS];

	rcu_enter();
	f(n, random);
	for (u32 i = 0; i < RUNS; i++) {
		u64 start = now();

		f(n, random);
		ns[i] = (double)(now() - start) / LOOKUPS;
	}
	rcu_leave();
	qsort(ns, RUNS, sizeof(ns[0]), compare);
	return ns[RUNS / 2];
}

static void run(u32 n, bool random)
{
	double insert;

	if (sad_new(&sad))
		die("out of memory");
	insert = fill(n, random);
	printf("%9u %-10s %9.1f %9.1f %11.1f %9.1f %9.1f\n", n, random ? "random" : "sequential",
	       measure(look_up, n, random), measure(look_up_held, n, random),
	       measure(look_up_prefetched, n, random), measure(look_up_bulk, n, random), insert);
	sad_free(sad);
	rcu_quiesce();
}

int main(int argc, char **argv)
{
	static const u32 sizes[] = {1, 1000, 10000, 100000, 1000000};

	printf("%9s %-10s %9s %9s %11s %9s %9s  ns each\n", "SAs", "SPIs", "peek", "get+put",
	       "prefetched", "bulk", "add");
	for (size_t i = 0; i < (argc > 1 ? (size_t)argc - 1 : ARRAY_SIZE(sizes)); i++) {
		u32 n = argc > 1 ? (u32)strtoul(argv[i + 1], NULL, 0) : sizes[i];

		if (!n)
			die("a number of SAs is not a number");
		run(n, false);
		run(n, true);
	}
	return 0;
}
