// SPDX-License-Identifier: BSD-2-Clause
#include "twin.h"

#include <linux/bpf.h>
#include <string.h>

static bool same(const void *a, const void *b, size_t n)
{
	return !memcmp(a, b, n);
}

static bool is_online(const struct twin *t, u32 cpu)
{
	return cpu < t->nr_cpus && t->cpu[cpu].online;
}

/* The marks one after the other; of the SAs that a mark fits, the one that was added first. */
static const struct twin_state *find_state(const struct twin *t, const struct rss_sa_key *key)
{
	for (u32 m = 0; m < t->config.nr_marks; m++) {
		for (u32 i = 0; i < t->nr_states; i++) {
			const struct twin_state *x = &t->state[i];

			if (!x->gone && same(&x->key, key, sizeof(*key)) &&
			    (t->config.marks[m] & x->mask) == x->mark)
				return x;
		}
	}
	return NULL;
}

struct twin_entry *twin_entry(struct twin *t, const struct rss_sa_key *key)
{
	for (u32 i = 0; i < t->nr_entries; i++) {
		if (same(&t->entry[i].key, key, sizeof(*key)))
			return &t->entry[i];
	}
	return NULL;
}

static struct twin_entry *get_entry(struct twin *t, const struct twin_packet *p,
				    const struct twin_state *x)
{
	static const u32 none[4];
	struct twin_entry *e = twin_entry(t, &p->key);

	if (e || t->nr_entries == t->max_entries)
		return e;
	e = &t->entry[t->nr_entries++];
	memset(e, 0, sizeof(*e));
	e->key = p->key;
	e->sa.cpu = e->sa.want = e->sa.owner = e->sa.counted = RSS_NO_CPU;
	e->sa.reqid = x->info.reqid;
	memcpy(e->sa.saddr, same(x->info.saddr, none, 16) ? p->source : x->info.saddr, 16);
	return e;
}

/* fmix32 of MurmurHash3, https://github.com/aappleby/smhasher (public domain). */
static u32 scramble(u32 x)
{
	x = (x ^ (x >> 16)) * 2246822507u;
	x = (x ^ (x >> 13)) * 3266489909u;
	return x ^ (x >> 16);
}

static u32 hash_addresses(const struct twin *t, const struct twin_packet *p)
{
	u32 words[8], h = t->config.hash_seed;

	memcpy(words, p->source, 16);
	memcpy(words + 4, p->key.daddr, 16);
	for (u32 i = 0; i < 8; i++)
		h = scramble(h ^ words[i]);
	return h;
}

static u32 online_by_hash(const struct twin *t, u32 hash)
{
	u32 cpu = t->policy_cpus[(u64)hash * t->config.nr_policy_cpus / 0x100000000ull];

	return is_online(t, cpu) ? cpu : RSS_NO_CPU;
}

/* What hashes to a CPU that is offline is hashed again. */
static u32 by_hash(const struct twin *t, u32 hash)
{
	u32 cpu;

	if (!t->config.nr_policy_cpus)
		return RSS_NO_CPU;
	cpu = online_by_hash(t, hash);
	for (u32 i = 0; i < RSS_MAX_CPUS && cpu == RSS_NO_CPU; i++) {
		hash = scramble(hash + i);
		cpu = online_by_hash(t, hash);
	}
	return cpu;
}

static u32 by_spi_hash(const struct twin *t, const struct twin_packet *p)
{
	return by_hash(t, scramble(hash_addresses(t, p) ^ p->key.spi));
}

static u32 by_fixed(const struct twin *t)
{
	return is_online(t, t->config.fixed_cpu) ? t->config.fixed_cpu : RSS_NO_CPU;
}

static bool is_better(const struct twin *t, const struct twin_cpu *a, const struct twin_cpu *b)
{
	if (t->config.policy == RSS_LEAST_LOADED && a->load != b->load)
		return a->load < b->load;
	return a->sas < b->sas;
}

static u32 by_count(struct twin *t)
{
	u32 best = RSS_NO_CPU;

	for (u32 i = 0; i < t->config.nr_policy_cpus; i++) {
		u32 cpu = t->policy_cpus[i];

		if (is_online(t, cpu) &&
		    (best == RSS_NO_CPU || is_better(t, &t->cpu[cpu], &t->cpu[best])))
			best = cpu;
	}
	return best;
}

static struct twin_group *find_group(struct twin *t, const struct rss_group_key *key)
{
	for (u32 i = 0; i < t->nr_groups; i++) {
		if (same(&t->group[i].key, key, sizeof(*key)))
			return &t->group[i];
	}
	return NULL;
}

static void join_group(struct twin *t, const struct rss_group_key *key, u32 spi)
{
	struct twin_group *g = find_group(t, key);

	if (!g) {
		g = &t->group[t->nr_groups++];
		memset(g, 0, sizeof(*g));
		g->key = *key;
	}
	for (u32 i = 0; i < RSS_GROUP_MEMBERS; i++) {
		if (g->members.spi[i] == spi)
			return;
	}
	g->members.spi[g->members.next++ % RSS_GROUP_MEMBERS] = spi;
}

/* An SA that @key could replace: of the same group, soft-expired or gone, replaced by no other. */
static struct twin_entry *predecessor(struct twin *t, const struct rss_sa_key *key,
				      const struct twin_group *g)
{
	struct rss_sa_key other = *key;

	for (u32 i = 0; g && i < RSS_GROUP_MEMBERS; i++) {
		const struct twin_state *x;
		struct twin_entry *e;

		other.spi = g->members.spi[i];
		if (!other.spi || other.spi == key->spi)
			continue;
		e = twin_entry(t, &other);
		x = find_state(t, &other);
		if (e && e->sa.want != RSS_NO_CPU && is_online(t, e->sa.want) &&
		    !(e->sa.flags & RSS_SA_SUCCEEDED) && (!x || x->info.dying))
			return e;
	}
	return NULL;
}

/* An SA counts where it is to go, unless another took its place. */
static void count_at(struct twin *t, struct twin_entry *e, u32 cpu)
{
	if (e->sa.counted < t->nr_cpus)
		t->cpu[e->sa.counted].sas--;
	if (cpu < t->nr_cpus)
		t->cpu[cpu].sas++;
	e->sa.counted = cpu;
}

/* At first sight, and when the CPU that the SA was given is gone. */
static u32 assign(struct twin *t, const struct twin_state *x, struct twin_entry *e)
{
	struct rss_group_key group = {
		.reqid = x->info.reqid,
		.if_id = x->info.if_id,
		.family = e->key.family,
		.proto = e->key.proto,
		.mode = x->info.mode,
	};
	struct twin_entry *old;
	u32 before = e->sa.want;
	u32 cpu;

	memcpy(group.saddr, x->info.saddr, sizeof(group.saddr));
	memcpy(group.daddr, e->key.daddr, sizeof(group.daddr));
	if (before == RSS_NO_CPU) {
		old = predecessor(t, &e->key, find_group(t, &group));
		join_group(t, &group, e->key.spi);
		if (old) {
			old->sa.flags |= RSS_SA_SUCCEEDED;
			count_at(t, old, RSS_NO_CPU);
			return e->sa.want = old->sa.want;
		}
	}
	cpu = by_count(t);
	if (cpu == RSS_NO_CPU)
		return RSS_NO_CPU;
	return e->sa.want = cpu;
}

static u32 by_policy(struct twin *t, const struct twin_packet *p, const struct twin_state *x,
		     struct twin_entry *e)
{
	switch (t->config.policy) {
	case RSS_PASS:
		return RSS_NO_CPU;
	case RSS_FIXED:
		return by_fixed(t);
	case RSS_HASH:
		return by_spi_hash(t, p);
	default:
		if (!e)
			return by_spi_hash(t, p);
		if (is_online(t, e->sa.want))
			return e->sa.want;
		return assign(t, x, e);
	}
}

/* An SA moves only when none of its packets can be overtaken. */
static u32 move(struct twin *t, struct twin_entry *e, u32 want, bool *changed)
{
	if (e->sa.cpu == RSS_NO_CPU)
		e->sa.cpu = want;
	if (e->sa.cpu != want && !t->config.quiet_ns) {
		e->sa.cpu = want;
		e->sa.changes++;
		*changed = true;
	}
	return e->sa.cpu;
}

static u32 owner_of(const struct twin *t, const struct twin_state *x)
{
	return t->owners_hidden ? RSS_NO_CPU : x->info.pcpu_num;
}

static u32 run_sa(struct twin *t, const struct twin_packet *p, u32 len, enum rss_reason *reason,
		  bool *changed)
{
	const struct twin_state *x = find_state(t, &p->key);
	struct twin_entry *e;
	u32 cpu;

	if (!x) {
		*reason = RSS_UNKNOWN_SA;
		return RSS_NO_CPU;
	}
	if (x->info.offloaded) {
		*reason = RSS_OFFLOADED;
		return RSS_NO_CPU;
	}
	e = get_entry(t, p, x);
	cpu = owner_of(t, x);
	*reason = cpu == RSS_NO_CPU ? RSS_POLICY : RSS_OWNER;
	if (cpu != RSS_NO_CPU && !is_online(t, cpu)) {
		*reason = RSS_OWNER_UNAVAILABLE;
		cpu = RSS_NO_CPU;
	}
	if (cpu == RSS_NO_CPU)
		cpu = by_policy(t, p, x, e);
	if (!e)
		return cpu;
	if (!(e->sa.flags & RSS_SA_SUCCEEDED))
		count_at(t, e, cpu);
	if (cpu != RSS_NO_CPU)
		cpu = move(t, e, cpu, changed);
	e->sa.owner = owner_of(t, x);
	e->sa.packets++;
	e->sa.bytes += len;
	return cpu;
}

static u32 run_fragment(struct twin *t, const struct twin_packet *p)
{
	const struct twin_state *x = p->has_key ? find_state(t, &p->key) : NULL;
	struct twin_entry *e = x ? get_entry(t, p, x) : NULL;

	if (e)
		e->sa.fragments++;
	if (t->config.policy == RSS_PASS)
		return RSS_NO_CPU;
	if (t->config.policy == RSS_FIXED)
		return by_fixed(t);
	return by_hash(t, hash_addresses(t, p));
}

int twin_run(struct twin *t, const u8 *frame, u32 len, struct rss_decision *out)
{
	struct twin_packet p = {.reason = RSS_SWITCHED_OFF};
	enum rss_reason reason;
	u32 cpu = RSS_NO_CPU;
	bool changed = false;

	if (t->config.steer_until == RSS_ON)
		twin_parse(&t->config, frame, len, &p);
	reason = p.reason;
	if (reason == RSS_POLICY)
		cpu = run_sa(t, &p, len, &reason, &changed);
	else if (reason == RSS_FRAGMENT)
		cpu = run_fragment(t, &p);
	if (cpu >= t->nr_cpus || !t->cpu[cpu].queue)
		cpu = RSS_NO_CPU;
	t->reasons[reason].packets++;
	t->reasons[reason].bytes += len;
	if (cpu != RSS_NO_CPU) {
		t->targets[cpu].packets++;
		t->targets[cpu].bytes += len;
	}
	*out = (struct rss_decision){
		.reason = reason,
		.cpu = cpu,
		.has_key = p.has_key,
		.key = p.key,
		.changed = changed,
	};
	memcpy(out->source, p.source, sizeof(p.source));
	return cpu == RSS_NO_CPU ? XDP_PASS : XDP_REDIRECT;
}
