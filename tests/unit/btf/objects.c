// SPDX-License-Identifier: BSD-2-Clause
/* BTF as clang makes it, whole, cut and bent. */
#include "blob.h"
#include "suites.h"

#include <bpf/libbpf.h>
#include <stdlib.h>
#include <string.h>

/* Declared here: <bpf/btf.h> has inline functions by names of ours. */
const void *btf__raw_data(const struct btf *btf, u32 *size);

/* Paths of sample.bpf.c's objects, one per clang: the build says which there are. */
static const char *const objects[] = {SAMPLE_OBJECTS};

/* As libbpf would load it: sections have got their sizes. */
static u8 *raw_btf(const char *path, u32 *size)
{
	struct bpf_object *obj = bpf_object__open(path);
	const void *data;
	u8 *copy;

	ck_assert_ptr_nonnull(obj);
	data = btf__raw_data(bpf_object__btf(obj), size);
	ck_assert_ptr_nonnull(data);
	copy = malloc(*size);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, data, *size);
	bpf_object__close(obj);
	return copy;
}

START_TEST(whole)
{
	u32 size, value, off;
	u8 *raw = raw_btf(objects[_i], &size);
	struct btf_record *rec;
	struct btf *btf;
	s32 id;

	ck_assert_int_eq(blob_load(raw, size, &btf, NULL, 0), 0);
	id = btf_find(btf, "counter", BTF_KIND_STRUCT);
	ck_assert_int_gt(id, 0);
	value = (u32)id;
	ck_assert_int_gt(btf_find(btf, "global", BTF_KIND_FUNC), 0);
	ck_assert_int_gt(btf_find(btf, ".maps", BTF_KIND_DATASEC), 0);
	id = btf_find(btf, "matrix", BTF_KIND_VAR);
	ck_assert_int_gt(id, 0);
	ck_assert_int_eq(btf_size(btf, (u32)id, &off), 0);
	ck_assert_uint_eq(off, 48);
	ck_assert_int_eq(btf_parse_fields(btf, value, ~0u, btf_type(btf, value)->size, NULL, &rec),
			 0);
	ck_assert_uint_eq(rec->mask, BTF_FIELD_SPIN_LOCK);
	free(rec);
	btf_put(btf);
	free(raw);
}
END_TEST

START_TEST(cut)
{
	u32 size;
	u8 *raw = raw_btf(objects[_i], &size);

	for (u32 len = 0; len < size; len += 1 + len / 16)
		ck_assert_int_lt(blob_load(raw, len, NULL, NULL, 0), 0);
	free(raw);
}
END_TEST

static u32 rng = 1;

static u32 rnd(u32 below)
{
	rng = rng * 1664525 + 1013904223;
	return (u32)((u64)rng * below >> 32);
}

/* Mostly small changes to the types: they get past the first checks. */
static void bend(u8 *raw, u32 size)
{
	struct btf_header *h = (struct btf_header *)raw;
	u32 *words = (u32 *)(raw + sizeof(*h));
	u32 nr = h->type_len / 4;
	u32 at = rnd(nr);

	switch (rnd(8)) {
	case 0:
		raw[rnd(size)] = (u8)rnd(256);
		break;
	case 1:
		words[at] ^= 1u << rnd(32);
		break;
	case 2:
		words[at] = words[rnd(nr)];
		break;
	case 3:
		words[at] = (words[at] & ~0x1f000000u) | rnd(22) << 24;
		break;
	case 4:
		words[at]++;
		break;
	case 5:
		words[at]--;
		break;
	default:
		words[at] = rnd(48);
	}
}

START_TEST(bent)
{
	u32 size;
	u8 *raw = raw_btf(objects[_i], &size);
	u8 *copy = malloc(size);
	u32 good = 0;

	for (u32 round = 0; round < 2000; round++) {
		memcpy(copy, raw, size);
		for (u32 n = 1 + rnd(3); n; n--) {
			bend(copy, size);
			if (memcmp(copy, raw, sizeof(struct btf_header)))
				break;
		}
		good += !blob_load(copy, size, NULL, NULL, 0);
	}
	ck_assert_uint_gt(good, 10);
	ck_assert_uint_lt(good, 1500);
	free(copy);
	free(raw);
}
END_TEST

TCase *objects_case(void)
{
	TCase *tc = tcase_create("objects");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, whole, 0, ARRAY_SIZE(objects));
	tcase_add_loop_test(tc, cut, 0, ARRAY_SIZE(objects));
	tcase_add_loop_test(tc, bent, 0, ARRAY_SIZE(objects));
	return tc;
}
