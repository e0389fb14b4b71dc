// SPDX-License-Identifier: BSD-2-Clause
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define LOCKS_MAX 1024u

u64 table_random(const void *salt)
{
	struct timespec now;
	u64 seed;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == sizeof(seed))
		return seed;
	/* Early in a boot: better than nothing. */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return hash_u64((uintptr_t)salt, (u64)now.tv_nsec);
}

int table_init(struct table *t, u32 entries, bool zero_seed)
{
	u32 buckets = 1;

	while (buckets < entries)
		buckets <<= 1;
	t->mask = buckets - 1;
	t->lock_mask = min(buckets, LOCKS_MAX) - 1;
	t->seed = zero_seed ? 0 : table_random(t);
	t->heads = calloc(buckets, sizeof(*t->heads));
	t->locks = calloc(t->lock_mask + 1, sizeof(*t->locks));
	if (t->heads && t->locks)
		return 0;
	table_free(t);
	return -ENOMEM;
}

void table_free(struct table *t)
{
	free(t->heads);
	free(t->locks);
	t->heads = NULL;
	t->locks = NULL;
}
