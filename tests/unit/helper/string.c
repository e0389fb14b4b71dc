// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "suites.h"

/* What Linux 6.18 returned, and stored. */
static const struct {
	const char *text;
	u64 flags;
	s64 l, l_value;
	s64 ul;
	u64 ul_value;
} numbers[] = {
	{"123", 0, 3, 123, 3, 123},
	{" \t-0x1f", 0, 7, -31, -EINVAL, 0},
	{"0777", 0, 4, 511, 4, 511},
	{"0x", 16, -EINVAL, 0, -EINVAL, 0},
	{"0x", 0, 1, 0, 1, 0},
	{"abc", 16, 3, 2748, 3, 2748},
	{"9223372036854775808", 10, -ERANGE, 0, 19, 1ull << 63},
	{"-9223372036854775808", 10, 20, S64_MIN, -EINVAL, 0},
	{"18446744073709551616", 10, -ERANGE, 0, -ERANGE, 0},
	{"12", 3, -EINVAL, 0, -EINVAL, 0},
	{"-", 0, -EINVAL, 0, -EINVAL, 0},
	{"  ", 0, -EINVAL, 0, -EINVAL, 0},
	{"12ab", 10, 2, 12, 2, 12},
	{"08", 0, 1, 0, 1, 0},
	{"0xg", 0, 1, 0, 1, 0},
	{"0x1", 10, 1, 0, 1, 0},
	{"12", 0x20, -EINVAL, 0, -EINVAL, 0},
	{"-9223372036854775809", 10, -ERANGE, 0, -EINVAL, 0},
	{"0000000000000000000000000000000000000000000000000000000000000000000001", 10, 63, 0, 63,
	 0},
	{"+5", 10, -EINVAL, 0, -EINVAL, 0},
	{"0", 0, 1, 0, 1, 0},
	{"0x0", 0, 3, 0, 3, 0},
	{"0X1F", 16, 4, 31, 4, 31},
};

START_TEST(numbers_as_the_kernel)
{
	const char *text = numbers[_i].text;
	s64 value = 77;
	u64 uvalue = 77;

	ck_assert_int_eq(CALL4(strtol, text, strlen(text), numbers[_i].flags, &value),
			 numbers[_i].l);
	ck_assert_int_eq(value, numbers[_i].l_value);
	ck_assert_int_eq(CALL4(strtoul, text, strlen(text), numbers[_i].flags, &uvalue),
			 numbers[_i].ul);
	ck_assert_uint_eq(uvalue, numbers[_i].ul_value);
}
END_TEST

START_TEST(comparing)
{
	ck_assert_int_eq(CALL3(strncmp, "abc", 3, "abd"), -1);
	ck_assert_int_eq(CALL3(strncmp, "abd", 3, "abc"), 1);
	ck_assert_int_eq(CALL3(strncmp, "abc", 2, "abd"), 0);
	ck_assert_int_eq(CALL3(strncmp, "abc\0x", 5, "abc\0y"), 0);
	ck_assert_int_eq(CALL3(strncmp, "\xff", 1, "a"), 1);
	ck_assert_int_eq(CALL3(strncmp, "abc", 3, "abcdef"), 0);
}
END_TEST

TCase *string_case(void)
{
	TCase *tc = tcase_create("string");

	tcase_add_checked_fixture(tc, fixture_begin_xdp, fixture_end);
	tcase_add_loop_test(tc, numbers_as_the_kernel, 0, ARRAY_SIZE(numbers));
	tcase_add_test(tc, comparing);
	return tc;
}
