// SPDX-License-Identifier: BSD-2-Clause
/* ALU instructions: moves, arithmetic on pointers, and scalars by way of scalar.c. */
#include <errno.h>
#include <string.h>

#include "env.h"

static const char *alu_sign(u8 op)
{
	static const char *const signs[16] = {
		[BPF_ADD >> 4] = "+=",	  [BPF_SUB >> 4] = "-=",     [BPF_MUL >> 4] = "*=",
		[BPF_DIV >> 4] = "/=",	  [BPF_OR >> 4] = "|=",	     [BPF_AND >> 4] = "&=",
		[BPF_LSH >> 4] = "<<=",	  [BPF_RSH >> 4] = ">>=",    [BPF_NEG >> 4] = "neg",
		[BPF_MOD >> 4] = "%=",	  [BPF_XOR >> 4] = "^=",     [BPF_MOV >> 4] = "=",
		[BPF_ARSH >> 4] = "s>>=", [BPF_END >> 4] = "endian",
	};

	return signs[op >> 4];
}

static bool is_pkt_pointer(const struct reg_state *reg)
{
	return reg->type == PTR_TO_PACKET || reg->type == PTR_TO_PACKET_META;
}

/* No part of the sum may come near what an s32 offset or an address can hold. */
static bool offset_is_sane(struct verifier_env *env, const struct reg_state *reg, u32 ptr_type)
{
	s64 value = (s64)reg->var_off.value;

	if (tnum_is_const(reg->var_off) && (value >= MAX_VAR_OFF || value <= -MAX_VAR_OFF)) {
		verbose(env, "math between %s pointer and %lld is not allowed\n",
			reg_type_str(ptr_type), (long long)value);
		return false;
	}
	if (reg->off >= MAX_VAR_OFF || reg->off <= -MAX_VAR_OFF) {
		verbose(env, "%s pointer offset %d is not allowed\n", reg_type_str(ptr_type),
			reg->off);
		return false;
	}
	if (reg->smin == S64_MIN) {
		verbose(env,
			"math between %s pointer and register with unbounded min value is not "
			"allowed\n",
			reg_type_str(ptr_type));
		return false;
	}
	if (reg->smin >= MAX_VAR_OFF || reg->smin <= -MAX_VAR_OFF) {
		verbose(env, "value %lld makes %s pointer be out of bounds\n", (long long)reg->smin,
			reg_type_str(ptr_type));
		return false;
	}
	return true;
}

/* Is any arithmetic with a scalar allowed on the pointer at all? */
static int check_ptr_allows_math(struct verifier_env *env, u32 dst, const struct reg_state *ptr,
				 const struct reg_state *scalar, u8 op)
{
	bool known = tnum_is_const(scalar->var_off);

	if (ptr->type & PTR_MAYBE_NULL) {
		verbose(env, "R%u pointer arithmetic on %s prohibited, null-check it first\n", dst,
			reg_type_str(ptr->type));
		return -EACCES;
	}
	switch (reg_base_type(ptr)) {
	case PTR_TO_CTX:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MAP_KEY:
	case PTR_TO_STACK:
	case PTR_TO_PACKET_META:
	case PTR_TO_PACKET:
	case PTR_TO_TP_BUFFER:
	case PTR_TO_BTF_ID:
	case PTR_TO_MEM:
	case PTR_TO_BUF:
	case PTR_TO_FUNC:
	case CONST_PTR_TO_DYNPTR:
		return 0;
	case PTR_TO_FLOW_KEYS:
		if (known)
			return 0;
		break;
	case CONST_PTR_TO_MAP:
		if (known && scalar->smin == 0 && op == BPF_ADD)
			return 0;
		break;
	default:
		break;
	}
	verbose(env, "R%u pointer arithmetic on %s prohibited\n", dst, reg_type_str(ptr->type));
	return -EACCES;
}

static bool fits_s32(s64 v)
{
	return v == (s64)(s32)v;
}

/* A packet pointer moved by an unknown amount is a base of its own. */
static void rebase_pkt_pointer(struct verifier_env *env, struct reg_state *reg, bool forget_range)
{
	if (!is_pkt_pointer(reg))
		return;
	reg->id = ++env->id_gen;
	if (forget_range)
		memset(reg->raw, 0, sizeof(reg->raw));
}

static void ptr_add(struct verifier_env *env, struct reg_state *reg, const struct reg_state *scalar)
{
	s64 off = (s64)reg->off + scalar->smin;

	if (tnum_is_const(scalar->var_off) && fits_s32(off)) {
		reg->off = (s32)off;
		return;
	}
	if (__builtin_add_overflow(reg->smin, scalar->smin, &reg->smin) ||
	    __builtin_add_overflow(reg->smax, scalar->smax, &reg->smax)) {
		reg->smin = S64_MIN;
		reg->smax = S64_MAX;
	}
	if (__builtin_add_overflow(reg->umin, scalar->umin, &reg->umin) ||
	    __builtin_add_overflow(reg->umax, scalar->umax, &reg->umax)) {
		reg->umin = 0;
		reg->umax = U64_MAX;
	}
	reg->var_off = tnum_add(reg->var_off, scalar->var_off);
	rebase_pkt_pointer(env, reg, true);
}

static void ptr_sub(struct verifier_env *env, struct reg_state *reg, const struct reg_state *scalar)
{
	s64 off;

	if (tnum_is_const(scalar->var_off) &&
	    !__builtin_sub_overflow((s64)reg->off, scalar->smin, &off) && fits_s32(off)) {
		reg->off = (s32)off;
		return;
	}
	if (__builtin_sub_overflow(reg->smin, scalar->smax, &reg->smin) ||
	    __builtin_sub_overflow(reg->smax, scalar->smin, &reg->smax)) {
		reg->smin = S64_MIN;
		reg->smax = S64_MAX;
	}
	if (reg->umin < scalar->umax) {
		reg->umin = 0;
		reg->umax = U64_MAX;
	} else {
		reg->umin -= scalar->umax;
		reg->umax -= scalar->umin;
	}
	reg->var_off = tnum_sub(reg->var_off, scalar->var_off);
	/* Moving towards the beginning keeps what was proved readable behind the old position. */
	rebase_pkt_pointer(env, reg, scalar->smin < 0);
}

/* dst = ptr OP scalar, or scalar OP ptr if @reversed. */
static int ptr_alu(struct verifier_env *env, const struct bpf_insn *insn,
		   const struct reg_state *ptr, const struct reg_state *scalar, bool reversed)
{
	u32 dst = insn->dst_reg;
	struct reg_state *reg = &cur_regs(env)[dst];
	struct reg_state off = *scalar;
	u8 op = BPF_OP(insn->code);
	int err;

	/* Contradictory bounds: a path that cannot be taken. */
	if ((tnum_is_const(off.var_off) && (off.smin != off.smax || off.umin != off.umax)) ||
	    off.smin > off.smax || off.umin > off.umax) {
		reg_set_unknown(reg);
		return 0;
	}
	if (BPF_CLASS(insn->code) != BPF_ALU64) {
		if (op == BPF_SUB) {
			reg_set_unknown(reg);
			return 0;
		}
		verbose(env, "R%u 32-bit pointer arithmetic prohibited\n", dst);
		return -EACCES;
	}
	err = check_ptr_allows_math(env, dst, ptr, &off, op);
	if (err)
		return err;
	/*
	 * Loads through it are probed: its offset does not matter. The kernel does not make a
	 * pointer of a scalar that one is added to.
	 */
	if (reg_base_type(ptr) == PTR_TO_MEM && (ptr->type & PTR_UNTRUSTED)) {
		if (reversed)
			reg_set_unknown(reg);
		else
			*reg = *ptr;
		return 0;
	}
	if (!offset_is_sane(env, &off, ptr->type) || !offset_is_sane(env, ptr, ptr->type))
		return -EINVAL;
	switch (op) {
	case BPF_ADD:
		*reg = *ptr;
		ptr_add(env, reg, &off);
		break;
	case BPF_SUB:
		if (reversed) {
			verbose(env, "R%u tried to subtract pointer from scalar\n", dst);
			return -EACCES;
		}
		if (ptr->type == PTR_TO_STACK) {
			verbose(env, "R%u subtraction from stack pointer prohibited\n", dst);
			return -EACCES;
		}
		ptr_sub(env, reg, &off);
		break;
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		verbose(env, "R%u bitwise operator %s on pointer prohibited\n", dst, alu_sign(op));
		return -EACCES;
	default:
		verbose(env, "R%u pointer arithmetic with %s operator prohibited\n", dst,
			alu_sign(op));
		return -EACCES;
	}
	if (!offset_is_sane(env, reg, reg->type))
		return -EINVAL;
	reg->s32_min = S32_MIN;
	reg->s32_max = S32_MAX;
	reg->u32_min = 0;
	reg->u32_max = U32_MAX;
	reg_sync_bounds(reg);
	return 0;
}

/*
 * r1 = r2; r1 += 4: they stay linked, four apart. Once only: a sum of that and another constant
 * gets no id. In 32 bits only if nothing is cut off.
 */
static void link_by_constant(struct reg_state *dst, u64 value, bool minus, bool alu32)
{
	s64 delta = alu32 ? (s64)(s32)value : (s64)value;

	if (minus && delta != S64_MIN)
		delta = -delta;
	if ((dst->id & SCALAR_ADD_CONST) || delta < -S32_MAX || delta > S32_MAX) {
		unlink_scalar(dst);
		return;
	}
	dst->id |= alu32 ? SCALAR_ADD32 : SCALAR_ADD64;
	dst->off = (s32)delta;
}

/*
 * r1 s>>= 63; r1 &= K: compilers turn "x < 0 ? K : 0" into this. A range would make it anything
 * from 0 to K, so the two values are walked apart: -1 now, 0 later.
 */
static int split_sign_mask(struct verifier_env *env, struct reg_state *reg, u32 regno)
{
	bool all = reg->smin == -1 && reg->smax == 0;
	bool low = reg->s32_min == -1 && reg->s32_max == 0;
	struct verifier_state *later;
	struct reg_state *zero;

	if (!all && !low)
		return 0;
	later = push_branch(env, env->insn_idx, env->insn_idx);
	if (!later)
		return -ENOMEM;
	zero = &cur_func_of(later)->regs[regno];
	if (all) {
		reg_set_scalar_const(zero, 0);
		reg_set_scalar_const(reg, U64_MAX);
	} else {
		reg_mark_known_32(zero, 0);
		reg_mark_known_32(reg, U32_MAX);
	}
	return 0;
}

static int scalars_alu(struct verifier_env *env, const struct bpf_insn *insn, struct reg_state *dst,
		       const struct reg_state *src)
{
	bool alu32 = BPF_CLASS(insn->code) != BPF_ALU64;
	bool doubles = BPF_SRC(insn->code) == BPF_X && insn->src_reg == insn->dst_reg;
	bool fits = !alu32 || reg_width(dst) <= 32;
	u8 op = BPF_OP(insn->code);
	int err = 0;

	if ((op == BPF_AND || op == BPF_OR) && tnum_is_const(src->var_off))
		err = split_sign_mask(env, dst, insn->dst_reg);
	if (err)
		return err;
	scalar_alu(dst, *src, op, alu32);
	if ((op == BPF_ADD || op == BPF_SUB) && !doubles && dst->id && fits &&
	    (alu32 ? reg_is_const32(src) : reg_is_const(src)))
		link_by_constant(dst, src->var_off.value, op == BPF_SUB, alu32);
	else
		unlink_scalar(dst);
	return 0;
}

static int check_binary(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct reg_state *regs = cur_regs(env);
	struct reg_state *dst = &regs[insn->dst_reg];
	struct reg_state *src = &regs[insn->src_reg];
	bool dst_is_ptr = dst->type != SCALAR_VALUE;
	struct reg_state operand;
	int err = 0;

	if (BPF_SRC(insn->code) == BPF_K) {
		reg_set_scalar_const(&operand, (u64)(s64)insn->imm);
		if (dst_is_ptr)
			return ptr_alu(env, insn, dst, &operand, false);
		return scalars_alu(env, insn, dst, &operand);
	}
	if (src->type != SCALAR_VALUE && dst_is_ptr) {
		if (BPF_OP(insn->code) == BPF_SUB) {
			mark_reg_unknown(env, regs, insn->dst_reg);
			return 0;
		}
		verbose(env, "R%u pointer %s pointer prohibited\n", insn->dst_reg,
			alu_sign(BPF_OP(insn->code)));
		return -EACCES;
	}
	/* An offset into memory must be what it seems to be on every path. */
	if (src->type != SCALAR_VALUE) {
		err = mark_chain_precision(env, insn->dst_reg);
		return err ? err : ptr_alu(env, insn, src, dst, true);
	}
	if (dst_is_ptr || dst->precise)
		err = mark_chain_precision(env, insn->src_reg);
	if (err)
		return err;
	if (dst_is_ptr)
		return ptr_alu(env, insn, dst, src, false);
	/* A copy, since r1 += r1 overwrites its own operand. */
	operand = *src;
	return scalars_alu(env, insn, dst, &operand);
}

/* A copy that may lose bits: only if it does not, both stay known to be equal. */
static void copy_scalar(struct verifier_env *env, struct reg_state *dst, struct reg_state *src,
			bool lossless)
{
	if (lossless)
		share_scalar_id(env, src);
	*dst = *src;
	if (!lossless)
		unlink_scalar(dst);
}

static void mov_reg64(struct verifier_env *env, struct reg_state *dst, struct reg_state *src,
		      u32 sx_bits)
{
	if (!sx_bits) {
		share_scalar_id(env, src);
		*dst = *src;
		return;
	}
	if (src->type != SCALAR_VALUE) {
		reg_set_unknown(dst);
		return;
	}
	copy_scalar(env, dst, src, src->umax < 1ull << (sx_bits - 1));
	reg_coerce_to_size_sx(dst, sx_bits / 8);
}

static void mov_reg32(struct verifier_env *env, struct reg_state *dst, struct reg_state *src,
		      u32 sx_bits)
{
	if (src->type != SCALAR_VALUE) {
		reg_set_unknown(dst);
	} else if (!sx_bits) {
		copy_scalar(env, dst, src, reg_width(src) <= 32);
	} else {
		copy_scalar(env, dst, src, src->umax < 1ull << (sx_bits - 1));
		reg_coerce_subreg_to_size_sx(dst, sx_bits / 8);
	}
	reg_zext_32(dst);
	reg_sync_bounds(dst);
}

static int check_mov(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct reg_state *regs = cur_regs(env);
	struct reg_state *dst = &regs[insn->dst_reg];
	bool is64 = BPF_CLASS(insn->code) == BPF_ALU64;
	int err = 0;

	if (BPF_SRC(insn->code) == BPF_X)
		err = check_reg_arg(env, insn->src_reg, SRC_OP);
	if (!err)
		err = check_reg_arg(env, insn->dst_reg, DST_OP_NO_MARK);
	if (err)
		return err;
	if (BPF_SRC(insn->code) == BPF_K)
		reg_set_scalar_const(dst, is64 ? (u64)(s64)insn->imm : (u64)(u32)insn->imm);
	else if (is64)
		mov_reg64(env, dst, &regs[insn->src_reg], (u32)insn->off);
	else
		mov_reg32(env, dst, &regs[insn->src_reg], (u32)insn->off);
	return 0;
}

static int check_neg(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct reg_state *reg = &cur_regs(env)[insn->dst_reg];
	bool alu32 = BPF_CLASS(insn->code) != BPF_ALU64;
	struct reg_state value;
	int err;

	err = check_reg_arg(env, insn->dst_reg, SRC_OP);
	if (err)
		return err;
	if (reg->type != SCALAR_VALUE)
		return check_reg_arg(env, insn->dst_reg, DST_OP);
	err = check_reg_arg(env, insn->dst_reg, DST_OP_NO_MARK);
	if (err)
		return err;
	value = *reg;
	scalar_alu(reg, value, BPF_NEG, alu32);
	unlink_scalar(reg);
	return 0;
}

/* Unconditional with BPF_ALU64; else towards big endian, since programs run on little endian. */
static int check_end(struct verifier_env *env, const struct bpf_insn *insn)
{
	bool swap = BPF_CLASS(insn->code) == BPF_ALU64 || BPF_SRC(insn->code) == BPF_TO_BE;
	struct reg_state *reg = &cur_regs(env)[insn->dst_reg];
	int err = check_reg_arg(env, insn->dst_reg, SRC_OP);

	if (err)
		return err;
	if (reg->type != SCALAR_VALUE)
		return check_reg_arg(env, insn->dst_reg, DST_OP);
	err = check_reg_arg(env, insn->dst_reg, DST_OP_NO_MARK);
	if (!err)
		scalar_bswap(reg, (u32)insn->imm, swap);
	return err;
}

static int check_immediate(struct verifier_env *env, const struct bpf_insn *insn)
{
	s32 bits = BPF_CLASS(insn->code) == BPF_ALU64 ? 64 : 32;

	switch (BPF_OP(insn->code)) {
	case BPF_DIV:
	case BPF_MOD:
		if (insn->imm)
			return 0;
		verbose(env, "div by zero\n");
		return -EINVAL;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		if (insn->imm >= 0 && insn->imm < bits)
			return 0;
		verbose(env, "invalid shift %d\n", insn->imm);
		return -EINVAL;
	default:
		return 0;
	}
}

static int check_operands(struct verifier_env *env, const struct bpf_insn *insn)
{
	int err = 0;

	if (BPF_SRC(insn->code) == BPF_X)
		err = check_reg_arg(env, insn->src_reg, SRC_OP);
	if (!err)
		err = check_reg_arg(env, insn->dst_reg, SRC_OP);
	if (!err && BPF_SRC(insn->code) == BPF_K)
		err = check_immediate(env, insn);
	if (!err)
		err = check_reg_arg(env, insn->dst_reg, DST_OP_NO_MARK);
	return err;
}

int check_alu_op(struct verifier_env *env, const struct bpf_insn *insn)
{
	int err;

	switch (BPF_OP(insn->code)) {
	case BPF_END:
		err = check_end(env, insn);
		break;
	case BPF_NEG:
		err = check_neg(env, insn);
		break;
	case BPF_MOV:
		err = check_mov(env, insn);
		break;
	default:
		err = check_operands(env, insn);
		if (!err)
			err = check_binary(env, insn);
		break;
	}
	return err ? err : reg_check_invariants(env, &cur_regs(env)[insn->dst_reg], "alu");
}
