// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#define MAX 32

/* Second chance, in an array ordered from the oldest to the youngest. */
struct twin {
	struct {
		u32 key, value;
		bool used;
	} at[MAX];
	u32 nr, max;
};

static int twin_find(const struct twin *t, u32 key)
{
	for (u32 i = 0; i < t->nr; i++) {
		if (t->at[i].key == key)
			return (int)i;
	}
	return -1;
}

static void twin_drop(struct twin *t, int i)
{
	memmove(&t->at[i], &t->at[i + 1], (t->nr - (u32)i - 1) * sizeof(t->at[0]));
	t->nr--;
}

static void twin_add(struct twin *t, u32 key, u32 value, bool used)
{
	t->at[t->nr].key = key;
	t->at[t->nr].value = value;
	t->at[t->nr++].used = used;
}

static void twin_evict(struct twin *t)
{
	for (u32 passes = t->max; passes && t->at[0].used; passes--) {
		u32 key = t->at[0].key, value = t->at[0].value;

		twin_drop(t, 0);
		twin_add(t, key, value, false);
	}
	twin_drop(t, 0);
}

static long twin_update(struct twin *t, u32 key, u32 value, u64 flags)
{
	int i = twin_find(t, key);

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (i >= 0 && flags == BPF_NOEXIST)
		return -EEXIST;
	if (i < 0 && flags == BPF_EXIST)
		return -ENOENT;
	if (i >= 0)
		twin_drop(t, i);
	else if (t->nr == t->max)
		twin_evict(t);
	twin_add(t, key, value, i >= 0);
	return 0;
}

START_TEST(like_second_chance)
{
	for (u32 max = 1; max <= MAX; max += 5) {
		struct map *map = make_map(BPF_MAP_TYPE_LRU_HASH, 4, 4, max, 0);
		struct twin t = {.max = max};

		for (int round = 0; round < 10000; round++) {
			u32 key = rnd(max * 2), value = rnd(1000), what = rnd(8), *at, copy;
			u64 flags = rnd(4) ? BPF_ANY : rnd(4);
			int i = twin_find(&t, key);

			rcu_enter();
			if (what < 4) {
				ck_assert_int_eq(map->ops->update(map, &key, &value, flags),
						 twin_update(&t, key, value, flags));
			} else if (what < 5) {
				ck_assert_int_eq(map->ops->remove(map, &key), i < 0 ? -ENOENT : 0);
				if (i >= 0)
					twin_drop(&t, i);
			} else if (what < 6) {
				/* Leaves no mark. */
				ck_assert_int_eq(map_user_lookup(map, &key, &copy, 0),
						 i < 0 ? -ENOENT : 0);
			} else {
				at = map->ops->lookup(map, &key);
				ck_assert_int_eq(!!at, i >= 0);
				if (at) {
					ck_assert_uint_eq(*at, t.at[i].value);
					t.at[i].used = true;
				}
			}
			rcu_leave();
		}
		map_put(map);
	}
}
END_TEST

START_TEST(what_is_used_stays)
{
	struct map *map = make_map(BPF_MAP_TYPE_LRU_HASH, 4, 4, 100, 0);

	rcu_enter();
	for (u32 i = 0; i < 10000; i++) {
		ck_assert_int_eq(map->ops->update(map, &i, &i, 0), 0);
		ck_assert_ptr_nonnull(map->ops->lookup(map, u32_key(0)));
	}
	rcu_leave();
	map_put(map);
}
END_TEST

static u32 count_keys(struct map *map)
{
	u32 key, n = 0;

	while (!map_user_next_key(map, n ? &key : NULL, &key))
		n++;
	return n;
}

/* A list per CPU: one CPU's flood evicts no other's elements. */
START_TEST(lists_of_their_own)
{
	struct map *map = make_map(BPF_MAP_TYPE_LRU_HASH, 4, 4, 30, BPF_F_NO_COMMON_LRU);

	ck_assert_uint_eq(map->max_entries, 32);
	rcu_enter();
	test_run.cpu = 1;
	for (u32 i = 0; i < 8; i++)
		ck_assert_int_eq(map->ops->update(map, u32_key(1000000 + i), &i, 0), 0);
	test_run.cpu = 2;
	for (u32 i = 0; i < 1000; i++)
		ck_assert_int_eq(map->ops->update(map, &i, &i, 0), 0);
	/* A replacement stays where its key is. */
	for (u32 i = 0; i < 100; i++)
		ck_assert_int_eq(map->ops->update(map, u32_key(1000000 + i % 8), &i, 0), 0);
	rcu_leave();
	ck_assert_uint_eq(count_keys(map), 16);
	for (u32 i = 0; i < 8; i++)
		ck_assert_ptr_nonnull(map->ops->lookup(map, u32_key(1000000 + i)));
	map_put(map);
}
END_TEST

START_TEST(percpu_values)
{
	struct map *map = make_map(BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 4, 4, 0);
	u64 all[CPUS];

	for (u32 i = 0; i < 100; i++) {
		test_run.cpu = i % CPUS;
		ck_assert_int_eq(map->ops->update(map, &i, u32_key(i + 1), 0), 0);
		ck_assert_int_eq(map_user_lookup(map, &i, all, 0), 0);
		for (u32 cpu = 0; cpu < CPUS; cpu++)
			ck_assert_uint_eq(all[cpu], cpu == test_run.cpu ? i + 1 : 0);
		test_run.cpu = (i + 1) % CPUS;
		ck_assert_int_eq(map->ops->update(map, &i, u32_key(i + 2), BPF_EXIST), 0);
		ck_assert_uint_eq(*(u32 *)map->ops->lookup_percpu(map, &i, i % CPUS), i + 1);
		ck_assert_uint_eq(*(u32 *)map->ops->lookup(map, &i), i + 2);
	}
	ck_assert_uint_eq(count_keys(map), 4);
	map_put(map);
}
END_TEST

TCase *lru_case(void)
{
	TCase *tc = map_tcase("lru");

	tcase_add_test(tc, like_second_chance);
	tcase_add_test(tc, what_is_used_stays);
	tcase_add_test(tc, lists_of_their_own);
	tcase_add_test(tc, percpu_values);
	return tc;
}
