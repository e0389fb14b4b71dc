// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/ring.h"

#include "suites.h"

static void *item(u64 n)
{
	return (void *)(uintptr_t)n;
}

START_TEST(first_in_first_out)
{
	struct ring r;

	ck_assert_int_eq(ring_init(&r, 8), 0);
	ck_assert_ptr_null(ring_pop(&r));
	/* Many laps, at every fill. */
	for (u64 lap = 0, in = 1, out = 1; lap < 100; lap++) {
		for (u64 n = 0; n <= lap % 8; n++)
			ck_assert(ring_push(&r, item(in++)));
		ck_assert_uint_eq(ring_count(&r), lap % 8 + 1);
		for (u64 n = 0; n <= lap % 8; n++)
			ck_assert_ptr_eq(ring_pop(&r), item(out++));
		ck_assert_ptr_null(ring_pop(&r));
		ck_assert_uint_eq(ring_count(&r), 0);
	}
	ring_free(&r);
}
END_TEST

START_TEST(holds_as_many_as_it_is_made_for)
{
	struct ring r;

	ck_assert_int_eq(ring_init(&r, 4), 0);
	for (u64 n = 1; n <= 4; n++)
		ck_assert(ring_push(&r, item(n)));
	ck_assert(!ring_push(&r, item(5)));
	ck_assert_uint_eq(ring_count(&r), 4);
	ck_assert_ptr_eq(ring_pop(&r), item(1));
	ck_assert(ring_push(&r, item(5)));
	ck_assert(!ring_push(&r, item(6)));
	for (u64 n = 2; n <= 5; n++)
		ck_assert_ptr_eq(ring_pop(&r), item(n));
	ck_assert_ptr_null(ring_pop(&r));
	ring_free(&r);
}
END_TEST

TCase *ring_case(void)
{
	TCase *tc = tcase_create("ring");

	tcase_add_test(tc, first_in_first_out);
	tcase_add_test(tc, holds_as_many_as_it_is_made_for);
	return tc;
}
