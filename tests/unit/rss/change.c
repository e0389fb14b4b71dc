// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <string.h>
#include <time.h>

#include "subject.h"

/* What an SA's CPU depends on besides its packets: owners, time, queues, rekeys, the policy's CPUs.
 */
#define SECOND 1000000000ull

enum {
	SPI = 0x1000
};

static u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (u64)t.tv_sec * SECOND + (u64)t.tv_nsec;
}

static void begin(u32 max_sas)
{
	subject_begin(RSS_LOOKUP_MAP, max_sas);
}

/* An SA on the policy, or on its owner. */
static u32 add(u32 spi, u32 owner)
{
	struct twin_state x = esp_state(4, spi, owner);

	subject_add(&x);
	return subject.twin.nr_states - 1;
}

static void set_owner(u32 i, u32 owner)
{
	subject.twin.state[i].info.pcpu_num = owner;
	subject_change(i);
}

static void set_dying(u32 i)
{
	subject.twin.state[i].info.dying = 1;
	subject_change(i);
}

static void set_online(u32 cpu, bool online)
{
	subject.twin.cpu[cpu].online = online;
	subject_sync();
}

static void set_policy(enum rss_policy policy)
{
	subject.twin.config.policy = policy;
	subject_sync();
}

static void set_policy_cpus(u32 first, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		subject.twin.policy_cpus[i] = first + i;
	subject.twin.config.nr_policy_cpus = nr;
	subject_sync();
}

static void set_quiet(bool quiet)
{
	subject.twin.config.quiet_ns = quiet ? 0 : U64_MAX;
	subject_sync();
}

static void set_queue(u32 cpu, u64 enqueued, u64 dequeued)
{
	struct rss_queue q = {.enqueued = enqueued, .dequeued = dequeued};

	ck_assert_int_eq(
		bpf_map_update_elem(rss_prog_map_fd(subject.prog, RSS_MAP_QUEUES), &cpu, &q, 0), 0);
}

static struct rss_sa_key key_of(u32 spi)
{
	struct shape s = shape_esp(4, spi);

	return shape_key(&s);
}

static void set_last_seen(u32 spi, u64 at)
{
	struct rss_sa_key key = key_of(spi);
	struct rss_sa sa = subject_sa(&key);

	sa.last_seen = at;
	sa.tick--;
	subject_set_sa(&key, &sa);
}

/* The next packet of the SA comes @ns after the last. */
static struct rss_decision after(u64 ns)
{
	set_last_seen(SPI, now() - ns);
	return subject_program_esp(SPI);
}

static void is(struct rss_decision d, enum rss_reason reason, u32 cpu)
{
	ck_assert_msg(d.reason == reason && d.cpu == cpu, "reason %u, CPU %d instead of %u, %d",
		      d.reason, (int)d.cpu, reason, (int)cpu);
}

START_TEST(owner_change_waits_until_quiet)
{
	struct rss_sa_key key = key_of(SPI);
	u32 i;

	begin(0);
	i = add(SPI, 0);
	is(subject_esp(SPI), RSS_OWNER, 0);
	set_owner(i, 1);
	for (u32 n = 0; n < 100; n++)
		is(subject_esp(SPI), RSS_OWNER, 0);
	set_quiet(true);
	is(subject_esp(SPI), RSS_OWNER, 1);
	ck_assert_uint_eq(rss_prog_decision(subject.prog)->changed, 1);
	is(subject_esp(SPI), RSS_OWNER, 1);
	ck_assert_uint_eq(rss_prog_decision(subject.prog)->changed, 0);
	ck_assert_uint_eq(subject_sa(&key).changes, 1);
	subject_audit();
	subject_end();
}
END_TEST

START_TEST(quiet_is_measured_from_the_last_packet)
{
	u32 i;

	begin(0);
	i = add(SPI, 0);
	is(subject_esp(SPI), RSS_OWNER, 0);
	rss_prog_config(subject.prog)->quiet_ns = 100 * SECOND;
	set_owner(i, 1);
	is(subject_program_esp(SPI), RSS_OWNER, 0);
	set_last_seen(SPI, now() - 50 * SECOND);
	is(subject_program_esp(SPI), RSS_OWNER, 0);
	/* That packet was seen now. */
	is(subject_program_esp(SPI), RSS_OWNER, 0);
	/* One that another CPU saw a moment ago, by a clock that is ahead. */
	set_last_seen(SPI, now());
	is(subject_program_esp(SPI), RSS_OWNER, 0);
	set_last_seen(SPI, now() - 101 * SECOND);
	is(subject_program_esp(SPI), RSS_OWNER, 1);
	subject_end();
}
END_TEST

START_TEST(change_waits_until_the_queue_is_drained)
{
	u32 i;

	begin(0);
	i = add(SPI, 0);
	subject.twin.config.queues_watched = 1;
	subject_sync();
	is(subject_esp(SPI), RSS_OWNER, 0);
	rss_prog_config(subject.prog)->quiet_ns = SECOND;
	set_queue(0, 5, 4);
	set_owner(i, 1);
	is(after(10 * SECOND), RSS_OWNER, 0);
	/* Counted at the kthread before it is where it was put in. */
	set_queue(0, 5, 6);
	is(after(10 * SECOND), RSS_OWNER, 0);
	set_queue(0, 6, 6);
	set_queue(1, 9, 0);
	is(after(SECOND / 2), RSS_OWNER, 0);
	is(after(2 * SECOND), RSS_OWNER, 1);
	set_owner(i, 0);
	is(after(19 * SECOND), RSS_OWNER, 1);
	set_queue(1, 9, 9);
	is(after(19 * SECOND), RSS_OWNER, 0);
	subject_end();
}
END_TEST

/* A count that lacks an event does so for good. */
START_TEST(wrong_counts_hold_for_a_while)
{
	u32 i;

	begin(0);
	i = add(SPI, 0);
	subject.twin.config.queues_watched = 1;
	subject_sync();
	is(subject_esp(SPI), RSS_OWNER, 0);
	rss_prog_config(subject.prog)->quiet_ns = SECOND;
	set_queue(0, 1000, 992);
	set_owner(i, 1);
	is(after(15 * SECOND), RSS_OWNER, 0);
	is(after((RSS_COUNTS_HOLD + 1) * SECOND), RSS_OWNER, 1);
	subject_end();
}
END_TEST

START_TEST(owner_goes_offline_and_comes_back)
{
	begin(0);
	set_policy_cpus(0, 1);
	add(SPI, 1);
	is(subject_esp(SPI), RSS_OWNER, 1);
	set_online(1, false);
	/* Not before its packets there are gone. */
	is(subject_esp(SPI), RSS_OWNER_UNAVAILABLE, 1);
	set_quiet(true);
	is(subject_esp(SPI), RSS_OWNER_UNAVAILABLE, 0);
	set_quiet(false);
	set_online(1, true);
	is(subject_esp(SPI), RSS_OWNER, 0);
	set_quiet(true);
	is(subject_esp(SPI), RSS_OWNER, 1);
	/* Beyond the map, and beyond any. */
	add(SPI + 1, TWIN_CPUS);
	is(subject_esp(SPI + 1), RSS_OWNER_UNAVAILABLE, 0);
	add(SPI + 2, RSS_NO_CPU - 1);
	is(subject_esp(SPI + 2), RSS_OWNER_UNAVAILABLE, 0);
	subject_audit();
	subject_end();
}
END_TEST

START_TEST(owner_wins_over_the_policy)
{
	static const enum rss_policy all[] = {RSS_BALANCE, RSS_HASH, RSS_LEAST_LOADED, RSS_FIXED,
					      RSS_PASS};

	begin(0);
	set_policy_cpus(0, 1);
	subject.twin.config.fixed_cpu = 0;
	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		set_policy(all[i]);
		add(SPI + i, 1);
		is(subject_esp(SPI + i), RSS_OWNER, 1);
		add(SPI + 100 + i, RSS_NO_CPU);
		is(subject_esp(SPI + 100 + i), RSS_POLICY, all[i] == RSS_PASS ? RSS_NO_CPU : 0);
	}
	subject_audit();
	subject_end();
}
END_TEST

START_TEST(balance_counts_sas)
{
	u32 on[2] = {0};

	begin(0);
	for (u32 i = 0; i < 16; i++) {
		struct rss_decision d;

		add(SPI + i, RSS_NO_CPU);
		d = subject_esp(SPI + i);
		ck_assert_uint_lt(d.cpu, 2);
		on[d.cpu]++;
	}
	ck_assert_uint_eq(on[0], 8);
	ck_assert_uint_eq(on[1], 8);
	/* The least loaded, not the one with the fewest. */
	subject.twin.cpu[0].load = 10;
	subject.twin.cpu[1].load = 11;
	set_policy(RSS_LEAST_LOADED);
	for (u32 i = 16; i < 20; i++) {
		add(SPI + i, RSS_NO_CPU);
		is(subject_esp(SPI + i), RSS_POLICY, 0);
	}
	subject_audit();
	subject_end();
}
END_TEST

/* Only the CPUs of the policy, whatever lies behind them in the table. */
START_TEST(policy_keeps_to_its_cpus)
{
	begin(0);
	set_policy_cpus(1, 1);
	for (u32 i = 0; i < 8; i++) {
		add(SPI + i, RSS_NO_CPU);
		is(subject_esp(SPI + i), RSS_POLICY, 1);
	}
	/* Those that are there stay; new ones go to the new CPUs. */
	set_policy_cpus(0, 1);
	is(subject_esp(SPI), RSS_POLICY, 1);
	add(SPI + 8, RSS_NO_CPU);
	is(subject_esp(SPI + 8), RSS_POLICY, 0);
	set_policy_cpus(0, 0);
	add(SPI + 9, RSS_NO_CPU);
	is(subject_esp(SPI + 9), RSS_POLICY, RSS_NO_CPU);
	set_policy(RSS_HASH);
	is(subject_esp(SPI + 9), RSS_POLICY, RSS_NO_CPU);
	subject_audit();
	subject_end();
}
END_TEST

/* A daemon's wish is looked at once it is announced, and followed like a change of owner. */
START_TEST(wish_is_followed_when_quiet)
{
	struct rss_sa_key key = key_of(SPI);
	u32 cpu = 1;

	begin(0);
	set_policy(RSS_LEAST_LOADED);
	set_quiet(true);
	add(SPI, RSS_NO_CPU);
	is(subject_esp(SPI), RSS_POLICY, 0);
	ck_assert_int_eq(
		bpf_map_update_elem(rss_prog_map_fd(subject.prog, RSS_MAP_WISHES), &key, &cpu, 0),
		0);
	is(subject_esp(SPI), RSS_POLICY, 0);
	set_quiet(false);
	subject.twin.config.wish_round++;
	twin_entry(&subject.twin, &key)->sa.want = 1;
	subject_sync();
	is(subject_esp(SPI), RSS_POLICY, 0);
	/* It counts there already: others are to be given to the other CPU. */
	ck_assert_uint_eq(subject.twin.cpu[1].sas, 1);
	set_quiet(true);
	is(subject_esp(SPI), RSS_POLICY, 1);
	/* Heeded once: the same wish is none in a round that was not announced. */
	cpu = 0;
	ck_assert_int_eq(
		bpf_map_update_elem(rss_prog_map_fd(subject.prog, RSS_MAP_WISHES), &key, &cpu, 0),
		0);
	is(subject_esp(SPI), RSS_POLICY, 1);
	subject_audit();
	subject_end();
}
END_TEST

/* What hashes to a CPU that is offline goes to others, and comes back; nothing else moves. */
START_TEST(hash_steps_over_offline_cpus)
{
	u32 on[32], moved = 0;

	begin(0);
	set_policy(RSS_HASH);
	set_quiet(true);
	for (u32 i = 0; i < ARRAY_SIZE(on); i++) {
		add(SPI + i, RSS_NO_CPU);
		on[i] = subject_esp(SPI + i).cpu;
		ck_assert_uint_lt(on[i], 2);
	}
	set_online(0, false);
	for (u32 i = 0; i < ARRAY_SIZE(on); i++) {
		is(subject_esp(SPI + i), RSS_POLICY, 1);
		moved += on[i] == 0;
	}
	ck_assert_uint_gt(moved, 0);
	ck_assert_uint_lt(moved, ARRAY_SIZE(on));
	set_online(0, true);
	for (u32 i = 0; i < ARRAY_SIZE(on); i++)
		is(subject_esp(SPI + i), RSS_POLICY, on[i]);
	subject_audit();
	subject_end();
}
END_TEST

/* Owned SAs count where they are, and no more where they were. */
START_TEST(owners_count)
{
	begin(0);
	set_quiet(true);
	add(SPI, 0);
	is(subject_esp(SPI), RSS_OWNER, 0);
	ck_assert_uint_eq(subject.twin.cpu[0].sas, 1);
	add(SPI + 1, RSS_NO_CPU);
	is(subject_esp(SPI + 1), RSS_POLICY, 1);
	set_online(0, false);
	is(subject_esp(SPI), RSS_OWNER_UNAVAILABLE, 1);
	ck_assert_uint_eq(subject.twin.cpu[0].sas, 0);
	ck_assert_uint_eq(subject.twin.cpu[1].sas, 2);
	set_online(0, true);
	is(subject_esp(SPI), RSS_OWNER, 0);
	ck_assert_uint_eq(subject.twin.cpu[1].sas, 1);
	subject_audit();
	subject_end();
}
END_TEST

START_TEST(rekey_takes_the_cpu_of_the_predecessor)
{
	u32 a, b;

	begin(0);
	a = add(SPI, RSS_NO_CPU);
	b = add(SPI + 1, RSS_NO_CPU);
	is(subject_esp(SPI), RSS_POLICY, 0);
	is(subject_esp(SPI + 1), RSS_POLICY, 1);
	set_dying(b);
	add(SPI + 2, RSS_NO_CPU);
	is(subject_esp(SPI + 2), RSS_POLICY, 1);
	is(subject_esp(SPI + 1), RSS_POLICY, 1);
	/* One predecessor has one successor. */
	add(SPI + 3, RSS_NO_CPU);
	is(subject_esp(SPI + 3), RSS_POLICY, 0);
	subject_delete(b);
	add(SPI + 4, RSS_NO_CPU);
	is(subject_esp(SPI + 4), RSS_POLICY, 1);
	/* Gone at once. */
	subject_delete(a);
	set_policy_cpus(1, 1);
	add(SPI + 5, RSS_NO_CPU);
	is(subject_esp(SPI + 5), RSS_POLICY, 0);
	subject_audit();
	subject_end();
}
END_TEST

/* By the count they would alternate; a predecessor of other ends, reqid... changes nothing. */
START_TEST(rekey_is_within_a_group)
{
	struct twin_state other[5];
	u32 a;

	begin(0);
	a = add(SPI, RSS_NO_CPU);
	is(subject_esp(SPI), RSS_POLICY, 0);
	set_dying(a);
	for (u32 i = 0; i < ARRAY_SIZE(other); i++)
		other[i] = esp_state(4, SPI + 1 + i, RSS_NO_CPU);
	other[0].info.reqid++;
	other[1].info.if_id++;
	other[2].info.mode++;
	other[3].info.saddr[0]++;
	for (u32 i = 0; i < ARRAY_SIZE(other); i++) {
		subject_add(&other[i]);
		is(subject_esp(SPI + 1 + i), RSS_POLICY, i == 4 ? 0 : !(i & 1));
	}
	subject_audit();
	subject_end();
}
END_TEST

/* An SA that was replaced, and whose CPU goes away, is counted nowhere. */
START_TEST(replaced_sa_is_not_counted_again)
{
	u32 a;

	begin(0);
	set_policy_cpus(0, 2);
	a = add(SPI, RSS_NO_CPU);
	is(subject_esp(SPI), RSS_POLICY, 0);
	set_dying(a);
	add(SPI + 1, RSS_NO_CPU);
	is(subject_esp(SPI + 1), RSS_POLICY, 0);
	set_quiet(true);
	set_online(0, false);
	is(subject_esp(SPI), RSS_POLICY, 1);
	ck_assert_uint_eq(subject.twin.cpu[0].sas, 1);
	is(subject_esp(SPI + 1), RSS_POLICY, 1);
	ck_assert_uint_eq(subject.twin.cpu[0].sas, 0);
	ck_assert_uint_eq(subject.twin.cpu[1].sas, 1);
	subject_audit();
	subject_end();
}
END_TEST

/* A group is remembered by its last members, and an SA that gets no CPU is one but once. */
START_TEST(groups_are_bounded)
{
	u32 a, b;

	begin(0);
	set_policy_cpus(1, 1);
	a = add(SPI, RSS_NO_CPU);
	is(subject_esp(SPI), RSS_POLICY, 1);
	set_policy_cpus(0, 0);
	add(SPI + 1, RSS_NO_CPU);
	for (u32 i = 0; i < 20; i++)
		is(subject_esp(SPI + 1), RSS_POLICY, RSS_NO_CPU);
	set_policy_cpus(0, 1);
	set_dying(a);
	b = add(SPI + 2, RSS_NO_CPU);
	is(subject_esp(SPI + 2), RSS_POLICY, 1);
	for (u32 i = 3; i < 20; i++) {
		add(SPI + i, RSS_NO_CPU);
		is(subject_esp(SPI + i), RSS_POLICY, 0);
	}
	set_dying(b);
	add(SPI + 20, RSS_NO_CPU);
	is(subject_esp(SPI + 20), RSS_POLICY, 0);
	subject_audit();
	subject_end();
}
END_TEST

START_TEST(full_table_decides_without_memory)
{
	u32 a, cpu;

	begin(2);
	for (u32 i = 0; i < 2; i++) {
		a = add(SPI + i, RSS_NO_CPU);
		is(subject_esp(SPI + i), RSS_POLICY, 0);
		subject_delete(a);
	}
	a = add(SPI + 2, 1);
	is(subject_esp(SPI + 2), RSS_OWNER, 1);
	set_online(1, false);
	ck_assert_uint_eq(subject_esp(SPI + 2).reason, RSS_OWNER_UNAVAILABLE);
	set_online(1, true);
	set_owner(a, RSS_NO_CPU);
	cpu = subject_esp(SPI + 2).cpu;
	ck_assert_uint_lt(cpu, 2);
	for (u32 i = 0; i < 10; i++)
		is(subject_esp(SPI + 2), RSS_POLICY, cpu);
	set_policy(RSS_HASH);
	is(subject_esp(SPI + 2), RSS_POLICY, cpu);
	subject.twin.config.fixed_cpu = !cpu;
	set_policy(RSS_FIXED);
	is(subject_esp(SPI + 2), RSS_POLICY, !cpu);
	set_policy(RSS_PASS);
	is(subject_esp(SPI + 2), RSS_POLICY, RSS_NO_CPU);
	subject_audit();
	subject_end();
}
END_TEST

START_TEST(trial_ends_by_itself)
{
	struct rss_config *c;

	begin(0);
	c = rss_prog_config(subject.prog);
	add(SPI, 0);
	is(subject_esp(SPI), RSS_OWNER, 0);
	c->steer_until = now() + 3600 * SECOND;
	is(subject_program_esp(SPI), RSS_OWNER, 0);
	c->steer_until = now();
	is(subject_program_esp(SPI), RSS_SWITCHED_OFF, RSS_NO_CPU);
	c->steer_until = now() - SECOND;
	is(subject_program_esp(SPI), RSS_SWITCHED_OFF, RSS_NO_CPU);
	subject.twin.config.steer_until = RSS_OFF;
	subject_sync();
	is(subject_esp(SPI), RSS_SWITCHED_OFF, RSS_NO_CPU);
	subject.twin.config.steer_until = RSS_ON;
	subject_sync();
	is(subject_esp(SPI), RSS_OWNER, 0);
	subject_end();
}
END_TEST

/* Marks are tried in their order, and an SA whose mark is not among them is not found. */
START_TEST(marks_are_tried)
{
	static const struct {
		u32 mark, mask, owner;
	} all[] = {{1, 0xff, 0}, {2, 0xff, 1}, {0x30, 0xf0, 0}, {5, 0xffffffff, 1}};

	subject_begin(RSS_LOOKUP_KFUNC, 0);
	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		struct twin_state x = esp_state(4, SPI + i, all[i].owner);

		x.mark = all[i].mark;
		x.mask = all[i].mask;
		subject_add(&x);
		is(subject_esp(SPI + i), RSS_UNKNOWN_SA, RSS_NO_CPU);
	}
	subject.twin.config.nr_marks = 4;
	memcpy(subject.twin.config.marks, (u32[]){1, 0x32, 2, 0}, 16);
	subject_sync();
	is(subject_esp(SPI), RSS_OWNER, 0);
	is(subject_esp(SPI + 1), RSS_OWNER, 1);
	is(subject_esp(SPI + 2), RSS_OWNER, 0);
	is(subject_esp(SPI + 3), RSS_UNKNOWN_SA, RSS_NO_CPU);
	subject.twin.config.nr_marks = 1;
	subject_sync();
	is(subject_esp(SPI + 1), RSS_UNKNOWN_SA, RSS_NO_CPU);
	subject_audit();
	subject_end();
}
END_TEST

START_TEST(offloaded_sa_passes)
{
	u32 i;

	begin(0);
	i = add(SPI, 1);
	subject.twin.state[i].info.offloaded = 1;
	subject_change(i);
	is(subject_esp(SPI), RSS_OFFLOADED, RSS_NO_CPU);
	/* Decided for each packet. */
	subject.twin.state[i].info.offloaded = 0;
	subject_change(i);
	is(subject_esp(SPI), RSS_OWNER, 1);
	subject.twin.state[i].info.offloaded = 1;
	subject_change(i);
	is(subject_esp(SPI), RSS_OFFLOADED, RSS_NO_CPU);
	subject_audit();
	subject_end();
}
END_TEST

/* The CPU has been closed in the cpumap by the time its packet comes. */
START_TEST(cpu_without_a_queue_passes)
{
	begin(0);
	subject.twin.cpu[3].online = true;
	subject_sync();
	add(SPI, 3);
	is(subject_esp(SPI), RSS_OWNER, RSS_NO_CPU);
	subject_audit();
	subject_end();
}
END_TEST

TCase *change_case(void)
{
	TCase *tc = tcase_create("change");

	tcase_set_timeout(tc, 60);
	/* What needs two CPUs; the user engine always has them. */
	if (subject_queues() == 2) {
		tcase_add_test(tc, owner_change_waits_until_quiet);
		tcase_add_test(tc, quiet_is_measured_from_the_last_packet);
		tcase_add_test(tc, change_waits_until_the_queue_is_drained);
		tcase_add_test(tc, wrong_counts_hold_for_a_while);
		tcase_add_test(tc, owner_goes_offline_and_comes_back);
		tcase_add_test(tc, owner_wins_over_the_policy);
		tcase_add_test(tc, balance_counts_sas);
		tcase_add_test(tc, owners_count);
		tcase_add_test(tc, hash_steps_over_offline_cpus);
		tcase_add_test(tc, policy_keeps_to_its_cpus);
		tcase_add_test(tc, wish_is_followed_when_quiet);
		tcase_add_test(tc, rekey_takes_the_cpu_of_the_predecessor);
		tcase_add_test(tc, rekey_is_within_a_group);
		tcase_add_test(tc, replaced_sa_is_not_counted_again);
		tcase_add_test(tc, groups_are_bounded);
		tcase_add_test(tc, full_table_decides_without_memory);
		/* A map knows no marks, and without owners there is nothing to tell the SAs by. */
		if (has_kfunc && has_owners)
			tcase_add_test(tc, marks_are_tried);
		tcase_add_test(tc, offloaded_sa_passes);
	}
	tcase_add_test(tc, trial_ends_by_itself);
	tcase_add_test(tc, cpu_without_a_queue_passes);
	return tc;
}
