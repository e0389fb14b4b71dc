// SPDX-License-Identifier: BSD-2-Clause
#include "blob.h"
#include "suites.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ANY (~0u)

static struct blob b;
static struct btf *btf, *kernel;
static struct btf_record *rec;
static u32 int_id, lock_id, timer_id, list_head_id, list_node_id, task_id;

static u32 opaque(const char *name, u32 size)
{
	u32 array = blob_array(&b, int_id, int_id, size / 4);
	u32 id = blob_type(&b, name, INFO(BTF_KIND_STRUCT, 0, 1), size);

	blob_member(&b, "__opaque", array, 0);
	return id;
}

static void begin(void)
{
	blob_init(&b);
	int_id = blob_int(&b, "int", 4, BTF_INT_SIGNED);
	lock_id = opaque("bpf_spin_lock", 4);
	timer_id = opaque("bpf_timer", 16);
	list_head_id = opaque("bpf_list_head", 16);
	list_node_id = opaque("bpf_list_node", 24);
	task_id = opaque("task_struct", 4);
}

static u32 kptr(const char *tag, u32 to)
{
	u32 tag_id = blob_type(&b, tag, INFO(BTF_KIND_TYPE_TAG, 0, 0), to);

	return blob_type(&b, NULL, INFO(BTF_KIND_PTR, 0, 0), tag_id);
}

/* Loads without asking the kernel, whose own types kptrs would be resolved against. */
static int parse(u32 id, u32 mask, u32 size)
{
	int err;

	blob_finish(&b);
	ck_assert_int_eq(btf_parse(b.out, b.size, NULL, &btf), 0);
	err = btf_parse_fields(btf, id, mask, size, kernel, &rec);
	ck_assert(err ? !rec : true);
	return err;
}

static void drop(void)
{
	free(rec);
	rec = NULL;
	btf_put(btf);
	btf = NULL;
}

START_TEST(none)
{
	begin();
	ck_assert_int_eq(parse(int_id, ANY, 4), -EINVAL);
	drop();
	begin();
	ck_assert_int_eq(parse(timer_id, ANY, 16), 0);
	ck_assert_ptr_null(rec);
	ck_assert_ptr_null(btf_record_find(rec, 0, ANY));
	drop();
}
END_TEST

START_TEST(lock_and_timer)
{
	u32 s;

	begin();
	s = blob_type(&b, "value", INFO(BTF_KIND_STRUCT, 0, 3), 40);
	blob_member(&b, "n", int_id, 0);
	blob_member(&b, "lock", lock_id, 32);
	blob_member(&b, "timer", timer_id, 64);
	ck_assert_int_eq(parse(s, ANY, 40), 0);
	ck_assert_uint_eq(rec->nr, 2);
	ck_assert_uint_eq(rec->mask, BTF_FIELD_SPIN_LOCK | BTF_FIELD_TIMER);
	ck_assert_int_eq(rec->spin_lock_off, 4);
	ck_assert_uint_eq(btf_record_find(rec, 8, BTF_FIELD_TIMER)->size, 16);
	ck_assert_ptr_null(btf_record_find(rec, 8, BTF_FIELD_KPTR));
	free(rec);
	/* only what was asked for */
	ck_assert_int_eq(btf_parse_fields(btf, s, BTF_FIELD_TIMER, 40, NULL, &rec), 0);
	ck_assert_uint_eq(rec->nr, 1);
	ck_assert_int_eq(rec->spin_lock_off, -1);
	drop();
}
END_TEST

START_TEST(nested)
{
	u32 inner, s;

	begin();
	inner = blob_type(&b, "inner", INFO(BTF_KIND_STRUCT, 0, 2), 24);
	blob_member(&b, "n", int_id, 0);
	blob_member(&b, "timer", timer_id, 64);
	s = blob_type(&b, "value", INFO(BTF_KIND_STRUCT, 0, 2), 32);
	blob_member(&b, "n", int_id, 0);
	blob_member(&b, "inner", inner, 64);
	ck_assert_int_eq(parse(s, ANY, 32), 0);
	ck_assert_uint_eq(rec->nr, 1);
	ck_assert_uint_eq(rec->fields[0].offset, 16);
	drop();
}
END_TEST

START_TEST(two_locks)
{
	u32 s, timers;

	begin();
	blob_type(&b, "value", INFO(BTF_KIND_STRUCT, 0, 2), 8);
	blob_member(&b, "a", lock_id, 0);
	blob_member(&b, "b", lock_id, 32);
	blob_finish(&b);
	/* the load fails already, in the kernel too */
	ck_assert_int_eq(blob_load(b.out, b.size, NULL, NULL, 0), -E2BIG);
	begin();
	timers = blob_array(&b, timer_id, int_id, 2);
	s = blob_type(&b, "value", INFO(BTF_KIND_STRUCT, 0, 1), 32);
	blob_member(&b, "timers", timers, 0);
	ck_assert_int_eq(parse(s, ANY, 32), -EINVAL);
	drop();
}
END_TEST

static bool has_dtor(u32 id)
{
	return id == (u32)btf_find(kernel, "task_struct", BTF_KIND_STRUCT);
}

START_TEST(kernel_pointers)
{
	u32 s, own, tasks, mine, loose;

	begin();
	opaque("xfrm_state", 4);
	blob_finish(&b);
	ck_assert_int_eq(btf_parse(b.out, b.size, NULL, &kernel), 0);

	begin();
	own = opaque("own", 8);
	tasks = blob_array(&b, kptr("kptr", task_id), int_id, 3);
	mine = kptr("kptr", own);
	loose = kptr("kptr_untrusted", task_id);
	s = blob_type(&b, "value", INFO(BTF_KIND_STRUCT, 0, 3), 40);
	blob_member(&b, "tasks", tasks, 0);
	blob_member(&b, "mine", mine, 192);
	blob_member(&b, "loose", loose, 256);
	ck_assert_int_eq(parse(s, ANY, 40), -ENOENT);
	drop();
	btf_kptr_has_dtor = has_dtor;
	ck_assert_int_eq(parse(s, ANY, 40), 0);
	ck_assert_uint_eq(rec->nr, 5);
	ck_assert_uint_eq(rec->mask, BTF_FIELD_KPTR_REF | BTF_FIELD_KPTR_UNREF);
	for (u32 i = 0; i < 3; i++) {
		ck_assert_uint_eq(rec->fields[i].offset, 8 * i);
		ck_assert_ptr_eq(rec->fields[i].kptr_btf, kernel);
		ck_assert(has_dtor(rec->fields[i].kptr_id));
	}
	ck_assert_ptr_eq(rec->fields[3].kptr_btf, btf);
	ck_assert_uint_eq(rec->fields[3].kptr_id, own);
	ck_assert_int_eq(rec->fields[4].type, BTF_FIELD_KPTR_UNREF);
	ck_assert_ptr_eq(rec->fields[4].kptr_btf, kernel);
	drop();
	btf_kptr_has_dtor = NULL;
	btf_put(kernel);
	kernel = NULL;
}
END_TEST

START_TEST(list)
{
	u32 item, head;

	begin();
	item = blob_type(&b, "item", INFO(BTF_KIND_STRUCT, 0, 2), 32);
	blob_member(&b, "key", int_id, 0);
	blob_member(&b, "node", list_node_id, 64);
	head = blob_type(&b, "queue", INFO(BTF_KIND_STRUCT, 0, 2), 24);
	blob_member(&b, "lock", lock_id, 0);
	blob_member(&b, "head", list_head_id, 64);
	blob_decl_tag(&b, "contains:item:node", head, 1);
	blob_finish(&b);
	ck_assert_int_eq(blob_load(b.out, b.size, &btf, NULL, 0), 0);
	ck_assert_ptr_nonnull(btf_struct_record(btf, item));
	ck_assert_uint_eq(btf_struct_record(btf, item)->mask, BTF_FIELD_LIST_NODE);
	ck_assert_uint_eq(btf_struct_record(btf, head)->fields[1].graph_id, item);
	ck_assert_uint_eq(btf_struct_record(btf, head)->fields[1].graph_node_off, 8);
	ck_assert_ptr_null(btf_struct_record(btf, lock_id));
	drop();
}
END_TEST

START_TEST(list_without_lock)
{
	u32 head;

	begin();
	blob_type(&b, "item", INFO(BTF_KIND_STRUCT, 0, 1), 24);
	blob_member(&b, "node", list_node_id, 0);
	head = blob_type(&b, "queue", INFO(BTF_KIND_STRUCT, 0, 1), 16);
	blob_member(&b, "head", list_head_id, 0);
	blob_decl_tag(&b, "contains:item:node", head, 0);
	blob_finish(&b);
	ck_assert_int_eq(blob_load(b.out, b.size, NULL, NULL, 0), -EINVAL);
}
END_TEST

START_TEST(circle_of_owners)
{
	u32 s;

	begin();
	s = blob_type(&b, "item", INFO(BTF_KIND_STRUCT, 0, 3), 48);
	blob_member(&b, "node", list_node_id, 0);
	blob_member(&b, "head", list_head_id, 192);
	blob_member(&b, "lock", lock_id, 320);
	blob_decl_tag(&b, "contains:item:node", s, 1);
	blob_finish(&b);
	ck_assert_int_eq(blob_load(b.out, b.size, NULL, NULL, 0), -ELOOP);
}
END_TEST

START_TEST(section)
{
	u32 var, sec;

	begin();
	var = blob_type(&b, "lock", INFO(BTF_KIND_VAR, 0, 0), lock_id);
	blob_word(&b, 1);
	sec = blob_type(&b, ".bss.lock", INFO(BTF_KIND_DATASEC, 0, 1), 16);
	blob_word(&b, var);
	blob_word(&b, 8);
	blob_word(&b, 4);
	ck_assert_int_eq(parse(sec, ANY, 16), 0);
	ck_assert_uint_eq(rec->nr, 1);
	ck_assert_int_eq(rec->spin_lock_off, 8);
	drop();
}
END_TEST

TCase *fields_case(void)
{
	TCase *tc = tcase_create("fields");

	tcase_add_test(tc, none);
	tcase_add_test(tc, lock_and_timer);
	tcase_add_test(tc, nested);
	tcase_add_test(tc, two_locks);
	tcase_add_test(tc, kernel_pointers);
	tcase_add_test(tc, list);
	tcase_add_test(tc, list_without_lock);
	tcase_add_test(tc, circle_of_owners);
	tcase_add_test(tc, section);
	return tc;
}
