// SPDX-License-Identifier: BSD-2-Clause
/*
 * Runs each program of the objects named on the command line, loaded on its own, on a few packets
 * by the interpreter and by the JIT, each with all references counted and with those elided that
 * may be: return code, verdict, packet and what is in its arrays must be the same. A program whose
 * result is not even the same in two loads for the interpreter (addresses, time, random numbers) is
 * left out. TAP on stdout.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <espalier/bpf.h>
#include <espalier/libbpf.h>
#include <espalier/sad.h>

#define PACKETS	   5
#define ROUNDS	   3
#define PACKET_MAX 128
#define SKIPPED	   77

static unsigned char packets[PACKETS][PACKET_MAX] = {
	{[12] = 0x08,
	 0,
	 0x45,
	 0,
	 0,
	 100,
	 [22] = 64,
	 50,
	 [26] = 192,
	 0,
	 2,
	 1,
	 192,
	 0,
	 2,
	 2,
	 0,
	 0,
	 1},
	{[12] = 0x08, 0, 0x45, 0, 0, 100, [22] = 64, 17, [26] = 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1},
	{[12] = 0x86, 0xdd, 0x60, [20] = 50, 64, 0x20, 1, 0x0d, 0xb8, [54] = 0, 0, 1, 0},
	{[12] = 0x81, 0, 0, 5, 8, 0, 0x46},
	{[12] = 0x08, 0x06},
};
static const unsigned int lengths[PACKETS] = {100, 64, 128, 60, 14};

/* What a run left behind: everything that can be compared, in one digest. */
struct outcome {
	bool loaded;
	unsigned long long digest;
	unsigned int verdict[PACKETS];
};

static unsigned long long mixed(unsigned long long digest, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		digest = (digest ^ p[i]) * 0x100000001b3ull;
	return digest;
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static void digest_arrays(const struct bpf_object *obj, struct outcome *out)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		unsigned int cpus = bpf_map__type(map) == BPF_MAP_TYPE_PERCPU_ARRAY
					    ? (unsigned int)libbpf_num_possible_cpus()
					    : 1;
		size_t size = (bpf_map__value_size(map) + 7u) / 8 * 8 * cpus;
		void *value;

		if (bpf_map__type(map) != BPF_MAP_TYPE_ARRAY &&
		    bpf_map__type(map) != BPF_MAP_TYPE_PERCPU_ARRAY)
			continue;
		value = calloc(1, size);
		for (unsigned int i = 0; i < bpf_map__max_entries(map) && i < 1024; i++) {
			if (value && !bpf_map_lookup_elem(bpf_map__fd(map), &i, value))
				out->digest = mixed(out->digest, value, size);
		}
		free(value);
	}
}

static void run(const struct bpf_program *prog, struct outcome *out)
{
	for (int n = 0; n < ROUNDS * PACKETS; n++) {
		static unsigned char data[4096];
		int i = n % PACKETS;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packets[i],
			    .data_size_in = lengths[i], .data_out = data,
			    .data_size_out = sizeof(data), .repeat = 1);
		int err = bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);

		out->verdict[i] = opts.retval;
		out->digest = mixed(out->digest, &err, sizeof(err));
		out->digest = mixed(out->digest, &opts.retval, sizeof(opts.retval));
		if (!err)
			out->digest = mixed(out->digest, data, opts.data_size_out);
	}
}

struct way {
	const char *name;
	enum espalier_exec exec;
	int elide;
};

static const struct way ways[] = {
	{"interpreter", ESPALIER_EXEC_INTERP, 0},
	{"interpreter, elided", ESPALIER_EXEC_INTERP, 1},
	{"JIT", ESPALIER_EXEC_JIT, 0},
	{"JIT, elided", ESPALIER_EXEC_JIT, 1},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static void load_and_run(const char *path, const char *name, const struct way *way,
			 struct outcome *out)
{
	struct bpf_object *obj = bpf_object__open(path);
	struct bpf_program *prog, *wanted = NULL;

	memset(out, 0, sizeof(*out));
	if (!obj)
		return;
	bpf_object__for_each_program(prog, obj)
	{
		bool is = !strcmp(bpf_program__name(prog), name);

		bpf_program__set_autoload(prog, is);
		if (is)
			wanted = prog;
	}
	espalier_set_exec(way->exec);
	espalier_set_elide(way->elide);
	out->loaded = wanted && !bpf_object__load(obj);
	if (out->loaded) {
		run(wanted, out);
		digest_arrays(obj, out);
	}
	bpf_object__close(obj);
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return a->loaded == b->loaded && a->digest == b->digest;
}

static int tests, failures, compared;

static void check_program(const char *path, const char *name)
{
	struct outcome out[WAYS], again;
	bool loaded = false, all_loaded = true, all_same = true;

	for (size_t i = 0; i < WAYS; i++) {
		load_and_run(path, name, &ways[i], &out[i]);
		loaded |= out[i].loaded;
		all_loaded &= out[i].loaded;
		all_same &= same(&out[0], &out[i]);
	}
	if (!loaded)
		return;
	tests++;
	if (all_same) {
		compared++;
		printf("ok %d - %s: %s\n", tests, path, name);
		return;
	}
	load_and_run(path, name, &ways[0], &again);
	if (all_loaded && !same(&out[0], &again)) {
		printf("ok %d - %s: %s # SKIP its result is another on every run\n", tests, path,
		       name);
		return;
	}
	failures++;
	printf("not ok %d - %s: %s\n", tests, path, name);
	for (size_t i = 0; i < WAYS; i++) {
		printf("# %s: loaded %d, digest %llx, verdicts", ways[i].name, out[i].loaded,
		       out[i].digest);
		for (int n = 0; n < PACKETS; n++)
			printf(" %u", out[i].verdict[n]);
		putchar('\n');
	}
}

static void check_object(const char *path)
{
	struct bpf_object *obj = bpf_object__open(path);
	const struct bpf_program *prog;

	if (!obj) {
		printf("not ok %d - %s: %s\n", ++tests, path, strerror(errno));
		failures++;
		return;
	}
	for (prog = bpf_object__next_program(obj, NULL); prog;
	     prog = bpf_object__next_program(obj, (struct bpf_program *)prog))
		check_program(path, bpf_program__name(prog));
	bpf_object__close(obj);
}

int main(int argc, char **argv)
{
	static const char sas[] =
		"xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 256 mode tunnel "
		"replay-window 64 flag esn\n"
		"xfrm state add src 2001:db8::1 dst :: proto esp spi 256 mode tunnel\n";
	struct espalier_error e = {.text = ""};
	struct espalier_sad *sad;

	libbpf_set_print(quiet);
	if (espalier_set_exec(ESPALIER_EXEC_JIT)) {
		printf("1..0 # SKIP no JIT for this machine\n");
		return SKIPPED;
	}
	if (espalier_sad_new(&sad) ||
	    espalier_sad_import(sad, "sas", sas, sizeof(sas) - 1, 0, &e) < 0) {
		fprintf(stderr, "SAs: %s\n", e.text);
		return 1;
	}
	espalier_set_sad(sad);
	for (int i = 1; i < argc; i++)
		check_object(argv[i]);
	/* Were they all left out, nothing would have been tested. */
	if (compared < tests / 2) {
		tests++;
		failures++;
		printf("not ok %d - only %d programs compared\n", tests, compared);
	}
	printf("1..%d\n", tests);
	espalier_set_sad(NULL);
	espalier_sad_free(sad);
	return failures ? 1 : 0;
}
