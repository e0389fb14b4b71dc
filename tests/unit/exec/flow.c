// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

/* Calls between BPF functions, callbacks, exceptions. */

START_TEST(helper_gets_five_arguments)
{
	struct bpf_insn insns[] = {
		MOV_K(1, 1),	MOV_K(2, 10),	 MOV_K(3, 100),
		MOV_K(4, 1000), MOV_K(5, 10000), CALL_HELPER(HELPER_MIX),
		EXIT(),
	};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 1 + 20 + 300 + 4000 + 50000);
}
END_TEST

START_TEST(kfuncs)
{
	u64 cells[2] = {0x1111, 0x2222};
	struct bpf_insn insns[] = {
		MOV_X(6, 1),
		CALL_KFUNC(TEST_KFUNC_RCU_LOCK),
		MOV_X(1, 6),
		CALL_KFUNC(TEST_KFUNC_CAST),
		LD(BPF_DW, 7, 0, 0),
		MOV_X(1, 6),
		MOV_K(2, 99),
		CALL_KFUNC(TEST_KFUNC_RDONLY_CAST),
		LD(BPF_DW, 2, 0, 8),
		MOV_X(1, 7),
		CALL_KFUNC(TEST_KFUNC_ADD),
		EXIT(),
	};

	ck_assert_uint_eq(RUN_INSNS(insns, cells), 0x3333);
}
END_TEST

START_TEST(call_keeps_r6_to_r9)
{
	struct bpf_insn insns[] = {
		MOV_K(6, 1),
		MOV_K(7, 2),
		MOV_K(8, 3),
		MOV_K(9, 4),
		MOV_X(1, 10),
		MOV_K(2, 5),
		CALL_BPF(8), /* 6: to 15 */
		JMP_X(BPF_JNE, 1, 10, 0),
		ADD_X(0, 6),
		ADD_X(0, 7),
		ADD_X(0, 8),
		ADD_X(0, 9),
		ST_K(BPF_DW, 10, -8, 0), /* the frame pointer is back, too */
		JA(0),
		EXIT(),
		/* 15: what was passed, and everything else spoilt */
		MOV_X(0, 2),
		MOV_K(6, 60),
		MOV_K(7, 60),
		MOV_K(8, 60),
		MOV_K(9, 60),
		EXIT(),
	};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 1 + 2 + 3 + 4 + 5);
}
END_TEST

/* Eight frames: each adds its depth and calls the next. */
START_TEST(deepest_call_chain)
{
	enum {
		FRAMES = 8,
		BODY = 5
	};
	struct bpf_insn insns[FRAMES * BODY];

	for (u32 i = 0; i < FRAMES; i++) {
		struct bpf_insn body[BODY] = {
			ST_K(BPF_DW, 10, -8, (s32)i + 1),
			i + 1 < FRAMES ? CALL_BPF(3) : MOV_K(0, 0),
			LD(BPF_DW, 1, 10, -8),
			ADD_X(0, 1),
			EXIT(),
		};

		for (u32 k = 0; k < BODY; k++)
			insns[i * BODY + k] = body[k];
	}
	ck_assert_uint_eq(RUN_INSNS(insns, NULL), FRAMES * (FRAMES + 1) / 2);
}
END_TEST

START_TEST(callback_works_on_the_callers_stack)
{
	struct bpf_insn insns[] = {
		ST_K(BPF_DW, 10, -8, 5),	 /* 0 */
		MOV_K(1, 100),			 /* 1 */
		LD_IMM64(2, BPF_PSEUDO_FUNC, 6), /* 2: 9 */
		MOV_X(3, 10),			 /* 4 */
		ADD_K(3, -8),			 /* 5 */
		CALL_HELPER(HELPER_LOOP),	 /* 6 */
		LD(BPF_DW, 0, 10, -8),		 /* 7 */
		EXIT(),				 /* 8 */
		LD(BPF_DW, 3, 2, 0),		 /* 9: r1 is the index, r2 the context */
		ADD_X(3, 1),			 /* 10 */
		ST_K(BPF_DW, 10, -8, 12345),	 /* 11 */
		ST_X(BPF_DW, 2, 0, 3),		 /* 12 */
		MOV_K(0, 0),			 /* 13 */
		JMP_K(BPF_JLT, 1, 9, 1),	 /* 14 */
		MOV_K(0, 1),			 /* 15: stop */
		EXIT(),				 /* 16 */
	};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 5 + 45);
}
END_TEST

/* A callback whose function calls a helper that calls back. */
START_TEST(callbacks_nest)
{
	struct bpf_insn insns[] = {
		ST_K(BPF_DW, 10, -8, 0),	 /* 0 */
		MOV_K(1, 3),			 /* 1 */
		LD_IMM64(2, BPF_PSEUDO_FUNC, 6), /* 2: 9 */
		MOV_X(3, 10),			 /* 4 */
		ADD_K(3, -8),			 /* 5 */
		CALL_HELPER(HELPER_LOOP),	 /* 6 */
		LD(BPF_DW, 0, 10, -8),		 /* 7 */
		EXIT(),				 /* 8 */
		MOV_X(3, 2),			 /* 9 */
		MOV_K(1, 4),			 /* 10 */
		LD_IMM64(2, BPF_PSEUDO_FUNC, 3), /* 11: 15 */
		CALL_HELPER(HELPER_LOOP),	 /* 13 */
		JA(5),				 /* 14: to 20 */
		CALL_BPF(7),			 /* 15: to 23 */
		LD(BPF_DW, 3, 0, 0),		 /* 16 */
		ADD_K(3, 1),			 /* 17 */
		ST_X(BPF_DW, 0, 0, 3),		 /* 18 */
		JA(0),				 /* 19 */
		MOV_K(0, 0),			 /* 20 */
		EXIT(),				 /* 21 */
		EXIT(),				 /* 22 */
		MOV_X(0, 2),			 /* 23 */
		EXIT(),				 /* 24 */
	};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 12);
}
END_TEST

START_TEST(throw_from_main)
{
	struct bpf_insn insns[] = {
		MOV_K(1, 42),
		CALL_KFUNC(TEST_KFUNC_THROW),
		MOV_K(0, 1),
		EXIT(),
	};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 42);
}
END_TEST

/* Main calls a function that calls one that throws; with and without an exception callback. */
START_TEST(throw_unwinds_frames)
{
	struct bpf_insn insns[] = {
		ST_K(BPF_DW, 10, -8, 7),      /* 0 */
		CALL_BPF(2),		      /* 1: to 4 */
		MOV_K(0, 1),		      /* 2 */
		EXIT(),			      /* 3 */
		CALL_BPF(2),		      /* 4: to 7 */
		MOV_K(0, 2),		      /* 5 */
		EXIT(),			      /* 6 */
		MOV_K(1, 40),		      /* 7 */
		CALL_KFUNC(TEST_KFUNC_THROW), /* 8 */
		MOV_K(0, 3),		      /* 9 */
		EXIT(),			      /* 10 */
		ST_K(BPF_DW, 10, -64, 1),     /* 11: the exception callback */
		MOV_X(0, 1),		      /* 12 */
		ADD_K(0, 100),		      /* 13 */
		CALL_BPF(1),		      /* 14: to 16 */
		EXIT(),			      /* 15 */
		ADD_K(0, 1000),		      /* 16 */
		EXIT(),			      /* 17 */
	};
	struct prog *prog = MAKE_PROG(insns);

	prog->subprogs[prog->nr_subprogs++] = (struct subprog){.start = 11, .stack_depth = 64};
	ck_assert_uint_eq(run(prepared(prog), NULL), 40);
	prog_put(prog);

	prog = MAKE_PROG(insns);
	prog->subprogs[prog->nr_subprogs] = (struct subprog){.start = 11, .stack_depth = 64};
	prog->exception_cb = (s32)prog->nr_subprogs++;
	ck_assert_uint_eq(run(prepared(prog), NULL), 1140);
	prog_put(prog);
}
END_TEST

/*
 * A throw from two callbacks deep, through helpers that stop when they are told to, and through
 * ones that do not: they return all the same, and nothing of the program runs until they have.
 */
START_TEST(throw_from_callbacks)
{
	s32 helper = _i ? HELPER_STUBBORN : HELPER_LOOP;
	struct bpf_insn insns[] = {
		MOV_X(3, 1),			 /* 0 */
		MOV_K(1, 10),			 /* 1 */
		LD_IMM64(2, BPF_PSEUDO_FUNC, 5), /* 2: 8 */
		CALL_HELPER(helper),		 /* 4 */
		JA(0),				 /* 5 */
		MOV_K(0, 1),			 /* 6 */
		EXIT(),				 /* 7 */
		MOV_X(3, 2),			 /* 8 */
		MOV_K(1, 10),			 /* 9 */
		LD_IMM64(2, BPF_PSEUDO_FUNC, 3), /* 10: 14 */
		CALL_HELPER(helper),		 /* 12 */
		EXIT(),				 /* 13 */
		LD(BPF_DW, 3, 2, 0),		 /* 14: counts itself */
		ADD_K(3, 1),			 /* 15 */
		ST_X(BPF_DW, 2, 0, 3),		 /* 16 */
		MOV_K(1, 55),			 /* 17 */
		JMP_K(BPF_JLT, 3, 4, 1),	 /* 18 */
		CALL_KFUNC(TEST_KFUNC_THROW),	 /* 19 */
		MOV_K(0, 0),			 /* 20 */
		EXIT(),				 /* 21 */
		MOV_X(6, 1),			 /* 22: the exception callback */
		CALL_HELPER(HELPER_DEPTH),	 /* 23 */
		ADD_X(0, 6),			 /* 24 */
		EXIT(),				 /* 25 */
	};
	struct prog *prog = MAKE_PROG(insns);
	u64 calls = 0;

	prog->subprogs[prog->nr_subprogs] = (struct subprog){.start = 22, .stack_depth = 64};
	prog->exception_cb = (s32)prog->nr_subprogs++;
	ck_assert_uint_eq(run(prepared(prog), &calls), 55);
	ck_assert_uint_eq(calls, 4);
	/* Nothing of it is left in the thread. */
	calls = 0;
	ck_assert_uint_eq(run(prog, &calls), 55);
	prog_put(prog);
}
END_TEST

TCase *flow_tests(void)
{
	TCase *tc = tcase_create("flow");

	tcase_add_test(tc, helper_gets_five_arguments);
	tcase_add_test(tc, kfuncs);
	tcase_add_test(tc, call_keeps_r6_to_r9);
	tcase_add_test(tc, deepest_call_chain);
	tcase_add_test(tc, callback_works_on_the_callers_stack);
	tcase_add_test(tc, callbacks_nest);
	tcase_add_test(tc, throw_from_main);
	tcase_add_test(tc, throw_unwinds_frames);
	tcase_add_loop_test(tc, throw_from_callbacks, 0, 2);
	return tc;
}
