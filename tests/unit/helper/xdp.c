// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "suites.h"

/* The answers in this file are those of Linux 6.18 to the same calls on the same packet. */
START_TEST(adjusting)
{
	u32 more = XDP_PAGE_DATA - PACKET_LEN;

	ck_assert_int_eq(CALL2(xdp_adjust_head, fx.xdp, -217), -EINVAL);
	ck_assert_int_eq(CALL2(xdp_adjust_head, fx.xdp, -216), 0);
	ck_assert_int_eq(CALL2(xdp_adjust_head, fx.xdp, -1), -EINVAL);
	ck_assert_int_eq(CALL2(xdp_adjust_head, fx.xdp, 216), 0);
	ck_assert_int_eq(CALL2(xdp_adjust_head, fx.xdp, 46), 0);
	ck_assert_int_eq(CALL2(xdp_adjust_head, fx.xdp, 1), -EINVAL);
	ck_assert_int_eq(CALL2(xdp_adjust_head, fx.xdp, -46), 0);
	ck_assert_int_eq(CALL2(xdp_adjust_tail, fx.xdp, more + 1), -EINVAL);
	ck_assert_int_eq(CALL2(xdp_adjust_tail, fx.xdp, more), 0);
	ck_assert_int_eq(CALL1(xdp_get_buff_len, fx.xdp), 3520);
	ck_assert_int_eq(CALL2(xdp_adjust_tail, fx.xdp, -more), 0);
	ck_assert_int_eq(CALL2(xdp_adjust_tail, fx.xdp, -47), -EINVAL);
	ck_assert_int_eq(CALL2(xdp_adjust_tail, fx.xdp, -46), 0);
	ck_assert_int_eq(CALL2(xdp_adjust_meta, fx.xdp, 4), -EINVAL);
	ck_assert_int_eq(CALL2(xdp_adjust_meta, fx.xdp, -3), -EACCES);
	ck_assert_int_eq(CALL2(xdp_adjust_meta, fx.xdp, -256), -EINVAL);
	ck_assert_int_eq(CALL2(xdp_adjust_meta, fx.xdp, -252), -EINVAL);
	ck_assert_int_eq(CALL2(xdp_adjust_meta, fx.xdp, -212), 0);
	ck_assert_int_eq(CALL2(xdp_adjust_head, fx.xdp, -4), 0);
	ck_assert_int_eq(CALL2(xdp_adjust_head, fx.xdp, -5), -EINVAL);
	ck_assert_int_eq(CALL2(xdp_adjust_meta, fx.xdp, 212), 0);
	ck_assert_int_eq(CALL2(xdp_adjust_meta, fx.xdp, 4), -EINVAL);
}
END_TEST

START_TEST(bytes)
{
	u8 b[8];

	ck_assert_int_eq(CALL4(xdp_load_bytes, fx.xdp, 0, b, 8), 0);
	ck_assert_mem_eq(b, fx.packet, 8);
	ck_assert_int_eq(CALL4(xdp_load_bytes, fx.xdp, 53, b, 8), -EINVAL);
	ck_assert_int_eq(CALL4(xdp_load_bytes, fx.xdp, 0x10000, b, 8), -EFAULT);
	ck_assert_int_eq(CALL4(xdp_load_bytes, fx.xdp, (u32)-1, b, 8), -EFAULT);
	ck_assert_int_eq(CALL4(xdp_load_bytes, fx.xdp, 52, b, 8), 0);
	ck_assert_int_eq(CALL4(xdp_store_bytes, fx.xdp, 4, b, 8), 0);
	ck_assert_mem_eq((u8 *)fx.xdp->buff.data + 4, fx.packet + 52, 8);
	ck_assert_int_eq(CALL4(xdp_store_bytes, fx.xdp, 53, b, 8), -EINVAL);
	ck_assert_int_eq(CALL4(xdp_store_bytes, fx.xdp, 0xffff, b, 8), -EINVAL);
}
END_TEST

TCase *xdp_case(void)
{
	TCase *tc = tcase_create("xdp");

	tcase_add_checked_fixture(tc, fixture_begin_xdp, fixture_end);
	tcase_add_test(tc, adjusting);
	tcase_add_test(tc, bytes);
	return tc;
}
