// SPDX-License-Identifier: BSD-2-Clause
#include "rss/planner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "planner_state.h"
#include "sad/state.h"

/* Longest frame that is kept: see FRAME_MAX of bench.c. */
#define PADDED_BYTES (256u << 10)
/* What esp_rss has room for unless told otherwise. */
#define DEFAULT_MAX_SAS 131072

static int add_mark(const struct espalier_sa *sa, void *arg)
{
	if (sa->dir != XFRM_SA_DIR_OUT)
		rss_marks_add(arg, sa->id.mark, sa->mask);
	return 0;
}

static int open_benches(struct rss_planner *p, struct espalier_error *e)
{
	int err;

	err = espalier_set_cpus(p->o.nr_cpus);
	if (err)
		return fail(e, -err, "%u CPUs: %s", p->o.nr_cpus, strerror(-err));
	espalier_sad_walk(p->sad, add_mark, &p->marks);
	rss_marks_finish(&p->marks);
	err = rss_bench_open(&p->bench, &p->o, p->o.policy, &p->marks, e);
	if (err)
		return err;
	p->quiet_ns = rss_prog_config(p->bench.prog)->quiet_ns;
	return p->o.compare ? rss_compare_new(&p->o, &p->marks, &p->compare, e) : 0;
}

int rss_planner_new(const struct rss_planner_options *o, struct espalier_sad *sad,
		    struct rss_planner **out, struct espalier_error *e)
{
	struct rss_planner *p;
	int err;

	if (!o->nr_cpus || o->nr_cpus > RSS_MAX_CPUS)
		return fail(e, EINVAL, "%u CPUs: there can be from 1 to %u", o->nr_cpus,
			    RSS_MAX_CPUS);
	if (o->policy == RSS_FIXED && o->fixed_cpu >= o->nr_cpus)
		return fail(e, EINVAL, "CPU %u: there are %u, from 0 on", o->fixed_cpu, o->nr_cpus);
	p = calloc(1, sizeof(*p));
	if (!p)
		return fail(e, ENOMEM, "out of memory");
	p->o = *o;
	p->sad = sad;
	if (!o->max_sas && espalier_sad_count(sad) > DEFAULT_MAX_SAS)
		p->o.max_sas = (u32)min(espalier_sad_count(sad), (size_t)U32_MAX);
	p->r.nr_cpus = o->nr_cpus;
	p->r.policy = o->policy;
	p->r.fixed_cpu = o->fixed_cpu;
	p->r.cpus = calloc(o->nr_cpus, sizeof(*p->r.cpus));
	p->r.fragments = calloc(o->nr_cpus, sizeof(*p->r.fragments));
	p->padded = calloc(1, PADDED_BYTES);
	err = p->r.cpus && p->r.fragments && p->padded ? rss_playing_init(&p->daemon, o->nr_cpus)
						       : -ENOMEM;
	if (err)
		fail(e, -err, "out of memory");
	else
		err = open_benches(p, e);
	if (err) {
		rss_planner_free(p);
		return err;
	}
	espalier_set_sad(sad);
	*out = p;
	return 0;
}

void rss_planner_free(struct rss_planner *p)
{
	if (!p)
		return;
	espalier_set_sad(NULL);
	espalier_set_clock(0);
	rss_bench_close(&p->bench);
	rss_compare_free(p->compare);
	rss_playing_fini(&p->daemon);
	rss_sas_fini(&p->sas);
	rss_sas_fini(&p->unknown);
	free(p->r.sas);
	free(p->r.unknown);
	free(p->r.cpus);
	free(p->r.fragments);
	free(p->padded);
	free(p);
}

static void add(struct rss_tally *t, u64 bytes)
{
	t->packets++;
	t->bytes += bytes;
}

/* What the SAD says of an SA that was just seen for the first time. */
static void look_up(struct rss_planner *p, struct rss_plan_sa *sa)
{
	struct espalier_sa_id id = {
		.family = sa->key.family,
		.proto = sa->key.proto,
		.spi = ntohl(sa->key.spi),
	};
	struct espalier_sa found;

	memcpy(id.daddr, sa->key.daddr, sizeof(id.daddr));
	for (u32 i = 0; i < p->marks.nr && !sa->known; i++) {
		id.mark = p->marks.mark[i];
		sa->known = !espalier_sad_lookup(p->sad, &id, &found);
	}
	if (!sa->known)
		return;
	sa->owner = found.pcpu_num;
	sa->reqid = found.reqid;
	sa->outbound = found.dir == 2;
	rss_sequence_init(&sa->sequence, found.replay_window);
}

static struct rss_plan_sa *sa_of(struct rss_planner *p, const struct rss_sa_key *key)
{
	struct rss_plan_sa *sa = rss_sas_find(&p->sas, key);

	if (!sa) {
		sa = rss_sas_add(&p->sas, key);
		if (sa)
			look_up(p, sa);
	}
	return sa;
}

/* The sequence number stands before the end of what the program looked at: ESP and AH alike. */
static int see_sequence(struct rss_plan_sa *sa, const struct frame *f, u32 headers)
{
	u32 number;

	if (headers > f->len || headers < sizeof(number))
		return 0;
	memcpy(&number, f->data + headers - sizeof(number), sizeof(number));
	return rss_sequence_see(&sa->sequence, ntohl(number));
}

static int account_sa(struct rss_planner *p, const struct frame *f, const struct rss_decision *d)
{
	struct rss_plan_sa *sa = sa_of(p, &d->key);

	if (!sa)
		return -ENOMEM;
	if (sa->tally.packets && sa->cpu != d->cpu) {
		sa->changes++;
		sa->overtakes += p->now - sa->last_ns < p->quiet_ns;
	}
	sa->cpu = d->cpu;
	sa->last_ns = p->now;
	add(&sa->tally, f->wire_len);
	if (d->cpu != RSS_NO_CPU && rss_plan_sa_part(sa, d->cpu, f->wire_len))
		return -ENOMEM;
	return see_sequence(sa, f, d->headers);
}

static int account_fragment(struct rss_planner *p, const struct frame *f,
			    const struct rss_decision *d)
{
	struct espalier_sa_id id = {.family = d->key.family, .proto = d->key.proto};
	struct rss_plan_sa *sa;

	if (d->cpu != RSS_NO_CPU)
		add(&p->r.fragments[d->cpu], f->wire_len);
	if (!d->has_key)
		return 0;
	id.spi = ntohl(d->key.spi);
	sa = rss_sas_find(&p->sas, &d->key);
	if (!sa) {
		bool known = false;

		memcpy(id.daddr, d->key.daddr, sizeof(id.daddr));
		for (u32 i = 0; i < p->marks.nr && !known; i++) {
			id.mark = p->marks.mark[i];
			known = !espalier_sad_lookup(p->sad, &id, NULL);
		}
		if (!known)
			return 0;
		sa = sa_of(p, &d->key);
	}
	if (!sa)
		return -ENOMEM;
	sa->fragments++;
	return 0;
}

/* SPIs are whatever a sender writes: beyond a bound they are only counted. */
static int account_unknown(struct rss_planner *p, const struct frame *f,
			   const struct rss_decision *d)
{
	struct rss_plan_sa *sa = rss_sas_find(&p->unknown, &d->key);

	if (!sa && p->unknown.nr < RSS_PLAN_UNKNOWN_MAX) {
		sa = rss_sas_add(&p->unknown, &d->key);
		if (!sa)
			return -ENOMEM;
	}
	if (sa)
		add(&sa->tally, f->wire_len);
	return 0;
}

/* Where it went, and why. */
static int account(struct rss_planner *p, const struct frame *f, const struct rss_decision *d)
{
	add(&p->r.reasons[d->reason], f->wire_len);
	if (d->cpu != RSS_NO_CPU) {
		add(&p->r.cpus[d->cpu], f->wire_len);
		add(&p->r.steered, f->wire_len);
	} else {
		add(&p->r.passed, f->wire_len);
	}
	switch (d->reason) {
	case RSS_OWNER:
	case RSS_OWNER_UNAVAILABLE:
	case RSS_POLICY:
	case RSS_OFFLOADED:
		return account_sa(p, f, d);
	case RSS_FRAGMENT:
		return account_fragment(p, f, d);
	case RSS_UNKNOWN_SA:
		return account_unknown(p, f, d);
	default:
		return 0;
	}
}

static int run(struct rss_planner *p, const struct frame *f, u32 captured, struct espalier_error *e)
{
	const void *data = captured == f->wire_len ? f->data : p->padded;
	const struct rss_decision *d;
	int err;

	err = rss_bench_run(&p->bench, data, f->wire_len, &d, e);
	if (err)
		return err;
	if (account(p, f, d))
		return fail(e, ENOMEM, "out of memory");
	if (!p->compare)
		return 0;
	return rss_compare_frame(p->compare, data, f->wire_len, captured, f->wire_len, d, e);
}

/* The capture has not all of it. The program sees zeroes in place of what it does not look at. */
static int run_cut(struct rss_planner *p, const struct frame *f, struct espalier_error *e)
{
	u32 kept = min(f->len, PADDED_BYTES);
	struct rss_headers h;
	int err;

	rss_headers_read(f->data, f->len, f->wire_len, p->o.ports, p->o.nr_ports, &h);
	if (h.extent != RSS_EXTENT_ENOUGH) {
		bool ipsec = h.extent == RSS_EXTENT_IPSEC;

		add(&p->r.reasons[ipsec ? RSS_UNKNOWN_SA : RSS_NOT_IPSEC], f->wire_len);
		add(&p->r.passed, f->wire_len);
		p->r.cut_ipsec += ipsec;
		p->r.cut_other += !ipsec;
		return 0;
	}
	kept = min(kept, h.usable);
	memcpy(p->padded, f->data, kept);
	err = run(p, f, kept, e);
	memset(p->padded, 0, kept);
	return err;
}

/* Time goes forward only, whatever a capture says, and is never 0: that is the real clock. */
static int set_time(struct rss_planner *p, const struct frame *f, struct espalier_error *e)
{
	u64 now = min(max(f->time_ns, 1ull), U64_MAX / 2);

	if (!p->r.all.packets) {
		p->r.first_ns = p->r.last_ns = now;
		p->now = p->ticked = now;
	}
	p->now = max(p->now, now);
	p->r.first_ns = min(p->r.first_ns, now);
	p->r.last_ns = p->now;
	espalier_set_clock(p->now);
	if (p->o.policy != RSS_LEAST_LOADED || p->now - p->ticked < RSS_LOAD_INTERVAL_NS)
		return 0;
	if (rss_playing_tick(p, p->now - p->ticked))
		return fail(e, ENOMEM, "out of memory");
	p->ticked = p->now;
	return 0;
}

int rss_planner_frame(struct rss_planner *p, const struct frame *f, struct espalier_error *e)
{
	int err = set_time(p, f, e);

	if (err)
		return err;
	add(&p->r.all, f->wire_len);
	if (f->outgoing)
		add(&p->r.outgoing, f->wire_len);
	return f->len < f->wire_len ? run_cut(p, f, e) : run(p, f, f->len, e);
}

static int by_bytes(const void *a, const void *b)
{
	const struct rss_plan_sa *x = *(struct rss_plan_sa *const *)a;
	const struct rss_plan_sa *y = *(struct rss_plan_sa *const *)b;

	if (x->tally.bytes != y->tally.bytes)
		return x->tally.bytes < y->tally.bytes ? 1 : -1;
	/* The same capture always gives the same list. */
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static int list(const struct rss_sas *t, struct rss_plan_sa ***out, u32 *nr)
{
	struct rss_plan_sa **all = calloc(t->nr + 1, sizeof(struct rss_plan_sa *));

	if (!all)
		return -ENOMEM;
	*nr = 0;
	for (u32 i = 0; t->slot && i <= t->mask; i++) {
		if (t->slot[i])
			all[(*nr)++] = t->slot[i];
	}
	qsort(all, *nr, sizeof(struct rss_plan_sa *), by_bytes);
	*out = all;
	return 0;
}

static int count_idle(const struct espalier_sa *sa, void *arg)
{
	struct rss_planner *p = arg;
	struct rss_sa_key key = {
		.spi = htonl(sa->id.spi),
		.family = sa->id.family,
		.proto = sa->id.proto,
	};

	memcpy(key.daddr, sa->id.daddr, sizeof(key.daddr));
	p->r.idle_sas += !rss_sas_find(&p->sas, &key);
	return 0;
}

int rss_planner_finish(struct rss_planner *p, const struct rss_plan_result **out)
{
	if (list(&p->sas, &p->r.sas, &p->r.nr_sas) ||
	    list(&p->unknown, &p->r.unknown, &p->r.nr_unknown))
		return -ENOMEM;
	espalier_sad_walk(p->sad, count_idle, p);
	p->r.unfindable_sas = p->marks.missed;
	p->r.spread = rss_spread_of(p->r.cpus, p->r.nr_cpus);
	if (p->compare)
		rss_compare_finish(p->compare, &p->r);
	*out = &p->r;
	return 0;
}
