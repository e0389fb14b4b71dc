// SPDX-License-Identifier: BSD-2-Clause
#include "rss/load.h"

#include <string.h>

#include "esp_rss.h"

#define TIME_CONSTANT_S 3.0
#define TOO_BUSY	1.25 /* times the mean */
#define WORTH_IT	0.01 /* times the mean: the least relief */
#define PENDING_MAX	2
#define REST		30
#define MOVES_MAX	16

void rss_rate_update(struct rss_rate *r, u64 counter, u64 elapsed_ns)
{
	double seconds = (double)elapsed_ns / 1e9, now;

	if (!elapsed_ns)
		return;
	now = (double)(counter >= r->counter ? counter - r->counter : counter) / seconds;
	r->per_second = r->begun ? r->per_second + (now - r->per_second) * seconds /
							   (seconds + TIME_CONSTANT_S)
				 : now;
	r->counter = counter;
	r->begun = true;
}

bool rss_patience_look(struct rss_patience *p, bool is_pending)
{
	if (p->resting)
		p->resting--;
	p->pending = is_pending ? p->pending + 1 : 0;
	if (p->pending < PENDING_MAX)
		return false;
	*p = (struct rss_patience){.resting = REST};
	return true;
}

/* The SA on @hot whose move to @cold leaves the lower maximum of both. NULL: none is worth it. */
static struct rss_load_sa *best_move(struct rss_load_sa *sas, u32 nr_sas, u32 hot, u32 cold,
				     const double *load, double mean)
{
	double best = load[hot] - mean * WORTH_IT;
	struct rss_load_sa *choice = NULL;

	for (u32 i = 0; i < nr_sas; i++) {
		double after;

		if (sas[i].cpu != hot || !sas[i].movable || sas[i].moved)
			continue;
		after = max(load[hot] - sas[i].rate, load[cold] + sas[i].rate);
		if (after < best) {
			best = after;
			choice = &sas[i];
		}
	}
	return choice;
}

u32 rss_load_balance(struct rss_load_sa *sas, u32 nr_sas, const u32 *cpus, u32 nr_cpus,
		     double *load)
{
	bool stuck[RSS_MAX_CPUS] = {0};
	double mean = 0;
	u32 moves = 0;

	for (u32 i = 0; i < nr_cpus; i++)
		mean += load[cpus[i]] / nr_cpus;
	while (moves < MOVES_MAX) {
		u32 hot = RSS_NO_CPU, cold = cpus[0];
		struct rss_load_sa *sa;

		for (u32 i = 0; i < nr_cpus; i++) {
			if (!stuck[cpus[i]] && (hot == RSS_NO_CPU || load[cpus[i]] > load[hot]))
				hot = cpus[i];
			if (load[cpus[i]] < load[cold])
				cold = cpus[i];
		}
		if (hot == RSS_NO_CPU || load[hot] <= mean * TOO_BUSY)
			break;
		sa = best_move(sas, nr_sas, hot, cold, load, mean);
		if (!sa) {
			stuck[hot] = true;
			continue;
		}
		load[hot] -= sa->rate;
		load[cold] += sa->rate;
		sa->cpu = cold;
		sa->moved = true;
		moves++;
	}
	return moves;
}
