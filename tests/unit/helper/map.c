// SPDX-License-Identifier: BSD-2-Clause
#include "map/map.h"

#include <pthread.h>
#include <string.h>

#include "base/rcu.h"
#include "base/vcpu.h"
#include "suites.h"

static struct map *make(enum bpf_map_type type, u32 key_size, u32 value_size, u32 entries)
{
	union bpf_attr attr;
	struct map *map;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key_size;
	attr.value_size = value_size;
	attr.max_entries = entries;
	ck_assert_int_eq(map_create(&attr, NULL, NULL, &map), 0);
	return map;
}

static void begin(void)
{
	fixture_begin_xdp();
	fx.run.cpu = 0;
	rcu_enter();
}

static void end(void)
{
	rcu_leave();
	fixture_end();
}

START_TEST(elements)
{
	struct map *map = make(BPF_MAP_TYPE_HASH, 4, 8, 10);
	u32 key = 7;
	u64 value = 42, *found;

	ck_assert_int_eq(CALL2(map_lookup_elem, map, &key), 0);
	ck_assert_int_eq(CALL4(map_update_elem, map, &key, &value, BPF_ANY), 0);
	ck_assert_int_eq(CALL4(map_update_elem, map, &key, &value, BPF_NOEXIST), -EEXIST);
	found = (u64 *)CALL2(map_lookup_elem, map, &key);
	ck_assert_uint_eq(*found, 42);
	ck_assert_int_eq(CALL2(map_delete_elem, map, &key), 0);
	ck_assert_int_eq(CALL2(map_delete_elem, map, &key), -ENOENT);
	map_put(map);
}
END_TEST

START_TEST(percpu)
{
	struct map *map = make(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 2);
	u32 key = 1;

	ck_assert_int_eq(CALL3(map_lookup_percpu_elem, map, &key, vcpu_count()), 0);
	ck_assert_int_eq(CALL3(map_lookup_percpu_elem, map, &key, 0),
			 CALL2(map_lookup_elem, map, &key));
	map_put(map);
}
END_TEST

START_TEST(queue)
{
	struct map *map = make(BPF_MAP_TYPE_QUEUE, 0, 8, 2);
	u64 value = 1;

	ck_assert_int_eq(CALL2(map_pop_elem, map, &value), -ENOENT);
	value = 5;
	ck_assert_int_eq(CALL3(map_push_elem, map, &value, 0), 0);
	value = 0;
	ck_assert_int_eq(CALL2(map_peek_elem, map, &value), 0);
	ck_assert_uint_eq(value, 5);
	ck_assert_int_eq(CALL2(map_pop_elem, map, &value), 0);
	ck_assert_int_eq(CALL2(map_pop_elem, map, &value), -ENOENT);
	map_put(map);
}
END_TEST

static u64 add_up(u64 map, u64 key, u64 value, u64 ctx, u64 r5)
{
	(void)map, (void)r5;
	*(u64 *)ctx += *(u64 *)value;
	return *(u32 *)key == 2;
}

START_TEST(for_each)
{
	struct map *map = make(BPF_MAP_TYPE_ARRAY, 4, 8, 10);
	u64 sum = 0;

	for (u32 i = 0; i < 10; i++) {
		u64 value = 100 + i;

		ck_assert_int_eq(CALL4(map_update_elem, map, &i, &value, 0), 0);
	}
	ck_assert_int_eq(CALL4(for_each_map_elem, map, add_up, &sum, 0), 3);
	ck_assert_uint_eq(sum, 303);
	ck_assert_int_eq(CALL4(for_each_map_elem, map, add_up, &sum, 1), -EINVAL);
	map_put(map);
}
END_TEST

START_TEST(ring_buffer)
{
	struct map *map = make(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	u64 ptr[2], data = 1;
	void *sample;

	ck_assert_int_eq(CALL4(ringbuf_output, map, "espalier", 8, 0), 0);
	sample = (void *)CALL3(ringbuf_reserve, map, 16, 0);
	ck_assert_ptr_nonnull(sample);
	CALL2(ringbuf_submit, sample, 0);
	sample = (void *)CALL3(ringbuf_reserve, map, 16, 0);
	CALL2(ringbuf_discard, sample, 0);
	ck_assert_int_eq(CALL3(ringbuf_reserve, map, 5000, 0), 0);
	ck_assert_int_eq(CALL2(ringbuf_query, map, BPF_RB_RING_SIZE), 4096);
	ck_assert_int_eq(CALL2(ringbuf_query, map, BPF_RB_AVAIL_DATA), 16 + 24 + 24);

	ck_assert_int_eq(CALL4(ringbuf_reserve_dynptr, map, 16, 1, ptr), -EINVAL);
	ck_assert_uint_eq(ptr[0], 0);
	ck_assert_int_eq(CALL4(ringbuf_reserve_dynptr, map, 1 << 24, 0, ptr), -E2BIG);
	ck_assert_int_eq(CALL4(ringbuf_reserve_dynptr, map, 5000, 0, ptr), -EINVAL);
	CALL2(ringbuf_submit_dynptr, ptr, 0);
	ck_assert_int_eq(CALL4(ringbuf_reserve_dynptr, map, 16, 0, ptr), 0);
	ck_assert_int_eq(CALL5(dynptr_write, ptr, 8, &data, 8, 0), 0);
	ck_assert_int_eq(CALL5(dynptr_write, ptr, 9, &data, 8, 0), -E2BIG);
	ck_assert_int_eq(*(u64 *)CALL3(dynptr_data, ptr, 8, 8), 1);
	CALL2(ringbuf_submit_dynptr, ptr, 0);
	ck_assert_uint_eq(ptr[0], 0);
	ck_assert_int_eq(CALL4(ringbuf_reserve_dynptr, map, 16, 0, ptr), 0);
	CALL2(ringbuf_discard_dynptr, ptr, 0);
	ck_assert_int_eq(CALL2(ringbuf_query, map, BPF_RB_AVAIL_DATA), 5 * 24 - 8);
	map_put(map);
}
END_TEST

START_TEST(exchange)
{
	u64 slot = 1;

	ck_assert_int_eq(CALL2(kptr_xchg, &slot, 2), 1);
	ck_assert_int_eq(CALL2(kptr_xchg, &slot, 0), 2);
	ck_assert_uint_eq(slot, 0);
}
END_TEST

static u32 lock_word;
static u64 counter;

static void *count(void *unused)
{
	(void)unused;
	for (u32 i = 0; i < 20000; i++) {
		CALL1(spin_lock, &lock_word);
		counter++;
		CALL1(spin_unlock, &lock_word);
	}
	return NULL;
}

START_TEST(locks)
{
	pthread_t threads[3];

	for (u32 i = 0; i < ARRAY_SIZE(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, count, NULL), 0);
	for (u32 i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(counter, 60000);
	ck_assert_uint_eq(lock_word, 0);
}
END_TEST

TCase *map_case(void)
{
	TCase *tc = tcase_create("map");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, elements);
	tcase_add_test(tc, percpu);
	tcase_add_test(tc, queue);
	tcase_add_test(tc, for_each);
	tcase_add_test(tc, ring_buffer);
	tcase_add_test(tc, exchange);
	tcase_add_test(tc, locks);
	return tc;
}
