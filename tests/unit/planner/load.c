// SPDX-License-Identifier: BSD-2-Clause
#include "rss/load.h"
#include "suites.h"

#define SECOND 1000000000ull

START_TEST(rates)
{
	struct rss_rate r = {0};
	u64 counter = 0;

	rss_rate_update(&r, counter += 1000, SECOND);
	ck_assert_double_eq_tol(r.per_second, 1000, 1e-9);
	rss_rate_update(&r, counter += 500, SECOND / 2);
	ck_assert_double_eq_tol(r.per_second, 1000, 1e-9);
	/* Silence: half after two to three seconds, and never below nothing. */
	rss_rate_update(&r, counter, SECOND);
	rss_rate_update(&r, counter, SECOND);
	ck_assert_double_gt(r.per_second, 500);
	rss_rate_update(&r, counter, SECOND);
	ck_assert_double_lt(r.per_second, 500);
	ck_assert_double_gt(r.per_second, 0);
	/* No time has gone by: nothing changes. */
	rss_rate_update(&r, counter + 1000000, 0);
	ck_assert_double_lt(r.per_second, 500);
	/* The counter begins anew. */
	rss_rate_update(&r, 10, SECOND);
	ck_assert_double_ge(r.per_second, 0);
	ck_assert_double_lt(r.per_second, 500);
}
END_TEST

START_TEST(moves)
{
	static const u32 cpus[] = {0, 1};
	struct rss_load_sa sas[] = {
		{.cpu = 0, .movable = true, .rate = 60},
		{.cpu = 0, .movable = true, .rate = 40},
		{.cpu = 1, .movable = true, .rate = 10},
	};
	double load[] = {100, 10};

	/* 60 and 50 is better than 40 and 70. */
	ck_assert_uint_eq(rss_load_balance(sas, 3, cpus, 2, load), 1);
	ck_assert(sas[1].moved && sas[1].cpu == 1);
	ck_assert(!sas[0].moved && !sas[2].moved);
	ck_assert_double_eq_tol(load[0], 60, 1e-9);
	ck_assert_double_eq_tol(load[1], 50, 1e-9);
}
END_TEST

START_TEST(stays)
{
	static const u32 cpus[] = {0, 1, 2};
	struct rss_load_sa sas[] = {
		{.cpu = 0, .movable = true, .rate = 100}, /* alone: to move it is no relief */
		{.cpu = 1, .movable = false, .rate = 50}, /* has an owner */
		{.cpu = 1, .movable = true, .rate = 2},	  /* not worth it */
	};
	double load[] = {100, 52, 0};

	ck_assert_uint_eq(rss_load_balance(sas, 3, cpus, 3, load), 0);
	ck_assert_double_eq_tol(load[0], 100, 1e-9);
	load[0] = load[1] = load[2] = 0;
	ck_assert_uint_eq(rss_load_balance(sas, 0, cpus, 3, load), 0);
	/* A CPU that the policy does not give out is none to move to. */
	load[0] = 100;
	sas[0] = (struct rss_load_sa){.cpu = 0, .movable = true, .rate = 50};
	sas[1] = sas[0];
	ck_assert_uint_eq(rss_load_balance(sas, 2, cpus, 1, load), 0);
	ck_assert_uint_eq(rss_load_balance(sas, 2, cpus, 3, load), 1);
}
END_TEST

START_TEST(bounded)
{
	struct rss_load_sa sas[200];
	static const u32 cpus[] = {0, 1, 2, 3};
	double load[] = {2000, 0, 0, 0};

	for (u32 i = 0; i < ARRAY_SIZE(sas); i++)
		sas[i] = (struct rss_load_sa){.cpu = 0, .movable = true, .rate = 10};
	ck_assert_uint_eq(rss_load_balance(sas, 200, cpus, 4, load), 16);
	ck_assert_double_eq_tol(load[0], 1840, 1e-9);
	ck_assert_double_eq_tol(load[1] + load[2] + load[3], 160, 1e-9);
	/* Again and again: until a quarter above the mean is left. */
	for (u32 i = 0; i < 20; i++) {
		for (u32 j = 0; j < ARRAY_SIZE(sas); j++)
			sas[j].moved = false;
		rss_load_balance(sas, 200, cpus, 4, load);
	}
	ck_assert_double_le(load[0], 500 * 1.25);
	/* Crumbs are left alone. */
	for (u32 i = 0; i < ARRAY_SIZE(sas); i++)
		sas[i] = (struct rss_load_sa){.cpu = 0, .movable = true, .rate = 1};
	load[0] = 2000;
	load[1] = load[2] = load[3] = 0;
	ck_assert_uint_eq(rss_load_balance(sas, 200, cpus, 4, load), 0);
}
END_TEST

START_TEST(patience)
{
	struct rss_patience p = {0};

	ck_assert(!rss_patience_look(&p, false));
	ck_assert(!rss_patience_look(&p, true));
	ck_assert(!rss_patience_look(&p, false));
	ck_assert(!rss_patience_look(&p, true));
	ck_assert(rss_patience_look(&p, true));
	for (u32 i = 0; i < 30; i++) {
		ck_assert_uint_gt(p.resting, 0);
		ck_assert(!rss_patience_look(&p, false));
	}
	ck_assert_uint_eq(p.resting, 0);
}
END_TEST

TCase *load_case(void)
{
	TCase *tc = tcase_create("load");

	tcase_add_test(tc, rates);
	tcase_add_test(tc, moves);
	tcase_add_test(tc, stays);
	tcase_add_test(tc, bounded);
	tcase_add_test(tc, patience);
	return tc;
}
