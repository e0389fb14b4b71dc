/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_EMIT_X86_64_H
#define EXEC_EMIT_X86_64_H

#include "emit.h"

/* An encoder of x86-64 machine code: exactly as much of it as the translation of BPF needs. */

enum x86_reg {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
};

/* Or-ed to an opcode: how it is encoded. */
#define X86_0F	 BIT(8)	 /* in the two-byte map */
#define X86_W	 BIT(9)	 /* on 64 bits */
#define X86_16	 BIT(10) /* on 16 bits (the prefix 66) */
#define X86_BYTE BIT(11) /* a register operand is its low byte */
#define X86_LOCK BIT(12)

/* Opcodes whose register operand is the reg field and whose other one may be memory. */
enum x86_op {
	X86_ADD_TO = 0x01, /* rm += reg; the other arithmetic opcodes follow by 8 */
	X86_OR_TO = 0x09,
	X86_AND_TO = 0x21,
	X86_SUB_TO = 0x29,
	X86_SUB_FROM = 0x2b, /* reg -= rm */
	X86_XOR_TO = 0x31,
	X86_CMP_WITH = 0x39,
	X86_TEST = 0x85,
	X86_XCHG = 0x87,
	X86_STORE8 = 0x88 | X86_BYTE,
	X86_STORE = 0x89,
	X86_LOAD = 0x8b,
	X86_LEA = 0x8d | X86_W,
	X86_MOVSXD = 0x63 | X86_W,
	X86_IMUL = 0xaf | X86_0F, /* reg *= rm */
	X86_CMPXCHG = 0xb1 | X86_0F,
	X86_MOVZX8 = 0xb6 | X86_0F,
	X86_MOVZX16 = 0xb7 | X86_0F,
	X86_MOVSX8 = 0xbe | X86_0F,
	X86_MOVSX16 = 0xbf | X86_0F,
	X86_XADD = 0xc1 | X86_0F,
	X86_MOVUPS_TO = 0x11 | X86_0F,
	X86_MOVQ_TO = 0xd6 | X86_0F | X86_16,
	X86_XORPS = 0x57 | X86_0F,
};

/* The reg field of opcodes that have one operand, or an immediate. */
enum x86_group {
	X86_ADD_I = 0,
	X86_OR_I = 1,
	X86_AND_I = 4,
	X86_SUB_I = 5,
	X86_XOR_I = 6,
	X86_CMP_I = 7,
	X86_ROL = 0,
	X86_SHL = 4,
	X86_SHR = 5,
	X86_SAR = 7,
	X86_NEG = 3,
	X86_DIV = 6,
	X86_IDIV = 7,
};

/* Conditions of jumps. */
enum x86_cc {
	CC_B = 0x2,
	CC_AE = 0x3,
	CC_E = 0x4,
	CC_NE = 0x5,
	CC_BE = 0x6,
	CC_A = 0x7,
	CC_S = 0x8,
	CC_L = 0xc,
	CC_GE = 0xd,
	CC_LE = 0xe,
	CC_G = 0xf,
};

/* X86_W or nothing. */
static inline u32 x86_width(bool is64)
{
	return is64 ? X86_W : 0;
}

/* @op on two registers, and on a register and *(base + disp). */
void x86_rr(struct emitter *e, u32 op, u8 reg, u8 rm);
void x86_rm(struct emitter *e, u32 op, u8 reg, u8 base, s32 disp);

/* Arithmetic with an immediate (sign-extended), on a register or a quadword of memory. */
void x86_alu_imm(struct emitter *e, u32 width, enum x86_group op, u8 rm, s32 imm);
void x86_alu_mem_imm(struct emitter *e, u32 width, enum x86_group op, u8 base, s32 disp, s32 imm);
void x86_test_imm(struct emitter *e, u32 width, u8 rm, s32 imm);
void x86_imul_imm(struct emitter *e, u32 width, u8 reg, u8 rm, s32 imm);
/* By a number of bits, or by cl. */
void x86_shift_imm(struct emitter *e, u32 width, enum x86_group op, u8 rm, u8 bits);
void x86_shift_cl(struct emitter *e, u32 width, enum x86_group op, u8 rm);
/* reg = rm shifted by a register: BMI2. */
void x86_shift_reg(struct emitter *e, u32 width, enum x86_group op, u8 reg, u8 rm, u8 count);
/* neg, and div and idiv of rdx:rax. */
void x86_unary(struct emitter *e, u32 width, enum x86_group op, u8 rm);
void x86_bswap(struct emitter *e, u32 width, u8 reg);
/* Sign of rax into rdx. */
void x86_cqo(struct emitter *e, u32 width);

/* reg = rm in full width; nothing if they are the same. */
void x86_mov(struct emitter *e, u8 reg, u8 rm);
/* reg = imm by the shortest encoding, which may change the flags. */
void x86_mov_imm(struct emitter *e, u8 reg, u64 imm);
/* *(u<8 * bytes> *)(base + disp) = imm, which is sign-extended from 32 bits to 64. */
void x86_store_imm(struct emitter *e, u32 bytes, u8 base, s32 disp, s32 imm);

void x86_push(struct emitter *e, u8 reg);
void x86_pop(struct emitter *e, u8 reg);
void x86_ret(struct emitter *e);
void x86_jmp_reg(struct emitter *e, u8 reg);
void x86_call_reg(struct emitter *e, u8 reg);
void x86_call_mem(struct emitter *e, u8 base, s32 disp);

/* Relative jumps: @rel counts from the end of the instruction. */
#define X86_JMP_SHORT_SIZE 2
#define X86_JMP_SIZE	   5
#define X86_JCC_SIZE	   6
#define X86_CALL_SIZE	   5
void x86_jmp(struct emitter *e, s32 rel, bool is_short);
void x86_jcc(struct emitter *e, enum x86_cc cc, s32 rel, bool is_short);
void x86_call(struct emitter *e, s32 rel);

#endif
