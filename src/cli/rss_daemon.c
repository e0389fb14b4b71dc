// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "object.h"
#include "cli.h"
#include "rss.h"
#include "rss_attach.h"
#include "rss/daemon.h"
#include "rss/metrics.h"
#include "rss/netns.h"

#define INTERVAL_MS 1000

int rss_daemon_cmd(int argc, char **argv)
{
	struct rss_daemon_options o = {.interval_ms = INTERVAL_MS, .metrics_sas = RSS_METRICS_SAS};
	const char *netns = NULL;
	const struct option_row rows[] = {
		{OPTION_TEXT, "listen", 0, "[ADDR:]PORT",
		 "serve metrics over HTTP there; ADDR is 127.0.0.1", &o.listen, 0, 0, NULL},
		{OPTION_NUMBER, "metrics-sas", 0, "N",
		 "pairs of peer and reqid told apart in metrics (200)", &o.metrics_sas, 0, 1000000,
		 NULL},
		{OPTION_NUMBER, "interval", 0, "MS", "between looks at load and CPUs (1000)",
		 &o.interval_ms, 10, 60000, NULL},
		{OPTION_NUMBER, "buffer", 0, "BYTES",
		 "for events of SAs that wait to be read (8 MiB)", &o.rcvbuf, 1, 1u << 30, NULL},
		{OPTION_TEXT, "netns", 'n', "NAME", "run in this network namespace", &netns, 0, 0,
		 NULL},
		{OPTION_TEXT, "bpffs", 0, "DIR", "where it is pinned (" RSS_BPFFS ")", &o.bpffs, 0,
		 0, NULL},
		{0},
	};
	const struct command_help help = {
		"rss daemon [OPTION...]",
		"Follows SAs, CPUs and interfaces for what is attached, and waits for what is to "
		"be.\n"
		"Lookup by map and policy least-loaded need it. Logs to standard error.",
	};
	struct espalier_error e = {0};
	int first, err, ret = options_parse(argc, argv, rows, &help, &first);

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (first != argc)
		return complain(EXIT_BAD_INPUT,
				"rss daemon: %s: takes no operand: it serves all that is attached",
				argv[first]);
	engine_choose(ENGINE_KERNEL);
	err = rss_netns_enter(netns, NULL, &e);
	if (!err)
		err = rss_daemon(&o, &e);
	return err ? rss_complain(err, &e) : EXIT_DONE;
}

int rss_metrics_cmd(int argc, char **argv)
{
	const char *bpffs = NULL;
	uint64_t sas = RSS_METRICS_SAS;
	const struct option_row rows[] = {
		{OPTION_NUMBER, "metrics-sas", 0, "N", "pairs of peer and reqid told apart (200)",
		 &sas, 0, 1000000, NULL},
		{OPTION_TEXT, "bpffs", 0, "DIR", "where it is pinned (" RSS_BPFFS ")", &bpffs, 0, 0,
		 NULL},
		{0},
	};
	const struct command_help help = {
		"rss metrics [OPTION...]",
		"Prints the counters once, in the Prometheus text format: for the textfile "
		"collector of\n"
		"node_exporter. rss daemon --listen serves the same.",
	};
	struct strbuf out = STRBUF_INIT;
	struct espalier_error e = {0};
	struct rss_status *st = NULL;
	int first, err, ret = options_parse(argc, argv, rows, &help, &first);

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (first != argc)
		return complain(EXIT_BAD_INPUT, "rss metrics: %s: takes no operand", argv[first]);
	engine_choose(ENGINE_KERNEL);
	err = rss_status_read(bpffs, &st, &e);
	if (err && err != -ENOENT)
		return rss_complain(err, &e);
	/* Nothing attached is a fact to be collected like others. */
	rss_metrics(err ? NULL : st, sas, &out);
	rss_status_free(err ? NULL : st);
	if (out.failed)
		err = -ENOMEM;
	else
		fputs(strbuf_text(&out), stdout);
	strbuf_free(&out);
	return err == -ENOMEM ? complain(EXIT_BAD_INPUT, "rss metrics: out of memory") : EXIT_DONE;
}
