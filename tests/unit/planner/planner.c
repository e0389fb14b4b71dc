// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>

#include "planner_state.h"
#include "rss/advice.h"
#include "suites.h"

#define MS 1000000ull

static struct espalier_sad *sad;
static struct rss_planner *p;
static u64 now;

/* SAs 0x101 to 0x10n; @more of the last line of each. */
static void add_sas_from(u32 first, u32 n, const char *more)
{
	struct espalier_error e;
	char text[256];

	for (u32 i = first; i < first + n; i++) {
		int len = snprintf(text, sizeof(text),
				   "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi %#x "
				   "mode tunnel replay-window 32 %s\n",
				   0x100 + i, more);

		ck_assert_msg(espalier_sad_import(sad, "test", text, (size_t)len, 0, &e) == 1, "%s",
			      e.text);
	}
}

static void add_sas(u32 n, const char *more)
{
	add_sas_from(1, n, more);
}

static void begin(u32 cpus, enum rss_policy policy, bool compare)
{
	struct rss_planner_options o = {
		.nr_cpus = cpus,
		.policy = policy,
		.nr_ports = 1,
		.ports = {htons(4500)},
		.compare = compare,
	};
	struct espalier_error e;

	now = 1700000000ull * 1000 * MS;
	ck_assert_msg(!rss_planner_new(&o, sad, &p, &e), "%s", e.text);
}

static void give(const struct frame *f)
{
	struct espalier_error e;

	ck_assert_msg(!rss_planner_frame(p, f, &e), "%s", e.text);
}

static void send_esp(u32 spi, u32 seq, u32 payload)
{
	struct bytes b;

	esp_frame(&b, spi, seq, payload);
	give(&(struct frame){.data = b.at, .len = b.len, .wire_len = b.len, .time_ns = now});
}

static const struct rss_plan_result *finish(void)
{
	const struct rss_plan_result *r;

	ck_assert_int_eq(rss_planner_finish(p, &r), 0);
	return r;
}

static const struct rss_plan_sa *sa_of(const struct rss_plan_result *r, u32 spi)
{
	for (u32 i = 0; i < r->nr_sas; i++) {
		if (r->sas[i]->key.spi == htonl(spi))
			return r->sas[i];
	}
	ck_abort_msg("no SA %#x", spi);
	return NULL;
}

static void set_up(void)
{
	ck_assert_int_eq(espalier_sad_new(&sad), 0);
}

static void tear_down(void)
{
	rss_planner_free(p);
	espalier_sad_free(sad);
}

START_TEST(sums)
{
	const struct rss_plan_result *r;
	u64 packets = 0, bytes = 0;

	add_sas(3, "");
	begin(2, RSS_BALANCE, false);
	for (u32 i = 1; i <= 30; i++)
		send_esp(0x101 + i % 3, i, 100 + i);
	send_esp(0x999, 1, 10);
	r = finish();
	ck_assert_uint_eq(r->all.packets, 31);
	ck_assert_uint_eq(r->steered.packets, 30);
	ck_assert_uint_eq(r->passed.packets, 1);
	ck_assert_uint_eq(r->reasons[RSS_POLICY].packets, 30);
	ck_assert_uint_eq(r->reasons[RSS_UNKNOWN_SA].packets, 1);
	for (u32 i = 0; i < 2; i++) {
		packets += r->cpus[i].packets;
		bytes += r->cpus[i].bytes;
	}
	ck_assert_uint_eq(packets, 30);
	ck_assert_uint_eq(bytes, r->steered.bytes);
	ck_assert_uint_eq(bytes + r->passed.bytes, r->all.bytes);
	ck_assert_uint_eq(r->nr_sas, 3);
	ck_assert_uint_eq(r->idle_sas, 0);
	ck_assert_uint_eq(r->nr_unknown, 1);
	ck_assert_uint_eq(r->unknown[0]->key.spi, htonl(0x999));
}
END_TEST

/* What the capture cut away is neither malformed nor looked up. */
START_TEST(snap_length)
{
	const struct rss_plan_result *r;
	struct bytes b;

	add_sas(1, "");
	begin(2, RSS_BALANCE, false);
	esp_frame(&b, 0x101, 5, 600);
	for (u32 len = 0; len <= b.len; len++)
		give(&(struct frame){.data = b.at, .len = len, .wire_len = b.len, .time_ns = now});
	r = finish();
	/* The protocol is at 23, the SPI ends at 38. */
	ck_assert_uint_eq(r->reasons[RSS_NOT_IPSEC].packets, 24);
	ck_assert_uint_eq(r->reasons[RSS_UNKNOWN_SA].packets, 38 - 24);
	ck_assert_uint_eq(r->reasons[RSS_POLICY].packets, b.len - 38 + 1);
	ck_assert_uint_eq(r->reasons[RSS_MALFORMED].packets, 0);
	ck_assert_uint_eq(r->cut_other, 24);
	ck_assert_uint_eq(r->cut_ipsec, 38 - 24);
	ck_assert_uint_eq(r->all.bytes, (u64)b.len * (b.len + 1));
	ck_assert_uint_eq(r->nr_unknown, 0);
	/* A number that was cut away is none: all others are the same. */
	ck_assert_uint_eq(r->sas[0]->sequence.repeated, b.len - 42);
}
END_TEST

/* A length that no frame has is still a length. */
START_TEST(long_frames)
{
	static u8 data[300000];
	const struct rss_plan_result *r;
	struct bytes b;

	add_sas(1, "");
	begin(2, RSS_BALANCE, false);
	esp_frame(&b, 0x101, 5, 600);
	memcpy(data, b.at, b.len);
	give(&(struct frame){.data = data, .len = 300000, .wire_len = 300000, .time_ns = now});
	give(&(struct frame){.data = data, .len = 100, .wire_len = U32_MAX, .time_ns = now});
	give(&(struct frame){.data = data, .len = 270000, .wire_len = 280000, .time_ns = now});
	r = finish();
	ck_assert_uint_eq(r->reasons[RSS_POLICY].packets, 3);
	ck_assert_uint_eq(r->all.bytes, 300000ull + U32_MAX + 280000);
}
END_TEST

/* Two heavy SAs land on one CPU; once one is quiet for a moment, it moves, and overtakes nothing.
 */
START_TEST(least_loaded)
{
	const struct rss_plan_result *r;
	u32 seq = 0;

	add_sas(4, "");
	begin(2, RSS_LEAST_LOADED, false);
	/* At first sight all are alike: by turns. */
	for (u32 i = 1; i <= 4; i++)
		send_esp(0x100 + i, ++seq, 60);
	for (u32 ms = 0; ms < 6000; ms++) {
		now += MS;
		seq++;
		send_esp(0x101, seq, 1000);
		/* Pauses of 60 ms, longer than quiet_ns. */
		if (ms % 200 < 140)
			send_esp(0x103, seq, 1000);
		if (!(ms % 100)) {
			send_esp(0x102, seq, 60);
			send_esp(0x104, seq, 60);
		}
	}
	r = finish();
	ck_assert_uint_ne(sa_of(r, 0x101)->cpu, sa_of(r, 0x103)->cpu);
	ck_assert_uint_eq(sa_of(r, 0x101)->changes, 0);
	ck_assert_uint_eq(sa_of(r, 0x103)->changes, 1);
	ck_assert_uint_eq(sa_of(r, 0x103)->nr_parts, 2);
	ck_assert_uint_eq(sa_of(r, 0x103)->overtakes, 0);
	ck_assert_double_lt(r->spread.imbalance, 1.5);
	ck_assert_uint_eq(r->last_ns - r->first_ns, 6000 * MS);
}
END_TEST

/* The CPU with the fewest SAs: those of owners count, and a change gives the place back. */
START_TEST(balance_counts_owners)
{
	const struct rss_plan_result *r;

	add_sas(3, "dir in pcpu-num 0");
	add_sas_from(4, 3, "");
	begin(2, RSS_BALANCE, false);
	for (u32 i = 1; i <= 6; i++)
		send_esp(0x100 + i, 1, 60);
	r = finish();
	for (u32 i = 1; i <= 3; i++)
		ck_assert_uint_eq(sa_of(r, 0x100 + i)->cpu, 0);
	for (u32 i = 4; i <= 6; i++)
		ck_assert_uint_eq(sa_of(r, 0x100 + i)->cpu, 1);
}
END_TEST

/* An SA that is never quiet never moves. */
START_TEST(busy_stays)
{
	const struct rss_plan_result *r;

	add_sas(4, "");
	begin(2, RSS_LEAST_LOADED, false);
	for (u32 i = 1; i <= 4; i++)
		send_esp(0x100 + i, 1, 60);
	for (u32 ms = 0; ms < 5000; ms += 5) {
		now += 5 * MS;
		send_esp(0x101, 2 + ms, 1000);
		send_esp(0x103, 2 + ms, 800);
	}
	r = finish();
	ck_assert_uint_eq(sa_of(r, 0x101)->cpu, sa_of(r, 0x103)->cpu);
	ck_assert_uint_eq(sa_of(r, 0x101)->changes + sa_of(r, 0x103)->changes, 0);
}
END_TEST

/* The account agrees with the program's own. */
START_TEST(same_as_the_program)
{
	struct rss_sa entry;
	struct rss_sa_key key = {
		.daddr = {htonl(0x0a000002)},
		.spi = htonl(0x101),
		.family = AF_INET,
		.proto = 50,
	};
	const struct rss_plan_sa *sa;

	add_sas(1, "");
	begin(2, RSS_BALANCE, false);
	for (u32 i = 1; i <= 5; i++) {
		now += 100 * MS;
		send_esp(0x101, i, 100);
		ck_assert_int_eq(bpf_map_lookup_elem(rss_prog_map_fd(p->bench.prog, RSS_MAP_SAS),
						     &key, &entry),
				 0);
		ck_assert_uint_eq(entry.last_seen, now);
		entry.want = i % 2;
		ck_assert_int_eq(bpf_map_update_elem(rss_prog_map_fd(p->bench.prog, RSS_MAP_SAS),
						     &key, &entry, BPF_EXIST),
				 0);
	}
	sa = sa_of(finish(), 0x101);
	ck_assert_int_eq(
		bpf_map_lookup_elem(rss_prog_map_fd(p->bench.prog, RSS_MAP_SAS), &key, &entry), 0);
	ck_assert_uint_eq(sa->changes, entry.changes);
	ck_assert_uint_ge(sa->changes, 3);
	ck_assert_uint_eq(sa->overtakes, 0);
	ck_assert_uint_eq(sa->tally.packets, entry.packets);
	ck_assert_uint_eq(sa->tally.bytes, entry.bytes);
	ck_assert_uint_eq(sa->cpu, entry.cpu);
}
END_TEST

/* Were the program to move an SA too soon, it would show. */
START_TEST(overtaking)
{
	const struct rss_plan_result *r;

	add_sas(1, "");
	begin(2, RSS_BALANCE, false);
	send_esp(0x101, 1, 100);
	rss_prog_config(p->bench.prog)->quiet_ns = 0;
	rss_prog_config(p->bench.prog)->policy = RSS_FIXED;
	rss_prog_config(p->bench.prog)->fixed_cpu = 1;
	now += MS;
	send_esp(0x101, 2, 100);
	r = finish();
	ck_assert_uint_eq(r->sas[0]->changes, 1);
	ck_assert_uint_eq(r->sas[0]->overtakes, 1);
}
END_TEST

static const struct rss_way *way(const struct rss_plan_result *r, const char *name)
{
	for (u32 i = 0; i < r->nr_ways; i++) {
		if (!strcmp(r->ways[i].name, name))
			return &r->ways[i];
	}
	ck_abort_msg("no way %s", name);
	return NULL;
}

START_TEST(one_sa)
{
	struct strbuf b = STRBUF_INIT;
	const struct rss_plan_result *r;

	add_sas(1, "");
	begin(8, RSS_BALANCE, true);
	for (u32 i = 1; i <= 80; i++)
		send_esp(0x101, i, 1000);
	r = finish();
	ck_assert_uint_eq(r->nr_ways, 6);
	ck_assert_double_eq_tol(way(r, "one_queue")->spread.speedup, 1, 1e-9);
	ck_assert_double_eq_tol(way(r, "nic_2tuple")->spread.speedup, 1, 1e-9);
	ck_assert_double_eq_tol(way(r, "nic_4tuple")->spread.speedup, 1, 1e-9);
	ck_assert_double_eq_tol(way(r, "hash")->spread.speedup, 1, 1e-9);
	ck_assert_double_eq_tol(way(r, "balance")->spread.speedup, 1, 1e-9);
	ck_assert_double_eq_tol(way(r, "per_cpu_sas")->spread.speedup, 8, 1e-9);
	rss_advice_verdict(r, &b);
	ck_assert_ptr_nonnull(strstr(b.text, "Steering will not help"));
	ck_assert_ptr_nonnull(strstr(b.text, "Per-CPU SAs (RFC 9611) will"));
	strbuf_free(&b);
}
END_TEST

/* Each way accounts for all that steering is about, and for nothing else. */
START_TEST(ways)
{
	const struct rss_plan_result *r;

	add_sas(8, "");
	begin(4, RSS_LEAST_LOADED, true);
	for (u32 i = 1; i <= 800; i++)
		send_esp(0x101 + i % 8, i, 500);
	send_esp(0x999, 1, 10);
	r = finish();
	ck_assert_uint_eq(r->nr_ways, 7);
	for (u32 i = 0; i < r->nr_ways; i++) {
		u64 packets = 0;

		for (u32 cpu = 0; cpu < 4; cpu++)
			packets += r->ways[i].cpus[cpu].packets;
		ck_assert_msg(packets == 800, "%s", r->ways[i].name);
		ck_assert_uint_eq(r->ways[i].spread.total, r->steered.bytes);
	}
	ck_assert_double_eq_tol(way(r, "balance")->spread.imbalance, 1, 1e-9);
	ck_assert_double_eq_tol(way(r, "least-loaded")->spread.imbalance, r->spread.imbalance,
				1e-9);
}
END_TEST

START_TEST(refused)
{
	struct rss_planner_options o = {.nr_cpus = 0};
	struct espalier_error e;

	ck_assert_int_eq(rss_planner_new(&o, sad, &p, &e), -EINVAL);
	o.nr_cpus = RSS_MAX_CPUS + 1;
	ck_assert_int_eq(rss_planner_new(&o, sad, &p, &e), -EINVAL);
	o = (struct rss_planner_options){.nr_cpus = 2, .policy = RSS_FIXED, .fixed_cpu = 2};
	ck_assert_int_eq(rss_planner_new(&o, sad, &p, &e), -EINVAL);
	ck_assert_ptr_null(p);
}
END_TEST

TCase *planner_case(void)
{
	TCase *tc = tcase_create("planner");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, sums);
	tcase_add_test(tc, snap_length);
	tcase_add_test(tc, long_frames);
	tcase_add_test(tc, balance_counts_owners);
	tcase_add_test(tc, least_loaded);
	tcase_add_test(tc, busy_stays);
	tcase_add_test(tc, same_as_the_program);
	tcase_add_test(tc, overtaking);
	tcase_add_test(tc, one_sa);
	tcase_add_test(tc, ways);
	tcase_add_test(tc, refused);
	return tc;
}
