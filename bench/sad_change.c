// SPDX-License-Identifier: BSD-2-Clause
/* What it costs to fill an SA database, and what its readers notice of changes. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"
#include "sad_bench.h"
#include "sas.h"

enum {
	BATCH = 4096,
	/* Resize: the index grows from the first to the second number of SAs, again and again. */
	SMALL = 100000,
	LARGE = 400000,
	TIMED_LOOKUPS = 3000000,
	BUCKETS = 24, /* of a histogram: a power of two of nanoseconds each */
	/* Beside a writer. */
	CHANGES_PER_SECOND = 100000,
	SLICE_NS = 40000000,
	CHUNK = 2048
};

static u64 resident(void)
{
	unsigned long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (!f || fscanf(f, "%*u %llu", &pages) != 1)
		die("/proc/self/statm does not say how much memory is in use");
	fclose(f);
	return pages * (u64)sysconf(_SC_PAGESIZE);
}

struct growth {
	double per_sa; /* bytes, of all that the process got for it */
	double index;  /* bytes of it */
	double inserts;
	double made_and_inserted; /* per second */
};

static struct growth grow_to(u32 n)
{
	static struct xfrm_state *made[BATCH];
	u64 before = resident(), make = 0, insert = 0, started;
	struct sad *sad = sas_new();
	struct growth g;

	for (u32 i = 0; i < n; i += BATCH) {
		u32 batch = min(n - i, (u32)BATCH);

		started = now_thread();
		for (u32 k = 0; k < batch; k++)
			made[k] = sas_state(sad, sas_spi(SPIS_RANDOM, i + k));
		make += now_thread() - started;
		started = now_thread();
		for (u32 k = 0; k < batch; k++) {
			if (sad_insert(sad, made[k]))
				die("an SA is not taken");
		}
		insert += now_thread() - started;
	}
	rcu_quiesce();
	g.per_sa = ((double)resident() - (double)before) / n;
	g.index = (double)(sad->index.table->n * sizeof(struct sad_bucket)) / n;
	g.inserts = n * 1e9 / (double)insert;
	g.made_and_inserted = n * 1e9 / (double)(make + insert);
	return g;
}

/* In a process of its own, that has no freed memory to use again. */
static struct growth grow_apart(u32 n)
{
	struct growth g;
	int ends[2];
	pid_t child;

	fflush(stdout);
	if (pipe(ends))
		die("no pipe");
	child = fork();
	if (child < 0)
		die("no process");
	if (!child) {
		g = grow_to(n);
		_exit(write(ends[1], &g, sizeof(g)) != sizeof(g));
	}
	close(ends[1]);
	if (read(ends[0], &g, sizeof(g)) != sizeof(g))
		die("growing to %u SAs failed", n);
	close(ends[0]);
	waitpid(child, NULL, 0);
	return g;
}

json_t *bench_growth(const u32 *sas, u32 n, bool quiet)
{
	json_t *list = json_array();

	if (!quiet)
		printf("SA database: memory, and insertion one by one from empty\n"
		       "%9s %12s %12s %14s %14s\n",
		       "SAs", "bytes/SA", "of it index", "M inserts/s", "with making");
	for (u32 i = 0; i < n; i++) {
		struct growth g = grow_apart(sas[i]);

		if (!quiet)
			printf("%9u %12.0f %12.1f %14.2f %14.2f\n", sas[i], g.per_sa, g.index,
			       g.inserts / 1e6, g.made_and_inserted / 1e6);
		json_array_append_new(
			list,
			json_pack("{s:i, s:f, s:f, s:f, s:f}", "sas", (int)sas[i], "bytes_per_sa",
				  g.per_sa, "index_bytes_per_sa", g.index, "inserts_per_second",
				  g.inserts, "made_and_inserted_per_second", g.made_and_inserted));
	}
	return list;
}

/* A writer at the reader's side; what it does, by turns, is up to the main thread. */
struct writer {
	struct sad *sad;
	u32 n; /* SAs that are there all the time */
	u32 active;
	u32 stop;
	u64 changes;
	u64 resizes;
};

static void delete (struct sad *sad, u32 spi)
{
	struct sad_id id = {.key = sas_key(spi)};

	if (sad_delete(sad, &id))
		die("an SA is missing");
}

static bool is_set(const u32 *flag)
{
	return __atomic_load_n(flag, __ATOMIC_ACQUIRE);
}

static void *resizer(void *arg)
{
	struct writer *w = arg;

	pin(1);
	while (!is_set(&w->stop)) {
		for (u32 i = SMALL; i < LARGE && is_set(&w->active); i++) {
			const struct sad_table *t = w->sad->index.table;

			sas_add(w->sad, SPIS_RANDOM, i, 1);
			w->n = i + 1;
			w->resizes += t != w->sad->index.table;
		}
		for (u32 i = w->n; i-- > SMALL;) {
			const struct sad_table *t = w->sad->index.table;

			delete (w->sad, sas_spi(SPIS_RANDOM, i));
			w->n = i;
			w->resizes += t != w->sad->index.table;
		}
		if (!is_set(&w->active))
			usleep(100);
	}
	return NULL;
}

struct histogram {
	u64 count[BUCKETS];
	double *slowest; /* ascending in the end */
	u32 n;
	u64 preempted;
};

static long switches(void)
{
	struct rusage u;

	getrusage(RUSAGE_THREAD, &u);
	return u.ru_nivcsw + u.ru_nvcsw;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Each lookup timed alone. One during which the thread was off its CPU says nothing of the table
 * and is counted apart. */
static void time_lookups(struct sad *sad, struct histogram *h, u32 n, u64 *random)
{
	long seen = switches();

	rcu_enter();
	for (u32 i = 0; i < n; i++) {
		struct sad_key key = sas_key(sas_spi(SPIS_RANDOM, pick(random, SMALL)));
		u64 start = now_wall(), took;
		u32 log;

		if (!sad_peek(sad, &key, 0))
			die("an SA is missing");
		took = now_wall() - start;
		if (took > 2000 && switches() != seen) {
			seen = switches();
			h->preempted++;
			continue;
		}
		log = took ? 64 - (u32)__builtin_clzll(took) : 0;
		h->count[min(log, (u32)BUCKETS - 1)]++;
		h->slowest[h->n++] = (double)took;
		/* Old tables must go. */
		if (i % 1024 == 0) {
			rcu_leave();
			rcu_enter();
		}
	}
	rcu_leave();
}

static double percentile(const struct histogram *h, double p)
{
	return h->n ? h->slowest[min((u32)((double)h->n * p), h->n - 1)] : 0;
}

static json_t *histogram_json(const struct histogram *h)
{
	json_t *counts = json_array();

	for (u32 i = 0; i < BUCKETS; i++)
		json_array_append_new(counts, json_integer((json_int_t)h->count[i]));
	return json_pack("{s:f, s:f, s:f, s:i, s:o}", "p50", percentile(h, 0.5), "p99.9",
			 percentile(h, 0.999), "p99.999", percentile(h, 0.99999), "preempted",
			 (int)h->preempted, "below_2_to_the_i_ns", counts);
}

json_t *bench_resize(bool quiet)
{
	struct histogram h[2] = {0}; /* without, with */
	struct writer w = {.sad = sas_new(), .n = SMALL};
	u64 random = 1;
	pthread_t thread;
	double diff;
	json_t *o;

	sas_add(w.sad, SPIS_RANDOM, 0, SMALL);
	for (u32 k = 0; k < 2; k++) {
		h[k].slowest = calloc(TIMED_LOOKUPS, sizeof(double));
		if (!h[k].slowest)
			die("out of memory");
	}
	pin(0);
	if (pthread_create(&thread, NULL, resizer, &w))
		die("no thread");
	/* By turns, so that what else the machine does is in both. */
	for (u32 slice = 0; slice < 30; slice++) {
		__atomic_store_n(&w.active, slice % 2, __ATOMIC_RELEASE);
		usleep(20000);
		time_lookups(w.sad, &h[slice % 2], TIMED_LOOKUPS / 15, &random);
	}
	__atomic_store_n(&w.active, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&w.stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	for (u32 k = 0; k < 2; k++)
		qsort(h[k].slowest, h[k].n, sizeof(double), compare);
	diff = percentile(&h[1], 0.99999) - percentile(&h[0], 0.99999);
	if (!quiet) {
		printf("\nLookups timed one by one (the clock's own 20 to 40 ns included): "
		       "%llu resizes between %u and %u SAs\n%12s %12s %12s\n",
		       (unsigned long long)w.resizes, SMALL, LARGE, "below ns", "without", "with");
		for (u32 i = 4; i < BUCKETS; i++)
			printf("%12llu %12llu %12llu\n", 1ull << i,
			       (unsigned long long)h[0].count[i],
			       (unsigned long long)h[1].count[i]);
		printf("%12s %12.0f %12.0f\n%12s %12.0f %12.0f\n%12s %12.0f %12.0f   %+.1f us\n",
		       "p50", percentile(&h[0], 0.5), percentile(&h[1], 0.5), "p99.9",
		       percentile(&h[0], 0.999), percentile(&h[1], 0.999), "p99.999",
		       percentile(&h[0], 0.99999), percentile(&h[1], 0.99999), diff / 1000);
		printf("%12s %12llu %12llu\n", "preempted", (unsigned long long)h[0].preempted,
		       (unsigned long long)h[1].preempted);
	}
	o = json_pack("{s:i, s:f, s:o, s:o}", "resizes", (int)w.resizes, "p99.999_difference_ns",
		      diff, "without", histogram_json(&h[0]), "with", histogram_json(&h[1]));
	sad_free(w.sad);
	rcu_quiesce();
	for (u32 k = 0; k < 2; k++)
		free(h[k].slowest);
	return o;
}

/* Additions and deletions of SAs beyond the first n, at their pace. */
static void *changer(void *arg)
{
	struct writer *w = arg;
	u64 next = now_wall();

	pin(1);
	while (!is_set(&w->stop)) {
		if (!is_set(&w->active)) {
			usleep(100);
			next = now_wall();
			continue;
		}
		while (now_wall() < next)
			;
		next += 1000000000u / CHANGES_PER_SECOND * 2;
		sas_add(w->sad, SPIS_RANDOM, w->n, 1);
		delete (w->sad, sas_spi(SPIS_RANDOM, w->n));
		__atomic_store_n(&w->changes, w->changes + 2, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Nanoseconds of this thread's time a lookup, for one slice. */
static double slice(const struct sad *sad, u32 n, u64 *random)
{
	static struct sad_key keys[CHUNK];
	u64 spent = 0, lookups = 0, until = now_wall() + SLICE_NS;

	while (now_wall() < until) {
		u64 start;

		for (u32 i = 0; i < CHUNK; i++)
			keys[i] = sas_key(sas_spi(SPIS_RANDOM, pick(random, n)));
		rcu_enter();
		start = now_thread();
		for (u32 i = 0; i < CHUNK; i++) {
			if (!sad_peek(sad, &keys[i], 0))
				die("an SA is missing");
		}
		spent += now_thread() - start;
		rcu_leave();
		lookups += CHUNK;
	}
	return (double)spent / (double)lookups;
}

static json_t *beside_writer(u32 n, u32 rounds, bool quiet)
{
	struct series alone = {.n = 0}, beside = {.n = 0};
	struct writer w = {.sad = sas_new(), .n = n};
	u64 random = 1, changes = 0, time = 0;
	pthread_t thread;
	double loss, rate;
	json_t *o;

	sas_add(w.sad, SPIS_RANDOM, 0, n);
	pin(0);
	if (pthread_create(&thread, NULL, changer, &w))
		die("no thread");
	slice(w.sad, n, &random);
	for (u32 i = 0; i < rounds; i++) {
		u64 start, before;

		series_add(&alone, slice(w.sad, n, &random));
		__atomic_store_n(&w.active, 1, __ATOMIC_RELEASE);
		usleep(1000);
		start = now_wall();
		before = __atomic_load_n(&w.changes, __ATOMIC_RELAXED);
		series_add(&beside, slice(w.sad, n, &random));
		changes += __atomic_load_n(&w.changes, __ATOMIC_RELAXED) - before;
		time += now_wall() - start;
		__atomic_store_n(&w.active, 0, __ATOMIC_RELEASE);
		usleep(1000);
	}
	__atomic_store_n(&w.stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	loss = (1 - 1 / series_ratio(&beside, &alone)) * 100;
	rate = (double)changes * 1e9 / (double)time;
	if (!quiet)
		printf("%9u %12.1f %12.1f %14.0f %9.1f %%\n", n, series_sum_up(&alone).median,
		       series_sum_up(&beside).median, rate, loss);
	o = json_pack("{s:i, s:f, s:f, s:f, s:f}", "sas", (int)n, "alone_ns",
		      series_sum_up(&alone).median, "beside_ns", series_sum_up(&beside).median,
		      "changes_per_second", rate, "loss_percent", loss);
	sad_free(w.sad);
	rcu_quiesce();
	return o;
}

json_t *bench_beside_writer(const u32 *sas, u32 n, u32 rounds, bool quiet)
{
	json_t *list = json_array();

	if (!quiet)
		printf("\nA reader on one CPU beside a writer on another: ns a lookup\n"
		       "%9s %12s %12s %14s %11s\n",
		       "SAs", "alone", "beside", "changes/s", "loses");
	for (u32 i = 0; i < n; i++)
		json_array_append_new(list, beside_writer(sas[i], rounds, quiet));
	return list;
}
