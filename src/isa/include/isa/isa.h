/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ISA_ISA_H
#define ISA_ISA_H

#include "base/strbuf.h"
#include "base/uapi.h"

/*
 * RFC 9669 in one table, with what Linux 6.18 adds (may_goto, load-acquire, store-release). An
 * entry says what an opcode byte is and what it is called; the verifier, the executors and the
 * disassembler all go by it.
 */
enum isa_class {
	ISA_INVALID = 0,
	ISA_ALU,  /* dst = dst op src/imm; also mov, neg, movsx */
	ISA_END,  /* byte swaps */
	ISA_LOAD, /* dst = *(size *)(src + off), zero-extended */
	ISA_LOAD_SX,
	ISA_STORE, /* *(size *)(dst + off) = src */
	ISA_STORE_IMM,
	ISA_ATOMIC,   /* imm says which */
	ISA_LD_IMM64, /* two slots */
	ISA_LD_ABS,
	ISA_LD_IND,
	ISA_JA,
	ISA_JCOND, /* dst op src/imm */
	ISA_MAY_GOTO,
	ISA_CALL,
	ISA_EXIT,
};

struct isa_op {
	const char *name; /* mnemonic of RFC 9669, e.g. "add" */
	u8 cls;		  /* enum isa_class */
	u8 size;	  /* bytes of the memory access; else 0 */
	bool is32;	  /* BPF_ALU, BPF_JMP32 */
	bool src_reg;	  /* BPF_X */
};

/* By opcode byte; cls ISA_INVALID for what does not exist. */
extern const struct isa_op isa_ops[256];

static inline const struct isa_op *isa_op_of(const struct bpf_insn *insn)
{
	return &isa_ops[insn->code];
}

static inline bool isa_is_ld_imm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}
static inline bool isa_is_helper_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == 0;
}
static inline bool isa_is_bpf_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL;
}
static inline bool isa_is_kfunc_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL;
}

/* The constant of an ld_imm64; both slots are read. */
static inline u64 isa_imm64(const struct bpf_insn *insn)
{
	return (u32)insn[0].imm | (u64)(u32)insn[1].imm << 32;
}

/* True if an atomic instruction with that immediate exists (for whatever size). */
bool isa_atomic_is_known(s32 imm);

/* Target of a jump at @idx, gotol included; only for ISA_JA, ISA_JCOND, ISA_MAY_GOTO. */
static inline s32 isa_jump_target(const struct bpf_insn *insn, s32 idx)
{
	if (insn->code == (BPF_JMP32 | BPF_JA))
		return idx + insn->imm + 1;
	return idx + insn->off + 1;
}

/**
 * isa_disasm - one instruction as the kernel's verifier log writes it, without a newline
 * @out: appended to
 * @insn: two slots are read for ld_imm64, and the constant is printed as it stands there: who wants
 * a map's address in place of its descriptor passes a copy
 * @call_name: name of the helper or kfunc that a call goes to, e.g. "bpf_map_lookup_elem"; NULL
 *             prints "unknown". Not looked at for calls of BPF functions
 *
 * E.g. "(bf) r6 = r1", "(85) call bpf_map_lookup_elem#1", "(15) if r0 == 0x0 goto pc+3".
 */
void isa_disasm(struct strbuf *out, const struct bpf_insn *insn, const char *call_name);

#endif
