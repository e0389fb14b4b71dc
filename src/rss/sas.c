// SPDX-License-Identifier: BSD-2-Clause
#include "sas.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define SLOTS_MIN 64

static struct rss_plan_sa **slot_of(const struct rss_sas *t, const struct rss_sa_key *key)
{
	u64 at = hash_bytes(key, sizeof(*key), 0);

	while (t->slot[at & t->mask] && memcmp(&t->slot[at & t->mask]->key, key, sizeof(*key)))
		at++;
	return &t->slot[at & t->mask];
}

struct rss_plan_sa *rss_sas_find(const struct rss_sas *t, const struct rss_sa_key *key)
{
	return t->slot ? *slot_of(t, key) : NULL;
}

/* Room for one more; at most half of the slots are taken. */
static int reserve(struct rss_sas *t)
{
	u32 slots = t->slot ? (t->mask + 1) * 2 : SLOTS_MIN;
	struct rss_sas bigger = {.mask = slots - 1, .nr = t->nr};

	if (t->slot && t->nr < (t->mask + 1) / 2)
		return 0;
	bigger.slot = calloc(slots, sizeof(struct rss_plan_sa *));
	if (!bigger.slot)
		return -ENOMEM;
	for (u32 i = 0; t->slot && i <= t->mask; i++) {
		if (t->slot[i])
			*slot_of(&bigger, &t->slot[i]->key) = t->slot[i];
	}
	free(t->slot);
	*t = bigger;
	return 0;
}

struct rss_plan_sa *rss_sas_add(struct rss_sas *t, const struct rss_sa_key *key)
{
	struct rss_plan_sa *sa;

	if (reserve(t))
		return NULL;
	sa = calloc(1, sizeof(*sa));
	if (!sa)
		return NULL;
	sa->key = *key;
	sa->cpu = RSS_NO_CPU;
	sa->owner = RSS_NO_CPU;
	*slot_of(t, key) = sa;
	t->nr++;
	return sa;
}

void rss_sas_fini(struct rss_sas *t)
{
	for (u32 i = 0; t->slot && i <= t->mask; i++) {
		if (!t->slot[i])
			continue;
		rss_sequence_fini(&t->slot[i]->sequence);
		free(t->slot[i]->parts);
		free(t->slot[i]);
	}
	free(t->slot);
	*t = (struct rss_sas){0};
}

int rss_plan_sa_part(struct rss_plan_sa *sa, u32 cpu, u64 bytes)
{
	struct rss_plan_part *parts;
	u32 i = 0;

	while (i < sa->nr_parts && sa->parts[i].cpu != cpu)
		i++;
	if (i == sa->nr_parts) {
		parts = realloc(sa->parts, (sa->nr_parts + 1) * sizeof(*parts));
		if (!parts)
			return -ENOMEM;
		parts[i] = (struct rss_plan_part){.cpu = cpu};
		sa->parts = parts;
		sa->nr_parts++;
	}
	sa->parts[i].tally.packets++;
	sa->parts[i].tally.bytes += bytes;
	return 0;
}
