// SPDX-License-Identifier: BSD-2-Clause
#include <time.h>

#include "suites.h"

/*
 * The database against a twin that nobody could get wrong: a list, newest first, and a loop.
 */
enum {
	NETNS = 3,
	ADDRS = 4,
	SPIS = 40,
	MARKS = 4,
	MAX = 4096
};

struct entry {
	struct sad_key key;
	xfrm_address_t saddr;
	struct xfrm_mark mark;
	struct xfrm_state *x;
};

static struct entry list[MAX];
static u32 entries;
static u64 random_state;

static u32 rnd(u32 n)
{
	random_state = hash_u64(random_state, 1);
	return (u32)(random_state >> 33) % n;
}

static struct sad_key random_key(void)
{
	struct sad_key key = {
		.netns_id = (s32)rnd(NETNS),
		.family = rnd(3) ? AF_INET : AF_INET6,
		.spi = htonl(1 + rnd(SPIS)),
		.proto = (u8)(rnd(4) ? IPPROTO_ESP : IPPROTO_AH),
	};

	key.daddr.a4 = htonl(0x0a000000 + rnd(ADDRS));
	if (key.family == AF_INET6)
		key.daddr.a6[3] = rnd(ADDRS);
	return key;
}

static struct xfrm_mark random_mark(void)
{
	static const struct xfrm_mark marks[MARKS] = {
		{0, 0}, {1, 0xff}, {2, 0x3}, {0x1ff, 0xff} /* fits no packet */};

	return marks[rnd(4) ? 0 : rnd(MARKS)];
}

static bool same_key(const struct sad_key *a, const struct sad_key *b)
{
	return a->netns_id == b->netns_id && a->family == b->family && a->spi == b->spi &&
	       a->proto == b->proto && !memcmp(&a->daddr, &b->daddr, a->family == AF_INET ? 4 : 16);
}

static s64 twin_find(const struct sad_key *key, u32 mark)
{
	for (s64 i = (s64)entries - 1; i >= 0; i--) {
		if (same_key(&list[i].key, key) && (mark & list[i].mark.m) == list[i].mark.v)
			return i;
	}
	return -1;
}

static void twin_remove(s64 i)
{
	memmove(&list[i], &list[i + 1], (entries - (u64)i - 1) * sizeof(list[0]));
	entries--;
}

static void op_add(void)
{
	struct sad_key key = random_key();
	struct xfrm_state *x;
	struct sad_spec spec;
	int ret;
	s64 i;

	sad_spec_init(&spec);
	spec.family = key.family;
	spec.id = (struct xfrm_id){key.daddr, key.spi, key.proto};
	spec.mark = random_mark();
	must(!sad_state_new(&spec, sad_netns(sad, key.netns_id), &x));
	i = twin_find(&key, spec.mark.v & spec.mark.m);
	ret = entries < MAX ? sad_insert(sad, x) : -EEXIST;
	if (ret)
		sad_state_put(x);
	if (entries == MAX)
		return;
	must(ret == (i < 0 ? 0 : -EEXIST));
	if (!ret)
		list[entries++] = (struct entry){key, spec.saddr, spec.mark, x};
}

static void op_delete(void)
{
	struct sad_id id = {.key = random_key(), .mark = rnd(4)};
	s64 i = twin_find(&id.key, id.mark);

	must(sad_delete(sad, &id) == (i < 0 ? -ESRCH : 0));
	if (i >= 0)
		twin_remove(i);
}

static void op_lookup(void)
{
	struct sad_key key = random_key();
	u32 mark = rnd(4);
	s64 i = twin_find(&key, mark);
	struct xfrm_state *x;

	rcu_enter();
	x = sad_lookup(sad, &key, mark);
	must(x == (i < 0 ? NULL : list[i].x));
	if (x)
		sad_state_put(x);
	rcu_leave();
}

static void op_bulk(void)
{
	struct sad_key keys[SAD_BULK];
	u32 marks[SAD_BULK];
	struct xfrm_state *out[SAD_BULK];

	for (u32 i = 0; i < SAD_BULK; i++) {
		keys[i] = random_key();
		marks[i] = rnd(4);
	}
	rcu_enter();
	sad_peek_bulk(sad, keys, marks, SAD_BULK, out);
	for (u32 i = 0; i < SAD_BULK; i++) {
		s64 at = twin_find(&keys[i], marks[i]);

		must(out[i] == (at < 0 ? NULL : list[at].x));
	}
	rcu_leave();
}

static void op_flush(void)
{
	struct sad_filter f = {.netns_id = (s32)rnd(NETNS), .proto = rnd(2) ? IPPROTO_AH : 0};
	size_t n = 0;

	for (s64 i = (s64)entries - 1; i >= 0; i--) {
		if (list[i].key.netns_id != f.netns_id || (f.proto && list[i].key.proto != f.proto))
			continue;
		twin_remove(i);
		n++;
	}
	ck_assert_uint_eq(sad_flush(sad, &f), n);
}

static int visit(struct xfrm_state *x, void *arg)
{
	u32 *i = arg;

	must(x == list[(*i)++].x);
	return 0;
}

static void op_walk(void)
{
	u32 i = 0;

	ck_assert_int_eq(sad_walk(sad, visit, &i), 0);
	ck_assert_uint_eq(i, entries);
	ck_assert_uint_eq(sad_count(sad), entries);
}

START_TEST(same_as_a_list)
{
	enum {
		OPS = 300000
	};

	random_state = (u64)_i + 1;
	entries = 0;
	for (s32 id = 1; id < NETNS; id++)
		ck_assert_int_eq(sad_add_netns(sad, id), 0);
	for (u32 op = 0; op < OPS / 4; op++) {
		u32 which = rnd(10000);

		if (which < 1)
			op_flush();
		else if (which < 3)
			op_walk();
		else if (which < 50)
			op_bulk();
		else if (which < 4000)
			op_add();
		else if (which < 5500)
			op_delete();
		else
			op_lookup();
	}
	op_walk();
}
END_TEST

TCase *twin_case(void)
{
	TCase *tc = tcase_create("twin");

	tcase_add_checked_fixture(tc, make_sad, drop_sad);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, same_as_a_list, 0, 4);
	return tc;
}
