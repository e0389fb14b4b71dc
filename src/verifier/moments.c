// SPDX-License-Identifier: BSD-2-Clause
/* The recorded path as values: registers and stack slots in words, moment by moment. */
#include "moments.h"

#include <stdlib.h>
#include <string.h>

#include "words.h"

/* What log.c writes about one thing, caught in a log of its own. */
static const char *caught(struct explain *x, const struct func_state *fs,
			  const struct reg_state *reg, u32 slot)
{
	struct vlog *log = x->env->log, mine = {.level = VLOG_LEVEL1, .usize = 4096};
	const char *text;

	x->env->log = &mine;
	if (reg)
		log_reg(x->env, fs, reg);
	else
		log_slot(x->env, fs, slot);
	x->env->log = log;
	text = strbuf_text(&mine.tail);
	/* " fp-8=mmmm????": where it lies is told apart. */
	if (!reg && strchr(text, '='))
		text = strchr(text, '=') + 1;
	text = keep_text(x->keep, "%s", text);
	strbuf_free(&mine.tail);
	return text;
}

static const char *bytes_words(struct explain *x, const struct stack_slot *slot)
{
	u32 written = 0, zero = 0;

	for (u32 b = 0; b < 8; b++) {
		written += slot->kind[b] != SLOT_INVALID;
		zero += slot->kind[b] == SLOT_ZERO;
	}
	return keep_text(x->keep, "%u of 8 bytes written%s", written,
			 zero == written ? ", all 0" : "");
}

static const char *slot_words(struct explain *x, const struct func_state *fs, u32 i)
{
	const struct stack_slot *slot = &fs->slots[i];

	switch (slot->kind[7]) {
	case SLOT_SPILL:
		return reg_words(x->keep, x->env, &slot->spilled);
	case SLOT_DYNPTR:
		return keep_text(x->keep, "part of a dynptr (%s)",
				 dynptr_kind_str(slot->spilled.dynptr.kind));
	case SLOT_ITER:
		return "part of an iterator";
	case SLOT_IRQ:
		return "saved interrupt flags";
	default:
		return bytes_words(x, slot);
	}
}

static bool slot_is_set(const struct func_state *fs, u32 i)
{
	if (i >= fs->nr_slots)
		return false;
	for (u32 b = 0; b < 8; b++) {
		if (fs->slots[i].kind[b] != SLOT_INVALID)
			return true;
	}
	return false;
}

static bool same_slot(const struct func_state *a, const struct func_state *b, u32 i)
{
	if (slot_is_set(a, i) != slot_is_set(b, i))
		return false;
	if (!slot_is_set(a, i))
		return true;
	if (memcmp(a->slots[i].kind, b->slots[i].kind, sizeof(a->slots[i].kind)))
		return false;
	return a->slots[i].kind[7] != SLOT_SPILL ||
	       !memcmp(&a->slots[i].spilled, &b->slots[i].spilled, sizeof(a->slots[i].spilled));
}

static void add_reg(struct explain *x, struct espalier_value *v, const struct story *s, u32 f,
		    u32 r)
{
	const struct func_state *fs = story_moment(s)->frame[f];
	const struct reg_state *reg = &fs->regs[r];

	v->where = keep_text(x->keep, "R%u", r);
	v->frame = f;
	if (reg->type == NOT_INIT)
		return;
	v->name = s->regs[f][r].name;
	v->words = reg_words(x->keep, x->env, reg);
	v->log = caught(x, fs, reg, 0);
	v->ref = reg->ref_obj_id;
}

static void add_slot(struct explain *x, struct espalier_value *v, const struct story *s, u32 f,
		     u32 i)
{
	const struct func_state *fs = story_moment(s)->frame[f];

	v->where = keep_text(x->keep, "fp-%u", 8 * (i + 1));
	v->frame = f;
	if (!slot_is_set(fs, i))
		return;
	v->name = s->slots[f][i].name;
	v->words = slot_words(x, fs, i);
	/* The log tells of a dynptr as a whole, at its upper slot. */
	if (fs->slots[i].kind[7] == SLOT_DYNPTR && fs->slots[i].spilled.dynptr.first_slot)
		v->log = caught(x, fs, NULL, i - 1);
	else
		v->log = caught(x, fs, NULL, i);
	v->ref = fs->slots[i].kind[7] == SLOT_MISC ? 0 : fs->slots[i].spilled.ref_obj_id;
}

#define MAX_CHANGES (MAX_FRAMES * (MAX_REGS + STACK_SLOTS))

/* Of one frame; @old is NULL where it was just entered. */
static u32 frame_changes(struct explain *x, const struct story *s, u32 f,
			 const struct func_state *old, struct espalier_value *out)
{
	const struct func_state *fs = story_moment(s)->frame[f];
	u32 n = 0, slots = max(fs->nr_slots, old ? old->nr_slots : 0);

	for (u32 r = 0; r < MAX_REGS; r++) {
		if (old ? !memcmp(&old->regs[r], &fs->regs[r], sizeof(fs->regs[r]))
			: fs->regs[r].type == NOT_INIT)
			continue;
		add_reg(x, &out[n++], s, f, r);
	}
	for (u32 i = 0; i < slots; i++) {
		if (old ? same_slot(old, fs, i) : !slot_is_set(fs, i))
			continue;
		add_slot(x, &out[n++], s, f, i);
	}
	return n;
}

static void add_moment(struct explain *x, const struct story *s, const struct moment *before,
		       struct espalier_moment *out, struct espalier_value *scratch)
{
	const struct moment *m = story_moment(s);
	struct espalier_value *changes;
	uint32_t *refs;
	u32 n = 0;

	memset(scratch, 0, MAX_CHANGES * sizeof(*scratch));
	for (u32 f = 0; f < m->nr_frames; f++)
		n += frame_changes(x, s, f,
				   before && f < before->nr_frames ? before->frame[f] : NULL,
				   scratch + n);
	out->insn = m->insn;
	out->frame = m->nr_frames - 1;
	changes = n ? keep_alloc(x->keep, n * sizeof(*changes)) : NULL;
	if (changes) {
		memcpy(changes, scratch, n * sizeof(*changes));
		out->changes = changes;
		out->nr_changes = n;
	}
	refs = m->nr_refs ? keep_alloc(x->keep, m->nr_refs * sizeof(*refs)) : NULL;
	for (u32 i = 0; refs && i < m->nr_refs; i++) {
		if (m->refs[i].kind == REF_PTR)
			refs[out->nr_refs++] = m->refs[i].id;
	}
	out->refs = refs;
}

static bool holds(const struct moment *m, u32 ref)
{
	for (u32 f = 0; f < m->nr_frames; f++) {
		const struct func_state *fs = m->frame[f];

		for (u32 r = 0; r < MAX_REGS; r++) {
			if (fs->regs[r].type != NOT_INIT && fs->regs[r].ref_obj_id == ref)
				return true;
		}
		for (u32 i = 0; i < fs->nr_slots; i++) {
			u8 kind = fs->slots[i].kind[7];

			if ((kind == SLOT_SPILL || kind == SLOT_DYNPTR || kind == SLOT_ITER) &&
			    fs->slots[i].spilled.ref_obj_id == ref)
				return true;
		}
	}
	return false;
}

static bool has_ref(const struct moment *m, u32 ref)
{
	for (u32 i = 0; i < m->nr_refs; i++) {
		if (m->refs[i].kind == REF_PTR && m->refs[i].id == ref)
			return true;
	}
	return false;
}

/* What the source calls the pointer that holds it. */
static const char *holder_name(const struct story *s, u32 ref, u32 born)
{
	const struct func_state *fs = story_frame(s);

	for (u32 r = 0; r < MAX_REGS; r++) {
		if (fs->regs[r].type != NOT_INIT && fs->regs[r].ref_obj_id == ref &&
		    story_tag(s, r)->name && story_tag(s, r)->born == born)
			return story_tag(s, r)->name;
	}
	return NULL;
}

/* What became of the reference in question between the position before and this one. */
static void follow_reference(struct explain *x, const struct story *s)
{
	const struct moment *m = story_moment(s);
	u32 ref = x->env->bad_ref_id;

	if (!ref || !has_ref(m, ref))
		return;
	if (x->ref_born == NO_POS && s->pos > x->env->trace->first &&
	    (s32)trace_at(x->env->trace, s->pos - 1)->insn == x->env->bad_ref_insn)
		x->ref_born = s->pos - 1;
	if (!x->ref_name && x->ref_born != NO_POS)
		x->ref_name = holder_name(s, ref, x->ref_born);
	if (holds(m, ref))
		x->ref_lost = NO_POS;
	else if (x->ref_lost == NO_POS && x->ref_born != NO_POS)
		x->ref_lost = s->pos - 1;
}

static void build_listing(struct explain *x)
{
	struct verifier_env *env = x->env;
	struct espalier_insn *list = keep_alloc(x->keep, env->prog->len * sizeof(*list));
	u32 n = 0;

	for (u32 i = 0; list && i < env->prog->len; i++) {
		const struct bpf_insn *insn = &env->prog->insns[i];
		const char *name = advice_call_name(env, i);
		struct strbuf text = STRBUF_INIT;

		isa_disasm(&text, insn, name);
		list[n].text = keep_text(x->keep, "%s", strbuf_text(&text));
		strbuf_free(&text);
		for (u32 f = 0; f < env->nr_subprogs; f++) {
			if (env->subprogs[f].start == i)
				list[n].func = keep_text(x->keep, "%s", env->subprogs[f].name);
		}
		list[n].source = source_at(env, x->keep, i);
		list[n++].insn = i;
		i += isa_is_ld_imm64(insn);
	}
	x->report->listing = list;
	x->report->nr_listing = n;
}

static bool same_line(const struct verifier_env *env, u32 a, u32 b)
{
	const struct bpf_line_info *x = env->prog->btf ? line_info_at(env->prog, a) : NULL;
	const struct bpf_line_info *y = env->prog->btf ? line_info_at(env->prog, b) : NULL;

	return x && y && x->file_name_off == y->file_name_off &&
	       BPF_LINE_INFO_LINE_NUM(x->line_col) == BPF_LINE_INFO_LINE_NUM(y->line_col);
}

void moments_build(struct explain *x)
{
	const struct trace *trace = x->env->trace;
	struct espalier_moment *moments = NULL;
	struct espalier_value *scratch = NULL;
	const struct moment *before = NULL;
	u32 n = 0;

	if (!trace || trace->first == trace->end)
		return;
	x->story = malloc(sizeof(*x->story));
	if (!x->story)
		return;
	if (x->report->detailed) {
		moments = keep_alloc(x->keep, (trace->end - trace->first) * sizeof(*moments));
		scratch = malloc(MAX_CHANGES * sizeof(*scratch));
		build_listing(x);
	}
	story_begin(x->story, x->env, x->keep);
	do {
		follow_reference(x, x->story);
		if (moments && scratch)
			add_moment(x, x->story, before, &moments[n++], scratch);
		before = story_moment(x->story);
	} while (story_next(x->story));
	story_name_arguments(x->story);
	free(scratch);
	/* Where the line that leaves overwrites it as well, that is no step of its own. */
	if (x->ref_lost != NO_POS &&
	    same_line(x->env, trace_at(trace, x->ref_lost)->insn, x->env->insn_idx))
		x->ref_lost = NO_POS;
	x->report->moments = moments;
	x->report->nr_moments = n;
}

bool moments_spills(const struct explain *x, u32 pos)
{
	const struct moment *m = trace_at(x->env->trace, pos);
	const struct bpf_insn *insn = &x->env->prog->insns[m->insn];
	const struct func_state *fs = m->frame[m->nr_frames - 1];

	return isa_op_of(insn)->cls == ISA_STORE && fs->regs[insn->dst_reg].type == PTR_TO_STACK &&
	       fs->regs[insn->src_reg].type != NOT_INIT &&
	       fs->regs[insn->src_reg].ref_obj_id == x->env->bad_ref_id;
}

const char *moments_value_note(struct explain *x, const struct story *story)
{
	const struct moment *next;
	const struct tag *tag = story_tag(x->story, (u32)x->subject);
	const struct reg_state *reg;
	const struct bpf_insn *insn;
	u32 regno;

	if (!story || story->pos + 1 >= x->env->trace->end)
		return "gets its value here";
	insn = &x->env->prog->insns[story_moment(story)->insn];
	next = trace_at(x->env->trace, story->pos + 1);
	regno = isa_op_of(insn)->cls == ISA_CALL ? BPF_REG_0 : insn->dst_reg;
	reg = &next->frame[next->nr_frames - 1]->regs[regno];
	return keep_text(x->keep, "%s is %s", tag->name ?: keep_text(x->keep, "R%u", regno),
			 reg_words(x->keep, x->env, reg));
}

/* How many registers the call at the rejection takes. */
static u32 nr_args(const struct explain *x)
{
	const struct bpf_insn *insn = &x->env->prog->insns[x->env->insn_idx];
	u32 n = 0;

	if (isa_op_of(insn)->cls != ISA_CALL)
		return 0;
	if (isa_is_helper_call(insn)) {
		const struct helper *h = x->env->prog->aux[x->env->insn_idx].helper;

		while (h && n < 5 && h->arg[n])
			n++;
		return n;
	}
	while (n < 5 && explain_reg(x, n + 1)->type != NOT_INIT)
		n++;
	return n;
}

void moments_subject(struct explain *x)
{
	const struct bpf_insn *insn = &x->env->prog->insns[x->env->insn_idx];
	u32 f, wanted = 0, n = 0, args;
	struct espalier_value *out;

	if (!x->story)
		return;
	f = story_moment(x->story)->nr_frames - 1;
	args = nr_args(x);
	if (x->subject >= 0 && x->subject < BPF_REG_10)
		wanted |= BIT((u32)x->subject);
	for (u32 i = 1; i <= args; i++)
		wanted |= BIT(i);
	if (isa_op_of(insn)->cls == ISA_ALU && BPF_SRC(insn->code) == BPF_X)
		wanted |= BIT(insn->dst_reg) | BIT(insn->src_reg);
	/* Whoever holds the reference that leaks. */
	for (u32 r = 0; x->env->bad_ref_id && r < BPF_REG_10; r++) {
		if (explain_reg(x, r)->type != NOT_INIT &&
		    explain_reg(x, r)->ref_obj_id == x->env->bad_ref_id)
			wanted |= BIT(r);
	}
	out = keep_alloc(x->keep, MAX_REGS * sizeof(*out));
	for (u32 r = 0; out && r < MAX_REGS; r++) {
		if (!(wanted & BIT(r)) || r == BPF_REG_10)
			continue;
		add_reg(x, &out[n], x->story, f, r);
		n += out[n].log != NULL;
	}
	x->report->subject = out;
	x->report->nr_subject = n;
}
