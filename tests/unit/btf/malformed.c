// SPDX-License-Identifier: BSD-2-Clause
/* Blobs that must be refused. Where the kernel can be asked, blob_load() compares with it. */
#include "blob.h"
#include "suites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct blob b;

static void make_int(void)
{
	blob_init(&b);
	blob_int(&b, "int", 4, BTF_INT_SIGNED);
}

static void expect(int err, const char *message)
{
	static char log[65536];

	blob_finish(&b);
	ck_assert_int_eq(blob_load(b.out, b.size, NULL, log, sizeof(log)), err);
	if (!strstr(log, message))
		ck_abort_msg("\"%s\" is not in:\n%s", message, log);
}

static void patch_header(size_t offset, size_t len, u32 value, int err)
{
	make_int();
	blob_finish(&b);
	memcpy(b.out + offset, &value, len);
	ck_assert_int_eq(blob_load(b.out, b.size, NULL, NULL, 0), err);
}

START_TEST(header)
{
	patch_header(0, 2, 0x1234, -EINVAL);
	patch_header(2, 1, 2, -ENOTSUPP);
	patch_header(3, 1, 1, -ENOTSUPP);
	patch_header(4, 4, 0, -EINVAL);
	patch_header(4, 4, 20, -EINVAL);
	patch_header(4, 4, U32_MAX, -EINVAL);
	for (u32 at = 8; at < 24; at += 4) {
		patch_header(at, 4, 1, -EINVAL);
		patch_header(at, 4, 4, -EINVAL);
		patch_header(at, 4, 1000, -EINVAL);
		patch_header(at, 4, 0x80000000, -EINVAL);
		patch_header(at, 4, U32_MAX, -EINVAL);
	}
	make_int();
	blob_finish(&b);
	for (u32 size = 0; size < b.size; size++)
		ck_assert_int_lt(blob_load(b.out, size, NULL, NULL, 0), 0);
	/* no terminator; no empty first string */
	b.out[b.size - 1] = 'x';
	ck_assert_int_eq(blob_load(b.out, b.size, NULL, NULL, 0), -EINVAL);
	b.out[b.size - 1] = '\0';
	b.out[b.size - b.str_len] = 'x';
	ck_assert_int_eq(blob_load(b.out, b.size, NULL, NULL, 0), -EINVAL);
}
END_TEST

START_TEST(too_large)
{
	u8 *large = calloc(1, (16u << 20) + 1);
	struct btf *btf;

	ck_assert_ptr_nonnull(large);
	ck_assert_int_eq(btf_parse(large, (16u << 20) + 1, NULL, &btf), -E2BIG);
	ck_assert_int_eq(btf_parse(large, 16u << 20, NULL, &btf), -EINVAL);
	free(large);
}
END_TEST

START_TEST(types_that_are_impossible)
{
	make_int();
	blob_type(&b, "x", INFO(BTF_KIND_MAX + 1, 0, 0), 0);
	expect(-EINVAL, "[2] Invalid kind:20");
	make_int();
	blob_type(&b, "x", INFO(BTF_KIND_TYPEDEF, 0, 0) | 1 << 20, 1);
	expect(-EINVAL, "[2] Invalid btf_info:8100000");
	make_int();
	blob_word(&b, 4000);
	blob_word(&b, INFO(BTF_KIND_TYPEDEF, 0, 0));
	blob_word(&b, 1);
	expect(-EINVAL, "[2] Invalid name_offset:4000");
	make_int();
	blob_word(&b, 0);
	expect(-EINVAL, "[2] meta_left:4 meta_needed:12");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 2), 4);
	blob_member(&b, "m", 1, 0);
	expect(-EINVAL, "STRUCT s meta_left:12 meta_needed:24");
	make_int();
	blob_type(&b, "1st", INFO(BTF_KIND_TYPEDEF, 0, 0), 1);
	expect(-EINVAL, "[2] TYPEDEF 1st type_id=1 Invalid name");
	make_int();
	blob_type(&b, "a\x80", INFO(BTF_KIND_TYPEDEF, 0, 0), 1);
	expect(-EINVAL, "Invalid name");
	make_int();
	blob_type(&b, "ptr", INFO(BTF_KIND_PTR, 0, 0), 1);
	expect(-EINVAL, "[2] PTR ptr type_id=1 Invalid name");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_DATASEC, 0, 0), 0);
	expect(-EINVAL, "DATASEC s size=0 vlen=0 size == 0");
	make_int();
	blob_type(&b, "f", INFO(BTF_KIND_FLOAT, 0, 0), 3);
	expect(-EINVAL, "FLOAT f size=3 Invalid type_size");
	make_int();
	blob_type(&b, "e", INFO(BTF_KIND_ENUM, 0, 0), 3);
	expect(-EINVAL, "ENUM e size=3 vlen=0 Unexpected size");
	blob_init(&b);
	blob_type(&b, "i", INFO(BTF_KIND_INT, 0, 0), 1);
	blob_word(&b, 9);
	expect(-EINVAL, "nr_bits exceeds type_size");
	blob_init(&b);
	blob_type(&b, "i", INFO(BTF_KIND_INT, 0, 0), 4);
	blob_word(&b, 3u << 24 | 32);
	expect(-ENOTSUPP, "encoding=UNKN Unsupported encoding");
}
END_TEST

START_TEST(references_that_lead_nowhere)
{
	make_int();
	blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), 7);
	expect(-EINVAL, "[2] PTR (anon) type_id=7 Invalid type_id");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 1), 4);
	blob_member(&b, "m", 9, 0);
	expect(-EINVAL, "\tm type_id=9 bits_offset=0 Invalid member");
	make_int();
	blob_type(&b, NULL, INFO(BTF_KIND_CONST, 0, 0), 0);
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 1), 4);
	blob_member(&b, "m", 2, 0);
	expect(-EINVAL, "Invalid member");
	make_int();
	blob_array(&b, 1, 9, 1);
	expect(-EINVAL, "Invalid index");
	make_int();
	blob_array(&b, 9, 1, 1);
	expect(-EINVAL, "Invalid elem");
	make_int();
	blob_type(&b, "f", INFO(BTF_KIND_FUNC, 0, 0), 1);
	expect(-EINVAL, "FUNC f type_id=1 Invalid type_id");
	make_int();
	blob_decl_tag(&b, "tag", 1, (u32)-1);
	expect(-EINVAL, "Invalid type_id");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 0), 4);
	blob_decl_tag(&b, "tag", 2, 0);
	expect(-EINVAL, "Invalid component_idx");
	make_int();
	blob_type(&b, NULL, INFO(BTF_KIND_FUNC_PROTO, 0, 1), 0);
	blob_word(&b, blob_str(&b, "arg"));
	blob_word(&b, 0);
	expect(-EINVAL, "Invalid arg#1");
}
END_TEST

START_TEST(loops)
{
	make_int();
	blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), 2);
	expect(-EEXIST, "[2] PTR (anon) type_id=2 Loop detected");
	make_int();
	blob_type(&b, "t", INFO(BTF_KIND_TYPEDEF, 0, 0), 3);
	blob_type(&b, NULL, INFO(BTF_KIND_VOLATILE, 0, 0), 2);
	expect(-EEXIST, "Loop detected");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 1), 4);
	blob_member(&b, "m", 2, 0);
	expect(-EEXIST, "Loop detected");
	make_int();
	blob_array(&b, 2, 1, 1);
	expect(-EEXIST, "Loop detected");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 1), 4);
	blob_member(&b, "m", 3, 0);
	blob_array(&b, 2, 1, 1);
	expect(-EEXIST, "Loop detected");
	/* through a pointer it is a list */
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 1), 8);
	blob_member(&b, "next", 3, 0);
	blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), 4);
	blob_type(&b, NULL, INFO(BTF_KIND_CONST, 0, 0), 2);
	expect(0, "");
}
END_TEST

START_TEST(depth)
{
	make_int();
	for (u32 i = 0; i < 32; i++)
		blob_type(&b, NULL, INFO(BTF_KIND_CONST, 0, 0), i == 31 ? 1 : 3 + i);
	expect(0, "");
	make_int();
	for (u32 i = 0; i < 33; i++)
		blob_type(&b, NULL, INFO(BTF_KIND_CONST, 0, 0), i == 32 ? 1 : 3 + i);
	expect(-E2BIG, "Exceeded max resolving depth:32");
	/* built from the far end, each is resolved by itself, and there is no limit */
	make_int();
	for (u32 i = 0; i < 1000; i++)
		blob_type(&b, NULL, INFO(BTF_KIND_CONST, 0, 0), 1 + i);
	expect(0, "");
	make_int();
	blob_type(&b, "tag", INFO(BTF_KIND_TYPE_TAG, 0, 0), 1);
	blob_type(&b, NULL, INFO(BTF_KIND_CONST, 0, 0), 2);
	expect(-EINVAL, "Type tags don't precede modifiers");
}
END_TEST

START_TEST(sizes)
{
	make_int();
	blob_array(&b, 1, 1, 0x40000000);
	expect(-EINVAL, "Array size overflows U32_MAX");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 1), 3);
	blob_member(&b, "m", 1, 0);
	expect(-EINVAL, "Member exceeds struct_size");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 1), 4);
	blob_member(&b, "m", 1, 40);
	expect(-EINVAL, "Member bits_offset exceeds its struct size");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 1, 1), 8);
	blob_member(&b, "m", 1, 33u << 24);
	expect(-EINVAL, "bitfield_size=33 bits_offset=0 Invalid member bitfield_size");
	make_int();
	blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), 1);
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 1, 1), 16);
	blob_member(&b, "m", 2, 3u << 24);
	expect(-EINVAL, "Invalid member bitfield_size");
	make_int();
	blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 2), 8);
	blob_member(&b, "m", 1, 32);
	blob_member(&b, "n", 1, 0);
	expect(-EINVAL, "Invalid member bits_offset");
	make_int();
	blob_type(&b, "v", INFO(BTF_KIND_VAR, 0, 0), 1);
	blob_word(&b, 0);
	blob_type(&b, ".bss", INFO(BTF_KIND_DATASEC, 0, 1), 8);
	blob_word(&b, 2);
	blob_word(&b, 0);
	blob_word(&b, 3);
	expect(-EINVAL, "Invalid size");
}
END_TEST

/* Structs nested so that a search through them would not end while anyone waits. */
START_TEST(explosion)
{
	struct btf_record *rec;
	struct btf *btf;
	u32 inner;

	make_int();
	inner = blob_type(&b, "s", INFO(BTF_KIND_STRUCT, 0, 0), 0);
	for (u32 level = 0; level < 30; level++) {
		u32 id = blob_type(&b, NULL, INFO(BTF_KIND_STRUCT, 0, 4), 0);

		for (u32 i = 0; i < 4; i++)
			blob_member(&b, NULL, inner, 0);
		inner = id;
	}
	blob_finish(&b);
	ck_assert_int_eq(btf_parse(b.out, b.size, NULL, &btf), 0);
	ck_assert_int_eq(btf_parse_fields(btf, inner, ~0u, 8, NULL, &rec), -E2BIG);
	ck_assert(!btf_is_scalar_struct(NULL, btf, inner));
	btf_put(btf);
}
END_TEST

TCase *malformed_case(void)
{
	TCase *tc = tcase_create("malformed");

	tcase_add_test(tc, header);
	tcase_add_test(tc, too_large);
	tcase_add_test(tc, types_that_are_impossible);
	tcase_add_test(tc, references_that_lead_nowhere);
	tcase_add_test(tc, loops);
	tcase_add_test(tc, depth);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, explosion);
	return tc;
}
