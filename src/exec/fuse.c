// SPDX-License-Identifier: BSD-2-Clause
#include "fuse.h"

static bool is_alu64(const struct bpf_insn *insn, u8 op, u8 source)
{
	return insn->code == (BPF_ALU64 | op | source) && !insn->off;
}

/* A shift left and one right by the same number of bits: extension of what is left of them. */
static bool extension(const struct bpf_insn *insns, u32 nr, u8 dst, u8 src, struct op *out)
{
	bool is_signed;
	s32 bits;

	if (nr < 2 || !is_alu64(&insns[0], BPF_LSH, BPF_K) || insns[0].dst_reg != dst ||
	    insns[1].dst_reg != dst || insns[1].imm != insns[0].imm)
		return false;
	is_signed = is_alu64(&insns[1], BPF_ARSH, BPF_K);
	if (!is_signed && !is_alu64(&insns[1], BPF_RSH, BPF_K))
		return false;
	bits = 64 - insns[0].imm;
	*out = (struct op){.dst = dst, .src = src};
	if (bits == 32)
		out->code = is_signed ? OP_MOVSX32_64 : OP_MOV32_X;
	else if (bits == 16 && is_signed)
		out->code = OP_MOVSX16_64;
	else if (bits == 8 && is_signed)
		out->code = OP_MOVSX8_64;
	else
		return false;
	return true;
}

u32 exec_fuse(const struct bpf_insn *insns, u32 nr, struct op *out)
{
	u8 dst = insns[0].dst_reg, src = insns[0].src_reg;

	if (extension(insns, nr, dst, dst, out))
		return 2;
	if (nr < 2 || !is_alu64(&insns[0], BPF_MOV, BPF_X))
		return 0;
	if (extension(insns + 1, nr - 1, dst, src, out))
		return 3;
	if (!is_alu64(&insns[1], BPF_ADD, BPF_K) || insns[1].dst_reg != dst)
		return 0;
	*out = (struct op){
		.code = OP_ADD_TO,
		.dst = dst,
		.src = src,
		.imm = (u64)(s64)insns[1].imm,
	};
	return 2;
}
