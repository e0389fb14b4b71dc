// SPDX-License-Identifier: BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <espalier/bpf.h>
#include <espalier/sad.h>

#include "cli.h"
#include "dataplane/capture.h"
#include "explain.h"
#include "mapset.h"
#include "object.h"
#include "options.h"
#include "results.h"
#include "runner.h"
#include "sadfile.h"
#include "value.h"

#define LOG_SIZE  (16u << 20)
#define PORTS_MAX (3 * TEXT_LIST_MAX)

/* As enum espalier_exec from its second on; EXEC_DEFAULT is the first. */
static const char *const exec_names[] = {"interp", "jit", NULL};
#define EXEC_DEFAULT (-1)

struct run {
	const char *only;
	int engine;
	int exec;
	struct text_list sads;
	struct text_list ins;
	struct text_list gens;
	struct text_list port_names;
	const char *out;
	uint64_t cpus;
	uint64_t repeat;
	uint64_t count;
	struct text_list sets;
	struct text_list maps;
	bool no_elide;
	bool extended;
	bool json;
	const char *path;
	/* while it runs */
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct espalier_sad *sad;
	char *log;
	struct runner runner;
	struct port *ports[PORTS_MAX];
	uint32_t nr_ports;
	bool live; /* verdicts are carried out: there are live ports, or programs in maps */
};

static int check_options(struct run *ctx, int argc, char **argv, int first)
{
	if (first == argc)
		return complain(EXIT_BAD_INPUT,
				"run: no object file named (see espalier run --help)");
	if (argc - first > 1)
		return complain(EXIT_BAD_INPUT, "run: %s: one object at a time", argv[first + 1]);
	if (!ctx->ins.nr && !ctx->gens.nr && !ctx->port_names.nr)
		return complain(EXIT_BAD_INPUT,
				"run: no packets: name a capture with --in, or --gen, or --port");
	if (ctx->exec != EXEC_DEFAULT && ctx->engine == ENGINE_KERNEL)
		return complain(EXIT_BAD_INPUT, "run: --exec: the kernel chooses by itself");
	if (espalier_set_exec((enum espalier_exec)(ctx->exec + 1)))
		return complain(EXIT_NO_SUPPORT,
				"run: --exec jit: this build has no JIT for this machine");
	if (ctx->no_elide && ctx->engine == ENGINE_KERNEL)
		return complain(EXIT_BAD_INPUT, "run: --no-elide: the kernel counts in any case");
	espalier_set_elide(!ctx->no_elide);
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

	/* Those of map entries run where a redirect leads, not on what comes in. */
	if (bpf_program__expected_attach_type(prog) == BPF_XDP_CPUMAP ||
	    bpf_program__expected_attach_type(prog) == BPF_XDP_DEVMAP)
		return false;
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

/* Accepted by the verifier, and refused by the JIT or by the machine. */
static const char *jit_refusal(const struct run *ctx)
{
	const struct espalier_report *r =
		ctx->engine == ENGINE_USER ? espalier_last_report() : NULL;

	return r && !strncmp(r->message, "JIT: ", 5) ? r->message : NULL;
}

static int load(struct run *ctx)
{
	const char *refusal;
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
	refusal = jit_refusal(ctx);
	if (refusal)
		return complain(EXIT_NO_SUPPORT, "%s: %s: %s (--exec interp needs none)", ctx->path,
				bpf_program__name(ctx->prog), refusal);
	if (ctx->log[0]) {
		print_rejection(ctx, err);
		return EXIT_REJECTED;
	}
	return complain(err == -EPERM ? EXIT_NO_SUPPORT : EXIT_BAD_INPUT,
			"%s: %s: cannot be loaded: %s", ctx->path, bpf_program__name(ctx->prog),
			object_complaint()[0] ? object_complaint() : strerror(-err));
}

/* --in and --gen are ports by another name. */
static int open_port(struct run *ctx, const char *kind, const char *name)
{
	struct espalier_error e = {0};
	char *full = NULL;
	int err;

	if (asprintf(&full, "%s%s", kind, name) < 0)
		return complain(EXIT_BAD_INPUT, "run: out of memory");
	err = port_open(full, ctx->sad, &ctx->ports[ctx->nr_ports], &e);
	free(full);
	if (err)
		return complain(status_of_errno(-err), "%s", e.text);
	ctx->nr_ports++;
	return EXIT_DONE;
}

static int check_live(const struct run *ctx)
{
	if (!ctx->live)
		return EXIT_DONE;
	if (ctx->engine == ENGINE_KERNEL)
		return complain(EXIT_BAD_INPUT,
				"run: --port: live ports are the user engine's (ip link set IFACE "
				"xdp ... attaches to the kernel's)");
	if (bpf_program__type(ctx->prog) != BPF_PROG_TYPE_XDP)
		return complain(EXIT_BAD_INPUT, "%s: %s: only XDP programs run on ports", ctx->path,
				bpf_program__name(ctx->prog));
	if (ctx->repeat > 1)
		return complain(EXIT_BAD_INPUT,
				"run: --repeat: not where verdicts are carried out");
	return EXIT_DONE;
}

static int open_ports(struct run *ctx)
{
	int status;

	for (int i = 0; i < ctx->port_names.nr; i++)
		ctx->live |= port_is_live(ctx->port_names.at[i]);
	status = check_live(ctx);
	if (ctx->live)
		live_catch_signals();
	for (int i = 0; i < ctx->ins.nr && status == EXIT_DONE; i++)
		status = open_port(ctx, "pcap:", ctx->ins.at[i]);
	for (int i = 0; i < ctx->gens.nr && status == EXIT_DONE; i++)
		status = open_port(ctx, "gen:", ctx->gens.at[i]);
	for (int i = 0; i < ctx->port_names.nr && status == EXIT_DONE; i++)
		status = open_port(ctx, "", ctx->port_names.at[i]);
	return status;
}

static void close_ports(struct run *ctx)
{
	for (uint32_t i = 0; i < ctx->nr_ports; i++)
		port_close(ctx->ports[i]);
	ctx->nr_ports = 0;
}

static int run_rows(struct run *ctx, struct espalier_error *e)
{
	struct runner *r = &ctx->runner;
	int status, err;

	status = mapset_apply(ctx->obj, ctx->path, &ctx->maps);
	if (status != EXIT_DONE)
		return status;
	err = runner_open(r, e);
	for (uint32_t i = 0; i < ctx->nr_ports && !err; i++)
		err = runner_run(r, ctx->ports[i], e);
	runner_close(r);
	return err ? complain(EXIT_BAD_INPUT, "%s", e->text) : EXIT_DONE;
}

static int run_live(struct run *ctx, struct espalier_error *e)
{
	const struct path_config config = {.prog_fd = bpf_program__fd(ctx->prog),
					   .cpus = (uint32_t)ctx->cpus,
					   .limit = ctx->count,
					   .ports = ctx->ports,
					   .nr_ports = ctx->nr_ports,
					   .out = ctx->runner.out};
	struct path *path;
	int status, err;

	err = path_open(&config, &path, e);
	if (err)
		return complain(status_of_errno(-err), "%s", e->text);
	if (isatty(STDERR_FILENO))
		fputs("running between ports; Ctrl-C ends it\n", stderr);
	/* Entries may name the ports' interfaces. */
	status = mapset_apply(ctx->obj, ctx->path, &ctx->maps);
	if (status == EXIT_DONE && runner_run_live(&ctx->runner, path, e))
		status = complain(EXIT_BAD_INPUT, "%s", e->text);
	path_close(path);
	return status;
}

static int run_packets(struct run *ctx)
{
	struct espalier_error e = {0};
	struct runner *r = &ctx->runner;
	int status;

	r->prog = ctx->prog;
	r->kernel = ctx->engine == ENGINE_KERNEL;
	r->cpus = (uint32_t)ctx->cpus;
	r->repeat = ctx->repeat;
	r->limit = ctx->count;
	if (ctx->out && sink_open(ctx->out, &r->out, &e))
		return complain(EXIT_BAD_INPUT, "%s", e.text);
	status = ctx->live ? run_live(ctx, &e) : run_rows(ctx, &e);
	if (status == EXIT_DONE && r->out && sink_close(r->out, &e))
		status = complain(EXIT_BAD_INPUT, "%s", e.text);
	else if (status != EXIT_DONE)
		sink_abort(r->out);
	r->out = NULL;
	return status;
}

static void print(const struct run *ctx)
{
	const struct results res = {.obj = ctx->obj,
				    .prog = ctx->prog,
				    .engine = engine_names[ctx->engine],
				    .runner = &ctx->runner,
				    .ports = ctx->ports,
				    .nr_ports = ctx->nr_ports};

	ctx->json ? results_print_json(&res) : results_print(&res);
}

static int prepare(struct run *ctx)
{
	int status = EXIT_DONE;
	bool programs = false;

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
	if (status == EXIT_DONE)
		status = mapset_prepare(ctx->obj, ctx->path, &ctx->maps, &programs);
	ctx->live = programs && ctx->engine == ENGINE_USER;
	return status;
}

int cmd_run(int argc, char **argv)
{
	struct run ctx = {.repeat = 1, .exec = EXEC_DEFAULT};
	const struct option_row rows[] = {
		{OPTION_TEXT, "program", 'p', "NAME", "which program of the object", &ctx.only, 0,
		 0, NULL},
		{OPTION_LIST, "in", 0, "PCAP", "packets (pcap or pcapng; - for standard input)",
		 &ctx.ins, 0, 0, NULL},
		{OPTION_LIST, "gen", 0, "SPEC",
		 "make packets up: KEY=VALUE,... (keys below; \"\" is all defaults)", &ctx.gens, 0,
		 0, NULL},
		{OPTION_LIST, "port", 0, "PORT",
		 "run between ports: tap:NAME, xdp:IFACE[:QUEUE], pcap:FILE, gen:SPEC",
		 &ctx.port_names, 0, 0, NULL},
		{OPTION_LIST, "sad", 0, "FILE",
		 "SAs: ip -batch lines, or output of ip -d xfrm state", &ctx.sads, 0, 0, NULL},
		{OPTION_TEXT, "out", 0, "PCAP", "write what the program passed or transmitted",
		 &ctx.out, 0, 0, NULL},
		{OPTION_CHOICE, "engine", 0, "user|kernel",
		 "run in this library (default) or in the running kernel", &ctx.engine, 0, 0,
		 engine_names},
		{OPTION_CHOICE, "exec", 0, "jit|interp",
		 "how the user engine executes (default: jit where there is one)", &ctx.exec, 0, 0,
		 exec_names},
		{OPTION_NUMBER, "cpus", 0, "N", "virtual CPUs, receiving by flow hash", &ctx.cpus,
		 1, RUNNER_CPUS_MAX, NULL},
		{OPTION_NUMBER, "repeat", 0, "N", "run every packet N times", &ctx.repeat, 1,
		 1000000000, NULL},
		{OPTION_NUMBER, "count", 0, "N", "stop after N packets", &ctx.count, 1, UINT64_MAX,
		 NULL},
		{OPTION_LIST, "set", 0, "VAR=VALUE", "initial value of a global variable",
		 &ctx.sets, 0, 0, NULL},
		{OPTION_LIST, "map", 0, "MAP[KEY]=VALUE",
		 "entry of a map: a number, or frames[,PROGRAM], or interface[,PROGRAM]", &ctx.maps,
		 0, 0, NULL},
		{OPTION_FLAG, "no-elide", 0, NULL,
		 "count references to SAs even where nobody can tell", &ctx.no_elide, 0, 0, NULL},
		{OPTION_FLAG, "extended", 0, NULL, "kfuncs as their documentation lists them",
		 &ctx.extended, 0, 0, NULL},
		{OPTION_FLAG, "json", 0, NULL, "one JSON document on standard output", &ctx.json, 0,
		 0, NULL},
		{0},
	};
	const struct command_help help = {
		"run [OPTION...] {--in PCAP | --gen SPEC | --port PORT}... OBJECT",
		"Loads and verifies a program, runs it on every packet and tells what came of it.",
		"\nkeys of --gen, with their defaults:\n"
		"  kind=esp         esp, esp-udp, ah, udp, tcp, ike, ike-natt, keepalive, mix;\n"
		"                   with --sad, what each SA is for\n"
		"  sas=1            how many SAs; with --sad, sad: those of the files\n"
		"  dist=roundrobin  or uniform, zipf[:EXPONENT]: which SA is next\n"
		"  size=200         bytes of a frame: N, N-M or imix\n"
		"  family=4 src=192.0.2.1 dst=198.51.100.1 spi=0x100 seq=1\n"
		"  vlan=            ID or OUTER.INNER; none\n"
		"  frag=0           percent of packets in two fragments\n"
		"  count=100000 rate=1000000 seed=1\n",
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
		status = open_ports(&ctx);
	if (status == EXIT_DONE)
		status = run_packets(&ctx);
	if (status == EXIT_DONE)
		print(&ctx);
	close_ports(&ctx);
	bpf_object__close(ctx.obj);
	espalier_set_sad(NULL);
	espalier_sad_free(ctx.sad);
	free(ctx.log);
	return status;
}
