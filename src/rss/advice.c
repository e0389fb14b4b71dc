// SPDX-License-Identifier: BSD-2-Clause
#include "rss/advice.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "rss/name.h"
#include "rss/policy.h"

typedef unsigned long long ull;

const char *rss_plan_policy_text(const struct rss_plan_result *r, char out[16])
{
	if (r->policy != RSS_FIXED)
		return rss_policy_name(r->policy);
	snprintf(out, 16, "cpu:%u", r->fixed_cpu);
	return out;
}

const char *rss_bytes_text(u64 bytes, char out[16])
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double v = (double)bytes;
	u32 unit = 0;

	while (v >= 999.95 && unit < ARRAY_SIZE(units) - 1) {
		v /= 1000;
		unit++;
	}
	snprintf(out, 16, unit ? "%.1f %s" : "%.0f %s", v, units[unit]);
	return out;
}

/* What went to CPUs of the SA that has most of it; NULL if nothing did. */
static const struct rss_plan_sa *heaviest(const struct rss_plan_result *r, u64 *bytes)
{
	const struct rss_plan_sa *best = NULL;

	*bytes = 0;
	for (u32 i = 0; i < r->nr_sas; i++) {
		u64 steered = 0;

		for (u32 j = 0; j < r->sas[i]->nr_parts; j++)
			steered += r->sas[i]->parts[j].tally.bytes;
		if (steered > *bytes) {
			*bytes = steered;
			best = r->sas[i];
		}
	}
	return best;
}

/*
 * A single SA that is the reason why one CPU has more than its share: no assignment of SAs to CPUs
 * can bring the busiest CPU below it.
 */
static const struct rss_plan_sa *bottleneck(const struct rss_plan_result *r, u64 *bytes)
{
	const struct rss_plan_sa *sa = heaviest(r, bytes);
	u64 steered = r->steered.bytes;

	if (!sa || r->nr_cpus < 2 || (double)*bytes * r->nr_cpus < 1.5 * (double)steered)
		return NULL;
	return (double)*bytes >= 0.8 * (double)r->spread.max ? sa : NULL;
}

static void nothing_steered(const struct rss_plan_result *r, struct strbuf *out)
{
	const struct rss_tally *why = r->reasons;
	char policy[16];

	if (why[RSS_UNKNOWN_SA].packets > r->cut_ipsec)
		strbuf_addf(out, "Nothing would be steered: the SA file does not know the SAs of "
				 "these packets.");
	else if (r->cut_ipsec)
		strbuf_addf(out, "Nothing would be steered: the capture has cut the packets before "
				 "the SPI. Capture with a longer snap length.");
	else if (why[RSS_OFFLOADED].packets)
		strbuf_addf(out, "Nothing would be steered: the NIC decrypts these SAs itself.");
	else if (why[RSS_POLICY].packets + why[RSS_OWNER_UNAVAILABLE].packets +
		 why[RSS_FRAGMENT].packets)
		strbuf_addf(out,
			    "Nothing would be steered: policy %s leaves SAs without an owner "
			    "where they are.",
			    rss_plan_policy_text(r, policy));
	else if (why[RSS_IKE].packets + why[RSS_KEEPALIVE].packets)
		strbuf_addf(out, "Nothing would be steered: there is IKE here, but no ESP or AH.");
	else
		strbuf_addf(out, "Nothing would be steered: there is no IPsec here.");
}

static void cannot_help(const struct rss_plan_result *r, const struct rss_plan_sa *sa, u64 bytes,
			struct strbuf *out)
{
	strbuf_addf(out,
		    "Steering will not help: one SA, 0x%08x, carries %.0f %% of the load, and one "
		    "SA is one CPU. ",
		    ntohl(sa->key.spi), rss_percent(bytes, r->steered.bytes));
	if (sa->owner == RSS_NO_CPU)
		strbuf_addf(out, "Per-CPU SAs (RFC 9611) will.");
	else
		strbuf_addf(out,
			    "It is a per-CPU SA: its sender has nearly all traffic on one CPU.");
}

void rss_advice_verdict(const struct rss_plan_result *r, struct strbuf *out)
{
	const struct rss_plan_sa *sa;
	u64 bytes;

	if (!r->all.packets) {
		strbuf_addf(out, "There are no packets here.");
		return;
	}
	if (!r->steered.packets) {
		nothing_steered(r, out);
		return;
	}
	if (r->nr_cpus == 1) {
		strbuf_addf(out, "With one CPU there is nothing to spread over.");
		return;
	}
	sa = bottleneck(r, &bytes);
	if (sa && r->spread.speedup < (r->nr_cpus == 2 ? 1.2 : 1.5))
		cannot_help(r, sa, bytes, out);
	else
		strbuf_addf(
			out,
			"%s: the busiest CPU, %u, would have %.1f %% of the load (even: %.1f %%); "
			"about %.1f times what one CPU gets done.",
			r->spread.imbalance <= 1.5 ? "Steering spreads this load well"
						   : "Steering helps, unevenly",
			r->spread.max_cpu, rss_percent(r->spread.max, r->spread.total),
			100.0 / r->nr_cpus, r->spread.speedup);
}

static void note_bottleneck(const struct rss_plan_result *r, struct strbuf *out)
{
	u64 bytes;
	const struct rss_plan_sa *sa = bottleneck(r, &bytes);

	if (sa && sa->owner != RSS_NO_CPU)
		strbuf_addf(out,
			    "SA 0x%08x alone is %.0f %% of the load and belongs to CPU %u: "
			    "spread its sender's flows over more CPUs, each has its own SA.\n",
			    ntohl(sa->key.spi), rss_percent(bytes, r->steered.bytes), sa->owner);
	else if (sa)
		strbuf_addf(out,
			    "SA 0x%08x alone is %.0f %% of the load, more than a CPU's share: "
			    "steering cannot split it, per-CPU SAs (RFC 9611) can.\n",
			    ntohl(sa->key.spi), rss_percent(bytes, r->steered.bytes));
}

static void note_replay(const struct rss_plan_result *r, struct strbuf *out)
{
	u64 late = 0, repeated = 0, overtakes = 0;
	u32 furthest = 0, window = 0;

	for (u32 i = 0; i < r->nr_sas; i++) {
		const struct rss_sequence *s = &r->sas[i]->sequence;

		late += s->late;
		repeated += s->repeated;
		overtakes += r->sas[i]->overtakes;
		if (s->late && s->furthest >= furthest) {
			furthest = s->furthest;
			window = s->window;
		}
	}
	if (late)
		strbuf_addf(out,
			    "%llu packets arrive behind their replay window and will be "
			    "dropped, up to %u behind with a window of %u: the order is lost "
			    "before this host; a larger replay-window mends it.\n",
			    (ull)late, furthest, window);
	if (overtakes)
		strbuf_addf(out,
			    "%llu changes of CPU came too soon after the packet before: it "
			    "may be overtaken.\n",
			    (ull)overtakes);
	if (repeated)
		strbuf_addf(out,
			    "%llu packets repeat a sequence number: captured on two "
			    "interfaces at once, or replayed.\n",
			    (ull)repeated);
}

static void note_unknown(const struct rss_plan_result *r, struct strbuf *out)
{
	u64 packets = r->reasons[RSS_UNKNOWN_SA].packets - r->cut_ipsec;
	char addr[RSS_ADDR_TEXT];

	if (!packets)
		return;
	strbuf_addf(out, "%llu packets are of SAs that the file does not have:", (ull)packets);
	for (u32 i = 0; i < r->nr_unknown && i < 3; i++)
		strbuf_addf(
			out, "%s 0x%08x to %s (%llu)", i ? "," : "", ntohl(r->unknown[i]->key.spi),
			rss_addr_text(r->unknown[i]->key.daddr, r->unknown[i]->key.family, addr),
			(ull)r->unknown[i]->tally.packets);
	strbuf_addf(out, "%s. Was it made when the capture was?\n",
		    r->nr_unknown > 3 ? " and more" : "");
}

static void note_direction(const struct rss_plan_result *r, struct strbuf *out)
{
	u64 packets = 0;

	for (u32 i = 0; i < r->nr_sas; i++)
		packets += r->sas[i]->outbound ? r->sas[i]->tally.packets : 0;
	if (r->outgoing.packets)
		strbuf_addf(out,
			    "%llu packets of the capture were sent by this host, which XDP "
			    "never sees; they are counted all the same. --received leaves "
			    "them out.\n",
			    (ull)r->outgoing.packets);
	if (packets)
		strbuf_addf(out,
			    "%llu packets are of SAs with dir out: on the way out no XDP "
			    "program sees them. Capture what comes in (tcpdump -Q in).\n",
			    (ull)packets);
}

static void note_fragments(const struct rss_plan_result *r, struct strbuf *out)
{
	u32 named = 0;

	strbuf_addf(out,
		    "%llu fragments go by their addresses alone, so all of two hosts to one CPU, "
		    "and may come out of order with the rest of their SA",
		    (ull)r->reasons[RSS_FRAGMENT].packets);
	for (u32 i = 0; i < r->nr_sas && named < 4; i++) {
		if (!r->sas[i]->fragments)
			continue;
		if (named == 3)
			strbuf_addf(out, " and more");
		else
			strbuf_addf(out, "%s 0x%08x", named ? "," : ":", ntohl(r->sas[i]->key.spi));
		named++;
	}
	strbuf_addf(out, ". A lower MTU inside the tunnel mends it.\n");
}

static void note_shapes(const struct rss_plan_result *r, struct strbuf *out)
{
	const struct rss_tally *why = r->reasons;
	u32 highest = 0;

	for (u32 i = 0; i < r->nr_sas; i++) {
		if (r->sas[i]->owner != RSS_NO_CPU)
			highest = max(highest, r->sas[i]->owner);
	}
	if (why[RSS_OWNER_UNAVAILABLE].packets)
		strbuf_addf(out,
			    "%llu packets belong to a CPU that is not there (the highest is "
			    "%u, there are %u): they go by policy.\n",
			    (ull)why[RSS_OWNER_UNAVAILABLE].packets, highest, r->nr_cpus);
	if (why[RSS_FRAGMENT].packets)
		note_fragments(r, out);
	if (why[RSS_MALFORMED].packets)
		strbuf_addf(out,
			    "%llu packets are malformed: their headers contradict their "
			    "length.\n",
			    (ull)why[RSS_MALFORMED].packets);
	if (why[RSS_TOO_MANY_TAGS].packets)
		strbuf_addf(out, "%llu packets have more than %u VLAN tags and pass.\n",
			    (ull)why[RSS_TOO_MANY_TAGS].packets, RSS_MAX_TAGS);
}

/* Many peers are many flows: a NIC's hash may do. */
static void note_nic(const struct rss_plan_result *r, struct strbuf *out)
{
	for (u32 i = 0; i < r->nr_ways; i++) {
		const struct rss_way *way = &r->ways[i];

		if (!strcmp(way->name, "nic_2tuple") && way->spread.speedup > 1.5 &&
		    way->spread.speedup >= 0.8 * r->spread.speedup)
			strbuf_addf(out,
				    "A NIC of %u queues that hashes addresses would spread "
				    "this nearly as well: its busiest queue would have "
				    "%.1f %%.\n",
				    r->nr_cpus, rss_percent(way->spread.max, way->spread.total));
	}
}

void rss_advice_notes(const struct rss_plan_result *r, struct strbuf *out)
{
	note_bottleneck(r, out);
	note_nic(r, out);
	note_replay(r, out);
	note_unknown(r, out);
	note_shapes(r, out);
	note_direction(r, out);
	if (r->unfindable_sas)
		strbuf_addf(out, "%llu SAs cannot be found: only %u different marks are tried.\n",
			    (ull)r->unfindable_sas, RSS_MAX_MARKS);
	if (r->cut_ipsec + r->cut_other)
		strbuf_addf(out,
			    "%llu packets were cut by the snap length before they showed "
			    "what they are: %llu IPsec (unknown_sa), %llu other "
			    "(not_ipsec).\n",
			    (ull)(r->cut_ipsec + r->cut_other), (ull)r->cut_ipsec,
			    (ull)r->cut_other);
	if (r->idle_sas)
		strbuf_addf(out, "%llu SAs of the file have no packets here.\n", (ull)r->idle_sas);
}
