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
#include "explain.h"
#include "object.h"
#include "options.h"

#define LOG_SIZE (16u << 20)

/* The verdict on what libbpf leaves where CO-RE found nothing. */
#define SPOILT "invalid func unknown#195896080"

static const char *const explain_names[] = {"text", "none", NULL};
enum {
	EXPLAIN_TEXT,
	EXPLAIN_NONE
};

struct verify {
	const char *only;
	int engine;
	uint64_t log;
	int explain;
	bool extended;
	bool json;
	/* results */
	json_t *list;
	char *log_buf;
	bool rejected;
	char said[512]; /* why the last program of this object could not be loaded */
};

/* One program's verdict, from either engine. */
struct verdict {
	const char *object;
	const char *program;
	enum bpf_prog_type type;
	int err;
	char message[1024];
	uint64_t time_ns;
	uint32_t insns;
	uint32_t processed;
	const struct espalier_report *report; /* NULL: the kernel explains nothing */
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

static json_t *json_source(const struct espalier_source *src)
{
	return json_pack("{s:s, s:i, s:s}", "file", src->file, "line", src->line, "text",
			 src->text);
}

static const char *const step_words[] = {
	[ESPALIER_STEP_BRANCH] = "branch",   [ESPALIER_STEP_ACQUIRE] = "acquire",
	[ESPALIER_STEP_RELEASE] = "release", [ESPALIER_STEP_LOSE] = "lose",
	[ESPALIER_STEP_CALL] = "call",	     [ESPALIER_STEP_RETURN] = "return",
	[ESPALIER_STEP_END] = "end",
};

static json_t *json_path(const struct espalier_report *r)
{
	json_t *path = json_array();

	for (uint32_t i = 0; i < r->nr_steps; i++) {
		const struct espalier_step *s = &r->steps[i];
		json_t *step = json_pack("{s:s, s:i, s:s}", "kind", step_words[s->kind], "insn",
					 s->insn, "note", s->note);

		if (s->kind == ESPALIER_STEP_BRANCH)
			json_object_set_new(step, "taken", json_boolean(s->taken));
		if (s->source.file)
			json_object_set_new(step, "source", json_source(&s->source));
		json_array_append_new(path, step);
	}
	return path;
}

static void add_json(struct verify *ctx, const struct verdict *v)
{
	const struct espalier_report *r = v->report;
	json_t *o = json_pack("{s:s, s:s, s:s, s:b, s:s, s:i, s:i, s:i, s:f}", "object", v->object,
			      "program", v->program, "type", prog_type_name(v->type), "accepted",
			      !v->err, "message", v->message, "errno", -v->err, "insns", v->insns,
			      "processed", v->processed, "time_us", (double)v->time_ns / 1e3);

	bool placed = r && v->err && r->insn >= 0;

	json_object_set_new(o, "insn", placed ? json_integer(r->insn) : json_null());
	json_object_set_new(o, "source",
			    placed && r->source.file ? json_source(&r->source) : json_null());
	if (r && v->err && r->ref_source.file)
		json_object_set_new(o, "acquired", json_source(&r->ref_source));
	if (ctx->explain != EXPLAIN_NONE) {
		json_object_set_new(o, "explanation", json_string(r ? r->explanation : ""));
		if (r && v->err)
			json_object_set_new(o, "path", json_path(r));
	}
	json_array_append_new(ctx->list, o);
}

static const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	/* The one number that the kernel lets out although it has no name in user space. */
	return name ? name : err == 524 ? "ENOTSUPP" : "unknown error";
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

/* The object is opened anew for each program: libbpf loads one only once. */
static int verify_program(struct verify *ctx, const char *path, const char *name)
{
	struct verdict v = {.object = path, .program = name};
	const struct espalier_report *r;
	struct bpf_program *prog;
	struct bpf_object *obj;
	uint64_t began;
	int status;

	status = object_open(path, &obj);
	if (status != EXIT_DONE)
		return status;
	prog = object_select(obj, name);
	v.type = bpf_program__type(prog);
	ctx->log_buf[0] = '\0';
	bpf_program__set_log_buf(prog, ctx->log_buf, LOG_SIZE);
	bpf_program__set_log_level(prog, ctx->log ? (uint32_t)ctx->log : 1);
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
		v.report = r;
		/* What failed after the program was accepted is not about it: a PROG_ARRAY, say,
		 * that wants the object's other programs. */
		v.err = r->err;
		v.time_ns = r->time_ns;
		v.insns = r->insns;
		v.processed = r->processed;
		snprintf(v.message, sizeof(v.message), "%s", r->message);
		/* libbpf says in the log what the instruction was that it had to spoil. */
		if (v.err && !strncmp(r->message, SPOILT, strlen(SPOILT)))
			read_log(ctx->log_buf, &v);
	} else {
		read_log(ctx->log_buf, &v);
		/* As above: the kernel's log holds statistics alone when it accepted. */
		if (v.processed && !v.message[0])
			v.err = 0;
	}
	if (ctx->json)
		add_json(ctx, &v);
	else
		print_text(ctx, &v);
	ctx->rejected |= v.err != 0;
	bpf_object__close(obj);
	return EXIT_DONE;
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
		{OPTION_CHOICE, "explain", 0, "text|none", "explain rejections (default text)",
		 &ctx.explain, 0, 0, explain_names},
		{OPTION_FLAG, "extended", 0, NULL, "kfuncs as their documentation lists them",
		 &ctx.extended, 0, 0, NULL},
		{OPTION_FLAG, "json", 0, NULL, "one JSON document on standard output", &ctx.json, 0,
		 0, NULL},
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
	ctx.list = json_array();
	ctx.log_buf = malloc(LOG_SIZE);
	if (!ctx.list || !ctx.log_buf)
		return complain(EXIT_BAD_INPUT, "verify: out of memory");
	engine_choose(ctx.engine);
	espalier_set_extended(ctx.extended);
	for (int i = first; i < argc; i++) {
		int one = verify_object(&ctx, argv[i]);

		if (one != EXIT_DONE)
			status = one;
	}
	if (ctx.json) {
		json_dumpf(ctx.list, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(ctx.list);
	free(ctx.log_buf);
	if (status != EXIT_DONE)
		return status;
	return ctx.rejected ? EXIT_REJECTED : EXIT_DONE;
}
