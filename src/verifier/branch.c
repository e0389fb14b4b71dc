// SPDX-License-Identifier: BSD-2-Clause
/* Conditional jumps: which ways are possible, and what each side learns. */
#include <errno.h>

#include "env.h"

static bool reg_not_null(const struct reg_state *reg)
{
	if (reg_may_be_null(reg))
		return false;
	switch (TYPE_BASE(reg->type)) {
	case PTR_TO_SOCKET:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MAP_KEY:
	case PTR_TO_SOCK_COMMON:
	case CONST_PTR_TO_MAP:
		return true;
	case PTR_TO_BTF_ID:
		return is_trusted_reg(reg);
	case PTR_TO_MEM:
		return !(reg->type & PTR_UNTRUSTED);
	default:
		return false;
	}
}

static bool is_pointer(const struct reg_state *reg)
{
	return reg->type != SCALAR_VALUE && reg->type != NOT_INIT;
}

static bool is_pkt(const struct reg_state *reg)
{
	return reg->type == PTR_TO_PACKET || reg->type == PTR_TO_PACKET_META;
}

static bool is_pkt_or_end(const struct reg_state *reg)
{
	return is_pkt(reg) || reg->type == PTR_TO_PACKET_END;
}

/* a OP b == b mirrored(OP) a */
static u8 mirrored(u8 op)
{
	switch (op) {
	case BPF_JGT:
		return BPF_JLT;
	case BPF_JLT:
		return BPF_JGT;
	case BPF_JGE:
		return BPF_JLE;
	case BPF_JLE:
		return BPF_JGE;
	case BPF_JSGT:
		return BPF_JSLT;
	case BPF_JSLT:
		return BPF_JSGT;
	case BPF_JSGE:
		return BPF_JSLE;
	case BPF_JSLE:
		return BPF_JSGE;
	default:
		return op;
	}
}

/* A packet pointer that an earlier comparison placed at or beyond data_end. */
static int pkt_branch_taken(const struct reg_state *a, const struct reg_state *b, u8 op)
{
	const struct reg_state *pkt;

	if (b->type == PTR_TO_PACKET_END) {
		pkt = a;
	} else if (a->type == PTR_TO_PACKET_END) {
		pkt = b;
		op = mirrored(op);
	} else {
		return -1;
	}
	if (pkt->range >= 0)
		return -1;
	switch (op) {
	case BPF_JLE:
	case BPF_JGT:
		return pkt->range == BEYOND_PKT_END ? op == BPF_JGT : -1;
	case BPF_JLT:
	case BPF_JGE:
		return op == BPF_JGE;
	default:
		return -1;
	}
}

static int branch_taken(struct reg_state *a, struct reg_state *b, u8 op, bool jmp32)
{
	if (is_pkt_or_end(a) && is_pkt_or_end(b) && !jmp32)
		return pkt_branch_taken(a, b, op);
	if (is_pointer(a) || is_pointer(b)) {
		const struct reg_state *ptr = a;
		const struct reg_state *val = b;

		if (!(jmp32 ? reg_is_const32(val) : reg_is_const(val))) {
			ptr = b;
			val = a;
		}
		if (!(jmp32 ? reg_is_const32(val) : reg_is_const(val)))
			return -1;
		if (!reg_not_null(ptr))
			return -1;
		if (jmp32 ? (u32)val->var_off.value : val->var_off.value)
			return -1;
		return op == BPF_JEQ ? 0 : op == BPF_JNE ? 1 : -1;
	}
	return scalar_branch_taken(a, b, op, jmp32);
}

struct range_update {
	u32 type;
	u32 id;
	s32 range;
};

static void raise_range(struct func_state *fs, struct reg_state *reg, void *arg)
{
	const struct range_update *u = arg;

	(void)fs;
	if (reg->type == u->type && reg->id == u->id)
		reg->range = max(reg->range, u->range);
}

/*
 * @reg proved to lie before data_end (or at it, if not @open): all pointers with its base may read
 * up to its constant offset. With @open one byte more.
 */
static void learn_pkt_range(struct verifier_state *st, const struct reg_state *reg, bool open)
{
	struct range_update u = {reg->type, reg->id, reg->off + open};

	if (reg->off < 0 || (reg->off == 0 && open))
		return;
	/* Beyond that data + off might wrap round the address space. */
	if (reg->umax > MAX_PACKET_OFF || reg->umax + (u64)reg->off > MAX_PACKET_OFF)
		return;
	state_for_each_reg(st, raise_range, &u);
}

static void learn_pkt_end(struct verifier_state *st, u32 regno, bool beyond)
{
	struct reg_state *reg = &cur_func_of(st)->regs[regno];

	if (reg->type == PTR_TO_PACKET)
		reg->range = beyond ? BEYOND_PKT_END : AT_PKT_END;
}

static bool is_pkt_start(const struct reg_state *reg)
{
	return reg->type == PTR_TO_PACKET && !reg->id && !reg->off &&
	       tnum_equals_const(reg->var_off, 0);
}

/* `lim` bounds `ptr`: data_end the packet, data (itself) the metadata before it. */
static bool bounds_packet(const struct reg_state *ptr, const struct reg_state *lim)
{
	return (ptr->type == PTR_TO_PACKET && lim->type == PTR_TO_PACKET_END) ||
	       (ptr->type == PTR_TO_PACKET_META && is_pkt_start(lim));
}

static void match_pkt_pointers(const struct bpf_insn *insn, struct verifier_state *fallthrough,
			       struct verifier_state *jumped)
{
	const struct reg_state *dst = &cur_func_of(fallthrough)->regs[insn->dst_reg];
	const struct reg_state *src = &cur_func_of(fallthrough)->regs[insn->src_reg];
	u8 op = BPF_OP(insn->code);
	struct verifier_state *inside, *outside;
	struct reg_state ptr;
	u32 regno;
	bool strict;

	if (BPF_SRC(insn->code) != BPF_X || BPF_CLASS(insn->code) == BPF_JMP32)
		return;
	if (bounds_packet(dst, src)) {
		regno = insn->dst_reg;
	} else if (bounds_packet(src, dst)) {
		regno = insn->src_reg;
		op = mirrored(op);
	} else {
		return;
	}
	ptr = cur_func_of(fallthrough)->regs[regno];
	/* From here on: ptr OP limit. */
	if (op == BPF_JGT || op == BPF_JGE) {
		inside = fallthrough;
		outside = jumped;
	} else if (op == BPF_JLT || op == BPF_JLE) {
		inside = jumped;
		outside = fallthrough;
	} else {
		return;
	}
	/* JGT/JLE split at ptr <= limit | ptr > limit; JGE/JLT at ptr < limit | ptr >= limit. */
	strict = op == BPF_JGE || op == BPF_JLT;
	learn_pkt_range(inside, &ptr, strict);
	learn_pkt_end(outside, regno, !strict);
}

void mark_ptr_not_null_reg(struct reg_state *reg)
{
	if (TYPE_BASE(reg->type) == PTR_TO_MAP_VALUE) {
		struct map *map = reg->map;

		if (map->inner_meta) {
			reg->type = CONST_PTR_TO_MAP;
			/* Timers and work queues of different inner maps must not be mixed up. */
			reg->map_uid = map->inner_meta->record && map->inner_meta->record->mask &
									  (BTF_FIELD_TIMER |
									   BTF_FIELD_WORKQUEUE)
					       ? reg->id
					       : 0;
			reg->map = map->inner_meta;
		} else if (map->type == BPF_MAP_TYPE_XSKMAP) {
			reg->type = PTR_TO_XDP_SOCK;
		} else if (map->type == BPF_MAP_TYPE_SOCKMAP ||
			   map->type == BPF_MAP_TYPE_SOCKHASH) {
			reg->type = PTR_TO_SOCKET;
		} else {
			reg->type = PTR_TO_MAP_VALUE;
		}
		return;
	}
	reg->type &= ~PTR_MAYBE_NULL;
}

/* A spin lock is named by the id of the register it was taken through. */
static bool may_hold_lock(const struct reg_state *reg)
{
	const struct btf_record *rec;

	if (TYPE_BASE(reg->type) == PTR_TO_MAP_VALUE)
		return reg->map->record && reg->map->record->spin_lock_off >= 0;
	if (TYPE_BASE(reg->type) != PTR_TO_BTF_ID || !(reg->type & MEM_ALLOC))
		return false;
	rec = btf_struct_record(reg->btf, reg->btf_id);
	return rec && rec->mask & (BTF_FIELD_SPIN_LOCK | BTF_FIELD_RES_SPIN_LOCK);
}

struct null_update {
	u32 id;
	bool is_null;
};

static void decide_null(struct func_state *fs, struct reg_state *reg, void *arg)
{
	const struct null_update *u = arg;

	(void)fs;
	if (!reg_may_be_null(reg) || reg->id != u->id)
		return;
	if (u->is_null) {
		/* A NULL holds no reference. The value is 0, which the bounds already say: no
		 * arithmetic was allowed before the check. */
		reg->type = SCALAR_VALUE;
		reg->id = 0;
		reg->off = 0;
		reg->ref_obj_id = 0;
		return;
	}
	mark_ptr_not_null_reg(reg);
	if (!may_hold_lock(reg))
		reg->id = 0;
}

static void mark_ptr_or_null_regs(struct verifier_state *st, u32 regno, bool is_null)
{
	const struct reg_state *reg = &cur_func_of(st)->regs[regno];
	struct null_update u = {reg->id, is_null};

	/* The acquiring call returned NULL: there is nothing to release on this path. */
	if (is_null && reg->ref_obj_id && reg->ref_obj_id == reg->id)
		release_reference_nomark(st, reg->id);
	state_for_each_reg(st, decide_null, &u);
}

static int check_may_goto(struct verifier_env *env, const struct bpf_insn *insn, u32 *insn_idx)
{
	struct verifier_state *st = env->cur;
	struct verifier_state *prev, *queued;
	u32 idx = *insn_idx;

	if (insn->code != (BPF_JMP | BPF_JCOND) || insn->src_reg != BPF_MAY_GOTO || insn->dst_reg ||
	    insn->imm) {
		verbose(env, "invalid may_goto imm %d\n", insn->imm);
		return -EINVAL;
	}
	prev = find_prev_entry(env, st->parent, idx);
	/* Fall through later; what the loop has come to by then is widened so that it converges. */
	queued = push_branch(env, idx + 1, idx);
	if (!queued)
		return -ENOMEM;
	queued->may_goto_depth++;
	if (prev) {
		int err = widen_imprecise_scalars(env, prev, queued);

		if (err)
			return err;
	}
	path_push(env, ESPALIER_STEP_BRANCH, idx, true, 0);
	*insn_idx += insn->off;
	return 0;
}

/* Operands checked and read: @imm is scratch space for the constant of a BPF_K jump. */
static int read_operands(struct verifier_env *env, const struct bpf_insn *insn,
			 struct reg_state *imm, struct reg_state **dst, struct reg_state **src)
{
	struct reg_state *regs = cur_regs(env);
	u32 flags = 0;
	int err = check_reg_arg(env, insn->dst_reg, SRC_OP);

	if (err)
		return err;
	*dst = &regs[insn->dst_reg];
	if (BPF_SRC(insn->code) == BPF_X) {
		if (insn->imm) {
			verbose(env, "BPF_JMP/JMP32 uses reserved fields\n");
			return -EINVAL;
		}
		err = check_reg_arg(env, insn->src_reg, SRC_OP);
		if (err)
			return err;
		*src = &regs[insn->src_reg];
		if ((*src)->type == PTR_TO_STACK)
			flags |= INSN_F_SRC_REG_STACK;
	} else {
		if (insn->src_reg != BPF_REG_0) {
			verbose(env, "BPF_JMP/JMP32 uses reserved fields\n");
			return -EINVAL;
		}
		reg_set_scalar_const(imm, (u64)(s64)insn->imm);
		*src = imm;
	}
	if ((*dst)->type == PTR_TO_STACK)
		flags |= INSN_F_DST_REG_STACK;
	return flags ? push_jmp_history(env, env->cur, flags, 0) : 0;
}

/* The way is decided by the values: they must stay what they are for the decision to hold. */
static int mark_decided(struct verifier_env *env, const struct bpf_insn *insn,
			const struct reg_state *dst, const struct reg_state *src)
{
	int err = 0;

	if (!is_pointer(dst))
		err = mark_chain_precision(env, insn->dst_reg);
	if (!err && BPF_SRC(insn->code) == BPF_X && !is_pointer(src))
		err = mark_chain_precision(env, insn->src_reg);
	return err;
}

/* Both ways are possible: narrow the operands on each side. */
static int learn_scalars(struct verifier_env *env, struct reg_state *false_dst,
			 struct reg_state *false_src, struct reg_state *true_dst,
			 struct reg_state *true_src, u8 op, bool jmp32)
{
	int err;

	if (false_dst->type != SCALAR_VALUE || false_src->type != SCALAR_VALUE)
		return 0;
	scalar_refine(false_dst, false_src, scalar_opposite(op), jmp32);
	reg_sync_bounds(false_dst);
	reg_sync_bounds(false_src);
	scalar_refine(true_dst, true_src, op, jmp32);
	reg_sync_bounds(true_dst);
	reg_sync_bounds(true_src);
	err = reg_check_invariants(env, true_dst, "true_reg1");
	if (!err)
		err = reg_check_invariants(env, true_src, "true_reg2");
	if (!err)
		err = reg_check_invariants(env, false_dst, "false_reg1");
	if (!err)
		err = reg_check_invariants(env, false_src, "false_reg2");
	return err;
}

static void sync_linked(struct verifier_state *st, const struct reg_state *reg,
			const struct linked_regs *linked)
{
	if (reg->type == SCALAR_VALUE && reg->id)
		linked_regs_sync(st, reg, linked);
}

/*
 * Two pointers found equal, one of which cannot be NULL: the other is not NULL either. Not for BTF
 * pointers, which may be NULL without saying so.
 */
static void learn_not_null_by_compare(const struct bpf_insn *insn, struct reg_state *fall_regs,
				      struct reg_state *jump_regs)
{
	struct reg_state *dst = &fall_regs[insn->dst_reg];
	struct reg_state *src = &fall_regs[insn->src_reg];
	u8 op = BPF_OP(insn->code);
	struct reg_state *equal_side;

	if (BPF_SRC(insn->code) != BPF_X || !is_pointer(src) || !is_pointer(dst) ||
	    reg_may_be_null(src) == reg_may_be_null(dst) || reg_base_type(src) == PTR_TO_BTF_ID ||
	    reg_base_type(dst) == PTR_TO_BTF_ID)
		return;
	if (op == BPF_JEQ)
		equal_side = jump_regs;
	else if (op == BPF_JNE)
		equal_side = fall_regs;
	else
		return;
	mark_ptr_not_null_reg(&equal_side[reg_may_be_null(src) ? insn->src_reg : insn->dst_reg]);
}

static void learn_pointers(const struct bpf_insn *insn, struct verifier_state *fall,
			   struct verifier_state *jump)
{
	struct reg_state *fall_regs = cur_func_of(fall)->regs;
	u8 op = BPF_OP(insn->code);

	if (BPF_CLASS(insn->code) == BPF_JMP32)
		return;
	learn_not_null_by_compare(insn, fall_regs, cur_func_of(jump)->regs);
	if (BPF_SRC(insn->code) == BPF_K && !insn->imm && (op == BPF_JEQ || op == BPF_JNE) &&
	    reg_may_be_null(&fall_regs[insn->dst_reg])) {
		mark_ptr_or_null_regs(fall, insn->dst_reg, op == BPF_JNE);
		mark_ptr_or_null_regs(jump, insn->dst_reg, op == BPF_JEQ);
		return;
	}
	match_pkt_pointers(insn, fall, jump);
}

static int fork_branch(struct verifier_env *env, const struct bpf_insn *insn, u32 insn_idx,
		       struct reg_state *dst, struct reg_state *src)
{
	bool jmp32 = BPF_CLASS(insn->code) == BPF_JMP32;
	bool src_is_reg = BPF_SRC(insn->code) == BPF_X;
	struct verifier_state *fall = env->cur;
	struct linked_regs linked = {0};
	struct verifier_state *jump;
	struct reg_state jump_imm = *src;
	struct reg_state *jump_regs, *jump_dst, *jump_src;
	int err = 0;

	/* Before the fork, so that both sides share the history entry. Operands with one id enter
	 * its registers twice, as in Linux 6.18: that fewer fit in decides what is known later. */
	if (src_is_reg && src->type == SCALAR_VALUE && src->id)
		linked_regs_collect(env, fall, src->id, &linked);
	if (dst->type == SCALAR_VALUE && dst->id)
		linked_regs_collect(env, fall, dst->id, &linked);
	if (linked.cnt > 1)
		err = push_jmp_history(env, fall, 0, linked_regs_pack(&linked));
	if (err)
		return err;

	jump = push_branch(env, (u32)((s32)insn_idx + insn->off + 1), insn_idx);
	if (!jump)
		return -EFAULT;
	path_push(env, ESPALIER_STEP_BRANCH, insn_idx, false, 0);
	jump_regs = cur_func_of(jump)->regs;
	jump_dst = &jump_regs[insn->dst_reg];
	jump_src = src_is_reg ? &jump_regs[insn->src_reg] : &jump_imm;

	err = learn_scalars(env, dst, src, jump_dst, jump_src, BPF_OP(insn->code), jmp32);
	if (err)
		return err;
	if (src_is_reg) {
		sync_linked(fall, src, &linked);
		sync_linked(jump, jump_src, &linked);
	}
	sync_linked(fall, dst, &linked);
	sync_linked(jump, jump_dst, &linked);
	learn_pointers(insn, fall, jump);
	return 0;
}

int check_cond_jmp(struct verifier_env *env, const struct bpf_insn *insn, u32 *insn_idx)
{
	bool jmp32 = BPF_CLASS(insn->code) == BPF_JMP32;
	u8 op = BPF_OP(insn->code);
	struct reg_state *dst, *src;
	struct reg_state imm;
	int taken, err;

	if (op == BPF_JA || (op > BPF_JSLE && op != BPF_JCOND)) {
		verbose(env, "invalid BPF_JMP/JMP32 opcode %x\n", op);
		return -EINVAL;
	}
	if (op == BPF_JCOND)
		return check_may_goto(env, insn, insn_idx);
	err = read_operands(env, insn, &imm, &dst, &src);
	if (err)
		return err;
	taken = branch_taken(dst, src, op, jmp32);
	if (taken < 0) {
		err = fork_branch(env, insn, *insn_idx, dst, src);
	} else {
		err = mark_decided(env, insn, dst, src);
		path_push(env, ESPALIER_STEP_BRANCH, *insn_idx, taken, 0);
	}
	if (!err && env->log->level & VLOG_LEVEL)
		log_insn_state(env, env->cur, env->cur->curframe);
	if (taken > 0)
		*insn_idx += insn->off;
	return err;
}
