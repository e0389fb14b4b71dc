// SPDX-License-Identifier: BSD-2-Clause
#include "rss/wishes.h"

#include <bpf/bpf.h>

void rss_wishes_sweep(struct rss_wishes *w)
{
	u32 round = __atomic_load_n(&w->config->wish_round, __ATOMIC_RELAXED);
	struct rss_sa_key key, next;
	struct rss_sa sa;
	bool more = !bpf_map_get_next_key(w->map, NULL, &next);

	while (more) {
		key = next;
		more = !bpf_map_get_next_key(w->map, &key, &next);
		if (bpf_map_lookup_elem(w->sas, &key, &sa) || sa.wish_round == round)
			bpf_map_delete_elem(w->map, &key);
	}
}

void rss_wishes_put(struct rss_wishes *w, const struct rss_sa_key *key, u32 cpu)
{
	if (!bpf_map_update_elem(w->map, key, &cpu, 0))
		w->written = true;
}

void rss_wishes_announce(struct rss_wishes *w)
{
	if (w->written)
		__atomic_fetch_add(&w->config->wish_round, 1, __ATOMIC_RELEASE);
	w->written = false;
}

bool rss_wishes_place(struct rss_wishes *w, const struct rss_sa_key *key, const struct rss_sa *sa,
		      u32 nr_cpus, const struct rss_rate *rate, struct rss_patience *patience,
		      struct rss_load_sa *out)
{
	if (sa->cpu >= nr_cpus)
		return false;
	*out = (struct rss_load_sa){.cpu = sa->cpu, .rate = rate->per_second};
	if (sa->owner < nr_cpus || sa->want >= nr_cpus)
		return true;
	if (rss_patience_look(patience, sa->want != sa->cpu)) {
		rss_wishes_put(w, key, sa->cpu);
		return true;
	}
	out->cpu = sa->want;
	/* One that has not looked yet may have a wish waiting. */
	out->movable = sa->want == sa->cpu && !patience->resting &&
		       sa->wish_round == __atomic_load_n(&w->config->wish_round, __ATOMIC_RELAXED);
	return true;
}
