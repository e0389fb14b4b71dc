// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a lookup of an SA costs. Every way of looking up has its turn in every round; the keys of a
 * turn are new ones, and so many are looked up untimed first that the caches hold what they hold in
 * the long run.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "measure.h"
#include "peer.h"
#include "sad_bench.h"
#include "sas.h"

enum {
	CHUNK = 2048, /* keys made, then looked up */
	MIN_WARM = 24,
	MAX_WARM = 200,
	TIMED = 16,
	BULK = 32
};

enum way {
	SINGLE,
	HELD, /* with a reference, given back */
	IN_BULK,
	PEER_BULK,
	PEER_SINGLE,
	PEER_DIP_BULK,
	NR_WAYS,
};

enum row {
	HIT_RANDOM,
	HIT_SEQUENTIAL,
	HIT_ADVERSARIAL,
	MISS,
	NR_ROWS,
};

static const char *const row_names[NR_ROWS] = {"random", "sequential", "adversarial", "miss"};
static const char *const way_names[NR_WAYS] = {"single",
					       "reference",
					       "bulk",
					       "rte_ipsec_sad_bulk",
					       "rte_ipsec_sad_single",
					       "rte_ipsec_sad_dip_bulk"};
static const enum spis row_spis[NR_ROWS] = {SPIS_RANDOM, SPIS_SEQUENTIAL, SPIS_ADVERSARIAL,
					    SPIS_RANDOM};

/* Beyond this, SPIs at random only: memory for one database, not three. */
#define MANY 2000000u

struct setting {
	u32 n;
	u32 nr_spis;
	struct sad *sad[NR_SPIS];
	struct sad_key keys[CHUNK];
	u32 marks[BULK];
	u64 random;
#ifdef WITH_DPDK
	struct peer *peer[NR_SPIS][NR_PEER_TYPES];
	struct peer_keys *peer_keys;
#endif
};

static u32 single(const struct sad *sad, const struct sad_key *keys)
{
	u32 found = 0;

	for (u32 i = 0; i < CHUNK; i++)
		found += sad_peek(sad, &keys[i], 0) != NULL;
	return found;
}

static u32 held(const struct sad *sad, const struct sad_key *keys)
{
	u32 found = 0;

	for (u32 i = 0; i < CHUNK; i++) {
		struct xfrm_state *x = sad_lookup(sad, &keys[i], 0);

		if (!x)
			continue;
		found++;
		sad_state_put(x);
	}
	return found;
}

static u32 in_bulk(const struct sad *sad, const struct sad_key *keys, const u32 *marks)
{
	struct xfrm_state *out[BULK];
	u32 found = 0;

	for (u32 i = 0; i < CHUNK; i += BULK) {
		sad_peek_bulk(sad, keys + i, marks, BULK, out);
		for (u32 k = 0; k < BULK; k++)
			found += out[k] != NULL;
	}
	return found;
}

static void make_keys(struct setting *s, enum row row)
{
	for (u32 i = 0; i < CHUNK; i++) {
		u32 spi = sas_spi(row_spis[row], pick(&s->random, s->n) + (row == MISS ? s->n : 0));

		s->keys[i] = sas_key(spi);
#ifdef WITH_DPDK
		peer_keys_set(s->peer_keys, i, spi, SAS_DADDR);
#endif
	}
}

static u32 look_up(const struct setting *s, enum row row, enum way way)
{
	const struct sad *sad = s->sad[row_spis[row]];

	switch (way) {
	case SINGLE:
		return single(sad, s->keys);
	case HELD:
		return held(sad, s->keys);
	case IN_BULK:
		return in_bulk(sad, s->keys, s->marks);
#ifdef WITH_DPDK
	case PEER_BULK:
		return peer_look_up(s->peer[row_spis[row]][PEER_SPI], s->peer_keys, CHUNK, BULK);
	case PEER_SINGLE:
		return peer_look_up(s->peer[row_spis[row]][PEER_SPI], s->peer_keys, CHUNK, 1);
	case PEER_DIP_BULK:
		return peer_look_up(s->peer[row_spis[row]][PEER_SPI_DIP], s->peer_keys, CHUNK,
				    BULK);
#endif
	default:
		return 0;
	}
}

/* Nanoseconds a lookup: the median of the timed chunks of one turn. */
static double turn(struct setting *s, enum row row, enum way way)
{
	u32 warm = max(min(s->n * 3 / CHUNK, (u32)MAX_WARM), (u32)MIN_WARM);
	double ns[TIMED];

	rcu_enter();
	for (u32 c = 0; c < warm + TIMED; c++) {
		u64 start;
		u32 found;

		make_keys(s, row);
		start = now_wall();
		found = look_up(s, row, way);
		if (c >= warm)
			ns[c - warm] = (double)(now_wall() - start) / CHUNK;
		if (found != (row == MISS ? 0 : CHUNK))
			die("%s of %u SAs, %s: %u of %u found", way_names[way], s->n,
			    row_names[row], found, CHUNK);
	}
	rcu_leave();
	return median_of(ns, TIMED);
}

static u32 nr_ways(void)
{
#ifdef WITH_DPDK
	return NR_WAYS;
#else
	return PEER_BULK;
#endif
}

#ifdef WITH_DPDK
static struct peer *filled_peer(enum peer_type type, enum spis spis, u32 n)
{
	for (u32 tries = 0; tries < 20; tries++) {
		struct peer *p = peer_new(type, n);
		u32 i = 0;

		while (i < n && peer_add(p, sas_spi(spis, i), SAS_DADDR))
			i++;
		if (i == n)
			return p;
		peer_free(p);
	}
	die("rte_ipsec_sad does not take %u SAs", n);
}
#endif

static void set_up(struct setting *s, u32 n)
{
	s->n = n;
	s->nr_spis = n > MANY ? 1 : NR_SPIS;
	for (u32 k = 0; k < s->nr_spis; k++) {
		s->sad[k] = sas_new();
		sas_add(s->sad[k], k, 0, n);
#ifdef WITH_DPDK
		for (u32 type = 0; type < NR_PEER_TYPES; type++)
			s->peer[k][type] = filled_peer(type, k, n);
#endif
	}
}

static void tear_down(struct setting *s)
{
	for (u32 k = 0; k < s->nr_spis; k++) {
		sad_free(s->sad[k]);
#ifdef WITH_DPDK
		for (u32 type = 0; type < NR_PEER_TYPES; type++)
			peer_free(s->peer[k][type]);
#endif
	}
	rcu_quiesce();
}

static json_t *to_json(const struct series *s)
{
	struct summary sum = series_sum_up(s);

	return json_pack("{s:f, s:f, s:f, s:f}", "median", sum.median, "min", sum.min, "q1",
			 sum.quarter, "q3", sum.three_quarters);
}

static void print_cell(const struct series *s)
{
	struct summary sum = series_sum_up(s);

	printf("  %6.1f (%.1f-%.1f)", sum.median, sum.quarter, sum.three_quarters);
}

/* One number of SAs: all rows. */
static void report(json_t *list, u32 n, const struct series series[NR_ROWS][NR_WAYS], bool quiet)
{
	for (u32 row = 0; row < NR_ROWS; row++) {
		const struct series *s = series[row];
		json_t *o;

		if (!s->n)
			continue;
		o = json_pack("{s:i, s:s}", "sas", (int)n, "spis", row_names[row]);

		for (u32 way = 0; way < nr_ways(); way++)
			json_object_set_new(o, way_names[way], to_json(&s[way]));
		json_object_set_new(o, "single_to_random",
				    json_real(series_ratio(&s[SINGLE], &series[0][SINGLE])));
		json_object_set_new(o, "bulk_to_random",
				    json_real(series_ratio(&s[IN_BULK], &series[0][IN_BULK])));
		if (nr_ways() == NR_WAYS) {
			json_object_set_new(o, "single_to_peer_bulk",
					    json_real(series_ratio(&s[SINGLE], &s[PEER_BULK])));
			json_object_set_new(o, "peer_bulk_to_bulk",
					    json_real(series_ratio(&s[PEER_BULK], &s[IN_BULK])));
		}
		json_array_append_new(list, o);
		if (quiet)
			continue;
		printf("%9u %-11s", n, row_names[row]);
		for (u32 way = 0; way < nr_ways(); way++)
			print_cell(&s[way]);
		printf("  x%.2f", series_ratio(&s[SINGLE], &series[0][SINGLE]));
		if (nr_ways() == NR_WAYS)
			printf("  %.2f  %.2f", series_ratio(&s[SINGLE], &s[PEER_BULK]),
			       series_ratio(&s[PEER_BULK], &s[IN_BULK]));
		printf("\n");
	}
}

json_t *bench_lookups(const u32 *sas, u32 n, u32 rounds, bool quiet)
{
	static struct series series[NR_ROWS][NR_WAYS];
	static struct setting setting;
	json_t *list = json_array();

	setting.random = 1;
#ifdef WITH_DPDK
	setting.peer_keys = peer_keys_new(CHUNK);
#endif
	if (!quiet) {
		printf("\nSA lookup: ns each, median of %u rounds (quartiles)\n", rounds);
		printf("%9s %-11s  single  reference  bulk%s\n", "SAs", "SPIs",
		       nr_ways() == NR_WAYS
			       ? "  rte_ipsec_sad: bulk  single  bulk with destination  |  single "
				 "to its own at random, to the peer's bulk; peer's bulk to ours"
			       : "  |  single to its own at random");
	}
	for (u32 i = 0; i < n; i++) {
		set_up(&setting, sas[i]);
		for (u32 row = 0; row < NR_ROWS; row++) {
			for (u32 way = 0; way < NR_WAYS; way++)
				series[row][way].n = 0;
		}
		for (u32 round = 0; round < rounds; round++) {
			for (u32 row = 0; row < NR_ROWS; row++) {
				if (row_spis[row] >= setting.nr_spis)
					continue;
				for (u32 way = 0; way < nr_ways(); way++)
					series_add(&series[row][way], turn(&setting, row, way));
			}
		}
		report(list, sas[i], series, quiet);
		tear_down(&setting);
	}
	return list;
}
