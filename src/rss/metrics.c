// SPDX-License-Identifier: BSD-2-Clause
#include "rss/metrics.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "rss/name.h"
#include "rss/policy.h"

#define NS_PER_S 1e9

/* SAs of one peer and reqid, those that are gone included. */
struct peer_sum {
	struct rss_peer peer;
	u64 sas; /* there now */
	u64 packets;
	u64 bytes;
	u64 fragments;
	u64 changes;
};

static void head(struct strbuf *b, const char *name, const char *type, const char *help)
{
	strbuf_addf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct strbuf *b, const char *name, const char *help, double value)
{
	head(b, name, "gauge", help);
	strbuf_addf(b, "%s %.15g\n", name, value);
}

/* A label's value: backslash, quote and newline are escaped. */
static void label(struct strbuf *b, const char *name, const char *value)
{
	strbuf_addf(b, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			strbuf_addf(b, "\\n");
		else if (*value == '\\' || *value == '"')
			strbuf_addf(b, "\\%c", *value);
		else
			strbuf_add(b, value, 1);
	}
	strbuf_addf(b, "\"");
}

static void add_state(const struct rss_status *st, struct strbuf *b)
{
	head(b, "espalier_rss_state", "gauge",
	     "Whether packets are steered: 1 for the state it is in.");
	for (u32 i = RSS_STATE_OFF; i <= RSS_STATE_TRIAL_OVER; i++)
		strbuf_addf(b, "espalier_rss_state{state=\"%s\"} %d\n", rss_state_name(i),
			    st->state == (enum rss_state)i);
	gauge(b, "espalier_rss_trial_left_seconds",
	      "Until an unconfirmed trial ends; 0: there is none.",
	      st->state == RSS_STATE_TRIAL ? (double)st->left_ns / NS_PER_S : 0);
	head(b, "espalier_rss_lookup_info", "gauge",
	     "How SAs are found, and what SAs without an owner go by.");
	strbuf_addf(b, "espalier_rss_lookup_info{lookup=\"%s\",policy=\"%s\"} 1\n",
		    st->settings.lookup == RSS_LOOKUP_MAP ? "map" : "kfunc",
		    rss_policy_name(st->settings.policy));
	head(b, "espalier_rss_interface_attached", "gauge", "1: the program is on the interface.");
	for (u32 i = 0; i < st->nr_ifaces; i++) {
		strbuf_addf(b, "espalier_rss_interface_attached{");
		label(b, "interface", st->ifaces[i].record.iface);
		strbuf_addf(b, ",");
		label(b, "netns", st->ifaces[i].record.netns);
		strbuf_addf(b, "} %d\n", st->ifaces[i].attached);
	}
}

/* A CPU that takes no packets, and never did, is left out. */
static bool matters(const struct rss_cpu_status *c)
{
	return c->open || c->steered.packets || c->sas;
}

enum cpu_value {
	CPU_ONLINE,
	CPU_POLICY,
	CPU_SAS,
	CPU_LOAD,
	CPU_PACKETS,
	CPU_BYTES,
	CPU_ENQUEUED,
	CPU_DROPPED,
	CPU_KTHREAD_DROPPED,
	CPU_BACKLOG,
};

static u64 cpu_value(const struct rss_cpu_status *c, enum cpu_value v)
{
	switch (v) {
	case CPU_ONLINE:
		return c->open;
	case CPU_POLICY:
		return c->policy;
	case CPU_SAS:
		return c->sas;
	case CPU_LOAD:
		return c->load;
	case CPU_PACKETS:
		return c->steered.packets;
	case CPU_BYTES:
		return c->steered.bytes;
	case CPU_ENQUEUED:
		return c->queue.enqueued;
	case CPU_DROPPED:
		return c->queue.dropped;
	case CPU_KTHREAD_DROPPED:
		return c->queue.kthread_dropped;
	case CPU_BACKLOG:
		return c->backlog;
	}
	return 0;
}

static void add_cpus(const struct rss_status *st, struct strbuf *b)
{
	static const struct {
		enum cpu_value value;
		bool watched; /* only if the queues are */
		const char *name;
		const char *type;
		const char *help;
	} rows[] = {
		{CPU_ONLINE, false, "espalier_rss_cpu_online", "gauge",
		 "1: the CPU has a queue and takes packets."},
		{CPU_POLICY, false, "espalier_rss_cpu_policy", "gauge",
		 "1: SAs without an owner may be given to the CPU."},
		{CPU_SAS, false, "espalier_rss_cpu_sas", "gauge", "SAs that go to the CPU."},
		{CPU_LOAD, false, "espalier_rss_cpu_load_bytes_per_second", "gauge",
		 "Load as policy least-loaded sees it; 0 with other policies."},
		{CPU_PACKETS, false, "espalier_rss_cpu_packets_total", "counter",
		 "Packets steered to the CPU."},
		{CPU_BYTES, false, "espalier_rss_cpu_bytes_total", "counter",
		 "Bytes steered to the CPU."},
		{CPU_ENQUEUED, true, "espalier_rss_queue_enqueued_packets_total", "counter",
		 "Packets that the CPU's queue took."},
		{CPU_DROPPED, true, "espalier_rss_queue_dropped_packets_total", "counter",
		 "Packets lost since the CPU's queue was full."},
		{CPU_KTHREAD_DROPPED, true, "espalier_rss_queue_kthread_dropped_packets_total",
		 "counter", "Packets lost behind the CPU's queue, for want of memory."},
		{CPU_BACKLOG, true, "espalier_rss_queue_backlog_packets", "gauge",
		 "Packets waiting in the CPU's queue."},
	};

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].watched && !st->queues_watched)
			continue;
		head(b, rows[i].name, rows[i].type, rows[i].help);
		for (u32 c = 0; c < st->nr_cpus; c++) {
			if (matters(&st->cpus[c]))
				strbuf_addf(b, "%s{cpu=\"%u\"} %" PRIu64 "\n", rows[i].name,
					    st->cpus[c].cpu,
					    cpu_value(&st->cpus[c], rows[i].value));
		}
	}
}

static void add_reasons(const struct rss_status *st, struct strbuf *b)
{
	head(b, "espalier_rss_packets_total", "counter", "Packets seen, by what decided on them.");
	for (u32 i = 0; i < RSS_NR_REASONS; i++)
		strbuf_addf(b, "espalier_rss_packets_total{reason=\"%s\"} %" PRIu64 "\n",
			    rss_reason_name(i), (u64)st->reasons[i].packets);
	head(b, "espalier_rss_bytes_total", "counter", "Bytes seen, by what decided on them.");
	for (u32 i = 0; i < RSS_NR_REASONS; i++)
		strbuf_addf(b, "espalier_rss_bytes_total{reason=\"%s\"} %" PRIu64 "\n",
			    rss_reason_name(i), (u64)st->reasons[i].bytes);
}

static int by_peer(const void *a, const void *b)
{
	return memcmp(&((const struct peer_sum *)a)->peer, &((const struct peer_sum *)b)->peer,
		      sizeof(struct rss_peer));
}

static void add_up(struct peer_sum *to, const struct peer_sum *from)
{
	to->sas += from->sas;
	to->packets += from->packets;
	to->bytes += from->bytes;
	to->fragments += from->fragments;
	to->changes += from->changes;
}

/* Ascending by peer, so that who is told apart does not depend on traffic. */
static struct peer_sum *sum_up(const struct rss_status *st, u32 *nr)
{
	struct peer_sum *all = calloc((size_t)st->nr_sas + st->nr_peers + 1, sizeof(*all));
	u32 n = 0, to = 0;

	if (!all)
		return NULL;
	for (u32 i = 0; i < st->nr_sas; i++) {
		const struct rss_sa_status *s = &st->sas[i];

		all[n++] = (struct peer_sum){
			s->peer, 1, s->sa.packets, s->sa.bytes, s->sa.fragments, s->sa.changes};
	}
	for (u32 i = 0; i < st->nr_peers; i++) {
		const struct rss_retired *r = &st->peers[i].retired;

		all[n++] = (struct peer_sum){st->peers[i].peer, 0,	   r->packets, r->bytes,
					     r->fragments,	r->changes};
	}
	qsort(all, n, sizeof(*all), by_peer);
	for (u32 i = 1; i < n; i++) {
		if (!by_peer(&all[to], &all[i]))
			add_up(&all[to], &all[i]);
		else
			all[++to] = all[i];
	}
	*nr = n ? to + 1 : 0;
	return all;
}

static u64 peer_value(const struct peer_sum *s, u32 which)
{
	const u64 values[] = {s->sas, s->packets, s->bytes, s->fragments, s->changes};

	return values[which];
}

static void add_peers(const struct rss_status *st, u64 max_peers, struct strbuf *b)
{
	static const struct {
		const char *name;
		const char *type;
		const char *help;
	} rows[] = {
		{"espalier_rss_peer_sas", "gauge", "SAs of the peer that packets came for."},
		{"espalier_rss_peer_packets_total", "counter",
		 "Packets of the peer's SAs, those that are gone included."},
		{"espalier_rss_peer_bytes_total", "counter", "Likewise, bytes."},
		{"espalier_rss_peer_fragments_total", "counter",
		 "Fragmented packets of the peer's SAs."},
		{"espalier_rss_peer_cpu_changes_total", "counter",
		 "How often SAs of the peer changed their CPU."},
	};
	struct peer_sum *sums, rest = {0};
	char addr[RSS_ADDR_TEXT];
	u32 nr = 0;

	sums = sum_up(st, &nr);
	if (!sums) {
		b->failed = true;
		return;
	}
	for (u64 i = max_peers; i < nr; i++)
		add_up(&rest, &sums[i]);
	for (u32 r = 0; r < ARRAY_SIZE(rows); r++) {
		head(b, rows[r].name, rows[r].type, rows[r].help);
		for (u32 i = 0; i < nr && i < max_peers; i++)
			strbuf_addf(
				b, "%s{peer=\"%s\",reqid=\"%u\"} %" PRIu64 "\n", rows[r].name,
				rss_addr_text(sums[i].peer.saddr, (u16)sums[i].peer.family, addr),
				sums[i].peer.reqid, peer_value(&sums[i], r));
		if (nr > max_peers)
			strbuf_addf(b, "%s{peer=\"other\",reqid=\"\"} %" PRIu64 "\n", rows[r].name,
				    peer_value(&rest, r));
	}
	gauge(b, "espalier_rss_peers_not_told_apart",
	      "Pairs of peer and reqid that count as peer \"other\".",
	      nr > max_peers ? (double)(nr - max_peers) : 0);
	free(sums);
}

static void add_sad(const struct rss_status *st, struct strbuf *b)
{
	gauge(b, "espalier_rss_sad_readable",
	      "1: the SAs of all namespaces concerned could be read.", st->sad_read);
	gauge(b, "espalier_rss_sas_hidden", "SAs that no mark that is tried finds.", st->nr_hidden);
	head(b, "espalier_rss_retired_sas_total", "counter", "SAs that are gone.");
	strbuf_addf(b, "espalier_rss_retired_sas_total %" PRIu64 "\n", (u64)st->meta.retired.sas);
}

void rss_metrics(const struct rss_status *st, u64 max_peers, struct strbuf *out)
{
	gauge(out, "espalier_rss_attached", "1: an instance is there.", st != NULL);
	if (!st)
		return;
	gauge(out, "espalier_rss_daemon_running", "1: espalier rss daemon runs.", st->daemon);
	add_state(st, out);
	add_cpus(st, out);
	add_reasons(st, out);
	add_sad(st, out);
	add_peers(st, max_peers, out);
}
