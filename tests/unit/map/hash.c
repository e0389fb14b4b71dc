// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "fixture.h"

/* An association list: what a hash map should do, without the hash. */
struct twin {
	struct {
		u8 key[40];
		u8 value[64];
	} * at;
	u32 nr, max, key_size, value_size;
};

static int twin_find(const struct twin *t, const void *key)
{
	for (u32 i = 0; i < t->nr; i++) {
		if (!memcmp(t->at[i].key, key, t->key_size))
			return (int)i;
	}
	return -1;
}

static long twin_update(struct twin *t, const void *key, const void *value, u64 flags)
{
	int i = twin_find(t, key);

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (i >= 0 && flags == BPF_NOEXIST)
		return -EEXIST;
	if (i < 0 && flags == BPF_EXIST)
		return -ENOENT;
	if (i < 0) {
		if (t->nr == t->max)
			return -E2BIG;
		i = (int)t->nr++;
		memcpy(t->at[i].key, key, t->key_size);
	}
	memcpy(t->at[i].value, value, t->value_size);
	return 0;
}

static long twin_remove(struct twin *t, const void *key)
{
	int i = twin_find(t, key);

	if (i < 0)
		return -ENOENT;
	t->at[i] = t->at[--t->nr];
	return 0;
}

static void compare_walk(struct map *map, const struct twin *t)
{
	u8 key[40], *prev = NULL;
	u32 n = 0;

	while (!map_user_next_key(map, prev, key)) {
		ck_assert_int_ge(twin_find(t, key), 0);
		prev = key;
		ck_assert_uint_le(++n, t->nr);
	}
	ck_assert_uint_eq(n, t->nr);
}

static void against_twin(u32 type, u32 key_size, u32 value_size, u32 max, u32 flags)
{
	struct map *map = make_map(type, key_size, value_size, max, flags);
	struct twin t = {.max = max, .key_size = key_size, .value_size = value_size};

	t.at = calloc(max, sizeof(*t.at));
	for (int round = 0; round < 20000; round++) {
		u8 key[40] = {0}, value[64];
		u64 fl = rnd(3) ? BPF_ANY : rnd(4);
		void *at;
		int i;

		key[0] = (u8)rnd(max * 2);
		key[key_size - 1] ^= (u8)(key[0] * 7);
		for (u32 b = 0; b < value_size; b++)
			value[b] = (u8)rnd(256);
		rcu_enter();
		switch (rnd(3)) {
		case 0:
			ck_assert_int_eq(map->ops->update(map, key, value, fl),
					 twin_update(&t, key, value, fl));
			break;
		case 1:
			ck_assert_int_eq(map->ops->remove(map, key), twin_remove(&t, key));
			break;
		default:
			at = map->ops->lookup(map, key);
			i = twin_find(&t, key);
			ck_assert_int_eq(!!at, i >= 0);
			if (at)
				ck_assert_mem_eq(at, t.at[i].value, value_size);
		}
		rcu_leave();
		if (round % 500 == 0)
			compare_walk(map, &t);
	}
	compare_walk(map, &t);
	free(t.at);
	map_put(map);
}

START_TEST(like_a_list)
{
	against_twin(BPF_MAP_TYPE_HASH, 4, 8, 50, 0);
	against_twin(BPF_MAP_TYPE_HASH, 8, 7, 1, 0);
	against_twin(BPF_MAP_TYPE_HASH, 40, 64, 100, BPF_F_NO_PREALLOC);
	against_twin(BPF_MAP_TYPE_HASH, 1, 1, 20, BPF_F_ZERO_SEED);
	against_twin(BPF_MAP_TYPE_PERCPU_HASH, 5, 12, 50, 0);
	/* Never full, an LRU map is a hash map. */
	against_twin(BPF_MAP_TYPE_LRU_HASH, 4, 8, 300, 0);
}
END_TEST

START_TEST(replaced_values_stay_readable)
{
	struct map *map = make_map(BPF_MAP_TYPE_HASH, 4, 4, 2, 0);
	u32 *old, v = 1;

	rcu_enter();
	ck_assert_int_eq(map->ops->update(map, u32_key(5), &v, 0), 0);
	old = map->ops->lookup(map, u32_key(5));
	v = 2;
	ck_assert_int_eq(map->ops->update(map, u32_key(5), &v, 0), 0);
	ck_assert_uint_eq(*old, 1);
	ck_assert_uint_eq(*(u32 *)map->ops->lookup(map, u32_key(5)), 2);
	old = map->ops->lookup(map, u32_key(5));
	ck_assert_int_eq(map->ops->remove(map, u32_key(5)), 0);
	ck_assert_uint_eq(*old, 2);
	rcu_leave();
	map_put(map);
}
END_TEST

/* A full map takes a replacement, however often. */
START_TEST(full)
{
	struct map *map = make_map(BPF_MAP_TYPE_HASH, 4, 4, 3, 0);

	for (u32 i = 0; i < 3; i++)
		ck_assert_int_eq(map->ops->update(map, &i, &i, 0), 0);
	ck_assert_int_eq(map->ops->update(map, u32_key(3), u32_key(0), 0), -E2BIG);
	for (u32 i = 0; i < 1000; i++)
		ck_assert_int_eq(map->ops->update(map, u32_key(i % 3), &i, 0), 0);
	ck_assert_int_eq(map->ops->remove(map, u32_key(0)), 0);
	ck_assert_int_eq(map->ops->update(map, u32_key(3), u32_key(0), 0), 0);
	ck_assert_int_eq(map->ops->update(map, u32_key(0), u32_key(0), 0), -E2BIG);
	map_put(map);
}
END_TEST

START_TEST(new_percpu_value_is_zero_elsewhere)
{
	struct map *map = make_map(BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 8, 0);
	u64 all[CPUS];

	for (int round = 0; round < 3; round++) {
		test_run.cpu = 2;
		ck_assert_int_eq(map->ops->update(map, u32_key(7), u32_key(9), 0), 0);
		ck_assert_int_eq(map_user_lookup(map, u32_key(7), all, 0), 0);
		for (u32 cpu = 0; cpu < CPUS; cpu++)
			ck_assert_uint_eq(all[cpu], cpu == 2 ? 9 : 0);
		for (u32 cpu = 0; cpu < CPUS; cpu++)
			all[cpu] = 100 + cpu;
		ck_assert_int_eq(map_user_update(map, u32_key(7), all, 0), 0);
		test_run.cpu = 3;
		ck_assert_uint_eq(*(u32 *)map->ops->lookup(map, u32_key(7)), 103);
		ck_assert_int_eq(map_user_lookup_and_delete(map, u32_key(7), all, 0), 0);
		ck_assert_uint_eq(all[1], 101);
		ck_assert_int_eq(map_user_lookup(map, u32_key(7), all, 0), -ENOENT);
		/* The element that comes next is this one again. */
		settle();
	}
	map_put(map);
}
END_TEST

static u64 remove_it(struct map *map, void *key, void *value, void *ctx)
{
	u32 *seen = ctx;

	(*seen)++;
	ck_assert_uint_eq(*(u32 *)key + 1, *(u32 *)value);
	ck_assert_int_eq(map->ops->remove(map, key), 0);
	/* Still readable. */
	ck_assert_uint_eq(*(u32 *)key + 1, *(u32 *)value);
	return 0;
}

START_TEST(for_each_may_remove)
{
	struct map *map = make_map(BPF_MAP_TYPE_HASH, 4, 4, 64, 0);
	u32 seen = 0;

	for (u32 i = 0; i < 64; i++)
		ck_assert_int_eq(map->ops->update(map, &i, u32_key(i + 1), 0), 0);
	rcu_enter();
	ck_assert_int_eq(map->ops->for_each(map, (uintptr_t)remove_it, (uintptr_t)&seen, 0), 64);
	rcu_leave();
	ck_assert_uint_eq(seen, 64);
	ck_assert_int_eq(map_user_next_key(map, NULL, &seen), -ENOENT);
	map_put(map);
}
END_TEST

/* A walk that deletes as it goes finds everything, as bpf(2)'s users rely on. */
START_TEST(next_key_of_a_deleted_key_begins_anew)
{
	struct map *map = make_map(BPF_MAP_TYPE_HASH, 4, 4, 64, 0);
	u32 key, n = 0;

	for (u32 i = 0; i < 64; i++)
		ck_assert_int_eq(map->ops->update(map, &i, &i, 0), 0);
	while (!map_user_next_key(map, n ? &key : NULL, &key)) {
		ck_assert_int_eq(map_user_delete(map, &key), 0);
		n++;
	}
	ck_assert_uint_eq(n, 64);
	map_put(map);
}
END_TEST

/* Bucket by bucket with a small buffer: every element once. */
START_TEST(batches_cover_the_map)
{
	struct map *map = make_map(BPF_MAP_TYPE_HASH, 4, 4, 1000, 0);
	u32 keys[64], values[64], where, total = 0;
	bool seen[1000] = {0}, first = true;
	int err = 0;

	for (u32 i = 0; i < 1000; i++)
		ck_assert_int_eq(map->ops->update(map, &i, u32_key(i * 3), 0), 0);
	while (!err) {
		union bpf_attr attr = {0};

		attr.batch.keys = (uintptr_t)keys;
		attr.batch.values = (uintptr_t)values;
		attr.batch.in_batch = first ? 0 : (uintptr_t)&where;
		attr.batch.out_batch = (uintptr_t)&where;
		attr.batch.count = 64;
		err = map_user_batch(
			map, total < 500 ? BPF_MAP_LOOKUP_AND_DELETE_BATCH : BPF_MAP_LOOKUP_BATCH,
			&attr);
		ck_assert(!err || err == -ENOENT);
		for (u32 i = 0; i < attr.batch.count; i++) {
			ck_assert(!seen[keys[i]]);
			seen[keys[i]] = true;
			ck_assert_uint_eq(values[i], keys[i] * 3);
		}
		total += attr.batch.count;
		first = false;
	}
	ck_assert_uint_eq(total, 1000);
	map_put(map);
}
END_TEST

START_TEST(batch_without_room)
{
	/* Two keys in one bucket do not fit in a batch of one. */
	struct map *map = make_map(BPF_MAP_TYPE_HASH, 4, 4, 1, 0);
	union bpf_attr attr = {0};
	u32 key, value, where = 77;

	ck_assert_int_eq(map->ops->update(map, u32_key(1), u32_key(1), 0), 0);
	attr.batch.keys = (uintptr_t)&key;
	attr.batch.values = (uintptr_t)&value;
	attr.batch.out_batch = (uintptr_t)&where;
	attr.batch.count = 1;
	ck_assert_int_eq(map_user_batch(map, BPF_MAP_LOOKUP_BATCH, &attr), -ENOENT);
	ck_assert_uint_eq(attr.batch.count, 1);
	ck_assert_uint_eq(where, 1);
	attr.batch.in_batch = (uintptr_t)&where;
	ck_assert_int_eq(map_user_batch(map, BPF_MAP_LOOKUP_BATCH, &attr), -ENOENT);
	ck_assert_uint_eq(attr.batch.count, 0);
	attr.batch.count = 1;
	attr.batch.in_batch = 0;
	attr.batch.keys = 0;
	ck_assert_int_eq(map_user_batch(map, BPF_MAP_LOOKUP_BATCH, &attr), -EFAULT);
	map_put(map);
}
END_TEST

START_TEST(null_pointers)
{
	struct map *map = make_map(BPF_MAP_TYPE_HASH, 4, 4, 1, 0);
	u32 v = 0;

	ck_assert_int_eq(map_user_lookup(map, NULL, &v, 0), -EFAULT);
	ck_assert_int_eq(map_user_lookup(map, &v, NULL, 0), -EFAULT);
	ck_assert_int_eq(map_user_update(map, NULL, &v, 0), -EFAULT);
	ck_assert_int_eq(map_user_update(map, &v, NULL, 0), -EFAULT);
	ck_assert_int_eq(map_user_delete(map, NULL), -EFAULT);
	ck_assert_int_eq(map_user_next_key(map, &v, NULL), -EFAULT);
	map_put(map);
}
END_TEST

TCase *hash_case(void)
{
	TCase *tc = map_tcase("hash");

	tcase_add_test(tc, like_a_list);
	tcase_add_test(tc, replaced_values_stay_readable);
	tcase_add_test(tc, full);
	tcase_add_test(tc, new_percpu_value_is_zero_elsewhere);
	tcase_add_test(tc, for_each_may_remove);
	tcase_add_test(tc, next_key_of_a_deleted_key_begins_anew);
	tcase_add_test(tc, batches_cover_the_map);
	tcase_add_test(tc, batch_without_room);
	tcase_add_test(tc, null_pointers);
	return tc;
}
