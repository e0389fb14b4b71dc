// SPDX-License-Identifier: BSD-2-Clause
#include "rss/speed.h"

#include <arpa/inet.h>

#include "suites.h"

static struct rss_cpu_status cpus[2][2];
static struct rss_sa_status sas[2][3];
static struct rss_status looks[2];

static void setup(void)
{
	for (u32 look = 0; look < 2; look++) {
		for (u32 i = 0; i < 2; i++)
			cpus[look][i] = (struct rss_cpu_status){.cpu = i, .open = true};
		for (u32 i = 0; i < 3; i++) {
			sas[look][i] = (struct rss_sa_status){0};
			sas[look][i].key.spi = htonl(i + 1);
			sas[look][i].sa.first_seen = 7;
		}
		looks[look] = (struct rss_status){
			.cpus = cpus[look], .nr_cpus = 2, .sas = sas[look], .nr_sas = 3};
	}
}

START_TEST(rates)
{
	struct rss_speeds s;

	cpus[0][1].steered = (struct rss_count){1000, 100000};
	cpus[1][1].steered = (struct rss_count){3000, 300000};
	cpus[0][0].queue.dropped = 5;
	cpus[1][0].queue.dropped = 15;
	cpus[1][0].queue.kthread_dropped = 4;
	looks[0].reasons[RSS_OWNER].packets = 1000;
	looks[1].reasons[RSS_OWNER].packets = 3000;
	looks[1].reasons[RSS_NOT_IPSEC] = (struct rss_count){10, 600};
	/* They are sorted by packets, so that they change places. */
	sas[0][0].sa.packets = 500;
	sas[1][2] = sas[0][0];
	sas[1][2].sa.packets = 700;
	sas[1][0] = sas[0][2];
	sas[1][0].sa.packets = 2000;
	ck_assert_int_eq(rss_speeds_make(&looks[0], &looks[1], 2, &s), 0);
	ck_assert_double_eq(s.cpus[0].packets, 0);
	ck_assert_double_eq(s.cpus[1].packets, 1000);
	ck_assert_double_eq(s.cpus[1].bytes, 100000);
	ck_assert_double_eq(s.drops[0], 7);
	ck_assert_double_eq(s.dropped, 7);
	ck_assert_double_eq(s.steered.packets, 1000);
	ck_assert_double_eq(s.passed.packets, 5);
	ck_assert_double_eq(s.reasons[RSS_OWNER].packets, 1000);
	ck_assert_double_eq(s.reasons[RSS_NOT_IPSEC].bytes, 300);
	ck_assert_double_eq(s.sas[2].packets, 100);
	ck_assert_double_eq(s.sas[0].packets, 1000);
	rss_speeds_free(&s);
}
END_TEST

START_TEST(beginnings)
{
	struct rss_speeds s;

	/* Without an earlier look nothing is known. */
	cpus[1][0].steered.packets = 900;
	ck_assert_int_eq(rss_speeds_make(NULL, &looks[1], 1, &s), 0);
	ck_assert_double_eq(s.steered.packets, 0);
	rss_speeds_free(&s);
	/* Nor in no time. */
	ck_assert_int_eq(rss_speeds_make(&looks[0], &looks[1], 0, &s), 0);
	ck_assert_double_eq(s.cpus[0].packets, 0);
	rss_speeds_free(&s);
	/* New counters: an instance that was attached anew, with a CPU more. */
	cpus[0][0].steered.packets = 5000;
	cpus[1][1].steered.packets = 30;
	looks[0].nr_cpus = 1;
	/* An SA of the same key that was seen first at another time is another. */
	sas[0][1].sa.packets = 100;
	sas[1][1].sa.packets = 150;
	sas[1][1].sa.first_seen = 9;
	looks[0].nr_sas = 2;
	sas[1][2].sa.packets = 40;
	ck_assert_int_eq(rss_speeds_make(&looks[0], &looks[1], 1, &s), 0);
	ck_assert_double_eq(s.cpus[0].packets, 900);
	ck_assert_double_eq(s.cpus[1].packets, 30);
	ck_assert_double_eq(s.sas[1].packets, 150);
	ck_assert_double_eq(s.sas[2].packets, 40);
	rss_speeds_free(&s);
}
END_TEST

TCase *speed_case(void)
{
	TCase *t = tcase_create("speed");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, rates);
	tcase_add_test(t, beginnings);
	return t;
}
