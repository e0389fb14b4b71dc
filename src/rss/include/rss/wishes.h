/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_WISHES_H
#define RSS_WISHES_H

#include "rss/load.h"

#include "esp_rss.h"

/*
 * How user space moves SAs without touching struct rss_sa, whose counters go on meanwhile: wishes
 * are written to a map, then a round is announced in which each SA looks once. Planner and daemon
 * share it.
 *
 * @map, @sas: descriptors of those maps
 * @config: shared with the program
 * @written: there are wishes that were not announced
 */
struct rss_wishes {
	int map;
	int sas;
	struct rss_config *config;
	bool written;
};

/* Before others are written: those that were heeded, or whose SA is gone, go. */
void rss_wishes_sweep(struct rss_wishes *w);
/* An SA is to go to @cpu. One that finds no room in the map stays where it is. */
void rss_wishes_put(struct rss_wishes *w, const struct rss_sa_key *key, u32 cpu);
/* Let SAs look, if there is something new. */
void rss_wishes_announce(struct rss_wishes *w);

/**
 * rss_wishes_place - an SA as rss_load_balance() wants it
 * @sa: its entry
 * @nr_cpus: size of the tables by CPU
 * @rate: of its bytes
 * @patience: of the SA; a look is taken, and a move that does not happen is wished back
 *
 * Return: false: it is on no CPU.
 */
bool rss_wishes_place(struct rss_wishes *w, const struct rss_sa_key *key, const struct rss_sa *sa,
		      u32 nr_cpus, const struct rss_rate *rate, struct rss_patience *patience,
		      struct rss_load_sa *out);

#endif
