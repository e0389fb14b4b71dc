// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "object.h"
#include "cli.h"
#include "rss.h"
#include "rss_attach.h"

static void detached(const struct rss_record *r)
{
	printf("%s: detached\n", r->iface);
}

int rss_detach_cmd(int argc, char **argv)
{
	const char *bpffs = NULL, *netns = NULL;
	bool all = false;
	const struct option_row rows[] = {
		{OPTION_FLAG, "all", 0, NULL, "all interfaces, and what was left unfinished", &all,
		 0, 0, NULL},
		{OPTION_TEXT, "netns", 'n', "NAME", "interfaces attached with this --netns", &netns,
		 0, 0, NULL},
		{OPTION_TEXT, "bpffs", 0, "DIR", "where it is pinned (" RSS_BPFFS ")", &bpffs, 0, 0,
		 NULL},
		{0},
	};
	const struct command_help help = {
		"rss detach [OPTION...] IFACE...|--all",
		"Detaches interfaces, also such as are gone. With the last one program, queues,\n"
		"counters and pins go.",
	};
	struct espalier_error e = {0};
	int first, err, ret = options_parse(argc, argv, rows, &help, &first);

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (all != (first == argc))
		return complain(EXIT_BAD_INPUT, all ? "rss detach: --all, or interfaces?"
						    : "rss detach: no interface named (or --all)");
	engine_choose(ENGINE_KERNEL);
	err = rss_detach(bpffs, (const char *const *)argv + first, (u32)(argc - first), netns,
			 detached, &e);
	return err ? rss_complain(err, &e) : EXIT_DONE;
}

static int turn(int argc, char **argv, enum rss_turn to, const struct command_help *help,
		const char *done)
{
	const char *bpffs = NULL;
	const struct option_row rows[] = {
		{OPTION_TEXT, "bpffs", 0, "DIR", "where it is pinned (" RSS_BPFFS ")", &bpffs, 0, 0,
		 NULL},
		{0},
	};
	struct espalier_error e = {0};
	int first, err, ret = options_parse(argc, argv, rows, help, &first);

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (first != argc)
		return complain(EXIT_BAD_INPUT,
				"%s: %s: takes no operand: all interfaces share one switch",
				argv[0], argv[first]);
	engine_choose(ENGINE_KERNEL);
	err = rss_switch(bpffs, to, &e);
	if (err)
		return rss_complain(err, &e);
	printf("%s\n", done);
	return EXIT_DONE;
}

int rss_confirm_cmd(int argc, char **argv)
{
	static const struct command_help help = {
		"rss confirm [OPTION...]",
		"Ends the trial that attach --confirm-within began: steering stays on.",
	};

	return turn(argc, argv, RSS_TURN_CONFIRM, &help, "confirmed: steering is on");
}

int rss_on_cmd(int argc, char **argv)
{
	static const struct command_help help = {
		"rss on [OPTION...]",
		"Turns steering on. The interfaces are not touched.",
	};

	return turn(argc, argv, RSS_TURN_ON, &help, "steering is on");
}

int rss_off_cmd(int argc, char **argv)
{
	static const struct command_help help = {
		"rss off [OPTION...]",
		"Turns steering off: everything passes. The interfaces are not touched.",
	};

	return turn(argc, argv, RSS_TURN_OFF, &help, "steering is off: everything passes");
}
