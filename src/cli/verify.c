// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <espalier/bpf.h>

#include "cli.h"
#include "document.h"
#include "explain.h"
#include "object.h"
#include "options.h"
#include "page.h"
#include "verdict.h"

#define LOG_SIZE (16u << 20)

/* The verdict on what libbpf leaves where CO-RE found nothing. */
#define SPOILT "invalid func unknown#195896080"

static const char *const explain_names[] = {"text", "html", "none", NULL};
enum {
	EXPLAIN_TEXT,
	EXPLAIN_HTML,
	EXPLAIN_NONE
};

struct verify {
	const char *only;
	const char *output;
	int engine;
	uint64_t log;
	int explain;
	bool extended;
	bool json;
	bool sarif;
	/* results: one of these, or lines on standard output */
	json_t *list;
	struct sarif *findings;
	struct page *page;
	char *log_buf;
	bool rejected;
	char said[512]; /* why the last program of this object could not be loaded */
};

/* The kernel's verdict is read off its log: the last line before the statistics. */
static void read_log(const char *log, struct verdict *v)
{
	const char *last = "", *end = NULL;

	for (const char *line = log; *line;) {
		size_t len = strcspn(line, "\n");

		if (!strncmp(line, "processed ", 10)) {
			v->processed = (uint32_t)strtoul(line + 10, NULL, 10);
			break;
		}
		if (len) {
			last = line;
			end = line + len;
		}
		line += len + (line[len] == '\n');
	}
	if (v->err && end)
		snprintf(v->message, sizeof(v->message), "%.*s", (int)(end - last), last);
}

static void print_text(struct verify *ctx, const struct verdict *v)
{
	bool colour = use_colour(stdout);
	const char *bold = colour ? "\033[1m" : "";
	const char *mark = !colour ? "" : v->err ? "\033[1;31m" : "\033[1;32m";
	const char *off = colour ? "\033[0m" : "";

	if (ctx->log && ctx->log_buf[0])
		printf("%s", ctx->log_buf);
	printf("%s: %s%s%s (%s): %s%s%s", v->object, bold, v->program, off, prog_type_name(v->type),
	       mark, v->err ? "rejected" : "accepted", off);
	if (v->err)
		printf(": %s (%s)\n", v->message[0] ? v->message : strerror(-v->err),
		       errno_name(-v->err));
	else
		printf(", %u instructions, %u processed, %.0f us\n", v->insns, v->processed,
		       (double)v->time_ns / 1e3);
	if (v->report && ctx->explain == EXPLAIN_TEXT)
		explain_text(stdout, v->report, colour);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000ull + (uint64_t)ts.tv_nsec;
}

/*
 * What is wrong with an object as a whole fails each of its programs alike: said once. libbpf's
 * "prog 'NAME': " is taken off, since the line names the program anyway.
 */
static int complain_of_load(struct verify *ctx, const char *path, const char *name, int err)
{
	int status = err == -EPERM ? EXIT_NO_SUPPORT : EXIT_BAD_INPUT;
	const char *why = object_complaint();
	const char *rest = !strncmp(why, "prog '", 6) ? strstr(why, "': ") : NULL;

	if (rest)
		why = rest + 3;
	if (!*why)
		why = strerror(-err);
	if (strcmp(ctx->said, why))
		complain(status, "%s: %s: cannot be loaded: %s", path, name, why);
	snprintf(ctx->said, sizeof(ctx->said), "%s", why);
	return status;
}

/* Prepared for the load of one program. An exit status. */
static int open_program(struct verify *ctx, const char *path, const char *name,
			struct bpf_object **obj, struct bpf_program **prog)
{
	int status = object_open(path, obj);

	if (status != EXIT_DONE)
		return status;
	*prog = object_select(*obj, name);
	ctx->log_buf[0] = '\0';
	bpf_program__set_log_buf(*prog, ctx->log_buf, LOG_SIZE);
	bpf_program__set_log_level(*prog, ctx->log ? (uint32_t)ctx->log : 1);
	return EXIT_DONE;
}

static void take_report(struct verify *ctx, const struct espalier_report *r, struct verdict *v)
{
	v->report = r;
	/* What failed after the program was accepted is not about it: a PROG_ARRAY, say, that wants
	 * the object's other programs. */
	v->err = r->err;
	v->insns = r->insns;
	v->processed = r->processed;
	snprintf(v->message, sizeof(v->message), "%s", r->message);
	/* libbpf says in the log what the instruction was that it had to spoil. */
	if (v->err && !strncmp(r->message, SPOILT, strlen(SPOILT)))
		read_log(ctx->log_buf, v);
}

/*
 * A rejected program is loaded once more, with a report that tells the path: the first load, which
 * is the one that is timed, is not slowed down by it.
 */
static int load_for_report(struct verify *ctx, struct verdict *v)
{
	const struct espalier_report *r;
	struct bpf_program *prog;
	struct bpf_object *obj;
	int status = open_program(ctx, v->object, v->program, &obj, &prog);

	if (status != EXIT_DONE)
		return status;
	espalier_set_detailed_reports(1);
	(void)!bpf_object__load(obj);
	espalier_set_detailed_reports(0);
	r = espalier_last_report();
	bpf_object__close(obj);
	if (r && r->err)
		take_report(ctx, r, v);
	return EXIT_DONE;
}

static void give_verdict(struct verify *ctx, const struct verdict *v)
{
	if (ctx->list)
		json_array_append_new(ctx->list, verdict_json(v, ctx->explain != EXPLAIN_NONE));
	if (ctx->findings)
		sarif_program(ctx->findings, v);
	if (ctx->page)
		page_program(ctx->page, v);
	/* A document in a file leaves standard output to the verdicts. */
	if (ctx->output || !(ctx->list || ctx->findings || ctx->page))
		print_text(ctx, v);
	ctx->rejected |= v->err != 0;
}

/* The object is opened anew for each program: libbpf loads one only once. */
static int verify_program(struct verify *ctx, const char *path, const char *name)
{
	struct verdict v = {.object = path, .program = name};
	const struct espalier_report *r;
	struct bpf_program *prog;
	struct bpf_object *obj;
	uint64_t began;
	int status;

	status = open_program(ctx, path, name, &obj, &prog);
	if (status != EXIT_DONE)
		return status;
	v.type = bpf_program__type(prog);
	object_forget_complaint();
	began = now_ns();
	v.err = bpf_object__load(obj);
	v.time_ns = now_ns() - began;
	v.insns = (uint32_t)bpf_program__insn_cnt(prog);
	/* Nothing in the log: it did not get as far as the verifier. */
	if (v.err && !ctx->log_buf[0]) {
		status = complain_of_load(ctx, path, name, v.err);
		bpf_object__close(obj);
		return status;
	}
	if (ctx->engine == ENGINE_USER && (r = espalier_last_report())) {
		take_report(ctx, r, &v);
		v.time_ns = r->time_ns;
	} else {
		read_log(ctx->log_buf, &v);
		/* As above: the kernel's log holds statistics alone when it accepted. */
		if (v.processed && !v.message[0])
			v.err = 0;
	}
	bpf_object__close(obj);
	if (v.err && v.report && ctx->explain != EXPLAIN_NONE)
		status = load_for_report(ctx, &v);
	if (status == EXIT_DONE)
		give_verdict(ctx, &v);
	return status;
}

static int verify_object(struct verify *ctx, const char *path)
{
	struct bpf_program *prog;
	struct bpf_object *obj;
	char **names = NULL;
	int nr = 0, seen = 0, status;

	ctx->said[0] = '\0';
	if (ctx->engine == ENGINE_USER) {
		status = object_vet(path, ctx->extended);
		if (status != EXIT_DONE)
			return status;
	}
	status = object_open(path, &obj);
	if (status != EXIT_DONE)
		return status;
	bpf_object__for_each_program(prog, obj) nr++;
	names = calloc((size_t)nr + 1, sizeof(*names));
	nr = 0;
	bpf_object__for_each_program(prog, obj)
	{
		if (!ctx->only || !strcmp(ctx->only, bpf_program__name(prog)))
			names[nr++] = strdup(bpf_program__name(prog));
	}
	bpf_object__close(obj);
	if (!nr)
		status = ctx->only ? complain(EXIT_BAD_INPUT, "%s: no program named %s", path,
					      ctx->only)
				   : complain(EXIT_BAD_INPUT, "%s: no BPF program in it", path);
	for (; seen < nr; seen++) {
		int one = verify_program(ctx, path, names[seen]);

		if (one != EXIT_DONE)
			status = one;
	}
	while (nr--)
		free(names[nr]);
	free(names);
	return status;
}

static bool excludes(const struct verify *ctx)
{
	const char *const given[] = {
		ctx->json ? "--json" : NULL,
		ctx->sarif ? "--sarif" : NULL,
		ctx->explain == EXPLAIN_HTML ? "--explain html" : NULL,
	};
	const char *first = NULL;

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++) {
		if (given[i] && first) {
			complain(EXIT_BAD_INPUT, "verify: %s and %s exclude each other", first,
				 given[i]);
			return true;
		}
		first = given[i] ?: first;
	}
	if (ctx->output && !first)
		complain(EXIT_BAD_INPUT,
			 "verify: --output: only with --explain html, --json or --sarif");
	if (!ctx->output && first && ctx->log) {
		complain(EXIT_BAD_INPUT,
			 "verify: --log and %s exclude each other, unless --output "
			 "names a file",
			 first);
		return true;
	}
	return ctx->output && !first;
}

static int begin_results(struct verify *ctx)
{
	ctx->log_buf = malloc(LOG_SIZE);
	if (ctx->json)
		ctx->list = json_array();
	if (ctx->sarif)
		ctx->findings = sarif_begin();
	if (ctx->explain == EXPLAIN_HTML)
		ctx->page = page_begin();
	if (!ctx->log_buf || (ctx->json && !ctx->list) || (ctx->sarif && !ctx->findings) ||
	    (ctx->explain == EXPLAIN_HTML && !ctx->page))
		return complain(EXIT_BAD_INPUT, "verify: out of memory");
	return EXIT_DONE;
}

/* The document, if there is one, is complete: an exit status. */
static int end_results(struct verify *ctx)
{
	json_t *json = ctx->findings ? sarif_end(ctx->findings) : ctx->list;
	struct document *doc;
	int status;

	free(ctx->log_buf);
	if (!json && !ctx->page)
		return EXIT_DONE;
	status = document_open(ctx->output, &doc);
	if (status != EXIT_DONE)
		return status;
	if (ctx->page) {
		page_end(ctx->page, document_stream(doc));
	} else {
		json_dumpf(json, document_stream(doc), JSON_INDENT(2));
		fputc('\n', document_stream(doc));
	}
	json_decref(json);
	return document_close(doc);
}

int cmd_verify(int argc, char **argv)
{
	struct verify ctx = {0};
	const struct option_row rows[] = {
		{OPTION_TEXT, "program", 'p', "NAME", "only this program", &ctx.only, 0, 0, NULL},
		{OPTION_CHOICE, "engine", 0, "user|kernel",
		 "who decides: this library (default) or the running kernel", &ctx.engine, 0, 0,
		 engine_names},
		{OPTION_NUMBER, "log", 0, "0|1|2", "print the verifier's log at this level",
		 &ctx.log, 0, 2, NULL},
		{OPTION_CHOICE, "explain", 0, "text|html|none",
		 "explain rejections: as text (default), or all verdicts on one page", &ctx.explain,
		 0, 0, explain_names},
		{OPTION_FLAG, "extended", 0, NULL, "kfuncs as their documentation lists them",
		 &ctx.extended, 0, 0, NULL},
		{OPTION_FLAG, "json", 0, NULL, "one JSON document on standard output", &ctx.json, 0,
		 0, NULL},
		{OPTION_FLAG, "sarif", 0, NULL,
		 "one SARIF 2.1.0 document on standard output, for code-scanning tools", &ctx.sarif,
		 0, 0, NULL},
		{OPTION_TEXT, "output", 'o', "FILE", "write the page or document to this file",
		 &ctx.output, 0, 0, NULL},
		{0},
	};
	const struct command_help help = {
		"verify [OPTION...] OBJECT...",
		"Verifies each program of the BPF objects on its own and explains rejections.",
	};
	int status = EXIT_DONE, first, ret;

	ret = options_parse(argc, argv, rows, &help, &first);
	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (first == argc)
		return complain(EXIT_BAD_INPUT,
				"verify: no object file named (see espalier verify --help)");
	if (ctx.extended && ctx.engine == ENGINE_KERNEL)
		return complain(EXIT_BAD_INPUT, "verify: --extended: the kernel has no such mode");
	if (excludes(&ctx))
		return EXIT_BAD_INPUT;
	ret = begin_results(&ctx);
	if (ret != EXIT_DONE)
		return ret;
	engine_choose(ctx.engine);
	espalier_set_extended(ctx.extended);
	/* What is not run needs no machine code, nor a machine that allows it. */
	espalier_set_exec(ESPALIER_EXEC_INTERP);
	for (int i = first; i < argc; i++) {
		int one = verify_object(&ctx, argv[i]);

		if (one != EXIT_DONE)
			status = one;
	}
	ret = end_results(&ctx);
	if (ret != EXIT_DONE)
		return ret;
	if (status != EXIT_DONE)
		return status;
	return ctx.rejected ? EXIT_REJECTED : EXIT_DONE;
}
