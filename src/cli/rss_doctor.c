// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "object.h"
#include "cli.h"
#include "rss.h"
#include "rss_attach.h"
#include "rss/chart.h"
#include "rss/doctor.h"
#include "rss/netns.h"

#define WIDTH	  80
#define MAX_WIDTH 110
#define INDENT	  9

static struct rss_chart_style style_of_stdout(void)
{
	struct rss_chart_style s = {.width = WIDTH, .colour = use_colour(stdout)};
	struct winsize ws;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col >= 40)
		s.width = min((u32)ws.ws_col, (u32)MAX_WIDTH);
	return s;
}

static enum rss_colour colour_of(enum rss_severity severity)
{
	static const enum rss_colour colours[RSS_NR_SEVERITIES] = {
		[RSS_OK] = RSS_GREEN,
		[RSS_NOTE] = RSS_PLAIN,
		[RSS_WARNING] = RSS_YELLOW,
		[RSS_PROBLEM] = RSS_RED,
	};

	return colours[severity];
}

static void put_symptom(struct strbuf *out, const struct rss_chart_style *style,
			const struct rss_symptom *s)
{
	struct strbuf what = STRBUF_INIT;

	rss_chart_colour(out, style, colour_of(s->severity));
	strbuf_addf(out, "%-*s", INDENT, rss_severity_name(s->severity));
	rss_chart_colour(out, style, RSS_PLAIN);
	strbuf_addf(&what, "%s: %s", s->subject, s->what);
	/* It begins where it is to be indented. */
	rss_chart_wrap(out, style, strbuf_text(&what), INDENT);
	strbuf_free(&what);
	strbuf_addf(out, "\n");
	if (s->why[0]) {
		strbuf_addf(out, "%*s", INDENT, "");
		rss_chart_wrap(out, style, s->why, INDENT);
		strbuf_addf(out, "\n");
	}
	/* In one piece, to be copied. */
	if (s->mend[0]) {
		strbuf_addf(out, "%*s", INDENT, "");
		rss_chart_colour(out, style, RSS_BOLD);
		strbuf_addf(out, "-> %s", s->mend);
		rss_chart_colour(out, style, RSS_PLAIN);
		strbuf_addf(out, "\n");
	}
}

static void put_count(struct strbuf *out, u32 nr, const char *what, bool *any)
{
	if (nr)
		strbuf_addf(out, "%s%u %s%s", *any ? ", " : "", nr, what, nr == 1 ? "" : "s");
	*any |= nr;
}

static void put_text(struct strbuf *out, const struct rss_facts *f, const struct rss_diagnosis *d)
{
	struct rss_chart_style style = style_of_stdout();
	bool any = false;

	put_count(out, d->count[RSS_PROBLEM], "problem", &any);
	put_count(out, d->count[RSS_WARNING], "warning", &any);
	put_count(out, d->count[RSS_NOTE], "note", &any);
	strbuf_addf(out, "%s%s\n\n", any ? "" : "nothing is wrong",
		    f->st ? ""
		    : any ? "; nothing is attached"
			  : ", and nothing is attached");
	for (u32 i = 0; i < d->nr; i++)
		put_symptom(out, &style, &d->at[i]);
	for (u32 i = 0; i < f->nr_unseen; i++) {
		strbuf_addf(out, "%-*s", INDENT, "not seen");
		rss_chart_wrap(out, &style, f->unseen[i], INDENT);
		strbuf_addf(out, "\n");
	}
}

static json_t *json_answer(enum rss_answer a)
{
	return a == RSS_UNSEEN ? json_null() : json_boolean(a == RSS_YES);
}

static json_t *json_module(enum rss_module m)
{
	static const char *const names[] = {NULL, "absent", "loadable", "there"};

	return m == RSS_MODULE_UNSEEN ? json_null() : json_string(names[m]);
}

static json_t *json_kernel(const struct rss_kernel_facts *k)
{
	return json_pack(
		"{s:s, s:b, s:b, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "release",
		k->release, "btf", k->has.btf, "kfunc", k->has.kfunc, "owners", k->has.pcpu_num,
		"dispatcher", k->bpf == RSS_YES ? json_boolean(k->has.dispatcher) : json_null(),
		"bpf_permitted", k->bpf == RSS_NO && !k->root ? json_null() : json_answer(k->bpf),
		"cpumap", json_answer(k->cpumap), "raw_tracepoint", json_answer(k->raw_tracepoint),
		"jit", json_answer(k->jit), "cpumap_gro", json_answer(k->gro), "xfrm",
		json_answer(k->xfrm), "esp4", json_module(k->esp[0]), "esp6",
		json_module(k->esp[1]), "bpffs", json_answer(k->bpffs));
}

static int put_json(const struct rss_facts *f, const struct rss_diagnosis *d)
{
	json_t *findings = json_array(), *unseen = json_array(), *devices = json_array(), *doc;
	int ret;

	for (u32 i = 0; i < d->nr; i++) {
		const struct rss_symptom *s = &d->at[i];

		json_array_append_new(findings,
				      json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "severity",
						rss_severity_name(s->severity), "check", s->check,
						"subject", s->subject, "what", s->what, "why",
						s->why, "mend", s->mend));
	}
	for (u32 i = 0; i < f->nr_unseen; i++)
		json_array_append_new(unseen, json_string(f->unseen[i]));
	for (u32 i = 0; i < f->nr_dev; i++)
		json_array_append_new(devices, json_string(f->dev[i].dev.name));
	doc = json_pack("{s:i, s:i, s:i, s:b, s:o, s:o, s:o, s:o}", "problems",
			d->count[RSS_PROBLEM], "warnings", d->count[RSS_WARNING], "notes",
			d->count[RSS_NOTE], "attached", f->st != NULL, "interfaces", devices,
			"kernel", json_kernel(&f->kernel), "findings", findings, "unseen", unseen);
	ret = doc ? json_dumpf(doc, stdout, JSON_INDENT(2)) : -1;
	json_decref(doc);
	printf("\n");
	return ret;
}

static int report(const struct rss_facts *f, bool json)
{
	struct strbuf out = STRBUF_INIT;
	struct rss_diagnosis d;
	int err = rss_doctor_judge(f, &d), status = EXIT_DONE;

	if (!err && json) {
		err = put_json(f, &d);
	} else if (!err) {
		put_text(&out, f, &d);
		err = out.failed;
		fputs(strbuf_text(&out), stdout);
		strbuf_free(&out);
	}
	if (err)
		status = complain(EXIT_REJECTED, "rss doctor: out of memory");
	else if (d.count[RSS_PROBLEM])
		status = EXIT_REJECTED;
	rss_diagnosis_free(&d);
	return status;
}

int rss_doctor_cmd(int argc, char **argv)
{
	const char *bpffs = NULL, *netns = NULL;
	bool json = false;
	const struct option_row rows[] = {
		{OPTION_FLAG, "json", 0, NULL, "one JSON document on standard output", &json, 0, 0,
		 NULL},
		{OPTION_TEXT, "netns", 'n', "NAME", "look from this network namespace", &netns, 0,
		 0, NULL},
		{OPTION_TEXT, "bpffs", 0, "DIR", "where it is pinned, or will be (" RSS_BPFFS ")",
		 &bpffs, 0, 0, NULL},
		{0},
	};
	const struct command_help help = {
		"rss doctor [OPTION...] [IFACE...]",
		"Looks for what would stop or slow steering here, and says what mends it. Changes\n"
		"nothing. Without IFACE: what is attached, else the hardware that is up.",
		"Exit status: 0 no problem (warnings are none), 1 a problem.",
	};
	struct espalier_error e = {0};
	struct rss_facts f = {0};
	int first, err, status, ret = options_parse(argc, argv, rows, &help, &first);

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	engine_choose(ENGINE_KERNEL);
	err = rss_netns_enter(netns, NULL, &e);
	if (!err)
		err = rss_facts_gather((const char *const *)argv + first, (u32)(argc - first),
				       bpffs, &f, &e);
	status = err ? rss_complain(err, &e) : report(&f, json);
	rss_facts_free(&f);
	return status;
}
