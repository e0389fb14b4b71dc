// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

/* r1 is the context, which these programs keep their counter in. */
#define TAIL_CALL(map, index)                                              \
	LD_IMM64(2, BPF_PSEUDO_MAP_FD, (uintptr_t)(map)), MOV_K(3, index), \
		CALL_HELPER(BPF_FUNC_tail_call)
#define COUNT_IN(reg) ST_K(BPF_B, 10, -1, 0), MOV_K(5, 1), ATOMIC(BPF_DW, BPF_ADD, reg, 0, 5)

START_TEST(tail_call_does_not_return)
{
	struct map *map = prog_array();
	struct bpf_insn target[] = {LD(BPF_DW, 0, 1, 0), ADD_K(0, 1), EXIT()};
	struct bpf_insn insns[] = {MOV_K(0, 9), TAIL_CALL(map, 2), MOV_K(0, 3), EXIT()};
	struct prog *callee = prepared(MAKE_PROG(target));
	u64 cell = 70;

	prog_array_set(map, 2, callee);
	ck_assert_uint_eq(RUN_INSNS(insns, &cell), 71);
	prog_array_set(map, 2, NULL);
	prog_put(callee);
}
END_TEST

START_TEST(tail_call_of_nothing_goes_on)
{
	static const s32 indices[] = {0, PROG_SLOTS, -1};

	for (u32 i = 0; i < ARRAY_SIZE(indices); i++) {
		struct bpf_insn insns[] = {MOV_K(0, 9), TAIL_CALL(prog_array(), indices[i]),
					   MOV_K(0, 3), EXIT()};

		ck_assert_uint_eq(RUN_INSNS(insns, NULL), 3);
	}
}
END_TEST

/* 33 tail calls succeed in one run, and each run has its own 33. */
START_TEST(tail_calls_are_limited)
{
	struct map *map = prog_array();
	struct bpf_insn insns[] = {COUNT_IN(1), TAIL_CALL(map, 0), MOV_K(0, 6), EXIT()};
	struct prog *prog = prepared(MAKE_PROG(insns));
	u64 count = 0;

	prog_array_set(map, 0, prog);
	ck_assert_uint_eq(run(prog, &count), 6);
	ck_assert_uint_eq(count, 34);
	ck_assert_uint_eq(run(prog, &count), 6);
	ck_assert_uint_eq(count, 68);
	prog_array_set(map, 0, NULL);
	prog_put(prog);
}
END_TEST

/* In a function, the called program takes its place and returns to its caller. */
START_TEST(tail_call_in_function)
{
	struct map *map = prog_array();
	struct bpf_insn target[] = {
		ST_K(BPF_DW, 10, -8, 99),
		MOV_K(6, 99),
		MOV_K(0, 5),
		EXIT(),
	};
	struct bpf_insn insns[] = {
		ST_K(BPF_DW, 10, -8, 20), /* 0 */
		MOV_K(6, 100),		  /* 1 */
		CALL_BPF(4),		  /* 2: to 7 */
		ADD_X(0, 6),		  /* 3 */
		LD(BPF_DW, 1, 10, -8),	  /* 4 */
		ADD_X(0, 1),		  /* 5 */
		EXIT(),			  /* 6 */
		TAIL_CALL(map, 1),	  /* 7 */
		MOV_K(0, 0),
		EXIT(),
	};
	struct prog *callee = prepared(MAKE_PROG(target));

	prog_array_set(map, 1, callee);
	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 125);
	prog_array_set(map, 1, NULL);
	prog_put(callee);
}
END_TEST

/* The most stack there can be: a chain of functions, 248 bytes in all, whose last one tail-calls
 * the program again; the last of 34 has 512 bytes in use above all that. */
START_TEST(deepest_stack)
{
	enum {
		FRAMES = 8,
		BODY = 9
	};
	struct map *map = prog_array();
	struct bpf_insn insns[FRAMES * BODY];
	struct prog *prog;
	u64 count = 0;

	for (u32 i = 0; i < FRAMES - 1; i++) {
		struct bpf_insn body[BODY] = {
			COUNT_IN(1), MOV_X(6, 1), CALL_BPF(4), ADD_K(0, 1), JA(0), JA(0), EXIT(),
		};

		for (u32 k = 0; k < BODY; k++)
			insns[i * BODY + k] = body[k];
	}
	struct bpf_insn last[BODY] = {
		COUNT_IN(1),
		TAIL_CALL(map, 0),
		MOV_K(0, 0),
		EXIT(),
	};
	for (u32 k = 0; k < BODY; k++)
		insns[(FRAMES - 1) * BODY + k] = last[k];
	prog = MAKE_PROG(insns);
	ck_assert_uint_eq(prog->nr_subprogs, FRAMES);
	prog->subprogs[0].stack_depth = 200;
	for (u32 i = 1; i < FRAMES - 1; i++)
		prog->subprogs[i].stack_depth = 8;
	prog->subprogs[FRAMES - 1].stack_depth = 512 - 248;
	prog_array_set(map, 0, prepared(prog));
	ck_assert_uint_eq(run(prog, &count), 34 * (FRAMES - 1));
	ck_assert_uint_eq(count, 34 * FRAMES);
	prog_array_set(map, 0, NULL);
	prog_put(prog);
}
END_TEST

/* A throw ends the program that throws, not the one whose function it was called in place of. */
START_TEST(throw_after_tail_call)
{
	struct map *map = prog_array();
	struct bpf_insn target[] = {
		CALL_BPF(1), EXIT(), MOV_K(1, 40), CALL_KFUNC(TEST_KFUNC_THROW), EXIT(),
	};
	struct bpf_insn insns[] = {
		CALL_BPF(2), ADD_K(0, 2), EXIT(), TAIL_CALL(map, 1), MOV_K(0, 0), EXIT(),
	};
	struct prog *callee = prepared(MAKE_PROG(target));

	prog_array_set(map, 1, callee);
	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 42);
	prog_array_set(map, 1, NULL);
	prog_put(callee);
}
END_TEST

TCase *tail_call_tests(void)
{
	TCase *tc = tcase_create("tail_call");

	tcase_add_test(tc, tail_call_does_not_return);
	tcase_add_test(tc, tail_call_of_nothing_goes_on);
	tcase_add_test(tc, tail_calls_are_limited);
	tcase_add_test(tc, tail_call_in_function);
	tcase_add_test(tc, deepest_stack);
	tcase_add_test(tc, throw_after_tail_call);
	return tc;
}
