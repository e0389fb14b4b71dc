// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <linux/if_ether.h>
#include <string.h>

#include "suites.h"

/* The answers in this file are those of Linux 6.18 to the same calls on the same packet. */
static struct sk_buff *skb(void)
{
	return &fx.skb->skb;
}

static void expect(u32 len, u16 protocol, u16 vlan_proto, u16 tci)
{
	ck_assert_uint_eq(skb()->len, len);
	ck_assert_uint_eq(be16toh(skb()->protocol), protocol);
	ck_assert_uint_eq(be16toh(skb()->vlan_proto), vlan_proto);
	ck_assert_uint_eq(skb()->vlan_tci, tci);
	ck_assert_uint_eq(fx.skb->vlan_present, vlan_proto || tci);
	ck_assert_ptr_eq(fx.skb->data_end, skb()->data + len);
}

static void push(u16 proto, u16 tci)
{
	ck_assert_int_eq(CALL3(skb_vlan_push, fx.skb, htobe16(proto), tci), 0);
}

static void pop(void)
{
	ck_assert_int_eq(CALL1(skb_vlan_pop, fx.skb), 0);
}

START_TEST(pushing)
{
	static const u8 tags[] = {0x88, 0xa8, 0x10, 0x07, 0x81, 0x00, 0x00, 0x05, 0x08, 0x00};

	push(ETH_P_8021Q, 5);
	expect(60, ETH_P_IP, ETH_P_8021Q, 5);
	push(ETH_P_8021AD, 0x1007);
	expect(64, ETH_P_8021Q, ETH_P_8021AD, 0x1007);
	/* what is no VLAN protocol becomes 802.1Q */
	push(0x1234, 9);
	expect(68, ETH_P_8021AD, ETH_P_8021Q, 9);
	ck_assert_mem_eq(skb()->data, fx.packet, 12);
	ck_assert_mem_eq(skb()->data + 12, tags, sizeof(tags));
	ck_assert_mem_eq(skb()->data + 22, fx.packet + 14, 46);
}
END_TEST

START_TEST(popping)
{
	push(ETH_P_8021Q, 5);
	push(ETH_P_8021AD, 7);
	push(ETH_P_8021Q, 9);
	pop();
	expect(64, ETH_P_8021Q, ETH_P_8021AD, 7);
	pop();
	expect(60, ETH_P_IP, ETH_P_8021Q, 5);
	pop();
	expect(60, ETH_P_IP, 0, 0);
	pop();
	expect(60, ETH_P_IP, 0, 0);
	ck_assert_mem_eq(skb()->data, fx.packet, 60);
	push(ETH_P_8021Q, 0);
	expect(60, ETH_P_IP, ETH_P_8021Q, 0);
}
END_TEST

/* Packets that come with their tags in them. */
START_TEST(popping_received_tags)
{
	fx.packet[12] = 0x81;
	fixture_load();
	pop();
	expect(56, 0x1011, 0, 0);
	ck_assert_mem_eq(skb()->data, fx.packet, 12);
	ck_assert_mem_eq(skb()->data + 12, fx.packet + 16, 44);

	fx.packet[16] = 0x81;
	fx.packet[17] = 0x00;
	fixture_load();
	pop();
	expect(52, 0x1415, ETH_P_8021Q, 0x1213);

	fx.packet[12] = 0x88;
	fx.packet[13] = 0xa8;
	fx.packet[16] = 0x00;
	fx.packet[17] = 0x20;
	fixture_load();
	pop();
	expect(56, ETH_P_802_2, 0, 0);
}
END_TEST

START_TEST(too_short_for_a_tag)
{
	fx.packet[12] = 0x81;
	fixture_load();
	ck_assert_int_eq(skb_set_len(fx.skb, 16), 0);
	ck_assert_int_eq(CALL1(skb_vlan_pop, fx.skb), -ENOMEM);
	expect(16, ETH_P_8021Q, 0, 0);
}
END_TEST

TCase *vlan_case(void)
{
	TCase *tc = tcase_create("vlan");

	tcase_add_checked_fixture(tc, fixture_begin_skb, fixture_end);
	tcase_add_test(tc, pushing);
	tcase_add_test(tc, popping);
	tcase_add_test(tc, popping_received_tags);
	tcase_add_test(tc, too_short_for_a_tag);
	return tc;
}
