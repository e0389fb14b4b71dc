// SPDX-License-Identifier: BSD-2-Clause
#include "blob.h"
#include "suites.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct blob b;

START_TEST(every_kind)
{
	u32 u32_id, s, fwd, proto, func, var, size;
	struct btf *btf;
	char log[4096];

	blob_init(&b);
	u32_id = blob_int(&b, "unsigned int", 4, 0);		    /* 1 */
	blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), u32_id);	    /* 2 */
	blob_array(&b, 2, u32_id, 3);				    /* 3 */
	s = blob_type(&b, "pair", INFO(BTF_KIND_STRUCT, 1, 3), 32); /* 4 */
	blob_member(&b, "low", u32_id, 3u << 24 | 0);
	blob_member(&b, "high", u32_id, 5u << 24 | 3);
	blob_member(&b, "ptrs", 3, 64);
	blob_type(&b, "choice", INFO(BTF_KIND_UNION, 0, 2), 8); /* 5 */
	blob_member(&b, "a", u32_id, 0);
	blob_member(&b, NULL, 2, 0);
	blob_type(&b, "colour", INFO(BTF_KIND_ENUM, 1, 1), 4); /* 6 */
	blob_word(&b, blob_str(&b, "RED"));
	blob_word(&b, (u32)-1);
	fwd = blob_type(&b, "unknown", INFO(BTF_KIND_FWD, 0, 0), 0);	      /* 7 */
	blob_type(&b, "word", INFO(BTF_KIND_TYPEDEF, 0, 0), u32_id);	      /* 8 */
	blob_type(&b, NULL, INFO(BTF_KIND_CONST, 0, 0), 8);		      /* 9 */
	blob_type(&b, NULL, INFO(BTF_KIND_VOLATILE, 0, 0), 9);		      /* 10 */
	proto = blob_type(&b, NULL, INFO(BTF_KIND_FUNC_PROTO, 0, 2), u32_id); /* 11 */
	blob_word(&b, blob_str(&b, "x"));
	blob_word(&b, 10);
	blob_word(&b, 0);
	blob_word(&b, 0);
	func = blob_type(&b, "fun", INFO(BTF_KIND_FUNC, 0, 1), proto); /* 12 */
	var = blob_type(&b, "counter", INFO(BTF_KIND_VAR, 0, 0), 9);   /* 13 */
	blob_word(&b, 1);
	blob_type(&b, ".data", INFO(BTF_KIND_DATASEC, 0, 1), 8); /* 14 */
	blob_word(&b, var);
	blob_word(&b, 4);
	blob_word(&b, 4);
	blob_type(&b, "double", INFO(BTF_KIND_FLOAT, 0, 0), 8);	   /* 15 */
	blob_decl_tag(&b, "arg:nonnull", func, 0);		   /* 16 */
	blob_decl_tag(&b, "arg:ctx", func, 0);			   /* 17 */
	blob_type(&b, "kptr", INFO(BTF_KIND_TYPE_TAG, 0, 0), fwd); /* 18 */
	blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), 18);	   /* 19 */
	blob_type(&b, "wide", INFO(BTF_KIND_ENUM64, 0, 1), 8);	   /* 20 */
	blob_word(&b, blob_str(&b, "HUGE"));
	blob_word(&b, 0);
	blob_word(&b, 1);
	blob_finish(&b);

	ck_assert_int_eq(blob_load(b.out, b.size, &btf, log, sizeof(log)), 0);
	ck_assert_uint_eq(btf->nr_types, 21);
	ck_assert_ptr_nonnull(strstr(log, "[1] INT unsigned int size=4 bits_offset=0 nr_bits=32"));
	ck_assert_ptr_nonnull(strstr(log, "\tRED val=-1\n"));
	ck_assert_ptr_nonnull(strstr(log, "\tHUGE val=4294967296\n"));
	ck_assert_ptr_nonnull(strstr(log, "return=1 args=(10 x, vararg)\n"));

	ck_assert_int_eq(btf_find(btf, "pair", BTF_KIND_STRUCT), (s32)s);
	ck_assert_int_eq(btf_find(btf, "pair", BTF_KIND_UNION), -ENOENT);
	ck_assert_int_eq(btf_find(btf, "", BTF_KIND_PTR), -ENOENT);
	ck_assert_int_eq(btf_find(btf, "fun", BTF_KIND_FUNC), (s32)func);
	ck_assert_str_eq(btf_name(btf, btf_type(btf, s)), "pair");
	ck_assert_str_eq(btf_kind_word(btf_type(btf, 0)), "UNKNOWN");
	ck_assert_str_eq(btf_str(btf, U32_MAX), "");
	ck_assert_ptr_null(btf_type(btf, 21));

	ck_assert_ptr_eq(btf_skip_modifiers(btf, 10, &size), btf_type(btf, u32_id));
	ck_assert_uint_eq(size, u32_id);
	ck_assert_ptr_eq(btf_pointee(btf, 19, &size), btf_type(btf, fwd));
	ck_assert_ptr_null(btf_pointee(btf, s, NULL));
	ck_assert_int_eq(btf_size(btf, 3, &size), 0);
	ck_assert_uint_eq(size, 24);
	ck_assert_int_eq(btf_size(btf, var, &size), 0);
	ck_assert_uint_eq(size, 4);
	ck_assert_int_eq(btf_size(btf, fwd, &size), -EINVAL);
	ck_assert_int_eq(btf_size(btf, 0, &size), -EINVAL);
	ck_assert_int_eq(btf_size(btf, proto, &size), -EINVAL);

	ck_assert_str_eq(btf_decl_tag(btf, func, 0, "arg:"), "nonnull");
	ck_assert_str_eq(btf_decl_tag(btf, func, 0, "arg:c"), "tx");
	ck_assert_ptr_null(btf_decl_tag(btf, func, -1, "arg:"));
	ck_assert_int_eq(btf_decl_tag_count(btf, func, 0, "arg:"), -EEXIST);
	ck_assert_int_eq(btf_decl_tag_count(btf, func, 0, "arg:ctx"), 1);
	ck_assert_int_eq(btf_decl_tag_count(btf, s, 0, "arg:"), -ENOENT);
	btf_put(btf);
}
END_TEST

START_TEST(first_of_a_name)
{
	struct btf *btf;
	u32 first;

	blob_init(&b);
	first = blob_int(&b, "int", 4, BTF_INT_SIGNED);
	blob_int(&b, "int", 8, BTF_INT_SIGNED);
	for (u32 i = 0; i < 300; i++) {
		char name[16];

		sprintf(name, "t%u", i);
		blob_type(&b, name, INFO(BTF_KIND_TYPEDEF, 0, 0), first);
	}
	blob_finish(&b);
	ck_assert_int_eq(blob_load(b.out, b.size, &btf, NULL, 0), 0);
	ck_assert_int_eq(btf_find(btf, "int", BTF_KIND_INT), (s32)first);
	for (u32 i = 0; i < 300; i++) {
		char name[16];

		sprintf(name, "t%u", i);
		ck_assert_int_eq(btf_find(btf, name, BTF_KIND_TYPEDEF), (s32)(3 + i));
	}
	btf_put(btf);
}
END_TEST

/* A header longer than ours is fine while the rest of it is zero, and may leave types unaligned. */
START_TEST(long_header)
{
	u8 wide[256] = {0};
	struct btf_header *h = (struct btf_header *)wide;
	struct btf *btf;

	blob_init(&b);
	blob_int(&b, "int", 4, BTF_INT_SIGNED);
	blob_finish(&b);
	memcpy(wide, b.out, sizeof(*h));
	h->hdr_len = 27;
	memcpy(wide + 27, b.out + sizeof(*h), b.size - sizeof(*h));
	ck_assert_int_eq(blob_load(wide, b.size + 3, &btf, NULL, 0), 0);
	ck_assert_int_eq(btf_find(btf, "int", BTF_KIND_INT), 1);
	ck_assert_int_eq(memcmp(btf->data, wide, b.size + 3), 0);
	btf_put(btf);
	wide[25] = 1;
	ck_assert_int_eq(blob_load(wide, b.size + 3, NULL, NULL, 0), -E2BIG);
}
END_TEST

START_TEST(object_life)
{
	u32 before = object_count(OBJECT_BTF);
	struct btf *btf;

	blob_init(&b);
	blob_int(&b, "int", 4, BTF_INT_SIGNED);
	blob_finish(&b);
	ck_assert_int_eq(btf_parse(b.out, b.size, NULL, &btf), 0);
	ck_assert_uint_eq(object_count(OBJECT_BTF), before + 1);
	ck_assert(!btf->kernel);
	btf_get(btf);
	btf_put(btf);
	btf_put(btf);
	btf_put(NULL);
	ck_assert_uint_eq(object_count(OBJECT_BTF), before);
	rcu_quiesce();
}
END_TEST

TCase *parse_case(void)
{
	TCase *tc = tcase_create("parse");

	tcase_add_test(tc, every_kind);
	tcase_add_test(tc, first_of_a_name);
	tcase_add_test(tc, long_header);
	tcase_add_test(tc, object_life);
	return tc;
}
