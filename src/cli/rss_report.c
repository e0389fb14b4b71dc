// SPDX-License-Identifier: BSD-2-Clause
#include "rss_report.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "rss/advice.h"
#include "rss/name.h"
#include "rss/policy.h"

typedef unsigned long long ull;

/* Rows of a table that a person still reads; what is beyond is summed up. */
#define CPU_ROWS 32
#define SA_ROWS	 12
#define BAR_MIN	 10

struct page {
	const struct rss_plan_result *r;
	const struct rss_chart_style *style;
	struct strbuf *out;
};

static void heading(struct page *p, const char *text)
{
	strbuf_addf(p->out, "\n");
	rss_chart_colour(p->out, p->style, RSS_BOLD);
	strbuf_addf(p->out, "%s", text);
	rss_chart_colour(p->out, p->style, RSS_PLAIN);
	strbuf_addf(p->out, "\n");
}

/* Columns that are left for a bar in a line with @taken columns of other things. */
static u32 bar_columns(const struct page *p, u32 taken)
{
	return p->style->width > taken + BAR_MIN ? p->style->width - taken : BAR_MIN;
}

static enum rss_colour colour_of(double imbalance)
{
	return imbalance <= 1.5 ? RSS_GREEN : imbalance <= 3 ? RSS_YELLOW : RSS_RED;
}

static void print_summary(struct page *p)
{
	const struct rss_plan_result *r = p->r;
	double seconds = (double)(r->last_ns - r->first_ns) / 1e9;
	struct strbuf verdict = STRBUF_INIT;
	char bytes[16];

	rss_advice_verdict(r, &verdict);
	rss_chart_colour(p->out, p->style, RSS_BOLD);
	rss_chart_wrap(p->out, p->style, strbuf_text(&verdict), 0);
	rss_chart_colour(p->out, p->style, RSS_PLAIN);
	strbuf_free(&verdict);
	strbuf_addf(p->out, "\n\n%llu packets, %s", (ull)r->all.packets,
		    rss_bytes_text(r->all.bytes, bytes));
	if (seconds > 0)
		strbuf_addf(p->out, " in %.1f s (%.1f Mbit/s)", seconds,
			    (double)r->all.bytes * 8 / seconds / 1e6);
	strbuf_addf(p->out, "; %.1f %% of the bytes would be steered\n",
		    rss_percent(r->steered.bytes, r->all.bytes));
}

static void print_cpu(struct page *p, u32 cpu, double scale, u32 columns)
{
	const struct rss_plan_result *r = p->r;
	const struct rss_tally *t = &r->cpus[cpu];
	double share = rss_percent(t->bytes, r->spread.total);
	double mean = 100.0 / r->nr_cpus;
	char bytes[16];

	strbuf_addf(p->out, "%4u  ", cpu);
	rss_chart_bar(p->out, p->style, columns, share / scale, mean / scale,
		      colour_of(share / mean));
	strbuf_addf(p->out, " %5.1f %% %9s %9llu packets\n", share, rss_bytes_text(t->bytes, bytes),
		    (ull)t->packets);
}

/* All CPUs, or of many those that have something. */
static void print_cpus(struct page *p)
{
	const struct rss_plan_result *r = p->r;
	u32 columns = bar_columns(p, 44), shown = 0, busy = 0;
	double scale = max(rss_percent(r->spread.max, r->spread.total), 1.0);
	char policy[16];
	char title[64];

	for (u32 i = 0; i < r->nr_cpus; i++)
		busy += r->cpus[i].packets != 0;
	snprintf(title, sizeof(title), "CPUs (%u, policy %s)", r->nr_cpus,
		 rss_plan_policy_text(r, policy));
	heading(p, title);
	for (u32 i = 0; i < r->nr_cpus && shown < CPU_ROWS; i++) {
		if (r->nr_cpus > CPU_ROWS && !r->cpus[i].packets)
			continue;
		print_cpu(p, i, scale, columns);
		shown++;
	}
	if (r->nr_cpus > CPU_ROWS)
		strbuf_addf(p->out, "      (%u of %u CPUs have packets%s)\n", busy, r->nr_cpus,
			    busy > shown ? "; --json lists all" : "");
	if (!r->steered.packets)
		return;
	strbuf_addf(p->out, "imbalance ");
	rss_chart_colour(p->out, p->style, colour_of(r->spread.imbalance));
	strbuf_addf(p->out, "%.2f", r->spread.imbalance);
	rss_chart_colour(p->out, p->style, RSS_PLAIN);
	strbuf_addf(p->out, " (busiest CPU over the mean, by bytes; 1 is even: the %s)\n",
		    p->style->utf8 ? "\xe2\x94\x8a" : ":");
}

static void print_ways(struct page *p)
{
	const struct rss_plan_result *r = p->r;
	u32 columns = bar_columns(p, 59);

	if (!r->nr_ways || !r->ways[0].spread.total)
		return;
	heading(p, "Compared                     busiest CPU's share");
	for (u32 i = 0; i < r->nr_ways; i++) {
		const struct rss_way *way = &r->ways[i];
		double share = (double)way->spread.max / (double)max(way->spread.total, 1ull);

		strbuf_addf(p->out, "  %-26s ", way->text);
		rss_chart_bar(p->out, p->style, columns, share, 2,
			      colour_of(way->spread.imbalance));
		strbuf_addf(p->out, " %5.1f %%, speed-up %5.1f\n", share * 100,
			    way->spread.speedup);
	}
}

static void cpu_text(u32 cpu, char out[12])
{
	if (cpu == RSS_NO_CPU)
		snprintf(out, 12, "-");
	else
		snprintf(out, 12, "%u", cpu);
}

static void print_sas(struct page *p)
{
	const struct rss_plan_result *r = p->r;
	char dst[RSS_ADDR_TEXT], bytes[16], owner[12], cpu[12];
	u64 rest_packets = 0, rest_bytes = 0;
	u32 shown = r->nr_sas <= SA_ROWS + 1 ? r->nr_sas : SA_ROWS;
	int width = 11;

	if (!r->nr_sas)
		return;
	heading(p, "SAs, heaviest first");
	for (u32 i = 0; i < shown; i++)
		width = max(width, (int)strlen(rss_addr_text(r->sas[i]->key.daddr,
							     r->sas[i]->key.family, dst)));
	strbuf_addf(p->out, "  %-10s %-*s %5s %5s %9s %9s %8s %7s %5s\n", "spi", width,
		    "destination", "owner", "cpu", "packets", "bytes", "inverted", "dropped",
		    "moved");
	for (u32 i = 0; i < shown; i++) {
		const struct rss_plan_sa *sa = r->sas[i];

		cpu_text(sa->owner, owner);
		cpu_text(sa->cpu, cpu);
		strbuf_addf(p->out, "  0x%08x %-*s %5s %5s %9llu %9s %8llu %7llu %5llu\n",
			    ntohl(sa->key.spi), width,
			    rss_addr_text(sa->key.daddr, sa->key.family, dst), owner, cpu,
			    (ull)sa->tally.packets, rss_bytes_text(sa->tally.bytes, bytes),
			    (ull)(sa->sequence.inversions + sa->overtakes),
			    (ull)(sa->sequence.late + sa->sequence.repeated), (ull)sa->changes);
	}
	for (u32 i = shown; i < r->nr_sas; i++) {
		rest_packets += r->sas[i]->tally.packets;
		rest_bytes += r->sas[i]->tally.bytes;
	}
	if (shown < r->nr_sas)
		strbuf_addf(p->out, "  and %u more: %llu packets, %s (--json lists all)\n",
			    r->nr_sas - shown, (ull)rest_packets,
			    rss_bytes_text(rest_bytes, bytes));
}

static void print_reasons(struct page *p)
{
	const struct rss_plan_result *r = p->r;

	heading(p, "Packets by reason");
	for (u32 i = 0; i < RSS_NR_REASONS; i++) {
		if (r->reasons[i].packets)
			strbuf_addf(p->out, "  %-18s %9llu %5.1f %%  %s\n", rss_reason_name(i),
				    (ull)r->reasons[i].packets,
				    rss_percent(r->reasons[i].packets, r->all.packets),
				    rss_reason_text(i));
	}
}

static void print_notes(struct page *p)
{
	struct strbuf notes = STRBUF_INIT;
	char *line, *save = NULL;

	rss_advice_notes(p->r, &notes);
	if (notes.len)
		heading(p, "To note");
	for (line = notes.len ? strtok_r(notes.text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		strbuf_addf(p->out, "- ");
		rss_chart_wrap(p->out, p->style, line, 2);
		strbuf_addf(p->out, "\n");
	}
	strbuf_free(&notes);
}

void rss_report_text(const struct rss_plan_result *r, const struct rss_chart_style *style,
		     struct strbuf *out)
{
	struct page p = {r, style, out};

	print_summary(&p);
	if (!r->all.packets)
		return;
	if (r->steered.packets)
		print_cpus(&p);
	print_ways(&p);
	print_notes(&p);
	print_sas(&p);
	print_reasons(&p);
}
