// SPDX-License-Identifier: BSD-2-Clause
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>

#include "fixture.h"

#define PAGE 4096

/* A consumer that maps the ring as libbpf does and reads it as libbpf does. */
struct consumer {
	u64 *cons_pos;
	u64 *prod_pos;
	u8 *data;
	u64 mask;
	bool masks_all; /* reads the second half of a record at the masked position */
};

static void consumer_open(struct consumer *c, struct map *map)
{
	struct map_ringbuf_memory mem;
	u8 *p;

	map_ringbuf_memory(map, &mem);
	ck_assert_uint_eq(mem.data_size, map->max_entries);
	ck_assert_uint_eq(mem.file_size, 2 * PAGE + 2 * mem.data_size);
	c->cons_pos = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, mem.fd, 0);
	ck_assert_ptr_ne(c->cons_pos, MAP_FAILED);
	p = mmap(NULL, PAGE + 2 * mem.data_size, PROT_READ, MAP_SHARED, mem.fd, PAGE);
	ck_assert_ptr_ne(p, MAP_FAILED);
	c->prod_pos = (u64 *)p;
	c->data = p + PAGE;
	c->mask = mem.data_size - 1;
}

/* The next record's sample is copied out: 1, discarded: 0, none: -1. */
static int consume(struct consumer *c, u8 *out, u32 *len)
{
	u64 cons = *c->cons_pos, prod = __atomic_load_n(c->prod_pos, __ATOMIC_ACQUIRE);
	u32 *hdr = (u32 *)(c->data + (cons & c->mask));
	u32 head;

	if (cons >= prod)
		return -1;
	head = __atomic_load_n(hdr, __ATOMIC_ACQUIRE);
	if (head & BPF_RINGBUF_BUSY_BIT)
		return -1;
	*len = head & ~BPF_RINGBUF_DISCARD_BIT;
	if (c->masks_all) {
		for (u32 i = 0; i < *len; i++)
			out[i] = c->data[(cons + 8 + i) & c->mask];
	} else {
		memcpy(out, (u8 *)hdr + 8, *len);
	}
	__atomic_store_n(c->cons_pos, cons + round_up_to((u64)*len + 8, 8), __ATOMIC_RELEASE);
	return !(head & BPF_RINGBUF_DISCARD_BIT);
}

static void stream(bool masks_all)
{
	struct map *map = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, PAGE, 0);
	struct consumer c = {.masks_all = masks_all};
	u32 sent = 0, got = 0;
	u8 buf[PAGE], want[PAGE];

	consumer_open(&c, map);
	while (got < 20000) {
		u32 size = rnd(4) ? rnd(200) : rnd(2000), len;
		u8 *sample = map_ringbuf_reserve(map, size, 0);
		int kind;

		if (sample) {
			memset(sample, (u8)sent, size);
			if (sent % 5 == 3)
				map_ringbuf_discard(sample, 0);
			else
				map_ringbuf_submit(sample, 0);
			sent++;
		}
		if (sample && rnd(3))
			continue;
		kind = consume(&c, buf, &len);
		if (kind < 0)
			continue;
		ck_assert_int_eq(kind, got % 5 != 3);
		memset(want, (u8)got, len);
		ck_assert_mem_eq(buf, want, len);
		got++;
	}
	map_put(map);
}

START_TEST(records_in_one_piece)
{
	stream(false);
}
END_TEST

START_TEST(records_at_masked_positions)
{
	stream(true);
}
END_TEST

START_TEST(room)
{
	struct map *map = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, PAGE, 0);
	u8 *a, *b;

	ck_assert_ptr_null(map_ringbuf_reserve(map, 8, 1));
	ck_assert_ptr_null(map_ringbuf_reserve(map, PAGE, 0));
	ck_assert_ptr_null(map_ringbuf_reserve(map, U64_MAX - 4, 0));
	/* A byte of the ring always stays free. */
	ck_assert_ptr_null(map_ringbuf_reserve(map, PAGE - 8, 0));
	a = map_ringbuf_reserve(map, 2000, 0);
	ck_assert_ptr_nonnull(a);
	b = map_ringbuf_reserve(map, 2000, 0);
	ck_assert_ptr_nonnull(b);
	ck_assert_ptr_null(map_ringbuf_reserve(map, 2000, 0));
	ck_assert_int_eq(map_ringbuf_output(map, a, 2000, 0), -EAGAIN);
	ck_assert_int_eq(map_ringbuf_output(map, a, 8, 4), -EINVAL);
	ck_assert_uint_eq(map_ringbuf_query(map, BPF_RB_AVAIL_DATA), 2 * 2008);
	ck_assert_uint_eq(map_ringbuf_query(map, BPF_RB_RING_SIZE), PAGE);
	ck_assert_uint_eq(map_ringbuf_query(map, BPF_RB_CONS_POS), 0);
	ck_assert_uint_eq(map_ringbuf_query(map, BPF_RB_PROD_POS), 2 * 2008);
	ck_assert_uint_eq(map_ringbuf_query(map, 4), 0);
	ck_assert(map_ringbuf_has_data(map));
	map_ringbuf_submit(b, 0);
	map_ringbuf_submit(a, 0);
	map_put(map);
}
END_TEST

/* The position that user space writes may be anything at all. */
START_TEST(hostile_consumer)
{
	struct map *map = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 2 * PAGE, 0);
	struct consumer c = {0};

	consumer_open(&c, map);
	for (int round = 0; round < 100000; round++) {
		u32 size = rnd(3000);
		u8 *sample;

		switch (rnd(4)) {
		case 0:
			*c.cons_pos = (u64)rnd(U32_MAX) << 32 | rnd(U32_MAX);
			break;
		case 1:
			*c.cons_pos = *c.prod_pos + rnd(64) - 32;
			break;
		default:
			*c.cons_pos = *c.prod_pos;
		}
		map_ringbuf_has_data(map);
		sample = map_ringbuf_reserve(map, size, 0);
		if (sample) {
			memset(sample, 0xff, size);
			map_ringbuf_submit(sample, 0);
		}
	}
	map_put(map);
}
END_TEST

static void wake(struct map *map, void *arg)
{
	(void)map;
	++*(int *)arg;
}

START_TEST(wakeups)
{
	struct map *map = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, PAGE, 0);
	struct consumer c = {0};
	u8 buf[PAGE];
	int woken = 0;
	u32 len;

	consumer_open(&c, map);
	map_ringbuf_set_wakeup(map, wake, &woken);
	ck_assert_int_eq(map_ringbuf_output(map, "x", 1, 0), 0);
	ck_assert_int_eq(woken, 1);
	/* The consumer is behind: it will find this one without being told. */
	ck_assert_int_eq(map_ringbuf_output(map, "x", 1, 0), 0);
	ck_assert_int_eq(woken, 1);
	ck_assert_int_eq(map_ringbuf_output(map, "x", 1, BPF_RB_FORCE_WAKEUP), 0);
	ck_assert_int_eq(woken, 2);
	while (consume(&c, buf, &len) >= 0)
		;
	ck_assert(!map_ringbuf_has_data(map));
	ck_assert_int_eq(map_ringbuf_output(map, "x", 1, BPF_RB_NO_WAKEUP), 0);
	ck_assert_int_eq(woken, 2);
	map_ringbuf_set_wakeup(map, NULL, NULL);
	ck_assert_int_eq(map_ringbuf_output(map, "x", 1, BPF_RB_FORCE_WAKEUP), 0);
	ck_assert_int_eq(woken, 2);
	map_put(map);
}
END_TEST

#define PRODUCERS    3
#define PER_PRODUCER 5000

static void *produce(void *arg)
{
	static u32 next_producer;
	u32 id = __atomic_fetch_add(&next_producer, 1, __ATOMIC_RELAXED);
	struct map *map = arg;

	for (u32 i = 0; i < PER_PRODUCER;) {
		u32 *sample = map_ringbuf_reserve(map, 24, 0);

		if (!sample) {
			sched_yield();
			continue;
		}
		sample[0] = id;
		sample[1] = i++;
		map_ringbuf_submit(sample, 0);
	}
	return NULL;
}

START_TEST(producers_side_by_side)
{
	struct map *map = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, PAGE, 0);
	u32 next[PRODUCERS] = {0}, buf[8], len;
	pthread_t threads[PRODUCERS];
	struct consumer c = {0};

	consumer_open(&c, map);
	for (u32 i = 0; i < PRODUCERS; i++)
		pthread_create(&threads[i], NULL, produce, map);
	for (u32 n = 0; n < PRODUCERS * PER_PRODUCER;) {
		if (consume(&c, (u8 *)buf, &len) < 0) {
			sched_yield();
			continue;
		}
		ck_assert(len == 24 && buf[0] < PRODUCERS && buf[1] == next[buf[0]]);
		next[buf[0]]++;
		n++;
	}
	for (u32 i = 0; i < PRODUCERS; i++)
		pthread_join(threads[i], NULL);
	map_put(map);
}
END_TEST

TCase *ringbuf_case(void)
{
	TCase *tc = map_tcase("ringbuf");

	tcase_add_test(tc, records_in_one_piece);
	tcase_add_test(tc, records_at_masked_positions);
	tcase_add_test(tc, room);
	tcase_add_test(tc, hostile_consumer);
	tcase_add_test(tc, wakeups);
	tcase_add_test(tc, producers_side_by_side);
	return tc;
}
