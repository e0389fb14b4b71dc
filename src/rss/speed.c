// SPDX-License-Identifier: BSD-2-Clause
#include "rss/speed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static double rise(u64 before, u64 now, double seconds)
{
	return (double)(now >= before ? now - before : now) / seconds;
}

static struct rss_speed speed(u64 p0, u64 b0, u64 p1, u64 b1, double seconds)
{
	return (struct rss_speed){rise(p0, p1, seconds), rise(b0, b1, seconds)};
}

static void add(struct rss_speed *to, const struct rss_speed *s)
{
	to->packets += s->packets;
	to->bytes += s->bytes;
}

static u64 lost(const struct rss_cpu_status *c)
{
	return c->queue.dropped + c->queue.kthread_dropped;
}

static void cpus(const struct rss_status *before, const struct rss_status *now, double seconds,
		 struct rss_speeds *out)
{
	static const struct rss_cpu_status nothing;

	for (u32 i = 0; i < now->nr_cpus; i++) {
		const struct rss_cpu_status *a = i < before->nr_cpus ? &before->cpus[i] : &nothing;
		const struct rss_cpu_status *b = &now->cpus[i];

		out->cpus[i] = speed(a->steered.packets, a->steered.bytes, b->steered.packets,
				     b->steered.bytes, seconds);
		out->drops[i] = rise(lost(a), lost(b), seconds);
		add(&out->steered, &out->cpus[i]);
		out->dropped += out->drops[i];
	}
}

static int by_key(const void *a, const void *b)
{
	const struct rss_sa_status *const *x = a, *const *y = b;

	return memcmp(&(*x)->key, &(*y)->key, sizeof((*x)->key));
}

static int sas(const struct rss_status *before, const struct rss_status *now, double seconds,
	       struct rss_speeds *out)
{
	const struct rss_sa_status **at = calloc(before->nr_sas + 1ul, sizeof(*at));

	if (!at)
		return -ENOMEM;
	for (u32 i = 0; i < before->nr_sas; i++)
		at[i] = &before->sas[i];
	qsort(at, before->nr_sas, sizeof(*at), by_key);
	for (u32 i = 0; i < now->nr_sas; i++) {
		const struct rss_sa_status *b = &now->sas[i], **a;
		u64 packets = 0, bytes = 0;

		a = bsearch(&b, at, before->nr_sas, sizeof(*at), by_key);
		if (a && (*a)->sa.first_seen == b->sa.first_seen) {
			packets = (*a)->sa.packets;
			bytes = (*a)->sa.bytes;
		}
		out->sas[i] = speed(packets, bytes, b->sa.packets, b->sa.bytes, seconds);
	}
	free(at);
	return 0;
}

int rss_speeds_make(const struct rss_status *before, const struct rss_status *now, double seconds,
		    struct rss_speeds *out)
{
	struct rss_speed all = {0};
	int err;

	*out = (struct rss_speeds){
		.cpus = calloc(now->nr_cpus + 1ul, sizeof(*out->cpus)),
		.drops = calloc(now->nr_cpus + 1ul, sizeof(*out->drops)),
		.sas = calloc(now->nr_sas + 1ul, sizeof(*out->sas)),
	};
	err = out->cpus && out->drops && out->sas ? 0 : -ENOMEM;
	if (!err && before && seconds > 0) {
		cpus(before, now, seconds, out);
		err = sas(before, now, seconds, out);
		for (u32 i = 0; i < RSS_NR_REASONS; i++) {
			const struct rss_count *a = &before->reasons[i], *b = &now->reasons[i];

			out->reasons[i] =
				speed(a->packets, a->bytes, b->packets, b->bytes, seconds);
			add(&all, &out->reasons[i]);
		}
		/* The counters are not read in one instant. */
		out->passed.packets = max(all.packets - out->steered.packets, 0.0);
		out->passed.bytes = max(all.bytes - out->steered.bytes, 0.0);
	}
	if (err)
		rss_speeds_free(out);
	return err;
}

void rss_speeds_free(struct rss_speeds *s)
{
	free(s->cpus);
	free(s->drops);
	free(s->sas);
	*s = (struct rss_speeds){0};
}
