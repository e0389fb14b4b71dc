// SPDX-License-Identifier: BSD-2-Clause
#include <linux/pkt_cls.h>
#include <string.h>
#include <sys/socket.h>

#include "suites.h"

static void expect_redirect(u64 index, u32 flags)
{
	ck_assert_ptr_null(fx.run.redirect.map);
	ck_assert_uint_eq(fx.run.redirect.index, index);
	ck_assert_uint_eq(fx.run.redirect.flags, flags);
}

START_TEST(from_xdp)
{
	ck_assert_int_eq(CALL2(redirect, 7, 1), XDP_ABORTED);
	expect_redirect(0, 0);
	ck_assert_int_eq(CALL2(redirect, 7, 0), XDP_REDIRECT);
	expect_redirect(7, 0);
}
END_TEST

START_TEST(from_tc)
{
	struct bpf_redir_neigh neigh = {0};

	ck_assert_int_eq(CALL2(redirect, 7, 2), TC_ACT_SHOT);
	ck_assert_int_eq(CALL2(redirect, 7, BPF_F_INGRESS), TC_ACT_REDIRECT);
	expect_redirect(7, BPF_F_INGRESS);
	ck_assert_int_eq(CALL2(redirect_peer, 8, 1), TC_ACT_SHOT);
	ck_assert_int_eq(CALL2(redirect_peer, 8, 0), TC_ACT_REDIRECT);
	expect_redirect(8, REDIRECT_PEER);
	ck_assert_int_eq(CALL4(redirect_neigh, 9, NULL, 0, 1), TC_ACT_SHOT);
	ck_assert_int_eq(CALL4(redirect_neigh, 9, &neigh, 4, 0), TC_ACT_SHOT);
	ck_assert_int_eq(CALL4(redirect_neigh, 9, &neigh, sizeof(neigh), 0), TC_ACT_REDIRECT);
	expect_redirect(9, REDIRECT_NEIGH);
}
END_TEST

static u32 sent, sent_len;
static bool sent_ingress;

static void xmit(struct net_device *dev, const void *frame, u32 len, bool ingress, void *arg)
{
	(void)dev, (void)arg;
	ck_assert_mem_eq(frame, fx.packet, len);
	sent++;
	sent_len = len;
	sent_ingress = ingress;
}

START_TEST(clones)
{
	struct netdev_config config = {.name = "out", .xmit = xmit};
	struct net_device *dev;

	ck_assert_int_eq(netdev_add(&config, &dev), 0);
	ck_assert_int_eq(CALL3(clone_redirect, fx.skb, 9999, 0), -EINVAL);
	ck_assert_int_eq(CALL3(clone_redirect, fx.skb, dev->ifindex, 2), -EINVAL);
	ck_assert_int_eq(CALL3(clone_redirect, fx.skb, NETDEV_LOOPBACK, 0), 0);
	ck_assert_uint_eq(sent, 0);
	ck_assert_int_eq(CALL3(clone_redirect, fx.skb, dev->ifindex, BPF_F_INGRESS), 0);
	ck_assert_uint_eq(sent, 1);
	ck_assert_uint_eq(sent_len, PACKET_LEN);
	ck_assert(sent_ingress);
}
END_TEST

static s64 check_mtu(const void *ctx, u32 ifindex, u32 *mtu, s32 diff, u64 flags)
{
	return CALL5(check_mtu, ctx, ifindex, mtu, diff, flags);
}

/* What Linux 6.18 answered for a packet of sixty bytes on the loopback device. */
static void mtu_of_both(const void *ctx)
{
	u32 mtu = 0;

	ck_assert_int_eq(check_mtu(ctx, 0, &mtu, 0, 0), BPF_MTU_CHK_RET_SUCCESS);
	ck_assert_uint_eq(mtu, 65536);
	mtu = 0;
	ck_assert_int_eq(check_mtu(ctx, 1, &mtu, 70000, 0), BPF_MTU_CHK_RET_FRAG_NEEDED);
	ck_assert_uint_eq(mtu, 65536);
	mtu = 65537;
	ck_assert_int_eq(check_mtu(ctx, 1, &mtu, 0, 0), BPF_MTU_CHK_RET_FRAG_NEEDED);
	mtu = 65536;
	ck_assert_int_eq(check_mtu(ctx, 1, &mtu, 0, 0), BPF_MTU_CHK_RET_SUCCESS);
	ck_assert_int_eq(check_mtu(ctx, 777, &mtu, 0, 0), -ENODEV);
	ck_assert_int_eq(check_mtu(ctx, 0, &mtu, 0, 2), -EINVAL);
	mtu = 0;
	ck_assert_int_eq(check_mtu(ctx, 0, &mtu, 65536 + 14 - 60, 0), BPF_MTU_CHK_RET_SUCCESS);
	mtu = 0;
	ck_assert_int_eq(check_mtu(ctx, 0, &mtu, 65536 + 14 - 59, 0), BPF_MTU_CHK_RET_FRAG_NEEDED);
	mtu = 0;
	ck_assert_int_eq(check_mtu(ctx, 0, &mtu, -1000, 0), BPF_MTU_CHK_RET_SUCCESS);
}

START_TEST(mtu_of_xdp)
{
	u32 mtu = 0;

	mtu_of_both(fx.xdp);
	ck_assert_int_eq(check_mtu(fx.xdp, 0, &mtu, 0, BPF_MTU_CHK_SEGS), -EINVAL);
}
END_TEST

START_TEST(mtu_of_tc)
{
	u32 mtu = 0;

	mtu_of_both(fx.skb);
	ck_assert_int_eq(check_mtu(fx.skb, 0, &mtu, 1, BPF_MTU_CHK_SEGS), -EINVAL);
	mtu = 5;
	ck_assert_int_eq(check_mtu(fx.skb, 0, &mtu, 0, BPF_MTU_CHK_SEGS), -EINVAL);
	mtu = 0;
	ck_assert_int_eq(check_mtu(fx.skb, 0, &mtu, 0, BPF_MTU_CHK_SEGS), 0);
}
END_TEST

START_TEST(no_routes)
{
	struct bpf_fib_lookup fib = {0};

	ck_assert_int_eq(CALL4(fib_lookup, fx.xdp, &fib, sizeof(fib), 0), -EAFNOSUPPORT);
	fib.family = AF_INET;
	ck_assert_int_eq(CALL4(fib_lookup, fx.xdp, &fib, sizeof(fib), 0), -ENODEV);
	fib.ifindex = NETDEV_LOOPBACK;
	ck_assert_int_eq(CALL4(fib_lookup, fx.xdp, &fib, 60, 0), -EINVAL);
	ck_assert_int_eq(CALL4(fib_lookup, fx.xdp, &fib, sizeof(fib), 0x40), -EINVAL);
	ck_assert_int_eq(CALL4(fib_lookup, fx.xdp, &fib, sizeof(fib), 0x20),
			 BPF_FIB_LKUP_RET_NOT_FWDED);
	fib.family = AF_INET6;
	ck_assert_int_eq(CALL4(fib_lookup, fx.xdp, &fib, sizeof(fib), 0),
			 BPF_FIB_LKUP_RET_NOT_FWDED);
}
END_TEST

TCase *redirect_tc_case(void)
{
	TCase *tc = tcase_create("redirect from tc");

	tcase_add_checked_fixture(tc, fixture_begin_skb, fixture_end);
	tcase_add_test(tc, from_tc);
	tcase_add_test(tc, clones);
	tcase_add_test(tc, mtu_of_tc);
	return tc;
}

TCase *redirect_xdp_case(void)
{
	TCase *tc = tcase_create("redirect from xdp");

	tcase_add_checked_fixture(tc, fixture_begin_xdp, fixture_end);
	tcase_add_test(tc, from_xdp);
	tcase_add_test(tc, mtu_of_xdp);
	tcase_add_test(tc, no_routes);
	return tc;
}
