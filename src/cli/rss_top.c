// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "object.h"
#include "cli.h"
#include "rss.h"
#include "rss_attach.h"
#include "rss_top.h"
#include "rss/netns.h"

#define BATCH_WIDTH  132
#define NOTE_LOOKS   3
#define MAX_INTERVAL 3600

static void note(struct top *t, const char *fmt, ...) __printf_like(2, 3);

static void note(struct top *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(t->note, sizeof(t->note), fmt, ap);
	va_end(ap);
	t->note_looks = NOTE_LOOKS;
}

/* What became of the instance since the last look. */
static void compare_looks(struct top *t, const struct rss_status *now, bool was_there)
{
	if (t->note_looks && !--t->note_looks)
		t->note[0] = '\0';
	if (!was_there && t->at)
		note(t, "attached");
	else if (was_there && t->st->prog_id != now->prog_id)
		note(t, "replaced: program %u instead of %u", now->prog_id, t->st->prog_id);
}

int top_look_again(struct top *t)
{
	struct espalier_error e = {0};
	struct rss_speeds speeds;
	struct rss_status *now = NULL;
	u64 at;
	int err = rss_status_read(t->bpffs, &now, &e);

	at = rss_now();
	if (!err) {
		compare_looks(t, now, t->st != NULL);
		err = rss_speeds_make(t->st, now, (double)(at - t->at) / 1e9, &speeds);
		if (err)
			rss_status_free(now);
	}
	rss_speeds_free(&t->speeds);
	rss_status_free(t->st);
	t->st = NULL;
	t->at = at;
	if (!err) {
		t->st = now;
		t->speeds = speeds;
	} else {
		note(t, "%s", err == -ENOENT ? "nothing is attached" : e.text);
	}
	return err;
}

void top_free(struct top *t)
{
	rss_speeds_free(&t->speeds);
	rss_status_free(t->st);
}

static void put_snapshot(const struct top *t, bool first)
{
	const struct top_view v = {
		.st = t->st, .speeds = &t->speeds, .note = t->note, .width = BATCH_WIDTH};
	struct top_page page;
	char when[32];
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(when, sizeof(when), "%F %T", &tm);
	top_page_make(&v, &page);
	printf("%s%s\n", first ? "" : "\n", when);
	for (u32 i = 0; i < page.nr; i++) {
		char *text = page.at[i].text;
		size_t n = strlen(text);

		while (n && text[n - 1] == ' ')
			text[--n] = '\0';
		puts(text);
	}
	fflush(stdout);
	top_page_free(&page);
}

static void wait_for(double seconds)
{
	struct timespec ts = {(time_t)seconds, 0};

	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* Rates need two looks: the first is not shown. */
static int batch(struct top *t, u64 nr, double interval)
{
	for (u64 i = 0; i < nr; i++) {
		wait_for(interval);
		if (top_look_again(t) == -ENOMEM)
			return complain(EXIT_REJECTED, "rss top: out of memory");
		put_snapshot(t, !i);
		if (ferror(stdout))
			return complain(EXIT_REJECTED, "rss top: cannot write");
	}
	return EXIT_DONE;
}

static bool parse_interval(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end != text && !*end && *seconds >= 0.1 && *seconds <= MAX_INTERVAL;
}

/* What is not there yet, or is in the middle of something, may come. */
static bool may_pass(int err)
{
	return err == -ENOENT || err == -ENODATA || err == -EBUSY;
}

int rss_top_cmd(int argc, char **argv)
{
	const char *bpffs = NULL, *netns = NULL, *interval = "2";
	uint64_t nr = 0;
	const struct option_row rows[] = {
		{OPTION_TEXT, "interval", 0, "S", "seconds between looks (2)", &interval, 0, 0,
		 NULL},
		{OPTION_NUMBER, "batch", 0, "N", "print N snapshots, and need no terminal", &nr, 1,
		 UINT32_MAX, NULL},
		{OPTION_TEXT, "netns", 'n', "NAME", "look from this network namespace", &netns, 0,
		 0, NULL},
		{OPTION_TEXT, "bpffs", 0, "DIR", "where it is pinned (" RSS_BPFFS ")", &bpffs, 0, 0,
		 NULL},
		{0},
	};
	const struct command_help help = {
		"rss top [OPTION...]",
		"Shows what steering does as it happens: rates by CPU, SA and reason, drops, the\n"
		"switch. Keys: q quit, s sort by another column, p pause, arrows and pages "
		"scroll,\n"
		"? help.",
	};
	struct espalier_error e = {0};
	struct top t = {0};
	double seconds;
	int first, err, status, ret = options_parse(argc, argv, rows, &help, &first);

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (first != argc)
		return complain(EXIT_BAD_INPUT,
				"rss top: %s: takes no operand: all interfaces share one instance",
				argv[first]);
	if (!parse_interval(interval, &seconds))
		return complain(EXIT_BAD_INPUT, "rss top: --interval %s: not from 0.1 to %d",
				interval, MAX_INTERVAL);
	if (!nr && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		return complain(EXIT_BAD_INPUT,
				"rss top: not a terminal: --batch N prints snapshots");
	engine_choose(ENGINE_KERNEL);
	err = rss_netns_enter(netns, NULL, &e);
	if (err)
		return rss_complain(err, &e);
	t.bpffs = bpffs;
	err = top_look_again(&t);
	if (err && (nr || !may_pass(err))) {
		memcpy(e.text, t.note, min(sizeof(e.text), sizeof(t.note)));
		e.text[sizeof(e.text) - 1] = '\0';
		status = rss_complain(err, &e);
	} else {
		status = nr ? batch(&t, nr, seconds) : top_screen(&t, seconds);
	}
	top_free(&t);
	return status;
}
