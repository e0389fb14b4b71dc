// SPDX-License-Identifier: BSD-2-Clause
#include <inttypes.h>

#include "isa/isa.h"

/* By the operation's bits of the opcode, as the log writes them. */
static const char *const alu_sign[16] = {
	[BPF_ADD >> 4] = "+=",	[BPF_SUB >> 4] = "-=",	[BPF_MUL >> 4] = "*=",
	[BPF_DIV >> 4] = "/=",	[BPF_OR >> 4] = "|=",	[BPF_AND >> 4] = "&=",
	[BPF_LSH >> 4] = "<<=", [BPF_RSH >> 4] = ">>=", [BPF_MOD >> 4] = "%=",
	[BPF_XOR >> 4] = "^=",	[BPF_MOV >> 4] = "=",	[BPF_ARSH >> 4] = "s>>=",
};

static const char *const jmp_sign[16] = {
	[BPF_JEQ >> 4] = "==",	 [BPF_JGT >> 4] = ">",	  [BPF_JGE >> 4] = ">=",
	[BPF_JSET >> 4] = "&",	 [BPF_JNE >> 4] = "!=",	  [BPF_JSGT >> 4] = "s>",
	[BPF_JSGE >> 4] = "s>=", [BPF_JLT >> 4] = "<",	  [BPF_JLE >> 4] = "<=",
	[BPF_JSLT >> 4] = "s<",	 [BPF_JSLE >> 4] = "s<=",
};

static char reg_letter(const struct isa_op *op)
{
	return op->is32 ? 'w' : 'r';
}

/* "u8" to "u64" and "s8" to "s64", from a size in bytes. */
static const char *mem_type(u8 size, bool is_signed)
{
	static const char *const names[2][4] = {{"u8", "u16", "u32", "u64"},
						{"s8", "s16", "s32", "s64"}};

	return names[is_signed][__builtin_ctz(size)];
}

static const char *alu_text(const struct bpf_insn *insn)
{
	/* Offset 1 makes a division signed; any other reserved value is printed as if it were 0. */
	if (insn->off == 1 && BPF_OP(insn->code) == BPF_DIV)
		return "s/=";
	if (insn->off == 1 && BPF_OP(insn->code) == BPF_MOD)
		return "s%=";
	return alu_sign[BPF_OP(insn->code) >> 4];
}

static const char *movsx_text(const struct bpf_insn *insn)
{
	if (BPF_OP(insn->code) != BPF_MOV)
		return "";
	switch (insn->off) {
	case 8:
		return "(s8)";
	case 16:
		return "(s16)";
	case 32:
		return "(s32)";
	default:
		return "";
	}
}

static void disasm_alu(struct strbuf *out, const struct bpf_insn *insn, const struct isa_op *op)
{
	char r = reg_letter(op);
	bool mov64_reg = insn->code == (BPF_ALU64 | BPF_MOV | BPF_X);

	if (BPF_OP(insn->code) == BPF_NEG)
		strbuf_addf(out, "%c%d = -%c%d", r, insn->dst_reg, r, insn->dst_reg);
	else if (mov64_reg && insn->off == BPF_ADDR_SPACE_CAST)
		strbuf_addf(out, "r%d = addr_space_cast(r%d, %u, %u)", insn->dst_reg, insn->src_reg,
			    (u32)insn->imm >> 16, (u32)insn->imm & 0xffff);
	else if (mov64_reg && insn->off == -1)
		strbuf_addf(out, "r%d = &(void __percpu *)(r%d)", insn->dst_reg, insn->src_reg);
	else if (op->src_reg)
		strbuf_addf(out, "%c%d %s %s%c%d", r, insn->dst_reg, alu_text(insn),
			    movsx_text(insn), r, insn->src_reg);
	else
		strbuf_addf(out, "%c%d %s %d", r, insn->dst_reg, alu_text(insn), insn->imm);
}

static void disasm_atomic(struct strbuf *out, const struct bpf_insn *insn, const struct isa_op *op)
{
	static const char *const names[16] = {
		[BPF_ADD >> 4] = "add",
		[BPF_OR >> 4] = "or",
		[BPF_AND >> 4] = "and",
		[BPF_XOR >> 4] = "xor",
	};
	const char *type = mem_type(op->size, false);
	const char *wide = op->size == 8 ? "64" : "";

	switch (insn->imm) {
	case BPF_ADD:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
		strbuf_addf(out, "lock *(%s *)(r%d %+d) %s r%d", type, insn->dst_reg, insn->off,
			    alu_sign[insn->imm >> 4], insn->src_reg);
		break;
	case BPF_ADD | BPF_FETCH:
	case BPF_OR | BPF_FETCH:
	case BPF_AND | BPF_FETCH:
	case BPF_XOR | BPF_FETCH:
		strbuf_addf(out, "r%d = atomic%s_fetch_%s((%s *)(r%d %+d), r%d)", insn->src_reg,
			    wide, names[insn->imm >> 4], type, insn->dst_reg, insn->off,
			    insn->src_reg);
		break;
	case BPF_XCHG:
		strbuf_addf(out, "r%d = atomic%s_xchg((%s *)(r%d %+d), r%d)", insn->src_reg, wide,
			    type, insn->dst_reg, insn->off, insn->src_reg);
		break;
	case BPF_CMPXCHG:
		strbuf_addf(out, "r0 = atomic%s_cmpxchg((%s *)(r%d %+d), r0, r%d)", wide, type,
			    insn->dst_reg, insn->off, insn->src_reg);
		break;
	case BPF_LOAD_ACQ:
		strbuf_addf(out, "r%d = load_acquire((%s *)(r%d %+d))", insn->dst_reg, type,
			    insn->src_reg, insn->off);
		break;
	case BPF_STORE_REL:
		strbuf_addf(out, "store_release((%s *)(r%d %+d), r%d)", type, insn->dst_reg,
			    insn->off, insn->src_reg);
		break;
	}
}

static void disasm_jcond(struct strbuf *out, const struct bpf_insn *insn, const struct isa_op *op)
{
	char r = reg_letter(op);
	const char *sign = jmp_sign[BPF_OP(insn->code) >> 4];

	if (op->src_reg)
		strbuf_addf(out, "if %c%d %s %c%d goto pc%+d", r, insn->dst_reg, sign, r,
			    insn->src_reg, insn->off);
	else
		strbuf_addf(out, "if %c%d %s 0x%x goto pc%+d", r, insn->dst_reg, sign,
			    (u32)insn->imm, insn->off);
}

static void disasm_may_goto(struct strbuf *out, const struct bpf_insn *insn)
{
	/* A source register says which condition; only one is defined, and an undefined one comes
	 * out of the kernel's log as printf's rendering of a missing sign. */
	if (insn->src_reg == BPF_MAY_GOTO)
		strbuf_addf(out, "may_goto pc%+d", insn->off);
	else
		strbuf_addf(out, "if r%d (null) 0x%x goto pc%+d", insn->dst_reg, (u32)insn->imm,
			    insn->off);
}

static void disasm_call(struct strbuf *out, const struct bpf_insn *insn, const char *call_name)
{
	if (insn->src_reg == BPF_PSEUDO_CALL)
		strbuf_addf(out, "call pc%+d", insn->imm);
	else
		strbuf_addf(out, "call %s#%d", call_name ? call_name : "unknown", insn->imm);
}

static void disasm_ja(struct strbuf *out, const struct bpf_insn *insn, const struct isa_op *op)
{
	if (op->is32)
		strbuf_addf(out, "gotol pc%+d", insn->imm);
	else
		strbuf_addf(out, "goto pc%+d", insn->off);
}

/* Everything behind "(op) ". */
static void disasm_body(struct strbuf *out, const struct bpf_insn *insn, const struct isa_op *op,
			const char *call_name)
{
	switch ((enum isa_class)op->cls) {
	case ISA_ALU:
		disasm_alu(out, insn, op);
		break;
	case ISA_END:
		strbuf_addf(out, "r%d = %s%d r%d", insn->dst_reg, op->name, insn->imm,
			    insn->dst_reg);
		break;
	case ISA_LOAD:
	case ISA_LOAD_SX:
		strbuf_addf(out, "r%d = *(%s *)(r%d %+d)", insn->dst_reg,
			    mem_type(op->size, op->cls == ISA_LOAD_SX), insn->src_reg, insn->off);
		break;
	case ISA_STORE:
		strbuf_addf(out, "*(%s *)(r%d %+d) = r%d", mem_type(op->size, false), insn->dst_reg,
			    insn->off, insn->src_reg);
		break;
	case ISA_STORE_IMM:
		strbuf_addf(out, "*(%s *)(r%d %+d) = %d", mem_type(op->size, false), insn->dst_reg,
			    insn->off, insn->imm);
		break;
	case ISA_ATOMIC:
		disasm_atomic(out, insn, op);
		break;
	case ISA_LD_IMM64:
		strbuf_addf(out, "r%d = 0x%" PRIx64, insn->dst_reg, isa_imm64(insn));
		break;
	case ISA_LD_ABS:
		strbuf_addf(out, "r0 = *(%s *)skb[%d]", mem_type(op->size, false), insn->imm);
		break;
	case ISA_LD_IND:
		strbuf_addf(out, "r0 = *(%s *)skb[r%d + %d]", mem_type(op->size, false),
			    insn->src_reg, insn->imm);
		break;
	case ISA_JA:
		disasm_ja(out, insn, op);
		break;
	case ISA_JCOND:
		disasm_jcond(out, insn, op);
		break;
	case ISA_MAY_GOTO:
		disasm_may_goto(out, insn);
		break;
	case ISA_CALL:
		disasm_call(out, insn, call_name);
		break;
	case ISA_EXIT:
		strbuf_addf(out, "exit");
		break;
	case ISA_INVALID:
		break;
	}
}

void isa_disasm(struct strbuf *out, const struct bpf_insn *insn, const char *call_name)
{
	const struct isa_op *op = isa_op_of(insn);

	if (op->cls == ISA_INVALID || (op->cls == ISA_ATOMIC && !isa_atomic_is_known(insn->imm))) {
		strbuf_addf(out, "BUG_%02x", insn->code);
		return;
	}
	strbuf_addf(out, "(%02x) ", insn->code);
	disasm_body(out, insn, op, call_name);
}
