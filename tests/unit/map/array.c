// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fixture.h"

START_TEST(values_stay_in_place)
{
	struct map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 3, 0);
	u64 *at = map->ops->lookup(map, u32_key(1)), v = 7;

	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(*at, 0);
	ck_assert_int_eq(map->ops->update(map, u32_key(1), &v, BPF_ANY), 0);
	ck_assert_uint_eq(*at, 7);
	ck_assert_ptr_eq(map->ops->lookup(map, u32_key(1)), at);
	ck_assert_ptr_null(map->ops->lookup(map, u32_key(3)));
	ck_assert_int_eq(map->ops->update(map, u32_key(3), &v, BPF_ANY), -E2BIG);
	ck_assert_int_eq(map->ops->update(map, u32_key(1), &v, BPF_NOEXIST), -EEXIST);
	ck_assert_int_eq(map->ops->update(map, u32_key(1), &v, 3), -EINVAL);
	ck_assert_int_eq(map->ops->remove(map, u32_key(1)), -EINVAL);
	map_put(map);
}
END_TEST

START_TEST(direct_value)
{
	struct map *one = make_map(BPF_MAP_TYPE_ARRAY, 4, 100, 1, 0);
	struct map *two = make_map(BPF_MAP_TYPE_ARRAY, 4, 100, 2, 0);
	struct map *hash = make_map(BPF_MAP_TYPE_HASH, 4, 100, 1, 0);
	u64 addr;

	ck_assert_int_eq(map_direct_value(one, 0, &addr), 0);
	ck_assert_ptr_eq((void *)(uintptr_t)addr, one->ops->lookup(one, u32_key(0)));
	ck_assert_int_eq(map_direct_value(one, 99, &addr), 0);
	ck_assert_int_eq(map_direct_value(one, 100, &addr), -EINVAL);
	ck_assert_int_eq(map_direct_value(two, 0, &addr), -ENOTSUPP);
	ck_assert_int_eq(map_direct_value(hash, 0, &addr), -EINVAL);
	map_put(one);
	map_put(two);
	map_put(hash);
}
END_TEST

/* As libbpf does with .bss and .rodata: map, write, freeze. */
START_TEST(mmapable)
{
	struct map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 5000, 1, BPF_F_MMAPABLE);
	u32 *at = map->ops->lookup(map, u32_key(0));
	int fd = map->ops->mmap_fd(map);
	u32 *user;

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq((uintptr_t)at % 4096, 0);
	user = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(user, MAP_FAILED);
	user[3] = 42;
	ck_assert_uint_eq(at[3], 42);
	at[4] = 43;
	ck_assert_uint_eq(user[4], 43);
	munmap(user, 8192);
	/* Nobody can pull the memory away. */
	ck_assert_int_eq(ftruncate(fd, 0), -1);
	ck_assert_int_eq(map_user_freeze(map), 0);
	user = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	ck_assert_ptr_eq(user, MAP_FAILED);
	user = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(user, MAP_FAILED);
	at[4] = 44;
	ck_assert_uint_eq(user[4], 44);
	munmap(user, 8192);
	map_put(map);
}
END_TEST

START_TEST(frozen_refuses_user_space_only)
{
	struct map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);
	u32 v = 1;

	map->user_writers++;
	ck_assert_int_eq(map_user_freeze(map), -EBUSY);
	map->user_writers--;
	ck_assert_int_eq(map_user_freeze(map), 0);
	ck_assert_int_eq(map_user_update(map, u32_key(0), &v, 0), -EPERM);
	ck_assert_int_eq(map->ops->update(map, u32_key(0), &v, 0), 0);
	ck_assert_int_eq(map_user_lookup(map, u32_key(0), &v, 0), 0);
	map_put(map);
}
END_TEST

START_TEST(each_cpu_has_its_own)
{
	struct map *map = make_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 4, 3, 0);
	u64 all[CPUS];
	u32 v;

	ck_assert_uint_eq(map_user_value_size(map), 8 * CPUS);
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		test_run.cpu = cpu;
		v = 10 + cpu;
		ck_assert_int_eq(map->ops->update(map, u32_key(1), &v, 0), 0);
	}
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		test_run.cpu = (cpu + 1) % CPUS;
		ck_assert_uint_eq(*(u32 *)map->ops->lookup(map, u32_key(1)), 10 + test_run.cpu);
		ck_assert_uint_eq(*(u32 *)map->ops->lookup_percpu(map, u32_key(1), cpu), 10 + cpu);
	}
	ck_assert_ptr_null(map->ops->lookup_percpu(map, u32_key(1), CPUS));
	ck_assert_ptr_null(map->ops->lookup_percpu(map, u32_key(3), 0));
	ck_assert_int_eq(map_user_lookup(map, u32_key(1), all, 0), 0);
	for (u32 cpu = 0; cpu < CPUS; cpu++)
		ck_assert_uint_eq(all[cpu], 10 + cpu);
	ck_assert_int_eq(map_user_lookup(map, u32_key(2), all, 0), 0);
	ck_assert_uint_eq(all[CPUS - 1], 0);
	map_put(map);
}
END_TEST

START_TEST(layout)
{
	struct map *map = make_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 3, 0);
	struct map *hash = make_map(BPF_MAP_TYPE_HASH, 4, 12, 3, 0);
	struct map_array_layout at;

	ck_assert(map_array_layout(map, &at));
	ck_assert_uint_eq(at.elem_size, 16);
	ck_assert_uint_eq(at.cpu_stride % 64, 0);
	ck_assert_ptr_eq(at.values + 2 * at.cpu_stride + at.elem_size,
			 map->ops->lookup_percpu(map, u32_key(1), 2));
	ck_assert(!map_array_layout(hash, &at));
	map_put(map);
	map_put(hash);
}
END_TEST

static u64 sum_until(struct map *map, void *key, void *value, void *ctx)
{
	u64 *c = ctx;

	(void)map;
	c[0] += *(u32 *)value;
	return *(u32 *)key == c[1];
}

START_TEST(for_each)
{
	struct map *map = make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 5, 0);
	u64 ctx[2] = {0, 100};

	for (u32 i = 0; i < 5; i++)
		ck_assert_int_eq(map->ops->update(map, &i, &(u32){1u << i}, 0), 0);
	ck_assert_int_eq(map->ops->for_each(map, (uintptr_t)sum_until, (uintptr_t)ctx, 1), -EINVAL);
	ck_assert_int_eq(map->ops->for_each(map, (uintptr_t)sum_until, (uintptr_t)ctx, 0), 5);
	ck_assert_uint_eq(ctx[0], 31);
	ctx[0] = 0;
	ctx[1] = 2;
	ck_assert_int_eq(map->ops->for_each(map, (uintptr_t)sum_until, (uintptr_t)ctx, 0), 3);
	ck_assert_uint_eq(ctx[0], 7);
	map_put(map);
}
END_TEST

/* More than any machine has: an error, no crash; and nothing is touched before it is used. */
START_TEST(absurd_sizes)
{
	struct map *map;
	int err;

	ck_assert_int_eq(try_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 32768, U32_MAX, 0, NULL, &map),
			 -ENOMEM);
	ck_assert_int_eq(try_map(BPF_MAP_TYPE_ARRAY, 4, INT32_MAX, U32_MAX, 0, NULL, &map),
			 -ENOMEM);
	ck_assert_int_eq(try_map(BPF_MAP_TYPE_QUEUE, 0, 1 << 22, U32_MAX, 0, NULL, &map), -ENOMEM);
	ck_assert_int_eq(try_map(BPF_MAP_TYPE_HASH, 4, 4000000, 1 << 27, 0, NULL, &map), -ENOMEM);
	ck_assert_int_eq(try_map(BPF_MAP_TYPE_HASH, 4, 4, U32_MAX, 0, NULL, &map), -E2BIG);
	err = try_map(BPF_MAP_TYPE_ARRAY, 4, 8, BIT(28), 0, NULL, &map);
	if (!err) {
		ck_assert_ptr_nonnull(map->ops->lookup(map, u32_key(BIT(28) - 1)));
		map_put(map);
	}
}
END_TEST

TCase *array_case(void)
{
	TCase *tc = map_tcase("array");

	tcase_add_test(tc, values_stay_in_place);
	tcase_add_test(tc, direct_value);
	tcase_add_test(tc, mmapable);
	tcase_add_test(tc, frozen_refuses_user_space_only);
	tcase_add_test(tc, each_cpu_has_its_own);
	tcase_add_test(tc, layout);
	tcase_add_test(tc, for_each);
	tcase_add_test(tc, absurd_sizes);
	return tc;
}
