// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/outfile.h"
#include "cli.h"
#include "object.h"
#include "options.h"
#include "rss.h"
#include "rss/advice.h"
#include "rss/policy.h"
#include "rss/svg.h"
#include "rss_report.h"
#include "sadfile.h"

#define NAT_T_PORT 4500
#define WIDTH_MIN  60
#define WIDTH_MAX  140

struct plan_command {
	struct text_list sads;
	struct text_list ins;
	uint64_t cpus;
	const char *policy;
	const char *ports;
	bool received;
	bool compare;
	const char *svg;
	bool json;
	struct rss_planner_options options;
};

/* "4501,4502": beside 4500, which carries ESP by standard. */
static int parse_ports(const char *text, struct rss_planner_options *o)
{
	const char *at = text;

	o->nr_ports = 1;
	o->ports[0] = htons(NAT_T_PORT);
	while (at) {
		char *end;
		unsigned long port = strtoul(at, &end, 10);
		uint32_t i = 0;

		if (*at < '0' || *at > '9' || (*end && *end != ',') || !port || port > 65535)
			return complain(EXIT_BAD_INPUT,
					"--ports %s: not a list of UDP ports such as 4501,4502",
					text);
		at = *end ? end + 1 : NULL;
		while (i < o->nr_ports && o->ports[i] != htons((uint16_t)port))
			i++;
		if (i == RSS_MAX_PORTS)
			return complain(EXIT_BAD_INPUT, "--ports %s: more than %u beside %u", text,
					RSS_MAX_PORTS - 1, NAT_T_PORT);
		o->ports[i] = htons((uint16_t)port);
		o->nr_ports = i == o->nr_ports ? i + 1 : o->nr_ports;
	}
	return EXIT_DONE;
}

static int check_options(struct plan_command *c, int argc, char **argv, int first)
{
	struct espalier_error e;
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	if (first < argc)
		return complain(EXIT_BAD_INPUT, "rss plan: %s: captures are named with --in",
				argv[first]);
	if (!c->sads.nr)
		return complain(EXIT_BAD_INPUT, "rss plan: no SAs: name a file with --sad (ip -d "
						"xfrm state prints one)");
	if (!c->ins.nr)
		return complain(EXIT_BAD_INPUT, "rss plan: no packets: name a capture with --in");
	if (!c->cpus)
		c->cpus = online > 0 ? (uint64_t)online : 1;
	c->options.nr_cpus = (uint32_t)c->cpus;
	c->options.compare = c->compare;
	if (rss_policy_parse(c->policy, &c->options.policy, &c->options.fixed_cpu, &e))
		return complain(EXIT_BAD_INPUT, "--policy %s", e.text);
	if (c->options.policy == RSS_FIXED && c->options.fixed_cpu >= c->cpus)
		return complain(EXIT_BAD_INPUT, "--policy %s: there are %llu CPUs, from 0 on",
				c->policy, (unsigned long long)c->cpus);
	return parse_ports(c->ports, &c->options);
}

static int run_capture(const struct plan_command *c, struct rss_planner *plan, const char *path,
		       struct espalier_error *e)
{
	struct capture *cap;
	struct frame f;
	int ret = capture_open(path, &cap, e);

	if (ret)
		return ret;
	while ((ret = capture_next(cap, &f, e)) > 0) {
		if (c->received && f.outgoing)
			continue;
		ret = rss_planner_frame(plan, &f, e);
		if (ret)
			break;
	}
	capture_close(cap);
	return ret;
}

static struct rss_chart_style terminal_style(void)
{
	struct rss_chart_style s = {.width = 80, .colour = use_colour(stdout)};
	const char *columns = getenv("COLUMNS");
	struct winsize w;

	setlocale(LC_CTYPE, "");
	s.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col)
		s.width = w.ws_col;
	else if (columns && atoi(columns) > 0)
		s.width = (uint32_t)atoi(columns);
	s.width = min(max(s.width, (uint32_t)WIDTH_MIN), (uint32_t)WIDTH_MAX);
	return s;
}

static int print_text(const struct rss_plan_result *r)
{
	struct rss_chart_style style = terminal_style();
	struct strbuf text = STRBUF_INIT;
	int status = EXIT_DONE;

	rss_report_text(r, &style, &text);
	if (text.failed)
		status = complain(EXIT_BAD_INPUT, "rss plan: out of memory");
	else
		fwrite(text.text, 1, text.len, stdout);
	strbuf_free(&text);
	return status;
}

static int print_json(const struct rss_plan_result *r)
{
	json_t *o = rss_report_json(r);

	if (!o)
		return complain(EXIT_BAD_INPUT, "rss plan: out of memory");
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
	return EXIT_DONE;
}

static int write_svg(const struct plan_command *c, const struct rss_plan_result *r)
{
	struct strbuf names = STRBUF_INIT, svg = STRBUF_INIT;
	struct espalier_error e = {0};
	int status = EXIT_DONE;

	for (int i = 0; i < c->ins.nr; i++) {
		const char *slash = strrchr(c->ins.at[i], '/');

		strbuf_addf(&names, "%s%s", i ? ", " : "", slash ? slash + 1 : c->ins.at[i]);
	}
	rss_svg(r, strbuf_text(&names), &svg);
	if (svg.failed)
		status = complain(EXIT_BAD_INPUT, "%s: out of memory", c->svg);
	else if (outfile_write(c->svg, svg.text, svg.len, &e))
		status = complain(EXIT_BAD_INPUT, "%s", e.text);
	strbuf_free(&names);
	strbuf_free(&svg);
	return status;
}

static int run(const struct plan_command *c, struct espalier_sad *sad)
{
	const struct rss_plan_result *r;
	struct espalier_error e;
	struct rss_planner *plan;
	int status = EXIT_DONE;
	int err;

	err = rss_planner_new(&c->options, sad, &plan, &e);
	if (err)
		return complain(status_of_errno(-err), "rss plan: %s", e.text);
	for (int i = 0; i < c->ins.nr && !err; i++)
		err = run_capture(c, plan, c->ins.at[i], &e);
	if (err)
		status = complain(EXIT_BAD_INPUT, "%s", e.text);
	else if (rss_planner_finish(plan, &r))
		status = complain(EXIT_BAD_INPUT, "rss plan: out of memory");
	if (status == EXIT_DONE && c->svg)
		status = write_svg(c, r);
	if (status == EXIT_DONE)
		status = c->json ? print_json(r) : print_text(r);
	rss_planner_free(plan);
	return status;
}

int rss_plan_cmd(int argc, char **argv)
{
	struct plan_command c = {.policy = "balance"};
	const struct option_row rows[] = {
		{OPTION_LIST, "sad", 0, "FILE",
		 "SAs: ip -batch lines, or output of ip -d xfrm state", &c.sads, 0, 0, NULL},
		{OPTION_LIST, "in", 0, "PCAP", "packets (pcap or pcapng; - for standard input)",
		 &c.ins, 0, 0, NULL},
		{OPTION_NUMBER, "cpus", 0, "N", "CPUs to spread over (default: this machine's)",
		 &c.cpus, 1, RSS_MAX_CPUS, NULL},
		{OPTION_TEXT, "policy", 0, "POLICY",
		 "for SAs without an owner: balance, hash, least-loaded, cpu:N, pass", &c.policy, 0,
		 0, NULL},
		{OPTION_TEXT, "ports", 0, "LIST", "UDP ports that carry ESP, beside 4500", &c.ports,
		 0, 0, NULL},
		{OPTION_FLAG, "received", 0, NULL,
		 "leave out what a capture of all interfaces calls outgoing", &c.received, 0, 0,
		 NULL},
		{OPTION_FLAG, "compare", 0, NULL,
		 "set today, other policies, per-CPU SAs beside it", &c.compare, 0, 0, NULL},
		{OPTION_TEXT, "svg", 0, "FILE", "draw it, too", &c.svg, 0, 0, NULL},
		{OPTION_FLAG, "json", 0, NULL, "one JSON document on standard output", &c.json, 0,
		 0, NULL},
		{0},
	};
	const struct command_help help = {
		"rss plan --sad FILE --in PCAP [OPTION...]",
		"Runs esp_rss over captures and shows to which CPUs the packets would go. Changes "
		"nothing,\nneeds no root.",
	};
	struct espalier_sad *sad;
	int first, status;

	status = options_parse(argc, argv, rows, &help, &first);
	if (status)
		return status > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	status = check_options(&c, argc, argv, first);
	if (status != EXIT_DONE)
		return status;
	engine_choose(ENGINE_USER);
	status = sadfile_load(&c.sads, &sad);
	if (status != EXIT_DONE)
		return status;
	status = run(&c, sad);
	espalier_sad_free(sad);
	return status;
}
