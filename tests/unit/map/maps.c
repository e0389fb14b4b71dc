// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

static struct map *make_outer(u32 type, u32 max, struct map *inner)
{
	struct map *map;

	ck_assert_int_eq(try_map(type, 4, 4, max, 0, inner, &map), 0);
	return map;
}

static void programs_find_the_inner_map(u32 type)
{
	struct map *a = make_map(BPF_MAP_TYPE_HASH, 4, 4, 8, 0);
	struct map *b = make_map(BPF_MAP_TYPE_HASH, 4, 4, 99, 0);
	struct map *outer = make_outer(type, 2, a), *found;
	int fd_a = name_fd(&a->obj), fd_b = name_fd(&b->obj);
	u32 id, v = 5;

	ck_assert_ptr_nonnull(outer->inner_meta);
	ck_assert_uint_eq(outer->inner_meta->value_size, 4);
	ck_assert_ptr_null(outer->ops->lookup(outer, u32_key(0)));
	ck_assert_int_eq(map_user_lookup(outer, u32_key(0), &id, 0), -ENOENT);
	ck_assert_int_eq(map_user_update(outer, u32_key(0), &fd_a, 0), 0);
	ck_assert_ptr_eq(outer->ops->lookup(outer, u32_key(0)), a);
	ck_assert_int_eq(map_user_lookup(outer, u32_key(0), &id, 0), 0);
	ck_assert_uint_eq(id, a->obj.id);
	/* The outer map keeps it. */
	map_put(a);
	rcu_enter();
	found = outer->ops->lookup(outer, u32_key(0));
	ck_assert_int_eq(found->ops->update(found, u32_key(1), &v, 0), 0);
	/* Replaced under the program's feet, it remains usable. */
	ck_assert_int_eq(map_user_update(outer, u32_key(0), &fd_b, 0), 0);
	ck_assert_ptr_eq(outer->ops->lookup(outer, u32_key(0)), b);
	ck_assert_uint_eq(*(u32 *)found->ops->lookup(found, u32_key(1)), 5);
	ck_assert_int_eq(found->ops->update(found, u32_key(1), &v, 0), 0);
	rcu_leave();
	ck_assert_int_eq(map_user_delete(outer, u32_key(0)), 0);
	ck_assert_int_eq(map_user_delete(outer, u32_key(0)), -ENOENT);
	ck_assert_int_eq(map_user_update(outer, u32_key(1), &fd_b, 0), 0);
	map_put(b);
	map_put(outer);
}

START_TEST(array_of_maps)
{
	programs_find_the_inner_map(BPF_MAP_TYPE_ARRAY_OF_MAPS);
}
END_TEST

START_TEST(hash_of_maps)
{
	programs_find_the_inner_map(BPF_MAP_TYPE_HASH_OF_MAPS);
}
END_TEST

START_TEST(only_what_is_like_the_first)
{
	struct map *array = make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 3, 0);
	struct map *longer = make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 4, 0);
	struct map *any = make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 3, BPF_F_INNER_MAP);
	struct map *any_longer = make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 4, BPF_F_INNER_MAP);
	struct map *wider = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 3, 0);
	struct map *progs = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 3, 0);
	struct map *outer, *nested;

	ck_assert(map_meta_equal(array, array));
	ck_assert(!map_meta_equal(array, longer));
	ck_assert(map_meta_equal(any, any_longer));
	ck_assert(!map_meta_equal(array, wider));
	ck_assert(!map_meta_equal(array, any));
	ck_assert_int_eq(try_map(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 1, 0, progs, &outer), -ENOTSUPP);
	ck_assert_int_eq(try_map(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 1, 0, NULL, &outer), -EBADF);
	outer = make_outer(BPF_MAP_TYPE_ARRAY_OF_MAPS, 1, array);
	ck_assert_int_eq(try_map(BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 1, 0, outer, &nested), -EINVAL);
	map_put(array);
	map_put(longer);
	map_put(any);
	map_put(any_longer);
	map_put(wider);
	map_put(progs);
	map_put(outer);
}
END_TEST

START_TEST(batch_of_inner_ids)
{
	struct map *inner = make_map(BPF_MAP_TYPE_ARRAY, 4, 4, 3, 0);
	struct map *outer = make_outer(BPF_MAP_TYPE_HASH_OF_MAPS, 8, inner);
	u32 keys[8], values[8], where;
	union bpf_attr attr = {0};
	int fd = name_fd(&inner->obj);

	for (u32 i = 0; i < 5; i++)
		ck_assert_int_eq(map_user_update(outer, &i, &fd, BPF_NOEXIST), 0);
	attr.batch.keys = (uintptr_t)keys;
	attr.batch.values = (uintptr_t)values;
	attr.batch.out_batch = (uintptr_t)&where;
	attr.batch.count = 8;
	ck_assert_int_eq(map_user_batch(outer, BPF_MAP_LOOKUP_AND_DELETE_BATCH, &attr), -ENOENT);
	ck_assert_uint_eq(attr.batch.count, 5);
	for (u32 i = 0; i < 5; i++)
		ck_assert_uint_eq(values[i], inner->obj.id);
	ck_assert_int_eq(map_user_next_key(outer, NULL, &where), -ENOENT);
	settle();
	ck_assert_uint_eq(inner->obj.refs, 1);
	map_put(outer);
	map_put(inner);
}
END_TEST

TCase *maps_case(void)
{
	TCase *tc = map_tcase("maps of maps");

	tcase_add_test(tc, array_of_maps);
	tcase_add_test(tc, hash_of_maps);
	tcase_add_test(tc, only_what_is_like_the_first);
	tcase_add_test(tc, batch_of_inner_ids);
	return tc;
}
