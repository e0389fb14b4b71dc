// SPDX-License-Identifier: BSD-2-Clause
#include "emit_x86_64.h"

#define REX	0x40
#define REX_W	8
#define REX_R	4
#define REX_B	1
#define MOD_REG 0xc0

static bool fits8(s64 v)
{
	return v == (s8)v;
}

static void byte(struct emitter *e, u32 b)
{
	emit_bytes(e, b, 1);
}

/* Low bytes of these exist only with a REX prefix: without it they name ah, ch, dh and bh. */
static bool needs_rex_as_byte(u8 reg)
{
	return reg >= RSP && reg <= RDI;
}

/* Everything before ModRM. @rm_is_reg: the byte rule applies to it, too. */
static void prefix_and_opcode(struct emitter *e, u32 op, u8 reg, u8 rm, bool rm_is_reg)
{
	u8 rex = 0;

	if (op & X86_LOCK)
		byte(e, 0xf0);
	if (op & X86_16)
		byte(e, 0x66);
	if (op & X86_W)
		rex |= REX | REX_W;
	if (reg >= R8)
		rex |= REX | REX_R;
	if (rm >= R8)
		rex |= REX | REX_B;
	if (op & X86_BYTE && (needs_rex_as_byte(reg) || (rm_is_reg && needs_rex_as_byte(rm))))
		rex |= REX;
	if (rex)
		byte(e, rex);
	if (op & X86_0F)
		byte(e, 0x0f);
	byte(e, op & 0xff);
}

void x86_rr(struct emitter *e, u32 op, u8 reg, u8 rm)
{
	prefix_and_opcode(e, op, reg, rm, true);
	byte(e, MOD_REG | (reg & 7) << 3 | (rm & 7));
}

/* ModRM for *(base + disp). Base 4 (rsp, r12) stands for a SIB byte; base 5 (rbp, r13) without a
 * displacement stands for rip. */
static void memory_operand(struct emitter *e, u8 reg, u8 base, s32 disp)
{
	u32 mod = !disp && (base & 7) != RBP ? 0 : fits8(disp) ? 1 : 2;

	byte(e, mod << 6 | (reg & 7) << 3 | (base & 7));
	if ((base & 7) == RSP)
		byte(e, 0x24);
	if (mod)
		emit_bytes(e, (u32)disp, mod == 1 ? 1 : 4);
}

void x86_rm(struct emitter *e, u32 op, u8 reg, u8 base, s32 disp)
{
	prefix_and_opcode(e, op, reg, base, false);
	memory_operand(e, reg, base, disp);
}

void x86_alu_imm(struct emitter *e, u32 width, enum x86_group op, u8 rm, s32 imm)
{
	x86_rr(e, width | (fits8(imm) ? 0x83 : 0x81), (u8)op, rm);
	emit_bytes(e, (u32)imm, fits8(imm) ? 1 : 4);
}

void x86_alu_mem_imm(struct emitter *e, u32 width, enum x86_group op, u8 base, s32 disp, s32 imm)
{
	x86_rm(e, width | (fits8(imm) ? 0x83 : 0x81), (u8)op, base, disp);
	emit_bytes(e, (u32)imm, fits8(imm) ? 1 : 4);
}

void x86_test_imm(struct emitter *e, u32 width, u8 rm, s32 imm)
{
	x86_rr(e, width | 0xf7, 0, rm);
	emit_bytes(e, (u32)imm, 4);
}

void x86_imul_imm(struct emitter *e, u32 width, u8 reg, u8 rm, s32 imm)
{
	x86_rr(e, width | (fits8(imm) ? 0x6b : 0x69), reg, rm);
	emit_bytes(e, (u32)imm, fits8(imm) ? 1 : 4);
}

void x86_shift_imm(struct emitter *e, u32 width, enum x86_group op, u8 rm, u8 bits)
{
	x86_rr(e, width | 0xc1, (u8)op, rm);
	byte(e, bits);
}

void x86_shift_cl(struct emitter *e, u32 width, enum x86_group op, u8 rm)
{
	x86_rr(e, width | 0xd3, (u8)op, rm);
}

void x86_shift_reg(struct emitter *e, u32 width, enum x86_group op, u8 reg, u8 rm, u8 count)
{
	/* The last byte of a VEX prefix names shlx, shrx and sarx, which share an opcode. */
	u32 which = op == X86_SHL ? 1 : op == X86_SHR ? 3 : 2;

	byte(e, 0xc4);
	/* Register bits of VEX are inverted; 2 is the map 0f 38. */
	byte(e, (reg >= R8 ? 0 : 0x80) | 0x40 | (rm >= R8 ? 0 : 0x20) | 2);
	byte(e, (width & X86_W ? 0x80 : 0) | (~(u32)count & 0xf) << 3 | which);
	byte(e, 0xf7);
	byte(e, MOD_REG | (reg & 7) << 3 | (rm & 7));
}

void x86_unary(struct emitter *e, u32 width, enum x86_group op, u8 rm)
{
	x86_rr(e, width | 0xf7, (u8)op, rm);
}

/* The opcode's low bits name a register. */
static void opcode_with_reg(struct emitter *e, u32 width, u32 escape, u32 opcode, u8 reg)
{
	u8 rex = (width & X86_W ? REX | REX_W : 0) | (reg >= R8 ? REX | REX_B : 0);

	if (rex)
		byte(e, rex);
	if (escape)
		byte(e, escape);
	byte(e, opcode | (reg & 7));
}

void x86_bswap(struct emitter *e, u32 width, u8 reg)
{
	opcode_with_reg(e, width, 0x0f, 0xc8, reg);
}

void x86_cqo(struct emitter *e, u32 width)
{
	if (width & X86_W)
		byte(e, REX | REX_W);
	byte(e, 0x99);
}

void x86_mov(struct emitter *e, u8 reg, u8 rm)
{
	if (reg != rm)
		x86_rr(e, X86_W | X86_LOAD, reg, rm);
}

void x86_mov_imm(struct emitter *e, u8 reg, u64 imm)
{
	if (!imm) {
		x86_rr(e, X86_XOR_TO, reg, reg);
	} else if (imm == (u32)imm) {
		opcode_with_reg(e, 0, 0, 0xb8, reg);
		emit_bytes(e, imm, 4);
	} else if (imm == (u64)(s64)(s32)imm) {
		x86_rr(e, X86_W | 0xc7, 0, reg);
		emit_bytes(e, imm, 4);
	} else {
		opcode_with_reg(e, X86_W, 0, 0xb8, reg);
		emit_bytes(e, imm, 8);
	}
}

void x86_store_imm(struct emitter *e, u32 bytes, u8 base, s32 disp, s32 imm)
{
	u32 op = bytes == 1 ? 0xc6 : 0xc7;

	op |= bytes == 2 ? X86_16 : bytes == 8 ? X86_W : 0;
	x86_rm(e, op, 0, base, disp);
	emit_bytes(e, (u32)imm, bytes == 8 ? 4 : bytes);
}

void x86_push(struct emitter *e, u8 reg)
{
	opcode_with_reg(e, 0, 0, 0x50, reg);
}

void x86_pop(struct emitter *e, u8 reg)
{
	opcode_with_reg(e, 0, 0, 0x58, reg);
}

void x86_ret(struct emitter *e)
{
	byte(e, 0xc3);
}

void x86_jmp_reg(struct emitter *e, u8 reg)
{
	x86_rr(e, 0xff, 4, reg);
}

void x86_call_reg(struct emitter *e, u8 reg)
{
	x86_rr(e, 0xff, 2, reg);
}

void x86_call_mem(struct emitter *e, u8 base, s32 disp)
{
	x86_rm(e, 0xff, 2, base, disp);
}

void x86_jmp(struct emitter *e, s32 rel, bool is_short)
{
	byte(e, is_short ? 0xeb : 0xe9);
	emit_bytes(e, (u32)rel, is_short ? 1 : 4);
}

void x86_jcc(struct emitter *e, enum x86_cc cc, s32 rel, bool is_short)
{
	if (is_short) {
		byte(e, 0x70 | cc);
		emit_bytes(e, (u32)rel, 1);
	} else {
		byte(e, 0x0f);
		byte(e, 0x80 | cc);
		emit_bytes(e, (u32)rel, 4);
	}
}

void x86_call(struct emitter *e, s32 rel)
{
	byte(e, 0xe8);
	emit_bytes(e, (u32)rel, 4);
}
