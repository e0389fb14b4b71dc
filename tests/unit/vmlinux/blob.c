// SPDX-License-Identifier: BSD-2-Clause
#include "suites.h"

#include <string.h>

#include "vmlinux/vmlinux.h"

START_TEST(loads_once)
{
	struct btf *btf = vmlinux_btf();

	ck_assert_ptr_nonnull(btf);
	ck_assert_ptr_eq(vmlinux_btf(), btf);
	ck_assert(btf->kernel);
	ck_assert_str_eq(btf->name, "vmlinux");
	ck_assert_uint_eq(btf->obj.id, 1);
	ck_assert_uint_eq(btf->data_size, vmlinux_btf_size);
	ck_assert_int_eq(memcmp(btf->data, vmlinux_btf_data, vmlinux_btf_size), 0);
}
END_TEST

START_TEST(types_by_number)
{
	struct btf *btf = vmlinux_btf();

	for (u32 i = 0; i < VT_MAX; i++) {
		const struct btf_type *t = btf_type(btf, vmlinux_type_id(i));

		ck_assert_ptr_nonnull(t);
		ck_assert_uint_eq(btf_kind_of(t), BTF_KIND_STRUCT);
	}
	ck_assert_str_eq(btf_name(btf, btf_type(btf, vmlinux_type_id(VT_SK_BUFF_MD))), "__sk_buff");
}
END_TEST

/* Nothing that was meant to be described is only declared, and no variable slipped in. */
START_TEST(only_whole_types)
{
	struct btf *btf = vmlinux_btf();

	for (u32 id = 1; id < btf->nr_types; id++) {
		const struct btf_type *t = btf_type(btf, id);

		if (btf_kind_of(t) == BTF_KIND_FWD || btf_kind_of(t) == BTF_KIND_VAR ||
		    btf_kind_of(t) == BTF_KIND_DATASEC)
			ck_abort_msg("%s %s", btf_kind_word(t), btf_name(btf, t));
	}
}
END_TEST

START_TEST(functions_are_tagged)
{
	struct btf *btf = vmlinux_btf();

	for (u32 id = 1; id < btf->nr_types; id++) {
		const struct btf_type *t = btf_type(btf, id);
		const char *name = btf_name(btf, t);

		if (btf_kind_of(t) != BTF_KIND_FUNC || !strcmp(name, "vmlinux_types"))
			continue;
		if (!btf_decl_tag(btf, id, -1, "bpf_kfunc"))
			ck_abort_msg("%s", name);
	}
}
END_TEST

TCase *blob_case(void)
{
	TCase *tc = tcase_create("blob");

	tcase_add_test(tc, loads_once);
	tcase_add_test(tc, types_by_number);
	tcase_add_test(tc, only_whole_types);
	tcase_add_test(tc, functions_are_tagged);
	return tc;
}
