// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

static void against_array(u32 type)
{
	struct map *map = make_map(type, 0, 4, 7, 0);
	u32 in[8], n = 0;

	for (int round = 0; round < 20000; round++) {
		u32 value = rnd(1000000), got = 99, at = type == BPF_MAP_TYPE_STACK ? n - 1 : 0;
		bool replace = rnd(2);
		long err;

		switch (rnd(4)) {
		case 0 ... 1:
			err = map->ops->push(map, &value, replace ? BPF_EXIST : BPF_ANY);
			if (n == 7 && !replace) {
				ck_assert_int_eq(err, -E2BIG);
				break;
			}
			ck_assert_int_eq(err, 0);
			if (n == 7)
				memmove(in, in + 1, --n * sizeof(in[0]));
			in[n++] = value;
			break;
		case 2:
			ck_assert_int_eq(map->ops->peek(map, &got), n ? 0 : -ENOENT);
			ck_assert_uint_eq(got, n ? in[at] : 0);
			break;
		default:
			ck_assert_int_eq(map->ops->pop(map, &got), n ? 0 : -ENOENT);
			ck_assert_uint_eq(got, n ? in[at] : 0);
			if (n)
				memmove(in + at, in + at + 1, (--n - at) * sizeof(in[0]));
		}
	}
	ck_assert_int_eq(map->ops->push(map, in, BPF_NOEXIST), -EINVAL);
	map_put(map);
}

START_TEST(queue)
{
	against_array(BPF_MAP_TYPE_QUEUE);
}
END_TEST

START_TEST(stack)
{
	against_array(BPF_MAP_TYPE_STACK);
}
END_TEST

/* Never denies what is in it; seldom claims what is not. */
START_TEST(bloom_filter)
{
	struct map *map = make_map(BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 1000, 0);
	u32 wrong = 0;
	u64 v;

	for (v = 0; v < 1000; v++)
		ck_assert_int_eq(map->ops->push(map, &v, 0), 0);
	for (v = 0; v < 1000; v++)
		ck_assert_int_eq(map->ops->peek(map, &v), 0);
	for (v = 1000; v < 11000; v++)
		wrong += !map->ops->peek(map, &v);
	ck_assert_uint_lt(wrong, 500);
	map_put(map);
}
END_TEST

TCase *queue_case(void)
{
	TCase *tc = map_tcase("queue, stack, bloom filter");

	tcase_add_test(tc, queue);
	tcase_add_test(tc, stack);
	tcase_add_test(tc, bloom_filter);
	return tc;
}
