/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_LOAD_H
#define RSS_LOAD_H

#include "base/types.h"

/*
 * What RSS_LEAST_LOADED needs beside the program: rates of counters, and which SAs are better off
 * on another CPU. Planner and daemon share it; both look once every RSS_LOAD_INTERVAL.
 */
#define RSS_LOAD_INTERVAL_NS 1000000000ull

/**
 * struct rss_rate - how fast a counter rises, as an exponentially weighted moving average
 * @per_second: set by rss_rate_update()
 * @counter: its value at the last update
 * @begun: there was one
 */
struct rss_rate {
	double per_second;
	u64 counter;
	bool begun;
};

/**
 * rss_rate_update - take notice of a counter's value
 * @elapsed_ns: since the last update; what is older weighs half after about two seconds
 *
 * The first value counts from zero on. A counter that went back (its map was made anew) likewise.
 */
void rss_rate_update(struct rss_rate *r, u64 counter, u64 elapsed_ns);

/**
 * struct rss_patience - whether an SA that is to move ever does
 * @pending: looks for which it has been on its way
 * @resting: looks for which it is left alone
 *
 * An SA changes its CPU only in a quiet moment, and one that is busy all the time has none: what
 * was meant for it must not count as done. Zeroed at first.
 */
struct rss_patience {
	u8 pending;
	u8 resting;
};

/**
 * rss_patience_look - once per look
 * @is_pending: rss_sa::want is not rss_sa::cpu
 *
 * Return: true if the wish is to be taken back (want = cpu). The SA then rests, for half a minute.
 */
bool rss_patience_look(struct rss_patience *p, bool is_pending);

/**
 * struct rss_load_sa - an SA, to rss_load_balance()
 * @cpu: where it is meant to be (rss_sa::want); changed by a move
 * @movable: no owner, not on its way to another CPU, not resting
 * @moved: set if @cpu was changed
 * @rate: bytes per second
 */
struct rss_load_sa {
	u32 cpu;
	bool movable;
	bool moved;
	double rate;
};

/**
 * rss_load_balance - move what relieves the busiest CPUs
 * @sas: all SAs
 * @nr_sas: of them
 * @cpus: that the policy gives out
 * @nr_cpus: of them, at least 1
 * @load: of each CPU, by its number, in bytes per second; follows the moves
 *
 * A CPU is relieved if it has a quarter more than the mean, of the SA whose move leaves the busier
 * one of both CPUs with least, if that is a relief of at least a hundredth of the mean. At most 16
 * moves at once: each costs a cache and waits for a quiet moment.
 *
 * Return: how many moved.
 */
u32 rss_load_balance(struct rss_load_sa *sas, u32 nr_sas, const u32 *cpus, u32 nr_cpus,
		     double *load);

#endif
