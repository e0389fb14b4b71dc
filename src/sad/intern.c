// SPDX-License-Identifier: BSD-2-Clause
#include "intern.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/hash.h"

/* The bookkeeping is not in the arena: no program has business with it. */
struct copy {
	struct copy *next;
	void *data;
	u64 hash;
	u32 size;
	u32 refs;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct copy **chains;
static size_t nr_chains;
static size_t nr_copies;

static int grow(void)
{
	size_t n = nr_chains ? nr_chains * 2 : 64;
	struct copy **bigger = calloc(n, sizeof(struct copy *));

	if (!bigger)
		return -1;
	for (size_t i = 0; i < nr_chains; i++) {
		struct copy *c, *next;

		for (c = chains[i]; c; c = next) {
			next = c->next;
			c->next = bigger[c->hash & (n - 1)];
			bigger[c->hash & (n - 1)] = c;
		}
	}
	free(chains);
	chains = bigger;
	nr_chains = n;
	return 0;
}

static struct copy *copy_new(const void *data, size_t size, u64 hash)
{
	struct copy *c = malloc(sizeof(*c));
	void *mem;

	if (!c)
		return NULL;
	mem = arena_alloc(size, 64);
	if (!mem) {
		free(c);
		return NULL;
	}
	*c = (struct copy){.data = mem, .hash = hash, .size = (u32)size};
	memcpy(c->data, data, size);
	return c;
}

static struct copy **find(const void *data, size_t size, u64 hash)
{
	struct copy **at;

	for (at = &chains[hash & (nr_chains - 1)]; *at; at = &(*at)->next) {
		if ((*at)->hash == hash && (*at)->size == size && !memcmp((*at)->data, data, size))
			break;
	}
	return at;
}

const void *intern_get(const void *data, size_t size)
{
	u64 hash = hash_bytes(data, size, size);
	struct copy *c = NULL;
	struct copy **at;

	pthread_mutex_lock(&lock);
	if (nr_copies >= nr_chains && grow() && !nr_chains)
		goto out;
	at = find(data, size, hash);
	c = *at;
	if (!c) {
		c = copy_new(data, size, hash);
		if (!c)
			goto out;
		*at = c;
		nr_copies++;
	}
	c->refs++;
out:
	pthread_mutex_unlock(&lock);
	return c ? c->data : NULL;
}

void intern_put(const void *copy, size_t size)
{
	struct copy **at;
	struct copy *c;

	if (!copy)
		return;
	pthread_mutex_lock(&lock);
	at = find(copy, size, hash_bytes(copy, size, size));
	c = *at;
	if (--c->refs) {
		c = NULL;
	} else {
		*at = c->next;
		nr_copies--;
	}
	pthread_mutex_unlock(&lock);
	if (!c)
		return;
	arena_free(c->data, c->size);
	free(c);
}
