// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <string.h>
#include <unistd.h>

static union attr array_attr(void)
{
	return (union attr){.uapi = {.map_type = BPF_MAP_TYPE_ARRAY,
				     .key_size = 4,
				     .value_size = 8,
				     .max_entries = 1}};
}

START_TEST(short_attributes_are_extended)
{
	union attr attr = array_attr();
	long fd;

	ENGINE(_i);
	fd = bpf_sized(BPF_MAP_CREATE, &attr, 20);
	ck_assert_int_ge(fd, 0);
	close((int)fd);
	/* Cut before max_entries, which is then zero. */
	ck_assert_int_eq(bpf_sized(BPF_MAP_CREATE, &attr, 12), -EINVAL);
}
END_TEST

START_TEST(long_attributes_end_in_zeroes)
{
	u8 attr[8192] = {0};
	union attr array = array_attr();
	long fd;

	ENGINE(_i);
	memcpy(attr, &array, sizeof(array));
	fd = bpf_sized(BPF_MAP_CREATE, attr, 4096);
	ck_assert_int_ge(fd, 0);
	close((int)fd);
	ck_assert_int_eq(bpf_sized(BPF_MAP_CREATE, attr, 4097), -E2BIG);
	attr[ATTR_SIZE] = 1;
	ck_assert_int_eq(bpf_sized(BPF_MAP_CREATE, attr, ATTR_SIZE + 1), -E2BIG);
	attr[ATTR_SIZE] = 0;
	/* Known to other commands, not to this one. */
	attr[ATTR_SIZE - 1] = 1;
	ck_assert_int_eq(bpf_sized(BPF_MAP_CREATE, attr, ATTR_SIZE), -EINVAL);
	ck_assert_int_eq(bpf_sized(BPF_MAP_CREATE, NULL, 8), -EFAULT);
}
END_TEST

/* The first byte that a command must not use; the one before it may be anything. */
START_TEST(each_command_has_its_end)
{
	static const struct {
		int cmd;
		u32 end;
	} ends[] = {
		{BPF_MAP_CREATE, 92},
		{BPF_MAP_LOOKUP_ELEM, 32},
		{BPF_MAP_UPDATE_ELEM, 32},
		{BPF_MAP_DELETE_ELEM, 16},
		{BPF_MAP_GET_NEXT_KEY, 24},
		{BPF_OBJ_PIN, 20},
		{BPF_OBJ_GET, 20},
		{BPF_PROG_TEST_RUN, 76},
		{BPF_PROG_GET_NEXT_ID, 8},
		{BPF_MAP_GET_NEXT_ID, 8},
		{BPF_BTF_GET_NEXT_ID, 8},
		{BPF_PROG_GET_FD_BY_ID, 4},
		{BPF_MAP_GET_FD_BY_ID, 12},
		{BPF_BTF_GET_FD_BY_ID, 16},
		{BPF_OBJ_GET_INFO_BY_FD, 16},
		{BPF_BTF_LOAD, 40},
		{BPF_MAP_LOOKUP_AND_DELETE_ELEM, 32},
		{BPF_MAP_FREEZE, 4},
		{BPF_MAP_LOOKUP_BATCH, 56},
		{BPF_MAP_UPDATE_BATCH, 56},
		{BPF_PROG_BIND_MAP, 12},
		{BPF_ENABLE_STATS, 4},
	};

	ENGINE(_i);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		union attr attr = {0};

		attr.bytes[ends[i].end] = 1;
		ck_assert_msg(bpf(ends[i].cmd, &attr) == -EINVAL, "command %d", ends[i].cmd);
	}
}
END_TEST

START_TEST(unknown_commands)
{
	union attr attr = {0};

	ENGINE(_i);
	ck_assert_int_eq(bpf(38, &attr), -EINVAL);
	ck_assert_int_eq(bpf(1000, &attr), -EINVAL);
	ck_assert_int_eq(bpf(-1, &attr), -EINVAL);
}
END_TEST

/* There is nothing to attach to: what a kernel says that has not got these. */
START_TEST(attaching_is_refused)
{
	static const int cmds[] = {
		BPF_PROG_ATTACH,
		BPF_PROG_DETACH,
		BPF_PROG_QUERY,
		BPF_RAW_TRACEPOINT_OPEN,
		BPF_LINK_CREATE,
		BPF_LINK_UPDATE,
		BPF_LINK_DETACH,
		BPF_ITER_CREATE,
		BPF_TASK_FD_QUERY,
		36 /* TOKEN_CREATE */,
		37 /* PROG_STREAM_READ_BY_FD */,
	};

	engine_use(ENGINE_OURS);
	for (size_t i = 0; i < ARRAY_SIZE(cmds); i++) {
		union attr attr = {0};

		ck_assert_int_eq(bpf(cmds[i], &attr), -EINVAL);
	}
}
END_TEST

START_TEST(no_links)
{
	union attr attr = {0};

	engine_use(ENGINE_OURS);
	ck_assert_int_eq(bpf(BPF_LINK_GET_NEXT_ID, &attr), -ENOENT);
	attr.uapi.link_id = 1;
	ck_assert_int_eq(bpf(BPF_LINK_GET_FD_BY_ID, &attr), -ENOENT);
}
END_TEST

TCase *attr_tests(void)
{
	TCase *tc = tcase_create("attr");

	tcase_add_loop_test(tc, short_attributes_are_extended, 0, ENGINES);
	tcase_add_loop_test(tc, long_attributes_end_in_zeroes, 0, ENGINES);
	tcase_add_loop_test(tc, each_command_has_its_end, 0, ENGINES);
	tcase_add_loop_test(tc, unknown_commands, 0, ENGINES);
	tcase_add_test(tc, attaching_is_refused);
	tcase_add_test(tc, no_links);
	return tc;
}
