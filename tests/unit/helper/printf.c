// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "suites.h"

static const char hello[] = "hello";
static const u8 ipv4[4] = {127, 0, 0, 1};
static const u8 ipv6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
#define A(p) (u64)(uintptr_t)(p)

/* What Linux 6.18 wrote. */
static const struct {
	const char *fmt;
	u64 args[5];
	const char *text;
} formats[] = {
	{"%d %i %u %x %X", {(u64)-5, (u64)-6, (u64)-7, 255, 255}, "-5 -6 4294967289 ff FF"},
	{"%ld %lu %lx %lld", {(u64)-5, (u64)-6, 255, (u64)-1}, "-5 18446744073709551610 ff -1"},
	{"%s|%10s|%-10s|%05s|%3s",
	 {A(hello), A(hello), A(hello), A(hello), A(hello)},
	 "hello|     hello|hello     |hello|hello"},
	{"%5d|%-5d|%05d|%+d|% d", {42, 42, 42, 42, 42}, "   42|42   |00042|+42| 42"},
	{"%c|%5c|%-5c|", {'a', 'b', 'c'}, "a|    b|c    |"},
	{"%p|%px|%pK", {0, 0x1234, 0}, "0000000000000000|0000000000001234|0000000000000000"},
	{"%pI4 %pi4 %pI6 %pi6",
	 {A(ipv4), A(ipv4), A(ipv6), A(ipv6)},
	 "127.0.0.1 127.000.000.001 2001:0db8:0000:0000:0000:0000:0000:0001 "
	 "20010db8000000000000000000000001"},
	{"%pI4foo %pI6c|%20pI4|%-20pI4|",
	 {A(ipv4), A(ipv6), A(ipv4), A(ipv4)},
	 "127.0.0.1 2001:0db8:0000:0000:0000:0000:0000:0001|127.0.0.1|127.0.0.1|"},
	{"%ps %pS %pB", {0x1234, 0x1234, 0x1234}, "0x1234 0x1234 0x1234"},
	{"100%% %d%%", {5}, "100% 5%"},
	{"%s|%pks|%pus|%s", {0, A(hello), A(hello), 0x10}, "|hello||"},
	{"%pxab|%20px|%-20px|%5px",
	 {0x1234, 0x1234, 0x1234, 0x1234},
	 "0000000000001234|                1234|1234                | 1234"},
	{"%0+5d|%+05d|%-05d|%0-5d|% 05d", {42, 42, 42, 42, 42}, "+0042|+0042|42   |42   | 0042"},
	{"%08x|%8x|%-8x|%8lx", {0xabc, 0xabc, 0xabc, 0xabc}, "00000abc|     abc|abc     |     abc"},
	{"%d", {0x1234567890}, "878082192"},
	{"%x", {0xffffffffff}, "ffffffff"},
	{"%lx", {0xffffffffff}, "ffffffffff"},
	{"%u", {(u64)-1}, "4294967295"},
	{"%dfoo", {1}, "1foo"},
	{"%ca", {'x'}, "xa"},
	{"\xc3\xa9 %d", {1}, "\xc3\xa9 1"},
	{"tab\t and newline\n", {0}, "tab\t and newline\n"},
};

static s64 format(char *out, u32 size, const char *fmt, const u64 *args, u32 nr)
{
	return CALL5(snprintf, out, size, fmt, args, nr * 8);
}

START_TEST(formats_as_the_kernel)
{
	char out[128] = "";

	ck_assert_int_eq(format(out, sizeof(out), formats[_i].fmt, formats[_i].args, 5),
			 (s64)strlen(formats[_i].text) + 1);
	ck_assert_str_eq(out, formats[_i].text);
	ck_assert_int_eq(helper_check_format(formats[_i].fmt, 5), 0);
}
END_TEST

static const char *const refused[] = {
	"%hd",	 "%",  "%d %d %d %d", "%pX",  "%pa", "%sx",	   "%f",	 "%#x",	  "%.3s",
	"%llld", "%z", "%p5",	      "%pI5", "%5",  "%lp",	   "\x01",	 "%pksx", "%pk",
	"%5%",	 "%n", "%o",	      "%*d",  "%l",  "%s\xc3\xa9", "%p\xc3\xa9",
};

START_TEST(refused_as_by_the_kernel)
{
	u64 args[3] = {A(hello), A(hello), A(hello)};
	char out[64] = "untouched";

	ck_assert_int_eq(format(out, sizeof(out), refused[_i], args, 3), -EINVAL);
	ck_assert_str_eq(out, "untouched");
	ck_assert_int_eq(helper_check_format(refused[_i], 3), -EINVAL);
}
END_TEST

START_TEST(lengths)
{
	u64 args[2] = {A(hello), 12345};
	char out[16];

	/* the length is that of the whole text with its NUL, whatever fits */
	ck_assert_int_eq(format(out, 10, "%s long text here %d", args, 2), 27);
	ck_assert_str_eq(out, "hello lon");
	ck_assert_int_eq(format(out, 1, "%d", args + 1, 1), 6);
	ck_assert_str_eq(out, "");
	ck_assert_int_eq(format(NULL, 0, "%d", args + 1, 1), 6);
	ck_assert_int_eq(CALL5(snprintf, out, sizeof(out), "x", args, 12), -EINVAL);
	ck_assert_int_eq(CALL5(snprintf, out, sizeof(out), "x", args, 104), -EINVAL);
	ck_assert_int_eq(CALL5(snprintf, out, sizeof(out), "x", NULL, 8), -EINVAL);
	ck_assert_int_eq(format(out, sizeof(out), "%99999999999d", args + 1, 1), 8388608);
	ck_assert_int_eq(helper_check_format("x", 13), -EINVAL);
}
END_TEST

/* Arguments that are turned into text share 512 bytes. */
START_TEST(staging)
{
	char big[700], out[1024];
	u64 args[5] = {A(big), A(hello), A(big), 5, 'c'};

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ck_assert_int_eq(format(out, sizeof(out), "%s", args, 1), 512);
	ck_assert_int_eq(format(out, sizeof(out), "%s%s", args, 2), -ENOSPC);
	ck_assert_int_eq(format(out, sizeof(out), "%s%pI4", args, 2), -ENOSPC);
	ck_assert_int_eq(format(out, sizeof(out), "%s%c", args, 2), -ENOSPC);
	ck_assert_int_eq(format(out, sizeof(out), "%s%d", args, 2), -ENOSPC);
	ck_assert_int_eq(format(out, sizeof(out), "%2$s", args, 2), -EINVAL);
	ck_assert_int_eq(format(out, sizeof(out), "%s%s%d%c", args + 1, 4), -ENOSPC);
	big[480] = '\0';
	ck_assert_int_eq(format(out, sizeof(out), "%s%s%d%c", args + 1, 4), 5 + 480 + 2 + 1);
}
END_TEST

START_TEST(pointers_are_hashed)
{
	u64 args[3] = {A(hello), A(hello), A(ipv4)};
	char out[64], again[64];

	ck_assert_int_eq(format(out, sizeof(out), "%p", args, 1), 17);
	ck_assert_int_eq(format(again, sizeof(again), "%p", args + 1, 1), 17);
	ck_assert_str_eq(out, again);
	ck_assert_mem_eq(out, "00000000", 8);
	ck_assert_int_eq(format(again, sizeof(again), "%p", args + 2, 1), 17);
	ck_assert_str_ne(out, again);
}
END_TEST

static char traced[256];

static void sink(const char *line, void *arg)
{
	ck_assert_str_eq(arg, "arg");
	snprintf(traced, sizeof(traced), "%s", line);
}

START_TEST(tracing)
{
	static const char one[] = "x %d\n", four[] = "%d %d %d %d", plain[] = "abc";
	u64 args[2] = {1, 2};

	helper_trace_sink = sink;
	helper_trace_arg = "arg";
	ck_assert_int_eq(CALL3(trace_printk, one, sizeof(one), 7), 4);
	ck_assert_str_eq(traced, "x 7");
	ck_assert_int_eq(CALL5(trace_printk, four, sizeof(four), 1, 2, 3), -EINVAL);
	ck_assert_int_eq(CALL2(trace_printk, plain, 3), -EINVAL);
	ck_assert_int_eq(CALL2(trace_printk, plain, 4), 3);
	ck_assert_int_eq(CALL3(trace_printk, one, sizeof(one) - 3, 1), -EINVAL);
	ck_assert_int_eq(CALL4(trace_vprintk, four, sizeof(four), args, 16), -EINVAL);
	ck_assert_int_eq(CALL4(trace_vprintk, one, sizeof(one), args, 12), -EINVAL);
	ck_assert_int_eq(CALL4(trace_vprintk, one, sizeof(one), args, 8), 4);
	ck_assert_str_eq(traced, "x 1");
	ck_assert_int_eq(CALL4(trace_vprintk, plain, 4, NULL, 0), 3);
	ck_assert_str_eq(traced, "abc");
	helper_trace_sink = NULL;
}
END_TEST

TCase *printf_case(void)
{
	TCase *tc = tcase_create("printf");

	tcase_add_checked_fixture(tc, fixture_begin_xdp, fixture_end);
	tcase_add_loop_test(tc, formats_as_the_kernel, 0, ARRAY_SIZE(formats));
	tcase_add_loop_test(tc, refused_as_by_the_kernel, 0, ARRAY_SIZE(refused));
	tcase_add_test(tc, lengths);
	tcase_add_test(tc, staging);
	tcase_add_test(tc, pointers_are_hashed);
	tcase_add_test(tc, tracing);
	return tc;
}
