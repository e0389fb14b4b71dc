// SPDX-License-Identifier: BSD-2-Clause
#include "relieve.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "rss/topology.h"
#include "rss/wishes.h"

#define BATCH 4096

/* An SA between two looks. */
struct rss_tracked {
	struct rss_sa_key key;
	struct rss_rate rate;
	struct rss_patience patience;
	struct rss_sa sa; /* of this look */
};

static int by_key(const void *a, const void *b)
{
	return memcmp(&((const struct rss_tracked *)a)->key, &((const struct rss_tracked *)b)->key,
		      sizeof(struct rss_sa_key));
}

static int append(struct rss_tracked **list, u32 *nr, const struct rss_sa_key *keys,
		  const struct rss_sa *values, u32 n)
{
	struct rss_tracked *more = reallocarray(*list, (size_t)*nr + n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	*list = more;
	for (u32 i = 0; i < n; i++)
		more[(*nr)++] = (struct rss_tracked){.key = keys[i], .sa = values[i]};
	return 0;
}

/* All entries of the map, some thousand with one call. */
static int read_sas(int fd, struct rss_tracked **out, u32 *nr)
{
	LIBBPF_OPTS(bpf_map_batch_opts, opts);
	struct rss_sa_key *keys = calloc(BATCH, sizeof(*keys));
	struct rss_sa *values = calloc(BATCH, sizeof(*values));
	struct rss_tracked *list = NULL;
	u32 at = 0, n, count = 0;
	bool more = true, first = true;
	int err = keys && values ? 0 : -ENOMEM;

	while (!err && more) {
		n = BATCH;
		if (bpf_map_lookup_batch(fd, first ? NULL : &at, &at, keys, values, &n, &opts)) {
			more = false;
			/* The end. Anything else gives no entries. */
			if (errno != ENOENT) {
				err = -errno;
				break;
			}
		}
		first = false;
		err = append(&list, &count, keys, values, n);
	}
	free(keys);
	free(values);
	if (err) {
		free(list);
		return err;
	}
	if (count)
		qsort(list, count, sizeof(*list), by_key);
	*out = list;
	*nr = count;
	return 0;
}

/* What was known of them goes on. Both lists ascend. */
static void inherit(struct rss_tracked *fresh, u32 nr, const struct rss_tracked *old, u32 nr_old)
{
	u32 j = 0;

	for (u32 i = 0; i < nr; i++) {
		while (j < nr_old && by_key(&old[j], &fresh[i]) < 0)
			j++;
		if (j == nr_old || by_key(&old[j], &fresh[i]))
			continue;
		fresh[i].rate = old[j].rate;
		fresh[i].patience = old[j].patience;
	}
}

/* What goes to each CPU beside the SAs: fragments. */
static int rest_of_load(struct rss_relief *r, const struct rss_instance *in, double *load,
			u64 elapsed_ns)
{
	u32 nr = rss_nr_cpus();
	struct rss_count *values = calloc(nr + 1, sizeof(*values));
	int err = values ? 0 : -ENOMEM;

	for (u32 cpu = 0; cpu < in->meta.nr_cpus && !err; cpu++) {
		u64 bytes = 0;

		if (bpf_map_lookup_elem(in->map[RSS_MAP_TARGETS], &cpu, values))
			err = -errno;
		for (u32 i = 0; i < nr; i++)
			bytes += values[i].bytes;
		if (!r->begun)
			r->cpus[cpu].counter = bytes;
		else
			rss_rate_update(&r->cpus[cpu], bytes, elapsed_ns);
		load[cpu] = r->cpus[cpu].per_second;
	}
	for (u32 i = 0; i < r->nr; i++) {
		if (r->sas[i].sa.cpu < in->meta.nr_cpus)
			load[r->sas[i].sa.cpu] -= r->sas[i].rate.per_second;
	}
	for (u32 cpu = 0; cpu < in->meta.nr_cpus; cpu++)
		load[cpu] = max(load[cpu], 0.0);
	free(values);
	return err;
}

static u32 policy_cpus(const struct rss_instance *in, u32 *cpus)
{
	u32 nr = 0, cpu;

	for (u32 i = 0; i < in->config->nr_policy_cpus && i < RSS_MAX_CPUS; i++) {
		if (!bpf_map_lookup_elem(in->map[RSS_MAP_POLICY_CPUS], &i, &cpu) &&
		    cpu < in->meta.nr_cpus && (in->cpus[cpu].flags & RSS_CPU_ONLINE))
			cpus[nr++] = cpu;
	}
	return nr;
}

int rss_relieve(struct rss_relief *r, struct rss_instance *in, u64 elapsed_ns)
{
	struct rss_wishes w = {
		.map = in->map[RSS_MAP_WISHES], .sas = in->map[RSS_MAP_SAS], .config = in->config};
	double load[RSS_MAX_CPUS] = {0};
	u32 cpus[RSS_MAX_CPUS], nr_cpus, nr = 0, n = 0, moves = 0, *which = NULL;
	struct rss_load_sa *sas = NULL;
	struct rss_tracked *fresh;
	int err;

	if (!in->cpus)
		return -EOPNOTSUPP;
	err = read_sas(w.sas, &fresh, &n);
	if (err)
		return err;
	inherit(fresh, n, r->sas, r->nr);
	free(r->sas);
	r->sas = fresh;
	r->nr = n;
	for (u32 i = 0; i < n; i++) {
		/* What was counted before the first look was not since the last one. */
		if (!r->begun)
			fresh[i].rate.counter = fresh[i].sa.bytes;
		else
			rss_rate_update(&fresh[i].rate, fresh[i].sa.bytes, elapsed_ns);
	}
	sas = calloc(n + 1, sizeof(*sas));
	which = calloc(n + 1, sizeof(*which));
	err = sas && which ? rest_of_load(r, in, load, elapsed_ns) : -ENOMEM;
	if (err || !r->begun)
		goto out;
	rss_wishes_sweep(&w);
	for (u32 i = 0; i < n; i++) {
		if (!rss_wishes_place(&w, &fresh[i].key, &fresh[i].sa, in->meta.nr_cpus,
				      &fresh[i].rate, &fresh[i].patience, &sas[nr]))
			continue;
		load[sas[nr].cpu] += sas[nr].rate;
		which[nr++] = i;
	}
	nr_cpus = policy_cpus(in, cpus);
	if (nr_cpus)
		moves = rss_load_balance(sas, nr, cpus, nr_cpus, load);
	for (u32 i = 0; i < nr && moves; i++) {
		if (sas[i].moved)
			rss_wishes_put(&w, &fresh[which[i]].key, sas[i].cpu);
	}
	rss_wishes_announce(&w);
	for (u32 cpu = 0; cpu < in->meta.nr_cpus; cpu++)
		__atomic_store_n(&in->cpus[cpu].load, (u64)load[cpu], __ATOMIC_RELAXED);
out:
	r->begun |= !err;
	free(sas);
	free(which);
	return err ? err : (int)moves;
}

void rss_relief_free(struct rss_relief *r)
{
	free(r->sas);
	*r = (struct rss_relief){0};
}
