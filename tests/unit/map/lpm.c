// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "fixture.h"

#define DATA_MAX 16

struct key {
	u32 prefixlen;
	u8 data[DATA_MAX];
};

struct twin {
	struct {
		struct key key;
		u32 value;
	} at[256];
	u32 nr, max, bits;
};

static bool bits_equal(const u8 *a, const u8 *b, u32 bits)
{
	for (u32 i = 0; i < bits; i++) {
		if ((a[i / 8] ^ b[i / 8]) >> (7 - i % 8) & 1)
			return false;
	}
	return true;
}

static int twin_find(const struct twin *t, const struct key *key)
{
	for (u32 i = 0; i < t->nr; i++) {
		if (t->at[i].key.prefixlen == key->prefixlen &&
		    bits_equal(t->at[i].key.data, key->data, key->prefixlen))
			return (int)i;
	}
	return -1;
}

static int twin_match(const struct twin *t, const struct key *key)
{
	int best = -1;

	for (u32 i = 0; i < t->nr; i++) {
		const struct key *k = &t->at[i].key;

		if (k->prefixlen <= key->prefixlen &&
		    bits_equal(k->data, key->data, k->prefixlen) &&
		    (best < 0 || k->prefixlen > t->at[best].key.prefixlen))
			best = (int)i;
	}
	return best;
}

static long twin_update(struct twin *t, const struct key *key, u32 value, u64 flags)
{
	int i = twin_find(t, key);

	if (flags > BPF_EXIST || key->prefixlen > t->bits)
		return -EINVAL;
	if (i >= 0 && flags == BPF_NOEXIST)
		return -EEXIST;
	if (i < 0 && flags == BPF_EXIST)
		return -ENOENT;
	if (i < 0) {
		if (t->nr == t->max)
			return -ENOSPC;
		i = (int)t->nr++;
	}
	t->at[i].key = *key;
	t->at[i].value = value;
	return 0;
}

static long twin_remove(struct twin *t, const struct key *key)
{
	int i = twin_find(t, key);

	if (key->prefixlen > t->bits)
		return -EINVAL;
	if (i < 0)
		return -ENOENT;
	t->at[i] = t->at[--t->nr];
	return 0;
}

/* Post-order: negative if @a comes before @b. */
static int order(const struct key *a, const struct key *b)
{
	u32 shorter = min(a->prefixlen, b->prefixlen);

	for (u32 i = 0; i < shorter; i++) {
		int x = a->data[i / 8] >> (7 - i % 8) & 1, y = b->data[i / 8] >> (7 - i % 8) & 1;

		if (x != y)
			return x - y;
	}
	return (int)b->prefixlen - (int)a->prefixlen;
}

static void compare_walk(struct map *map, const struct twin *t)
{
	struct key key = {0}, prev = {0};
	u32 n = 0;

	while (!map_user_next_key(map, n ? &prev : NULL, &key)) {
		ck_assert_int_ge(twin_find(t, &key), 0);
		if (n)
			ck_assert_int_lt(order(&prev, &key), 0);
		prev = key;
		ck_assert_uint_le(++n, t->nr);
	}
	ck_assert_uint_eq(n, t->nr);
}

static struct key random_key(u32 data_size)
{
	struct key key = {.prefixlen = rnd(data_size * 8 + 2)};

	if (!rnd(3))
		key.prefixlen = data_size * 8;
	for (u32 i = 0; i < data_size; i++)
		key.data[i] = (u8)(rnd(4) ? rnd(4) << 6 : rnd(256));
	return key;
}

static void against_twin(u32 data_size, u32 max)
{
	struct map *map = make_map(BPF_MAP_TYPE_LPM_TRIE, 4 + data_size, 4, max, BPF_F_NO_PREALLOC);
	struct twin *t = calloc(1, sizeof(*t));

	t->max = max;
	t->bits = data_size * 8;
	for (int round = 0; round < 20000; round++) {
		struct key key = random_key(data_size);
		u64 flags = rnd(3) ? BPF_ANY : rnd(4);
		u32 value = rnd(10000), *at;
		int i;

		rcu_enter();
		switch (rnd(5)) {
		case 0 ... 1:
			ck_assert_int_eq(map->ops->update(map, &key, &value, flags),
					 twin_update(t, &key, value, flags));
			break;
		case 2:
			ck_assert_int_eq(map->ops->remove(map, &key), twin_remove(t, &key));
			break;
		default:
			at = map->ops->lookup(map, &key);
			i = key.prefixlen > t->bits ? -1 : twin_match(t, &key);
			ck_assert_int_eq(!!at, i >= 0);
			if (at)
				ck_assert_uint_eq(*at, t->at[i].value);
		}
		rcu_leave();
		if (round % 200 == 0)
			compare_walk(map, t);
	}
	/* Empty it, and use it once more. */
	while (t->nr) {
		struct key key = t->at[rnd(t->nr)].key;

		ck_assert_int_eq(map->ops->remove(map, &key), 0);
		twin_remove(t, &key);
		compare_walk(map, t);
	}
	ck_assert_int_eq(map->ops->update(map, &(struct key){0}, u32_key(1), 0), 0);
	ck_assert_ptr_nonnull(map->ops->lookup(map, &(struct key){.prefixlen = 3}));
	free(t);
	map_put(map);
}

START_TEST(like_a_list)
{
	against_twin(1, 200);
	against_twin(4, 1);
	against_twin(4, 200);
	against_twin(9, 50);
	against_twin(16, 250);
}
END_TEST

START_TEST(longest_prefix)
{
	struct map *map = make_map(BPF_MAP_TYPE_LPM_TRIE, 8, 4, 10, BPF_F_NO_PREALLOC);
	struct key net8 = {8, {10}}, net24 = {24, {10, 1, 2}}, any = {0, {0}};

	ck_assert_int_eq(map->ops->update(map, &net8, u32_key(8), 0), 0);
	ck_assert_int_eq(map->ops->update(map, &net24, u32_key(24), 0), 0);
	ck_assert_uint_eq(*(u32 *)map->ops->lookup(map, &(struct key){32, {10, 1, 2, 3}}), 24);
	ck_assert_uint_eq(*(u32 *)map->ops->lookup(map, &(struct key){32, {10, 1, 3, 3}}), 8);
	ck_assert_uint_eq(*(u32 *)map->ops->lookup(map, &(struct key){16, {10, 1, 2, 3}}), 8);
	ck_assert_ptr_null(map->ops->lookup(map, &(struct key){32, {11, 1, 2, 3}}));
	ck_assert_int_eq(map->ops->update(map, &any, u32_key(0), 0), 0);
	ck_assert_uint_eq(*(u32 *)map->ops->lookup(map, &(struct key){32, {11, 1, 2, 3}}), 0);
	map_put(map);
}
END_TEST

TCase *lpm_case(void)
{
	TCase *tc = map_tcase("lpm_trie");

	tcase_add_test(tc, like_a_list);
	tcase_add_test(tc, longest_prefix);
	return tc;
}
