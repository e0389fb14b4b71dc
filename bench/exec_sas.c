// SPDX-License-Identifier: BSD-2-Clause
#include "exec_sas.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <espalier/bpf.h>
#include <espalier/libbpf.h>
#include <espalier/sad.h>

#include "base/rcu.h"
#include "measure.h"
#include "netlink/xfrm.h"
#include "sas.h"

/* Who runs it. */
enum way {
	ELIDED,
	COUNTED,
	INTERP,
	NATIVE,
	KERNEL,
	WAYS
};

static const char *const way_names[] = {"elided", "counted", "interp", "C", "kernel"};

/*
 * The kernel compares the SPI of a new larval SA with all there are: ten thousand take it a second,
 * a hundred thousand minutes. So it has that many once, where it matters most to it how they lie.
 */
static const struct table {
	const char *name;
	u32 sas;
	enum spis spis;
	bool without_kernel;
} tables[] = {
	{"1", 1, SPIS_SEQUENTIAL},
	{"1000 random", 1000, SPIS_RANDOM},
	{"1000 sequential", 1000, SPIS_SEQUENTIAL},
	{"10000 random", 10000, SPIS_RANDOM},
	{"10000 sequential", 10000, SPIS_SEQUENTIAL},
	{"100000 random", 100000, SPIS_RANDOM, true},
	{"100000 sequential", 100000, SPIS_SEQUENTIAL},
};

enum program {
	EMPTY,
	SEED,
	PROGRAMS
};
static const char *const program_names[] = {"empty", "seed"};

#define TURN_NS 3e6

struct side {
	struct bpf_object *obj;
	int fd[PROGRAMS];
	u32 repeat[PROGRAMS];
	struct series ns[PROGRAMS];
	struct series net; /* the program less the empty one */
};

static u8 packet[60];
static u32 order[ORDER];
static struct sad *sad;

/* To the SAs' destination; the SPI is zero, which the list completes. */
static void make_packet(void)
{
	struct ethhdr *eth = (void *)packet;
	struct iphdr *ip = (void *)(eth + 1);

	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->protocol = IPPROTO_ESP;
	ip->daddr = htonl(SAS_DADDR);
}

static void make_order(const struct table *t)
{
	u64 random = 1;

	for (u32 i = 0; i < ORDER; i++)
		order[i] = htonl(sas_spi(t->spis, pick(&random, t->sas)));
}

/* As larval SAs are in the kernel: no replay window. */
static void make_spec(struct sad_spec *spec, const struct table *t, u32 i)
{
	struct sad_key key = sas_key(sas_spi(t->spis, i));

	sad_spec_init(spec);
	spec->id = (struct xfrm_id){key.daddr, key.spi, key.proto};
	spec->mode = XFRM_MODE_TUNNEL;
	spec->saddr.a4 = htonl(SAS_DADDR - 1);
	/* The kernel looks for one to complete among those of equal reqid. */
	spec->reqid = i + 1;
	spec->curlft.add_time = 1;
}

static void fill_ours(const struct table *t)
{
	struct sad *old = sad;

	sad = sas_new();
	for (u32 i = 0; i < t->sas; i++) {
		struct sad_spec spec;
		struct xfrm_state *x;

		make_spec(&spec, t, i);
		if (sad_state_new(&spec, sad_netns(sad, 0), &x) || sad_insert(sad, x))
			die("SA %u is not taken", i);
	}
	espalier_set_sad((struct espalier_sad *)sad);
	sad_free(old);
}

static bool keep_larval_sas(void)
{
	int fd = open("/proc/sys/net/core/xfrm_acq_expires", O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, "100000", 6) == 6;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* In a network namespace of this process, which goes with the next one. Why not, or NULL. */
static const char *fill_kernel(const struct table *t, u32 seconds)
{
	static struct espalier_error e;
	u64 end = now_wall() + seconds * 1000000000ull;
	struct xfrm_nl *nl;
	int err = 0;

	if (unshare(CLONE_NEWNET))
		return "no network namespace of our own";
	if (!keep_larval_sas())
		return "a kernel without xfrm";
	if (xfrm_nl_open(NULL, &nl, &e))
		return e.text;
	for (u32 i = 0; i < t->sas && !err; i++) {
		struct sad_spec spec;

		make_spec(&spec, t, i);
		err = xfrm_nl_add_larval(nl, &spec, NULL, &e);
		if (now_wall() > end)
			err = fail(&e, ETIME, "it takes too long to add %u SAs", t->sas);
	}
	xfrm_nl_close(nl);
	return err ? e.text : NULL;
}

static void use(enum way way)
{
	espalier_set_engine(way == KERNEL ? ESPALIER_ENGINE_KERNEL : ESPALIER_ENGINE_USER);
	espalier_set_exec(way == INTERP ? ESPALIER_EXEC_INTERP : ESPALIER_EXEC_DEFAULT);
	espalier_set_elide(way != COUNTED);
}

static int load(struct side *side, enum way way, const char *path)
{
	struct bpf_map *map;
	int err;

	use(way);
	side->obj = bpf_object__open(path);
	err = side->obj ? bpf_object__load(side->obj) : -errno;
	if (err)
		return err;
	map = bpf_object__find_map_by_name(side->obj, ".bss");
	if (!map || bpf_map__value_size(map) != sizeof(struct exec_sas))
		die("%s: no list of SPIs", path);
	for (int p = 0; p < PROGRAMS; p++)
		side->fd[p] = bpf_program__fd(
			bpf_object__find_program_by_name(side->obj, program_names[p]));
	return 0;
}

/* The list is filled in, or not; returns how many SAs were found so far. */
static u32 access_globals(const struct side *side, enum way way, bool set)
{
	static struct exec_sas sas;
	int fd = bpf_object__find_map_fd_by_name(side->obj, ".bss");
	u32 zero = 0;

	use(way);
	if (bpf_map_lookup_elem(fd, &zero, &sas))
		die("globals: %s", strerror(errno));
	memcpy(sas.order, order, sizeof(order));
	if (set && bpf_map_update_elem(fd, &zero, &sas, BPF_ANY))
		die("globals: %s", strerror(errno));
	return sas.found;
}

static u32 native_next, native_found;
static volatile int native_window;

static __attribute__((noinline)) int native_empty(const u8 *data, const u8 *end)
{
	__asm__ volatile("" : : "r"(data), "r"(end));
	return XDP_PASS;
}

/* The program, by hand: one read-side section a packet, no reference. */
static __attribute__((noinline)) int native_seed(const u8 *data, const u8 *end)
{
	const struct ethhdr *eth = (const void *)data;
	const struct iphdr *ip = (const void *)(eth + 1);
	const u32 *esp = (const void *)(ip + 1);
	const struct xfrm_state *x;
	struct sad_key key;

	if ((const u8 *)(esp + 2) > end || ip->protocol != IPPROTO_ESP)
		return XDP_PASS;
	key = (struct sad_key){
		.daddr.a4 = ip->daddr,
		.spi = esp[0] ^ order[native_next++ % ORDER],
		.family = AF_INET,
		.proto = IPPROTO_ESP,
	};
	x = sad_peek(sad, &key, 0);
	if (!x)
		return XDP_PASS;
	native_found++;
	if (x->replay_esn)
		native_window = (int)x->replay_esn->replay_window;
	return XDP_PASS;
}

static double run_native(enum program p, u32 repeat)
{
	int (*volatile fn)(const u8 *, const u8 *) = p == EMPTY ? native_empty : native_seed;
	u64 start = now_thread();

	for (u32 i = 0; i < repeat; i++) {
		rcu_enter();
		if (fn(packet, packet + sizeof(packet)) != XDP_PASS)
			die("C: another verdict");
		rcu_leave();
	}
	return (double)(now_thread() - start) / repeat;
}

static double run(const struct side *side, enum way way, enum program p, u32 repeat)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = (int)repeat);
	u64 start;

	if (way == NATIVE)
		return run_native(p, repeat);
	use(way);
	start = now_thread();
	if (bpf_prog_test_run_opts(side->fd[p], &opts) || opts.retval != XDP_PASS)
		die("%s: %s", way_names[way], strerror(errno));
	/* The kernel's command takes long to set up; what it says leaves that out, but is cut to
	 * whole nanoseconds. */
	if (way == KERNEL)
		return opts.duration + 0.5;
	return (double)(now_thread() - start) / repeat;
}

static u32 found_by(const struct side *side, enum way way)
{
	return way == NATIVE ? native_found : access_globals(side, way, false);
}

/* Each finds an SA each time, or what is compared is not the same. */
static void warm_up(struct side *side, enum way way)
{
	u32 before = found_by(side, way);
	double ns;

	run(side, way, SEED, ORDER);
	if (found_by(side, way) - before != ORDER)
		die("%s: SAs are not found", way_names[way]);
	for (int p = 0; p < PROGRAMS; p++) {
		ns = run(side, way, p, 20000);
		side->repeat[p] = (u32)(TURN_NS / max(ns, 0.5)) + 1;
		side->ns[p].n = 0;
	}
	side->net.n = 0;
}

static void print_row(const struct table *t, struct side *sides, bool kernel)
{
	struct summary s;

	printf("%-18s", t->name);
	for (int way = 0; way < (kernel ? WAYS : KERNEL); way++) {
		s = series_sum_up(&sides[way].net);
		printf(" %7.1f (%.1f-%.1f)", s.median, s.quarter, s.three_quarters);
	}
	printf("  %5.2f", series_ratio(&sides[COUNTED].net, &sides[ELIDED].net));
	printf("  %5.2f", series_ratio(&sides[ELIDED].net, &sides[NATIVE].net));
	if (kernel) {
		struct series ratio = {.n = 0};

		for (u32 i = 0; i < sides[KERNEL].net.n; i++)
			series_add(&ratio, sides[KERNEL].net.at[i] / sides[ELIDED].net.at[i]);
		s = series_sum_up(&ratio);
		printf("  %5.1f (%.1f-%.1f)", s.median, s.quarter, s.three_quarters);
	}
	putchar('\n');
}

static void measure_table(const struct table *t, struct side *sides, bool kernel, int rounds)
{
	for (int way = 0; way < (kernel ? WAYS : KERNEL); way++) {
		if (way != NATIVE)
			access_globals(&sides[way], way, true);
		warm_up(&sides[way], way);
	}
	for (int n = 0; n < rounds; n++) {
		for (int way = 0; way < (kernel ? WAYS : KERNEL); way++) {
			struct side *side = &sides[way];

			/* Who came before has left other things in the caches. */
			run(side, way, SEED, side->repeat[SEED]);
			for (int p = PROGRAMS; p-- > 0;)
				series_add(&side->ns[p], run(side, way, p, side->repeat[p]));
			series_add(&side->net, side->ns[SEED].at[n] - side->ns[EMPTY].at[n]);
		}
	}
	print_row(t, sides, kernel);
}

void exec_sas_measure(const char *object, int rounds, unsigned int fill_seconds)
{
	struct side sides[WAYS] = {0};
	const char *why = "it does not load the programs";
	bool kernel;

	rounds = min(rounds, MAX_ROUNDS);
	make_packet();
	/* First: what libbpf finds out about a kernel is right for the library, too. */
	kernel = !load(&sides[KERNEL], KERNEL, object);
	for (int way = 0; way < NATIVE; way++) {
		if (load(&sides[way], way, object))
			die("%s: not loaded", object);
	}
	printf("\nThe example program by number of SAs; ns less the empty program, median "
	       "(quartiles)\n%-18s",
	       "SAs");
	for (int way = 0; way < WAYS; way++)
		printf(" %-18s", way_names[way]);
	printf(" counted/elided  elided/C  kernel/elided\n");
	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		const struct table *t = &tables[i];

		make_order(t);
		fill_ours(t);
		if (kernel && !t->without_kernel) {
			why = fill_kernel(t, fill_seconds);
			kernel = !why;
		}
		if (!kernel && why)
			fprintf(stderr, "bench-exec: without the kernel: %s\n", why);
		why = NULL;
		measure_table(t, sides, kernel && !t->without_kernel, rounds);
		fflush(stdout);
	}
	espalier_set_sad(NULL);
	sad_free(sad);
	for (int way = 0; way < WAYS; way++)
		bpf_object__close(sides[way].obj);
}
