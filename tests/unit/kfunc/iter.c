// SPDX-License-Identifier: BSD-2-Clause
#include "object/run.h"
#include "suites.h"

static s64 sum_of(s32 start, s32 end, u32 *count)
{
	u64 it = ~0ull;
	s64 sum = 0;
	s32 *p;

	ck_assert_int_eq(INT(CALL3("bpf_iter_num_new", &it, start, end)), 0);
	for (*count = 0; (p = (s32 *)CALL1("bpf_iter_num_next", &it)); ++*count)
		sum += *p;
	/* drained for good */
	ck_assert_ptr_null((void *)CALL1("bpf_iter_num_next", &it));
	CALL1("bpf_iter_num_destroy", &it);
	return sum;
}

START_TEST(numbers)
{
	u32 count;

	ck_assert_int_eq(sum_of(0, 10, &count), 45);
	ck_assert_uint_eq(count, 10);
	ck_assert_int_eq(sum_of(-5, 5, &count), -5);
	ck_assert_uint_eq(count, 10);
	ck_assert_int_eq(sum_of(3, 3, &count), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(sum_of(S32_MIN, S32_MIN + 2, &count), 2ll * S32_MIN + 1);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(sum_of(S32_MAX - 1, S32_MAX, &count), S32_MAX - 1);
	ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(number_limits)
{
	u64 it;

	ck_assert_uint_eq(CALL3("bpf_iter_num_new", &it, 5, 4), (u32)-EINVAL);
	ck_assert_ptr_null((void *)CALL1("bpf_iter_num_next", &it));
	ck_assert_int_eq(INT(CALL3("bpf_iter_num_new", &it, 0, (1 << 23) + 1)), -E2BIG);
	ck_assert_ptr_null((void *)CALL1("bpf_iter_num_next", &it));
	ck_assert_int_eq(INT(CALL3("bpf_iter_num_new", &it, S32_MIN, S32_MAX)), -E2BIG);
	ck_assert_int_eq(INT(CALL3("bpf_iter_num_new", &it, 0, 1 << 23)), 0);
}
END_TEST

static bool everything_is_readable(struct run *run, u64 addr, size_t size)
{
	(void)run, (void)addr, (void)size;
	return true;
}

static const struct run_ops ops = {.readable = everything_is_readable};
static struct run run = {.ops = &ops};

static void begin(void)
{
	run_current = &run;
}

static void end(void)
{
	run_current = NULL;
}

START_TEST(bits)
{
	u64 words[3] = {BIT64(0) | BIT64(63), 0, BIT64(5)};
	static const s32 expected[] = {0, 63, 133};
	u64 it[2];
	s32 *p;

	ck_assert_int_eq(INT(CALL3("bpf_iter_bits_new", it, words, 3)), 0);
	for (u32 i = 0; i < ARRAY_SIZE(expected); i++) {
		p = (s32 *)CALL1("bpf_iter_bits_next", it);
		ck_assert_ptr_nonnull(p);
		ck_assert_int_eq(*p, expected[i]);
	}
	ck_assert_ptr_null((void *)CALL1("bpf_iter_bits_next", it));
	ck_assert_ptr_null((void *)CALL1("bpf_iter_bits_next", it));
	CALL1("bpf_iter_bits_destroy", it);
	ck_assert_int_eq(INT(CALL3("bpf_iter_bits_new", it, words, 1)), 0);
	ck_assert_int_eq(*(s32 *)CALL1("bpf_iter_bits_next", it), 0);
	ck_assert_int_eq(*(s32 *)CALL1("bpf_iter_bits_next", it), 63);
	ck_assert_ptr_null((void *)CALL1("bpf_iter_bits_next", it));
	CALL1("bpf_iter_bits_destroy", it);
}
END_TEST

START_TEST(bit_limits)
{
	u64 word = 1, it[2];

	ck_assert_int_eq(INT(CALL3("bpf_iter_bits_new", it, &word, 0)), -EINVAL);
	ck_assert_ptr_null((void *)CALL1("bpf_iter_bits_next", it));
	ck_assert_int_eq(INT(CALL3("bpf_iter_bits_new", it, NULL, 1)), -EINVAL);
	ck_assert_int_eq(INT(CALL3("bpf_iter_bits_new", it, &word, 512)), -E2BIG);
	run_current = NULL;
	ck_assert_int_eq(INT(CALL3("bpf_iter_bits_new", it, &word, 1)), -EFAULT);
	ck_assert_ptr_null((void *)CALL1("bpf_iter_bits_next", it));
	CALL1("bpf_iter_bits_destroy", it);
}
END_TEST

TCase *iter_case(void)
{
	TCase *tc = tcase_create("iter");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, numbers);
	tcase_add_test(tc, number_limits);
	tcase_add_test(tc, bits);
	tcase_add_test(tc, bit_limits);
	return tc;
}
