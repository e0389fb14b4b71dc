/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROGS_ESP_RSS_SA_H
#define PROGS_ESP_RSS_SA_H

/* SAs: found in the kernel's SAD or in its copy, and kept on one CPU each. */

/* ABI, spelled out: kernels before 6.8 have no such type to relocate against. */
struct xfrm_state_opts {
	__s32 error;
	__s32 netns_id;
	__u32 mark;
	__u32 daddr[4];
	__be32 spi;
	__u8 proto;
	__u16 family;
};

extern struct xfrm_state *bpf_xdp_get_xfrm_state(struct xdp_md *ctx,
						 struct bpf_xfrm_state_opts *opts,
						 __u32 opts__sz) __ksym __weak;
extern void bpf_xdp_xfrm_state_release(struct xfrm_state *x) __ksym __weak;

/* What a packet's way depends on. */
struct sa_facts {
	__u32 owner;
	bool offloaded;
	bool dying; /* soft-expired: about to be replaced */
};

static __always_inline struct xfrm_state *get_state(struct xdp_md *ctx,
						    const struct rss_sa_key *key)
{
	struct xfrm_state_opts opts = {
		.netns_id = config.netns_id,
		.spi = key->spi,
		.proto = key->proto,
		.family = key->family,
	};
	struct xfrm_state *x = NULL;
	__u32 i;

	__builtin_memcpy(opts.daddr, key->daddr, sizeof(opts.daddr));
	/* The packet will have a mark only later: each that some SA asks for is tried. */
	for (i = 0; i < RSS_MAX_MARKS && !x; i++) {
		if (i && i >= config.nr_marks)
			break;
		opts.mark = config.marks[i];
		x = bpf_xdp_get_xfrm_state(ctx, (void *)&opts, sizeof(opts));
	}
	return x;
}

static __always_inline bool is_offloaded(const struct xfrm_state *x)
{
	if (bpf_core_field_exists(x->xso.type))
		return BPF_CORE_READ_BITFIELD(x, xso.type) != 0;
	return x->xso.dev != NULL;
}

static __always_inline bool find_sa(struct xdp_md *ctx, const struct rss_sa_key *key,
				    struct sa_facts *facts)
{
	struct rss_sa_info *info;
	struct xfrm_state *x;

	facts->owner = RSS_NO_CPU;
	if (lookup == RSS_LOOKUP_KFUNC) {
		x = get_state(ctx, key);
		if (!x)
			return false;
		if (bpf_core_field_exists(x->pcpu_num))
			facts->owner = x->pcpu_num;
		facts->offloaded = is_offloaded(x);
		facts->dying = x->km.dying;
		bpf_xdp_xfrm_state_release(x);
		return true;
	}
	info = bpf_map_lookup_elem(&sa_info, key);
	if (!info)
		return false;
	facts->owner = info->pcpu_num;
	facts->offloaded = info->offloaded;
	facts->dying = info->dying;
	return true;
}

/* To which group the SA belongs. False: it is gone by now. */
static __always_inline bool find_origin(struct xdp_md *ctx, const struct rss_sa_key *key,
					struct rss_group_key *group)
{
	struct rss_sa_info *info;
	struct xfrm_state *x;

	__builtin_memcpy(group->daddr, key->daddr, sizeof(group->daddr));
	group->family = key->family;
	group->proto = key->proto;
	if (lookup == RSS_LOOKUP_KFUNC) {
		x = get_state(ctx, key);
		if (!x)
			return false;
		group->saddr[0] = x->props.saddr.a6[0];
		if (key->family == AF_INET6) {
			group->saddr[1] = x->props.saddr.a6[1];
			group->saddr[2] = x->props.saddr.a6[2];
			group->saddr[3] = x->props.saddr.a6[3];
		}
		group->reqid = x->props.reqid;
		group->mode = x->props.mode;
		group->if_id = x->if_id;
		bpf_xdp_xfrm_state_release(x);
		return true;
	}
	info = bpf_map_lookup_elem(&sa_info, key);
	if (!info)
		return false;
	__builtin_memcpy(group->saddr, info->saddr, sizeof(group->saddr));
	group->reqid = info->reqid;
	group->mode = info->mode;
	group->if_id = info->if_id;
	return true;
}

static __always_inline bool cpu_online(__u32 cpu)
{
	struct rss_cpu *c = bpf_map_lookup_elem(&cpus, &cpu);

	return c && (c->flags & RSS_CPU_ONLINE);
}

static __always_inline __u32 fixed_cpu(void)
{
	return cpu_online(config.fixed_cpu) ? config.fixed_cpu : RSS_NO_CPU;
}

/* Finalizer of 32-bit MurmurHash3: every bit of the input reaches every bit of the result. */
static __always_inline __u32 mix(__u32 h)
{
	h ^= h >> 16;
	h *= 0x85ebca6b;
	h ^= h >> 13;
	h *= 0xc2b2ae35;
	return h ^ h >> 16;
}

static __always_inline __u32 hash_pair(const __u32 *a, const __u32 *b)
{
	__u32 h = config.hash_seed;
	__u32 i;

	for (i = 0; i < 4; i++)
		h = mix(h ^ a[i]);
	for (i = 0; i < 4; i++)
		h = mix(h ^ b[i]);
	return h;
}

static __always_inline __u32 hash_key(const struct rss_sa_key *key, const __u32 *source)
{
	return mix(hash_pair(source, key->daddr) ^ key->spi);
}

/* The policy CPU in the hash's place; RSS_NO_CPU if that is offline. */
static __always_inline __u32 cpu_of_hash(__u32 hash)
{
	__u32 at = (__u32)(((__u64)hash * config.nr_policy_cpus) >> 32);
	__u32 *cpu = bpf_map_lookup_elem(&policy_cpus, &at);

	return cpu && cpu_online(*cpu) ? *cpu : RSS_NO_CPU;
}

struct search {
	__u32 hash;
	__u32 cpu;
};

static long hash_again(__u32 at, struct search *s)
{
	s->hash = mix(s->hash + at);
	s->cpu = cpu_of_hash(s->hash);
	return s->cpu != RSS_NO_CPU;
}

/* While a CPU is offline others have what hashes to it, and nothing else moves. */
static __always_inline __u32 hashed_cpu(__u32 hash)
{
	struct search s = {.hash = hash};

	if (!config.nr_policy_cpus)
		return RSS_NO_CPU;
	s.cpu = cpu_of_hash(hash);
	if (s.cpu == RSS_NO_CPU)
		bpf_loop(RSS_MAX_CPUS, hash_again, &s, 0);
	return s.cpu;
}

struct choice {
	__u32 cpu;
	__u32 sas;
	__u64 load;
};

static long compare_cpu(__u32 at, struct choice *best)
{
	struct rss_cpu *c;
	__u32 *cpu;

	cpu = bpf_map_lookup_elem(&policy_cpus, &at);
	if (!cpu)
		return 1;
	c = bpf_map_lookup_elem(&cpus, cpu);
	if (!c || !(c->flags & RSS_CPU_ONLINE))
		return 0;
	if (best->cpu != RSS_NO_CPU) {
		if (config.policy == RSS_LEAST_LOADED && c->load != best->load) {
			if (c->load > best->load)
				return 0;
		} else if (c->sas >= best->sas) {
			return 0;
		}
	}
	best->cpu = *cpu;
	best->sas = c->sas;
	best->load = c->load;
	return 0;
}

static __always_inline void count_sa(__u32 cpu, int by)
{
	struct rss_cpu *c = bpf_map_lookup_elem(&cpus, &cpu);

	if (c)
		__sync_fetch_and_add(&c->sas, by);
}

/* The SA counts among those of @cpu from now on. Of two that say so at once, the later one wins. */
static __always_inline void recount(struct rss_sa *sa, __u32 cpu)
{
	__u32 before = __sync_lock_test_and_set(&sa->counted, cpu);

	if (before == cpu)
		return;
	count_sa(before, -1);
	count_sa(cpu, 1);
}

/* The CPU of an SA that can be replaced: soft-expired or gone, and not replaced by another yet. */
__noinline __u32 succeed(struct xdp_md *ctx, const struct rss_sa_key *old)
{
	struct sa_facts facts = {};
	struct rss_sa *sa;

	if (!old)
		return RSS_NO_CPU;
	sa = bpf_map_lookup_elem(&sas, old);
	if (!sa || (sa->flags & RSS_SA_SUCCEEDED) || !cpu_online(sa->want))
		return RSS_NO_CPU;
	if (find_sa(ctx, old, &facts) && !facts.dying)
		return RSS_NO_CPU;
	if (__sync_fetch_and_or(&sa->flags, RSS_SA_SUCCEEDED) & RSS_SA_SUCCEEDED)
		return RSS_NO_CPU;
	recount(sa, RSS_NO_CPU);
	return sa->want;
}

static __always_inline bool is_member(const struct rss_group *group, __be32 spi)
{
	__u32 i;

	for (i = 0; i < RSS_GROUP_MEMBERS; i++) {
		if (group->spi[i] == spi)
			return true;
	}
	return false;
}

/*
 * In a rekey the new SA takes the CPU of the old one, so that what is inside the tunnel stays in
 * order across the change. A predecessor is an SA between the same ends, of the same reqid, that is
 * soft-expired or gone; SAs that are there side by side (RFC 9611) are none.
 */
static __always_inline __u32 take_over(struct xdp_md *ctx, const struct rss_sa_key *key,
				       struct rss_sa_key *old)
{
	struct rss_group_key origin = {};
	struct rss_group fresh = {}, *group;
	__u32 cpu = RSS_NO_CPU;
	__u32 at;
	__u32 i;

	if (!find_origin(ctx, key, &origin))
		return RSS_NO_CPU;
	group = bpf_map_lookup_elem(&groups, &origin);
	if (!group) {
		fresh.next = 1;
		fresh.spi[0] = key->spi;
		bpf_map_update_elem(&groups, &origin, &fresh, BPF_NOEXIST);
		return RSS_NO_CPU;
	}
	for (i = 0; i < RSS_GROUP_MEMBERS && cpu == RSS_NO_CPU; i++) {
		old->spi = group->spi[i];
		if (old->spi && old->spi != key->spi)
			cpu = succeed(ctx, old);
	}
	if (is_member(group, key->spi))
		return cpu;
	at = group->next % RSS_GROUP_MEMBERS;
	group->spi[at] = key->spi;
	group->next = at + 1;
	return cpu;
}

/* Gives the SA a CPU, which it keeps in sa->want. */
__noinline __u32 choose_cpu(struct xdp_md *ctx, const struct rss_sa_key *key, struct rss_sa *sa)
{
	struct choice best = {.cpu = RSS_NO_CPU};
	struct rss_sa_key old_key;
	__u32 before, cpu;
	struct rss_sa *old;

	if (!key || !sa)
		return RSS_NO_CPU;
	before = sa->want;
	if (before == RSS_NO_CPU) {
		old_key = *key;
		cpu = take_over(ctx, key, &old_key);
		if (cpu != RSS_NO_CPU) {
			if (__sync_val_compare_and_swap(&sa->want, RSS_NO_CPU, cpu) == RSS_NO_CPU)
				return cpu;
			old = bpf_map_lookup_elem(&sas, &old_key);
			if (old)
				__sync_fetch_and_and(&old->flags, ~RSS_SA_SUCCEEDED);
			return sa->want;
		}
	}
	bpf_loop(config.nr_policy_cpus, compare_cpu, &best, 0);
	if (best.cpu == RSS_NO_CPU)
		return RSS_NO_CPU;
	if (__sync_val_compare_and_swap(&sa->want, before, best.cpu) != before)
		return sa->want;
	return best.cpu;
}

/* What user space wishes for the SA, looked for once in a round. */
static __always_inline void heed_wish(const struct rss_sa_key *key, struct rss_sa *sa)
{
	__u32 round = READ_ONCE(config.wish_round);
	__u32 *cpu;

	if (sa->wish_round == round)
		return;
	cpu = bpf_map_lookup_elem(&wishes, key);
	if (cpu)
		sa->want = *cpu;
	sa->wish_round = round;
}

static __always_inline __u32 policy_cpu(struct xdp_md *ctx, const struct rss_sa_key *key,
					const __u32 *source, struct rss_sa *sa)
{
	switch (config.policy) {
	case RSS_PASS:
		return RSS_NO_CPU;
	case RSS_FIXED:
		return fixed_cpu();
	case RSS_HASH:
		return hashed_cpu(hash_key(key, source));
	default:
		/* The table is full: a hash keeps the SA on one CPU without remembering it. */
		if (!sa)
			return hashed_cpu(hash_key(key, source));
		if (config.policy == RSS_LEAST_LOADED)
			heed_wish(key, sa);
		if (sa->want != RSS_NO_CPU && cpu_online(sa->want))
			return sa->want;
		return choose_cpu(ctx, key, sa);
	}
}

/* An SA at first sight. The result is of no use, but a global function has one. */
__noinline int add_sa(struct xdp_md *ctx, const struct packet *pkt)
{
	struct rss_group_key origin = {};
	struct rss_sa fresh = {
		.cpu = RSS_NO_CPU,
		.want = RSS_NO_CPU,
		.owner = RSS_NO_CPU,
		.counted = RSS_NO_CPU,
	};

	if (!pkt)
		return 0;
	find_origin(ctx, &pkt->key, &origin);
	fresh.reqid = origin.reqid;
	if (origin.saddr[0] | origin.saddr[1] | origin.saddr[2] | origin.saddr[3])
		__builtin_memcpy(fresh.saddr, origin.saddr, sizeof(fresh.saddr));
	else
		__builtin_memcpy(fresh.saddr, pkt->source, sizeof(fresh.saddr));
	fresh.wish_round = config.wish_round;
	fresh.first_seen = bpf_ktime_get_coarse_ns();
	bpf_map_update_elem(&sas, &pkt->key, &fresh, BPF_NOEXIST);
	return 0;
}

/* NULL: the table is full. */
static __always_inline struct rss_sa *sa_entry(struct xdp_md *ctx, const struct packet *pkt)
{
	struct rss_sa *sa = bpf_map_lookup_elem(&sas, &pkt->key);

	if (sa)
		return sa;
	add_sa(ctx, pkt);
	return bpf_map_lookup_elem(&sas, &pkt->key);
}

/* The coarse clock moves with the tick: to ask it once a tick is as good, and cheaper. */
static __always_inline void see(struct rss_sa *sa)
{
	__u32 tick = (__u32)bpf_jiffies64();

	if (sa->tick == tick && sa->last_seen)
		return;
	sa->last_seen = bpf_ktime_get_coarse_ns();
	sa->tick = tick;
}

/*
 * Nothing of the SA is on its way to @cpu any more. Counts can be wrong for good, since now and
 * then the kernel does not call a tracepoint's program (tests/unit/rss/live.c): they hold an SA
 * back for a while only.
 */
static __always_inline bool is_drained(const struct rss_sa *sa, __u32 cpu, __u64 now)
{
	__u64 unseen = now - sa->last_seen;
	struct rss_queue *q;

	if (unseen < config.quiet_ns)
		return false;
	if (!config.queues_watched || unseen / RSS_COUNTS_HOLD >= config.quiet_ns)
		return true;
	q = bpf_map_lookup_elem(&queues, &cpu);
	return !q || READ_ONCE(q->enqueued) == READ_ONCE(q->dequeued);
}

/*
 * The CPU that the packet goes to: the one that the SA is on, until it can change to @want without
 * overtaking what is still queued. Of two CPUs that receive packets of the SA at once, one wins.
 */
static __always_inline __u32 settle(struct rss_sa *sa, __u32 want, bool *changed)
{
	__u32 cpu = READ_ONCE(sa->cpu);

	if (cpu == want)
		return cpu;
	if (cpu == RSS_NO_CPU) {
		cpu = __sync_val_compare_and_swap(&sa->cpu, RSS_NO_CPU, want);
		return cpu == RSS_NO_CPU ? want : cpu;
	}
	if (!is_drained(sa, cpu, bpf_ktime_get_coarse_ns()))
		return cpu;
	if (__sync_val_compare_and_swap(&sa->cpu, cpu, want) == cpu) {
		__sync_fetch_and_add(&sa->changes, 1);
		*changed = true;
	}
	return READ_ONCE(sa->cpu);
}

#endif
