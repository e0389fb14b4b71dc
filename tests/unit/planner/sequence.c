// SPDX-License-Identifier: BSD-2-Clause
#include "rss/sequence.h"
#include "suites.h"

static void see(struct rss_sequence *s, u32 number)
{
	ck_assert_int_eq(rss_sequence_see(s, number), 0);
}

START_TEST(in_order)
{
	struct rss_sequence s;

	rss_sequence_init(&s, 32);
	for (u32 i = 1; i < 1000; i++)
		see(&s, i);
	ck_assert_uint_eq(s.top, 999);
	ck_assert_uint_eq(s.inversions + s.late + s.repeated + s.furthest, 0);
	rss_sequence_fini(&s);
}
END_TEST

START_TEST(behind)
{
	struct rss_sequence s;

	rss_sequence_init(&s, 32);
	see(&s, 100);
	see(&s, 69); /* the window's last place */
	ck_assert_uint_eq(s.inversions, 1);
	ck_assert_uint_eq(s.late, 0);
	see(&s, 68);
	ck_assert_uint_eq(s.inversions, 2);
	ck_assert_uint_eq(s.late, 1);
	ck_assert_uint_eq(s.furthest, 32);
	see(&s, 99);
	ck_assert_uint_eq(s.repeated, 0);
	see(&s, 99);
	see(&s, 100);
	ck_assert_uint_eq(s.repeated, 2);
	/* The same number as the highest is not below it. */
	ck_assert_uint_eq(s.inversions, 4);
	/* What leaves the window and comes round again has not been seen. */
	see(&s, 100 + 64);
	see(&s, 99 + 64);
	ck_assert_uint_eq(s.repeated, 2);
	see(&s, 5000);
	see(&s, 4999);
	ck_assert_uint_eq(s.repeated, 2);
	rss_sequence_fini(&s);
}
END_TEST

/* The lower half of an extended sequence number. */
START_TEST(wraps)
{
	struct rss_sequence s;

	rss_sequence_init(&s, 64);
	see(&s, 0xfffffffe);
	see(&s, 0xffffffff);
	see(&s, 1);
	see(&s, 0);
	ck_assert_uint_eq(s.top, 1);
	ck_assert_uint_eq(s.inversions, 1);
	ck_assert_uint_eq(s.furthest, 1);
	see(&s, 0xffffffff);
	ck_assert_uint_eq(s.repeated, 1);
	ck_assert_uint_eq(s.furthest, 2);
	rss_sequence_fini(&s);
}
END_TEST

START_TEST(windows)
{
	struct rss_sequence s;

	/* None: nothing is dropped as late; repeats still show. */
	rss_sequence_init(&s, 0);
	see(&s, 1000);
	see(&s, 1);
	see(&s, 1000);
	ck_assert_uint_eq(s.late, 0);
	ck_assert_uint_eq(s.inversions, 1);
	ck_assert_uint_eq(s.repeated, 1);
	rss_sequence_fini(&s);
	/* The largest, and one that is no power of two. */
	rss_sequence_init(&s, 4096);
	see(&s, 5000);
	see(&s, 5000 - 4095);
	see(&s, 5000 - 4096);
	ck_assert_uint_eq(s.late, 1);
	rss_sequence_fini(&s);
	rss_sequence_init(&s, 100);
	see(&s, 5000);
	see(&s, 5000 - 99);
	see(&s, 5000 - 99);
	see(&s, 5000 - 100);
	ck_assert_uint_eq(s.late, 1);
	ck_assert_uint_eq(s.repeated, 1);
	rss_sequence_fini(&s);
}
END_TEST

TCase *sequence_case(void)
{
	TCase *tc = tcase_create("sequence");

	tcase_add_test(tc, in_order);
	tcase_add_test(tc, behind);
	tcase_add_test(tc, wraps);
	tcase_add_test(tc, windows);
	return tc;
}
