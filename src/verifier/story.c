// SPDX-License-Identifier: BSD-2-Clause
#include "story.h"

#include <stdio.h>
#include <string.h>

#include "advice.h"
#include "words.h"

#define NAME_SIZE 80

const char *source_text(const struct verifier_env *env, u32 insn)
{
	const struct bpf_line_info *rec = env->prog->btf ? line_info_at(env->prog, insn) : NULL;

	return rec ? btf_str(env->prog->btf, rec->line_off) : "";
}

static const struct tag no_tag = {.born = NO_POS, .lost = NO_POS};

/* Names of the parameters of a function of the program, into R1... of its frame. */
static void name_params(struct story *s, u32 frame, u32 subprog)
{
	const struct btf *btf = s->env->prog->btf;
	const struct btf_type *t;
	const struct btf_param *p;

	if (!btf || subprog >= s->env->nr_subprogs)
		return;
	t = btf_type(btf, s->env->subprogs[subprog].func_btf_id);
	t = t && btf_kind_of(t) == BTF_KIND_FUNC ? btf_type(btf, t->type) : NULL;
	if (!t || btf_kind_of(t) != BTF_KIND_FUNC_PROTO)
		return;
	p = (const struct btf_param *)(t + 1);
	for (u32 i = 0; i < btf_vlen_of(t) && i < 5; i++, p++) {
		struct tag *tag = &s->regs[frame][BPF_REG_1 + i];

		if (*btf_str(btf, p->name_off))
			tag->name = keep_text(s->keep, "%s", btf_str(btf, p->name_off));
	}
}

void story_begin(struct story *s, struct verifier_env *env, struct keep *keep)
{
	s->env = env;
	s->keep = keep;
	s->pos = env->trace->first;
	for (u32 f = 0; f < MAX_FRAMES; f++) {
		for (u32 r = 0; r < MAX_REGS; r++)
			s->regs[f][r] = no_tag;
		for (u32 i = 0; i < STACK_SLOTS; i++)
			s->slots[f][i] = no_tag;
	}
	if (!s->pos && story_moment(s)->insn == env->subprogs[story_frame(s)->subprog].start)
		name_params(s, 0, story_frame(s)->subprog);
}

static const char *keep_name(struct story *s, bool found, const char *name)
{
	return found ? keep_text(s->keep, "%s", name) : NULL;
}

/* The slot that an access of eight bytes at @off from @base hits; NULL: none, or not exactly. */
static struct tag *slot_tag(struct story *s, const struct reg_state *base, s32 off)
{
	s64 at;

	if (base->type != PTR_TO_STACK || !tnum_is_const(base->var_off))
		return NULL;
	at = (s64)base->var_off.value + base->off + off;
	if (at >= 0 || at < -MAX_STACK || at % 8 || base->frameno >= MAX_FRAMES)
		return NULL;
	return &s->slots[base->frameno][-at / 8 - 1];
}

static const char *base_name(const struct tag *tag, const char *otherwise)
{
	return tag->name ? tag->name : otherwise;
}

/* What a load through @base is called. */
static const char *loaded_name(struct story *s, const struct bpf_insn *insn,
			       const struct reg_state *base, const struct tag *tag)
{
	const char *text = source_text(s->env, story_moment(s)->insn);
	s64 off = insn->off + base->off;
	const char *member = NULL;
	char name[NAME_SIZE];

	if (!tnum_is_const(base->var_off))
		return keep_name(s, text_only_member(text, name, sizeof(name)), name);
	off += (s64)base->var_off.value;
	switch (reg_base_type(base)) {
	case PTR_TO_CTX:
		member = member_name(s->keep, s->env->kernel_btf,
				     vmlinux_type_id(s->env->prog->type == BPF_PROG_TYPE_XDP
							     ? VT_XDP_MD
							     : VT_SK_BUFF_MD),
				     (u32)off);
		if (member && text_assigned_from_member(text, member, name, sizeof(name)))
			return keep_name(s, true, name);
		return member ? keep_text(s->keep, "%s->%s", base_name(tag, "ctx"), member) : NULL;
	case PTR_TO_BTF_ID:
		if (off >= 0)
			member = member_name(s->keep, base->btf, base->btf_id, (u32)off);
		if (member && text_assigned_from_member(text, member, name, sizeof(name)))
			return keep_name(s, true, name);
		return member && tag->name ? keep_text(s->keep, "%s->%s", tag->name, member) : NULL;
	case PTR_TO_MAP_VALUE:
		member = global_variable(s->keep, base, off);
		if (member)
			return member;
		if (base->map->btf && off >= 0)
			member = member_name(s->keep, base->map->btf, base->map->btf_value_id,
					     (u32)off);
		if (member && text_assigned_from_member(text, member, name, sizeof(name)))
			return keep_name(s, true, name);
		if (member)
			return tag->name ? keep_text(s->keep, "%s->%s", tag->name, member) : NULL;
		return keep_name(s, text_only_member(text, name, sizeof(name)), name);
	default:
		return keep_name(s, text_only_member(text, name, sizeof(name)), name);
	}
}

static void tell_load(struct story *s, const struct bpf_insn *insn, u32 f)
{
	const struct reg_state *base = &story_frame(s)->regs[insn->src_reg];
	const struct tag *slot = slot_tag(s, base, insn->off);
	struct tag from = s->regs[f][insn->src_reg];
	struct tag *dst = &s->regs[f][insn->dst_reg];

	if (slot) {
		*dst = *slot;
		return;
	}
	*dst = no_tag;
	dst->born = s->pos;
	dst->name = loaded_name(s, insn, base, &from);
}

/* What a number of that name is called after an operation with a constant; NULL: by no name. */
static const char *computed_name(struct story *s, const char *name, const struct bpf_insn *insn)
{
	if (!name || strlen(name) > NAME_SIZE / 2 || BPF_SRC(insn->code) != BPF_K)
		return NULL;
	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		return keep_text(s->keep, "%s %c %d", name, insn->imm < 0 ? '-' : '+',
				 insn->imm < 0 ? -insn->imm : insn->imm);
	case BPF_MUL:
		return keep_text(s->keep, "%s * %d", name, insn->imm);
	case BPF_LSH:
		return insn->imm < 16 ? keep_text(s->keep, "%s * %u", name, 1u << insn->imm) : NULL;
	case BPF_AND:
		return keep_text(s->keep, "(%s & %#x)", name, (u32)insn->imm);
	default:
		return NULL;
	}
}

/* A shift up by 32 and one down again cut a number to 32 bits, and scale it if less far down. */
static bool tell_narrowing(struct story *s, const struct bpf_insn *insn, struct tag *dst)
{
	u8 op = BPF_OP(insn->code);

	if (BPF_SRC(insn->code) != BPF_K || BPF_CLASS(insn->code) != BPF_ALU64)
		return false;
	if (op == BPF_LSH && insn->imm == 32) {
		dst->high = true;
		return true;
	}
	if (!dst->high || (op != BPF_RSH && op != BPF_ARSH) || insn->imm > 32)
		return false;
	dst->high = false;
	if (insn->imm < 32 && dst->name)
		dst->name = keep_text(s->keep, "%s * %u", dst->name, 1u << (32 - insn->imm));
	return true;
}

static bool is_pointer(const struct reg_state *reg)
{
	return reg->type != SCALAR_VALUE && reg->type != NOT_INIT;
}

static void tell_alu(struct story *s, const struct bpf_insn *insn, u32 f)
{
	struct tag *dst = &s->regs[f][insn->dst_reg];
	const struct reg_state *regs = story_frame(s)->regs;
	const struct reg_state *reg = &regs[insn->dst_reg], *other = &regs[insn->src_reg];
	struct tag was = *dst, src = s->regs[f][insn->src_reg];
	u8 op = BPF_OP(insn->code);
	bool by_imm = BPF_SRC(insn->code) == BPF_K;

	if (op == BPF_MOV && !by_imm && !insn->off) {
		*dst = src;
		return;
	}
	/* A pointer moved along is still called what it was called, offset and all. */
	if (op == BPF_ADD && by_imm && is_pointer(reg))
		return;
	if (tell_narrowing(s, insn, dst))
		return;
	*dst = no_tag;
	dst->born = s->pos;
	if (!is_pointer(reg) && (by_imm || !is_pointer(other)))
		dst->name = computed_name(s, was.name, insn);
	if (op != BPF_ADD || by_imm || is_pointer(reg) == is_pointer(other))
		return;
	dst->added = is_pointer(reg) ? src.name : was.name;
	dst->added_reg = is_pointer(reg) ? other : reg;
}

static void tell_call(struct story *s, const struct bpf_insn *insn, u32 f)
{
	const char *callee = advice_call_name(s->env, story_moment(s)->insn);
	const char *text = source_text(s->env, story_moment(s)->insn);
	char name[NAME_SIZE];

	for (u32 r = BPF_REG_0; r <= BPF_REG_5; r++)
		s->regs[f][r] = no_tag;
	s->regs[f][BPF_REG_0].born = s->pos;
	if (isa_is_bpf_call(insn)) {
		int sub = find_subprog(s->env, story_moment(s)->insn + (u32)insn->imm + 1);

		callee = sub >= 0 ? s->env->subprogs[sub].name : NULL;
	}
	if (callee && text_assigned_from_call(text, callee, name, sizeof(name)))
		s->regs[f][BPF_REG_0].name = keep_name(s, true, name);
}

static void tell_imm64(struct story *s, const struct bpf_insn *insn, const struct moment *next,
		       u32 f)
{
	const struct reg_state *reg = &next->frame[f]->regs[insn->dst_reg];
	struct tag *dst = &s->regs[f][insn->dst_reg];
	const char *var;

	*dst = no_tag;
	dst->born = s->pos;
	if (reg->type == CONST_PTR_TO_MAP && reg->map->name[0])
		dst->name = keep_text(s->keep, "&%s", reg->map->name);
	if (reg->type == PTR_TO_MAP_VALUE) {
		var = global_variable(s->keep, reg, reg->off);
		if (var)
			dst->name = keep_text(s->keep, "&%s", var);
	}
}

/* What a test for NULL calls the register that it tests; NULL: the line does not tell. */
static const char *tested_name(const struct story *s, const struct bpf_insn *insn)
{
	const struct verifier_env *env = s->env;
	const struct bpf_line_info *rec =
		env->prog->btf ? line_info_at(env->prog, story_moment(s)->insn) : NULL;
	const struct reg_state *reg = &story_frame(s)->regs[insn->dst_reg];
	char name[NAME_SIZE];

	if (!rec || story_tag(s, insn->dst_reg)->name || !reg_may_be_null(reg) ||
	    BPF_SRC(insn->code) != BPF_K || insn->imm)
		return NULL;
	if (!text_tested(btf_str(env->prog->btf, rec->line_off),
			 BPF_LINE_INFO_LINE_COL(rec->line_col), name, sizeof(name)))
		return NULL;
	return keep_text(s->keep, "%s", name);
}

/* A test for NULL names what it tests; every copy of the value is that variable. */
static void tell_test(struct story *s, const struct bpf_insn *insn, u32 f)
{
	u32 born = s->regs[f][insn->dst_reg].born;
	const char *name = born == NO_POS ? NULL : tested_name(s, insn);

	if (!name)
		return;
	for (u32 r = 0; r < MAX_REGS; r++) {
		if (s->regs[f][r].born == born && !s->regs[f][r].name)
			s->regs[f][r].name = name;
	}
	for (u32 i = 0; i < STACK_SLOTS; i++) {
		if (s->slots[f][i].born == born && !s->slots[f][i].name)
			s->slots[f][i].name = name;
	}
}

static void tell_store(struct story *s, const struct bpf_insn *insn, u32 f)
{
	struct tag *slot = slot_tag(s, &story_frame(s)->regs[insn->dst_reg], insn->off);
	char name[NAME_SIZE];

	if (!slot)
		return;
	*slot = no_tag;
	if (isa_op_of(insn)->size != 8)
		return;
	*slot = s->regs[f][insn->src_reg];
	if (text_assigned_plainly(source_text(s->env, story_moment(s)->insn), name, sizeof(name)))
		slot->name = keep_name(s, true, name);
}

static void tell_insn(struct story *s, const struct moment *next, u32 f)
{
	const struct bpf_insn *insn = &s->env->prog->insns[story_moment(s)->insn];
	struct tag *slot;

	switch (isa_op_of(insn)->cls) {
	case ISA_ALU:
		tell_alu(s, insn, f);
		break;
	case ISA_LOAD:
	case ISA_LOAD_SX:
		tell_load(s, insn, f);
		break;
	case ISA_LD_IMM64:
		if (f < next->nr_frames)
			tell_imm64(s, insn, next, f);
		break;
	case ISA_STORE:
		tell_store(s, insn, f);
		break;
	case ISA_JCOND:
		tell_test(s, insn, f);
		break;
	case ISA_STORE_IMM:
		slot = slot_tag(s, &story_frame(s)->regs[insn->dst_reg], insn->off);
		if (slot)
			*slot = no_tag;
		break;
	case ISA_CALL:
		tell_call(s, insn, f);
		break;
	case ISA_LD_ABS:
	case ISA_LD_IND:
		for (u32 r = BPF_REG_0; r <= BPF_REG_5; r++)
			s->regs[f][r] = no_tag;
		break;
	default:
		break;
	}
}

/* Pointers that the instruction made plain numbers of, although it did not write to them. */
static void tell_losses(struct story *s, const struct moment *m, const struct moment *next)
{
	const struct bpf_insn *insn = &s->env->prog->insns[m->insn];

	if (isa_op_of(insn)->cls != ISA_CALL)
		return;
	for (u32 f = 0; f < m->nr_frames && f < next->nr_frames; f++) {
		const struct func_state *a = m->frame[f], *b = next->frame[f];

		for (u32 r = BPF_REG_6; r < BPF_REG_10; r++) {
			if (!is_pointer(&a->regs[r]) || b->regs[r].type != SCALAR_VALUE)
				continue;
			s->regs[f][r].lost = s->pos;
			s->regs[f][r].was = &a->regs[r];
		}
		for (u32 i = 0; i < a->nr_slots && i < b->nr_slots; i++) {
			if (!reg_is_spilled_slot(&a->slots[i]) ||
			    !is_pointer(&a->slots[i].spilled) ||
			    !reg_is_spilled_slot(&b->slots[i]) ||
			    b->slots[i].spilled.type != SCALAR_VALUE)
				continue;
			s->slots[f][i].lost = s->pos;
			s->slots[f][i].was = &a->slots[i].spilled;
		}
	}
}

static void enter_frame(struct story *s, u32 f, const struct moment *next)
{
	for (u32 r = 0; r < MAX_REGS; r++) {
		/* A callback gets what the helper gives it. */
		bool arg = r >= BPF_REG_1 && r <= BPF_REG_5 && !next->frame[f]->in_callback;

		s->regs[f][r] = arg && f ? s->regs[f - 1][r] : no_tag;
	}
	for (u32 i = 0; i < STACK_SLOTS; i++)
		s->slots[f][i] = no_tag;
	name_params(s, f, next->frame[f]->subprog);
}

/* At a call the arguments are called what stands in the source between the parentheses. */
void story_name_arguments(struct story *s)
{
	u32 insn_idx = story_moment(s)->insn, f = story_moment(s)->nr_frames - 1;
	const struct bpf_insn *insn = &s->env->prog->insns[insn_idx];
	const char *callee = advice_call_name(s->env, insn_idx);
	char name[NAME_SIZE];

	if (isa_op_of(insn)->cls != ISA_CALL)
		return;
	if (isa_is_bpf_call(insn)) {
		int sub = find_subprog(s->env, insn_idx + (u32)insn->imm + 1);

		callee = sub >= 0 ? s->env->subprogs[sub].name : NULL;
	}
	for (u32 i = 0; callee && i < 5; i++) {
		if (text_argument(source_text(s->env, insn_idx), callee, i, name, sizeof(name)))
			s->regs[f][BPF_REG_1 + i].name = keep_name(s, true, name);
	}
}

bool story_next(struct story *s)
{
	const struct moment *m = story_moment(s), *next;
	struct tag result = no_tag;
	u32 f = m->nr_frames - 1;

	if (s->pos + 1 >= s->env->trace->end)
		return false;
	next = trace_at(s->env->trace, s->pos + 1);
	if (next->nr_frames > m->nr_frames) {
		enter_frame(s, f + 1, next);
		for (u32 r = BPF_REG_0; r <= BPF_REG_5; r++)
			s->regs[f][r] = no_tag;
	} else if (next->nr_frames < m->nr_frames) {
		const struct func_state *callee = m->frame[f];
		const char *name = s->env->subprogs[callee->subprog].name;
		char out[NAME_SIZE];

		result = s->regs[f][BPF_REG_0];
		if (callee->callsite >= 0 &&
		    text_assigned_from_call(source_text(s->env, (u32)callee->callsite), name, out,
					    sizeof(out)))
			result.name = keep_name(s, true, out);
		if (!callee->in_callback)
			s->regs[f - 1][BPF_REG_0] = result;
	} else {
		tell_insn(s, next, f);
	}
	tell_losses(s, m, next);
	s->pos++;
	return true;
}

const char *story_operand(const struct story *s, u32 regno)
{
	const struct reg_state *reg = &story_frame(s)->regs[regno];
	const struct tag *tag = story_tag(s, regno);

	if (reg->type == PTR_TO_PACKET_END)
		return "data_end";
	if (reg->type == PTR_TO_PACKET && !reg->id && tnum_is_const(reg->var_off)) {
		s64 off = (s64)reg->var_off.value + reg->off;

		return off ? keep_text(s->keep, "data + %lld", (long long)off) : "data";
	}
	if (tag->name)
		return tag->name;
	if (reg->type == SCALAR_VALUE && tnum_is_const(reg->var_off))
		return keep_text(s->keep, "%lld", (long long)reg->var_off.value);
	return keep_text(s->keep, "R%u", regno);
}

static const char *relation(u8 op, bool holds)
{
	switch (op) {
	case BPF_JEQ:
		return holds ? "==" : "!=";
	case BPF_JNE:
		return holds ? "!=" : "==";
	case BPF_JGT:
	case BPF_JSGT:
		return holds ? ">" : "<=";
	case BPF_JGE:
	case BPF_JSGE:
		return holds ? ">=" : "<";
	case BPF_JLT:
	case BPF_JSLT:
		return holds ? "<" : ">=";
	case BPF_JLE:
	case BPF_JSLE:
		return holds ? "<=" : ">";
	default:
		return holds ? "has a bit of" : "has no bit of";
	}
}

const char *story_condition(const struct story *s, bool taken)
{
	const struct bpf_insn *insn = &s->env->prog->insns[story_moment(s)->insn];
	const struct reg_state *dst = &story_frame(s)->regs[insn->dst_reg];
	const char *left, *right, *known = "";
	u8 op = BPF_OP(insn->code);
	bool by_imm = BPF_SRC(insn->code) == BPF_K;

	if (isa_op_of(insn)->cls != ISA_JCOND)
		return NULL;
	left = tested_name(s, insn) ?: story_operand(s, insn->dst_reg);
	if (is_pointer(dst) && by_imm && !insn->imm && (op == BPF_JEQ || op == BPF_JNE))
		return keep_text(s->keep, "%s is %sNULL", left,
				 taken == (op == BPF_JEQ) ? "" : "not ");
	right = by_imm ? keep_text(s->keep, "%d", insn->imm) : story_operand(s, insn->src_reg);
	if (dst->type == SCALAR_VALUE && tnum_is_const(dst->var_off)) {
		const char *name = story_tag(s, insn->dst_reg)->name;

		if (by_imm)
			return keep_text(s->keep, "%s is %lld",
					 name ?: keep_text(s->keep, "R%u", insn->dst_reg),
					 (long long)dst->var_off.value);
		known = name ? keep_text(s->keep, ", being %lld", (long long)dst->var_off.value)
			     : "";
	}
	return keep_text(s->keep, "%s %s %s%s", left, relation(op, taken), right, known);
}
