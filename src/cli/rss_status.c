// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <time.h>

#include "object.h"
#include "cli.h"
#include "rss.h"
#include "rss_attach.h"
#include "rss/kernel.h"
#include "rss/name.h"
#include "rss/policy.h"
#include "rss/status.h"

#define NS_PER_S     1000000000ull
#define DEFAULT_ROWS 20

static const char *proto_name(u8 proto)
{
	return proto == IPPROTO_AH ? "ah" : "esp";
}

static void policy_text(const struct rss_settings *s, char text[32])
{
	if (s->policy == RSS_FIXED)
		snprintf(text, 32, "cpu:%u", s->fixed_cpu);
	else
		snprintf(text, 32, "%s", rss_policy_name(s->policy));
}

/*
 * Text.
 */
static void print_head(const struct rss_status *st)
{
	const struct rss_settings *s = &st->settings;
	struct rss_cpuset cpus = {0};
	char text[256], policy[32];

	printf("steering: %s", st->state == RSS_STATE_TRIAL_OVER ? "off, the trial is over"
			       : st->state == RSS_STATE_TRIAL	 ? "on trial"
								 : rss_state_name(st->state));
	if (st->state == RSS_STATE_TRIAL)
		printf(", %" PRIu64 " s left", (u64)(st->left_ns / NS_PER_S));
	printf("\nlookup: %s\n", rss_lookup_text(s->lookup, st->pcpu_num));
	for (u32 i = 0; i < s->nr_cpus; i++)
		rss_cpuset_add(&cpus, s->cpus[i]);
	rss_cpuset_text(&cpus, text, sizeof(text));
	policy_text(s, policy);
	printf("policy: %s, CPUs %s\n", policy, text);
	printf("UDP ports with ESP:");
	for (u32 i = 0; i < s->nr_ports; i++)
		printf(" %u", ntohs(s->ports[i]));
	printf("; marks:");
	for (u32 i = 0; i < s->nr_marks; i++)
		printf(" %#x", s->marks[i]);
	if (s->netns_id >= 0)
		printf("; SAs of namespace id %d", s->netns_id);
	printf("\n\n");
}

static void print_ifaces(const struct rss_status *st)
{
	printf("%-16s %-8s %-12s %8s  %s\n", "INTERFACE", "MODE", "HOW", "PROGRAM", "");
	for (u32 i = 0; i < st->nr_ifaces; i++) {
		const struct rss_iface_status *s = &st->ifaces[i];
		const struct rss_record *r = &s->record;

		printf("%-16s %-8s %-12s ", r->iface, s->asked ? rss_mode_name(s->mode) : "-",
		       r->dispatched ? "dispatcher" : "link");
		if (s->prog_id)
			printf("%8u", s->prog_id);
		else
			printf("%8s", "-");
		printf("%s", s->attached ? "" : s->asked ? "  gone" : "  not seen from here");
		if (r->asked[0])
			printf("  for %s", r->asked);
		if (r->netns[0])
			printf("  in %s", r->netns);
		printf("\n");
	}
	printf("\n");
}

/* A number, or that it is not counted. */
static void print_counted(bool counted, u64 v)
{
	if (counted)
		printf(" %10" PRIu64, v);
	else
		printf(" %10s", "-");
}

static void print_cpus(const struct rss_status *st)
{
	u64 total = 0;

	for (u32 i = 0; i < st->nr_cpus; i++)
		total += st->cpus[i].steered.packets;
	printf("%5s %-7s %5s %14s %6s %16s %10s %10s\n", "CPU", "", "SAS", "PACKETS", "SHARE",
	       "BYTES", "DROPPED", "BACKLOG");
	for (u32 i = 0; i < st->nr_cpus; i++) {
		const struct rss_cpu_status *s = &st->cpus[i];

		if (!s->open && !s->steered.packets)
			continue;
		printf("%5u %-7s %5u %14" PRIu64 " %5.1f%% %16" PRIu64, s->cpu,
		       !s->open	   ? "offline"
		       : s->policy ? "policy"
				   : "owners",
		       s->sas, (u64)s->steered.packets,
		       total ? 100.0 * (double)s->steered.packets / (double)total : 0.0,
		       (u64)s->steered.bytes);
		print_counted(st->queues_watched, s->queue.dropped + s->queue.kthread_dropped);
		print_counted(st->queues_watched, s->backlog);
		printf("\n");
	}
	printf("\n");
}

static void print_reasons(const struct rss_status *st)
{
	printf("%-18s %14s %16s\n", "REASON", "PACKETS", "BYTES");
	for (u32 i = 0; i < RSS_NR_REASONS; i++) {
		const struct rss_count *c = &st->reasons[i];

		if (c->packets)
			printf("%-18s %14" PRIu64 " %16" PRIu64 "  %s\n", rss_reason_name(i),
			       (u64)c->packets, (u64)c->bytes, rss_reason_text(i));
	}
	printf("\n");
}

static void print_cpu(u32 cpu)
{
	if (cpu == RSS_NO_CPU)
		printf(" %5s", "-");
	else
		printf(" %5u", cpu);
}

static void print_sas(const struct rss_status *st, u32 rows)
{
	const struct rss_retired *r = &st->meta.retired;
	u64 packets = 0, bytes = 0;
	char addr[RSS_ADDR_TEXT];

	printf("%-10s %-5s %-24s %6s %5s %5s %12s %15s %7s %7s\n", "SPI", "PROTO", "PEER", "REQID",
	       "OWNER", "CPU", "PACKETS", "BYTES", "FRAGS", "CHANGES");
	for (u32 i = 0; i < st->nr_sas; i++) {
		const struct rss_sa_status *s = &st->sas[i];

		if (i >= rows) {
			packets += s->sa.packets;
			bytes += s->sa.bytes;
			continue;
		}
		printf("0x%08x %-5s %-24s %6u", ntohl(s->key.spi), proto_name(s->key.proto),
		       rss_addr_text(s->sa.saddr, s->key.family, addr), s->sa.reqid);
		print_cpu(s->sa.owner);
		print_cpu(s->sa.cpu);
		printf(" %12" PRIu64 " %15" PRIu64 " %7" PRIu64 " %7" PRIu64 "%s\n",
		       (u64)s->sa.packets, (u64)s->sa.bytes, (u64)s->sa.fragments,
		       (u64)s->sa.changes, s->known || !st->sad_read ? "" : "  gone");
	}
	if (st->nr_sas > rows)
		printf("%u more SAs: %" PRIu64 " packets, %" PRIu64 " bytes (--sas N shows more)\n",
		       st->nr_sas - rows, packets, bytes);
	if (r->sas)
		printf("%" PRIu64 " SAs that are gone: %" PRIu64 " packets, %" PRIu64 " bytes\n",
		       r->sas, r->packets, r->bytes);
	printf("\n");
}

static void print_advice(const struct rss_status *st)
{
	for (u32 i = 0; i < st->advice.nr; i++) {
		const struct rss_finding *f = &st->advice.at[i];

		printf("%s: %s\n", rss_grade_name(f->grade), f->text);
		if (f->mend[0])
			printf("  mended by: %s\n", f->mend);
	}
	if (st->advice.nr)
		printf("\n");
}

static u32 nr_queues(const struct rss_status *st)
{
	u32 nr = 0;

	for (u32 i = 0; i < st->nr_cpus; i++)
		nr += st->cpus[i].open;
	return nr;
}

static void print_changes(const struct rss_status *st)
{
	printf("changes to this machine, undone by espalier rss detach:\n");
	for (u32 i = 0; i < st->nr_ifaces; i++) {
		const struct rss_record *r = &st->ifaces[i].record;

		printf("  %s: an XDP program, %s\n", r->iface,
		       r->dispatched ? "through libxdp's dispatcher" : "by a link");
	}
	printf("  queues of %u packets on %u CPUs, with a kernel thread each\n", st->settings.qsize,
	       nr_queues(st));
	if (st->queues_watched)
		printf("  programs at the tracepoints xdp_cpumap_enqueue and xdp_cpumap_kthread\n");
	printf("  pins below %s\n", st->dir);
}

/*
 * JSON.
 */
static json_t *json_findings(const struct rss_findings *f)
{
	json_t *list = json_array();

	for (u32 i = 0; i < f->nr; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "grade",
						      rss_grade_name(f->at[i].grade), "text",
						      f->at[i].text, "mend", f->at[i].mend));
	return list;
}

static json_t *json_cpu(u32 cpu)
{
	return cpu == RSS_NO_CPU ? json_null() : json_integer(cpu);
}

static json_t *json_ifaces(const struct rss_status *st)
{
	json_t *list = json_array();

	for (u32 i = 0; i < st->nr_ifaces; i++) {
		const struct rss_iface_status *s = &st->ifaces[i];
		const struct rss_record *r = &s->record;

		json_array_append_new(
			list, json_pack("{s:s, s:i, s:s, s:s, s:b, s:s?, s:i, s:s}", "name",
					r->iface, "ifindex", r->ifindex, "for", r->asked, "netns",
					r->netns, "attached", s->attached, "mode",
					s->asked ? rss_mode_name(s->mode) : NULL, "program",
					s->prog_id, "how", r->dispatched ? "dispatcher" : "link"));
	}
	return list;
}

static json_t *json_cpus(const struct rss_status *st)
{
	json_t *list = json_array();

	for (u32 i = 0; i < st->nr_cpus; i++) {
		const struct rss_cpu_status *s = &st->cpus[i];
		json_t *o;

		if (!s->open && !s->steered.packets)
			continue;
		o = json_pack("{s:i, s:b, s:b, s:i, s:I, s:I, s:I}", "cpu", s->cpu, "open", s->open,
			      "policy", s->policy, "sas", s->sas, "load", (json_int_t)s->load,
			      "packets", (json_int_t)s->steered.packets, "bytes",
			      (json_int_t)s->steered.bytes);
		if (st->queues_watched)
			json_object_update_new(
				o, json_pack("{s:I, s:I, s:I, s:I, s:I}", "enqueued",
					     (json_int_t)s->queue.enqueued, "dropped",
					     (json_int_t)s->queue.dropped, "dequeued",
					     (json_int_t)s->queue.dequeued, "kthread_dropped",
					     (json_int_t)s->queue.kthread_dropped, "backlog",
					     (json_int_t)s->backlog));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *json_spi(u32 spi)
{
	char text[16];

	snprintf(text, sizeof(text), "0x%08x", ntohl(spi));
	return json_string(text);
}

static json_t *json_sas(const struct rss_status *st, u32 rows)
{
	json_t *list = json_array();
	char src[RSS_ADDR_TEXT], dst[RSS_ADDR_TEXT];

	for (u32 i = 0; i < st->nr_sas && i < rows; i++) {
		const struct rss_sa_status *s = &st->sas[i];

		json_array_append_new(
			list,
			json_pack(
				"{s:o, s:s, s:s, s:s, s:I, s:o, s:o, s:I, s:I, s:I, s:I, s:f, s:b}",
				"spi", json_spi(s->key.spi), "proto", proto_name(s->key.proto),
				"src", rss_addr_text(s->sa.saddr, s->key.family, src), "dst",
				rss_addr_text(s->key.daddr, s->key.family, dst), "reqid",
				(json_int_t)s->sa.reqid, "owner", json_cpu(s->sa.owner), "cpu",
				json_cpu(s->sa.cpu), "packets", (json_int_t)s->sa.packets, "bytes",
				(json_int_t)s->sa.bytes, "fragments", (json_int_t)s->sa.fragments,
				"changes", (json_int_t)s->sa.changes, "idle_seconds",
				(double)s->idle_ns / (double)NS_PER_S, "known", s->known));
	}
	return list;
}

static json_t *json_hidden(const struct rss_status *st, u32 rows)
{
	json_t *list = json_array();
	char src[RSS_ADDR_TEXT], dst[RSS_ADDR_TEXT];

	for (u32 i = 0; i < st->nr_hidden && i < rows; i++) {
		const struct rss_sad_sa *sa = st->hidden[i];

		json_array_append_new(
			list,
			json_pack("{s:o, s:s, s:s, s:I, s:I, s:I}", "spi", json_spi(sa->key.spi),
				  "src", rss_addr_text(sa->saddr, sa->key.family, src), "dst",
				  rss_addr_text(sa->key.daddr, sa->key.family, dst), "reqid",
				  (json_int_t)sa->reqid, "mark", (json_int_t)sa->mark, "mask",
				  (json_int_t)sa->mask));
	}
	return list;
}

static json_t *json_settings(const struct rss_status *st)
{
	const struct rss_settings *s = &st->settings;
	json_t *cpus = json_array(), *ports = json_array(), *marks = json_array();
	char policy[32];

	for (u32 i = 0; i < s->nr_cpus; i++)
		json_array_append_new(cpus, json_integer(s->cpus[i]));
	for (u32 i = 0; i < s->nr_ports; i++)
		json_array_append_new(ports, json_integer(ntohs(s->ports[i])));
	for (u32 i = 0; i < s->nr_marks; i++)
		json_array_append_new(marks, json_integer(s->marks[i]));
	policy_text(s, policy);
	return json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o}", "policy", policy, "cpus", cpus,
			 "qsize", s->qsize, "max_sas", s->max_sas, "ports", ports, "marks", marks,
			 "netns_id", s->netns_id < 0 ? json_null() : json_integer(s->netns_id));
}

static int print_json(const struct rss_status *st, u32 rows)
{
	const struct rss_retired *r = &st->meta.retired;
	json_t *reasons = json_object(), *doc;
	int ret;

	for (u32 i = 0; i < RSS_NR_REASONS; i++)
		json_object_set_new(reasons, rss_reason_name(i),
				    json_pack("{s:I, s:I}", "packets",
					      (json_int_t)st->reasons[i].packets, "bytes",
					      (json_int_t)st->reasons[i].bytes));
	doc = json_pack(
		"{s:s, s:o, s:s, s:b, s:b, s:b, s:i, s:s, s:o, s:o, s:o, s:o, s:i, s:o, s:o, s:i, "
		"s:o}",
		"state", rss_state_name(st->state), "seconds_left",
		st->state == RSS_STATE_TRIAL ? json_real((double)st->left_ns / (double)NS_PER_S)
					     : json_null(),
		"lookup", st->settings.lookup == RSS_LOOKUP_MAP ? "map" : "kfunc", "owners",
		st->pcpu_num, "queues_watched", st->queues_watched, "daemon", st->daemon, "program",
		st->prog_id, "pins", st->dir, "settings", json_settings(st), "interfaces",
		json_ifaces(st), "cpus", json_cpus(st), "reasons", reasons, "nr_sas", st->nr_sas,
		"sas", json_sas(st, rows), "hidden_sas", json_hidden(st, rows), "nr_hidden_sas",
		st->nr_hidden, "retired",
		json_pack("{s:I, s:I, s:I, s:I, s:I}", "sas", (json_int_t)r->sas, "packets",
			  (json_int_t)r->packets, "bytes", (json_int_t)r->bytes, "fragments",
			  (json_int_t)r->fragments, "changes", (json_int_t)r->changes));
	if (doc)
		json_object_set_new(doc, "advice", json_findings(&st->advice));
	ret = doc ? json_dumpf(doc, stdout, JSON_INDENT(2)) : -1;
	json_decref(doc);
	printf("\n");
	return ret ? complain(EXIT_BAD_INPUT, "rss status: out of memory") : EXIT_DONE;
}

int rss_status_cmd(int argc, char **argv)
{
	const char *bpffs = NULL;
	uint64_t rows = DEFAULT_ROWS;
	bool json = false;
	const struct option_row options[] = {
		{OPTION_FLAG, "json", 0, NULL, "one JSON document on standard output", &json, 0, 0,
		 NULL},
		{OPTION_NUMBER, "sas", 0, "N", "show the N SAs with the most packets (20)", &rows,
		 0, UINT32_MAX, NULL},
		{OPTION_TEXT, "bpffs", 0, "DIR", "where it is pinned (" RSS_BPFFS ")", &bpffs, 0, 0,
		 NULL},
		{0},
	};
	const struct command_help help = {
		"rss status [OPTION...]",
		"Shows what is attached, by what it steers, what it did, and what to do about it.",
	};
	struct espalier_error e = {0};
	struct rss_status *st;
	int first, err, status = EXIT_DONE;
	int ret = options_parse(argc, argv, options, &help, &first);

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (first != argc)
		return complain(EXIT_BAD_INPUT, "rss status: %s: takes no operand", argv[first]);
	engine_choose(ENGINE_KERNEL);
	err = rss_status_read(bpffs, &st, &e);
	if (err)
		return rss_complain(err, &e);
	if (json) {
		status = print_json(st, (u32)rows);
	} else {
		print_head(st);
		print_ifaces(st);
		print_cpus(st);
		print_reasons(st);
		print_sas(st, (u32)rows);
		print_advice(st);
		print_changes(st);
	}
	rss_status_free(st);
	return status;
}
