// SPDX-License-Identifier: BSD-2-Clause
/*
 * What a run of a program costs by executor: interpreter, JIT, and where bpf(2) is permitted the
 * running kernel's JIT. Each row is a program, run by PROG_TEST_RUN with a repeat count; rounds of
 * the executors are interleaved, and a ratio is that of one round. From all rows but the first the
 * executor's own empty program is subtracted.
 *
 *	bench-exec EXEC.BPF.O XFRM_GET_STATE.BPF.O EXEC_SAS.BPF.O [ROUNDS [SECONDS]]
 *
 * The program that looks up an SA finds one: a larval one in the kernel's database, in a network
 * namespace of this process, since that needs no algorithms; ours likewise has no replay window.
 * With more SAs than one see exec_sas.c.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <espalier/bpf.h>
#include <espalier/libbpf.h>
#include <espalier/sad.h>

#include "exec_sas.h"

enum {
	INTERP,
	JIT,
	KERNEL,
	EXECUTORS
};

static const char *const executor_names[] = {"interp", "jit", "kernel"};

struct row {
	const char *name;
	bool in_example;
	int fd[EXECUTORS];
	unsigned int repeat[EXECUTORS];
	double *ns[EXECUTORS];
};

static struct row rows[] = {
	{"empty"}, {"parse"},	     {"jhash"}, {"loop"},
	{"array"}, {"percpu_array"}, {"hash"},	{.name = "xfrm_get_state_xdp", .in_example = true},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

#define ROUND_NS   5e6
#define ROUNDS_MAX 1000
static int rounds = 15;
static bool with_kernel;

static unsigned char packet[] = {
	0,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	2,
	0x08,
	0x00,
	/* 192.0.2.1 -> 192.0.2.2, ESP */
	0x45,
	0,
	0,
	60,
	0,
	0,
	0,
	0,
	64,
	50,
	0,
	0,
	192,
	0,
	2,
	1,
	192,
	0,
	2,
	2,
	/* SPI 256, sequence number 1 */
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	1,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
};

static void __attribute__((noreturn)) stop(const char *what, int err)
{
	fprintf(stderr, "bench-exec: %s: %s\n", what, strerror(err < 0 ? -err : err));
	exit(1);
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

static void use(int executor)
{
	espalier_set_engine(executor == KERNEL ? ESPALIER_ENGINE_KERNEL : ESPALIER_ENGINE_USER);
	espalier_set_exec(executor == INTERP ? ESPALIER_EXEC_INTERP : ESPALIER_EXEC_JIT);
}

static void fill_maps(struct bpf_object *obj)
{
	int fd = bpf_object__find_map_fd_by_name(obj, "hashed");

	for (unsigned int i = 0; fd >= 0 && i < 8; i++) {
		unsigned long long zero = 0;

		bpf_map_update_elem(fd, &i, &zero, BPF_ANY);
	}
}

/* The object stays open until the end. */
static int load(const char *path, bool example, int executor)
{
	struct bpf_object *obj;
	int err;

	use(executor);
	obj = bpf_object__open(path);
	err = obj ? bpf_object__load(obj) : -errno;
	if (err)
		return err;
	fill_maps(obj);
	for (size_t i = 0; i < ROWS; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(obj, rows[i].name);

		if (rows[i].in_example == example && prog)
			rows[i].fd[executor] = bpf_program__fd(prog);
	}
	return 0;
}

/* Of the thread: a machine that is busy with other things changes little. */
static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static double run(const struct row *row, int executor, unsigned int repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = (int)repeat);
	double start;
	int err;

	use(executor);
	start = now_ns();
	err = bpf_prog_test_run_opts(row->fd[executor], &opts);
	if (err)
		stop(row->name, err);
	if (opts.retval != XDP_PASS)
		stop(row->name, EBADMSG);
	/* The kernel's command takes milliseconds to set up; what it says itself leaves that out,
	 * but is cut to whole nanoseconds. */
	if (executor == KERNEL)
		return opts.duration + 0.5;
	return (now_ns() - start) / repeat;
}

static void measure(void)
{
	for (size_t i = 0; i < ROWS; i++) {
		for (int x = 0; x < (with_kernel ? EXECUTORS : KERNEL); x++) {
			run(&rows[i], x, 1000);
			rows[i].repeat[x] = (unsigned int)(ROUND_NS / run(&rows[i], x, 10000)) + 1;
		}
	}
	for (int n = 0; n < rounds; n++) {
		for (size_t i = 0; i < ROWS; i++) {
			for (int x = 0; x < EXECUTORS; x++) {
				if (x == KERNEL && !with_kernel)
					continue;
				rows[i].ns[x][n] = run(&rows[i], x, rows[i].repeat[x]);
			}
		}
	}
	for (size_t i = ROWS; i-- > 1;) {
		for (int x = 0; x < EXECUTORS; x++)
			for (int n = 0; n < rounds; n++)
				rows[i].ns[x][n] -= rows[0].ns[x][n];
	}
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void sorted(const double *of, const double *by, double *out)
{
	for (int n = 0; n < rounds; n++)
		out[n] = by ? of[n] / by[n] : of[n];
	qsort(out, (size_t)rounds, sizeof(*out), compare);
}

static void print_ratio(const double *of, const double *by)
{
	double r[ROUNDS_MAX];

	sorted(of, by, r);
	printf("  %6.2f (%.2f-%.2f)", r[rounds / 2], r[rounds / 10], r[rounds - 1 - rounds / 10]);
}

static void print_rows(void)
{
	printf("%-20s", "ns, median");
	for (int x = 0; x < EXECUTORS; x++)
		printf(" %9s", executor_names[x]);
	printf("   interp/jit           kernel/jit (median, 10th to 90th percentile)\n");
	for (size_t i = 0; i < ROWS; i++) {
		double ns[ROUNDS_MAX];

		printf("%-20s", rows[i].name);
		for (int x = 0; x < EXECUTORS; x++) {
			if (x == KERNEL && !with_kernel) {
				printf(" %9s", "-");
				continue;
			}
			sorted(rows[i].ns[x], NULL, ns);
			printf(" %9.2f", ns[rounds / 2]);
		}
		print_ratio(rows[i].ns[INTERP], rows[i].ns[JIT]);
		if (with_kernel)
			print_ratio(rows[i].ns[KERNEL], rows[i].ns[JIT]);
		putchar('\n');
	}
}

static void make_our_sa(void)
{
	static const char text[] = "xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 256 "
				   "mode tunnel\n";
	struct espalier_error e = {.text = ""};
	struct espalier_sad *sad;

	if (espalier_sad_new(&sad) ||
	    espalier_sad_import(sad, "sa", text, sizeof(text) - 1, 0, &e) < 0) {
		fprintf(stderr, "bench-exec: %s\n", e.text);
		exit(1);
	}
	espalier_set_sad(sad);
}

/* Why the kernel is left out, or NULL. */
static const char *prepare_kernel(const char *path, const char *example)
{
	if (unshare(CLONE_NEWNET))
		return "no network namespace of our own";
	if (system("ip link set lo up && ip xfrm state allocspi src 192.0.2.1 dst 192.0.2.2 proto "
		   "esp mode tunnel min 256 max 256 >/dev/null"))
		return "no SA in it (ip xfrm state allocspi)";
	if (load(path, false, KERNEL) || load(example, true, KERNEL))
		return "it does not load the programs";
	return NULL;
}

int main(int argc, char **argv)
{
	const char *why;
	int err;

	if (argc > 4)
		rounds = atoi(argv[4]);
	if (argc < 4 || rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench-exec EXEC.BPF.O XFRM_GET_STATE.BPF.O EXEC_SAS.BPF.O "
				"[ROUNDS [SECONDS]]\n");
		return 2;
	}
	libbpf_set_print(quiet);
	for (size_t i = 0; i < ROWS; i++) {
		for (int x = 0; x < EXECUTORS; x++) {
			rows[i].ns[x] = calloc((size_t)rounds, sizeof(double));
			if (!rows[i].ns[x])
				stop("memory", ENOMEM);
		}
	}
	/* First: what libbpf finds out about a kernel is right for the library, too. */
	why = prepare_kernel(argv[1], argv[2]);
	with_kernel = !why;
	if (why)
		fprintf(stderr, "bench-exec: without the kernel: %s\n", why);
	make_our_sa();
	for (int x = INTERP; x <= JIT; x++) {
		err = load(argv[1], false, x);
		if (!err)
			err = load(argv[2], true, x);
		if (err)
			stop("loading", err);
	}
	measure();
	print_rows();
	exec_sas_measure(argv[3], rounds, argc > 5 ? (unsigned int)atoi(argv[5]) : 300);
	return 0;
}
