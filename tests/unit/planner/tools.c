// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>

#include "rss/advice.h"
#include "rss/marks.h"
#include "rss/toeplitz.h"
#include "suites.h"

static struct rss_headers flow(int family, const char *source, u16 sport, const char *dest,
			       u16 dport)
{
	struct rss_headers h = {
		.family = (u16)family,
		.has_ports = true,
		.sport = htons(sport),
		.dport = htons(dport),
	};

	ck_assert_int_eq(inet_pton(family, source, h.source), 1);
	ck_assert_int_eq(inet_pton(family, dest, h.dest), 1);
	return h;
}

/* The examples of the specification. */
START_TEST(toeplitz)
{
	struct rss_headers h = flow(AF_INET, "66.9.149.187", 2794, "161.142.100.80", 1766);

	ck_assert_uint_eq(rss_toeplitz(&h, false), 0x323e8fc2);
	ck_assert_uint_eq(rss_toeplitz(&h, true), 0x51ccc178);
	h = flow(AF_INET, "199.92.111.2", 14230, "65.69.140.83", 4739);
	ck_assert_uint_eq(rss_toeplitz(&h, false), 0xd718262a);
	ck_assert_uint_eq(rss_toeplitz(&h, true), 0xc626b0ea);
	h = flow(AF_INET6, "3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766);
	ck_assert_uint_eq(rss_toeplitz(&h, false), 0x2cc18cd5);
	ck_assert_uint_eq(rss_toeplitz(&h, true), 0x40207d3d);
	/* Without ports, as of a fragment, both are the same. */
	h.has_ports = false;
	ck_assert_uint_eq(rss_toeplitz(&h, true), 0x2cc18cd5);
}
END_TEST

START_TEST(marks)
{
	struct rss_marks m = {0};

	rss_marks_add(&m, 0, 0);
	rss_marks_finish(&m);
	ck_assert_uint_eq(m.nr, 1);
	ck_assert_uint_eq(m.mark[0], 0);

	m = (struct rss_marks){0};
	rss_marks_add(&m, 1, 0xff);
	rss_marks_add(&m, 0, 0);
	rss_marks_add(&m, 1, 0xff);
	rss_marks_add(&m, 0x101, 0xfff); /* would have done for the first as well; order decides */
	rss_marks_finish(&m);
	ck_assert_uint_eq(m.nr, 3);
	ck_assert_uint_eq(m.mark[0], 0);
	ck_assert_uint_eq(m.mark[1], 1);
	ck_assert_uint_eq(m.mark[2], 0x101);
	ck_assert_uint_eq(m.missed, 0);

	m = (struct rss_marks){0};
	for (u32 i = 1; i <= 6; i++)
		rss_marks_add(&m, i, 0xff);
	rss_marks_add(&m, 0, 0);
	rss_marks_finish(&m);
	ck_assert_uint_eq(m.nr, RSS_MAX_MARKS);
	ck_assert_uint_eq(m.mark[0], 1);
	ck_assert_uint_eq(m.missed, 2);
}
END_TEST

START_TEST(spread)
{
	struct rss_tally t[4] = {{1, 100}, {1, 300}, {1, 0}, {1, 0}};
	struct rss_spread s = rss_spread_of(t, 4);

	ck_assert_uint_eq(s.total, 400);
	ck_assert_uint_eq(s.max, 300);
	ck_assert_uint_eq(s.max_cpu, 1);
	ck_assert_double_eq_tol(s.imbalance, 3, 1e-9);
	ck_assert_double_eq_tol(s.speedup, 4.0 / 3, 1e-9);
	memset(t, 0, sizeof(t));
	s = rss_spread_of(t, 4);
	ck_assert_double_eq_tol(s.imbalance, 1, 1e-9);
	ck_assert_double_eq_tol(s.speedup, 1, 1e-9);
}
END_TEST

START_TEST(sizes)
{
	char text[16];

	ck_assert_str_eq(rss_bytes_text(0, text), "0 B");
	ck_assert_str_eq(rss_bytes_text(999, text), "999 B");
	ck_assert_str_eq(rss_bytes_text(1000, text), "1.0 kB");
	ck_assert_str_eq(rss_bytes_text(999949, text), "999.9 kB");
	ck_assert_str_eq(rss_bytes_text(999950, text), "1.0 MB");
	ck_assert_uint_le(strlen(rss_bytes_text(U64_MAX, text)), 8);
}
END_TEST

TCase *tools_case(void)
{
	TCase *tc = tcase_create("tools");

	tcase_add_test(tc, toeplitz);
	tcase_add_test(tc, marks);
	tcase_add_test(tc, spread);
	tcase_add_test(tc, sizes);
	return tc;
}
