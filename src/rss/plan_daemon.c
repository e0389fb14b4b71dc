// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "planner_state.h"

/* The planner in the place of the process that RSS_LEAST_LOADED needs: it looks at the program's
 * counters once a second, and touches nothing but rss_cpu::load and the wishes. */

int rss_playing_init(struct rss_playing_daemon *d, u32 nr_cpus)
{
	d->fragments = calloc(nr_cpus, sizeof(*d->fragments));
	d->load = calloc(nr_cpus, sizeof(*d->load));
	return d->fragments && d->load ? 0 : -ENOMEM;
}

void rss_playing_fini(struct rss_playing_daemon *d)
{
	free(d->sas);
	free(d->moving);
	free(d->fragments);
	free(d->load);
}

static struct rss_wishes wishes(struct rss_planner *p)
{
	return (struct rss_wishes){
		.map = rss_prog_map_fd(p->bench.prog, RSS_MAP_WISHES),
		.sas = rss_prog_map_fd(p->bench.prog, RSS_MAP_SAS),
		.config = rss_prog_config(p->bench.prog),
	};
}

/* Where an SA is meant to be, and whether it may be moved. False: nowhere, it has no place yet. */
static bool place(struct rss_planner *p, struct rss_plan_sa *sa, struct rss_load_sa *out)
{
	struct rss_wishes w = wishes(p);
	struct rss_sa entry;

	if (sa->cpu == RSS_NO_CPU || bpf_map_lookup_elem(w.sas, &sa->key, &entry))
		return false;
	return rss_wishes_place(&w, &sa->key, &entry, p->o.nr_cpus, &sa->rate, &sa->patience, out);
}

/* Rates, and what each CPU will have once all wishes are fulfilled. */
static u32 measure(struct rss_planner *p, u64 elapsed_ns)
{
	struct rss_playing_daemon *d = &p->daemon;
	u32 nr = 0;

	for (u32 cpu = 0; cpu < p->o.nr_cpus; cpu++) {
		rss_rate_update(&d->fragments[cpu], p->r.fragments[cpu].bytes, elapsed_ns);
		d->load[cpu] = d->fragments[cpu].per_second;
	}
	for (u32 i = 0; p->sas.slot && i <= p->sas.mask; i++) {
		struct rss_plan_sa *sa = p->sas.slot[i];

		if (!sa)
			continue;
		rss_rate_update(&sa->rate, sa->tally.bytes, elapsed_ns);
		if (!place(p, sa, &d->sas[nr]))
			continue;
		d->load[d->sas[nr].cpu] += d->sas[nr].rate;
		d->moving[nr++] = sa;
	}
	return nr;
}

static void publish_loads(struct rss_planner *p)
{
	int fd = rss_prog_map_fd(p->bench.prog, RSS_MAP_CPUS);

	for (u32 cpu = 0; cpu < p->o.nr_cpus; cpu++) {
		struct rss_cpu c;

		if (bpf_map_lookup_elem(fd, &cpu, &c))
			continue;
		c.load = (u64)p->daemon.load[cpu];
		bpf_map_update_elem(fd, &cpu, &c, BPF_EXIST);
	}
}

int rss_playing_tick(struct rss_planner *p, u64 elapsed_ns)
{
	struct rss_playing_daemon *d = &p->daemon;
	struct rss_wishes w = wishes(p);
	u32 cpus[RSS_MAX_CPUS], nr;
	void *sas, *moving;

	sas = realloc(d->sas, (p->sas.nr + 1) * sizeof(*d->sas));
	if (sas)
		d->sas = sas;
	moving = realloc(d->moving, (p->sas.nr + 1) * sizeof(struct rss_plan_sa *));
	if (moving)
		d->moving = moving;
	if (!sas || !moving)
		return -ENOMEM;
	for (u32 i = 0; i < p->o.nr_cpus; i++)
		cpus[i] = i;
	rss_wishes_sweep(&w);
	nr = measure(p, elapsed_ns);
	rss_load_balance(d->sas, nr, cpus, p->o.nr_cpus, d->load);
	for (u32 i = 0; i < nr; i++) {
		if (d->sas[i].moved)
			rss_wishes_put(&w, &d->moving[i]->key, d->sas[i].cpu);
	}
	rss_wishes_announce(&w);
	publish_loads(p);
	return 0;
}
