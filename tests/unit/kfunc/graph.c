// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "object/run.h"
#include "suites.h"

/* A node as programs have it in their objects: 32 opaque bytes. */
struct leaf {
	u64 key;
	u64 node[4];
	bool in;
};

#define LEAVES 200

static struct leaf leaves[LEAVES];
static u64 root[2], other[2];
static u32 compared;

static struct leaf *leaf_of(u64 node)
{
	return node ? (struct leaf *)(node - offsetof(struct leaf, node)) : NULL;
}

static u64 less(struct run *run, u64 func, u64 a, u64 b, u64 a3, u64 a4, u64 a5)
{
	(void)run;
	(void)func;
	(void)a3;
	(void)a4;
	(void)a5;
	compared++;
	return leaf_of(a)->key < leaf_of(b)->key;
}

static const struct run_ops ops = {.callback = less};

static u64 child(const char *kfunc, u64 node)
{
	return call_kfunc(kfunc, (uintptr_t)root, node, 0, 0, 0);
}

/* In order; returns the height, and counts. */
static u32 check_below(u64 node, u64 *last, u32 *count)
{
	u32 left, right;

	if (!node)
		return 0;
	left = check_below(child("bpf_rbtree_left", node), last, count);
	ck_assert_uint_ge(leaf_of(node)->key, *last);
	ck_assert(leaf_of(node)->in);
	*last = leaf_of(node)->key;
	++*count;
	right = check_below(child("bpf_rbtree_right", node), last, count);
	return 1 + (left > right ? left : right);
}

static void check_tree(u32 want)
{
	u64 top = call_kfunc("bpf_rbtree_root", (uintptr_t)root, 0, 0, 0, 0);
	u64 first = call_kfunc("bpf_rbtree_first", (uintptr_t)root, 0, 0, 0, 0);
	u64 last = 0;
	u32 count = 0, height = check_below(top, &last, &count), most = 0;

	ck_assert_uint_eq(count, want);
	/* A red-black tree is at most twice as high as a perfect one. */
	while ((1u << most) <= want)
		most++;
	ck_assert_uint_le(height, 2 * most);
	ck_assert(!first == !want);
	for (u32 i = 0; first && i < LEAVES; i++)
		ck_assert(!leaves[i].in || leaves[i].key >= leaf_of(first)->key);
}

START_TEST(tree)
{
	struct run run = {.ops = &ops};
	u32 in = 0;

	run_current = &run;
	srandom(7);
	for (u32 round = 0; round < 4000; round++) {
		struct leaf *l = &leaves[random() % LEAVES];
		u64 node = (uintptr_t)l->node;

		if (!l->in) {
			l->key = (u64)random() % 50;
			l->in = true;
			compared = 0;
			ck_assert_uint_eq(call_kfunc("bpf_rbtree_add_impl", (uintptr_t)root, node,
						     1, 0, offsetof(struct leaf, node)),
					  0);
			ck_assert_uint_le(compared, 16);
			in++;
		} else {
			ck_assert_uint_eq(
				call_kfunc("bpf_rbtree_remove", (uintptr_t)other, node, 0, 0, 0),
				0);
			ck_assert_uint_eq(
				call_kfunc("bpf_rbtree_remove", (uintptr_t)root, node, 0, 0, 0),
				node);
			ck_assert_uint_eq(child("bpf_rbtree_left", node), 0);
			l->in = false;
			in--;
		}
		check_tree(in);
	}
	run_current = NULL;
}
END_TEST

START_TEST(list)
{
	static struct {
		u64 link[3];
	} nodes[3];
	u64 head[2] = {0}, h = (uintptr_t)head, n[3];

	for (u32 i = 0; i < 3; i++)
		n[i] = (uintptr_t)nodes[i].link;
	ck_assert_uint_eq(call_kfunc("bpf_list_pop_front", h, 0, 0, 0, 0), 0);
	ck_assert_uint_eq(call_kfunc("bpf_list_front", h, 0, 0, 0, 0), 0);
	ck_assert_uint_eq(call_kfunc("bpf_list_push_back_impl", h, n[0], 0, 0, 0), 0);
	ck_assert_uint_eq(call_kfunc("bpf_list_push_back_impl", h, n[1], 0, 0, 0), 0);
	ck_assert_uint_eq(call_kfunc("bpf_list_push_front_impl", h, n[2], 0, 0, 0), 0);
	ck_assert_uint_eq(call_kfunc("bpf_list_front", h, 0, 0, 0, 0), n[2]);
	ck_assert_uint_eq(call_kfunc("bpf_list_back", h, 0, 0, 0, 0), n[1]);
	ck_assert_uint_eq(call_kfunc("bpf_list_pop_front", h, 0, 0, 0, 0), n[2]);
	ck_assert_uint_eq(call_kfunc("bpf_list_pop_back", h, 0, 0, 0, 0), n[1]);
	ck_assert_uint_eq(call_kfunc("bpf_list_pop_back", h, 0, 0, 0, 0), n[0]);
	ck_assert_uint_eq(call_kfunc("bpf_list_pop_back", h, 0, 0, 0, 0), 0);
	/* What was taken out can be put in again. */
	ck_assert_uint_eq(call_kfunc("bpf_list_push_back_impl", h, n[1], 0, 0, 0), 0);
	ck_assert_uint_eq(call_kfunc("bpf_list_pop_back", h, 0, 0, 0, 0), n[1]);
}
END_TEST

START_TEST(resilient_locks)
{
	u32 a = 0, b = 0;

	ck_assert_uint_eq(call_kfunc("bpf_res_spin_lock", (uintptr_t)&a, 0, 0, 0, 0), 0);
	ck_assert_int_eq((int)call_kfunc("bpf_res_spin_lock", (uintptr_t)&a, 0, 0, 0, 0), -EDEADLK);
	ck_assert_uint_eq(call_kfunc("bpf_res_spin_lock", (uintptr_t)&b, 0, 0, 0, 0), 0);
	call_kfunc("bpf_res_spin_unlock", (uintptr_t)&b, 0, 0, 0, 0);
	call_kfunc("bpf_res_spin_unlock", (uintptr_t)&a, 0, 0, 0, 0);
	ck_assert_uint_eq(a | b, 0);
	/* Held by somebody else, who never gives it back. */
	a = 1;
	ck_assert_int_eq((int)call_kfunc("bpf_res_spin_lock", (uintptr_t)&a, 0, 0, 0, 0),
			 -ETIMEDOUT);
}
END_TEST

static bool all_readable(struct run *run, u64 addr, size_t size)
{
	(void)run;
	return addr >= 4096 && size;
}

static int str2(const char *kfunc, const char *a, const char *b)
{
	return (int)call_kfunc(kfunc, (uintptr_t)a, (uintptr_t)b, 0, 0, 0);
}

static int strc(const char *kfunc, const char *a, u64 c)
{
	return (int)call_kfunc(kfunc, (uintptr_t)a, c, 0, 0, 0);
}

START_TEST(strings)
{
	static const struct run_ops readable = {.readable = all_readable};
	struct run run = {.ops = &readable};

	run_current = &run;
	ck_assert_int_eq(str2("bpf_strcmp", "hello", "hello"), 0);
	ck_assert_int_eq(str2("bpf_strcmp", "hello", "hellp"), -1);
	ck_assert_int_eq(str2("bpf_strcmp", "hello", "hell"), 1);
	ck_assert_int_eq(str2("bpf_strcasecmp", "HELLO", "hello"), 0);
	ck_assert_int_eq(strc("bpf_strchr", "hello", 'l'), 2);
	ck_assert_int_eq(strc("bpf_strchr", "hello", 'x'), -ENOENT);
	ck_assert_int_eq(strc("bpf_strchr", "hello", 0), 5);
	ck_assert_int_eq(strc("bpf_strchrnul", "hello", 'x'), 5);
	ck_assert_int_eq(strc("bpf_strrchr", "hello", 'l'), 3);
	ck_assert_int_eq(strc("bpf_strlen", "hello", 0), 5);
	ck_assert_int_eq(strc("bpf_strnlen", "hello", 3), 3);
	ck_assert_int_eq(strc("bpf_strnlen", "hello", 30), 5);
	ck_assert_int_eq(str2("bpf_strspn", "hello", "hel"), 4);
	ck_assert_int_eq(str2("bpf_strcspn", "hello", "lo"), 2);
	ck_assert_int_eq(str2("bpf_strstr", "hello", "ll"), 2);
	ck_assert_int_eq(str2("bpf_strstr", "hello", "lx"), -ENOENT);
	ck_assert_int_eq(str2("bpf_strstr", "hello", ""), 0);
	ck_assert_int_eq(str2("bpf_strcmp", NULL, "a"), -ERANGE);
	ck_assert_int_eq(
		(int)call_kfunc("bpf_strnstr", (uintptr_t) "hello", (uintptr_t) "lo", 5, 0, 0), 3);
	ck_assert_int_eq(
		(int)call_kfunc("bpf_strnstr", (uintptr_t) "hello", (uintptr_t) "lo", 4, 0, 0),
		-ENOENT);
	ck_assert_int_eq((int)call_kfunc("bpf_strnchr", (uintptr_t) "hello", 3, 'o', 0, 0),
			 -ENOENT);
	run_current = NULL;
}
END_TEST

TCase *graph_case(void)
{
	TCase *tc = tcase_create("graph");

	tcase_add_test(tc, tree);
	tcase_add_test(tc, list);
	tcase_add_test(tc, resilient_locks);
	tcase_add_test(tc, strings);
	return tc;
}
