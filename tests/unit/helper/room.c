// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <linux/if_ether.h>
#include <string.h>

#include "suites.h"

/* The answers in this file are those of Linux 6.18 to the same calls on the same packet. */
#define NET BPF_ADJ_ROOM_NET
#define MAC BPF_ADJ_ROOM_MAC
#define V4  BPF_F_ADJ_ROOM_ENCAP_L3_IPV4
#define V6  BPF_F_ADJ_ROOM_ENCAP_L3_IPV6
#define GRE BPF_F_ADJ_ROOM_ENCAP_L4_GRE
#define UDP BPF_F_ADJ_ROOM_ENCAP_L4_UDP
#define ETH BPF_F_ADJ_ROOM_ENCAP_L2_ETH
#define L2  BPF_F_ADJ_ROOM_ENCAP_L2(14ull)
#define D4  BPF_F_ADJ_ROOM_DECAP_L3_IPV4
#define D6  BPF_F_ADJ_ROOM_DECAP_L3_IPV6

static struct sk_buff *skb(void)
{
	return &fx.skb->skb;
}

static void expect_packet(const u8 *expected, u32 len)
{
	ck_assert_uint_eq(skb()->len, len);
	ck_assert_mem_eq(skb()->data, expected, len);
	ck_assert_ptr_eq(fx.skb->data_end, skb()->data + len);
	ck_assert_ptr_eq(fx.skb->data_meta, skb()->data);
}

START_TEST(tail)
{
	u8 expected[100] = {0};

	ck_assert_int_eq(CALL3(skb_change_tail, fx.skb, 13, 0), -EINVAL);
	ck_assert_int_eq(CALL3(skb_change_tail, fx.skb, 14, 0), 0);
	ck_assert_int_eq(CALL3(skb_change_tail, fx.skb, 100, 0), 0);
	memcpy(expected, fx.packet, 14);
	expect_packet(expected, 100);
	ck_assert_int_eq(CALL3(skb_change_tail, fx.skb, 80, 1), -EINVAL);
	ck_assert_int_eq(CALL3(skb_change_tail, fx.skb, 16065, 0), -EINVAL);
	ck_assert_int_eq(CALL3(skb_change_tail, fx.skb, 16064, 0), 0);
	ck_assert_uint_eq(skb()->len, 16064);
}
END_TEST

START_TEST(head)
{
	u8 expected[74] = {0}, b[4];

	ck_assert_int_eq(CALL3(skb_change_head, fx.skb, 14, 0), 0);
	memcpy(expected + 14, fx.packet, 60);
	expect_packet(expected, 74);
	ck_assert_int_eq(CALL5(skb_load_bytes_relative, fx.skb, 0, b, 4, BPF_HDR_START_MAC), 0);
	ck_assert_uint_eq(b[0], 0);
	ck_assert_int_eq(CALL5(skb_load_bytes_relative, fx.skb, 0, b, 4, BPF_HDR_START_NET), 0);
	ck_assert_uint_eq(b[0], 0x45);
	ck_assert_int_eq(CALL3(skb_change_head, fx.skb, (u32)-1, 0), -EINVAL);
	ck_assert_int_eq(CALL3(skb_change_head, fx.skb, 4, 1), -EINVAL);
	ck_assert_int_eq(CALL3(skb_change_head, fx.skb, 16064 - 73, 0), -EINVAL);
	ck_assert_int_eq(CALL3(skb_change_head, fx.skb, 16064 - 74, 0), 0);
	ck_assert_uint_eq(skb()->len, 16064);
}
END_TEST

/* What lies before the network header counts as the link header. */
START_TEST(room_behind_a_new_head)
{
	u8 expected[78] = {0};

	memcpy(expected + 14, fx.packet, 14);
	memcpy(expected + 32, fx.packet + 14, 46);
	ck_assert_int_eq(CALL3(skb_change_head, fx.skb, 14, 0), 0);
	ck_assert_int_eq(CALL4(skb_adjust_room, fx.skb, 4, MAC, 0), 0);
	expect_packet(expected, 78);
}
END_TEST

START_TEST(protocol)
{
	u8 expected[80] = {0};

	memcpy(expected, fx.packet, 14);
	memcpy(expected + 34, fx.packet + 14, 46);
	ck_assert_int_eq(CALL3(skb_change_proto, fx.skb, htobe16(ETH_P_IPV6), 0), 0);
	ck_assert_uint_eq(skb()->protocol, htobe16(ETH_P_IPV6));
	expect_packet(expected, 80);
	ck_assert_int_eq(CALL3(skb_change_proto, fx.skb, htobe16(ETH_P_IPV6), 0), -ENOTSUPP);
	ck_assert_int_eq(CALL3(skb_change_proto, fx.skb, htobe16(ETH_P_IP), 1), -EINVAL);
	ck_assert_int_eq(CALL3(skb_change_proto, fx.skb, htobe16(ETH_P_IP), 0), 0);
	expect_packet(fx.packet, 60);
	ck_assert_int_eq(CALL3(skb_change_proto, fx.skb, htobe16(ETH_P_IPV6), 0), 0);
	ck_assert_int_eq(CALL3(skb_change_tail, fx.skb, 30, 0), 0);
	ck_assert_int_eq(CALL3(skb_change_proto, fx.skb, htobe16(ETH_P_IP), 0), -ENOMEM);
}
END_TEST

static int adjust(s32 diff, u32 mode, u64 flags)
{
	return (int)CALL4(skb_adjust_room, fx.skb, diff, mode, flags);
}

START_TEST(room)
{
	u8 expected[68] = {0};

	memcpy(expected, fx.packet, 34);
	memcpy(expected + 42, fx.packet + 34, 26);
	ck_assert_int_eq(adjust(8, NET, 0), 0);
	expect_packet(expected, 68);
	ck_assert_int_eq(adjust(-8, NET, 0), 0);
	expect_packet(fx.packet, 60);
	memset(expected, 0, sizeof(expected));
	memcpy(expected, fx.packet, 14);
	memcpy(expected + 22, fx.packet + 14, 46);
	ck_assert_int_eq(adjust(8, MAC, 0), 0);
	expect_packet(expected, 68);
	ck_assert_int_eq(adjust(-8, MAC, 0), 0);
	expect_packet(fx.packet, 60);

	ck_assert_int_eq(adjust(0x1000, NET, 0), -EFAULT);
	ck_assert_int_eq(adjust(S32_MIN, NET, 0), -EFAULT);
	ck_assert_int_eq(adjust(8, 2, 0), -ENOTSUPP);
	ck_assert_int_eq(adjust(8, NET, 1ull << 20), -EINVAL);
	ck_assert_int_eq(adjust(-27, NET, 0), -ENOTSUPP);
	ck_assert_int_eq(adjust(-26, NET, 0), 0);
	expect_packet(fx.packet, 34);
	ck_assert_int_eq(adjust(-1, NET, 0), -ENOTSUPP);
	ck_assert_int_eq(adjust(8, NET, D4), -EINVAL);
	ck_assert_int_eq(adjust(-8, MAC, D4 | D6), -EINVAL);
	ck_assert_int_eq(adjust(-8, MAC, V4), -ENOTSUPP);
	ck_assert_int_eq(adjust(0, NET, 0), 0);
	skb()->protocol = htobe16(ETH_P_ARP);
	ck_assert_int_eq(adjust(8, NET, 0), -ENOTSUPP);
}
END_TEST

START_TEST(room_has_a_limit)
{
	for (u32 i = 0; i < 3; i++)
		ck_assert_int_eq(adjust(0xfff, MAC, 0), 0);
	ck_assert_int_eq(adjust(0xfff, MAC, 0), -ENOTSUPP);
	ck_assert_uint_eq(skb()->len, 12345);
	ck_assert_int_eq(adjust(16065 - 12345, MAC, 0), -ENOTSUPP);
	ck_assert_int_eq(adjust(16064 - 12345, MAC, 0), 0);
}
END_TEST

START_TEST(encapsulation)
{
	u8 expected[68] = {0}, b[4];

	ck_assert_int_eq(adjust(28, MAC, V4 | V6), -EINVAL);
	ck_assert_int_eq(adjust(28, MAC, V4 | GRE | UDP), -EINVAL);
	ck_assert_int_eq(adjust(28, MAC, V4 | ETH), -EINVAL);
	ck_assert_int_eq(adjust(10, MAC, V4 | L2), -EINVAL);
	ck_assert_int_eq(adjust(48, MAC, V6 | UDP), 0);
	ck_assert_uint_eq(skb()->protocol, htobe16(ETH_P_IPV6));
	ck_assert_uint_eq(skb()->len, 108);
	ck_assert_int_eq(CALL5(skb_load_bytes_relative, fx.skb, 0, b, 4, BPF_HDR_START_NET), 0);
	ck_assert_uint_eq(b[0], 0);
	ck_assert_int_eq(adjust(48, MAC, V6), -EALREADY);
	ck_assert_int_eq(CALL3(skb_change_tail, fx.skb, 200, 0), -ENOTSUPP);
	ck_assert_int_eq(adjust(-40, MAC, D4), 0);
	ck_assert_uint_eq(skb()->protocol, htobe16(ETH_P_IP));
	memcpy(expected, fx.packet, 14);
	memcpy(expected + 22, fx.packet + 14, 46);
	expect_packet(expected, 68);
	ck_assert_uint_eq(skb()->inner_network_header - skb()->network_header, 8);
	ck_assert_uint_eq(skb()->inner_mac_header - skb()->network_header, 8);
	ck_assert_uint_eq(skb()->network_header - skb()->mac_header, 14);
}
END_TEST

TCase *room_case(void)
{
	TCase *tc = tcase_create("room");

	tcase_add_checked_fixture(tc, fixture_begin_skb, fixture_end);
	tcase_add_test(tc, tail);
	tcase_add_test(tc, head);
	tcase_add_test(tc, room_behind_a_new_head);
	tcase_add_test(tc, protocol);
	tcase_add_test(tc, room);
	tcase_add_test(tc, room_has_a_limit);
	tcase_add_test(tc, encapsulation);
	return tc;
}
