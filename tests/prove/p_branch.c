// SPDX-License-Identifier: BSD-2-Clause
/* Comparisons: no decision is wrong, and neither side of a branch loses a value. */
#include <errno.h>

#include "logic.h"

#include "tnum.c"
#include "bounds.c"
#include "scalar.c"

/*
 * For a comparison and a width: the decision; what the side where it holds and the side where it
 * does not learn of both operands; and the same for one register compared with itself.
 */
#define COMPARISON(name, op, jmp32, TYPE, expr)                                  \
	PROPERTY(name##_decided)                                                 \
	{                                                                        \
		u64 v = any_u64("v");                                            \
		u64 w = any_u64("w");                                            \
		TYPE x = (TYPE)v;                                                \
		TYPE y = (TYPE)w;                                                \
		struct reg_state a = any_reg_with(v);                            \
		struct reg_state b = any_reg_with(w);                            \
		bool holds = any_bool("holds");                                  \
		int taken;                                                       \
                                                                                 \
		assume((expr) == holds);                                         \
		taken = scalar_branch_taken(&a, &b, op, jmp32);                  \
		check(!holds || taken != 0, "not taken");                        \
		check(holds || taken != 1, "taken");                             \
	}                                                                        \
	PROPERTY(name##_self_decided)                                            \
	{                                                                        \
		u64 v = any_u64("v");                                            \
		TYPE x = (TYPE)v;                                                \
		TYPE y = (TYPE)v;                                                \
		struct reg_state a = any_reg_with(v);                            \
		int taken = scalar_branch_taken(&a, &a, op, jmp32);              \
                                                                                 \
		check(!(expr) || taken != 0, "not taken");                       \
		check((expr) || taken != 1, "taken");                            \
	}                                                                        \
	PROPERTY(name##_learned)                                                 \
	{                                                                        \
		u64 v = any_u64("v");                                            \
		u64 w = any_u64("w");                                            \
		TYPE x = (TYPE)v;                                                \
		TYPE y = (TYPE)w;                                                \
		struct reg_state a = any_reg_with(v);                            \
		struct reg_state b = any_reg_with(w);                            \
                                                                                 \
		assume(expr);                                                    \
		scalar_refine(&a, &b, op, jmp32);                                \
		check_reg(&a, v);                                                \
		check_reg(&b, w);                                                \
	}                                                                        \
	PROPERTY(name##_not_learned)                                             \
	{                                                                        \
		u64 v = any_u64("v");                                            \
		u64 w = any_u64("w");                                            \
		TYPE x = (TYPE)v;                                                \
		TYPE y = (TYPE)w;                                                \
		struct reg_state a = any_reg_with(v);                            \
		struct reg_state b = any_reg_with(w);                            \
                                                                                 \
		assume(!(expr));                                                 \
		scalar_refine(&a, &b, scalar_opposite(op), jmp32);               \
		check_reg(&a, v);                                                \
		check_reg(&b, w);                                                \
	}                                                                        \
	PROPERTY(name##_self_learned)                                            \
	{                                                                        \
		u64 v = any_u64("v");                                            \
		TYPE x = (TYPE)v;                                                \
		TYPE y = (TYPE)v;                                                \
		struct reg_state a = any_reg_with(v);                            \
                                                                                 \
		scalar_refine(&a, &a, (expr) ? op : scalar_opposite(op), jmp32); \
		check_reg(&a, v);                                                \
	}

COMPARISON(jeq, BPF_JEQ, false, u64, x == y)
COMPARISON(jeq32, BPF_JEQ, true, u32, x == y)
COMPARISON(jne, BPF_JNE, false, u64, x != y)
COMPARISON(jne32, BPF_JNE, true, u32, x != y)
COMPARISON(jset, BPF_JSET, false, u64, (x & y) != 0)
COMPARISON(jset32, BPF_JSET, true, u32, (x & y) != 0)
COMPARISON(jgt, BPF_JGT, false, u64, x > y)
COMPARISON(jgt32, BPF_JGT, true, u32, x > y)
COMPARISON(jge, BPF_JGE, false, u64, x >= y)
COMPARISON(jge32, BPF_JGE, true, u32, x >= y)
COMPARISON(jlt, BPF_JLT, false, u64, x < y)
COMPARISON(jlt32, BPF_JLT, true, u32, x < y)
COMPARISON(jle, BPF_JLE, false, u64, x <= y)
COMPARISON(jle32, BPF_JLE, true, u32, x <= y)
COMPARISON(jsgt, BPF_JSGT, false, s64, x > y)
COMPARISON(jsgt32, BPF_JSGT, true, s32, x > y)
COMPARISON(jsge, BPF_JSGE, false, s64, x >= y)
COMPARISON(jsge32, BPF_JSGE, true, s32, x >= y)
COMPARISON(jslt, BPF_JSLT, false, s64, x < y)
COMPARISON(jslt32, BPF_JSLT, true, s32, x < y)
COMPARISON(jsle, BPF_JSLE, false, s64, x <= y)
COMPARISON(jsle32, BPF_JSLE, true, s32, x <= y)
