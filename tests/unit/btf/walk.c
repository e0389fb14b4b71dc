// SPDX-License-Identifier: BSD-2-Clause
#include "blob.h"
#include "suites.h"

#include <errno.h>
#include <string.h>

/*
 * struct leaf { int a; int b; };
 * struct node {
 *	int low : 3; int high : 5;	0
 *	struct node *next;		8
 *	char name[16];			16
 *	struct leaf leaf;		32
 *	struct leaf leaves[2];		40
 *	union { int i; struct node *up; };	56
 *	struct node __rcu *parent;	64
 *	long *numbers;			72
 *	struct leaf tail[];		80
 * };
 */
static struct blob b;
static struct btf *btf;
static u32 int_id, leaf_id, node_id, text_id;

static void make(void)
{
	u32 chr, node_ptr, name, leaves, rcu, rcu_ptr, num_ptr, u, tail;

	blob_init(&b);
	int_id = blob_int(&b, "int", 4, BTF_INT_SIGNED);		 /* 1 */
	chr = blob_int(&b, "char", 1, BTF_INT_SIGNED);			 /* 2 */
	leaf_id = blob_type(&b, "leaf", INFO(BTF_KIND_STRUCT, 0, 2), 8); /* 3 */
	blob_member(&b, "a", int_id, 0);
	blob_member(&b, "b", int_id, 32);
	node_ptr = blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), 12);	 /* 4 */
	name = blob_array(&b, chr, int_id, 16);				 /* 5 */
	leaves = blob_array(&b, leaf_id, int_id, 2);			 /* 6 */
	rcu = blob_type(&b, "rcu", INFO(BTF_KIND_TYPE_TAG, 0, 0), 12);	 /* 7 */
	rcu_ptr = blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), rcu);	 /* 8 */
	num_ptr = blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), int_id); /* 9 */
	u = blob_type(&b, NULL, INFO(BTF_KIND_UNION, 0, 2), 8);		 /* 10 */
	blob_member(&b, "i", int_id, 0);
	blob_member(&b, "up", node_ptr, 0);
	tail = blob_array(&b, leaf_id, int_id, 0);			   /* 11 */
	node_id = blob_type(&b, "node", INFO(BTF_KIND_STRUCT, 1, 10), 80); /* 12 */
	blob_member(&b, "low", int_id, 3u << 24);
	blob_member(&b, "high", int_id, 5u << 24 | 3);
	blob_member(&b, "next", node_ptr, 64);
	blob_member(&b, "name", name, 128);
	blob_member(&b, "leaf", leaf_id, 256);
	blob_member(&b, "leaves", leaves, 320);
	blob_member(&b, NULL, u, 448);
	blob_member(&b, "parent", rcu_ptr, 512);
	blob_member(&b, "numbers", num_ptr, 576);
	blob_member(&b, "tail", tail, 640);
	tail = blob_array(&b, int_id, int_id, 0);			 /* 13 */
	text_id = blob_type(&b, "text", INFO(BTF_KIND_STRUCT, 0, 2), 4); /* 14 */
	blob_member(&b, "len", int_id, 0);
	blob_member(&b, "words", tail, 32);
	blob_finish(&b);
	ck_assert_int_eq(blob_load(b.out, b.size, &btf, NULL, 0), 0);
}

static void drop(void)
{
	btf_put(btf);
}

static char message[1024];
static u32 next_id, flags;
static const char *field;

static int walk_in(u32 id, u32 off, u32 size)
{
	struct vlog log;
	int res;

	ck_assert_int_eq(vlog_init(&log, 1, message, sizeof(message)), 0);
	field = NULL;
	next_id = 0;
	res = btf_struct_walk(&log, btf, id, off, size, &next_id, &flags, &field);
	ck_assert_int_eq(vlog_finish(&log, NULL), 0);
	return res;
}

static int walk(u32 off, u32 size)
{
	return walk_in(node_id, off, size);
}

START_TEST(scalars)
{
	ck_assert_int_eq(walk(0, 1), BTF_WALK_SCALAR);
	ck_assert_int_eq(walk(16, 8), BTF_WALK_SCALAR);
	ck_assert_int_eq(walk(19, 2), BTF_WALK_SCALAR);
	ck_assert_int_eq(walk(32, 4), BTF_WALK_SCALAR);
	ck_assert_int_eq(walk(36, 4), BTF_WALK_SCALAR);
	ck_assert_int_eq(walk(52, 4), BTF_WALK_SCALAR);
	ck_assert_uint_eq(flags, 0);
	ck_assert_int_eq(walk(56, 4), BTF_WALK_SCALAR);
	ck_assert_uint_eq(flags, BTF_WALK_F_UNTRUSTED);
	ck_assert_str_eq(message, "");
}
END_TEST

START_TEST(pointers)
{
	ck_assert_int_eq(walk(8, 8), BTF_WALK_PTR);
	ck_assert_uint_eq(next_id, node_id);
	ck_assert_str_eq(field, "next");
	ck_assert_uint_eq(flags, 0);
	ck_assert_int_eq(walk(64, 8), BTF_WALK_PTR);
	ck_assert_uint_eq(flags, BTF_WALK_F_RCU);
	ck_assert_int_eq(walk(72, 8), BTF_WALK_MEM);
	ck_assert_int_eq(walk(8, 4), -EACCES);
	ck_assert_str_eq(message, "cannot access ptr member next with moff 8 in struct node with "
				  "off 8 size 4\n");
	ck_assert_int_eq(walk(66, 1), -EACCES);
}
END_TEST

START_TEST(out_of_place)
{
	ck_assert_int_eq(walk(2, 2), -EINVAL);
	ck_assert_str_eq(message, "struct node doesn't have field at offset 2\n");
	ck_assert_int_eq(walk(28, 8), -EACCES);
	ck_assert_str_eq(message, "access beyond the end of member name (mend:32) in struct node "
				  "with off 28 size 8\n");
	ck_assert_int_eq(walk(32, 8), -EACCES);
	ck_assert_str_eq(message, "access beyond the end of member a (mend:4) in struct leaf with "
				  "off 0 size 8\n");
	ck_assert_int_eq(walk_in(leaf_id, 6, 4), -EACCES);
	ck_assert_str_eq(message, "access beyond struct leaf at off 6 size 4\n");
	ck_assert_int_eq(walk_in(leaf_id, U32_MAX, 4), -EACCES);
	ck_assert_int_eq(walk_in(int_id, 0, 4), -EINVAL);
	ck_assert_str_eq(message, "Type 'int' is not a struct\n");
	ck_assert_int_eq(walk_in(0, 0, 4), -EINVAL);
	ck_assert_int_eq(walk_in(1000, 0, 4), -EINVAL);
}
END_TEST

START_TEST(flexible_arrays)
{
	ck_assert_int_eq(walk(80, 4), BTF_WALK_SCALAR);
	ck_assert_int_eq(walk(8084, 4), BTF_WALK_SCALAR);
	ck_assert_int_eq(walk(8086, 4), -EACCES);
	ck_assert_int_eq(walk_in(text_id, 4, 4), BTF_WALK_SCALAR);
	ck_assert_int_eq(walk_in(text_id, 4001, 8), BTF_WALK_SCALAR);
	ck_assert_int_eq(walk_in(text_id, 2, 4), -EACCES);
}
END_TEST

START_TEST(same_struct)
{
	ck_assert(btf_struct_ids_match(NULL, btf, node_id, 0, btf, node_id, true));
	ck_assert(btf_struct_ids_match(NULL, btf, node_id, 32, btf, leaf_id, false));
	ck_assert(btf_struct_ids_match(NULL, btf, node_id, 48, btf, leaf_id, false));
	ck_assert(!btf_struct_ids_match(NULL, btf, node_id, 32, btf, leaf_id, true));
	ck_assert(!btf_struct_ids_match(NULL, btf, node_id, 36, btf, leaf_id, false));
	ck_assert(!btf_struct_ids_match(NULL, btf, node_id, 0, btf, leaf_id, false));
	ck_assert(!btf_struct_ids_match(NULL, btf, node_id, -8, btf, leaf_id, false));
}
END_TEST

START_TEST(only_scalars)
{
	ck_assert(btf_is_scalar_struct(NULL, btf, leaf_id));
	ck_assert(!btf_is_scalar_struct(NULL, btf, node_id));
	ck_assert(!btf_is_scalar_struct(NULL, btf, text_id));
	ck_assert(!btf_is_scalar_struct(NULL, btf, int_id));
	ck_assert(!btf_is_scalar_struct(NULL, btf, 1000));
}
END_TEST

TCase *walk_case(void)
{
	TCase *tc = tcase_create("walk");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, scalars);
	tcase_add_test(tc, pointers);
	tcase_add_test(tc, out_of_place);
	tcase_add_test(tc, flexible_arrays);
	tcase_add_test(tc, same_struct);
	tcase_add_test(tc, only_scalars);
	return tc;
}
