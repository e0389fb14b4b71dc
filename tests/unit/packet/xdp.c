// SPDX-License-Identifier: BSD-2-Clause
#include "packet/xdp.h"

#include <string.h>

#include "base/arena.h"
#include "base/uapi.h"
#include "suites.h"

static struct xdp_ctx *ctx;
static size_t in_use_before;

static void make(void)
{
	u8 packet[64];

	memset(packet, 0xab, sizeof(packet));
	netdev_by_index(NETDEV_LOOPBACK);
	in_use_before = arena_in_use();
	ck_assert_int_eq(xdp_ctx_new(64, &ctx), 0);
	xdp_ctx_load(ctx, packet, sizeof(packet));
}

static void drop(void)
{
	xdp_ctx_free(ctx);
	ck_assert_uint_eq(arena_in_use(), in_use_before);
}

START_TEST(fresh_context)
{
	struct xdp_buff *xdp = &ctx->buff;

	ck_assert_uint_eq(xdp_len(xdp), 64);
	ck_assert_ptr_eq(xdp->data, (u8 *)xdp->data_hard_start + XDP_HEADROOM);
	ck_assert_ptr_eq(xdp->data_meta, xdp->data);
	ck_assert_uint_eq(xdp->frame_sz, 4096);
	ck_assert_uint_eq(ctx->ingress_ifindex, NETDEV_LOOPBACK);
	ck_assert_ptr_eq(xdp->rxq->dev, netdev_by_index(NETDEV_LOOPBACK));
	ck_assert_ptr_null(xdp->txq);
	ck_assert(arena_covers((u64)(uintptr_t)xdp->data_hard_start, xdp->frame_sz));
	ck_assert(arena_covers((u64)(uintptr_t)ctx, sizeof(*ctx)));
	xdp_ctx_set_tx(ctx, netdev_by_index(NETDEV_LOOPBACK));
	ck_assert_uint_eq(ctx->egress_ifindex, NETDEV_LOOPBACK);
	ck_assert_ptr_eq(xdp->txq->dev, netdev_by_index(NETDEV_LOOPBACK));
}
END_TEST

START_TEST(frame_limits)
{
	struct xdp_ctx *big;

	ck_assert_int_eq(xdp_ctx_new(XDP_FRAME_MAX + 1, &big), -EINVAL);
	ck_assert_int_eq(xdp_ctx_new(XDP_FRAME_MAX, &big), 0);
	xdp_ctx_free(big);
}
END_TEST

START_TEST(head)
{
	struct xdp_buff *xdp = &ctx->buff;
	u8 *data = xdp->data;

	/* 256 bytes of headroom, 40 of which belong to the frame descriptor */
	ck_assert_int_eq(xdp_adjust_head(xdp, -217), -EINVAL);
	ck_assert_int_eq(xdp_adjust_head(xdp, -216), 0);
	ck_assert_ptr_eq(xdp->data, data - 216);
	ck_assert_ptr_eq(xdp->data_meta, xdp->data);
	ck_assert_int_eq(xdp_adjust_head(xdp, -1), -EINVAL);
	ck_assert_int_eq(xdp_adjust_head(xdp, 216 + 50), 0);
	ck_assert_uint_eq(xdp_len(xdp), 14);
	ck_assert_int_eq(xdp_adjust_head(xdp, 1), -EINVAL);
	ck_assert_int_eq(xdp_adjust_head(xdp, S32_MAX), -EINVAL);
	ck_assert_int_eq(xdp_adjust_head(xdp, S32_MIN), -EINVAL);
}
END_TEST

START_TEST(tail)
{
	struct xdp_buff *xdp = &ctx->buff;
	u8 *end = xdp->data_end;

	ck_assert_int_eq(xdp_adjust_tail(xdp, -51), -EINVAL);
	ck_assert_int_eq(xdp_adjust_tail(xdp, -50), 0);
	ck_assert_int_eq(xdp_adjust_tail(xdp, 50), 0);
	ck_assert_ptr_eq(xdp->data_end, end);
	ck_assert_uint_eq(end[-1], 0);
	ck_assert_uint_eq(end[-50], 0);
	ck_assert_uint_eq(end[-51], 0xab);
	ck_assert_int_eq(xdp_adjust_tail(xdp, XDP_PAGE_DATA - 64 + 1), -EINVAL);
	ck_assert_int_eq(xdp_adjust_tail(xdp, XDP_PAGE_DATA - 64), 0);
	ck_assert_int_eq(xdp_adjust_tail(xdp, S32_MAX), -EINVAL);
	ck_assert_int_eq(xdp_adjust_tail(xdp, S32_MIN), -EINVAL);
}
END_TEST

START_TEST(meta)
{
	struct xdp_buff *xdp = &ctx->buff;
	u8 *data = xdp->data;

	ck_assert_int_eq(xdp_adjust_meta(xdp, 4), -EINVAL);
	ck_assert_int_eq(xdp_adjust_meta(xdp, -217), -EINVAL);
	ck_assert_int_eq(xdp_adjust_meta(xdp, -3), -EACCES);
	ck_assert_int_eq(xdp_adjust_meta(xdp, -8), 0);
	memcpy(xdp->data_meta, "metadata", 8);
	/* metadata moves with the head */
	ck_assert_int_eq(xdp_adjust_head(xdp, -20), 0);
	ck_assert_ptr_eq(xdp->data_meta, data - 28);
	ck_assert_mem_eq(xdp->data_meta, "metadata", 8);
	ck_assert_int_eq(xdp_adjust_head(xdp, -216 + 8 + 20 - 1), -EINVAL);
	xdp->data_meta = (u8 *)xdp->data + 1;
	ck_assert_int_eq(xdp_adjust_meta(xdp, -4), -ENOTSUPP);
	ck_assert_int_eq(xdp_adjust_head(xdp, 4), 0);
}
END_TEST

START_TEST(loaded_with_metadata)
{
	xdp_ctx_load_meta(ctx, "meta", 4, "a packet of this", 16);
	ck_assert_mem_eq(ctx->buff.data_meta, "metaa packet of this", 20);
	ck_assert_uint_eq(xdp_len(&ctx->buff), 16);
}
END_TEST

TCase *xdp_case(void)
{
	TCase *tc = tcase_create("xdp");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, fresh_context);
	tcase_add_test(tc, frame_limits);
	tcase_add_test(tc, head);
	tcase_add_test(tc, tail);
	tcase_add_test(tc, meta);
	tcase_add_test(tc, loaded_with_metadata);
	return tc;
}
