// SPDX-License-Identifier: BSD-2-Clause
/*
 * Software RSS for IPsec: sends each packet of an SA to one CPU, by CPUMAP. All ESP between two
 * gateways is one flow to a NIC; here the Security Association decides (RFC 9611, section 2).
 *
 * The parser looks no further than it must and lets pass what it does not know: unsteered traffic
 * is slower, never lost. Whatever it reads is checked against the length of the packet, not of its
 * linear part, so that jumbo frames and headers in fragments are parsed alike.
 */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <stdbool.h>
#include <stddef.h>

#include "esp_rss.h"
#include "esp_rss_maps.h"
#include "esp_rss_parse.h"
#include "esp_rss_sa.h"

/* The owner if it can take packets; else, and for SAs without one, what the policy says. */
static __always_inline __u32 wanted_cpu(struct xdp_md *ctx, const struct rss_sa_key *key,
					const __u32 *source, struct rss_sa *sa, __u32 owner,
					__u32 *reason)
{
	if (owner == RSS_NO_CPU) {
		*reason = RSS_POLICY;
	} else if (cpu_online(owner)) {
		*reason = RSS_OWNER;
		return owner;
	} else {
		*reason = RSS_OWNER_UNAVAILABLE;
	}
	return policy_cpu(ctx, key, source, sa);
}

static __always_inline __u32 steer_sa(struct xdp_md *ctx, struct packet *pkt, __u32 *reason)
{
	struct sa_facts facts = {};
	struct rss_sa *sa;
	__u32 cpu;

	if (!find_sa(ctx, &pkt->key, &facts)) {
		*reason = RSS_UNKNOWN_SA;
		return RSS_NO_CPU;
	}
	if (facts.offloaded) {
		*reason = RSS_OFFLOADED;
		return RSS_NO_CPU;
	}
	sa = sa_entry(ctx, pkt);
	cpu = wanted_cpu(ctx, &pkt->key, pkt->source, sa, facts.owner, reason);
	if (!sa)
		return cpu;
	if (sa->counted != cpu && !(sa->flags & RSS_SA_SUCCEEDED))
		recount(sa, cpu);
	if (cpu != RSS_NO_CPU)
		cpu = settle(sa, cpu, &pkt->changed);
	__sync_fetch_and_add(&sa->packets, 1);
	__sync_fetch_and_add(&sa->bytes, pkt->len);
	if (sa->owner != facts.owner)
		sa->owner = facts.owner;
	see(sa);
	return cpu;
}

/* By addresses alone: a fragment but the first has no SPI, and all of a packet must meet. */
static __always_inline __u32 steer_fragment(struct xdp_md *ctx, const struct packet *pkt)
{
	struct sa_facts facts = {};
	struct rss_sa *sa;

	if (pkt->has_spi && find_sa(ctx, &pkt->key, &facts)) {
		sa = sa_entry(ctx, pkt);
		if (sa)
			__sync_fetch_and_add(&sa->fragments, 1);
	}
	if (config.policy == RSS_PASS)
		return RSS_NO_CPU;
	if (config.policy == RSS_FIXED)
		return fixed_cpu();
	return hashed_cpu(hash_pair(pkt->source, pkt->key.daddr));
}

static __always_inline void count(__u32 reason, __u32 cpu, __u64 len)
{
	struct rss_count *c = bpf_map_lookup_elem(&reasons, &reason);

	if (c) {
		c->packets++;
		c->bytes += len;
	}
	if (cpu == RSS_NO_CPU)
		return;
	c = bpf_map_lookup_elem(&targets, &cpu);
	if (c) {
		c->packets++;
		c->bytes += len;
	}
}

static __always_inline void record(const struct packet *pkt, __u32 reason, __u32 cpu)
{
	decision.reason = reason;
	decision.cpu = cpu;
	decision.headers = pkt->off;
	decision.has_key = pkt->has_spi;
	decision.key = pkt->key;
	decision.changed = pkt->changed;
	__builtin_memcpy(decision.source, pkt->source, sizeof(decision.source));
}

static __always_inline bool is_on(void)
{
	__u64 until = READ_ONCE(config.steer_until);

	return until == RSS_ON || (until != RSS_OFF && bpf_ktime_get_coarse_ns() < until);
}

static __always_inline int steer(struct xdp_md *ctx)
{
	struct packet pkt = {.len = bpf_xdp_get_buff_len(ctx)};
	__u32 reason = RSS_SWITCHED_OFF, cpu = RSS_NO_CPU;
	int verdict = XDP_PASS;

	if (is_on())
		reason = parse(ctx, &pkt);
	if (reason == RSS_POLICY)
		cpu = steer_sa(ctx, &pkt, &reason);
	else if (reason == RSS_FRAGMENT)
		cpu = steer_fragment(ctx, &pkt);
	if (cpu != RSS_NO_CPU) {
		/* Without an entry for that CPU the packet passes: late is better than lost. */
		verdict = bpf_redirect_map(&cpu_map, cpu, XDP_PASS);
		if (verdict != XDP_REDIRECT)
			cpu = RSS_NO_CPU;
	}
	count(reason, cpu, pkt.len);
	if (record_decision)
		record(&pkt, reason, cpu);
	return verdict;
}

SEC("xdp.frags")
int esp_rss(struct xdp_md *ctx)
{
	return steer(ctx);
}

/*
 * The same for frames in one piece. Programs that use one cpumap must agree on that, and libxdp
 * loads those behind its dispatcher without the flag that "xdp.frags" stands for.
 */
SEC("xdp")
int esp_rss_linear(struct xdp_md *ctx)
{
	return steer(ctx);
}

/*
 * xdp:xdp_cpumap_enqueue(map_id, processed, drops, to_cpu): once for each bulk of frames, the
 * dropped ones among the processed; in generic mode once for each packet, 1, 0 or 0, 1.
 */
SEC("raw_tp/xdp_cpumap_enqueue")
int rss_enqueue(struct bpf_raw_tracepoint_args *ctx)
{
	__u32 processed = (__u32)ctx->args[1], drops = (__u32)ctx->args[2];
	__u32 cpu = (__u32)ctx->args[3];
	struct rss_queue *q;

	if ((__u32)ctx->args[0] != config.cpu_map_id)
		return 0;
	q = bpf_map_lookup_elem(&queues, &cpu);
	if (q) {
		if (processed > drops)
			__sync_fetch_and_add(&q->enqueued, processed - drops);
		if (drops)
			__sync_fetch_and_add(&q->dropped, drops);
	}
	return 0;
}

/*
 * The CPU that a cpumap's kthread serves. Not the one that it runs on: a kthread whose CPU goes
 * offline is moved, and goes on serving its queue. Its name tells: "cpumap/CPU/map:ID".
 */
static __always_inline __u32 served_cpu(void)
{
	char comm[16] = {};
	__u32 cpu = 0;
	int i;

	if (bpf_get_current_comm(comm, sizeof(comm)) || comm[6] != '/')
		return bpf_get_smp_processor_id();
	for (i = 7; i < 12; i++) {
		if (comm[i] < '0' || comm[i] > '9')
			break;
		cpu = cpu * 10 + (__u32)(comm[i] - '0');
	}
	return cpu;
}

/* xdp:xdp_cpumap_kthread(map_id, processed, drops, sched, stats): once for each batch. */
SEC("raw_tp/xdp_cpumap_kthread")
int rss_dequeue(struct bpf_raw_tracepoint_args *ctx)
{
	struct rss_queue *q;
	__u32 cpu;

	if ((__u32)ctx->args[0] != config.cpu_map_id)
		return 0;
	cpu = served_cpu();
	q = bpf_map_lookup_elem(&queues, &cpu);
	if (q) {
		__sync_fetch_and_add(&q->dequeued, (__u32)ctx->args[1]);
		__sync_fetch_and_add(&q->kthread_dropped, (__u32)ctx->args[2]);
	}
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
