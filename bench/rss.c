// SPDX-License-Identifier: BSD-2-Clause
/*
 * What steering by SA costs in the running kernel, over a bare redirect into a cpumap. Root, in a
 * network namespace of its own, with larval SAs. Both programs are measured in turn, round by
 *round; printed are medians, of the ratios the quartiles too, and the least of each.
 *
 *	bench-rss [SAs...]		default: 1 10000 100000
 */
#include "rss/prog.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <espalier/libbpf.h>
#include <linux/if_link.h>
#include <linux/xfrm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "larval.h"
#include "rss_bench.skel.h"
#include "shape.h"
#include "wire.h"

enum {
	ROUNDS = 101,
	REPEAT = 20000,
	LIVE_FRAMES = 20000,
	ALL_SAS_OWNED = 50000,
	WIRE_FRAMES = 300000,
	WIRE_ROUNDS = 5,
	QSIZE = 8192,
	UNKNOWN_SPI = 0x100
};

/* One way to run: a program, behind the shuffler or not. */
struct side {
	int prog_fd;
	double ns[ROUNDS];
};

static struct rss_prog *prog;
static struct rss_bench *skel;
static u32 nr_cpus;

static void die(const char *what, int err)
{
	fprintf(stderr, "bench-rss: %s: %s\n", what, strerror(err));
	exit(err == EPERM ? 3 : 1);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The @i-th of four parts: 2 is the median. */
static double quartile(const double *values, u32 n, u32 i)
{
	double v[ROUNDS];

	memcpy(v, values, n * sizeof(*v));
	qsort(v, n, sizeof(*v), compare);
	return v[n * i / 4];
}

static void report(const char *name, const struct side *bare, const struct side *rss, u32 n)
{
	double ratio[ROUNDS], more[ROUNDS];

	for (u32 i = 0; i < n; i++) {
		ratio[i] = rss->ns[i] / bare->ns[i];
		more[i] = rss->ns[i] - bare->ns[i];
	}
	printf("%-34s %8.1f %8.1f %+8.1f %6.2f  %.2f-%.2f  %7.1f %7.1f\n", name,
	       quartile(bare->ns, n, 2), quartile(rss->ns, n, 2), quartile(more, n, 2),
	       quartile(ratio, n, 2), quartile(ratio, n, 1), quartile(ratio, n, 3),
	       quartile(bare->ns, n, 0), quartile(rss->ns, n, 0));
	fflush(stdout);
}

/* Nanoseconds for a packet by the kernel's own account: making a test run ready takes it longer. */
static double run(int fd, const u8 *frame, u32 len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len,
		    .repeat = REPEAT);

	if (bpf_prog_test_run_opts(fd, &opts))
		die("test run", errno);
	return opts.duration;
}

static void set_next(int fd)
{
	u32 zero = 0;

	if (bpf_map_update_elem(bpf_map__fd(skel->maps.next), &zero, &fd, 0))
		die("tail call", errno);
}

/* @shuffled: each packet is of another SA. */
static void measure(const char *name, const struct shape *s, bool shuffled)
{
	struct side bare = {bpf_program__fd(skel->progs.bare)}, rss = {rss_prog_fd(prog)};
	struct side *sides[] = {&bare, &rss};
	u8 frame[4096];
	u32 len = shape_frame(s, frame);

	for (int round = -1; round < ROUNDS; round++) {
		for (u32 k = 0; k < 2; k++) {
			int fd = sides[k]->prog_fd;
			double ns;

			if (shuffled) {
				set_next(fd);
				fd = bpf_program__fd(skel->progs.shuffle);
			}
			ns = run(fd, frame, len);
			if (round >= 0)
				sides[k]->ns[round] = ns;
		}
	}
	report(name, &bare, &rss, ROUNDS);
}

/* As a driver would: frames are redirected, and the kthread takes them. */
static void measure_live(const char *name, const struct shape *s, const struct wire *w)
{
	struct side bare = {bpf_program__fd(skel->progs.bare)}, rss = {rss_prog_fd(prog)};
	struct side *sides[] = {&bare, &rss};
	u8 frame[4096];
	u32 len = shape_frame(s, frame);
	struct xdp_md ctx = {.data_end = len, .ingress_ifindex = (u32)w->ifindex};

	for (int round = -1; round < ROUNDS; round++) {
		for (u32 k = 0; k < 2; k++) {
			LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len,
				    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx),
				    .repeat = LIVE_FRAMES, .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
				    .batch_size = 64);

			if (bpf_prog_test_run_opts(sides[k]->prog_fd, &opts))
				die("live frames", errno);
			if (round >= 0)
				sides[k]->ns[round] = opts.duration;
			usleep(5000);
		}
	}
	report(name, &bare, &rss, ROUNDS);
}

static double send_through(struct wire *w, int fd, const struct wire_frame *frame)
{
	double start;
	int err = wire_attach(w, fd, XDP_FLAGS_DRV_MODE);

	if (err)
		die("attach", -err);
	wire_send(w, frame, 1, WIRE_FRAMES / 10);
	start = now_ns();
	wire_send(w, frame, 1, WIRE_FRAMES);
	return (now_ns() - start) / WIRE_FRAMES;
}

static void measure_wire(const char *name, const struct shape *s, struct wire *w)
{
	struct side bare = {bpf_program__fd(skel->progs.bare)}, rss = {rss_prog_fd(prog)};
	u8 data[4096];
	struct wire_frame frame = {data, shape_frame(s, data)};

	for (u32 round = 0; round < WIRE_ROUNDS; round++) {
		bare.ns[round] = send_through(w, bare.prog_fd, &frame);
		rss.ns[round] = send_through(w, rss.prog_fd, &frame);
	}
	report(name, &bare, &rss, WIRE_ROUNDS);
	printf("%-34s %8.2f %8.2f Mpps\n", "", 1e3 / quartile(bare.ns, WIRE_ROUNDS, 2),
	       1e3 / quartile(rss.ns, WIRE_ROUNDS, 2));
}

/* The SPI of the i-th SA: a permutation of all 32-bit numbers, reserved ones moved away. */
static u32 spi_of(u32 i)
{
	u32 v = i + 1;

	v = (v ^ v >> 16) * 0x7feb352du;
	v = (v ^ v >> 15) * 0x846ca68bu;
	v ^= v >> 16;
	return v > UNKNOWN_SPI ? v : v + 0x84000000u;
}

static void add_sas(u32 n, bool owned)
{
	struct twin_state *x = calloc(n, sizeof(*x));
	int err;

	if (!x)
		die("SAs", ENOMEM);
	for (u32 i = 0; i < n; i++) {
		struct shape s = shape_esp(4, spi_of(i));
		u32 spi = htonl(s.spi);

		x[i].key = (struct rss_sa_key){.spi = spi, .family = AF_INET, .proto = IPPROTO_ESP};
		memcpy(x[i].key.daddr, s.daddr, 4);
		memcpy(x[i].info.saddr, s.saddr, 4);
		x[i].info.pcpu_num = owned ? i % nr_cpus : RSS_NO_CPU;
		x[i].info.reqid = i + 1;
		x[i].info.mode = XFRM_MODE_TUNNEL;
		if (bpf_map_update_elem(bpf_map__fd(skel->maps.spis), &i, &spi, 0))
			die("SPIs", errno);
	}
	err = larval_add(x, n);
	if (err)
		die("ALLOCSPI", -err);
	free(x);
}

static void open_cpus(void)
{
	struct bpf_cpumap_val queue = {.qsize = QSIZE};
	u32 cpus[2] = {0, 1};
	struct espalier_error e;

	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		if (rss_prog_open_cpu(prog, cpu, QSIZE, &e))
			die(e.text, EINVAL);
		if (bpf_map_update_elem(bpf_map__fd(skel->maps.bare_cpus), &cpu, &queue, 0))
			die("cpumap", errno);
	}
	if (rss_prog_set_policy(prog, RSS_BALANCE, cpus, nr_cpus, &e))
		die(e.text, EINVAL);
	rss_prog_config(prog)->steer_until = RSS_ON;
}

static void begin(u32 sas)
{
	struct rss_prog_options o = {
		.nr_cpus = (u32)libbpf_num_possible_cpus(),
		.lookup = RSS_LOOKUP_KFUNC,
	};
	struct espalier_error e;
	int err = larval_begin();

	nr_cpus = o.nr_cpus < 2 ? 1 : 2;
	if (err)
		die("network namespace", -err);
	if (rss_prog_load(&o, &prog, &e))
		die(e.text, EINVAL);
	skel = rss_bench__open();
	if (!skel)
		die("rss.bpf.o", errno);
	skel->rodata->nr_spis = sas;
	skel->rodata->target = nr_cpus - 1;
	if (rss_bench__load(skel))
		die("rss.bpf.o", errno);
	open_cpus();
}

static void end(void)
{
	rss_bench__destroy(skel);
	rss_prog_free(prog);
}

static void run_sas(u32 sas)
{
	struct shape s = shape_esp(4, spi_of(0));
	char name[64];

	/* The kernel looks through all SAs for each new one: two rounds of many take minutes. */
	for (u32 owned = sas > ALL_SAS_OWNED; owned < 2; owned++) {
		begin(sas);
		add_sas(sas, owned);
		snprintf(name, sizeof(name), "%u SAs, %s, one in use", sas,
			 owned ? "owner" : "policy");
		measure(name, &s, false);
		if (sas > 1) {
			snprintf(name, sizeof(name), "%u SAs, %s, at random", sas,
				 owned ? "owner" : "policy");
			measure(name, &s, true);
		}
		end();
	}
}

static void run_others(void)
{
	struct shape s = shape_esp(4, UNKNOWN_SPI);

	begin(1);
	add_sas(1000, true);
	measure("unknown SPI", &s, false);
	s.content = CONTENT_UDP_IKE;
	s.sport = s.dport = 4500;
	measure("IKE", &s, false);
	s.content = CONTENT_RAW;
	s.proto = 6;
	measure("TCP", &s, false);
	rss_prog_config(prog)->steer_until = RSS_OFF;
	measure("switched off", &s, false);
	end();
}

static void run_live(void)
{
	/* One whose owner is the CPU that does not receive. */
	struct shape s = shape_esp(4, spi_of(1));
	struct wire w;

	begin(1);
	add_sas(1000, true);
	if (wire_open(&w))
		die("veth", errno);
	measure_live("live frames, owner", &s, &w);
	measure_wire("veth + CPUMAP, owner", &s, &w);
	wire_close(&w);
	end();
}

int main(int argc, char **argv)
{
	static const u32 sizes[] = {1, 10000, 100000};

	espalier_set_engine(ESPALIER_ENGINE_KERNEL);
	wire_pin(0);
	printf("%-34s %8s %8s %8s %6s  %-9s  %7s %7s\n", "ns per packet", "bare", "esp_rss", "more",
	       "ratio", "quartiles", "least:", "both");
	for (size_t i = 0; i < (argc > 1 ? (size_t)argc - 1 : ARRAY_SIZE(sizes)); i++) {
		u32 n = argc > 1 ? (u32)strtoul(argv[i + 1], NULL, 0) : sizes[i];

		if (!n || n > 131072)
			die("a number of SAs is not a number up to 131072", EINVAL);
		run_sas(n);
	}
	run_others();
	run_live();
	return 0;
}
