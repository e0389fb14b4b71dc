// SPDX-License-Identifier: BSD-2-Clause
#include "status_advice.h"

#include <stdio.h>

#include "rss/name.h"

#define FEW 3 /* SAs or CPUs that are named one by one */

static void advise_ifaces(struct rss_status *st)
{
	char mend[128];

	for (u32 i = 0; i < st->nr_ifaces; i++) {
		const struct rss_iface_status *s = &st->ifaces[i];
		const char *name = s->record.iface;

		if (s->attached || (s->record.dispatched && !s->asked))
			continue;
		snprintf(mend, sizeof(mend), "espalier rss detach %s", name);
		rss_find(&st->advice, RSS_WARNS, mend,
			 "%s: the interface is gone, or was made anew: nothing of it is steered",
			 name);
	}
}

static void advise_switch(struct rss_status *st)
{
	if (st->state == RSS_STATE_OFF)
		rss_find(&st->advice, RSS_WARNS, "espalier rss on",
			 "steering is off: everything passes");
	else if (st->state == RSS_STATE_TRIAL_OVER)
		rss_find(&st->advice, RSS_WARNS, "espalier rss on",
			 "the trial was not confirmed: everything passes");
	else if (st->state == RSS_STATE_TRIAL)
		rss_find(&st->advice, RSS_SAYS, "espalier rss confirm",
			 "on trial: everything passes in %llu s unless it is confirmed",
			 (unsigned long long)(st->left_ns / 1000000000ull));
	if (!st->queues_watched)
		rss_find(&st->advice, RSS_SAYS, NULL,
			 "queues are not watched (tracing is not permitted): drops and backlog are "
			 "not "
			 "counted, and an SA changes its CPU after a quiet time alone");
	if (st->settings.lookup == RSS_LOOKUP_MAP && !st->daemon)
		rss_find(&st->advice, RSS_WARNS, "espalier rss daemon",
			 "lookup by map, and espalier rss daemon does not run: new SAs pass");
	if (st->settings.policy == RSS_LEAST_LOADED && !st->daemon)
		rss_find(&st->advice, RSS_WARNS, "espalier rss daemon",
			 "policy least-loaded, and espalier rss daemon does not run: all loads are "
			 "equal, and no SA moves");
	if (!st->sad_read)
		rss_find(&st->advice, RSS_WARNS, NULL, "the SAs cannot be read: %.120s",
			 st->sad_error.text);
}

static void advise_queues(struct rss_status *st)
{
	u32 bigger = st->settings.qsize * 2, named = 0;
	struct rss_cpuset online;
	char mend[128];

	if (bigger > RSS_MAX_QSIZE)
		bigger = RSS_MAX_QSIZE;
	snprintf(mend, sizeof(mend), "espalier rss attach --replace --qsize %u", bigger);
	if (st->settings.qsize == RSS_MAX_QSIZE)
		mend[0] = '\0';
	rss_cpus_online(&online);
	for (u32 i = 0; i < st->nr_cpus && named < FEW; i++) {
		if (st->cpus[i].open || !rss_cpuset_has(&online, i))
			continue;
		named++;
		rss_find(&st->advice, RSS_WARNS, "espalier rss attach --replace",
			 "CPU %u came online after attaching and has no queue: SAs that it owns go "
			 "by "
			 "policy",
			 i);
	}
	named = 0;
	for (u32 i = 0; i < st->nr_cpus && named < FEW; i++) {
		const struct rss_cpu_status *s = &st->cpus[i];

		if (!s->queue.dropped)
			continue;
		named++;
		rss_find(&st->advice, RSS_WARNS, mend,
			 "CPU %u: %llu packets found its queue of %u full and were dropped", s->cpu,
			 (unsigned long long)s->queue.dropped, st->settings.qsize);
	}
}

static void advise_sas(struct rss_status *st)
{
	u64 packets = 0;
	u32 fragments = 0, open = 0;
	char text[RSS_SA_TEXT];

	for (u32 i = 0; i < st->nr_sas; i++) {
		const struct rss_sa_status *s = &st->sas[i];

		packets += s->sa.packets;
		if (!s->sa.fragments || ++fragments > FEW)
			continue;
		rss_find(&st->advice, RSS_WARNS, NULL,
			 "%s: sends fragments (%llu), which go to one CPU for all SAs between the "
			 "two "
			 "hosts: a lower MTU inside the tunnel mends it",
			 rss_sa_text(&s->key, s->sa.saddr, text),
			 (unsigned long long)s->sa.fragments);
	}
	if (fragments > FEW)
		rss_find(&st->advice, RSS_WARNS, NULL, "%u more SAs send fragments",
			 fragments - FEW);
	for (u32 i = 0; i < st->nr_cpus; i++)
		open += st->cpus[i].open;
	/* Sorted: the first is the largest. */
	if (open > 1 && packets > 10000 && st->sas[0].sa.packets > packets / 10 * 8)
		rss_find(&st->advice, RSS_SAYS, NULL,
			 "%s: carries %llu %% of the packets. One SA is one CPU: steering will not "
			 "spread it, per-CPU SAs (RFC 9611) will",
			 rss_sa_text(&st->sas[0].key, st->sas[0].sa.saddr, text),
			 (unsigned long long)(st->sas[0].sa.packets * 100 / packets));
	if (st->nr_sas >= st->meta.max_sas)
		rss_find(&st->advice, RSS_WARNS,
			 "espalier rss attach --replace --fresh --max-sas N",
			 "the table of SAs is full (%u): more go by a hash", st->meta.max_sas);
}

static void advise_lookup(struct rss_status *st)
{
	const struct rss_count *r = st->reasons;
	char text[RSS_SA_TEXT];

	for (u32 i = 0; i < st->nr_hidden && i < FEW; i++) {
		const struct rss_sad_sa *sa = st->hidden[i];

		rss_find(&st->advice, RSS_WARNS, "espalier rss attach --replace",
			 "%s: cannot be found: its mark %#x/%#x is none of the %u that are tried",
			 rss_sa_text(&sa->key, sa->saddr, text), sa->mark, sa->mask,
			 st->settings.nr_marks);
	}
	if (st->nr_hidden > FEW)
		rss_find(
			&st->advice, RSS_WARNS, NULL,
			"%u more SAs cannot be found by a mark (at most %d are tried; --lookup map "
			"needs none)",
			st->nr_hidden - FEW, RSS_MAX_MARKS);
	if (r[RSS_OWNER_UNAVAILABLE].packets)
		rss_find(&st->advice, RSS_WARNS, NULL,
			 "%llu packets went by policy, since the CPU that owns their SA is offline "
			 "or "
			 "has no queue",
			 (unsigned long long)r[RSS_OWNER_UNAVAILABLE].packets);
	if (r[RSS_TOO_MANY_TAGS].packets)
		rss_find(&st->advice, RSS_SAYS, NULL,
			 "%llu packets with more than %d VLAN tags passed",
			 (unsigned long long)r[RSS_TOO_MANY_TAGS].packets, RSS_MAX_TAGS);
}

void status_advise(struct rss_status *st)
{
	advise_switch(st);
	advise_ifaces(st);
	advise_queues(st);
	advise_lookup(st);
	advise_sas(st);
}
