// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

#include "suites.h"

static struct sk_buff *skb(void)
{
	return &fx.skb->skb;
}

/* The answers in this file are those of Linux 6.18 to the same calls on the same packet. */
START_TEST(loading)
{
	u8 b[8] = {1, 1, 1, 1, 1, 1, 1, 1};

	ck_assert_int_eq(CALL4(skb_load_bytes, fx.skb, 1000, b, 8), -EFAULT);
	ck_assert_uint_eq(b[0] | b[7], 0);
	ck_assert_int_eq(CALL4(skb_load_bytes, fx.skb, 52, b, 8), 0);
	ck_assert_mem_eq(b, fx.packet + 52, 8);
	ck_assert_int_eq(CALL4(skb_load_bytes, fx.skb, 53, b, 8), -EFAULT);
	ck_assert_int_eq(CALL4(skb_load_bytes, fx.skb, U32_MAX, b, 8), -EFAULT);
	ck_assert_int_eq(CALL5(skb_load_bytes_relative, fx.skb, 0, b, 8, BPF_HDR_START_MAC), 0);
	ck_assert_mem_eq(b, fx.packet, 8);
	ck_assert_int_eq(CALL5(skb_load_bytes_relative, fx.skb, 0, b, 2, BPF_HDR_START_NET), 0);
	ck_assert_uint_eq(b[0], 0x45);
	ck_assert_int_eq(CALL5(skb_load_bytes_relative, fx.skb, 0, b, 2, 2), -EFAULT);
	ck_assert_uint_eq(b[0], 0);
	ck_assert_int_eq(CALL5(skb_load_bytes_relative, fx.skb, 46, b, 1, 1), -EFAULT);
	ck_assert_int_eq(CALL5(skb_load_bytes_relative, fx.skb, 45, b, 1, 1), 0);
	ck_assert_int_eq(CALL5(skb_load_bytes_relative, fx.skb, 0x10000, b, 1, 1), -EFAULT);
}
END_TEST

START_TEST(storing)
{
	u8 b[8] = {9};

	ck_assert_int_eq(CALL5(skb_store_bytes, fx.skb, 1000, b, 8, 0), -EFAULT);
	ck_assert_int_eq(CALL5(skb_store_bytes, fx.skb, 0, b, 8, 4), -EINVAL);
	ck_assert_int_eq(CALL5(skb_store_bytes, fx.skb, 59, b, 1, 0), 0);
	ck_assert_uint_eq(skb()->data[59], 9);
	ck_assert_int_eq(CALL5(skb_store_bytes, fx.skb, 60, b, 1, 0), -EFAULT);
	skb()->hash = 5;
	ck_assert_int_eq(CALL5(skb_store_bytes, fx.skb, 0, b, 8, BPF_F_INVALIDATE_HASH), 0);
	ck_assert_uint_eq(skb()->hash, 0);
	ck_assert_int_eq(CALL2(skb_pull_data, fx.skb, 60), 0);
	ck_assert_int_eq(CALL2(skb_pull_data, fx.skb, 61), -ENOMEM);
	ck_assert_int_eq(CALL2(skb_pull_data, fx.skb, 0), 0);
}
END_TEST

START_TEST(type)
{
	ck_assert_uint_eq(fx.skb->pkt_type, PACKET_OTHERHOST);
	ck_assert_int_eq(CALL2(skb_change_type, fx.skb, 0), 0);
	ck_assert_uint_eq(fx.skb->pkt_type, 0);
	ck_assert_uint_eq(skb()->pkt_type, 0);
	ck_assert_int_eq(CALL2(skb_change_type, fx.skb, 4), -EINVAL);
	ck_assert_int_eq(CALL2(skb_change_type, fx.skb, 3), 0);
}
END_TEST

START_TEST(hash)
{
	s64 first = CALL1(get_hash_recalc, fx.skb);

	ck_assert_int_ne(first, 0);
	ck_assert_int_eq(skb()->hash, first);
	CALL1(set_hash_invalid, fx.skb);
	ck_assert_int_eq(skb()->hash, 0);
	ck_assert_int_eq(CALL1(get_hash_recalc, fx.skb), first);
	ck_assert_int_eq(CALL2(set_hash, fx.skb, 77), 0);
	ck_assert_int_eq(CALL1(get_hash_recalc, fx.skb), 77);
	/* another flow: another source port */
	CALL1(set_hash_invalid, fx.skb);
	skb()->data[35]++;
	ck_assert_int_ne(CALL1(get_hash_recalc, fx.skb), first);
	/* neither IPv4 nor IPv6 */
	CALL1(set_hash_invalid, fx.skb);
	skb()->protocol = htobe16(ETH_P_ARP);
	ck_assert_int_eq(CALL1(get_hash_recalc, fx.skb), 0);
}
END_TEST

START_TEST(ecn_ipv4)
{
	u8 *ip = skb()->data + 14;

	ck_assert_int_eq(CALL1(skb_ecn_set_ce, fx.skb), 1);
	ck_assert_uint_eq(ip[1], 3);
	ck_assert_uint_eq(ip[10], 0x18);
	ck_assert_uint_eq(ip[11], 0x17);
	ck_assert_int_eq(CALL1(skb_ecn_set_ce, fx.skb), 1);
	ck_assert_uint_eq(ip[11], 0x17);
	ip[1] = 0xfc;
	ck_assert_int_eq(CALL1(skb_ecn_set_ce, fx.skb), 0);
	ck_assert_uint_eq(ip[1], 0xfc);
	ck_assert_int_eq(skb_set_len(fx.skb, 33), 0);
	ck_assert_int_eq(CALL1(skb_ecn_set_ce, fx.skb), 0);
}
END_TEST

START_TEST(ecn_ipv6)
{
	u8 *ip = skb()->data + 14;

	skb()->protocol = htobe16(ETH_P_IPV6);
	ip[0] = 0x60;
	ip[1] = 0x20;
	ck_assert_int_eq(CALL1(skb_ecn_set_ce, fx.skb), 1);
	ck_assert_uint_eq(ip[1], 0x30);
	ip[1] = 0x0f;
	ck_assert_int_eq(CALL1(skb_ecn_set_ce, fx.skb), 0);
	ck_assert_uint_eq(ip[1], 0x0f);
}
END_TEST

START_TEST(timestamp)
{
	ck_assert_int_eq(CALL3(skb_set_tstamp, fx.skb, 5, 0), 0);
	ck_assert_int_eq(skb()->tstamp, 5);
	ck_assert_int_eq(CALL3(skb_set_tstamp, fx.skb, 6, 1), 0);
	ck_assert_uint_eq(fx.skb->tstamp_type, 1);
	ck_assert_int_eq(CALL3(skb_set_tstamp, fx.skb, 7, 2), 0);
	ck_assert_uint_eq(fx.skb->tstamp_type, 2);
	ck_assert_int_eq(CALL3(skb_set_tstamp, fx.skb, 0, 1), -EINVAL);
	ck_assert_int_eq(CALL3(skb_set_tstamp, fx.skb, 0, 2), -EINVAL);
	ck_assert_int_eq(CALL3(skb_set_tstamp, fx.skb, 0, 0), 0);
	ck_assert_int_eq(CALL3(skb_set_tstamp, fx.skb, 1, 3), -EINVAL);
	skb()->protocol = htobe16(ETH_P_ARP);
	ck_assert_int_eq(CALL3(skb_set_tstamp, fx.skb, 1, 1), -EOPNOTSUPP);
}
END_TEST

START_TEST(no_socket_no_ipsec)
{
	struct bpf_xfrm_state state = {.reqid = 1};

	ck_assert_int_eq(CALL1(get_socket_cookie, fx.skb), 0);
	ck_assert_int_eq(CALL1(get_socket_uid, fx.skb), 65534);
	ck_assert_int_eq(CALL1(get_cgroup_classid, fx.skb), 0);
	ck_assert_int_eq(CALL1(get_route_realm, fx.skb), 0);
	ck_assert_int_eq(CALL1(skb_cgroup_classid, fx.skb), 0);
	ck_assert_int_eq(CALL1(get_netns_cookie, NULL), 1);
	ck_assert_int_eq(CALL1(get_netns_cookie, fx.skb), 1);
	ck_assert_int_eq(CALL5(skb_get_xfrm_state, fx.skb, 0, &state, sizeof(state), 0), -EINVAL);
	ck_assert_uint_eq(state.reqid, 0);
	ck_assert_int_eq(CALL5(sk_lookup_tcp, fx.skb, fx.packet, 12, 0, 0), 0);
	ck_assert_int_eq(CALL5(skc_lookup_tcp, fx.skb, fx.packet, 12, 0, 0), 0);
}
END_TEST

TCase *skb_case(void)
{
	TCase *tc = tcase_create("skb");

	tcase_add_checked_fixture(tc, fixture_begin_skb, fixture_end);
	tcase_add_test(tc, loading);
	tcase_add_test(tc, storing);
	tcase_add_test(tc, type);
	tcase_add_test(tc, hash);
	tcase_add_test(tc, ecn_ipv4);
	tcase_add_test(tc, ecn_ipv6);
	tcase_add_test(tc, timestamp);
	tcase_add_test(tc, no_socket_no_ipsec);
	return tc;
}
