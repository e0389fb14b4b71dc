// SPDX-License-Identifier: BSD-2-Clause
#include "rss.h"

#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct {
	const char *name;
	const char *full; /* as messages and help call it */
	int (*run)(int argc, char **argv);
	const char *what;
} verbs[] = {
	{"plan", "rss plan", rss_plan_cmd, "show on a capture how packets would be spread"},
	{"attach", "rss attach", rss_attach_cmd, "steer the ESP of interfaces, on this kernel"},
	{"detach", "rss detach", rss_detach_cmd, "undo it"},
	{"status", "rss status", rss_status_cmd, "what is attached, and what it does"},
	{"top", "rss top", rss_top_cmd, "the same as it happens, by the second"},
	{"doctor", "rss doctor", rss_doctor_cmd,
	 "what would stop or slow it here, and what mends it"},
	{"confirm", "rss confirm", rss_confirm_cmd, "keep what attach --confirm-within began"},
	{"off", "rss off", rss_off_cmd, "let everything pass, and stay attached"},
	{"on", "rss on", rss_on_cmd, "steer again"},
	{"metrics", "rss metrics", rss_metrics_cmd, "counters in the Prometheus text format"},
	{"daemon", "rss daemon", rss_daemon_cmd, "follow SAs, CPUs and interfaces"},
};

static void usage(FILE *out)
{
	fputs("usage: espalier rss VERB [OPTION...] [OPERAND...]\n\n"
	      "Software RSS for IPsec: each Security Association on one CPU.\n\nverbs:\n",
	      out);
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		fprintf(out, "  %-10s %s\n", verbs[i].name, verbs[i].what);
	fputs("\nespalier rss VERB --help tells its options.\n", out);
}

int cmd_rss(int argc, char **argv)
{
	if (argc < 2)
		return complain(EXIT_BAD_INPUT, "rss: no verb named (see espalier rss --help)");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(argv[1], verbs[i].name))
			continue;
		argv[1] = (char *)verbs[i].full;
		return verbs[i].run(argc - 1, argv + 1);
	}
	if (argv[1][0] == '-')
		return complain(EXIT_BAD_INPUT, "rss: no option %s (see espalier rss --help)",
				argv[1]);
	return complain(EXIT_BAD_INPUT, "rss: %s: no such verb (see espalier rss --help)", argv[1]);
}
