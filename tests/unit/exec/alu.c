// SPDX-License-Identifier: BSD-2-Clause
#include <byteswap.h>

#include "fixture.h"

/*
 * RFC 9669, section 4.1: each operation in each width and with each kind of operand, at all pairs
 * of edge values, against the same sum done in 128 bits.
 */
struct alu_op {
	const char *name;
	u8 op;
	u8 off; /* 1: signed division */
};

static const struct alu_op alu_ops[] = {
	{"add", BPF_ADD, 0}, {"sub", BPF_SUB, 0},   {"mul", BPF_MUL, 0},  {"div", BPF_DIV, 0},
	{"mod", BPF_MOD, 0}, {"sdiv", BPF_DIV, 1},  {"smod", BPF_MOD, 1}, {"or", BPF_OR, 0},
	{"and", BPF_AND, 0}, {"xor", BPF_XOR, 0},   {"lsh", BPF_LSH, 0},  {"rsh", BPF_RSH, 0},
	{"mov", BPF_MOV, 0}, {"arsh", BPF_ARSH, 0},
};

typedef __int128 wide;

static wide signed_value(u64 v, bool is32)
{
	return is32 ? (wide)(s32)(u32)v : (wide)(s64)v;
}

static wide divide(const struct alu_op *op, u64 a, u64 b, bool is32)
{
	wide x = op->off ? signed_value(a, is32) : (wide)a;
	wide y = op->off ? signed_value(b, is32) : (wide)b;

	if (op->op == BPF_DIV)
		return y ? x / y : 0;
	return y ? x % y : x;
}

static u64 expected(const struct alu_op *op, u64 a, u64 b, bool is32)
{
	u32 shift = b & (is32 ? 31 : 63);
	wide v;

	if (is32) {
		a = (u32)a;
		b = (u32)b;
	}
	switch (op->op) {
	case BPF_ADD:
		v = (wide)a + (wide)b;
		break;
	case BPF_SUB:
		v = (wide)a - (wide)b;
		break;
	case BPF_MUL:
		v = (wide)((unsigned __int128)a * b);
		break;
	case BPF_DIV:
	case BPF_MOD:
		v = divide(op, a, b, is32);
		break;
	case BPF_OR:
		v = (wide)(a | b);
		break;
	case BPF_AND:
		v = (wide)(a & b);
		break;
	case BPF_XOR:
		v = (wide)(a ^ b);
		break;
	case BPF_LSH:
		v = (wide)(a << shift);
		break;
	case BPF_RSH:
		v = (wide)(a >> shift);
		break;
	case BPF_ARSH:
		v = signed_value(a, is32) >> shift;
		break;
	default:
		v = (wide)b;
		break;
	}
	return is32 ? (u32)v : (u64)v;
}

START_TEST(alu_with_register)
{
	const struct alu_op *op = &alu_ops[_i / 2];
	bool is32 = _i % 2;
	u8 cls = is32 ? BPF_ALU : BPF_ALU64;
	struct bpf_insn insns[] = {
		LD(BPF_DW, 3, 1, 0),
		LD(BPF_DW, 4, 1, 8),
		INSN(cls | op->op | BPF_X, 3, 4, op->off, 0),
		ST_X(BPF_DW, 1, 0, 3),
		ST_X(BPF_DW, 1, 8, 4),
		MOV_K(0, 0),
		EXIT(),
	};
	struct prog *prog = prepared(MAKE_PROG(insns));

	for (u32 i = 0; i < nr_edges * nr_edges; i++) {
		u64 a = edges[i / nr_edges], b = edges[i % nr_edges];
		u64 cells[2] = {a, b};

		run(prog, cells);
		ck_assert_msg(cells[0] == expected(op, a, b, is32),
			      "%s%d 0x%lx, 0x%lx: 0x%lx, not 0x%lx", op->name, is32 ? 32 : 64, a, b,
			      cells[0], expected(op, a, b, is32));
		ck_assert(cells[1] == b);
	}
	prog_put(prog);
}
END_TEST

START_TEST(alu_with_immediate)
{
	static const s32 imms[] = {1, 2, 7, 31, 127, -1, -2, -7, INT32_MAX, INT32_MIN, 0};
	const struct alu_op *op = &alu_ops[_i / 2];
	bool is32 = _i % 2;
	u8 cls = is32 ? BPF_ALU : BPF_ALU64;

	for (u32 k = 0; k < ARRAY_SIZE(imms); k++) {
		struct bpf_insn insns[] = {
			LD(BPF_DW, 3, 1, 0),
			INSN(cls | op->op | BPF_K, 3, 0, op->off, imms[k]),
			ST_X(BPF_DW, 1, 0, 3),
			MOV_K(0, 0),
			EXIT(),
		};
		struct prog *prog = prepared(MAKE_PROG(insns));

		for (u32 i = 0; i < nr_edges; i++) {
			u64 cell = edges[i];
			u64 want = expected(op, edges[i], (u64)(s64)imms[k], is32);

			run(prog, &cell);
			ck_assert_msg(cell == want, "%s%d 0x%lx, %d: 0x%lx, not 0x%lx", op->name,
				      is32 ? 32 : 64, edges[i], imms[k], cell, want);
		}
		prog_put(prog);
	}
}
END_TEST

/* Runs @insn on every edge value, from r4 into r3 (which begins as the same value). */
static void check_unary(const char *name, struct bpf_insn insn, u64 (*want)(u64 v))
{
	struct bpf_insn insns[] = {
		LD(BPF_DW, 3, 1, 0), MOV_X(4, 3), insn, ST_X(BPF_DW, 1, 0, 3), MOV_K(0, 0), EXIT(),
	};
	struct prog *prog = prepared(MAKE_PROG(insns));

	for (u32 i = 0; i < nr_edges; i++) {
		u64 cell = edges[i];

		run(prog, &cell);
		ck_assert_msg(cell == want(edges[i]), "%s 0x%lx: 0x%lx", name, edges[i], cell);
	}
	prog_put(prog);
}

#define UNARY(name, expr)      \
	static u64 name(u64 v) \
	{                      \
		return expr;   \
	}
UNARY(want_neg64, ~v + 1)
UNARY(want_neg32, (u32)(~v + 1))
UNARY(want_low16, v & 0xffff)
UNARY(want_low32, v & 0xffffffff)
UNARY(want_same, v)
UNARY(want_swap16, bswap_16(v & 0xffff))
UNARY(want_swap32, bswap_32(v & 0xffffffff))
UNARY(want_swap64, bswap_64(v))
UNARY(want_sx8, (v & 0xff) | (v & 0x80 ? ~0xffull : 0))
UNARY(want_sx16, (v & 0xffff) | (v & 0x8000 ? ~0xffffull : 0))
UNARY(want_sx32, (v & 0xffffffff) | (v & 0x80000000 ? ~0xffffffffull : 0))
UNARY(want_sx8_32, want_sx8(v) & 0xffffffff)
UNARY(want_sx16_32, want_sx16(v) & 0xffffffff)

START_TEST(unary)
{
	check_unary("neg64", ALU64_K(BPF_NEG, 3, 0), want_neg64);
	check_unary("neg32", ALU32_K(BPF_NEG, 3, 0), want_neg32);
	check_unary("movsx8", INSN(BPF_ALU64 | BPF_MOV | BPF_X, 3, 4, 8, 0), want_sx8);
	check_unary("movsx16", INSN(BPF_ALU64 | BPF_MOV | BPF_X, 3, 4, 16, 0), want_sx16);
	check_unary("movsx32", INSN(BPF_ALU64 | BPF_MOV | BPF_X, 3, 4, 32, 0), want_sx32);
	check_unary("movsx8_32", INSN(BPF_ALU | BPF_MOV | BPF_X, 3, 4, 8, 0), want_sx8_32);
	check_unary("movsx16_32", INSN(BPF_ALU | BPF_MOV | BPF_X, 3, 4, 16, 0), want_sx16_32);
}
END_TEST

/* Several instructions that may become one, from r4 into r3, or within r3; and what a jump to their
 * last one does without the others. */
START_TEST(fused)
{
	static const struct {
		u8 op;
		s32 imm;
		u64 (*want)(u64 v);
	} exts[] = {
		{BPF_RSH, 32, want_low32}, {BPF_RSH, 48, want_low16}, {BPF_ARSH, 32, want_sx32},
		{BPF_ARSH, 48, want_sx16}, {BPF_ARSH, 56, want_sx8},
	};

	for (u32 i = 0; i < ARRAY_SIZE(exts) * nr_edges * 4; i++) {
		u32 k = i % ARRAY_SIZE(exts);
		u64 v = edges[i / ARRAY_SIZE(exts) % nr_edges];
		u32 way = i / ARRAY_SIZE(exts) / nr_edges;
		u64 cells[3] = {way == 0 ? 5 : v, v, way == 3};
		struct bpf_insn insns[] = {
			LD(BPF_DW, 3, 1, 0),
			LD(BPF_DW, 4, 1, 8),
			LD(BPF_DW, 5, 1, 16),
			JMP_K(BPF_JNE, 5, 0, way == 3 ? 2 : 0),
			way == 0 ? MOV_X(3, 4) : MOV_X(6, 4),
			ALU64_K(BPF_LSH, 3, exts[k].imm),
			ALU64_K(exts[k].op, 3, exts[k].imm),
			ST_X(BPF_DW, 1, 0, 3),
			MOV_K(0, 0),
			EXIT(),
		};
		u64 want = exts[k].want(v);

		if (way == 2) {
			/* Not by the same number of bits. */
			insns[6].imm = exts[k].imm - 8;
			want = v << exts[k].imm;
			want = exts[k].op == BPF_RSH ? want >> insns[6].imm
						     : (u64)((s64)want >> insns[6].imm);
		} else if (way == 3) {
			want = exts[k].op == BPF_RSH ? v >> exts[k].imm
						     : (u64)((s64)v >> exts[k].imm);
		}
		RUN_INSNS(insns, cells);
		ck_assert_msg(cells[0] == want, "%u: %#lx by %d: %#lx, not %#lx", way, v,
			      exts[k].imm, cells[0], want);
	}
}
END_TEST

START_TEST(fused_sums)
{
	static const s32 imms[] = {0, 1, -1, 127, -128, 128, -129, INT32_MAX, INT32_MIN};

	for (u32 i = 0; i < ARRAY_SIZE(imms) * nr_edges * 2; i++) {
		s32 imm = imms[i % ARRAY_SIZE(imms)];
		u64 v = edges[i / ARRAY_SIZE(imms) % nr_edges];
		bool jump = i / ARRAY_SIZE(imms) / nr_edges;
		u64 cells[3] = {7, v, jump};
		struct bpf_insn insns[] = {
			LD(BPF_DW, 3, 1, 0),
			LD(BPF_DW, 4, 1, 8),
			LD(BPF_DW, 5, 1, 16),
			JMP_K(BPF_JNE, 5, 0, jump ? 1 : 0),
			MOV_X(3, 4),
			ADD_K(3, imm),
			ST_X(BPF_DW, 1, 0, 3),
			MOV_K(0, 0),
			EXIT(),
		};

		RUN_INSNS(insns, cells);
		ck_assert(cells[0] == (jump ? 7 : v) + (u64)(s64)imm);
	}
}
END_TEST

START_TEST(byte_order)
{
	static const struct {
		s32 width;
		u64 (*le)(u64 v);
		u64 (*be)(u64 v);
	} ends[] = {
		{16, want_low16, want_swap16},
		{32, want_low32, want_swap32},
		{64, want_same, want_swap64},
	};

	for (u32 i = 0; i < ARRAY_SIZE(ends); i++) {
		s32 w = ends[i].width;

		check_unary("le", INSN(BPF_ALU | BPF_END | BPF_TO_LE, 3, 0, 0, w), ends[i].le);
		check_unary("be", INSN(BPF_ALU | BPF_END | BPF_TO_BE, 3, 0, 0, w), ends[i].be);
		check_unary("bswap", INSN(BPF_ALU64 | BPF_END, 3, 0, 0, w), ends[i].be);
	}
}
END_TEST

START_TEST(wide_immediate)
{
	for (u32 i = 0; i < nr_edges; i++) {
		struct bpf_insn insns[] = {
			LD_IMM64(3, 0, edges[i]),
			ST_X(BPF_DW, 1, 0, 3),
			MOV_K(0, 0),
			EXIT(),
		};
		u64 cell = 0xdead;

		RUN_INSNS(insns, &cell);
		ck_assert(cell == edges[i]);
	}
}
END_TEST

START_TEST(result_is_32_bits)
{
	struct bpf_insn insns[] = {LD_IMM64(0, 0, 0xaaaaaaaa55555555), EXIT()};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 0x55555555);
}
END_TEST

TCase *alu_tests(void)
{
	TCase *tc = tcase_create("alu");

	tcase_add_loop_test(tc, alu_with_register, 0, 2 * ARRAY_SIZE(alu_ops));
	tcase_add_loop_test(tc, alu_with_immediate, 0, 2 * ARRAY_SIZE(alu_ops));
	tcase_add_test(tc, unary);
	tcase_add_test(tc, fused);
	tcase_add_test(tc, fused_sums);
	tcase_add_test(tc, byte_order);
	tcase_add_test(tc, wide_immediate);
	tcase_add_test(tc, result_is_32_bits);
	return tc;
}
