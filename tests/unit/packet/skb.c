// SPDX-License-Identifier: BSD-2-Clause
#include "packet/skb.h"

#include <endian.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>

#include "base/arena.h"
#include "suites.h"

static struct skb_ctx *ctx;
static struct sk_buff *skb;
static size_t in_use_before;
static u8 frame[60];

static void make(void)
{
	for (u32 i = 0; i < sizeof(frame); i++)
		frame[i] = (u8)i;
	frame[0] = 0x02;
	frame[12] = 0x08;
	frame[13] = 0x00;
	netdev_by_index(NETDEV_LOOPBACK);
	in_use_before = arena_in_use();
	ck_assert_int_eq(skb_ctx_new(sizeof(frame), &ctx), 0);
	ck_assert_int_eq(skb_ctx_load(ctx, frame, sizeof(frame), true), 0);
	skb = &ctx->skb;
}

static void drop(void)
{
	skb_ctx_free(ctx);
	ck_assert_uint_eq(arena_in_use(), in_use_before);
}

static void expect_consistent(void)
{
	ck_assert_ptr_eq(ctx->data_end, skb->data + skb->len);
	ck_assert_ptr_eq(skb->head + skb->tail, ctx->data_end);
	ck_assert_uint_le(skb->tail, skb->end);
	ck_assert(skb->data >= skb->head);
}

START_TEST(fresh_context)
{
	expect_consistent();
	ck_assert_uint_eq(skb->len, 60);
	ck_assert_mem_eq(skb->data, frame, 60);
	ck_assert_uint_eq(skb->protocol, htobe16(ETH_P_IP));
	ck_assert_uint_eq(ctx->pkt_type, PACKET_OTHERHOST);
	ck_assert_uint_eq(skb->pkt_type, PACKET_OTHERHOST);
	ck_assert_uint_eq(ctx->ifindex, NETDEV_LOOPBACK);
	ck_assert_ptr_eq(skb->head + skb->mac_header, skb->data);
	ck_assert_ptr_eq(skb->head + skb->network_header, skb->data + 14);
	ck_assert_int_eq(skb_ctx_load(ctx, frame, 13, true), -EINVAL);
	ck_assert_int_eq(skb_ctx_load(ctx, frame, 61, true), -EINVAL);
}
END_TEST

START_TEST(socket_filters_begin_behind_the_header)
{
	ck_assert_int_eq(skb_ctx_load(ctx, frame, sizeof(frame), false), 0);
	expect_consistent();
	ck_assert_uint_eq(skb->len, 46);
	ck_assert_mem_eq(skb->data, frame + 14, 46);
}
END_TEST

START_TEST(protocol_and_packet_type)
{
	static const u8 none[6];

	memset(frame, 0xff, 6);
	frame[12] = 0;
	frame[13] = 46;
	ck_assert_int_eq(skb_ctx_load(ctx, frame, sizeof(frame), true), 0);
	ck_assert_uint_eq(ctx->pkt_type, PACKET_BROADCAST);
	ck_assert_uint_eq(skb->protocol, htobe16(ETH_P_802_2));
	frame[1] = 0;
	frame[14] = frame[15] = 0xff;
	ck_assert_int_eq(skb_ctx_load(ctx, frame, sizeof(frame), true), 0);
	ck_assert_uint_eq(ctx->pkt_type, PACKET_MULTICAST);
	ck_assert_uint_eq(skb->protocol, htobe16(ETH_P_802_3));
	memcpy(frame, none, 6);
	ck_assert_int_eq(skb_ctx_load(ctx, frame, sizeof(frame), true), 0);
	ck_assert_uint_eq(ctx->pkt_type, PACKET_HOST);
}
END_TEST

START_TEST(length)
{
	ck_assert_int_eq(skb_set_len(ctx, 20), 0);
	expect_consistent();
	ck_assert_int_eq(skb_set_len(ctx, 5000), 0);
	expect_consistent();
	ck_assert_uint_eq(skb->len, 5000);
	ck_assert_mem_eq(skb->data, frame, 20);
	for (u32 i = 20; i < 5000; i++)
		ck_assert_uint_eq(skb->data[i], 0);
	ck_assert_ptr_eq(skb->head + skb->mac_header, skb->data);
	ck_assert_int_eq(skb_set_len(ctx, SKB_FRAME_MAX + 1), -ENOMEM);
	ck_assert_uint_eq(skb->len, 5000);
}
END_TEST

START_TEST(gap)
{
	static const u8 zeroes[200];

	ck_assert_int_eq(skb_insert(ctx, 14, 200), 0);
	expect_consistent();
	ck_assert_uint_eq(skb->len, 260);
	ck_assert_mem_eq(skb->data, frame, 14);
	ck_assert_mem_eq(skb->data + 14, zeroes, 200);
	ck_assert_mem_eq(skb->data + 214, frame + 14, 46);
	ck_assert_ptr_eq(skb->head + skb->mac_header, skb->data);
	ck_assert_ptr_eq(skb->head + skb->network_header, skb->data + 14);
	skb_remove(ctx, 14, 200);
	expect_consistent();
	ck_assert_uint_eq(skb->len, 60);
	ck_assert_mem_eq(skb->data, frame, 60);
	ck_assert_ptr_eq(skb->head + skb->mac_header, skb->data);
	ck_assert_ptr_eq(skb->head + skb->network_header, skb->data + 14);
	ck_assert_int_eq(skb_insert(ctx, 0, SKB_FRAME_MAX), -ENOMEM);
}
END_TEST

START_TEST(headroom)
{
	ck_assert_int_eq(skb_reserve_head(ctx, 1000), 0);
	expect_consistent();
	ck_assert_uint_ge(skb_headroom(skb), 1000);
	ck_assert_uint_eq(skb->len, 60);
	ck_assert_mem_eq(skb->data, frame, 60);
	ck_assert_ptr_eq(skb->head + skb->network_header, skb->data + 14);
}
END_TEST

START_TEST(wide_views_of_narrow_fields)
{
	u32 wide;

	skb->tc_index = 0xffff;
	memcpy(&wide, &skb->tc_index, 4);
	ck_assert_uint_eq(wide, 0xffff);
	skb->queue_mapping = 7;
	memcpy(&wide, &skb->queue_mapping, 4);
	ck_assert_uint_eq(wide, 7);
	memcpy(&wide, &skb->protocol, 4);
	ck_assert_uint_eq(wide, htobe16(ETH_P_IP));
	skb_cb(skb)->tc_classid = 0x1234;
	memcpy(&wide, &skb_cb(skb)->tc_classid, 4);
	ck_assert_uint_eq(wide, 0x1234);
}
END_TEST

TCase *skb_case(void)
{
	TCase *tc = tcase_create("skb");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, fresh_context);
	tcase_add_test(tc, socket_filters_begin_behind_the_header);
	tcase_add_test(tc, protocol_and_packet_type);
	tcase_add_test(tc, length);
	tcase_add_test(tc, gap);
	tcase_add_test(tc, headroom);
	tcase_add_test(tc, wide_views_of_narrow_fields);
	return tc;
}
