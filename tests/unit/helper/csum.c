// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "suites.h"

/* RFC 1071 as it is written: 16-bit words, carries folded at the end. */
static u16 naive_sum(const u8 *p, u32 len)
{
	u64 sum = 0;

	for (u32 i = 0; i < len; i += 2) {
		u16 word = 0;

		memcpy(&word, p + i, min(len - i, 2u));
		sum += word;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

/* Both zeroes of one's complement are one. */
static u16 canonical(u16 sum)
{
	return sum == 0xffff ? 0 : sum;
}

/* What Linux 6.18 returned. */
START_TEST(diff_as_the_kernel)
{
	static const u32 from[4] = {0x01020304, 0xffffffff, 0x12345678, 0};
	static const u32 to[4] = {0xdeadbeef, 1, 0xffff0000, 5};

	ck_assert_int_eq(CALL5(csum_diff, from, 8, to, 8, 0), 39320);
	ck_assert_int_eq(CALL5(csum_diff, NULL, 0, to, 16, 0), 40355);
	ck_assert_int_eq(CALL5(csum_diff, from, 16, NULL, 0, 0), 37709);
	ck_assert_int_eq(CALL5(csum_diff, from, 4, to, 8, 0x12345678), 581);
	ck_assert_int_eq(CALL5(csum_diff, NULL, 0, NULL, 0, 0xabcd1234), 48641);
	ck_assert_int_eq(CALL5(csum_diff, from, 3, to, 8, 0), 39576);
	ck_assert_int_eq(CALL5(csum_diff, from, 8, to, 8, 0xffffffff), 39320);
	ck_assert_int_eq(CALL5(csum_diff, from, 8, NULL, 0, 0xffff), 64505);
	ck_assert_int_eq(CALL5(csum_diff, from, 8, from, 8, 0), 65535);
	ck_assert_int_eq(CALL5(csum_diff, NULL, 0, to, 4, 0), 40349);
}
END_TEST

START_TEST(diff_against_naive)
{
	u8 from[128], to[128];

	srand(1);
	for (u32 round = 0; round < 20000; round++) {
		u32 from_len = (u32)rand() % sizeof(from), to_len = (u32)rand() % sizeof(to);
		u32 seed = (u32)rand() % 0xffff;
		u64 expected;

		for (u32 i = 0; i < sizeof(from); i++) {
			from[i] = (u8)(rand() >> 8);
			to[i] = (u8)(rand() >> 8);
		}
		expected = seed + naive_sum(to, to_len) + (u16)~naive_sum(from, from_len);
		while (expected >> 16)
			expected = (expected & 0xffff) + (expected >> 16);
		ck_assert_uint_eq(
			canonical((u16)CALL5(csum_diff, from, from_len, to, to_len, seed)),
			canonical((u16)expected));
	}
}
END_TEST

static u16 word_at(u32 off)
{
	u16 word;

	memcpy(&word, fx.skb->skb.data + off, 2);
	return word;
}

static void set_word(u32 off, u16 word)
{
	memcpy(fx.skb->skb.data + off, &word, 2);
}

/* What Linux 6.18 made of the same packet. */
START_TEST(replace_as_the_kernel)
{
	ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 24, 0x1122, 0x3344, 2), 0);
	ck_assert_uint_eq(word_at(24), 63221);
	ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 24, 0x11223344, 0x33445566, 4), 0);
	ck_assert_uint_eq(word_at(24), 45745);
	ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 24, 0, 0x1234567, 0), 0);
	ck_assert_uint_eq(word_at(24), 27687);
	ck_assert_int_eq(CALL5(l4_csum_replace, fx.skb, 40, 0x1122, 0x3344, 2 | 0x10), 0);
	ck_assert_uint_eq(word_at(40), 1798);
	ck_assert_int_eq(CALL5(l4_csum_replace, fx.skb, 40, 0, 0x55667788, BPF_F_PSEUDO_HDR), 0);
	ck_assert_uint_eq(word_at(40), 14871);
	set_word(42, 0);
	ck_assert_int_eq(
		CALL5(l4_csum_replace, fx.skb, 42, 0x1122, 0x3344, 2 | BPF_F_MARK_MANGLED_0), 0);
	ck_assert_uint_eq(word_at(42), 0);
	ck_assert_int_eq(CALL5(l4_csum_replace, fx.skb, 42, 0x1122, 0x3344,
			       2 | BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE),
			 0);
	ck_assert_uint_eq(word_at(42), 56797);
	for (u32 size = 0; size <= 4; size += 2) {
		set_word(42, 0xffff);
		ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 42, 0, 0, size), 0);
		ck_assert_uint_eq(word_at(42), 0);
		ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 42, 0, 0, size), 0);
		ck_assert_uint_eq(word_at(42), 0);
	}
}
END_TEST

START_TEST(replace_refuses)
{
	ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 24, 1, 0x1234567, 0), -EINVAL);
	ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 25, 1, 2, 2), -EFAULT);
	ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 600, 1, 2, 2), -EFAULT);
	ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 0x10000, 1, 2, 2), -EFAULT);
	ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 24, 1, 2, 3), -EINVAL);
	ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 24, 1, 2, 0x12), -EINVAL);
	ck_assert_int_eq(CALL5(l4_csum_replace, fx.skb, 42, 0, 0, 0x200), -EINVAL);
	ck_assert_int_eq(CALL5(l4_csum_replace, fx.skb, 42, 0, 0, 0x80 | 2), 0);
	ck_assert_int_eq(CALL5(l4_csum_replace, fx.skb, 59, 0, 0, 2), -EFAULT);
}
END_TEST

/* A checksum that was right before a field changed is right afterwards. */
START_TEST(replace_against_naive)
{
	u8 *ip = fx.skb->skb.data + 14;

	srand(2);
	for (u32 round = 0; round < 5000; round++) {
		u32 size = rand() & 1 ? 2 : 4, field = 12 + 4 * ((u32)rand() & 1);
		u32 to = (u32)rand() * 3, from = 0;
		u16 check;

		set_word(14 + 10, 0);
		check = (u16)~naive_sum(ip, 20);
		set_word(14 + 10, check);
		memcpy(&from, ip + field, size);
		memcpy(ip + field, &to, size);
		ck_assert_int_eq(CALL5(l3_csum_replace, fx.skb, 24, from, to, size), 0);
		ck_assert_uint_eq(canonical(naive_sum(ip, 20)), 0);
	}
}
END_TEST

/* In the order in which Linux 6.18 was asked. */
START_TEST(level)
{
	ck_assert_int_eq(CALL2(csum_update, fx.skb, 5), -ENOTSUPP);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, BPF_CSUM_LEVEL_QUERY), -EACCES);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, BPF_CSUM_LEVEL_INC), 0);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, BPF_CSUM_LEVEL_QUERY), 0);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, BPF_CSUM_LEVEL_INC), 0);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, BPF_CSUM_LEVEL_QUERY), 1);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, BPF_CSUM_LEVEL_DEC), 0);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, BPF_CSUM_LEVEL_QUERY), 0);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, BPF_CSUM_LEVEL_RESET), 0);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, BPF_CSUM_LEVEL_QUERY), -EACCES);
	ck_assert_int_eq(CALL2(csum_level, fx.skb, 9), -EINVAL);
}
END_TEST

TCase *csum_case(void)
{
	TCase *tc = tcase_create("csum");

	tcase_add_checked_fixture(tc, fixture_begin_skb, fixture_end);
	tcase_add_test(tc, diff_as_the_kernel);
	tcase_add_test(tc, diff_against_naive);
	tcase_add_test(tc, replace_as_the_kernel);
	tcase_add_test(tc, replace_refuses);
	tcase_add_test(tc, replace_against_naive);
	tcase_add_test(tc, level);
	return tc;
}
