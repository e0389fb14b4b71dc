// SPDX-License-Identifier: BSD-2-Clause
#include "packet/netdev.h"

#include <string.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "suites.h"

START_TEST(loopback_is_always_there)
{
	struct net_device *lo = netdev_by_index(NETDEV_LOOPBACK);

	ck_assert_ptr_nonnull(lo);
	ck_assert_str_eq(lo->name, "lo");
	ck_assert_uint_eq(lo->mtu, 65536);
	ck_assert_ptr_eq(netdev_by_name("lo"), lo);
	ck_assert(arena_covers((u64)(uintptr_t)lo, sizeof(*lo)));
	ck_assert_int_eq(netdev_remove(NETDEV_LOOPBACK), -EBUSY);
}
END_TEST

START_TEST(add_find_remove)
{
	struct netdev_config config = {.name = "port0", .mtu = 9000, .netns = 3, .queues = 4};
	struct net_device *a, *b;

	ck_assert_int_eq(netdev_add(&config, &a), 0);
	ck_assert_int_gt(a->ifindex, NETDEV_LOOPBACK);
	ck_assert_uint_eq(a->mtu, 9000);
	ck_assert_uint_eq(a->real_num_rx_queues, 4);
	ck_assert_int_eq(netdev_netns(a), 3);
	ck_assert_int_eq(netdev_add(&config, NULL), -EEXIST);
	config.name = "port1";
	config.ifindex = (u32)a->ifindex;
	ck_assert_int_eq(netdev_add(&config, NULL), -EEXIST);
	config.ifindex = 77;
	ck_assert_int_eq(netdev_add(&config, &b), 0);
	ck_assert_ptr_eq(netdev_by_index(77), b);
	ck_assert_ptr_eq(netdev_by_name("port0"), a);
	ck_assert_int_eq(netdev_remove(77), 0);
	ck_assert_ptr_null(netdev_by_index(77));
	ck_assert_int_eq(netdev_remove(77), -ENODEV);
	ck_assert_ptr_eq(netdev_by_name("port0"), a);
	rcu_quiesce();
}
END_TEST

START_TEST(names_are_checked)
{
	struct netdev_config config = {.name = ""};

	ck_assert_int_eq(netdev_add(&config, NULL), -EINVAL);
	config.name = "sixteen-letters!";
	ck_assert_int_eq(netdev_add(&config, NULL), -EINVAL);
	config.name = NULL;
	ck_assert_int_eq(netdev_add(&config, NULL), -EINVAL);
}
END_TEST

static u32 frames_sent;

static void count_frame(struct net_device *dev, const void *frame, u32 len, bool ingress, void *arg)
{
	(void)dev;
	ck_assert_str_eq(arg, "mine");
	ck_assert_mem_eq(frame, "frame", len);
	ck_assert(ingress);
	frames_sent++;
}

START_TEST(frames_reach_the_owner)
{
	struct netdev_config config = {.name = "out", .xmit = count_frame, .arg = "mine"};
	struct net_device *dev;

	ck_assert_int_eq(netdev_add(&config, &dev), 0);
	netdev_xmit(dev, "frame", 5, true);
	ck_assert_uint_eq(frames_sent, 1);
	netdev_xmit(netdev_by_index(NETDEV_LOOPBACK), "frame", 5, false);
}
END_TEST

TCase *netdev_case(void)
{
	TCase *tc = tcase_create("netdev");

	tcase_add_test(tc, loopback_is_always_there);
	tcase_add_test(tc, add_find_remove);
	tcase_add_test(tc, names_are_checked);
	tcase_add_test(tc, frames_reach_the_owner);
	return tc;
}
