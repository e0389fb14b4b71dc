// SPDX-License-Identifier: BSD-2-Clause
#include "step.h"

#include "isa/isa.h"
#include "vmlinux/xfrm.h"

/*
 * Arithmetic and memory. What a verified program cannot do is not looked for: it compares no
 * reference that it does not hold, dereferences none that may be NULL, and of a pointer that it
 * calculates with in another way than by adding to it, it keeps a number.
 */
#define FIELD(name)	offsetof(struct xfrm_state, name)
#define FIELD_END(name) (FIELD(name) + sizeof(((struct xfrm_state *)0)->name))

void flow_escape(struct flow *f, const struct value *v)
{
	if (f->recording)
		f->escaped |= v->sites;
}

static bool touches(s64 at, u32 size, size_t from, size_t to)
{
	return at < (s64)to && at + size > (s64)from;
}

/* dst + num */
static struct value plus(const struct value *v, u64 num)
{
	struct value sum = *v;
	s64 at = (s64)v->at + (s64)num;

	if (!num)
		return sum;
	if (v->flags & V_CONST)
		sum.num += num;
	if (v->flags & V_FP && !(v->flags & V_FP_ANY)) {
		sum.fp_off = (s32)(u32)((u64)(s64)v->fp_off + num);
		if (num != (u64)(s64)(s32)num || sum.fp_off < -STACK_MAX ||
		    sum.fp_off > STACK_MAX) {
			sum.flags |= V_FP_ANY;
			sum.fp_off = 0;
		}
	}
	if (v->sites) {
		bool known = v->at != AT_ANY && at >= -4096 && at <= 4096;

		sum.at = known ? (s32)at : AT_ANY;
		sum.flags |= V_INSIDE;
	}
	return sum;
}

/* Something is added to it that is not known, or that is a pointer itself. */
static struct value plus_any(const struct value *a, const struct value *b)
{
	struct value sum = value_other();

	sum.flags |= (a->flags | b->flags) & V_FP;
	if (sum.flags & V_FP)
		sum.flags |= V_FP_ANY;
	return sum;
}

static void add(struct flow *f, const struct bpf_insn *insn, const struct isa_op *op,
		struct flow_state *s)
{
	struct value *dst = &s->reg[insn->dst_reg];
	bool minus = BPF_OP(insn->code) == BPF_SUB;
	struct value operand =
		op->src_reg ? s->reg[insn->src_reg] : value_const((u64)(s64)insn->imm);

	if (value_is_const(&operand)) {
		*dst = plus(dst, minus ? 0 - operand.num : operand.num);
	} else if (!minus && value_is_const(dst)) {
		*dst = plus(&operand, dst->num);
	} else {
		flow_escape(f, dst);
		flow_escape(f, &operand);
		*dst = plus_any(dst, &operand);
	}
}

static void alu(struct flow *f, const struct bpf_insn *insn, const struct isa_op *op,
		struct flow_state *s)
{
	struct value *dst = &s->reg[insn->dst_reg];
	const struct value *src = &s->reg[insn->src_reg];
	u32 code = BPF_OP(insn->code);

	if (code == BPF_MOV && !op->src_reg) {
		*dst = value_const(op->is32 ? (u64)(u32)insn->imm : (u64)(s64)insn->imm);
		return;
	}
	if (code == BPF_MOV && !insn->off && !op->is32) {
		*dst = *src;
		return;
	}
	if ((code == BPF_ADD || code == BPF_SUB) && !op->is32) {
		add(f, insn, op, s);
		return;
	}
	if (code != BPF_MOV)
		flow_escape(f, dst);
	if (op->src_reg)
		flow_escape(f, src);
	if (code == BPF_MOV && !insn->off && value_is_const(src))
		*dst = value_const((u32)src->num);
	else
		*dst = value_other();
}

/* What a load through a state that is held, or may be, finds. */
static void load_of_state(struct flow *f, const struct value *base, s32 off, u32 size,
			  struct value *found)
{
	s64 at = (s64)base->at + off;

	/* From x->tunnel a program would come to another state, of which nothing is known here. */
	if (base->at == AT_ANY || touches(at, size, FIELD(tunnel), FIELD_END(tunnel)))
		found->flags |= V_OTHER;
	else
		found->flags |= V_WALKED;
	if (f->recording &&
	    (base->at == AT_ANY || touches(at, size, FIELD(refcnt), FIELD_END(refcnt))))
		f->observed = true;
}

static struct value load(struct flow *f, u32 n, const struct value *base, s32 off, u32 size,
			 struct flow_state *s)
{
	const struct insn_aux *aux = &f->prog->aux[n];
	struct value found = {0}, more;
	bool elsewhere = base->flags & (V_OTHER | V_CONST) || !(base->sites || base->flags);

	if (base->flags & V_FP) {
		more = base->flags & V_FP_ANY ? flow_load_any(s)
					      : flow_load(s, base->fp_off + off, size);
		value_join(&found, &more);
	}
	if (base->sites)
		load_of_state(f, base, off, size, &found);
	if (base->flags & V_WALKED)
		found.flags |= V_WALKED;
	if (elsewhere && !value_is_state(base)) {
		more = value_other();
		value_join(&found, &more);
		/* Whatever kernel object this is, it may be a state. */
		if (f->recording && aux->access == ACCESS_PROBE)
			f->observed = true;
	}
	if (f->recording && aux->access == ACCESS_PROBE && value_is_state(base) && !base->at &&
	    off >= 0 && (u32)off + size <= sizeof(struct xfrm_state))
		f->facts->insn[n] |= FACT_STATE;
	if (found.flags & V_OTHER)
		found.flags &= (u8)~V_CONST;
	return found;
}

static void store(struct flow *f, u32 func, const struct value *base, s32 off, u32 size,
		  const struct value *v, struct flow_state *s)
{
	bool whole = size == STACK_SLOT && !((base->fp_off + off) % STACK_SLOT);
	struct value other = value_other();

	if (!value_is_fp(base)) {
		flow_escape(f, v);
		if (v->flags & V_FP)
			f->funcs[func].shared = true;
	}
	if (!(base->flags & V_FP))
		return;
	f->funcs[func].spilled |= v->sites;
	if (base->flags & V_FP_ANY) {
		flow_store_any(s, v);
		return;
	}
	if (!whole)
		flow_escape(f, v);
	flow_store(s, base->fp_off + off, size, whole || value_is_const(v) ? v : &other,
		   value_is_fp(base));
}

static void atomic(struct flow *f, u32 func, u32 n, const struct bpf_insn *insn, u32 size,
		   struct flow_state *s)
{
	struct value *dst = &s->reg[insn->dst_reg];
	struct value *src = &s->reg[insn->src_reg];
	struct value other = value_other();

	if (insn->imm == BPF_LOAD_ACQ) {
		*dst = load(f, n, src, insn->off, size, s);
		return;
	}
	if (insn->imm == BPF_STORE_REL) {
		store(f, func, dst, insn->off, size, src, s);
		return;
	}
	/* Pointers are no operands. */
	flow_escape(f, src);
	store(f, func, dst, insn->off, size, &other, s);
	if (insn->imm == BPF_CMPXCHG) {
		flow_escape(f, &s->reg[BPF_REG_0]);
		s->reg[BPF_REG_0] = load(f, n, dst, insn->off, size, s);
	} else if (insn->imm & BPF_FETCH) {
		*src = other;
	}
}

static void load_packet(struct flow_state *s)
{
	struct value other = value_other();

	flow_after_call(s, &other);
}

void flow_step(struct flow *f, u32 func, u32 n, struct flow_state *s)
{
	const struct bpf_insn *insn = &f->prog->insns[n];
	const struct isa_op *op = isa_op_of(insn);
	struct value v;

	switch ((enum isa_class)op->cls) {
	case ISA_ALU:
		alu(f, insn, op, s);
		break;
	case ISA_END:
		flow_escape(f, &s->reg[insn->dst_reg]);
		s->reg[insn->dst_reg] = value_other();
		break;
	case ISA_LOAD:
	case ISA_LOAD_SX:
		v = load(f, n, &s->reg[insn->src_reg], insn->off, op->size, s);
		/* A constant of the stack, as a sign-extending load has it, is not kept. */
		s->reg[insn->dst_reg] =
			op->cls == ISA_LOAD_SX && v.flags & V_CONST ? value_other() : v;
		break;
	case ISA_STORE:
		v = s->reg[insn->src_reg];
		store(f, func, &s->reg[insn->dst_reg], insn->off, op->size, &v, s);
		break;
	case ISA_STORE_IMM:
		v = value_const((u64)(s64)insn->imm);
		store(f, func, &s->reg[insn->dst_reg], insn->off, op->size, &v, s);
		break;
	case ISA_ATOMIC:
		atomic(f, func, n, insn, op->size, s);
		break;
	case ISA_LD_IMM64:
		s->reg[insn->dst_reg] =
			insn->src_reg ? value_other() : value_const(isa_imm64(insn));
		break;
	case ISA_LD_ABS:
	case ISA_LD_IND:
		load_packet(s);
		break;
	case ISA_CALL:
		flow_call(f, func, n, s);
		break;
	default: /* jumps and exits compute nothing */
		break;
	}
}
