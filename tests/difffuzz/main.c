// SPDX-License-Identifier: BSD-2-Clause
/*
 * Programs made at random, given to the running kernel and to ourselves: who accepts what, and what
 * accepted ones do. Exit status 77: the kernel cannot be asked.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "judge.h"

#define SKIPPED	  77
#define MAX_KINDS 400
#define SHOWN	  2 /* cases of one kind that are shrunk and printed */

struct kind_count {
	enum difference difference;
	u32 n;
	char kind[KIND_TEXT];
};

/* Outlives the process that does the work, and may die of it. */
struct tally {
	u64 seed; /* being looked at */
	u64 done, accepted, compared;
	u64 by[DIFFERENCES];
	u32 nr_kinds;
	struct kind_count kinds[MAX_KINDS];
	bool finished, no_kernel;
};

static struct tally *tally;
static struct {
	u64 seed, count;
	u32 seconds;
	const char *replay;
	bool messages, list, reasons;
} opts = {.seed = 1, .count = UINT64_MAX};

static time_t started;

/* How often that kind has been seen, with this time. */
static u32 note(enum difference difference, const char *kind)
{
	struct kind_count *k = tally->kinds;

	tally->by[difference]++;
	for (; k < &tally->kinds[tally->nr_kinds]; k++)
		if (k->difference == difference && !strcmp(k->kind, kind))
			return ++k->n;
	if (tally->nr_kinds == MAX_KINDS)
		return SHOWN + 1;
	tally->nr_kinds++;
	k->difference = difference;
	snprintf(k->kind, sizeof(k->kind), "%s", kind);
	return k->n = 1;
}

static void show(const struct fuzz_case *c, const struct judgement *j)
{
	printf("# %s: %s\n", difference_names[j->difference], j->words);
	case_write(c, stdout);
	putchar('\n');
	fflush(stdout);
}

/* Why the kernel rejects what was meant to be good: what the generator has to learn. */
static void note_reason(const struct fuzz_case *c)
{
	char kind[KIND_TEXT];
	struct verdict v;

	side_load(SIDE_KERNEL, c, true, &v);
	without_numbers(kind, v.message);
	note(SAME, kind);
}

static void one(u64 seed)
{
	static struct fuzz_case c;
	struct judgement j;

	case_generate(&c, seed);
	if (opts.list)
		case_write(&c, stdout);
	judge(&c, opts.messages, &j);
	tally->done++;
	tally->accepted += j.accepted;
	tally->compared += j.compared;
	if (opts.reasons && c.run && !j.accepted)
		note_reason(&c);
	if (j.difference == SAME || note(j.difference, j.kind) > SHOWN)
		return;
	if (j.difference == LIMITS)
		return;
	printf("# seed %llu, %u operations: %s\n", (unsigned long long)seed, c.nr, j.words);
	fflush(stdout);
	shrink(&c, &j);
	judge(&c, opts.messages, &j);
	show(&c, &j);
}

static int work(void)
{
	if (sides_open()) {
		tally->no_kernel = true;
		return SKIPPED;
	}
	for (; tally->done < opts.count; tally->seed++) {
		if (opts.seconds && time(NULL) - started >= (time_t)opts.seconds)
			break;
		one(tally->seed);
	}
	tally->finished = true;
	return 0;
}

static void crashed(int status)
{
	struct judgement j = {.difference = CRASH};
	struct fuzz_case c;

	snprintf(j.words, sizeof(j.words), "signal %d, seed %llu", WTERMSIG(status),
		 (unsigned long long)tally->seed);
	snprintf(j.kind, sizeof(j.kind), "signal %d", WTERMSIG(status));
	case_generate(&c, tally->seed++);
	tally->done++;
	if (note(CRASH, j.kind) <= SHOWN)
		show(&c, &j);
}

static int in_child(int (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		/* Not exit(): what the parent has in its buffers is the parent's. */
		int ret = what();

		fflush(stdout);
		_exit(ret);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -1;
	return status;
}

static int replay(void)
{
	struct fuzz_case c;
	struct judgement j;

	if (case_read(&c, opts.replay))
		return 2;
	if (sides_open())
		return SKIPPED;
	judge(&c, true, &j);
	printf("%s, by the kernel; %s%s%s\n", j.accepted ? "accepted" : "rejected",
	       difference_names[j.difference], *j.words ? ": " : "", j.words);
	return j.difference != SAME;
}

static int by_number(const void *l, const void *r)
{
	const struct kind_count *a = l, *b = r;

	if (a->difference != b->difference)
		return (int)a->difference - (int)b->difference;
	return (b->n > a->n) - (b->n < a->n);
}

static u32 failed;

static void expect(bool met, const char *what)
{
	printf("%s %s\n", met ? "ok    " : "not ok", what);
	failed += !met;
}

static void report(void)
{
	u64 done = tally->done ? tally->done : 1;

	qsort(tally->kinds, tally->nr_kinds, sizeof(tally->kinds[0]), by_number);
	for (u32 i = 0; i < tally->nr_kinds; i++)
		printf("%7u  %s: %s\n", tally->kinds[i].n,
		       difference_names[tally->kinds[i].difference], tally->kinds[i].kind);
	printf("%llu programs, %llu accepted by the kernel (%llu %%), %llu run on all sides\n",
	       (unsigned long long)tally->done, (unsigned long long)tally->accepted,
	       (unsigned long long)(tally->accepted * 100 / done),
	       (unsigned long long)tally->compared);
	for (u32 i = SAME + 1; i < DIFFERENCES; i++)
		printf("%7llu  %s\n", (unsigned long long)tally->by[i], difference_names[i]);
	expect(!tally->by[WE_ACCEPT], "nothing is accepted that the kernel rejects");
	expect(tally->by[WE_REJECT] * 1000 <= tally->accepted,
	       "of what the kernel accepts, at most one in 1000 is rejected");
	expect(!tally->by[RESULT], "what both accept does the same");
	expect(!tally->by[CRASH], "nothing crashes");
	expect(tally->accepted * 100 >= tally->done * 30 && tally->done,
	       "30 % of the programs are ones that the kernel accepts");
	printf("%u passed, %u failed\n", 5 - failed, failed);
}

static int usage(void)
{
	fputs("usage: difffuzz [--seed N] [--count N] [--seconds S] [--messages] [--list] "
	      "[--reasons]\n"
	      "       difffuzz --replay FILE\n",
	      stderr);
	return 2;
}

static bool number(const char *text, u64 *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	return *text && !*end && !errno;
}

static bool parse(int argc, char **argv)
{
	static const struct option options[] = {
		{"seed", required_argument, NULL, 's'},	   {"count", required_argument, NULL, 'n'},
		{"seconds", required_argument, NULL, 't'}, {"replay", required_argument, NULL, 'r'},
		{"messages", no_argument, NULL, 'm'},	   {"list", no_argument, NULL, 'l'},
		{"reasons", no_argument, NULL, 'w'},	   {NULL, 0, NULL, 0},
	};
	bool good = true;
	u64 seconds = 0;

	for (int o; good && (o = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (o == 's')
			good = number(optarg, &opts.seed);
		else if (o == 'n')
			good = number(optarg, &opts.count);
		else if (o == 't')
			good = number(optarg, &seconds) && seconds < U32_MAX;
		else if (o == 'r')
			opts.replay = optarg;
		else if (o == 'm')
			opts.messages = true;
		else if (o == 'w')
			opts.reasons = true;
		else if (o == 'l')
			opts.list = true;
		else
			good = false;
	}
	opts.seconds = (u32)seconds;
	if (opts.count == UINT64_MAX && !seconds)
		opts.count = 1000;
	return good && optind == argc;
}

int main(int argc, char **argv)
{
	if (!parse(argc, argv))
		return usage();
	if (opts.replay)
		return replay();
	tally = mmap(NULL, sizeof(*tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (tally == MAP_FAILED)
		return 3;
	tally->seed = opts.seed;
	started = time(NULL);
	do {
		int status = in_child(work);

		if (status < 0 || tally->no_kernel)
			break;
		if (WIFSIGNALED(status))
			crashed(status);
		else if (!tally->finished)
			return 3;
	} while (!tally->finished);
	if (tally->no_kernel) {
		puts("0 passed, 0 failed, 1 skipped");
		return SKIPPED;
	}
	report();
	return failed != 0;
}
