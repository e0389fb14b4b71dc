// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "rss/advice.h"
#include "rss/name.h"
#include "rss/policy.h"
#include "rss_report.h"

static json_t *number(u64 v)
{
	return json_integer((json_int_t)v);
}

static json_t *cpu_json(u32 cpu)
{
	return cpu == RSS_NO_CPU ? json_null() : number(cpu);
}

static json_t *tally_json(const struct rss_tally *t)
{
	return json_pack("{s:o, s:o}", "packets", number(t->packets), "bytes", number(t->bytes));
}

/* {"spi", "dst", "proto"} and what both kinds of SA have. */
static json_t *key_json(const struct rss_plan_sa *sa)
{
	char dst[RSS_ADDR_TEXT], spi[16];

	snprintf(spi, sizeof(spi), "0x%08x", ntohl(sa->key.spi));
	return json_pack("{s:s, s:s, s:s, s:o, s:o}", "spi", spi, "dst",
			 rss_addr_text(sa->key.daddr, sa->key.family, dst), "proto",
			 sa->key.proto == IPPROTO_AH ? "ah" : "esp", "packets",
			 number(sa->tally.packets), "bytes", number(sa->tally.bytes));
}

static json_t *sa_json(const struct rss_plan_sa *sa)
{
	const struct rss_sequence *s = &sa->sequence;
	json_t *o = key_json(sa);

	json_object_set_new(o, "owner", cpu_json(sa->owner));
	json_object_set_new(o, "cpu", cpu_json(sa->cpu));
	json_object_set_new(o, "inversions", number(s->inversions + sa->overtakes));
	json_object_set_new(o, "owner_changes", number(sa->changes));
	json_object_set_new(o, "overtakes", number(sa->overtakes));
	json_object_set_new(o, "furthest_behind", number(s->furthest));
	json_object_set_new(o, "replay_window", number(s->window));
	json_object_set_new(o, "late", number(s->late));
	json_object_set_new(o, "repeated", number(s->repeated));
	json_object_set_new(o, "fragments", number(sa->fragments));
	json_object_set_new(o, "reqid", number(sa->reqid));
	json_object_set_new(o, "outbound", json_boolean(sa->outbound));
	return o;
}

static json_t *cpus_json(const struct rss_tally *cpus, u32 nr)
{
	json_t *a = json_array();

	for (u32 i = 0; i < nr; i++)
		json_array_append_new(a, json_pack("{s:i, s:o, s:o}", "cpu", (int)i, "packets",
						   number(cpus[i].packets), "bytes",
						   number(cpus[i].bytes)));
	return a;
}

static json_t *compare_json(const struct rss_plan_result *r)
{
	json_t *a = json_array();

	for (u32 i = 0; i < r->nr_ways; i++) {
		const struct rss_way *way = &r->ways[i];

		json_array_append_new(
			a,
			json_pack("{s:s, s:f, s:o, s:o, s:f, s:f, s:o}", "method", way->name,
				  "imbalance", way->spread.imbalance, "max_cpu",
				  way->spread.max ? number(way->spread.max_cpu) : json_null(),
				  "max_bytes", number(way->spread.max), "max_share",
				  rss_percent(way->spread.max, way->spread.total) / 100, "speedup",
				  way->spread.speedup, "cpus", cpus_json(way->cpus, r->nr_cpus)));
	}
	return a;
}

static json_t *reasons_json(const struct rss_plan_result *r)
{
	json_t *o = json_object();

	/* Steering is on for as long as a plan lasts. */
	for (u32 i = 0; i < RSS_SWITCHED_OFF; i++)
		json_object_set_new(o, rss_reason_name(i), number(r->reasons[i].packets));
	return o;
}

static json_t *lines_json(const char *text)
{
	json_t *a = json_array();

	while (*text) {
		size_t len = strcspn(text, "\n");

		json_array_append_new(a, json_stringn(text, len));
		text += len + (text[len] == '\n');
	}
	return a;
}

json_t *rss_report_json(const struct rss_plan_result *r)
{
	struct strbuf verdict = STRBUF_INIT, notes = STRBUF_INIT;
	json_t *sas = json_array(), *unknown = json_array(), *o;
	char policy[16];

	for (u32 i = 0; i < r->nr_sas; i++) {
		if (r->sas[i]->tally.packets)
			json_array_append_new(sas, sa_json(r->sas[i]));
	}
	for (u32 i = 0; i < r->nr_unknown; i++)
		json_array_append_new(unknown, key_json(r->unknown[i]));
	rss_advice_verdict(r, &verdict);
	rss_advice_notes(r, &notes);
	o = json_pack("{s:o, s:o, s:f, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
		      "s:o, s:s, s:o}",
		      "packets", number(r->all.packets), "bytes", number(r->all.bytes), "imbalance",
		      r->spread.imbalance, "cpus", cpus_json(r->cpus, r->nr_cpus), "sas", sas,
		      "reasons", reasons_json(r), "policy", rss_plan_policy_text(r, policy),
		      "steered", tally_json(&r->steered), "passed", tally_json(&r->passed),
		      "outgoing", tally_json(&r->outgoing), "idle_sas", number(r->idle_sas),
		      "unfindable_sas", number(r->unfindable_sas), "unknown", unknown, "cut_ipsec",
		      number(r->cut_ipsec), "cut_other", number(r->cut_other), "duration_ns",
		      number(r->last_ns - r->first_ns), "verdict", strbuf_text(&verdict), "notes",
		      lines_json(strbuf_text(&notes)));
	if (r->nr_ways)
		json_object_set_new(o, "compare", compare_json(r));
	strbuf_free(&verdict);
	strbuf_free(&notes);
	return o;
}
