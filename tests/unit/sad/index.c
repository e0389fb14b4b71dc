// SPDX-License-Identifier: BSD-2-Clause
#include "suites.h"

static struct sad_index ix;

static void make(void)
{
	make_sad();
	ck_assert_int_eq(sad_index_init(&ix), 0);
}

static void drop(void)
{
	sad_index_fini(&ix);
	drop_sad();
}

static void insert(u32 n, struct xfrm_state **states)
{
	for (u32 i = 0; i < n; i++) {
		states[i] = esp_state(i + 1, 0, 0);
		must(!sad_index_insert(&ix, states[i]));
	}
}

static void find_all(u32 first, u32 n, struct xfrm_state **states)
{
	for (u32 i = first; i < n; i++) {
		struct sad_key key = esp_key(i + 1);

		must(sad_index_find(&ix, &key) == states[i]);
	}
}

START_TEST(grows_and_shrinks)
{
	enum {
		N = 20000
	};
	struct xfrm_state **states = calloc(N, sizeof(*states));
	struct sad_key none = esp_key(N + 1);

	insert(N, states);
	ck_assert_uint_eq(ix.keys, N);
	ck_assert_uint_ge(ix.table->n * SAD_SLOTS, N);
	/* At most 40 bytes a key. */
	ck_assert_uint_le(ix.table->n * sizeof(struct sad_bucket), N * 40);
	find_all(0, N, states);
	ck_assert_ptr_null(sad_index_find(&ix, &none));
	for (u32 i = 0; i < N; i++) {
		struct sad_key key = esp_key(i + 1);

		sad_index_remove(&ix, states[i]);
		must(!sad_index_find(&ix, &key));
		if (i % 1000 == 0)
			find_all(i + 1, N, states);
		sad_state_put(states[i]);
	}
	ck_assert_uint_eq(ix.keys, 0);
	ck_assert_uint_le(ix.table->n, 16);
	free(states);
}
END_TEST

/* Sequential SPIs must spread: no bucket passes more than a few keys on. */
START_TEST(sequential_spis_spread)
{
	enum {
		N = 50000
	};
	struct xfrm_state **states = calloc(N, sizeof(*states));
	u64 passed = 0;

	insert(N, states);
	for (u64 i = 0; i < ix.table->n; i++)
		passed += ix.table->bucket[i].ref[0] >> SAD_SPILL_SHIFT;
	/* About 4 % of keys at two keys a bucket of four, if they fall at random. */
	ck_assert_uint_lt(passed, N / 12);
	for (u32 i = 0; i < N; i++) {
		sad_index_remove(&ix, states[i]);
		sad_state_put(states[i]);
	}
	free(states);
}
END_TEST

/* All keys in one bucket: slow, and right. */
START_TEST(one_bucket)
{
	enum {
		N = 300
	};
	struct xfrm_state *states[N];

	/* A product with zero. */
	ix.seed[3] = 0;
	insert(N, states);
	find_all(0, N, states);
	for (u32 i = 0; i < N; i++) {
		sad_index_remove(&ix, states[i]);
		find_all(i + 1, N, states);
		sad_state_put(states[i]);
	}
}
END_TEST

START_TEST(marks_newest_first)
{
	struct sad_key key = esp_key(1);
	struct xfrm_state *a = esp_state(1, 1, 0xff);
	struct xfrm_state *b = esp_state(1, 0, 0);
	struct xfrm_state *c = esp_state(1, 0x100, 0x100);

	ck_assert_int_eq(sad_index_insert(&ix, a), 0);
	ck_assert_int_eq(sad_index_insert(&ix, b), 0);
	ck_assert_int_eq(sad_index_insert(&ix, c), 0);
	ck_assert_uint_eq(ix.keys, 1);
	ck_assert_ptr_eq(sad_index_find(&ix, &key), c);
	ck_assert_ptr_eq(sad_next_mark(c), b);
	ck_assert_ptr_eq(sad_next_mark(b), a);
	sad_index_remove(&ix, b);
	ck_assert_ptr_eq(sad_next_mark(c), a);
	sad_index_remove(&ix, c);
	ck_assert_ptr_eq(sad_index_find(&ix, &key), a);
	sad_index_remove(&ix, a);
	ck_assert_ptr_null(sad_index_find(&ix, &key));
	sad_state_put(a);
	sad_state_put(b);
	sad_state_put(c);
}
END_TEST

/* States that a device handles whole come before the others, as the kernel orders them. */
START_TEST(packet_offload_first)
{
	struct sad_key key = esp_key(1);
	struct xfrm_state *hw = esp_state(1, 1, 0xff);
	struct xfrm_state *sw = esp_state(1, 2, 0xff);
	struct xfrm_state *sw2 = esp_state(1, 3, 0xff);

	hw->xso.type = XFRM_DEV_OFFLOAD_PACKET;
	ck_assert_int_eq(sad_index_insert(&ix, sw), 0);
	ck_assert_int_eq(sad_index_insert(&ix, hw), 0);
	ck_assert_int_eq(sad_index_insert(&ix, sw2), 0);
	ck_assert_ptr_eq(sad_index_find(&ix, &key), hw);
	ck_assert_ptr_eq(sad_next_mark(hw), sw2);
	ck_assert_ptr_eq(sad_next_mark(sw2), sw);
	sad_index_remove(&ix, hw);
	sad_index_remove(&ix, sw);
	sad_index_remove(&ix, sw2);
	sad_state_put(hw);
	sad_state_put(sw);
	sad_state_put(sw2);
}
END_TEST

TCase *index_case(void)
{
	TCase *tc = tcase_create("index");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_set_timeout(tc, 30);
	tcase_add_test(tc, grows_and_shrinks);
	tcase_add_test(tc, sequential_spis_spread);
	tcase_add_test(tc, one_bucket);
	tcase_add_test(tc, marks_newest_first);
	tcase_add_test(tc, packet_offload_first);
	return tc;
}
