// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "object.h"
#include "cli.h"
#include "config.h"
#include "rss.h"
#include "rss_attach.h"
#include "rss/netns.h"
#include "rss/policy.h"

static const char *const modes[] = {"auto", "native", "skb", NULL};
static const char *const stacks[] = {"auto", "on", "off", NULL};

void rss_attach_rows(struct rss_attach_text *t, struct option_row rows[RSS_MAX_ATTACH_ROWS])
{
	struct rss_attach *a = &t->a;
	const struct option_row all[] = {
		{OPTION_TEXT, "cpus", 0, "LIST", "CPUs for SAs without an owner: 0-3,8",
		 &a->wish.cpus, 0, 0, NULL},
		{OPTION_TEXT, "policy", 0, "POLICY",
		 "balance (default), hash, least-loaded, cpu:N or pass", &a->wish.policy, 0, 0,
		 NULL},
		{OPTION_NUMBER, "qsize", 0, "N", "packets that each CPU's queue holds (2048)",
		 &a->wish.qsize, RSS_MIN_QSIZE, RSS_MAX_QSIZE, NULL},
		{OPTION_CHOICE, "mode", 0, "MODE", "auto (default), native or skb", &t->mode, 0, 0,
		 modes},
		{OPTION_TEXT, "lookup", 0, "HOW", "auto (default), kfunc, or map", &a->wish.lookup,
		 0, 0, NULL},
		{OPTION_TEXT, "ports", 0, "LIST", "more UDP ports that carry ESP, besides 4500",
		 &a->wish.ports, 0, 0, NULL},
		{OPTION_TEXT, "marks", 0, "LIST",
		 "marks to look SAs up with; auto (default): those of the SAs", &a->wish.marks, 0,
		 0, NULL},
		{OPTION_TEXT, "netns-id", 0, "N",
		 "the SAs are in another namespace, that the interfaces' calls N",
		 &a->wish.netns_id, 0, 0, NULL},
		{OPTION_NUMBER, "max-sas", 0, "N", "SAs that can be told apart (131072)",
		 &a->wish.max_sas, 1, RSS_MAX_SAS, NULL},
		{OPTION_CHOICE, "dispatcher", 0, "WHEN",
		 "beside other programs: auto (default), on or off", &t->stack, 0, 0, stacks},
		{OPTION_NUMBER, "confirm-within", 0, "S",
		 "a trial: after S seconds without rss confirm all passes", &a->confirm_within, 1,
		 86400 * 365, NULL},
		{OPTION_FLAG, "replace", 0, NULL, "swap program and settings; counters go on",
		 &a->replace, 0, 0, NULL},
		{OPTION_FLAG, "fresh", 0, NULL, "with --replace: with new counters and assignments",
		 &a->fresh, 0, 0, NULL},
		{OPTION_FLAG, "force", 0, NULL, "although frames or VLAN tags may be lost",
		 &a->force, 0, 0, NULL},
		{OPTION_FLAG, "dry-run", 0, NULL, "say what would be done, change nothing",
		 &a->dry_run, 0, 0, NULL},
		{OPTION_TEXT, "config", 0, "FILE",
		 "options from a file; the command line goes before it", &t->config, 0, 0, NULL},
		{OPTION_TEXT, "netns", 'n', "NAME", "the interfaces are in this network namespace",
		 &a->netns, 0, 0, NULL},
		{OPTION_TEXT, "bpffs", 0, "DIR", "where to pin (" RSS_BPFFS ")", &a->bpffs, 0, 0,
		 NULL},
		{0},
	};

	_Static_assert(ARRAY_SIZE(all) <= RSS_MAX_ATTACH_ROWS, "too few rows");
	memcpy(rows, all, sizeof(all));
}

int rss_complain(int err, const struct espalier_error *e)
{
	int status = EXIT_REJECTED;

	switch (-err) {
	case EPERM:
	case EACCES:
	case EOPNOTSUPP:
	case ENOSYS:
	case EPROTONOSUPPORT:
		status = EXIT_NO_SUPPORT;
		break;
	case EINVAL:
	case E2BIG:
	case ENODEV:
	case ENAMETOOLONG:
		status = EXIT_BAD_INPUT;
		break;
	default:
		break;
	}
	return complain(status, "rss: %s", e->text);
}

static void warn(const char *line)
{
	fflush(stdout);
	fprintf(stderr, "espalier: rss: %s\n", line);
}

static void print_settings(const struct rss_plan *p)
{
	const struct rss_settings *s = &p->settings;
	struct rss_cpuset cpus = {0};
	char text[256];

	for (u32 i = 0; i < s->nr_cpus; i++)
		rss_cpuset_add(&cpus, s->cpus[i]);
	rss_cpuset_text(&cpus, text, sizeof(text));
	printf("lookup: %s\n", rss_lookup_text(s->lookup, p->kernel.pcpu_num));
	if (s->policy == RSS_FIXED)
		printf("SAs without an owner: to CPU %u\n", s->fixed_cpu);
	else if (s->policy == RSS_PASS)
		printf("SAs without an owner: pass\n");
	else
		printf("SAs without an owner: %s over CPUs %s\n", rss_policy_name(s->policy), text);
	printf("queues: %u packets for each CPU\n", s->qsize);
	printf("UDP ports with ESP:");
	for (u32 i = 0; i < s->nr_ports; i++)
		printf(" %u", ntohs(s->ports[i]));
	printf("\nmarks that are tried:");
	for (u32 i = 0; i < s->nr_marks; i++)
		printf(" %#x", s->marks[i]);
	printf("\n");
	if (s->netns_id >= 0)
		printf("SAs: of the network namespace with id %d\n", s->netns_id);
}

static void print_findings(const struct rss_plan *p)
{
	for (u32 i = 0; i < p->findings.nr; i++) {
		const struct rss_finding *f = &p->findings.at[i];

		printf("%s: %s\n", rss_grade_name(f->grade), f->text);
		if (f->mend[0])
			printf("  mended by: %s\n", f->mend);
	}
}

static void tell(const struct rss_plan *p)
{
	for (u32 i = 0; i < p->nr_targets; i++) {
		const struct rss_target *t = &p->target[i];

		printf("%s: %s%s\n", t->dev.name, t->there ? "attached already" : "to be attached",
		       t->there	       ? ""
		       : t->dispatched ? ", through libxdp's dispatcher"
				       : ", by a pinned link");
	}
	print_settings(p);
	print_findings(p);
	/* Before anything happens, whatever becomes of the connection. */
	fflush(stdout);
}

/*
 * The command line goes before the file: it is parsed first, for --config, and once more on top of
 * what the file says.
 */
static int parse(int argc, char **argv, struct rss_attach_text *t, char **text, int *first)
{
	static const char *const except[] = {"config", "replace", "fresh", "dry-run", NULL};
	static const struct command_help help = {
		"rss attach [OPTION...] IFACE...",
		"Attaches the steering program to interfaces, where it stays. All interfaces "
		"share\n"
		"one instance: settings, counters, queues. What the driver will do is said first.",
		"\nA file of --config has lines NAME = VALUE, named as the options; # begins a "
		"comment.\n",
	};
	struct option_row rows[RSS_MAX_ATTACH_ROWS];
	struct rss_attach_text line = {0};
	int ret;

	rss_attach_rows(&line, rows);
	ret = options_parse(argc, argv, rows, &help, first);
	if (!ret && line.config) {
		rss_attach_rows(t, rows);
		ret = config_read(line.config, rows, except, text);
	}
	if (ret)
		return ret;
	rss_attach_rows(t, rows);
	return options_parse(argc, argv, rows, &help, first);
}

static int attach(struct rss_attach_text *t, char **ifaces, u32 nr)
{
	struct espalier_error e = {0};
	int err;

	t->a.mode = (enum rss_xdp_mode)t->mode;
	t->a.stack = (enum rss_stack)t->stack;
	t->a.ifaces = (const char *const *)ifaces;
	t->a.nr_ifaces = nr;
	if (!nr && !t->a.replace)
		return complain(EXIT_BAD_INPUT, "rss attach: no interface named");
	if (t->a.fresh && !t->a.replace)
		return complain(EXIT_BAD_INPUT, "rss attach: --fresh goes with --replace");
	engine_choose(ENGINE_KERNEL);
	err = rss_netns_enter(t->a.netns, NULL, &e);
	if (!err)
		err = rss_attach(&t->a, tell, warn, &e);
	if (err)
		return rss_complain(err, &e);
	if (t->a.dry_run)
		printf("nothing was changed\n");
	else if (t->a.confirm_within)
		printf("on trial for %llu s: espalier rss confirm keeps it\n",
		       (unsigned long long)t->a.confirm_within);
	return EXIT_DONE;
}

int rss_attach_cmd(int argc, char **argv)
{
	struct rss_attach_text t = {0};
	char *text = NULL;
	int first, status, ret = parse(argc, argv, &t, &text, &first);

	if (ret)
		status = ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	else
		status = attach(&t, argv + first, (u32)(argc - first));
	free(text);
	return status;
}
