// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rss/kernel.h"
#include "rss/name.h"
#include "rss/policy.h"
#include "rss_top.h"

#define NS_PER_S 1000000000ull
/* From here on there is room for totals. */
#define WIDE 100

static void add(struct top_page *p, const struct top_view *v, enum top_look look, const char *fmt,
		...) __printf_like(4, 5);

static void add(struct top_page *p, const struct top_view *v, enum top_look look, const char *fmt,
		...)
{
	struct top_line *l;
	va_list ap;

	/* Room for a power of two at a time. */
	if (!(p->nr & (p->nr - 1))) {
		l = reallocarray(p->at, p->nr ? 2ul * p->nr : 1, sizeof(*l));
		if (!l) {
			p->failed = true;
			return;
		}
		p->at = l;
	}
	if (p->failed)
		return;
	l = &p->at[p->nr++];
	l->look = look;
	va_start(ap, fmt);
	vsnprintf(l->text, sizeof(l->text), fmt, ap);
	va_end(ap);
	l->text[min(v->width, (u32)TOP_MAX_WIDTH)] = '\0';
}

/* "1.23M": at most 5 characters below 1000 E. */
static const char *si(double v, char text[16])
{
	static const char units[] = " kMGTPE";
	u32 unit = 0;

	if (v < 999.5) {
		snprintf(text, 16, "%.0f", v);
		return text;
	}
	while (v >= 999.5 && unit < sizeof(units) - 2) {
		v /= 1000;
		unit++;
	}
	snprintf(text, 16, "%.*f%c", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v, units[unit]);
	return text;
}

static void add_state(struct top_page *p, const struct top_view *v)
{
	const struct rss_status *st = v->st;
	static const enum top_look looks[] = {
		[RSS_STATE_OFF] = TOP_BAD,
		[RSS_STATE_ON] = TOP_GOOD,
		[RSS_STATE_TRIAL] = TOP_WARN,
		[RSS_STATE_TRIAL_OVER] = TOP_BAD,
	};
	char left[48] = "", ifaces[200] = "";
	size_t n = 0;

	if (st->state == RSS_STATE_TRIAL)
		snprintf(left, sizeof(left), ", %llu s left",
			 (unsigned long long)(st->left_ns / NS_PER_S));
	for (u32 i = 0; i < st->nr_ifaces && n < sizeof(ifaces); i++) {
		const struct rss_iface_status *s = &st->ifaces[i];

		n += (size_t)snprintf(ifaces + n, sizeof(ifaces) - n, "%s%s%s", i ? " " : "",
				      s->record.iface,
				      s->attached ? ""
				      : s->asked  ? "(gone)"
						  : "(not seen)");
	}
	add(p, v, looks[st->state], "steering: %s%s | %s",
	    st->state == RSS_STATE_TRIAL_OVER ? "off, the trial is over"
	    : st->state == RSS_STATE_TRIAL    ? "on trial"
					      : rss_state_name(st->state),
	    left, ifaces);
}

static void add_totals(struct top_page *p, const struct top_view *v)
{
	const struct rss_speeds *s = v->speeds;
	char a[16], b[16], c[16], d[16] = "-";

	if (v->st->queues_watched)
		si(s->dropped, d);
	add(p, v, s->dropped > 0 ? TOP_BAD : TOP_PLAIN,
	    "steered %s pkt/s, %s bit/s | passed %s pkt/s | dropped %s pkt/s",
	    si(s->steered.packets, a), si(s->steered.bytes * 8, b), si(s->passed.packets, c), d);
}

/* Packets per second by reason, most first. */
static void add_reasons(struct top_page *p, const struct top_view *v)
{
	const struct rss_speed *s = v->speeds->reasons;
	char text[TOP_MAX_WIDTH + 1] = "", rate[16];
	bool shown[RSS_NR_REASONS] = {0};
	size_t n = 0;

	for (u32 round = 0; round < RSS_NR_REASONS; round++) {
		u32 best = RSS_NR_REASONS;

		for (u32 i = 0; i < RSS_NR_REASONS; i++) {
			if (!shown[i] && s[i].packets > 0 &&
			    (best == RSS_NR_REASONS || s[i].packets > s[best].packets))
				best = i;
		}
		if (best == RSS_NR_REASONS || n >= sizeof(text))
			break;
		shown[best] = true;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "  %s %s", rss_reason_name(best),
				      si(s[best].packets, rate));
	}
	add(p, v, TOP_PLAIN, "reasons:%.230s", n ? text : "  no packets");
}

static void add_advice(struct top_page *p, const struct top_view *v)
{
	const struct rss_findings *f = &v->st->advice;

	const char *first = NULL;
	u32 nr = 0;

	for (u32 i = 0; i < f->nr; i++) {
		if (f->at[i].grade == RSS_SAYS)
			continue;
		if (!nr++)
			first = f->at[i].text;
	}
	if (nr > 1)
		add(p, v, TOP_WARN, "! %s (rss status: %u more)", first, nr - 1);
	else if (nr)
		add(p, v, TOP_WARN, "! %s", first);
}

static const struct rss_speeds *sort_speeds; /* for the comparisons below; one thread */

static int by_cpu_rate(const void *a, const void *b)
{
	double x = sort_speeds->cpus[*(const u32 *)a].packets;
	double y = sort_speeds->cpus[*(const u32 *)b].packets;

	return x != y ? (x < y ? 1 : -1) : (int)*(const u32 *)a - (int)*(const u32 *)b;
}

static int by_number(const void *a, const void *b)
{
	return (int)*(const u32 *)a - (int)*(const u32 *)b;
}

static void add_cpu(struct top_page *p, const struct top_view *v, u32 i)
{
	const struct rss_cpu_status *c = &v->st->cpus[i];
	const struct rss_speed *s = &v->speeds->cpus[i];
	double total = v->speeds->steered.packets;
	double share = total > 0 ? s->packets / total : 0;
	char a[16], b[16], backlog[16] = "-", drops[16] = "-", dropped[16] = "-", bar[128];
	u32 room = v->width > 70 ? min(v->width - 68, (u32)sizeof(bar) - 1) : 0;
	u32 filled = (u32)(share * room + 0.5);

	if (v->st->queues_watched) {
		si((double)c->backlog, backlog);
		si(v->speeds->drops[i], drops);
		si((double)(c->queue.dropped + c->queue.kthread_dropped), dropped);
	}
	memset(bar, '#', filled);
	bar[filled] = '\0';
	add(p, v, v->speeds->drops[i] > 0 ? TOP_BAD : TOP_PLAIN,
	    "%4u %-7s %5u %7s %7s %6.1f%% %7s %7s %8s  %s", c->cpu,
	    !c->open	? "offline"
	    : c->policy ? "policy"
			: "owners",
	    c->sas, si(s->packets, a), si(s->bytes * 8, b), 100 * share, backlog, drops, dropped,
	    bar);
}

static void add_cpus(struct top_page *p, const struct top_view *v)
{
	const struct rss_status *st = v->st;
	u32 *at = calloc(st->nr_cpus + 1ul, sizeof(*at)), nr = 0, rows;
	struct rss_speed rest = {0};
	char a[16], b[16];

	if (!at) {
		p->failed = true;
		return;
	}
	add(p, v, TOP_TITLE, "%4s %-7s %5s %7s %7s %7s %7s %7s %8s", "CPU", "", "SAS", "PKT/S",
	    "BIT/S", "SHARE", "BACKLOG", "DROP/S", "DROPPED");
	for (u32 i = 0; i < st->nr_cpus; i++) {
		if (st->cpus[i].open || st->cpus[i].steered.packets)
			at[nr++] = i;
	}
	rows = !v->cpu_rows || nr <= v->cpu_rows ? nr : v->cpu_rows - 1;
	if (rows < nr) {
		sort_speeds = v->speeds;
		qsort(at, nr, sizeof(*at), by_cpu_rate);
		qsort(at, rows, sizeof(*at), by_number);
	}
	for (u32 i = 0; i < rows; i++)
		add_cpu(p, v, at[i]);
	for (u32 i = rows; i < nr; i++) {
		rest.packets += v->speeds->cpus[at[i]].packets;
		rest.bytes += v->speeds->cpus[at[i]].bytes;
	}
	if (rows < nr)
		add(p, v, TOP_PLAIN, "%u less busy CPUs: %s pkt/s, %s bit/s", nr - rows,
		    si(rest.packets, a), si(rest.bytes * 8, b));
	free(at);
}

/* An SA with its speed, to be sorted. */
struct row {
	const struct rss_sa_status *sa;
	const struct rss_speed *speed;
};

static enum top_sort sort_column; /* for compare(); one thread */

static int compare_numbers(double x, double y)
{
	return x == y ? 0 : x < y ? 1 : -1;
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int diff = 0;

	switch (sort_column) {
	case TOP_BY_BITS:
		diff = compare_numbers(x->speed->bytes, y->speed->bytes);
		break;
	case TOP_BY_CPU:
		diff = compare_numbers(y->sa->sa.cpu, x->sa->sa.cpu);
		break;
	case TOP_BY_SPI:
		diff = compare_numbers(ntohl(y->sa->key.spi), ntohl(x->sa->key.spi));
		break;
	case TOP_BY_PEER:
		diff = memcmp(x->sa->sa.saddr, y->sa->sa.saddr, sizeof(x->sa->sa.saddr));
		break;
	case TOP_BY_FRAGMENTS:
		diff = compare_numbers((double)x->sa->sa.fragments, (double)y->sa->sa.fragments);
		break;
	case TOP_BY_CHANGES:
		diff = compare_numbers((double)x->sa->sa.changes, (double)y->sa->sa.changes);
		break;
	default:
		break;
	}
	if (!diff)
		diff = compare_numbers(x->speed->packets, y->speed->packets);
	if (!diff)
		diff = compare_numbers((double)x->sa->sa.packets, (double)y->sa->sa.packets);
	return diff ? diff : memcmp(&x->sa->key, &y->sa->key, sizeof(x->sa->key));
}

static const char *cpu_text(u32 cpu, char text[16])
{
	if (cpu == RSS_NO_CPU)
		snprintf(text, 16, "-");
	else
		snprintf(text, 16, "%u", cpu);
	return text;
}

static void add_sa(struct top_page *p, const struct top_view *v, const struct row *r, u32 peer)
{
	const struct rss_sa *sa = &r->sa->sa;
	char addr[RSS_ADDR_TEXT], owner[16], cpu[16], a[16], b[16], f[16], c[16], t[16];
	char total[16] = "";

	rss_addr_text(sa->saddr, r->sa->key.family, addr);
	/* The end of an address tells peers apart. */
	if (strlen(addr) > peer) {
		memmove(addr, addr + strlen(addr) - peer, peer + 1);
		addr[0] = '~';
	}
	if (v->width >= WIDE)
		snprintf(total, sizeof(total), " %9s", si((double)sa->packets, t));
	add(p, v, TOP_PLAIN, "0x%08x %-*s %6u %5s %4s %7s %7s%s %6s %5s%s", ntohl(r->sa->key.spi),
	    (int)peer, addr, sa->reqid, cpu_text(sa->owner, owner), cpu_text(sa->cpu, cpu),
	    si(r->speed->packets, a), si(r->speed->bytes * 8, b), total,
	    si((double)sa->fragments, f), si((double)sa->changes, c),
	    r->sa->known || !v->st->sad_read ? "" : " gone");
}

/* The column that is sorted by has a star. */
static const char *title(const struct top_view *v, enum top_sort column, const char *starred)
{
	return v->sort == column ? starred : starred + 1;
}

static void add_sas(struct top_page *p, const struct top_view *v)
{
	const struct rss_status *st = v->st;
	struct row *rows = calloc(st->nr_sas + 1ul, sizeof(*rows));
	u32 taken = v->width >= WIDE ? 72 : 62;
	u32 peer = min(v->width > taken + 10 ? v->width - taken : 10, (u32)RSS_ADDR_TEXT - 1);
	char total[16] = "";

	if (!rows) {
		p->failed = true;
		return;
	}
	if (v->width >= WIDE)
		snprintf(total, sizeof(total), " %9s", "PACKETS");
	add(p, v, TOP_TITLE, "%-10s %-*s %6s %5s %4s %7s %7s%s %6s %5s",
	    title(v, TOP_BY_SPI, "*SPI"), (int)peer, title(v, TOP_BY_PEER, "*PEER"), "REQID",
	    "OWNER", title(v, TOP_BY_CPU, "*CPU"), title(v, TOP_BY_PACKETS, "*PKT/S"),
	    title(v, TOP_BY_BITS, "*BIT/S"), total, title(v, TOP_BY_FRAGMENTS, "*FRAGS"),
	    title(v, TOP_BY_CHANGES, "*CHGS"));
	p->nr_head = p->nr;
	for (u32 i = 0; i < st->nr_sas; i++)
		rows[i] = (struct row){&st->sas[i], &v->speeds->sas[i]};
	sort_column = v->sort;
	qsort(rows, st->nr_sas, sizeof(*rows), compare);
	for (u32 i = 0; i < st->nr_sas; i++)
		add_sa(p, v, &rows[i], peer);
	free(rows);
	if (!st->nr_sas)
		add(p, v, TOP_PLAIN, "no packet of an SA has come yet");
}

void top_page_make(const struct top_view *v, struct top_page *page)
{
	*page = (struct top_page){0};
	if (v->st)
		add_state(page, v);
	if (v->note && *v->note)
		add(page, v, TOP_WARN, "%s", v->note);
	page->nr_head = page->nr;
	if (!v->st)
		return;
	add_totals(page, v);
	add_reasons(page, v);
	add_advice(page, v);
	add(page, v, TOP_PLAIN, "%s", "");
	add_cpus(page, v);
	add(page, v, TOP_PLAIN, "%s", "");
	add_sas(page, v);
}

void top_page_free(struct top_page *page)
{
	free(page->at);
	*page = (struct top_page){0};
}
