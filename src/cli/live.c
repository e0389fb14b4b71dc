// SPDX-License-Identifier: BSD-2-Clause
#include <signal.h>
#include <string.h>

#include "runner.h"

static struct path *running;
static int stopped;

static void on_signal(int number)
{
	struct path *path = __atomic_load_n(&running, __ATOMIC_ACQUIRE);

	(void)number;
	__atomic_store_n(&stopped, 1, __ATOMIC_RELEASE);
	if (path)
		path_stop(path);
}

void live_catch_signals(void)
{
	struct sigaction act = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
}

/* A signal that came before is not forgotten. */
static void set_running(struct path *path)
{
	__atomic_store_n(&running, path, __ATOMIC_RELEASE);
	if (path && __atomic_load_n(&stopped, __ATOMIC_ACQUIRE))
		path_stop(path);
}

int runner_run_live(struct runner *r, struct path *path, struct espalier_error *e)
{
	struct path_result res;
	int err;

	set_running(path);
	err = path_run(path, &res, r->cpu, e);
	set_running(NULL);
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
