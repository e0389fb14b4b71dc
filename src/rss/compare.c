// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "planner_state.h"
#include "rss/policy.h"
#include "rss/toeplitz.h"

/*
 * The same packets, spread in other ways. Policies are not modelled but run: each has an esp_rss of
 * its own. What per-CPU SAs would do is a model: the packets of each peer, that is of each pair of
 * source and destination, are dealt in turn to as many SAs as there are CPUs. That is the bound:
 * many inner flows come near it, one heavy inner flow stays on one SA, and a capture of ESP does
 * not tell which of them it is.
 */
enum way {
	ONE_QUEUE,
	NIC_2TUPLE,
	NIC_4TUPLE,
	BY_HASH,
	BY_BALANCE,
	AS_PLANNED, /* another policy than those */
	PER_CPU_SAS,
	NR_WAYS,
};

static const struct {
	const char *name;
	const char *text;
} ways[NR_WAYS] = {
	[ONE_QUEUE] = {"one_queue", "today: one queue"},
	[NIC_2TUPLE] = {"nic_2tuple", "today: NIC hash, addresses"},
	[NIC_4TUPLE] = {"nic_4tuple", "today: NIC hash, and ports"},
	[BY_HASH] = {"hash", "by SA: hash"},
	[BY_BALANCE] = {"balance", "by SA: balance"},
	[AS_PLANNED] = {"as_planned", "by SA: as planned"},
	[PER_CPU_SAS] = {"per_cpu_sas", "per-CPU SAs, at best"},
};

/* Two addresses and whose turn it is. */
struct peer {
	bool used;
	u32 ends[8];
	u32 next;
};

struct rss_compare {
	struct rss_planner_options o;
	struct rss_bench hash;	  /* closed where the plan itself has that policy */
	struct rss_bench balance; /* likewise */
	struct rss_tally *cpus[NR_WAYS];
	struct peer *peers; /* open addressing */
	u32 peers_mask;
	u32 nr_peers;
};

static bool has_policy_of_its_own(const struct rss_planner_options *o)
{
	return o->policy != RSS_HASH && o->policy != RSS_BALANCE && o->policy != RSS_PASS;
}

int rss_compare_new(const struct rss_planner_options *o, const struct rss_marks *marks,
		    struct rss_compare **out, struct espalier_error *e)
{
	struct rss_compare *c = calloc(1, sizeof(*c));
	int err = c ? 0 : -ENOMEM;

	for (u32 i = 0; i < NR_WAYS && !err; i++) {
		c->cpus[i] = calloc(o->nr_cpus, sizeof(struct rss_tally));
		err = c->cpus[i] ? 0 : -ENOMEM;
	}
	if (err) {
		fail(e, -err, "out of memory");
	} else {
		c->o = *o;
		if (o->policy != RSS_HASH)
			err = rss_bench_open(&c->hash, o, RSS_HASH, marks, e);
		if (!err && o->policy != RSS_BALANCE)
			err = rss_bench_open(&c->balance, o, RSS_BALANCE, marks, e);
	}
	if (err) {
		rss_compare_free(c);
		return err;
	}
	*out = c;
	return 0;
}

void rss_compare_free(struct rss_compare *c)
{
	if (!c)
		return;
	rss_bench_close(&c->hash);
	rss_bench_close(&c->balance);
	for (u32 i = 0; i < NR_WAYS; i++)
		free(c->cpus[i]);
	free(c->peers);
	free(c);
}

static struct peer *peer_at(struct peer *peers, u32 mask, const u32 *ends)
{
	u64 at = hash_bytes(ends, sizeof(((struct peer *)0)->ends), 0);

	while (peers[at & mask].used && memcmp(peers[at & mask].ends, ends, sizeof(peers->ends)))
		at++;
	return &peers[at & mask];
}

static int reserve_peer(struct rss_compare *c)
{
	u32 slots = c->peers ? (c->peers_mask + 1) * 2 : 64;
	struct peer *bigger;

	if (c->peers && c->nr_peers < (c->peers_mask + 1) / 2)
		return 0;
	bigger = calloc(slots, sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	for (u32 i = 0; c->peers && i <= c->peers_mask; i++) {
		if (c->peers[i].used)
			*peer_at(bigger, slots - 1, c->peers[i].ends) = c->peers[i];
	}
	free(c->peers);
	c->peers = bigger;
	c->peers_mask = slots - 1;
	return 0;
}

/* The CPU whose SA the peer's next packet is dealt to. Peers begin at different CPUs. */
static int deal(struct rss_compare *c, const struct rss_decision *d, u32 *cpu)
{
	u32 ends[8];
	struct peer *peer;

	if (reserve_peer(c))
		return -ENOMEM;
	memcpy(ends, d->source, 16);
	memcpy(ends + 4, d->key.daddr, 16);
	peer = peer_at(c->peers, c->peers_mask, ends);
	if (!peer->used) {
		*peer = (struct peer){.used = true, .next = c->nr_peers++ % c->o.nr_cpus};
		memcpy(peer->ends, ends, sizeof(ends));
	}
	*cpu = peer->next;
	peer->next = (peer->next + 1) % c->o.nr_cpus;
	return 0;
}

static void count(struct rss_compare *c, enum way way, u32 cpu, u64 bytes)
{
	if (cpu == RSS_NO_CPU)
		return;
	c->cpus[way][cpu].packets++;
	c->cpus[way][cpu].bytes += bytes;
}

static u32 nic_queue(const struct rss_compare *c, const struct rss_headers *h, bool ports)
{
	return rss_toeplitz(h, ports) % RSS_INDIRECTION % c->o.nr_cpus;
}

/* By a policy: as the plan did, if it has the same, else by the program with that policy. */
static int by_policy(struct rss_bench *b, const void *data, u32 len, const struct rss_decision *d,
		     u32 *cpu, struct espalier_error *e)
{
	const struct rss_decision *own = d;
	int err = b->prog ? rss_bench_run(b, data, len, &own, e) : 0;

	*cpu = own->cpu;
	return err;
}

static bool is_steerable(const struct rss_decision *d)
{
	return d->reason == RSS_OWNER || d->reason == RSS_OWNER_UNAVAILABLE ||
	       d->reason == RSS_POLICY || d->reason == RSS_FRAGMENT;
}

int rss_compare_frame(struct rss_compare *c, const void *data, u32 len, u32 captured, u64 bytes,
		      const struct rss_decision *d, struct espalier_error *e)
{
	struct rss_headers h;
	u32 cpu;
	int err;

	if (!is_steerable(d))
		return 0;
	rss_headers_read(data, captured, len, c->o.ports, c->o.nr_ports, &h);
	count(c, ONE_QUEUE, 0, bytes);
	count(c, NIC_2TUPLE, nic_queue(c, &h, false), bytes);
	count(c, NIC_4TUPLE, nic_queue(c, &h, true), bytes);
	err = by_policy(&c->hash, data, len, d, &cpu, e);
	if (err)
		return err;
	count(c, BY_HASH, cpu, bytes);
	err = by_policy(&c->balance, data, len, d, &cpu, e);
	if (err)
		return err;
	count(c, BY_BALANCE, cpu, bytes);
	count(c, AS_PLANNED, d->cpu, bytes);
	if (deal(c, d, &cpu))
		return fail(e, ENOMEM, "out of memory");
	count(c, PER_CPU_SAS, cpu, bytes);
	return 0;
}

void rss_compare_finish(struct rss_compare *c, struct rss_plan_result *r)
{
	for (u32 i = 0; i < NR_WAYS; i++) {
		struct rss_way *way = &r->ways[r->nr_ways];

		if (i == AS_PLANNED && !has_policy_of_its_own(&c->o))
			continue;
		*way = (struct rss_way){ways[i].name, ways[i].text, c->cpus[i],
					rss_spread_of(c->cpus[i], c->o.nr_cpus)};
		if (i == AS_PLANNED && c->o.policy == RSS_LEAST_LOADED) {
			way->name = rss_policy_name(RSS_LEAST_LOADED);
			way->text = "by SA: least-loaded";
		}
		r->nr_ways++;
	}
}
