// SPDX-License-Identifier: BSD-2-Clause
#include "base/arena.h"

#include <pthread.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/*
 * Size classes step by a cache line up to 4 KiB and by a page above it. A free list per class is
 * threaded through the freed memory; the range itself only ever grows.
 */
#define LINE	      64
#define PAGE	      4096
#define SMALL_CLASSES (PAGE / LINE)
#define MAX_ALLOC     (1u << 20)
#define LARGE_CLASSES (MAX_ALLOC / PAGE)
#define SMALL_PAGES   (32u << 20)

struct free_slot {
	struct free_slot *next;
};

uintptr_t arena_base;
size_t arena_size;
bool arena_guard;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct free_slot *small_free[SMALL_CLASSES + 1];
static struct free_slot *large_free[LARGE_CLASSES + 1];
static uintptr_t next_free;
static size_t run[SMALL_CLASSES + 1]; /* bytes of a class since a line was left out */
static size_t in_use;

/* @size bytes aligned to @size, and a page behind them; NULL if there is no such room. */
static void *map_aligned(size_t size)
{
	size_t want = 2 * size + PAGE;
	char *p = mmap(NULL, want, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	char *at;

	if (p == MAP_FAILED)
		return NULL;
	at = (char *)round_up_to((uintptr_t)p, size);
	if (at > p)
		munmap(p, (size_t)(at - p));
	munmap(at + size + PAGE, (size_t)(p + want - (at + size + PAGE)));
	return at;
}

static int reserve(void)
{
	/* An address-space limit or strict overcommit may refuse the large sizes. */
	for (size_t size = 1ull << 36; size >= 1ull << 24; size >>= 1) {
		void *p = map_aligned(size);

		if (!p)
			continue;
		/* A core file of the whole reservation helps nobody. */
		madvise(p, size, MADV_DONTDUMP);
		/* A large SA database is looked up at random: fewer pages, fewer TLB misses. What
		 * every process touches stays in small ones, so that none pays for clearing 2 MiB.
		 */
		if (size > SMALL_PAGES)
			madvise((char *)p + SMALL_PAGES, size - SMALL_PAGES, MADV_HUGEPAGE);
		/* What numbers objects by their distance from the start has 0 for none. */
		next_free = (uintptr_t)p + LINE;
		arena_size = size;
		__atomic_store_n(&arena_base, (uintptr_t)p, __ATOMIC_RELEASE);
		return 0;
	}
	return -ENOMEM;
}

int arena_init(void)
{
	int err = 0;

	if (__atomic_load_n(&arena_base, __ATOMIC_ACQUIRE))
		return 0;
	pthread_mutex_lock(&lock);
	if (!arena_base)
		err = reserve();
	pthread_mutex_unlock(&lock);
	return err;
}

static size_t class_size(size_t size)
{
	if (arena_guard)
		return round_up_to(size, PAGE);
	return size <= PAGE ? round_up_to(size, LINE) : round_up_to(size, PAGE);
}

static struct free_slot **class_list(size_t rounded)
{
	return rounded <= PAGE ? &small_free[rounded / LINE] : &large_free[rounded / PAGE];
}

/*
 * Objects of an even number of lines, one behind the other, would have their first lines, which is
 * what a search looks at, in a fraction of the sets of a cache: a line is left out each page.
 */
static size_t gap(size_t rounded)
{
	size_t *since;

	if (arena_guard || rounded > PAGE / 2 || rounded % (2 * LINE))
		return 0;
	since = &run[rounded / LINE];
	*since += rounded;
	if (*since < PAGE)
		return 0;
	*since = 0;
	return LINE;
}

void *arena_alloc(size_t size, size_t align)
{
	size_t rounded;
	struct free_slot **list, **at;
	bool used_before = false;
	void *p = NULL;

	if (!size || size > MAX_ALLOC || align > PAGE || arena_init())
		return NULL;
	rounded = class_size(size);
	pthread_mutex_lock(&lock);
	list = class_list(rounded);
	for (at = list; *at; at = &(*at)->next) {
		if ((uintptr_t)*at & (align - 1))
			continue;
		p = *at;
		*at = (*at)->next;
		used_before = true;
		break;
	}
	if (!p) {
		size_t least = arena_guard ? PAGE : LINE;
		uintptr_t want = round_up_to(next_free, max(align, least));

		if (want + rounded <= arena_base + arena_size - PAGE) {
			p = (void *)want;
			next_free = want + rounded + gap(rounded);
		}
	}
	if (p)
		in_use += rounded;
	pthread_mutex_unlock(&lock);
	/* What the kernel has just given is zero. */
	if (used_before)
		memset(p, 0, rounded);
	return p;
}

void arena_free(void *p, size_t size)
{
	struct free_slot *slot = p;
	struct free_slot **list;

	if (!p)
		return;
	pthread_mutex_lock(&lock);
	list = class_list(class_size(size));
	if (arena_guard) {
		/* As memory that was never there. */
		if (mprotect(p, class_size(size), PROT_NONE))
			abort();
		madvise(p, class_size(size), MADV_DONTNEED);
	} else {
		slot->next = *list;
		*list = slot;
	}
	in_use -= class_size(size);
	pthread_mutex_unlock(&lock);
}

size_t arena_in_use(void)
{
	size_t n;

	pthread_mutex_lock(&lock);
	n = in_use;
	pthread_mutex_unlock(&lock);
	return n;
}
