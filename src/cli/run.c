// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <espalier/bpf.h>
#include <espalier/sad.h>

#include "cli.h"
#include "explain.h"
#include "object.h"
#include "options.h"
#include "runner.h"
#include "sadfile.h"
#include "value.h"

#define LOG_SIZE	(16u << 20)
#define MAP_ENTRIES_MAX 1024

static const char *const exec_names[] = {"interp", "jit", NULL};
enum {
	EXEC_INTERP,
	EXEC_JIT
};

struct run {
	const char *only;
	int engine;
	int exec;
	struct text_list sads;
	struct text_list ins;
	const char *out;
	uint64_t cpus;
	uint64_t repeat;
	uint64_t count;
	struct text_list sets;
	bool extended;
	bool json;
	const char *path;
	/* while it runs */
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct espalier_sad *sad;
	char *log;
	struct runner runner;
};

static int check_options(struct run *ctx, int argc, char **argv, int first)
{
	if (first == argc)
		return complain(EXIT_BAD_INPUT,
				"run: no object file named (see espalier run --help)");
	if (argc - first > 1)
		return complain(EXIT_BAD_INPUT, "run: %s: one object at a time", argv[first + 1]);
	if (!ctx->ins.nr)
		return complain(EXIT_BAD_INPUT, "run: no packets: name a capture with --in");
	if (ctx->exec == EXEC_JIT)
		return complain(EXIT_NO_SUPPORT,
				"run: --exec jit: this build has the interpreter only");
	if (ctx->engine == ENGINE_KERNEL && ctx->sads.nr)
		return complain(EXIT_BAD_INPUT,
				"run: --sad: the kernel has its own SA database (ip xfrm state)");
	if (ctx->engine == ENGINE_KERNEL && ctx->extended)
		return complain(EXIT_BAD_INPUT, "run: --extended: the kernel has no such mode");
	if (ctx->engine == ENGINE_KERNEL && ctx->cpus > 1)
		return complain(EXIT_BAD_INPUT, "run: --cpus: the kernel runs on the CPUs it has");
	if (ctx->out && ctx->repeat > 1)
		return complain(EXIT_BAD_INPUT, "run: --out and --repeat exclude each other");
	ctx->path = argv[first];
	return EXIT_DONE;
}

static bool can_run(const struct bpf_program *prog)
{
	enum bpf_prog_type type = bpf_program__type(prog);

	return type == BPF_PROG_TYPE_XDP || type == BPF_PROG_TYPE_SCHED_CLS ||
	       type == BPF_PROG_TYPE_SOCKET_FILTER;
}

/* An object with a PROG_ARRAY may fill it with its other programs, which must then be loaded too.
 */
static void load_tail_call_targets(struct run *ctx)
{
	struct bpf_program *prog;
	struct bpf_map *map;
	bool any = false;

	bpf_object__for_each_map(map, ctx->obj) any |=
		bpf_map__type(map) == BPF_MAP_TYPE_PROG_ARRAY;
	bpf_object__for_each_program(prog, ctx->obj)
	{
		if (any && bpf_program__type(prog) == bpf_program__type(ctx->prog))
			bpf_program__set_autoload(prog, true);
	}
}

/* The program named, or the only one that packets can be given to. */
static int choose_program(struct run *ctx)
{
	struct bpf_program *prog;
	const char *name = ctx->only;
	char names[256] = "";
	int nr = 0;

	bpf_object__for_each_program(prog, ctx->obj)
	{
		if (!can_run(prog))
			continue;
		if (nr++)
			strncat(names, ", ", sizeof(names) - strlen(names) - 1);
		strncat(names, bpf_program__name(prog), sizeof(names) - strlen(names) - 1);
		if (!ctx->only)
			name = bpf_program__name(prog);
	}
	if (!nr)
		return complain(EXIT_BAD_INPUT, "%s: no XDP, tc or socket program in it",
				ctx->path);
	if (!ctx->only && nr > 1)
		return complain(EXIT_BAD_INPUT, "%s: several programs (%s): choose one with -p",
				ctx->path, names);
	ctx->prog = object_select(ctx->obj, name);
	if (!ctx->prog)
		return complain(EXIT_BAD_INPUT, "%s: no program named %s", ctx->path, name);
	if (!can_run(ctx->prog))
		return complain(EXIT_BAD_INPUT,
				"%s: %s: packets go to XDP, tc and socket programs only", ctx->path,
				name);
	load_tail_call_targets(ctx);
	return EXIT_DONE;
}

static void print_rejection(struct run *ctx, int err)
{
	const struct espalier_report *r =
		ctx->engine == ENGINE_USER ? espalier_last_report() : NULL;
	bool colour = use_colour(stderr);

	complain(EXIT_REJECTED, "%s: %s: rejected: %s", ctx->path, bpf_program__name(ctx->prog),
		 r ? r->message : strerror(-err));
	if (r)
		explain_text(stderr, r, colour);
	else
		fputs(ctx->log, stderr);
}

static int load(struct run *ctx)
{
	int err;

	ctx->log = calloc(1, LOG_SIZE);
	if (!ctx->log)
		return complain(EXIT_BAD_INPUT, "run: out of memory");
	bpf_program__set_log_buf(ctx->prog, ctx->log, LOG_SIZE);
	bpf_program__set_log_level(ctx->prog, 1);
	object_forget_complaint();
	err = bpf_object__load(ctx->obj);
	if (!err)
		return EXIT_DONE;
	if (ctx->log[0]) {
		print_rejection(ctx, err);
		return EXIT_REJECTED;
	}
	return complain(err == -EPERM ? EXIT_NO_SUPPORT : EXIT_BAD_INPUT,
			"%s: %s: cannot be loaded: %s", ctx->path, bpf_program__name(ctx->prog),
			object_complaint()[0] ? object_complaint() : strerror(-err));
}

static int run_captures(struct run *ctx)
{
	struct espalier_error e = {0};
	struct runner *r = &ctx->runner;
	int err = 0;

	r->prog = ctx->prog;
	r->kernel = ctx->engine == ENGINE_KERNEL;
	r->cpus = (uint32_t)ctx->cpus;
	r->repeat = ctx->repeat;
	r->limit = ctx->count;
	if (ctx->out && sink_open(ctx->out, &r->out, &e))
		return complain(EXIT_BAD_INPUT, "%s", e.text);
	err = runner_open(r, &e);
	for (int i = 0; i < ctx->ins.nr && !err; i++) {
		struct capture *cap;

		err = capture_open(ctx->ins.at[i], &cap, &e);
		if (err)
			break;
		err = runner_run(r, cap, &e);
		capture_close(cap);
	}
	runner_close(r);
	if (!err && r->out)
		err = sink_close(r->out, &e);
	else
		sink_abort(r->out);
	r->out = NULL;
	return err ? complain(EXIT_BAD_INPUT, "%s", e.text) : EXIT_DONE;
}

static double ns_per_packet(const struct run *ctx)
{
	return ctx->runner.ran ? (double)ctx->runner.ns / (double)ctx->runner.ran : 0;
}

static json_t *verdicts_json(const struct run *ctx)
{
	enum bpf_prog_type type = bpf_program__type(ctx->prog);
	json_t *o = json_object();

	for (uint32_t i = 0; i < VERDICTS_MAX; i++) {
		if (ctx->runner.verdict[i])
			json_object_set_new(o, verdict_name(type, i),
					    json_integer((json_int_t)ctx->runner.verdict[i]));
	}
	if (ctx->runner.other_verdicts)
		json_object_set_new(o, "other",
				    json_integer((json_int_t)ctx->runner.other_verdicts));
	return o;
}

static void print_json(const struct run *ctx)
{
	const struct runner *r = &ctx->runner;
	json_t *cpus = json_array();
	json_t *o;

	for (uint32_t i = 0; i < r->cpus; i++)
		json_array_append_new(cpus, json_pack("{s:i, s:I, s:I}", "cpu", i, "packets",
						      (json_int_t)r->cpu[i].packets, "redirected",
						      (json_int_t)r->cpu[i].redirected));
	o = json_pack("{s:s, s:s, s:I, s:o, s:f, s:o, s:o, s:o}", "program",
		      bpf_program__name(ctx->prog), "engine", engine_names[ctx->engine], "packets",
		      (json_int_t)r->ran, "verdicts", verdicts_json(ctx), "ns_per_packet",
		      ns_per_packet(ctx), "globals", value_globals(ctx->obj), "maps",
		      value_maps(ctx->obj, MAP_ENTRIES_MAX), "cpus", cpus);
	if (r->truncated)
		json_object_set_new(o, "truncated_packets", json_integer((json_int_t)r->truncated));
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void print_value(const char *name, json_t *value)
{
	char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

	printf("  %s = %s\n", name, text ? text : "?");
	free(text);
}

static void print_maps(json_t *maps)
{
	const char *name;
	json_t *map, *entry;
	size_t i;

	json_object_foreach(maps, name, map)
	{
		json_t *entries = json_object_get(map, "entries");

		printf("map %s (%s, %zu entries)\n", name,
		       json_string_value(json_object_get(map, "type")), json_array_size(entries));
		json_array_foreach(entries, i, entry)
		{
			char *key = json_dumps(json_object_get(entry, "key"),
					       JSON_ENCODE_ANY | JSON_COMPACT);

			if (i == 16) {
				printf("  ... (--json prints more)\n");
				free(key);
				break;
			}
			print_value(key ? key : "?", json_object_get(entry, "value"));
			free(key);
		}
	}
}

static void print_text(const struct run *ctx)
{
	enum bpf_prog_type type = bpf_program__type(ctx->prog);
	json_t *globals = value_globals(ctx->obj), *maps = value_maps(ctx->obj, MAP_ENTRIES_MAX);
	const struct runner *r = &ctx->runner;
	const char *name;
	json_t *value;

	printf("%s: %llu packets", bpf_program__name(ctx->prog), (unsigned long long)r->ran);
	/* Of a handful of packets the time is that of cold caches. */
	if (r->ran >= 1000)
		printf(", %.1f ns each", ns_per_packet(ctx));
	printf(" (%s engine)\n", engine_names[ctx->engine]);
	for (uint32_t i = 0; i < VERDICTS_MAX; i++) {
		if (r->verdict[i])
			printf("  %-16s %llu\n", verdict_name(type, i),
			       (unsigned long long)r->verdict[i]);
	}
	if (r->other_verdicts)
		printf("  %-16s %llu\n", "other", (unsigned long long)r->other_verdicts);
	if (r->truncated)
		printf("  %llu of the capture's packets were cut short when they were captured\n",
		       (unsigned long long)r->truncated);
	for (uint32_t i = 0; r->cpus > 1 && i < r->cpus; i++)
		printf("cpu %-3u received %llu, redirected to it %llu\n", i,
		       (unsigned long long)r->cpu[i].packets,
		       (unsigned long long)r->cpu[i].redirected);
	if (json_object_size(globals))
		printf("globals\n");
	json_object_foreach(globals, name, value) print_value(name, value);
	print_maps(maps);
	json_decref(globals);
	json_decref(maps);
}

static int prepare(struct run *ctx)
{
	int status = EXIT_DONE;

	if (ctx->cpus && ctx->engine == ENGINE_USER && espalier_set_cpus((unsigned int)ctx->cpus))
		return complain(EXIT_BAD_INPUT, "run: --cpus %llu: cannot be set",
				(unsigned long long)ctx->cpus);
	engine_choose(ctx->engine);
	espalier_set_extended(ctx->extended);
	if (!ctx->cpus)
		ctx->cpus = 1;
	if (ctx->engine == ENGINE_USER) {
		status = object_vet(ctx->path, ctx->extended);
		if (status == EXIT_DONE)
			status = sadfile_load(&ctx->sads, &ctx->sad);
		if (status == EXIT_DONE)
			espalier_set_sad(ctx->sad);
	}
	if (status == EXIT_DONE)
		status = object_open(ctx->path, &ctx->obj);
	if (status == EXIT_DONE)
		status = choose_program(ctx);
	for (int i = 0; i < ctx->sets.nr && status == EXIT_DONE; i++)
		status = value_set(ctx->obj, ctx->path, ctx->sets.at[i]);
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct run ctx = {.repeat = 1};
	const struct option_row rows[] = {
		{OPTION_TEXT, "program", 'p', "NAME", "which program of the object", &ctx.only, 0,
		 0, NULL},
		{OPTION_LIST, "in", 0, "PCAP", "packets (pcap or pcapng; - for standard input)",
		 &ctx.ins, 0, 0, NULL},
		{OPTION_LIST, "sad", 0, "FILE",
		 "SAs: ip -batch lines, or output of ip -d xfrm state", &ctx.sads, 0, 0, NULL},
		{OPTION_TEXT, "out", 0, "PCAP", "write what the program passed or transmitted",
		 &ctx.out, 0, 0, NULL},
		{OPTION_CHOICE, "engine", 0, "user|kernel",
		 "run in this library (default) or in the running kernel", &ctx.engine, 0, 0,
		 engine_names},
		{OPTION_CHOICE, "exec", 0, "interp|jit", "how the user engine executes", &ctx.exec,
		 0, 0, exec_names},
		{OPTION_NUMBER, "cpus", 0, "N", "virtual CPUs, receiving by flow hash", &ctx.cpus,
		 1, RUNNER_CPUS_MAX, NULL},
		{OPTION_NUMBER, "repeat", 0, "N", "run every packet N times", &ctx.repeat, 1,
		 1000000000, NULL},
		{OPTION_NUMBER, "count", 0, "N", "stop after N packets of the captures", &ctx.count,
		 1, UINT64_MAX, NULL},
		{OPTION_LIST, "set", 0, "VAR=VALUE", "initial value of a global variable",
		 &ctx.sets, 0, 0, NULL},
		{OPTION_FLAG, "extended", 0, NULL, "kfuncs as their documentation lists them",
		 &ctx.extended, 0, 0, NULL},
		{OPTION_FLAG, "json", 0, NULL, "one JSON document on standard output", &ctx.json, 0,
		 0, NULL},
		{0},
	};
	const struct command_help help = {
		"run [OPTION...] --in PCAP OBJECT",
		"Loads and verifies a program, runs it on every packet and tells what came of it.",
	};
	int first, status;

	status = options_parse(argc, argv, rows, &help, &first);
	if (status)
		return status > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	status = check_options(&ctx, argc, argv, first);
	if (status == EXIT_DONE)
		status = prepare(&ctx);
	if (status == EXIT_DONE)
		status = load(&ctx);
	if (status == EXIT_DONE)
		status = run_captures(&ctx);
	if (status == EXIT_DONE)
		ctx.json ? print_json(&ctx) : print_text(&ctx);
	bpf_object__close(ctx.obj);
	espalier_set_sad(NULL);
	espalier_sad_free(ctx.sad);
	free(ctx.log);
	return status;
}
