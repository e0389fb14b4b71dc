// SPDX-License-Identifier: BSD-2-Clause
/* Loads, stores and atomic operations: the instructions. What is behind the pointer is region.c's,
 * stack.c's, ctx.c's and btf_access.c's to check. */
#include <errno.h>

#include "access.h"

/* What a misaligned access is called by; NULL for pointers that are only ever byte-aligned. */
static const char *pointee_word(u32 type)
{
	switch (type) {
	case PTR_TO_FLOW_KEYS:
		return "flow keys ";
	case PTR_TO_MAP_KEY:
		return "key ";
	case PTR_TO_MAP_VALUE:
		return "value ";
	case PTR_TO_CTX:
		return "context ";
	case PTR_TO_STACK:
		return "stack ";
	case PTR_TO_SOCKET:
		return "sock ";
	case PTR_TO_SOCK_COMMON:
		return "sock_common ";
	case PTR_TO_TCP_SOCK:
		return "tcp_sock ";
	case PTR_TO_XDP_SOCK:
		return "xdp_sock ";
	default:
		return "";
	}
}

/* Where an IP header is aligned, the Ethernet header before it is two bytes off. */
#define PKT_ALIGN 2

static int check_pkt_alignment(struct verifier_env *env, const struct reg_state *reg, s32 off,
			       u32 size)
{
	u64 fixed = (u64)((s64)PKT_ALIGN + reg->off + off);

	if (tnum_is_aligned(tnum_add(reg->var_off, tnum_const(fixed)), size))
		return 0;
	verbose(env, "misaligned packet access off %d+", PKT_ALIGN);
	log_tnum(env, reg->var_off);
	verbose(env, "+%d+%d size %u\n", reg->off, off, size);
	return -EACCES;
}

int check_ptr_alignment(struct verifier_env *env, const struct reg_state *reg, s32 off, u32 size,
			bool strict)
{
	/* Spilled registers are tracked in whole slots. */
	if (reg->type == PTR_TO_STACK || env->strict_alignment)
		strict = true;
	if (!strict || size == 1 || reg->type == PTR_TO_ARENA)
		return 0;
	if (reg->type == PTR_TO_PACKET || reg->type == PTR_TO_PACKET_META)
		return check_pkt_alignment(env, reg, off, size);
	if (tnum_is_aligned(tnum_add(reg->var_off, tnum_const((u64)((s64)reg->off + off))), size))
		return 0;
	verbose(env, "misaligned %saccess off ", pointee_word(reg->type));
	log_tnum(env, reg->var_off);
	verbose(env, "+%d+%d size %u\n", reg->off, off, size);
	return -EACCES;
}

typedef int (*region_access)(struct verifier_env *env, const struct access *a);

/* Types that may carry flags are asked by base, the others must match whole. */
static region_access region_of(u32 type)
{
	switch (TYPE_BASE(type)) {
	case PTR_TO_MEM:
		return access_mem;
	case PTR_TO_BTF_ID:
		return type & PTR_MAYBE_NULL ? NULL : access_btf;
	default:
		break;
	}
	switch (type) {
	case PTR_TO_MAP_KEY:
		return access_map_key;
	case PTR_TO_MAP_VALUE:
		return access_map_value;
	case PTR_TO_CTX:
		return access_ctx;
	case PTR_TO_STACK:
		return access_stack;
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
		return access_packet;
	case PTR_TO_SOCKET:
	case PTR_TO_SOCK_COMMON:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_XDP_SOCK:
		return access_sock;
	case CONST_PTR_TO_MAP:
		return access_map_ptr;
	default:
		return NULL;
	}
}

int check_mem_access(struct verifier_env *env, u32 insn_idx, u32 regno, s32 off, u32 size,
		     enum access_kind kind, s32 value_regno, bool strict_alignment_once,
		     bool sign_extend)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	region_access handler = region_of(reg->type);
	const struct access a = {
		.insn_idx = insn_idx,
		.regno = regno,
		.off = off + reg->off,
		.size = size,
		.kind = kind,
		.value_regno = value_regno,
		.sign_extend = sign_extend,
	};
	struct reg_state *dst;
	int err = check_ptr_alignment(env, reg, off, size, strict_alignment_once);

	if (err)
		return err;
	if (!handler) {
		blame_lost_reference(env, reg);
		verbose(env, "R%u invalid mem access '%s'\n", regno, reg_type_str(reg->type));
		return -EACCES;
	}
	err = handler(env, &a);
	if (err || size == 8 || !access_loads(&a))
		return err;
	dst = &cur_regs(env)[value_regno];
	if (dst->type != SCALAR_VALUE)
		return 0;
	if (sign_extend)
		reg_coerce_to_size_sx(dst, size);
	else
		reg_coerce_to_size(dst, size);
	return 0;
}

/* ------------------------------------------------------------- one instruction, several pointers
 */

/* Types that the executor treats in a way of their own: an instruction may only see one of them. */
static bool needs_own_insn(u32 type)
{
	switch (TYPE_BASE(type)) {
	case PTR_TO_CTX:
	case PTR_TO_SOCKET:
	case PTR_TO_SOCK_COMMON:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_XDP_SOCK:
	case PTR_TO_BTF_ID:
	case PTR_TO_ARENA:
		return true;
	default:
		return false;
	}
}

/* Loads that are compared with the arena before they are done, see base/arena.h. */
static bool is_probed(u32 type)
{
	return TYPE_BASE(type) == PTR_TO_BTF_ID || TYPE_BASE(type) == CONST_PTR_TO_MAP ||
	       (TYPE_BASE(type) == PTR_TO_MEM && (type & PTR_UNTRUSTED));
}

static bool is_mem_or_btf(u32 type)
{
	return TYPE_BASE(type) == PTR_TO_MEM || TYPE_BASE(type) == PTR_TO_BTF_ID;
}

/*
 * Every path must agree on how the instruction reaches memory. With @allow_trust_mismatch trusted
 * and untrusted pointers may meet; but native memory outside the arena must not meet a probe, which
 * would read zeroes from it.
 */
static int merge_ptr_type(struct verifier_env *env, u32 type, bool allow_trust_mismatch)
{
	u32 *seen = &cur_insn_state(env)->ptr_type;

	if (*seen == NOT_INIT) {
		*seen = type;
		return 0;
	}
	if (*seen == type)
		return 0;
	if (is_probed(*seen) == is_probed(type)) {
		if (!needs_own_insn(*seen) && !needs_own_insn(type))
			return 0;
		if (allow_trust_mismatch && is_mem_or_btf(*seen) && is_mem_or_btf(type))
			return 0;
	}
	verbose(env, "same insn cannot be used with different pointers\n");
	return -EINVAL;
}

/* ------------------------------------------------------------------------------- instructions */

static int load(struct verifier_env *env, const struct bpf_insn *insn, bool strict_alignment,
		bool sign_extend, bool allow_trust_mismatch, const char *what)
{
	u32 type;
	int err = check_reg_arg(env, insn->src_reg, SRC_OP);

	if (!err)
		err = check_reg_arg(env, insn->dst_reg, DST_OP_NO_MARK);
	if (err)
		return err;
	type = cur_regs(env)[insn->src_reg].type;
	err = check_mem_access(env, env->insn_idx, insn->src_reg, insn->off, isa_op_of(insn)->size,
			       ACCESS_READ, insn->dst_reg, strict_alignment, sign_extend);
	if (!err)
		err = merge_ptr_type(env, type, allow_trust_mismatch);
	if (!err)
		err = reg_check_invariants(env, &cur_regs(env)[insn->dst_reg], what);
	return err;
}

static int store(struct verifier_env *env, const struct bpf_insn *insn, s32 value_regno,
		 bool strict_alignment)
{
	u32 type = cur_regs(env)[insn->dst_reg].type;
	int err = check_mem_access(env, env->insn_idx, insn->dst_reg, insn->off,
				   isa_op_of(insn)->size, ACCESS_WRITE, value_regno,
				   strict_alignment, false);

	return err ? err : merge_ptr_type(env, type, false);
}

static int store_reg(struct verifier_env *env, const struct bpf_insn *insn, bool strict_alignment)
{
	int err = check_reg_arg(env, insn->src_reg, SRC_OP);

	if (!err)
		err = check_reg_arg(env, insn->dst_reg, SRC_OP);
	return err ? err : store(env, insn, insn->src_reg, strict_alignment);
}

int check_load(struct verifier_env *env, const struct bpf_insn *insn, bool sign_extend)
{
	return load(env, insn, false, sign_extend, true, "ldx");
}

int check_store_reg(struct verifier_env *env, const struct bpf_insn *insn)
{
	return store_reg(env, insn, false);
}

int check_store_imm(struct verifier_env *env, const struct bpf_insn *insn)
{
	int err = check_reg_arg(env, insn->dst_reg, SRC_OP);

	return err ? err : store(env, insn, -1, false);
}

static bool atomic_ok(u32 type)
{
	switch (TYPE_BASE(type)) {
	case PTR_TO_CTX:
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_FLOW_KEYS:
	case PTR_TO_SOCKET:
	case PTR_TO_SOCK_COMMON:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_XDP_SOCK:
		return false;
	default:
		return true;
	}
}

static int check_atomic_ptr(struct verifier_env *env, u32 regno, const char *what)
{
	u32 type = cur_regs(env)[regno].type;

	if (atomic_ok(type))
		return 0;
	verbose(env, "BPF_ATOMIC %s R%u %s is not allowed\n", what, regno, reg_type_str(type));
	return -EACCES;
}

static int check_atomic_load(struct verifier_env *env, const struct bpf_insn *insn)
{
	/* Asked before the load overwrites the register, where it is its own destination. */
	bool ok = atomic_ok(cur_regs(env)[insn->src_reg].type);
	const u32 type = cur_regs(env)[insn->src_reg].type;
	int err = load(env, insn, true, false, false, "atomic_load");

	if (err || ok)
		return err;
	verbose(env, "BPF_ATOMIC loads from R%u %s is not allowed\n", insn->src_reg,
		reg_type_str(type));
	return -EACCES;
}

static int check_atomic_store(struct verifier_env *env, const struct bpf_insn *insn)
{
	int err = store_reg(env, insn, true);

	return err ? err : check_atomic_ptr(env, insn->dst_reg, "stores into");
}

/* Reads the old value, into @load_regno unless that is -1, and writes a new one. */
static int check_rmw_memory(struct verifier_env *env, const struct bpf_insn *insn, s32 load_regno)
{
	u32 type = cur_regs(env)[insn->dst_reg].type;
	u32 size = isa_op_of(insn)->size;
	int err;

	/* The read proper; then, once it is known to be allowed, the register that it fills. */
	err = check_mem_access(env, env->insn_idx, insn->dst_reg, insn->off, size, ACCESS_READ, -1,
			       true, false);
	if (!err && load_regno >= 0)
		err = check_mem_access(env, env->insn_idx, insn->dst_reg, insn->off, size,
				       ACCESS_READ, load_regno, true, false);
	if (!err)
		err = check_mem_access(env, env->insn_idx, insn->dst_reg, insn->off, size,
				       ACCESS_WRITE, -1, true, false);
	return err ? err : merge_ptr_type(env, type, false);
}

static int check_atomic_rmw(struct verifier_env *env, const struct bpf_insn *insn)
{
	s32 load_regno = -1;
	int err;

	if (BPF_SIZE(insn->code) != BPF_W && BPF_SIZE(insn->code) != BPF_DW) {
		verbose(env, "invalid atomic operand size\n");
		return -EINVAL;
	}
	err = check_reg_arg(env, insn->src_reg, SRC_OP);
	if (!err)
		err = check_reg_arg(env, insn->dst_reg, SRC_OP);
	if (!err && insn->imm == BPF_CMPXCHG)
		err = check_reg_arg(env, BPF_REG_0, SRC_OP);
	if (!err)
		err = check_atomic_ptr(env, insn->dst_reg, "stores into");
	if (err)
		return err;
	if (insn->imm & BPF_FETCH) {
		load_regno = insn->imm == BPF_CMPXCHG ? BPF_REG_0 : insn->src_reg;
		err = check_reg_arg(env, (u32)load_regno, DST_OP);
		if (err)
			return err;
	}
	return check_rmw_memory(env, insn, load_regno);
}

int check_atomic(struct verifier_env *env, const struct bpf_insn *insn)
{
	if (!isa_atomic_is_known(insn->imm)) {
		verbose(env, "BPF_ATOMIC uses invalid atomic opcode %02x\n", (u32)insn->imm);
		return -EINVAL;
	}
	switch (insn->imm) {
	case BPF_LOAD_ACQ:
		return check_atomic_load(env, insn);
	case BPF_STORE_REL:
		return check_atomic_store(env, insn);
	default:
		return check_atomic_rmw(env, insn);
	}
}
