// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "code.h"
#include "facts.h"
#include "fuse.h"
#include "isa/isa.h"
#include "jit.h"
#include "packet/ctxfield.h"

/*
 * From instructions and what the verifier found out about them to struct exec_code. Each function
 * below turns one class of instruction into operations. What contradicts the verifier's facts is
 * -EINVAL: it never happens to a verified program.
 */
struct rewriter {
	const struct prog *prog;
	struct facts facts;
	struct op *ops; /* jumps hold the target instruction in off until resolve() */
	u32 nr;
	u32 room;
	u32 *at;     /* instruction to operation */
	bool *leads; /* by instruction: something jumps there, or a function begins */
};

#define NO_REG_ABOVE	 10
#define NO_QUEUE_MAPPING 0xffff

static int emit(struct rewriter *rw, u32 code, u8 dst, u8 src, s32 off, u64 imm)
{
	if (rw->nr == rw->room) {
		u32 room = rw->room + rw->room / 2 + 64;
		struct op *ops = realloc(rw->ops, room * sizeof(*ops));

		if (!ops)
			return -ENOMEM;
		rw->ops = ops;
		rw->room = room;
	}
	rw->ops[rw->nr++] =
		(struct op){.code = (u16)code, .dst = dst, .src = src, .off = off, .imm = imm};
	return 0;
}

static u64 imm_of(const struct bpf_insn *insn)
{
	return (u64)(s64)insn->imm;
}

/* Position of an access size among the members of a FOR_EACH_WIDTH family. */
static u32 width_of(u32 bytes)
{
	return (u32)__builtin_ctz(bytes);
}

/* The member of a family of four (64_K, 64_X, 32_K, 32_X). */
static u32 variant(u32 base, const struct isa_op *op)
{
	return base + (op->is32 ? 2 : 0) + (op->src_reg ? 1 : 0);
}

static int rewrite_mov(struct rewriter *rw, const struct bpf_insn *insn, const struct isa_op *op)
{
	u32 code;

	if (!op->src_reg || !insn->off)
		return emit(rw, variant(OP_MOV64_K, op), insn->dst_reg, insn->src_reg, 0,
			    imm_of(insn));
	switch (insn->off) {
	case 8:
		code = op->is32 ? OP_MOVSX8_32 : OP_MOVSX8_64;
		break;
	case 16:
		code = op->is32 ? OP_MOVSX16_32 : OP_MOVSX16_64;
		break;
	case 32:
		code = op->is32 ? OP_MOV32_X : OP_MOVSX32_64;
		break;
	default: /* address space casts: no arena maps here */
		return -EINVAL;
	}
	return emit(rw, code, insn->dst_reg, insn->src_reg, 0, 0);
}

static int rewrite_alu(struct rewriter *rw, const struct bpf_insn *insn, const struct isa_op *op)
{
	static const u16 family[16] = {
		[BPF_ADD >> 4] = OP_ADD64_K,   [BPF_SUB >> 4] = OP_SUB64_K,
		[BPF_MUL >> 4] = OP_MUL64_K,   [BPF_DIV >> 4] = OP_DIV64_K,
		[BPF_MOD >> 4] = OP_MOD64_K,   [BPF_OR >> 4] = OP_OR64_K,
		[BPF_AND >> 4] = OP_AND64_K,   [BPF_XOR >> 4] = OP_XOR64_K,
		[BPF_LSH >> 4] = OP_LSH64_K,   [BPF_RSH >> 4] = OP_RSH64_K,
		[BPF_ARSH >> 4] = OP_ARSH64_K,
	};
	u32 base = family[BPF_OP(insn->code) >> 4];

	switch (BPF_OP(insn->code)) {
	case BPF_MOV:
		return rewrite_mov(rw, insn, op);
	case BPF_NEG:
		return emit(rw, op->is32 ? OP_NEG32 : OP_NEG64, insn->dst_reg, 0, 0, 0);
	case BPF_DIV:
		if (insn->off)
			base = OP_SDIV64_K;
		break;
	case BPF_MOD:
		if (insn->off)
			base = OP_SMOD64_K;
		break;
	}
	return emit(rw, variant(base, op), insn->dst_reg, insn->src_reg, 0, imm_of(insn));
}

static int rewrite_end(struct rewriter *rw, const struct bpf_insn *insn)
{
	/* Little-endian to host, on a little-endian host: only the upper bits go. */
	bool swap = insn->code != (BPF_ALU | BPF_END | BPF_TO_LE);

	switch (insn->imm) {
	case 16:
		return emit(rw, swap ? OP_BSWAP16 : OP_ZEXT16, insn->dst_reg, 0, 0, 0);
	case 32:
		return emit(rw, swap ? OP_BSWAP32 : OP_ZEXT32, insn->dst_reg, 0, 0, 0);
	case 64:
		return swap ? emit(rw, OP_BSWAP64, insn->dst_reg, 0, 0, 0) : 0;
	default:
		return -EINVAL;
	}
}

static bool is_fact(const struct rewriter *rw, u32 idx, u8 fact)
{
	return rw->facts.insn && rw->facts.insn[idx] & fact;
}

/* Is a load through a kernel pointer one that cannot go wrong? */
static bool need_not_probe(const struct rewriter *rw, u32 idx)
{
#ifdef RCU_TSAN
	/* The interpreter shows probing loads to the sanitizer. */
	(void)rw;
	(void)idx;
	return false;
#else
	return is_fact(rw, idx, FACT_STATE);
#endif
}

static int ctx_field(const struct rewriter *rw, const struct bpf_insn *insn,
		     const struct insn_aux *aux, u32 size, u32 flags, struct ctx_access *field)
{
	const struct prog *prog = rw->prog;

	if (aux->ctx_off != insn->off)
		return -EINVAL;
	if (ctx_access_lookup(prog->type, prog->expected_attach_type, aux->ctx_off, size, flags,
			      field))
		return -EINVAL;
	return 0;
}

static int rewrite_load(struct rewriter *rw, const struct bpf_insn *insn, const struct isa_op *op,
			u32 idx)
{
	const struct insn_aux *aux = &rw->prog->aux[idx];
	bool sx = op->cls == ISA_LOAD_SX;
	u32 base = sx ? OP_LDSX8 : OP_LD8;
	u32 size = op->size;
	s32 off = insn->off;
	struct ctx_access field;

	switch ((enum insn_access)aux->access) {
	case ACCESS_NONE:
		break;
	case ACCESS_CTX:
		if (ctx_field(rw, insn, aux, size, sx ? CTX_F_SIGNED : 0, &field))
			return -EINVAL;
		off = field.native_off;
		size = field.native_size;
		break;
	case ACCESS_PROBE:
		if (!need_not_probe(rw, idx))
			base = sx ? OP_PROBESX8 : OP_PROBE8;
		break;
	case ACCESS_SOCK:
		return emit(rw, OP_MOV64_K, insn->dst_reg, 0, 0, 0);
	}
	if (sx && size == 8)
		return -EINVAL;
	return emit(rw, base + width_of(size), insn->dst_reg, insn->src_reg, off, 0);
}

/* The operation of the OP_ST* family. */
static u32 store_op(u32 size, bool from_reg)
{
	return OP_ST8_X + 2 * width_of(size) + !from_reg;
}

static int rewrite_store(struct rewriter *rw, const struct bpf_insn *insn, const struct isa_op *op,
			 const struct insn_aux *aux)
{
	struct ctx_access field;

	if (aux->access == ACCESS_NONE)
		return emit(rw, store_op(op->size, op->src_reg), insn->dst_reg, insn->src_reg,
			    insn->off, imm_of(insn));
	if (aux->access != ACCESS_CTX || ctx_field(rw, insn, aux, op->size, CTX_F_WRITE, &field))
		return -EINVAL;
	if (field.store == CTX_STORE_BELOW_16) {
		if (op->src_reg)
			return emit(rw, OP_ST16_BELOW_X, insn->dst_reg, insn->src_reg,
				    field.native_off, 0);
		if (insn->imm >= NO_QUEUE_MAPPING)
			return 0;
	}
	return emit(rw, store_op(field.native_size, op->src_reg), insn->dst_reg, insn->src_reg,
		    field.native_off, imm_of(insn));
}

static int rewrite_atomic(struct rewriter *rw, const struct bpf_insn *insn, const struct isa_op *op,
			  const struct insn_aux *aux)
{
	u32 width = width_of(op->size);
	u32 base;

	if (insn->imm == BPF_LOAD_ACQ && aux->access == ACCESS_PROBE)
		return emit(rw, OP_PROBE8 + width, insn->dst_reg, insn->src_reg, insn->off, 0);
	if (aux->access != ACCESS_NONE)
		return -EINVAL;
	switch (insn->imm) {
	case BPF_LOAD_ACQ:
		return emit(rw, OP_LOAD_ACQ8 + 2 * width, insn->dst_reg, insn->src_reg, insn->off,
			    0);
	case BPF_STORE_REL:
		return emit(rw, OP_STORE_REL8 + 2 * width, insn->dst_reg, insn->src_reg, insn->off,
			    0);
	case BPF_XCHG:
		base = OP_XCHG32;
		break;
	case BPF_CMPXCHG:
		base = OP_CMPXCHG32;
		break;
	case BPF_ADD:
	case BPF_ADD | BPF_FETCH:
		base = OP_ATOMIC_ADD32;
		break;
	case BPF_OR:
	case BPF_OR | BPF_FETCH:
		base = OP_ATOMIC_OR32;
		break;
	case BPF_AND:
	case BPF_AND | BPF_FETCH:
		base = OP_ATOMIC_AND32;
		break;
	case BPF_XOR:
	case BPF_XOR | BPF_FETCH:
		base = OP_ATOMIC_XOR32;
		break;
	default:
		return -EINVAL;
	}
	if (op->size < 4)
		return -EINVAL;
	if (base < OP_XCHG32 && (insn->imm & BPF_FETCH))
		base += 2;
	return emit(rw, base + (op->size == 8), insn->dst_reg, insn->src_reg, insn->off, 0);
}

static int rewrite_ld_imm64(struct rewriter *rw, const struct bpf_insn *insn,
			    const struct insn_aux *aux)
{
	if (!insn->src_reg)
		return emit(rw, OP_MOV64_K, insn->dst_reg, 0, 0, isa_imm64(insn));
	if (!aux->is_func)
		return emit(rw, OP_MOV64_K, insn->dst_reg, 0, 0, aux->imm64);
	if (aux->imm64 >= rw->prog->nr_subprogs)
		return -EINVAL;
	return emit(rw, OP_LD_FUNC, insn->dst_reg, 0, 0, aux->imm64);
}

static int rewrite_jump(struct rewriter *rw, const struct bpf_insn *insn, const struct isa_op *op,
			u32 idx)
{
	static const u16 family[16] = {
		[BPF_JEQ >> 4] = OP_JEQ64_K,   [BPF_JNE >> 4] = OP_JNE64_K,
		[BPF_JGT >> 4] = OP_JGT64_K,   [BPF_JGE >> 4] = OP_JGE64_K,
		[BPF_JLT >> 4] = OP_JLT64_K,   [BPF_JLE >> 4] = OP_JLE64_K,
		[BPF_JSGT >> 4] = OP_JSGT64_K, [BPF_JSGE >> 4] = OP_JSGE64_K,
		[BPF_JSLT >> 4] = OP_JSLT64_K, [BPF_JSLE >> 4] = OP_JSLE64_K,
		[BPF_JSET >> 4] = OP_JSET64_K,
	};
	s32 target = isa_jump_target(insn, (s32)idx);

	if (target < 0 || (u32)target >= rw->prog->len)
		return -EINVAL;
	switch (op->cls) {
	case ISA_JA:
		if ((u32)target == idx + 1)
			return 0;
		return emit(rw, OP_JA, 0, 0, target, 0);
	case ISA_MAY_GOTO:
		return emit(rw, OP_MAY_GOTO, 0, 0, target, 0);
	default:
		return emit(rw, variant(family[BPF_OP(insn->code) >> 4], op), insn->dst_reg,
			    insn->src_reg, target, imm_of(insn));
	}
}

static bool calls_back(const struct helper *helper)
{
	for (size_t i = 0; i < ARRAY_SIZE(helper->arg); i++) {
		if (TYPE_BASE(helper->arg[i]) == ARG_PTR_TO_FUNC)
			return true;
	}
	return false;
}

/* What becomes of a helper whose map is known, or OP_CALL. */
static u32 map_call(s32 func)
{
	switch (func) {
	case BPF_FUNC_map_lookup_elem:
		return OP_MAP_LOOKUP;
	case BPF_FUNC_map_update_elem:
		return OP_MAP_UPDATE;
	case BPF_FUNC_redirect_map:
		return OP_MAP_REDIRECT;
	default:
		return OP_CALL;
	}
}

static int rewrite_helper_call(struct rewriter *rw, const struct bpf_insn *insn,
			       const struct insn_aux *aux)
{
	const struct helper *helper = aux->helper;
	u32 code;

	if (insn->imm == BPF_FUNC_tail_call)
		return emit(rw, OP_TAIL_CALL, 0, 0, 0, 0);
	if (!helper || !helper->fn)
		return -EINVAL;
	code = map_call(insn->imm);
	if (code != OP_CALL && aux->map)
		return emit(rw, code, 0, 0, 0, (uintptr_t)aux->map);
	if (insn->imm == BPF_FUNC_get_smp_processor_id)
		return emit(rw, OP_CPU, 0, 0, 0, 0);
	if (insn->imm == BPF_FUNC_redirect && rw->prog->type == BPF_PROG_TYPE_XDP)
		return emit(rw, OP_XDP_REDIRECT, 0, 0, 0, (uintptr_t)helper->fn);
	return emit(rw, calls_back(helper) ? OP_CALL_BACK : OP_CALL, 0, 0, 0,
		    (uintptr_t)helper->fn);
}

static int rewrite_lookup(struct rewriter *rw, u32 idx, const struct kfunc *kfunc)
{
	const struct lookup_facts *facts = facts_of_lookup(&rw->facts, idx);
	bool counted = rw->prog->count_all || !is_fact(rw, idx, FACT_UNCOUNTED);
	struct xfrm_lookup lookup;
	int err = 0;

	if (!facts)
		return emit(rw, OP_CALL, 0, 0, 0, (uintptr_t)kfunc->fn);
	lookup = kfunc_xfrm_lookup(&facts->known, counted);
	if (lookup.has_arg)
		err = emit(rw, OP_MOV64_K, BPF_REG_3, 0, 0, lookup.arg);
	return err ? err : emit(rw, OP_CALL, 0, 0, 0, (uintptr_t)lookup.fn);
}

static int rewrite_kfunc_call(struct rewriter *rw, u32 idx)
{
	const struct insn_aux *aux = &rw->prog->aux[idx];
	const struct kfunc *kfunc = aux->kfunc;
	u32 code = OP_CALL;
	int err;

	if (!kfunc)
		return -EINVAL;
	switch (kfunc->special) {
	case KFUNC_XDP_GET_XFRM_STATE:
		return rewrite_lookup(rw, idx, kfunc);
	case KFUNC_XDP_XFRM_STATE_RELEASE:
		if (is_fact(rw, idx, FACT_UNCOUNTED) && !rw->prog->count_all)
			return 0;
		break;
	case KFUNC_THROW:
		return emit(rw, OP_THROW, 0, 0, 0, 0);
	case KFUNC_CAST_TO_KERN_CTX: /* struct xdp_ctx and skb_ctx begin with the kernel's type */
	case KFUNC_RDONLY_CAST:
		return emit(rw, OP_MOV64_X, BPF_REG_0, BPF_REG_1, 0, 0);
	case KFUNC_RCU_READ_LOCK: /* the whole run is a read-side section on one CPU's lease */
	case KFUNC_RCU_READ_UNLOCK:
	case KFUNC_PREEMPT_DISABLE:
	case KFUNC_PREEMPT_ENABLE:
		return 0;
	case KFUNC_OBJ_NEW: /* the type is one of the program's */
		err = emit(rw, OP_MOV64_K, BPF_REG_2, 0, 0, (uintptr_t)rw->prog->btf);
		if (err)
			return err;
		break;
	case KFUNC_DYNPTR_FROM_XDP:
		code = OP_DYNPTR_FROM_XDP;
		break;
	case KFUNC_DYNPTR_SLICE:
	case KFUNC_DYNPTR_SLICE_RDWR:
		if (is_fact(rw, idx, FACT_SLICE))
			return emit(rw, OP_PACKET_SLICE, 0, 0,
				    rw->facts.slice[idx].offset |
					    (s32)((u32)rw->facts.slice[idx].len << 16),
				    (uintptr_t)kfunc->fn);
		code = OP_DYNPTR_SLICE;
		break;
	case KFUNC_LIST_PUSH:
	case KFUNC_RBTREE_ADD: /* where the node lies in its object */
		err = emit(rw, OP_MOV64_K,
			   kfunc->special == KFUNC_LIST_PUSH ? BPF_REG_4 : BPF_REG_5, 0, 0,
			   aux->imm64);
		if (err)
			return err;
		if (kfunc->special == KFUNC_RBTREE_ADD)
			code = OP_CALL_BACK;
		break;
	default:
		break;
	}
	if (!kfunc->fn)
		return -EINVAL;
	return emit(rw, code, 0, 0, 0, (uintptr_t)kfunc->fn);
}

static int rewrite_call(struct rewriter *rw, const struct bpf_insn *insn, u32 idx)
{
	const struct insn_aux *aux = &rw->prog->aux[idx];

	switch (insn->src_reg) {
	case 0:
		return rewrite_helper_call(rw, insn, aux);
	case BPF_PSEUDO_CALL:
		if (aux->subprog >= rw->prog->nr_subprogs)
			return -EINVAL;
		return emit(rw, OP_CALL_BPF, 0, 0, 0, aux->subprog);
	case BPF_PSEUDO_KFUNC_CALL:
		return rewrite_kfunc_call(rw, idx);
	default:
		return -EINVAL;
	}
}

static int rewrite_insn(struct rewriter *rw, u32 idx)
{
	const struct bpf_insn *insn = &rw->prog->insns[idx];
	const struct insn_aux *aux = &rw->prog->aux[idx];
	const struct isa_op *op = isa_op_of(insn);

	if (insn->dst_reg > NO_REG_ABOVE || insn->src_reg > NO_REG_ABOVE)
		return -EINVAL;
	switch ((enum isa_class)op->cls) {
	case ISA_ALU:
		return rewrite_alu(rw, insn, op);
	case ISA_END:
		return rewrite_end(rw, insn);
	case ISA_LOAD:
	case ISA_LOAD_SX:
		return rewrite_load(rw, insn, op, idx);
	case ISA_STORE:
	case ISA_STORE_IMM:
		return rewrite_store(rw, insn, op, aux);
	case ISA_ATOMIC:
		return rewrite_atomic(rw, insn, op, aux);
	case ISA_LD_IMM64:
		return rewrite_ld_imm64(rw, insn, aux);
	case ISA_LD_ABS:
		return emit(rw, OP_LD_ABS, op->size, 0, 0, imm_of(insn));
	case ISA_LD_IND:
		return emit(rw, OP_LD_IND, op->size, insn->src_reg, 0, imm_of(insn));
	case ISA_JA:
	case ISA_JCOND:
	case ISA_MAY_GOTO:
		return rewrite_jump(rw, insn, op, idx);
	case ISA_CALL:
		return rewrite_call(rw, insn, idx);
	case ISA_EXIT:
		return emit(rw, OP_EXIT, 0, 0, 0, 0);
	case ISA_INVALID:
		break;
	}
	return -EINVAL;
}

static bool is_jump_insn(const struct isa_op *op)
{
	return op->cls == ISA_JA || op->cls == ISA_JCOND || op->cls == ISA_MAY_GOTO;
}

static void find_leaders(struct rewriter *rw)
{
	const struct prog *prog = rw->prog;

	for (u32 i = 0; i < prog->nr_subprogs; i++)
		rw->leads[prog->subprogs[i].start] = true;
	for (u32 i = 0; i < prog->len; i++) {
		const struct bpf_insn *insn = &prog->insns[i];

		if (is_jump_insn(isa_op_of(insn))) {
			s32 target = isa_jump_target(insn, (s32)i);

			if (target >= 0 && (u32)target < prog->len)
				rw->leads[target] = true;
		} else if (isa_is_ld_imm64(insn)) {
			i++;
		}
	}
}

/* Instructions from @idx on that run one after the other, up to what a fusion can use. */
static u32 row_from(const struct rewriter *rw, u32 idx)
{
	const struct prog *prog = rw->prog;
	u32 n = 1;

	while (n < 3 && idx + n < prog->len && prog->aux[idx + n].seen && !rw->leads[idx + n])
		n++;
	return n;
}

/* One or more instructions; @used: how many. */
static int rewrite_some(struct rewriter *rw, u32 idx, u32 *used)
{
	const struct bpf_insn *insns = &rw->prog->insns[idx];
	struct op op;

	*used = exec_fuse(insns, row_from(rw, idx), &op);
	if (*used)
		return op.dst > NO_REG_ABOVE || op.src > NO_REG_ABOVE
			       ? -EINVAL
			       : emit(rw, op.code, op.dst, op.src, op.off, op.imm);
	*used = isa_is_ld_imm64(insns) && idx + 1 < rw->prog->len ? 2 : 1;
	return rewrite_insn(rw, idx);
}

/*
 * All instructions in their order. A run of dead ones leaves a trap, where both a jump into it and
 * falling into it end; there is another behind the last instruction.
 */
static int rewrite_insns(struct rewriter *rw)
{
	const struct prog *prog = rw->prog;
	bool was_dead = false;
	u32 used;
	int err;

	find_leaders(rw);
	for (u32 i = 0; i < prog->len; i += used) {
		used = 1;
		rw->at[i] = rw->nr;
		if (!prog->aux[i].seen) {
			if (was_dead) {
				rw->at[i]--;
				continue;
			}
			was_dead = true;
			err = emit(rw, OP_TRAP, 0, 0, 0, 0);
			if (err)
				return err;
			continue;
		}
		was_dead = false;
		err = rewrite_some(rw, i, &used);
		if (err)
			return err;
		for (u32 k = 1; k < used; k++)
			rw->at[i + k] = rw->nr;
	}
	return emit(rw, OP_TRAP, 0, 0, 0, 0);
}

static bool is_jump(u32 code)
{
	return code >= OP_JEQ64_K && code <= OP_MAY_GOTO;
}

/* The final form: operations where they stay, targets and functions filled in, machine code. */
static int resolve(const struct rewriter *rw, struct exec_code *code)
{
	const struct prog *prog = rw->prog;
	struct op *ops = (struct op *)&code->funcs[prog->nr_subprogs];

	memcpy(ops, rw->ops, rw->nr * sizeof(*ops));
	code->prog = prog;
	code->ops = ops;
	code->nr_ops = rw->nr;
	code->nr_funcs = prog->nr_subprogs;
	for (u32 i = 0; i < prog->nr_subprogs; i++)
		code->funcs[i] = (struct exec_func){
			.entry = &ops[rw->at[prog->subprogs[i].start]],
			.code = code,
			.stack = (u32)round_up_to(prog->subprogs[i].stack_depth, 8),
		};
	if (prog->exception_cb >= 0)
		code->exception_cb = &code->funcs[prog->exception_cb];
	for (u32 i = 0; i < rw->nr; i++) {
		if (is_jump(ops[i].code))
			ops[i].off = (s32)rw->at[ops[i].off] - (s32)i - 1;
		else if (ops[i].code == OP_CALL_BPF || ops[i].code == OP_LD_FUNC)
			ops[i].imm = (uintptr_t)&code->funcs[ops[i].imm];
	}
	if (prog->executor != EXEC_JIT)
		return 0;
#if EXEC_HAS_JIT
	return jit_compile(code);
#else
	return -EOPNOTSUPP;
#endif
}

static int make_code(const struct rewriter *rw, struct exec_code **out)
{
	size_t bytes = sizeof(struct exec_code) + rw->prog->nr_subprogs * sizeof(struct exec_func) +
		       rw->nr * sizeof(struct op);
	struct exec_code *code =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (code == MAP_FAILED)
		return -ENOMEM;
	code->bytes = bytes;
	err = resolve(rw, code);
	if (!err && mprotect(code, bytes, PROT_READ))
		err = -ENOMEM;
	if (err) {
		exec_code_free(code);
		return err;
	}
	*out = code;
	return 0;
}

static bool subprogs_are_sane(const struct prog *prog)
{
	if (!prog->nr_subprogs || prog->exception_cb >= (s32)prog->nr_subprogs)
		return false;
	for (u32 i = 0; i < prog->nr_subprogs; i++) {
		if (prog->subprogs[i].start >= prog->len || prog->subprogs[i].stack_depth > 512)
			return false;
	}
	return true;
}

int exec_prepare(struct prog *prog)
{
	struct rewriter rw = {.prog = prog};
	int err;

	if (!subprogs_are_sane(prog))
		return -EINVAL;
	/* Probing loads compare with the arena's bounds, which are fixed from here on. */
	err = arena_init();
	if (err)
		return err;
	err = facts_find(prog, &rw.facts);
	if (err)
		return err;
	rw.at = malloc(prog->len * sizeof(*rw.at));
	rw.leads = calloc(prog->len, sizeof(*rw.leads));
	err = rw.at && rw.leads ? rewrite_insns(&rw) : -ENOMEM;
	if (!err)
		err = make_code(&rw, &prog->code);
	facts_free(&rw.facts);
	free(rw.ops);
	free(rw.at);
	free(rw.leads);
	return err;
}

void exec_code_free(struct exec_code *code)
{
	if (!code)
		return;
#if EXEC_HAS_JIT
	jit_free(&code->jit);
#endif
	munmap(code, code->bytes);
}
