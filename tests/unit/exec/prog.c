// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/rcu.h"

static void check_tag(const struct bpf_insn *insns, u32 len, const char *want)
{
	struct prog *prog;
	char hex[17];

	ck_assert_int_eq(prog_new(insns, len, &prog), 0);
	for (u32 i = 0; i < 8; i++)
		sprintf(hex + 2 * i, "%02x", prog->tag[i]);
	ck_assert_str_eq(hex, want);
	prog_put(prog);
}

/* As bpf_prog_info.tag of Linux 6.18 shows them. */
START_TEST(tags_match_kernel)
{
	struct bpf_insn small[] = {MOV_K(0, 0), EXIT()};
	struct bpf_insn with_maps[] = {
		LD_IMM64(1, BPF_PSEUDO_MAP_FD, 3),
		LD_IMM64(2, BPF_PSEUDO_MAP_VALUE, BIT64(35) | 3),
		LD_IMM64(3, 0, 0x123456789a),
		CALL_BPF(1),
		EXIT(),
		MOV_K(0, 0),
		ADD_K(0, 1),
		EXIT(),
	};

	check_tag(small, ARRAY_SIZE(small), "59f4a931744dcdc6");
	check_tag(with_maps, ARRAY_SIZE(with_maps), "b9af0cb2c6f833a5");
	/* The maps do not count. */
	with_maps[0].imm = 4;
	with_maps[2].imm = 5;
	with_maps[3].imm = 0;
	check_tag(with_maps, ARRAY_SIZE(with_maps), "b9af0cb2c6f833a5");
}
END_TEST

START_TEST(sizes)
{
	struct bpf_insn insns[] = {MOV_K(0, 0), EXIT()};
	struct prog *prog;

	ck_assert_int_eq(prog_new(insns, 0, &prog), -E2BIG);
	ck_assert_int_eq(prog_new(insns, 1000001, &prog), -E2BIG);
}
END_TEST

START_TEST(objects_come_and_go)
{
	struct bpf_insn insns[] = {MOV_K(0, 0), EXIT()};
	u32 before = object_count(OBJECT_PROG);
	struct prog *prog = prepared(MAKE_PROG(insns));

	/* Not to be found before it is loaded. */
	ck_assert_uint_eq(object_count(OBJECT_PROG), before);
	ck_assert_int_eq(object_list(&prog->obj), 0);
	ck_assert_uint_eq(object_count(OBJECT_PROG), before + 1);
	ck_assert_uint_ne(prog->obj.id, 0);
	prog_put(prog);
	ck_assert_uint_eq(object_count(OBJECT_PROG), before);
}
END_TEST

/* What contradicts the verifier's facts is refused, not run. */
START_TEST(contradictions_are_refused)
{
	struct bpf_insn cases[][2] = {
		{INSN(0xff, 0, 0, 0, 0), EXIT()},
		{MOV_X(11, 1), EXIT()},
		{JA(-2), EXIT()},
		{JA(1), EXIT()},
		{CALL_HELPER(999), EXIT()},
		{ATOMIC(BPF_H, BPF_ADD, 1, 0, 2), EXIT()},
		{ATOMIC(BPF_W, 0x77, 1, 0, 2), EXIT()},
		{INSN(BPF_ALU64 | BPF_MOV | BPF_X, 1, 2, 1, 1), EXIT()},
		{INSN(BPF_ALU64 | BPF_END, 1, 0, 0, 8), EXIT()},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct prog *prog = make_prog(cases[i], 2);

		ck_assert_int_eq(exec_prepare(prog), -EINVAL);
		ck_assert_ptr_null(prog->code);
		prog_put(prog);
	}
}
END_TEST

START_TEST(wrong_accesses_are_refused)
{
	static const struct {
		u8 code;
		s16 off;
		u8 access;
	} cases[] = {
		{BPF_LDX | BPF_MEM | BPF_W, 24, ACCESS_CTX},
		{BPF_LDX | BPF_MEM | BPF_B, 0, ACCESS_CTX},
		{BPF_STX | BPF_MEM | BPF_W, 0, ACCESS_CTX},
		{BPF_STX | BPF_MEM | BPF_W, 0, ACCESS_PROBE},
		{BPF_STX | BPF_MEM | BPF_W, 0, ACCESS_SOCK},
		{BPF_STX | BPF_ATOMIC | BPF_W, 0, ACCESS_CTX},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bpf_insn insns[] = {INSN(cases[i].code, 1, 2, cases[i].off, 0), EXIT()};
		struct prog *prog = MAKE_PROG(insns);

		prog->aux[0].access = cases[i].access;
		prog->aux[0].ctx_off = cases[i].off;
		ck_assert_int_eq(exec_prepare(prog), -EINVAL);
		prog_put(prog);
	}
}
END_TEST

/* The kernel does not write there either: EFAULT instead of a signal. */
START_TEST(code_is_read_only)
{
	struct bpf_insn insns[] = {MOV_K(0, 7), EXIT()};
	struct prog *prog = prepared(MAKE_PROG(insns));
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
	ck_assert_int_eq(read(fds[0], (void *)prog->code, 1), -1);
	ck_assert_int_eq(errno, EFAULT);
	ck_assert_uint_eq(run(prog, NULL), 7);
	close(fds[0]);
	close(fds[1]);
	prog_put(prog);
}
END_TEST

START_TEST(statistics_on_request)
{
	struct bpf_insn insns[] = {MOV_K(0, 0), EXIT()};
	struct prog *prog = prepared(MAKE_PROG(insns));

	run(prog, NULL);
	ck_assert_uint_eq(prog->run_cnt, 0);
	prog_stats = true;
	run(prog, NULL);
	run(prog, NULL);
	prog_stats = false;
	ck_assert_uint_eq(prog->run_cnt, 2);
	ck_assert_uint_gt(prog->run_ns, 0);
	prog_put(prog);
}
END_TEST

TCase *prog_tests(void)
{
	TCase *tc = tcase_create("prog");

	tcase_add_test(tc, tags_match_kernel);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, objects_come_and_go);
	tcase_add_test(tc, contradictions_are_refused);
	tcase_add_test(tc, wrong_accesses_are_refused);
	tcase_add_test(tc, code_is_read_only);
	tcase_add_test(tc, statistics_on_request);
	return tc;
}
