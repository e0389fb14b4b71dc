// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <string.h>
#include <unistd.h>

#include "fd.h"

static long get_info(int fd, void *info, u32 *len)
{
	union attr attr = {.uapi.info = {(u32)fd, *len, ptr(info)}};
	long ret = bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);

	*len = attr.uapi.info.info_len;
	return ret;
}

START_TEST(maps)
{
	struct bpf_map_info info = {0};
	u8 longer[256] = {0};
	u32 len = sizeof(info);
	int fd;

	ENGINE(_i);
	fd = make_map(BPF_MAP_TYPE_HASH, 4, 8, 16, BPF_F_NO_PREALLOC);
	ck_assert_int_eq(get_info(fd, &info, &len), 0);
	ck_assert_uint_eq(info.type, BPF_MAP_TYPE_HASH);
	ck_assert_uint_eq(info.key_size, 4);
	ck_assert_uint_eq(info.value_size, 8);
	ck_assert_uint_eq(info.max_entries, 16);
	ck_assert_uint_eq(info.map_flags, BPF_F_NO_PREALLOC);
	ck_assert_str_eq(info.name, "test.map_1");
	ck_assert_uint_ne(info.id, 0);
	/* A longer structure gets ours; its rest must be zero. */
	len = sizeof(longer);
	ck_assert_int_eq(get_info(fd, longer, &len), 0);
	ck_assert_uint_eq(len, 104);
	ck_assert_uint_eq(*(u32 *)longer, BPF_MAP_TYPE_HASH);
	longer[200] = 1;
	len = sizeof(longer);
	ck_assert_int_eq(get_info(fd, longer, &len), -E2BIG);
	/* A shorter one gets its head. */
	memset(&info, 0, sizeof(info));
	len = 8;
	ck_assert_int_eq(get_info(fd, &info, &len), 0);
	ck_assert_uint_eq(len, 8);
	ck_assert_uint_eq(info.type, BPF_MAP_TYPE_HASH);
	ck_assert_uint_eq(info.key_size, 0);
	len = 0;
	ck_assert_int_eq(get_info(fd, NULL, &len), 0);
	len = sizeof(info);
	ck_assert_int_eq(get_info(fd, NULL, &len), -EFAULT);
	ck_assert_int_eq(get_info(999, &info, &len), -EBADFD);
	ck_assert_int_eq(get_info(STDOUT_FILENO, &info, &len), -EINVAL);
}
END_TEST

START_TEST(programs)
{
	struct bpf_insn dump[8];
	u32 ids[4] = {0}, len;
	u8 tags[4][8] = {0};
	struct bpf_prog_info info = {0};
	struct bpf_map_info map = {0};
	int fd, map_fd;

	ENGINE(_i);
	map_fd = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0);
	fd = LOAD(BPF_PROG_TYPE_XDP, LD_MAP(1, map_fd), MOV_K(0, 2), EXIT());
	ck_assert_int_ge(fd, 0);
	len = sizeof(map);
	ck_assert_int_eq(get_info(map_fd, &map, &len), 0);
	info.map_ids = ptr(ids);
	info.nr_map_ids = 4;
	info.prog_tags = ptr(tags);
	info.nr_prog_tags = 4;
	info.xlated_prog_insns = ptr(dump);
	info.xlated_prog_len = sizeof(dump);
	len = sizeof(info);
	ck_assert_int_eq(get_info(fd, &info, &len), 0);
	ck_assert_uint_eq(len, sizeof(info));
	ck_assert_uint_eq(info.type, BPF_PROG_TYPE_XDP);
	ck_assert_str_eq(info.name, "test_prog");
	ck_assert_uint_eq(info.gpl_compatible, 1);
	ck_assert_uint_eq(info.nr_map_ids, 1);
	ck_assert_uint_eq(ids[0], map.id);
	ck_assert_uint_eq(info.nr_prog_tags, 1);
	ck_assert_int_eq(memcmp(tags[0], info.tag, 8), 0);
	ck_assert_uint_eq(info.verified_insns, 3);
	ck_assert_uint_gt(info.load_time, 0);
	ck_assert_uint_eq(info.func_info_rec_size, 8);
	ck_assert_uint_eq(info.line_info_rec_size, 16);
	ck_assert_uint_eq(info.jited_line_info_rec_size, 8);
	/* The dump names the map by its id. */
	ck_assert_uint_eq(info.xlated_prog_len, 4 * sizeof(struct bpf_insn));
	ck_assert_uint_eq(dump[0].src_reg, BPF_PSEUDO_MAP_FD);
	ck_assert_uint_eq((u32)dump[0].imm, map.id);
	ck_assert_uint_eq(dump[3].code, BPF_JMP | BPF_EXIT);
}
END_TEST

START_TEST(record_sizes)
{
	struct bpf_prog_info info = {.nr_func_info = 1};
	u32 len = sizeof(info);
	int fd;

	ENGINE(_i);
	fd = LOAD(BPF_PROG_TYPE_XDP, MOV_K(0, 2), EXIT());
	ck_assert_int_eq(get_info(fd, &info, &len), -EINVAL);
	info = (struct bpf_prog_info){.line_info_rec_size = 32};
	ck_assert_int_eq(get_info(fd, &info, &len), -EINVAL);
	info = (struct bpf_prog_info){.jited_line_info_rec_size = 8};
	ck_assert_int_eq(get_info(fd, &info, &len), 0);
	/* Room without an address. */
	info = (struct bpf_prog_info){.xlated_prog_len = 8};
	ck_assert_int_eq(get_info(fd, &info, &len), -EFAULT);
}
END_TEST

START_TEST(ids)
{
	union attr attr = {0};
	struct bpf_prog_info info = {0};
	u32 len = sizeof(info), id = 0;
	bool found = false;
	int fd;
	long again;

	ENGINE(_i);
	fd = LOAD(BPF_PROG_TYPE_XDP, MOV_K(0, 2), EXIT());
	ck_assert_int_eq(get_info(fd, &info, &len), 0);
	for (;;) {
		attr = (union attr){.uapi.start_id = id};
		if (bpf(BPF_PROG_GET_NEXT_ID, &attr))
			break;
		ck_assert_uint_gt(attr.uapi.next_id, id);
		id = attr.uapi.next_id;
		found |= id == info.id;
	}
	ck_assert(found);
	attr = (union attr){.uapi.start_id = 0x7fffffff};
	ck_assert_int_eq(bpf(BPF_PROG_GET_NEXT_ID, &attr), -EINVAL);
	attr = (union attr){.uapi.prog_id = info.id};
	again = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	ck_assert_int_ge(again, 0);
	attr = (union attr){.uapi.prog_id = 0x7ffffff0};
	ck_assert_int_eq(bpf(BPF_PROG_GET_FD_BY_ID, &attr), -ENOENT);
	ck_assert_int_eq(bpf(BPF_MAP_GET_FD_BY_ID, &attr), -ENOENT);
	ck_assert_int_eq(bpf(BPF_BTF_GET_FD_BY_ID, &attr), -ENOENT);
	attr = (union attr){.uapi = {.map_id = 1, .open_flags = 1}};
	ck_assert_int_eq(bpf(BPF_MAP_GET_FD_BY_ID, &attr), -EINVAL);
	attr.uapi.open_flags = BPF_F_RDONLY | BPF_F_WRONLY;
	ck_assert_int_eq(bpf(BPF_MAP_GET_FD_BY_ID, &attr), -EINVAL);
}
END_TEST

START_TEST(bound_maps)
{
	union attr attr = {0};
	struct bpf_prog_info info = {0};
	u32 len = sizeof(info);
	int prog, map;

	ENGINE(_i);
	prog = LOAD(BPF_PROG_TYPE_XDP, MOV_K(0, 2), EXIT());
	map = make_map(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0);
	attr.uapi.prog_bind_map.prog_fd = (u32)prog;
	attr.uapi.prog_bind_map.map_fd = (u32)map;
	ck_assert_int_eq(bpf(BPF_PROG_BIND_MAP, &attr), 0);
	ck_assert_int_eq(bpf(BPF_PROG_BIND_MAP, &attr), 0);
	ck_assert_int_eq(get_info(prog, &info, &len), 0);
	ck_assert_uint_eq(info.nr_map_ids, 1);
	attr.uapi.prog_bind_map.flags = 1;
	ck_assert_int_eq(bpf(BPF_PROG_BIND_MAP, &attr), -EINVAL);
	attr.uapi.prog_bind_map.flags = 0;
	attr.uapi.prog_bind_map.prog_fd = (u32)map;
	ck_assert_int_eq(bpf(BPF_PROG_BIND_MAP, &attr), -EINVAL);
	if (engine_is_kernel())
		return;
	close(map);
	fd_collect();
	ck_assert_uint_eq(object_count(OBJECT_MAP), 1);
	close(prog);
	fd_collect();
	ck_assert_uint_eq(object_count(OBJECT_MAP), 0);
}
END_TEST

static u64 run_count(int prog)
{
	u8 packet[64] = {0};
	union attr attr = {.uapi.test = {.prog_fd = (u32)prog,
					 .data_in = ptr(packet),
					 .data_size_in = sizeof(packet),
					 .repeat = 10}};
	struct bpf_prog_info info = {0};
	u32 len = sizeof(info);

	ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &attr), 0);
	ck_assert_int_eq(get_info(prog, &info, &len), 0);
	return info.run_cnt;
}

START_TEST(statistics)
{
	union attr attr = {.uapi.enable_stats.type = BPF_STATS_RUN_TIME};
	int prog;
	long fd;

	ENGINE(_i);
	prog = LOAD(BPF_PROG_TYPE_XDP, MOV_K(0, 2), EXIT());
	if (!engine_is_kernel())
		ck_assert_uint_eq(run_count(prog), 0);
	fd = bpf(BPF_ENABLE_STATS, &attr);
	ck_assert_int_ge(fd, 0);
	ck_assert_uint_eq(run_count(prog), 10);
	close((int)fd);
	if (!engine_is_kernel()) {
		fd_collect();
		ck_assert_uint_eq(run_count(prog), 10);
	}
	attr.uapi.enable_stats.type = 1;
	ck_assert_int_eq(bpf(BPF_ENABLE_STATS, &attr), -EINVAL);
}
END_TEST

TCase *info_tests(void)
{
	TCase *tc = tcase_create("info");

	tcase_add_loop_test(tc, maps, 0, ENGINES);
	tcase_add_loop_test(tc, programs, 0, ENGINES);
	tcase_add_loop_test(tc, record_sizes, 0, ENGINES);
	tcase_add_loop_test(tc, ids, 0, ENGINES);
	tcase_add_loop_test(tc, bound_maps, 0, ENGINES);
	tcase_add_loop_test(tc, statistics, 0, ENGINES);
	return tc;
}
