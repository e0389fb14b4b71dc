// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <espalier/bpf.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"

static const struct bpf_insn pass[] = {MOV_K(0, 2), EXIT()};

static union attr load_attr(void)
{
	return (union attr){.uapi = {.prog_type = BPF_PROG_TYPE_XDP,
				     .insns = ptr(pass),
				     .insn_cnt = ARRAY_SIZE(pass),
				     .license = ptr("GPL")}};
}

#define REFUSED(err, ...)                                      \
	do {                                                   \
		union attr a = load_attr();                    \
		__VA_ARGS__;                                   \
		ck_assert_int_eq(bpf(BPF_PROG_LOAD, &a), err); \
	} while (0)

START_TEST(attributes)
{
	union attr attr = load_attr();

	ENGINE(_i);
	ck_assert_int_ge(bpf(BPF_PROG_LOAD, &attr), 0);
	REFUSED(-EINVAL, a.uapi.prog_flags = 1u << 30);
	REFUSED(-E2BIG, a.uapi.insn_cnt = 0);
	REFUSED(-E2BIG, a.uapi.insn_cnt = 1000001);
	REFUSED(-EINVAL, a.uapi.prog_type = 0);
	REFUSED(-EINVAL, a.uapi.prog_type = 200);
	REFUSED(-EINVAL, a.uapi.attach_btf_id = 1);
	REFUSED(-EINVAL, a.uapi.attach_prog_fd = 1);
	REFUSED(-EINVAL, a.uapi.prog_ifindex = 9999);
	REFUSED(-EINVAL, strcpy(a.uapi.prog_name, "a b"));
	REFUSED(-EINVAL, memcpy(a.uapi.prog_name, "0123456789abcdef", 16));
	REFUSED(-EFAULT, a.uapi.insns = 0);
	REFUSED(-EFAULT, a.uapi.license = 0);
	REFUSED(-EBADF, a.uapi.prog_flags = BPF_F_TOKEN_FD; a.prog.prog_token_fd = 999);
	REFUSED(-EFAULT, a.prog.fd_array_cnt = 1);
	/* The log. */
	REFUSED(-EINVAL, a.uapi.log_level = 16);
	REFUSED(-EINVAL, a.uapi.log_size = 100);
	REFUSED(-EINVAL, char log[100]; a.uapi.log_buf = ptr(log); a.uapi.log_size = sizeof(log));
}
END_TEST

START_TEST(licenses)
{
	static const struct {
		const char *license;
		bool compatible;
	} cases[] = {
		{"GPL", true},		{"GPL v2", true},	{"GPL and additional rights", true},
		{"Dual BSD/GPL", true}, {"Dual MIT/GPL", true}, {"Dual MPL/GPL", true},
		{"BSD", false},		{"gpl", false},		{"", false},
		{"GPLv2", false},	{"Proprietary", false},
	};

	ENGINE(_i);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		union attr attr = load_attr();
		struct bpf_prog_info info = {0};
		union attr get = {0};
		long fd;

		attr.uapi.license = ptr(cases[i].license);
		fd = bpf(BPF_PROG_LOAD, &attr);
		ck_assert_int_ge(fd, 0);
		get.uapi.info.bpf_fd = (u32)fd;
		get.uapi.info.info = ptr(&info);
		get.uapi.info.info_len = sizeof(info);
		ck_assert_int_eq(bpf(BPF_OBJ_GET_INFO_BY_FD, &get), 0);
		ck_assert_uint_eq(info.gpl_compatible, cases[i].compatible);
		close((int)fd);
	}
}
END_TEST

START_TEST(a_refused_program_says_why)
{
	static const struct bpf_insn bad[] = {EXIT()}, good[] = {MOV_K(0, 0), EXIT()};
	union attr attr = load_attr();
	char log[4096] = "";

	ENGINE(_i);
	attr.uapi.insns = ptr(bad);
	attr.uapi.insn_cnt = 1;
	attr.uapi.log_buf = ptr(log);
	attr.uapi.log_size = sizeof(log);
	attr.uapi.log_level = 1;
	ck_assert_int_eq(bpf(BPF_PROG_LOAD, &attr), -EACCES);
	ck_assert_ptr_nonnull(strstr(log, "R0 !read_ok"));
	ck_assert_uint_eq(attr.prog.log_true_size, strlen(log) + 1);
	/* Old callers have no room for the size. */
	attr.prog.log_true_size = 77;
	ck_assert_int_eq(bpf_sized(BPF_PROG_LOAD, &attr, 140), -EACCES);
	ck_assert_uint_eq(attr.prog.log_true_size, 77);
	if (engine_is_kernel())
		return;
	ck_assert_ptr_nonnull(espalier_last_report());
	ck_assert_int_eq(espalier_last_report()->err, -EACCES);
	ck_assert_str_eq(espalier_last_report()->message, "R0 !read_ok");
	ck_assert_uint_eq(object_count(OBJECT_PROG), 0);
	/* A probe, which nobody asked about. */
	attr.uapi.log_buf = 0;
	attr.uapi.log_size = attr.uapi.log_level = 0;
	memset(attr.uapi.prog_name, 0, sizeof(attr.uapi.prog_name));
	attr.uapi.insns = ptr(good);
	attr.uapi.insn_cnt = ARRAY_SIZE(good);
	ck_assert_int_ge(bpf(BPF_PROG_LOAD, &attr), 0);
	ck_assert_str_eq(espalier_last_report()->message, "R0 !read_ok");
}
END_TEST

/* Their address is to be had of an array of one only. */
START_TEST(values_by_address)
{
	static const struct {
		u32 type, entries;
		int err;
	} cases[] = {
		{BPF_MAP_TYPE_ARRAY, 2, -ENOTSUPP},
		{BPF_MAP_TYPE_HASH, 1, -EINVAL},
	};

	ENGINE(_i);
	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		int map = make_map(cases[i].type, 4, 8, cases[i].entries, 0);

		ck_assert_int_ge(map, 0);
		ck_assert_int_eq(
			LOAD(BPF_PROG_TYPE_XDP,
			     INSN(BPF_LD | BPF_IMM | BPF_DW, 1, BPF_PSEUDO_MAP_VALUE, 0, map),
			     INSN(0, 0, 0, 0, 0), MOV_K(0, 2), EXIT()),
			cases[i].err);
		close(map);
	}
}
END_TEST

START_TEST(a_log_that_does_not_fit)
{
	union attr attr = load_attr();
	char log[4096] = "";
	u32 full;

	ENGINE(_i);
	attr.uapi.log_buf = ptr(log);
	attr.uapi.log_size = sizeof(log);
	attr.uapi.log_level = 2;
	ck_assert_int_ge(bpf(BPF_PROG_LOAD, &attr), 0);
	full = attr.prog.log_true_size;
	ck_assert_uint_eq(full, strlen(log) + 1);
	attr.uapi.log_size = 16;
	ck_assert_int_eq(bpf(BPF_PROG_LOAD, &attr), -ENOSPC);
	ck_assert_uint_eq(attr.prog.log_true_size, full);
}
END_TEST

/* One function record and one line record, in structures of any size that holds ours. */
struct records {
	struct bpf_func_info func;
	u32 more_func[2];
	struct bpf_line_info line;
	u32 more_line[2];
};

static union attr with_records(struct records *r)
{
	union attr attr = load_attr();

	*r = (struct records){.func = {0, 3}, .line = {0, 1, 1, 1 << 10}};
	attr.uapi.prog_btf_fd = (u32)load_btf();
	attr.uapi.func_info = ptr(&r->func);
	attr.uapi.func_info_cnt = 1;
	attr.uapi.func_info_rec_size = sizeof(r->func);
	attr.uapi.line_info = ptr(&r->line);
	attr.uapi.line_info_cnt = 1;
	attr.uapi.line_info_rec_size = sizeof(r->line);
	return attr;
}

START_TEST(debug_info)
{
	struct records r;
	union attr attr;

	ENGINE(_i);
	attr = with_records(&r);
	ck_assert_int_ge(bpf(BPF_PROG_LOAD, &attr), 0);
	attr.uapi.func_info_rec_size = 16;
	attr.uapi.line_info_rec_size = 24;
	ck_assert_int_ge(bpf(BPF_PROG_LOAD, &attr), 0);
	r.more_func[1] = 1;
	ck_assert_int_eq(bpf(BPF_PROG_LOAD, &attr), -E2BIG);
	/* The caller is told the size that is understood. */
	ck_assert_uint_eq(attr.uapi.func_info_rec_size, 8);
	attr = with_records(&r);
	attr.uapi.line_info_rec_size = 24;
	r.more_line[0] = 1;
	ck_assert_int_eq(bpf(BPF_PROG_LOAD, &attr), -E2BIG);
	ck_assert_uint_eq(attr.uapi.line_info_rec_size, 16);
	for (u32 size = 0; size < 300; size++) {
		if (size >= 8 && size <= 16 && size % 4 == 0)
			continue;
		if (size > 16 && size <= 252 && size % 4 == 0)
			continue;
		attr = with_records(&r);
		attr.uapi.func_info_rec_size = size;
		ck_assert_int_eq(bpf(BPF_PROG_LOAD, &attr), -EINVAL);
		close((int)attr.uapi.prog_btf_fd);
	}
	attr = with_records(&r);
	attr.uapi.line_info_rec_size = 12;
	ck_assert_int_eq(bpf(BPF_PROG_LOAD, &attr), -EINVAL);
	attr = with_records(&r);
	attr.uapi.prog_btf_fd = 999;
	ck_assert_int_eq(bpf(BPF_PROG_LOAD, &attr), -EBADF);
	/* Without records nobody looks at it. */
	attr.uapi.func_info_cnt = 0;
	attr.uapi.line_info_cnt = 0;
	ck_assert_int_ge(bpf(BPF_PROG_LOAD, &attr), 0);
}
END_TEST

START_TEST(records_come_back)
{
	struct records r;
	union attr attr, get = {0};
	struct bpf_func_info func = {0};
	struct bpf_line_info line = {0};
	struct bpf_prog_info info = {
		.func_info = ptr(&func),
		.nr_func_info = 1,
		.func_info_rec_size = sizeof(func),
		.line_info = ptr(&line),
		.nr_line_info = 1,
		.line_info_rec_size = sizeof(line),
	};

	ENGINE(_i);
	attr = with_records(&r);
	get.uapi.info.bpf_fd = (u32)bpf(BPF_PROG_LOAD, &attr);
	get.uapi.info.info = ptr(&info);
	get.uapi.info.info_len = sizeof(info);
	ck_assert_int_eq(bpf(BPF_OBJ_GET_INFO_BY_FD, &get), 0);
	ck_assert_uint_ne(info.btf_id, 0);
	ck_assert_uint_eq(info.nr_func_info, 1);
	ck_assert_uint_eq(info.nr_line_info, 1);
	ck_assert_int_eq(memcmp(&func, &r.func, sizeof(func)), 0);
	ck_assert_int_eq(memcmp(&line, &r.line, sizeof(line)), 0);
}
END_TEST

/* A PROG_ARRAY holds programs that refer to it: closing all descriptors must free the lot. */
START_TEST(cycles_end)
{
	union attr attr = {0};
	u32 key = 0;
	int map, prog;

	engine_use(ENGINE_OURS);
	map = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1, 0);
	prog = LOAD(BPF_PROG_TYPE_XDP, LD_MAP(2, map), MOV_K(3, 0), CALL(BPF_FUNC_tail_call),
		    MOV_K(0, 2), EXIT());
	ck_assert_int_ge(prog, 0);
	attr.uapi.map_fd = (u32)map;
	attr.uapi.key = ptr(&key);
	attr.uapi.value = ptr(&prog);
	ck_assert_int_eq(bpf(BPF_MAP_UPDATE_ELEM, &attr), 0);
	close(prog);
	fd_collect();
	ck_assert_uint_eq(object_count(OBJECT_PROG), 1);
	close(map);
	fd_collect();
	rcu_quiesce();
	ck_assert_uint_eq(object_count(OBJECT_PROG), 0);
	ck_assert_uint_eq(object_count(OBJECT_MAP), 0);
}
END_TEST

TCase *load_tests(void)
{
	TCase *tc = tcase_create("load");

	tcase_add_loop_test(tc, attributes, 0, ENGINES);
	tcase_add_loop_test(tc, licenses, 0, ENGINES);
	tcase_add_loop_test(tc, a_refused_program_says_why, 0, ENGINES);
	tcase_add_loop_test(tc, values_by_address, 0, ENGINES);
	tcase_add_loop_test(tc, a_log_that_does_not_fit, 0, ENGINES);
	tcase_add_loop_test(tc, debug_info, 0, ENGINES);
	tcase_add_loop_test(tc, records_come_back, 0, ENGINES);
	tcase_add_test(tc, cycles_end);
	return tc;
}
