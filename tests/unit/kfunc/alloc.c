// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "btf/btf.h"
#include "map/map.h"
#include "suites.h"
#include "vmlinux/vmlinux.h"

/* struct item { int a; struct bpf_refcount owners; struct item __kptr *next; }; */
static const char strings[] = "\0int\0item\0a\0owners\0next\0bpf_refcount\0kptr";
#define STR_INT		 1
#define STR_ITEM	 5
#define STR_A		 10
#define STR_OWNERS	 12
#define STR_NEXT	 19
#define STR_REFCOUNT	 24
#define STR_KPTR	 37
#define KIND(kind, vlen) ((u32)(kind) << 24 | (vlen))

static const u32 types[] = {
	STR_INT,
	KIND(BTF_KIND_INT, 0),
	4,
	BTF_INT_SIGNED << 24 | 32, /* 1 */
	STR_REFCOUNT,
	KIND(BTF_KIND_STRUCT, 1),
	4,
	STR_A,
	1,
	0, /* 2 */
	STR_KPTR,
	KIND(BTF_KIND_TYPE_TAG, 0),
	5, /* 3 */
	0,
	KIND(BTF_KIND_PTR, 0),
	3, /* 4 */
	STR_ITEM,
	KIND(BTF_KIND_STRUCT, 3),
	16,
	STR_A,
	1,
	0,
	STR_OWNERS,
	2,
	32,
	STR_NEXT,
	4,
	64,
};
#define ITEM 5

struct item {
	int a;
	u32 owners;
	struct item *next;
};

static struct btf *btf;
static size_t in_use_before;

static void make(void)
{
	u8 blob[sizeof(struct btf_header) + sizeof(types) + sizeof(strings)];
	struct btf_header h = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(h),
		.type_len = sizeof(types),
		.str_off = sizeof(types),
		.str_len = sizeof(strings),
	};

	kfunc_init();
	memcpy(blob, &h, sizeof(h));
	memcpy(blob + sizeof(h), types, sizeof(types));
	memcpy(blob + sizeof(h) + sizeof(types), strings, sizeof(strings));
	ck_assert_int_eq(btf_parse(blob, sizeof(blob), NULL, &btf), 0);
	in_use_before = arena_in_use();
}

/* Everything was given back, the references to the BTF too. */
static void drop(void)
{
	rcu_quiesce();
	ck_assert_uint_eq(arena_in_use(), in_use_before);
	ck_assert_uint_eq(btf->obj.refs, 1);
	btf_put(btf);
}

static struct item *new_item(void)
{
	u64 item = call_kfunc("bpf_obj_new_impl", ITEM, (uintptr_t)btf, 0, 0, 0);

	ck_assert(arena_covers(item, sizeof(struct item)));
	return (struct item *)(uintptr_t)item;
}

static void drop_item(struct item *item)
{
	call_kfunc("bpf_obj_drop_impl", (uintptr_t)item, 0, 0, 0, 0);
}

START_TEST(fresh_object)
{
	struct item *item = new_item();

	ck_assert_int_eq(item->a, 0);
	ck_assert_uint_eq(item->owners, 1);
	ck_assert_ptr_null(item->next);
	drop_item(item);
}
END_TEST

START_TEST(chain_goes_with_its_head)
{
	struct item *head = NULL;

	for (u32 i = 0; i < 100000; i++) {
		struct item *item = new_item();

		item->next = head;
		head = item;
	}
	drop_item(head);
}
END_TEST

START_TEST(readable_until_readers_leave)
{
	struct item *item = new_item();

	item->a = 42;
	rcu_enter();
	drop_item(item);
	ck_assert_int_eq(item->a, 42);
	rcu_leave();
}
END_TEST

START_TEST(map_lets_go_of_it)
{
	const struct btf_field *f =
		btf_record_find(btf_struct_record(btf, ITEM), 8, BTF_FIELD_KPTR_REF);

	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_eq(f->kptr_btf, btf);
	map_kptr_release(f, new_item());
}
END_TEST

START_TEST(no_such_type)
{
	ck_assert_uint_eq(call_kfunc("bpf_obj_new_impl", 77, (uintptr_t)btf, 0, 0, 0), 0);
	ck_assert_uint_eq(call_kfunc("bpf_obj_new_impl", 0, (uintptr_t)btf, 0, 0, 0), 0);
}
END_TEST

TCase *alloc_case(void)
{
	TCase *tc = tcase_create("alloc");

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, fresh_object);
	tcase_add_test(tc, chain_goes_with_its_head);
	tcase_add_test(tc, readable_until_readers_leave);
	tcase_add_test(tc, map_lets_go_of_it);
	tcase_add_test(tc, no_such_type);
	return tc;
}
