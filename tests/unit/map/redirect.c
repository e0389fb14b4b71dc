// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"
#include "packet/netdev.h"

#include <sys/socket.h>
#include <unistd.h>

#define ANY_DEV (BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS)

static void missing_entries(struct map *map, u64 key)
{
	for (u64 action = XDP_ABORTED; action <= XDP_TX; action++) {
		test_run.redirect.map = map;
		ck_assert_int_eq(map->ops->redirect(map, key, action), (long)action);
		/* An earlier call's target is forgotten. */
		ck_assert_ptr_null(test_run.redirect.map);
	}
	ck_assert_int_eq(map->ops->redirect(map, key, XDP_REDIRECT), XDP_ABORTED);
	ck_assert_int_eq(map->ops->redirect(map, key, BIT64(40) | XDP_PASS), XDP_ABORTED);
}

static void found_entry(struct map *map, u64 key)
{
	ck_assert_int_eq(map->ops->redirect(map, key, XDP_PASS), XDP_REDIRECT);
	ck_assert_ptr_eq(test_run.redirect.map, map);
	ck_assert_uint_eq(test_run.redirect.index, (u32)key);
	ck_assert_uint_eq(test_run.redirect.flags, 0);
	ck_assert_int_eq(map->ops->redirect(map, key, BIT64(20)), XDP_ABORTED);
}

static void count(const struct map_device *dev, void *arg)
{
	u32 *n = arg;

	ck_assert_uint_eq(dev->ifindex, NETDEV_LOOPBACK);
	(*n)++;
}

static void devices(u32 type)
{
	struct map *map = make_map(type, 4, 8, 5, 0);
	struct object *right = make_prog(BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP);
	struct object *wrong = make_prog(BPF_PROG_TYPE_XDP, BPF_XDP);
	struct bpf_devmap_val val = {.ifindex = NETDEV_LOOPBACK};
	struct bpf_devmap_val *seen;
	struct map_device dev;
	u32 n = 0;

	ck_assert(map->flags & BPF_F_RDONLY_PROG);
	missing_entries(map, 3);
	missing_entries(map, 5);
	ck_assert_int_eq(map_user_update(map, u32_key(3), &val, 0), 0);
	found_entry(map, 3);
	/* Only the low half of the key counts. */
	found_entry(map, BIT64(32) | 3);
	missing_entries(map, 4);
	ck_assert(map_devmap_at(map, 3, &dev));
	ck_assert_uint_eq(dev.ifindex, NETDEV_LOOPBACK);
	ck_assert_ptr_null(dev.prog);
	ck_assert(!map_devmap_at(map, 4, &dev));

	val.bpf_prog.fd = name_fd(wrong);
	ck_assert_int_eq(map_user_update(map, u32_key(4), &val, 0), -EINVAL);
	val.bpf_prog.fd = name_fd(right);
	ck_assert_int_eq(map_user_update(map, u32_key(4), &val, 0), 0);
	seen = map->ops->lookup(map, u32_key(4));
	ck_assert_uint_eq(seen->ifindex, NETDEV_LOOPBACK);
	ck_assert_uint_eq(seen->bpf_prog.id, right->id);
	ck_assert(map_devmap_at(map, 4, &dev));
	ck_assert_ptr_eq(dev.prog, right);
	val.ifindex = 4321;
	ck_assert_int_eq(map_user_update(map, u32_key(2), &val, 0), -EINVAL);

	/* To all of them: there need not be an entry, nor a key. */
	ck_assert_int_eq(map->ops->redirect(map, 77, ANY_DEV), XDP_REDIRECT);
	ck_assert_ptr_eq(test_run.redirect.map, map);
	ck_assert_uint_eq(test_run.redirect.flags, ANY_DEV);
	ck_assert_int_eq(map->ops->redirect(map, 77, BPF_F_EXCLUDE_INGRESS | XDP_PASS), XDP_PASS);
	map_devmap_each(map, count, &n);
	ck_assert_uint_eq(n, 2);
	object_put(right);
	object_put(wrong);
	map_put(map);
}

START_TEST(devmap)
{
	devices(BPF_MAP_TYPE_DEVMAP);
}
END_TEST

START_TEST(devmap_hash)
{
	devices(BPF_MAP_TYPE_DEVMAP_HASH);
}
END_TEST

START_TEST(cpumap)
{
	struct map *map = make_map(BPF_MAP_TYPE_CPUMAP, 4, 8, 8, 0);
	struct object *right = make_prog(BPF_PROG_TYPE_XDP, BPF_XDP_CPUMAP);
	struct object *wrong = make_prog(BPF_PROG_TYPE_XDP, BPF_XDP);
	struct bpf_cpumap_val val = {.qsize = 192};
	struct map_cpu cpu;

	missing_entries(map, 1);
	missing_entries(map, 8);
	ck_assert_int_eq(map_user_update(map, u32_key(1), &val, 0), 0);
	found_entry(map, 1);
	ck_assert_int_eq(map->ops->redirect(map, 1, BPF_F_BROADCAST), XDP_ABORTED);
	ck_assert(map_cpumap_at(map, 1, &cpu));
	ck_assert_uint_eq(cpu.qsize, 192);
	ck_assert_ptr_null(cpu.prog);
	ck_assert_int_eq(map_user_update(map, u32_key(CPUS), &val, 0), -ENODEV);
	val.bpf_prog.fd = name_fd(wrong);
	ck_assert_int_eq(map_user_update(map, u32_key(2), &val, 0), -ENOMEM);
	val.bpf_prog.fd = name_fd(right);
	ck_assert_int_eq(map_user_update(map, u32_key(2), &val, 0), 0);
	ck_assert(map_cpumap_at(map, 2, &cpu));
	ck_assert_ptr_eq(cpu.prog, right);
	ck_assert_int_eq(map_user_lookup(map, u32_key(2), &val, 0), 0);
	ck_assert_uint_eq(val.bpf_prog.id, right->id);
	/* No queue: no entry. */
	val = (struct bpf_cpumap_val){0};
	ck_assert_int_eq(map_user_update(map, u32_key(2), &val, 0), 0);
	ck_assert(!map_cpumap_at(map, 2, &cpu));
	object_put(right);
	object_put(wrong);
	map_put(map);
}
END_TEST

START_TEST(xskmap)
{
	struct map *map = make_map(BPF_MAP_TYPE_XSKMAP, 4, 4, 2, 0);
	/* Not permitted everywhere. */
	int fd = socket(44 /* AF_XDP */, SOCK_RAW, 0);

	missing_entries(map, 0);
	ck_assert_int_eq(map_xskmap_at(map, 0), -1);
	ck_assert_int_eq(map_user_update(map, u32_key(0), u32_key(9999), 0), -EBADF);
	ck_assert_ptr_null(map->ops->lookup(map, u32_key(0)));
	ck_assert_ptr_null(map->ops->lookup(map, u32_key(2)));
	if (fd >= 0) {
		const struct bpf_xdp_sock *sock;

		ck_assert_int_eq(map_user_update(map, u32_key(1), u32_key((u32)fd), 0), 0);
		sock = map->ops->lookup(map, u32_key(1));
		ck_assert_ptr_nonnull(sock);
		ck_assert_uint_eq(sock->queue_id, 1);
		close(fd);
	}
	map_put(map);
}
END_TEST

TCase *redirect_case(void)
{
	TCase *tc = map_tcase("redirect");

	tcase_add_test(tc, devmap);
	tcase_add_test(tc, devmap_hash);
	tcase_add_test(tc, cpumap);
	tcase_add_test(tc, xskmap);
	return tc;
}
