// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <string.h>
#include <unistd.h>

static union attr btf_attr(void)
{
	return (union attr){
		.uapi = {.btf = ptr(&test_btf),
			 .btf_size = sizeof(test_btf.hdr) + sizeof(test_btf.types) + 10}};
}

START_TEST(loading)
{
	union attr attr = btf_attr(), bad;

	ENGINE(_i);
	ck_assert_int_ge(bpf(BPF_BTF_LOAD, &attr), 0);
	bad = attr;
	bad.uapi.btf_size--;
	ck_assert_int_eq(bpf(BPF_BTF_LOAD, &bad), -EINVAL);
	bad = attr;
	bad.uapi.btf_size = (16u << 20) + 1;
	ck_assert_int_eq(bpf(BPF_BTF_LOAD, &bad), -E2BIG);
	bad = attr;
	bad.btf.btf_flags = 1;
	ck_assert_int_eq(bpf(BPF_BTF_LOAD, &bad), -EINVAL);
	bad = attr;
	bad.uapi.btf_log_level = 16;
	ck_assert_int_eq(bpf(BPF_BTF_LOAD, &bad), -EINVAL);
	bad.uapi.btf_log_level = 0;
	bad.uapi.btf_log_size = 100;
	ck_assert_int_eq(bpf(BPF_BTF_LOAD, &bad), -EINVAL);
}
END_TEST

START_TEST(the_log)
{
	union attr attr = btf_attr();
	char log[4096] = "";
	u32 full;

	ENGINE(_i);
	attr.uapi.btf_log_buf = ptr(log);
	attr.uapi.btf_log_size = sizeof(log);
	attr.uapi.btf_log_level = 1;
	ck_assert_int_ge(bpf(BPF_BTF_LOAD, &attr), 0);
	full = attr.btf.btf_log_true_size;
	ck_assert_uint_eq(full, strlen(log) + 1);
	attr.uapi.btf_log_size = 20;
	ck_assert_int_eq(bpf(BPF_BTF_LOAD, &attr), -ENOSPC);
	ck_assert_uint_eq(attr.btf.btf_log_true_size, full);
	ck_assert_uint_eq(strlen(log), 19);
}
END_TEST

START_TEST(info)
{
	u8 data[sizeof(test_btf)];
	char name[16] = "x";
	struct bpf_btf_info info = {.btf = ptr(data), .btf_size = sizeof(data)};
	union attr attr = {0};

	ENGINE(_i);
	attr.uapi.info.bpf_fd = (u32)load_btf();
	attr.uapi.info.info = ptr(&info);
	attr.uapi.info.info_len = sizeof(info);
	ck_assert_int_eq(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr), 0);
	ck_assert_uint_eq(attr.uapi.info.info_len, sizeof(info));
	ck_assert_uint_eq(info.btf_size, sizeof(test_btf.hdr) + sizeof(test_btf.types) + 10);
	ck_assert_int_eq(memcmp(data, &test_btf, info.btf_size), 0);
	ck_assert_uint_eq(info.kernel_btf, 0);
	ck_assert_uint_eq(info.name_len, 0);
	info.name = ptr(name);
	ck_assert_int_eq(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr), -EINVAL);
}
END_TEST

START_TEST(the_kernels_own)
{
	char name[16] = "";
	struct bpf_btf_info info = {.name = ptr(name), .name_len = sizeof(name)};
	union attr attr = {0};
	long fd;

	ENGINE(_i);
	ck_assert_int_eq(bpf(BPF_BTF_GET_NEXT_ID, &attr), 0);
	ck_assert_uint_eq(attr.uapi.next_id, 1);
	attr = (union attr){.uapi.btf_id = 1};
	fd = bpf(BPF_BTF_GET_FD_BY_ID, &attr);
	ck_assert_int_ge(fd, 0);
	attr = (union attr){.uapi.info = {(u32)fd, sizeof(info), ptr(&info)}};
	ck_assert_int_eq(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr), 0);
	ck_assert_str_eq(name, "vmlinux");
	ck_assert_uint_eq(info.name_len, 7);
	ck_assert_uint_eq(info.kernel_btf, 1);
	info.name_len = 4;
	info.btf_size = 0;
	ck_assert_int_eq(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr), -ENOSPC);
	ck_assert_str_eq(name, "vml");
}
END_TEST

START_TEST(maps_with_types)
{
	union attr attr = {.uapi = {.map_type = BPF_MAP_TYPE_ARRAY,
				    .key_size = 4,
				    .value_size = 4,
				    .max_entries = 1,
				    .btf_key_type_id = 1,
				    .btf_value_type_id = 1}};
	struct bpf_map_info info = {0};
	union attr get = {0};

	ENGINE(_i);
	attr.uapi.btf_fd = (u32)load_btf();
	get.uapi.info.bpf_fd = (u32)bpf(BPF_MAP_CREATE, &attr);
	get.uapi.info.info = ptr(&info);
	get.uapi.info.info_len = sizeof(info);
	ck_assert_int_eq(bpf(BPF_OBJ_GET_INFO_BY_FD, &get), 0);
	ck_assert_uint_ne(info.btf_id, 0);
	ck_assert_uint_eq(info.btf_key_type_id, 1);
	ck_assert_uint_eq(info.btf_value_type_id, 1);
	/* The kernel's types are not for maps. */
	get = (union attr){.uapi.btf_id = 1};
	attr.uapi.btf_fd = (u32)bpf(BPF_BTF_GET_FD_BY_ID, &get);
	ck_assert_int_eq(bpf(BPF_MAP_CREATE, &attr), -EACCES);
}
END_TEST

TCase *btf_tests(void)
{
	TCase *tc = tcase_create("btf");

	tcase_add_loop_test(tc, loading, 0, ENGINES);
	tcase_add_loop_test(tc, the_log, 0, ENGINES);
	tcase_add_loop_test(tc, info, 0, ENGINES);
	tcase_add_loop_test(tc, the_kernels_own, 0, ENGINES);
	tcase_add_loop_test(tc, maps_with_types, 0, ENGINES);
	return tc;
}
