// SPDX-License-Identifier: BSD-2-Clause
#include "jit_x86_64.h"

/* Arithmetic. A 32-bit operation on a register clears the upper half, in BPF as here. */

enum alu_family {
	ALU_ADD,
	ALU_SUB,
	ALU_MUL,
	ALU_DIV,
	ALU_MOD,
	ALU_SDIV,
	ALU_SMOD,
	ALU_OR,
	ALU_AND,
	ALU_XOR,
	ALU_LSH,
	ALU_RSH,
	ALU_ARSH,
	ALU_MOV,
};

/* One operation taken apart. */
struct alu {
	enum alu_family family;
	bool is_reg;
	u32 width; /* X86_W or 0 */
	u8 dst;
	u8 src;
	u64 imm;
};

static void simple(struct emitter *e, const struct alu *a, u32 op, enum x86_group imm_op)
{
	if (a->is_reg)
		x86_rr(e, a->width | op, a->src, a->dst);
	else
		x86_alu_imm(e, a->width, imm_op, a->dst, (s32)a->imm);
}

static void mul(struct emitter *e, const struct alu *a)
{
	if (a->is_reg)
		x86_rr(e, a->width | X86_IMUL, a->dst, a->src);
	else
		x86_imul_imm(e, a->width, a->dst, a->dst, (s32)a->imm);
}

/* Without BMI2 the count of a variable shift is in cl, which r4 has. */
static void shift(struct jit *j, const struct alu *a, enum x86_group op)
{
	struct emitter *e = &j->e;
	u8 dst = a->dst;

	if (!a->is_reg) {
		x86_shift_imm(e, a->width, op, dst, a->imm & (a->width ? 63 : 31));
	} else if (j->has_shifts) {
		x86_shift_reg(e, a->width, op, dst, dst, a->src);
	} else if (a->src == RCX && dst != RCX) {
		x86_shift_cl(e, a->width, op, dst);
	} else {
		x86_mov(e, SCRATCH, RCX);
		if (a->src != RCX)
			x86_rr(e, X86_LOAD, RCX, a->src);
		x86_shift_cl(e, a->width, op, dst == RCX ? SCRATCH : dst);
		x86_mov(e, RCX, SCRATCH);
	}
}

/* dst = value of the same width. */
static void move(struct emitter *e, u32 width, u8 dst, u8 src)
{
	if (!width)
		x86_rr(e, X86_LOAD, dst, src);
	else
		x86_mov(e, dst, src);
}

/* Division by a power of two, unsigned. */
static bool divide_by_power(struct emitter *e, const struct alu *a)
{
	u64 by = a->width ? a->imm : (u32)a->imm;

	if (a->is_reg || !by || by & (by - 1))
		return false;
	if (a->family == ALU_DIV) {
		x86_shift_imm(e, a->width, X86_SHR, a->dst, (u8)__builtin_ctzll(by));
	} else if (a->family == ALU_MOD) {
		/* The mask of 2^31 and more does not fit a sign-extended immediate. */
		if (by > BIT(30))
			return false;
		x86_alu_imm(e, 0, X86_AND_I, a->dst, (s32)(by - 1));
	} else {
		return false;
	}
	return true;
}

/* rdx:rax / r11: quotient into rax, remainder into rdx. By -1 there is one dividend whose quotient
 * does not fit, and the processor would trap: it is done by hand. */
static void divide_now(struct emitter *e, u32 width, bool is_signed)
{
	size_t not_minus_one, done;

	if (!is_signed) {
		x86_rr(e, X86_XOR_TO, RDX, RDX);
		x86_unary(e, width, X86_DIV, SCRATCH);
		return;
	}
	x86_alu_imm(e, width, X86_CMP_I, SCRATCH, -1);
	not_minus_one = x86_skip_if(e, CC_NE);
	x86_unary(e, width, X86_NEG, RAX);
	x86_rr(e, X86_XOR_TO, RDX, RDX);
	done = x86_skip(e);
	x86_land(e, not_minus_one);
	x86_cqo(e, width);
	x86_unary(e, width, X86_IDIV, SCRATCH);
	x86_land(e, done);
}

static void divide(struct emitter *e, const struct alu *a)
{
	bool is_signed = a->family == ALU_SDIV || a->family == ALU_SMOD;
	bool is_mod = a->family == ALU_MOD || a->family == ALU_SMOD;
	size_t by_zero, done;

	if (divide_by_power(e, a))
		return;
	if (a->is_reg)
		x86_mov(e, SCRATCH, a->src);
	else
		x86_mov_imm(e, SCRATCH, a->imm);
	x86_rr(e, a->width | X86_TEST, SCRATCH, SCRATCH);
	by_zero = x86_skip_if(e, CC_E);
	/* r0 and r3 are in rax and rdx. */
	if (a->dst != RAX)
		x86_mov(e, SCRATCH2, RAX);
	if (a->dst != RDX)
		x86_mov(e, SCRATCH3, RDX);
	x86_mov(e, RAX, a->dst);
	divide_now(e, a->width, is_signed);
	move(e, a->width, SCRATCH, is_mod ? RDX : RAX);
	if (a->dst != RAX)
		x86_mov(e, RAX, SCRATCH2);
	if (a->dst != RDX)
		x86_mov(e, RDX, SCRATCH3);
	x86_mov(e, a->dst, SCRATCH);
	done = x86_skip(e);
	x86_land(e, by_zero);
	if (is_mod)
		move(e, a->width, a->dst, a->dst);
	else
		x86_rr(e, X86_XOR_TO, a->dst, a->dst);
	x86_land(e, done);
}

void x86_alu(struct jit *j, const struct op *op)
{
	struct emitter *e = &j->e;
	u32 variant = (op->code - OP_ADD64_K) % 4;
	struct alu a = {
		.family = (op->code - OP_ADD64_K) / 4,
		.is_reg = variant & 1,
		.width = x86_width(!(variant & 2)),
		.dst = x86_reg_of[op->dst],
		.src = x86_reg_of[op->src],
		.imm = op->imm,
	};

	switch (a.family) {
	case ALU_ADD:
		return simple(e, &a, X86_ADD_TO, X86_ADD_I);
	case ALU_SUB:
		return simple(e, &a, X86_SUB_TO, X86_SUB_I);
	case ALU_OR:
		return simple(e, &a, X86_OR_TO, X86_OR_I);
	case ALU_AND:
		return simple(e, &a, X86_AND_TO, X86_AND_I);
	case ALU_XOR:
		return simple(e, &a, X86_XOR_TO, X86_XOR_I);
	case ALU_MUL:
		return mul(e, &a);
	case ALU_DIV:
	case ALU_MOD:
	case ALU_SDIV:
	case ALU_SMOD:
		return divide(e, &a);
	case ALU_LSH:
		return shift(j, &a, X86_SHL);
	case ALU_RSH:
		return shift(j, &a, X86_SHR);
	case ALU_ARSH:
		return shift(j, &a, X86_SAR);
	case ALU_MOV:
		if (a.is_reg)
			move(e, a.width, a.dst, a.src);
		else
			x86_mov_imm(e, a.dst, a.width ? a.imm : (u32)a.imm);
	}
}

void x86_convert(struct jit *j, const struct op *op)
{
	struct emitter *e = &j->e;
	u8 dst = x86_reg_of[op->dst];
	u8 src = x86_reg_of[op->src];

	switch (op->code) {
	case OP_ADD_TO:
		return x86_rm(e, X86_LEA, dst, src, (s32)op->imm);
	case OP_NEG64:
		return x86_unary(e, X86_W, X86_NEG, dst);
	case OP_NEG32:
		return x86_unary(e, 0, X86_NEG, dst);
	case OP_ZEXT16:
		return x86_rr(e, X86_MOVZX16, dst, dst);
	case OP_ZEXT32:
		return x86_rr(e, X86_LOAD, dst, dst);
	case OP_BSWAP16:
		x86_shift_imm(e, X86_16, X86_ROL, dst, 8);
		return x86_rr(e, X86_MOVZX16, dst, dst);
	case OP_BSWAP32:
		return x86_bswap(e, 0, dst);
	case OP_BSWAP64:
		return x86_bswap(e, X86_W, dst);
	case OP_MOVSX8_64:
		return x86_rr(e, X86_W | X86_MOVSX8, dst, src);
	case OP_MOVSX16_64:
		return x86_rr(e, X86_W | X86_MOVSX16, dst, src);
	case OP_MOVSX32_64:
		return x86_rr(e, X86_MOVSXD, dst, src);
	case OP_MOVSX8_32:
		return x86_rr(e, X86_MOVSX8 | X86_BYTE, dst, src);
	case OP_MOVSX16_32:
		return x86_rr(e, X86_MOVSX16, dst, src);
	}
}
