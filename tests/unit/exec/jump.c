// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <signal.h>

/* RFC 9669, section 4.3: every condition, width and kind of operand at all pairs of edge values. */
static const struct {
	const char *name;
	u8 op;
} conditions[] = {
	{"jeq", BPF_JEQ},   {"jne", BPF_JNE},	{"jgt", BPF_JGT},   {"jge", BPF_JGE},
	{"jlt", BPF_JLT},   {"jle", BPF_JLE},	{"jset", BPF_JSET}, {"jsgt", BPF_JSGT},
	{"jsge", BPF_JSGE}, {"jslt", BPF_JSLT}, {"jsle", BPF_JSLE},
};

static bool expected(u8 op, u64 a, u64 b, bool is32)
{
	s64 x = is32 ? (s32)(u32)a : (s64)a;
	s64 y = is32 ? (s32)(u32)b : (s64)b;

	if (is32) {
		a = (u32)a;
		b = (u32)b;
	}
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSET:
		return (a & b) != 0;
	case BPF_JSGT:
		return x > y;
	case BPF_JSGE:
		return x >= y;
	case BPF_JSLT:
		return x < y;
	default:
		return x <= y;
	}
}

START_TEST(jump_on_register)
{
	u8 op = conditions[_i / 2].op;
	bool is32 = _i % 2;
	u8 cls = is32 ? BPF_JMP32 : BPF_JMP;
	struct bpf_insn insns[] = {
		LD(BPF_DW, 3, 1, 0), LD(BPF_DW, 4, 1, 8),
		MOV_K(0, 1),	     INSN(cls | op | BPF_X, 3, 4, 1, 0),
		MOV_K(0, 0),	     EXIT(),
	};
	struct prog *prog = prepared(MAKE_PROG(insns));

	for (u32 i = 0; i < nr_edges * nr_edges; i++) {
		u64 cells[2] = {edges[i / nr_edges], edges[i % nr_edges]};

		ck_assert_msg(run(prog, cells) == expected(op, cells[0], cells[1], is32),
			      "%s%d 0x%lx, 0x%lx", conditions[_i / 2].name, is32 ? 32 : 64,
			      cells[0], cells[1]);
	}
	prog_put(prog);
}
END_TEST

START_TEST(jump_on_immediate)
{
	static const s32 imms[] = {0, 1, 127, -1, -7, INT32_MAX, INT32_MIN};
	u8 op = conditions[_i / 2].op;
	bool is32 = _i % 2;
	u8 cls = is32 ? BPF_JMP32 : BPF_JMP;

	for (u32 k = 0; k < ARRAY_SIZE(imms); k++) {
		struct bpf_insn insns[] = {
			LD(BPF_DW, 3, 1, 0), MOV_K(0, 1), INSN(cls | op | BPF_K, 3, 0, 1, imms[k]),
			MOV_K(0, 0),	     EXIT(),
		};
		struct prog *prog = prepared(MAKE_PROG(insns));

		for (u32 i = 0; i < nr_edges; i++) {
			u64 cell = edges[i];

			ck_assert_msg(run(prog, &cell) ==
					      expected(op, cell, (u64)(s64)imms[k], is32),
				      "%s%d 0x%lx, %d", conditions[_i / 2].name, is32 ? 32 : 64,
				      cell, imms[k]);
		}
		prog_put(prog);
	}
}
END_TEST

/* Forwards, backwards, nowhere, over an instruction of two slots. */
START_TEST(goto_distances)
{
	struct bpf_insn insns[] = {
		MOV_K(0, 0),		 /* 0 */
		JA(3),			 /* 1: to 5 */
		ADD_K(0, 1),		 /* 2 */
		JA(0),			 /* 3 */
		JA(4),			 /* 4: to 9 */
		LD_IMM64(3, 0, 40),	 /* 5 */
		ADD_X(0, 3),		 /* 7 */
		GOTOL(-7),		 /* 8: to 2 */
		JMP_K(BPF_JGT, 0, 0, 2), /* 9: to 12 */
		LD_IMM64(0, 0, 99),	 /* 10 */
		EXIT(),			 /* 12 */
	};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 41);
}
END_TEST

/* Farther than a 16-bit offset reaches. */
START_TEST(gotol_far)
{
	enum {
		BODY = 40000
	};
	static struct bpf_insn insns[BODY + 4];

	insns[0] = MOV_K(0, 5);
	insns[1] = GOTOL(BODY);
	for (u32 i = 2; i < 2 + BODY; i++)
		insns[i] = ADD_K(0, 1);
	insns[BODY + 2] = ADD_K(0, 2);
	insns[BODY + 3] = EXIT();
	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 7);
}
END_TEST

START_TEST(bounded_loop)
{
	struct bpf_insn insns[] = {
		MOV_K(0, 0),  MOV_K(2, 1000),		ADD_X(0, 2),
		ADD_K(2, -1), JMP_K(BPF_JNE, 2, 0, -3), EXIT(),
	};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 1000 * 1001 / 2);
}
END_TEST

/* The budget belongs to the frame: its may_gotos share it, and the next frame has its own. */
START_TEST(may_goto)
{
	struct bpf_insn insns[] = {
		MOV_K(0, 0), /* 0 */
		MAY_GOTO(3), /* 1: to 5 */
		ADD_K(0, 1), /* 2 */
		MAY_GOTO(1), /* 3: to 5 */
		JA(-4),	     /* 4: to 1 */
		MOV_X(6, 0), /* 5 */
		CALL_BPF(2), /* 6: to 9 */
		ADD_X(0, 6), /* 7 */
		EXIT(),	     /* 8 */
		MOV_K(0, 0), /* 9 */
		MAY_GOTO(2), /* 10: to 13 */
		ADD_K(0, 1), /* 11 */
		JA(-3),	     /* 12: to 10 */
		EXIT(),	     /* 13 */
	};
	u32 budget = 8u << 20;

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), budget / 2 + budget);
}
END_TEST

/* Conditions that the verifier decided jump past code that it never saw. */
START_TEST(dead_code_is_skipped)
{
	struct bpf_insn insns[] = {
		MOV_K(0, 3),		  /* 0 */
		JMP_K(BPF_JEQ, 0, 3, 3),  /* 1: to 5 */
		INSN(0xff, 15, 15, 0, 0), /* 2: dead, and no instruction */
		LD_IMM64(0, 0, 1),	  /* 3: dead */
		JMP_K(BPF_JNE, 0, 3, 1),  /* 5: to 7 */
		JA(1),			  /* 6: to 8 */
		MOV_K(0, 99),		  /* 7: dead */
		ADD_K(0, 1),		  /* 8 */
		EXIT(),			  /* 9 */
		MOV_K(0, 98),		  /* 10: dead, and the end of the program */
	};
	struct prog *prog = MAKE_PROG(insns);

	prog->aux[2].seen = false;
	prog->aux[3].seen = false;
	prog->aux[7].seen = false;
	prog->aux[10].seen = false;
	ck_assert_uint_eq(run(prepared(prog), NULL), 4);
	prog_put(prog);
}
END_TEST

START_TEST(dead_code_traps)
{
	struct bpf_insn insns[] = {
		MOV_K(0, 3), JMP_K(BPF_JEQ, 0, 3, 1), EXIT(), MOV_K(0, 99), EXIT(),
	};
	struct prog *prog = MAKE_PROG(insns);

	prog->aux[3].seen = false;
	prog->aux[4].seen = false;
	run(prepared(prog), NULL);
}
END_TEST

TCase *jump_tests(void)
{
	TCase *tc = tcase_create("jump");

	tcase_add_loop_test(tc, jump_on_register, 0, 2 * ARRAY_SIZE(conditions));
	tcase_add_loop_test(tc, jump_on_immediate, 0, 2 * ARRAY_SIZE(conditions));
	tcase_add_test(tc, goto_distances);
	tcase_add_test(tc, gotol_far);
	tcase_add_test(tc, bounded_loop);
	tcase_add_test(tc, may_goto);
	tcase_add_test(tc, dead_code_is_skipped);
	tcase_add_test_raise_signal(tc, dead_code_traps, SIGABRT);
	return tc;
}
