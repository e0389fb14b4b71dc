// SPDX-License-Identifier: BSD-2-Clause
#include <signal.h>
#include <string.h>

#include "runner.h"

static struct path *running;

static void on_signal(int number)
{
	(void)number;
	path_stop(running);
}

/* The first signal ends the run in good order; the next one the process. */
static void catch_signals(struct path *path, struct sigaction old[2])
{
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	running = path;
	sigaction(SIGINT, &act, &old[0]);
	sigaction(SIGTERM, &act, &old[1]);
}

static void restore_signals(const struct sigaction old[2])
{
	sigaction(SIGINT, &old[0], NULL);
	sigaction(SIGTERM, &old[1], NULL);
	running = NULL;
}

int runner_run_live(struct runner *r, struct path *path, struct espalier_error *e)
{
	struct sigaction old[2];
	struct path_result res;
	int err;

	catch_signals(path, old);
	err = path_run(path, &res, r->cpu, e);
	restore_signals(old);
	r->live = true;
	r->packets = r->ran = res.packets;
	r->ns = res.ns;
	r->truncated = res.truncated;
	r->other_verdicts = res.other_verdicts;
	r->other_map_verdicts = res.other_map_verdicts;
	memcpy(r->verdict, res.verdict, sizeof(r->verdict));
	memcpy(r->map_verdict, res.map_verdict, sizeof(r->map_verdict));
	memcpy(r->dropped, res.dropped, sizeof(r->dropped));
	return err;
}
