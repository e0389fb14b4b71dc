// SPDX-License-Identifier: BSD-2-Clause
/*
 * esp_rss on the running kernel, on a veth in a network namespace of the test's own: each packet
 * runs on the CPU that it was steered to, and of a million none is unaccounted for. Skipped where
 * that is not permitted.
 */
#include "rss/prog.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <check.h>
#include <errno.h>
#include <espalier/libbpf.h>
#include <linux/if_link.h>
#include <linux/xfrm.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "larval.h"
#include "shape.h"
#include "where.skel.h"
#include "wire.h"

#undef fail

#define SKIPPED 77

enum {
	SPI = 0xc0000100,
	MAX_KINDS = 64,
	QSIZE = 2048
};

/* A kind of frame: its last byte is its number. */
struct kind {
	struct wire_frame frame;
	u32 cpu; /* that has to run it; RSS_NO_CPU: passes */
	u8 data[9100];
};

static struct kind kinds[MAX_KINDS];
static u32 nr_kinds, nr_cpus;
static struct wire wire;
static struct rss_prog *prog;
static struct where *where;
static int trace_in, trace_out;

static void check(bool ok, const char *what)
{
	ck_assert_msg(ok, "%s: %s", what, strerror(errno));
}

static void add_kind(const struct shape *s, u32 cpu)
{
	struct kind *k = &kinds[nr_kinds];

	ck_assert_uint_lt(nr_kinds, MAX_KINDS);
	k->cpu = cpu;
	k->frame.data = k->data;
	k->frame.len = shape_frame(s, k->data);
	ck_assert_uint_le(k->frame.len, sizeof(k->data));
	k->data[k->frame.len - 1] = (u8)nr_kinds++;
}

/* Every SA in every coat, for each owner. */
static void make_kinds(void)
{
	nr_kinds = 0;
	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		struct shape s = shape_esp(4, SPI + cpu), six = shape_esp(6, SPI + 0x10 + cpu);

		add_kind(&s, cpu);
		s.nr_tags = 2;
		s.tpid[0] = 0x88a8;
		s.tpid[1] = 0x8100;
		add_kind(&s, cpu);
		s.nr_tags = 0;
		s.content = CONTENT_UDP_ESP;
		s.sport = s.dport = 4500;
		add_kind(&s, cpu);
		s.content = CONTENT_ESP;
		s.payload = 8000;
		add_kind(&s, cpu);
		add_kind(&six, cpu);
		six.nr_exts = 2;
		six.ext[0].type = 0;
		six.ext[1].type = 60;
		add_kind(&six, cpu);
	}
}

static void add_sas(void)
{
	struct twin_state x[4];

	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		for (u32 v6 = 0; v6 < 2; v6++) {
			struct shape s = shape_esp(v6 ? 6 : 4, SPI + 0x10 * v6 + cpu);

			x[2 * cpu + v6] = (struct twin_state){
				.key = {.spi = htonl(s.spi),
					.family = v6 ? AF_INET6 : AF_INET,
					.proto = IPPROTO_ESP},
				.info = {.pcpu_num = cpu, .reqid = 1, .mode = XFRM_MODE_TUNNEL},
			};
			memcpy(x[2 * cpu + v6].key.daddr, s.daddr, v6 ? 16 : 4);
			memcpy(x[2 * cpu + v6].info.saddr, s.saddr, v6 ? 16 : 4);
		}
	}
	ck_assert_int_eq(larval_add(x, 2 * nr_cpus), 0);
}

/* The queue runs the program that tells where. */
static void open_queue(u32 cpu, u32 qsize)
{
	struct bpf_cpumap_val val = {
		.qsize = qsize,
		.bpf_prog.fd = bpf_program__fd(where->progs.where),
	};
	struct espalier_error e;
	int err = rss_prog_open_cpu(prog, cpu, qsize, &e);

	ck_assert_msg(!err, "%s", e.text);
	check(!bpf_map_update_elem(rss_prog_map_fd(prog, RSS_MAP_CPU_MAP), &cpu, &val, 0),
	      "a program at the cpumap's entry");
}

static void begin(u32 mode, u32 qsize)
{
	struct rss_prog_options o = {
		.nr_cpus = (u32)libbpf_num_possible_cpus(),
		.lookup = RSS_LOOKUP_KFUNC,
		.watch_queues = true,
	};
	u32 cpus[2] = {0, 1};
	struct espalier_error e;
	int err;

	nr_cpus = o.nr_cpus < 2 ? 1 : 2;
	ck_assert_int_eq(larval_begin(), 0);
	ck_assert_int_eq(wire_open(&wire), 0);
	err = rss_prog_load(&o, &prog, &e);
	ck_assert_msg(!err, "%s", e.text);
	where = where__open_and_load();
	check(where, "where.bpf.o");
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		open_queue(cpu, qsize);
	err = rss_prog_set_policy(prog, RSS_BALANCE, cpus, nr_cpus, &e);
	ck_assert_msg(!err, "%s", e.text);
	trace_in = bpf_raw_tracepoint_open("xdp_cpumap_enqueue", rss_prog_enqueue_fd(prog));
	trace_out = bpf_raw_tracepoint_open("xdp_cpumap_kthread", rss_prog_dequeue_fd(prog));
	check(trace_in >= 0 && trace_out >= 0, "the cpumap's tracepoints");
	rss_prog_config(prog)->queues_watched = 1;
	rss_prog_config(prog)->steer_until = RSS_ON;
	add_sas();
	make_kinds();
	err = wire_attach(&wire, rss_prog_fd(prog), mode);
	ck_assert_msg(!err, "attach: %s", strerror(-err));
}

static void end(void)
{
	wire_close(&wire);
	close(trace_in);
	close(trace_out);
	where__destroy(where);
	rss_prog_free(prog);
}

/* Sum over the CPUs of a counter that each CPU keeps. */
static u64 sum(int fd, u32 key, size_t words)
{
	int n = libbpf_num_possible_cpus();
	u64 *v = calloc((size_t)n * words, sizeof(*v));
	u64 total = 0;

	ck_assert_ptr_nonnull(v);
	check(!bpf_map_lookup_elem(fd, &key, v), "a counter");
	for (int i = 0; i < n; i++)
		total += v[(size_t)i * words];
	free(v);
	return total;
}

static u64 counted(enum rss_reason reason)
{
	return sum(rss_prog_map_fd(prog, RSS_MAP_REASONS), reason, 2);
}

static u64 arrived(void)
{
	u64 total = 0;

	for (u32 i = 0; i < RSS_NR_REASONS; i++)
		total += counted(i);
	return total;
}

static struct rss_queue queue(u32 cpu)
{
	struct rss_queue q;

	check(!bpf_map_lookup_elem(rss_prog_map_fd(prog, RSS_MAP_QUEUES), &cpu, &q), "a queue");
	return q;
}

/* Calls of a tracepoint's program that the kernel left out, as it would be calling itself. */
static u64 left_out(int fd)
{
	struct bpf_prog_info info = {0};
	u32 len = sizeof(info);

	check(!bpf_obj_get_info_by_fd(fd, &info, &len), "a program");
	return info.recursion_misses;
}

/*
 * Waits until nothing is under way. False: by the counts, what the queues took never comes out. On
 * a busy machine that has been seen once in some ten million frames: the kernel did not call
 * rss_enqueue for one bulk or some dozens, and did not count them as left out either. Whoever needs
 * the counts whole tries again.
 */
static bool settle(void)
{
	for (u32 quiet = 0, tries = 0; quiet < 3; tries++) {
		u64 left = 0;

		for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
			struct rss_queue q = queue(cpu);

			left |= q.enqueued - q.dequeued;
		}
		quiet = left ? 0 : quiet + 1;
		if (tries == 1000) {
			printf("# enqueued is not dequeued (%llx); calls left out: %llu, %llu\n",
			       (unsigned long long)left,
			       (unsigned long long)left_out(rss_prog_enqueue_fd(prog)),
			       (unsigned long long)left_out(rss_prog_dequeue_fd(prog)));
			return false;
		}
		usleep(2000);
	}
	return true;
}

static u64 ran(u32 kind, u32 cpu)
{
	u64 *v = calloc((size_t)libbpf_num_possible_cpus(), sizeof(*v)), n;

	ck_assert_ptr_nonnull(v);
	check(!bpf_map_lookup_elem(bpf_map__fd(where->maps.ran), &kind, v), "a counter");
	n = v[cpu];
	free(v);
	return n;
}

/* The frames of a CPU, not faster than the other end takes them. */
static void send_slowly(u32 cpu, u32 rounds)
{
	struct wire_frame all[MAX_KINDS];

	for (u32 i = 0; i < nr_kinds; i++)
		all[i] = kinds[i].frame;
	wire_pin(cpu);
	for (u32 i = 0; i < rounds; i++) {
		u64 before = arrived();

		ck_assert_uint_eq(wire_send(&wire, all, nr_kinds, nr_kinds), nr_kinds);
		for (u32 tries = 0; arrived() < before + nr_kinds; tries++) {
			ck_assert_uint_lt(tries, 5000);
			usleep(1000);
		}
	}
}

static const u32 modes[] = {XDP_FLAGS_DRV_MODE, XDP_FLAGS_SKB_MODE};

START_TEST(packets_run_on_their_owner)
{
	enum {
		ROUNDS = 100
	};

	begin(modes[_i], QSIZE);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		send_slowly(cpu, ROUNDS);
	/* Of few packets, all have run by then, whatever the counts say. */
	settle();
	ck_assert_uint_eq(counted(RSS_OWNER), (u64)ROUNDS * nr_cpus * nr_kinds);
	ck_assert_uint_eq(arrived(), counted(RSS_OWNER));
	for (u32 i = 0; i < nr_kinds; i++) {
		for (u32 cpu = 0; cpu < nr_cpus; cpu++)
			ck_assert_msg(
				ran(i, cpu) == (cpu == kinds[i].cpu ? (u64)ROUNDS * nr_cpus : 0),
				"kind %u: %llu on CPU %u", i, (unsigned long long)ran(i, cpu), cpu);
	}
	end();
}
END_TEST

/* Every way a packet can go: owners, policy, passed for each reason. */
static void make_all_kinds(void)
{
	struct shape s = shape_esp(4, SPI + 0x100);
	struct twin_state x = {
		.key = {.spi = htonl(SPI + 0x100), .family = AF_INET, .proto = IPPROTO_ESP},
		.info = {.pcpu_num = RSS_NO_CPU, .reqid = 2, .mode = XFRM_MODE_TUNNEL},
	};

	memcpy(x.key.daddr, s.daddr, 4);
	memcpy(x.info.saddr, s.saddr, 4);
	ck_assert_int_eq(larval_add(&x, 1), 0);
	add_kind(&s, 0);
	s.frag = 0x2000;
	add_kind(&s, 0);
	s.frag = 0;
	s.spi = 99;
	add_kind(&s, RSS_NO_CPU);
	s.ip_lie = 1;
	add_kind(&s, RSS_NO_CPU);
	s.ip_lie = 0;
	s.content = CONTENT_UDP_IKE;
	s.sport = s.dport = 4500;
	add_kind(&s, RSS_NO_CPU);
	s.content = CONTENT_RAW;
	s.proto = 6;
	add_kind(&s, RSS_NO_CPU);
}

struct sender {
	pthread_t thread;
	u32 cpu;
	u64 n;
	u64 sent;
};

static void *send_fast(void *arg)
{
	struct sender *s = arg;
	struct wire_frame all[MAX_KINDS];
	u32 nr = 0;

	/* Jumbo frames would make it a test of memory. */
	for (u32 i = 0; i < nr_kinds; i++) {
		if (kinds[i].frame.len < 1000)
			all[nr++] = kinds[i].frame;
	}
	wire_pin(s->cpu);
	s->sent = wire_send(&wire, all, nr, s->n);
	return NULL;
}

/* Each packet that arrived is passed or in a queue; what a queue took came out, and ran. */
static void balance_books(void)
{
	u64 enqueued = 0, dropped = 0, dequeued = 0, kthread_dropped = 0, steered = 0, run = 0;
	u64 passed = counted(RSS_UNKNOWN_SA) + counted(RSS_MALFORMED) + counted(RSS_IKE) +
		     counted(RSS_NOT_IPSEC);

	for (u32 cpu = 0; cpu < nr_cpus; cpu++) {
		struct rss_queue q = queue(cpu);

		ck_assert_uint_eq(sum(rss_prog_map_fd(prog, RSS_MAP_TARGETS), cpu, 2),
				  q.enqueued + q.dropped);
		ck_assert_uint_eq(q.enqueued, q.dequeued);
		enqueued += q.enqueued;
		dropped += q.dropped;
		dequeued += q.dequeued;
		kthread_dropped += q.kthread_dropped;
		steered += sum(rss_prog_map_fd(prog, RSS_MAP_TARGETS), cpu, 2);
		for (u32 i = 0; i < nr_kinds; i++)
			run += ran(i, cpu);
	}
	printf("# arrived %llu = passed %llu + enqueued %llu + dropped %llu; dequeued %llu, ran "
	       "%llu, without memory %llu\n",
	       (unsigned long long)arrived(), (unsigned long long)passed,
	       (unsigned long long)enqueued, (unsigned long long)dropped,
	       (unsigned long long)dequeued, (unsigned long long)run,
	       (unsigned long long)kthread_dropped);
	ck_assert_uint_eq(arrived(), passed + steered);
	ck_assert_uint_eq(arrived(), passed + dequeued + dropped);
	ck_assert_uint_eq(run, dequeued);
	ck_assert_uint_eq(kthread_dropped, 0);
}

/* A queue of few packets is overrun, one of many less so. */
static bool try_load(u32 mode, u32 qsize, u64 n)
{
	struct sender senders[2] = {{.cpu = 0}, {.cpu = 1}};
	u64 sent = 0, lost;

	begin(mode, qsize);
	make_all_kinds();
	for (u32 i = 0; i < nr_cpus; i++) {
		senders[i].n = n / nr_cpus;
		ck_assert_int_eq(pthread_create(&senders[i].thread, NULL, send_fast, &senders[i]),
				 0);
	}
	for (u32 i = 0; i < nr_cpus; i++) {
		pthread_join(senders[i].thread, NULL);
		sent += senders[i].sent;
	}
	/* What is still in the veth's ring comes in yet. */
	for (u64 before = U64_MAX; before != arrived(); usleep(20000))
		before = arrived();
	if (!settle()) {
		end();
		return false;
	}
	lost = wire_dropped();
	printf("# sent %llu of %llu, %llu found no room at the receiver\n",
	       (unsigned long long)sent, (unsigned long long)n, (unsigned long long)lost);
	ck_assert_uint_eq(arrived() + lost, n);
	balance_books();
	for (u32 i = 0; i < RSS_NR_REASONS; i++)
		ck_assert_msg(counted(i) || i == RSS_OFFLOADED || i == RSS_KEEPALIVE ||
				      i == RSS_TOO_MANY_TAGS || i == RSS_SWITCHED_OFF ||
				      i == RSS_OWNER_UNAVAILABLE,
			      "no packet for reason %u", i);
	end();
	return true;
}

static void load(u32 mode, u32 qsize, u64 n)
{
	for (u32 tries = 0; !try_load(mode, qsize, n); tries++)
		ck_assert_msg(tries < 4, "the counts are never whole");
}

START_TEST(a_million_frames_are_accounted_for)
{
	load(XDP_FLAGS_DRV_MODE, QSIZE, 1000000);
}
END_TEST

START_TEST(small_queues_drop_and_say_so)
{
	load(modes[_i], 8, 100000);
}
END_TEST

START_TEST(generic_mode_is_accounted_for)
{
	load(XDP_FLAGS_SKB_MODE, QSIZE, 200000);
}
END_TEST

/* As a driver hands frames in, without a wire. */
static bool try_live_frames(void)
{
	u64 n = 0;

	begin(XDP_FLAGS_DRV_MODE, QSIZE);
	make_all_kinds();
	for (u32 i = 0; i < nr_kinds; i++) {
		struct xdp_md ctx = {.data_end = kinds[i].frame.len,
				     .ingress_ifindex = (u32)wire.ifindex};
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = kinds[i].data,
			    .data_size_in = kinds[i].frame.len, .ctx_in = &ctx,
			    .ctx_size_in = sizeof(ctx), .repeat = 60000,
			    .flags = BPF_F_TEST_XDP_LIVE_FRAMES, .batch_size = 64);

		if (kinds[i].frame.len > 1000)
			continue;
		check(!bpf_prog_test_run_opts(rss_prog_fd(prog), &opts), "live frames");
		n += 60000;
	}
	if (!settle()) {
		end();
		return false;
	}
	ck_assert_uint_ge(n, nr_cpus == 2 ? 900000 : 600000);
	ck_assert_uint_eq(arrived(), n);
	balance_books();
	end();
	return true;
}

START_TEST(live_frames_are_accounted_for)
{
	for (u32 tries = 0; !try_live_frames(); tries++)
		ck_assert_msg(tries < 4, "the counts are never whole");
}
END_TEST

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

/* Why it cannot be tried here, or NULL. */
static const char *unfit(void)
{
	struct wire probe;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, NULL);

	if (fd < 0)
		return "bpf(2) is not permitted";
	close(fd);
	if (larval_begin())
		return "no network namespace with XFRM can be made";
	if (wire_open(&probe))
		return "no veth can be made";
	wire_close(&probe);
	return NULL;
}

int main(void)
{
	TCase *tc = tcase_create("live");
	Suite *suite = suite_create("rss-live");
	SRunner *runner;
	const char *why;
	int failed;

	espalier_set_engine(ESPALIER_ENGINE_KERNEL);
	libbpf_set_print(quiet);
	why = unfit();
	if (why) {
		printf("1..0 # SKIP %s\n", why);
		return SKIPPED;
	}
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, packets_run_on_their_owner, 0, ARRAY_SIZE(modes));
	tcase_add_test(tc, a_million_frames_are_accounted_for);
	tcase_add_loop_test(tc, small_queues_drop_and_say_so, 0, ARRAY_SIZE(modes));
	tcase_add_test(tc, generic_mode_is_accounted_for);
	tcase_add_test(tc, live_frames_are_accounted_for);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
