// SPDX-License-Identifier: BSD-2-Clause
/* Advice on what is held at the rejection: locks, interrupt flags, sections. */
#include <string.h>

#include "advice.h"
#include "words.h"

static const struct reg_state *subject_reg(const struct explain *x)
{
	return x->story && x->subject >= 0 ? explain_reg(x, (u32)x->subject) : NULL;
}

static const void *holder_of(const struct reg_state *reg)
{
	return reg_base_type(reg) == PTR_TO_MAP_VALUE ? (const void *)reg->map
						      : (const void *)reg->btf;
}

/* The newest reference of these kinds; with @reg, of the lock in what that points to. */
static const struct reference *held(const struct explain *x, u32 kinds, const struct reg_state *reg)
{
	const struct moment *m = x->story ? story_moment(x->story) : NULL;

	for (u32 i = m ? m->nr_refs : 0; i; i--) {
		const struct reference *ref = &m->refs[i - 1];

		if (!(ref->kind & kinds))
			continue;
		if (!reg || (ref->id == reg->id && ref->ptr == holder_of(reg)))
			return ref;
	}
	return NULL;
}

/* "f() at line 7" of the call that took it */
static const char *taken_by(struct explain *x, const struct reference *ref)
{
	const char *callee, *place;

	if (!ref || ref->insn < 0)
		return "an earlier call";
	callee = explain_callee(x, (u32)ref->insn);
	place = explain_place(x, (u32)ref->insn);
	return keep_text(x->keep, "%s at %s", callee, place);
}

void advice_lock_order(struct explain *x, struct strbuf *out)
{
	const struct reg_state *reg = subject_reg(x);

	advice_expand(x, out, "{R} is the lock taken by ");
	strbuf_addf(out, "%s", taken_by(x, reg ? held(x, REF_ANY_LOCK, reg) : NULL));
	advice_expand(x, out, ", and {call} would give it back before the one taken later, by ");
	strbuf_addf(out,
		    "%s. Unlock in the reverse order of locking: that one first. Where flags are "
		    "saved with the locks, restore them in the same order.",
		    taken_by(x, held(x, REF_ANY_LOCK, NULL)));
}

void advice_lock_other(struct explain *x, struct strbuf *out)
{
	const struct reg_state *reg = subject_reg(x);
	const struct reference *same = reg ? held(x, REF_ANY_LOCK, reg) : NULL;

	if (same) {
		advice_expand(x, out, "{R} is held, taken by ");
		strbuf_addf(out, "%s, and ", taken_by(x, same));
		advice_expand(x, out, "{call} does not undo that: ");
		strbuf_addf(out, "bpf_res_spin_unlock_irqrestore() goes with "
				 "bpf_res_spin_lock_irqsave(), and bpf_res_spin_unlock() with "
				 "bpf_res_spin_lock(). Call the one that goes with it.");
		return;
	}
	advice_expand(x, out,
		      "{R}, unlocked at {here}, is not held; the lock that is was taken by ");
	strbuf_addf(out,
		    "%s. It lies in another value, or in one that was looked up anew. Pass the "
		    "pointer that was locked.",
		    taken_by(x, held(x, REF_ANY_LOCK, NULL)));
}

void advice_lock_again(struct explain *x, struct strbuf *out)
{
	const struct reg_state *reg = subject_reg(x);

	advice_expand(x, out, "{R} is held already, taken by ");
	strbuf_addf(out, "%s: ", taken_by(x, reg ? held(x, REF_ANY_LOCK, reg) : NULL));
	advice_expand(x, out,
		      "{here} would wait for itself. Take this call out, or unlock before it.");
}

/* Who saved the flags that the subject, an address on the stack, leads to. */
static const struct reference *saved_flags(const struct explain *x)
{
	const struct reg_state *reg = subject_reg(x);
	const struct moment *m = x->story ? story_moment(x->story) : NULL;
	const struct func_state *fs;
	s64 slot;

	if (!reg || reg->type != PTR_TO_STACK || reg->frameno >= m->nr_frames)
		return NULL;
	fs = m->frame[reg->frameno];
	slot = -(reg->off + (s64)reg->var_off.value) - 1;
	if (slot < 0 || slot / 8 >= fs->nr_slots)
		return NULL;
	for (u32 i = 0; i < m->nr_refs; i++) {
		if (m->refs[i].kind == REF_IRQ &&
		    m->refs[i].id == fs->slots[slot / 8].spilled.ref_obj_id)
			return &m->refs[i];
	}
	return NULL;
}

void advice_irq_order(struct explain *x, struct strbuf *out)
{
	const struct reference *last = held(x, REF_IRQ, NULL);

	if (!last) {
		advice_expand(x, out, "No flags are saved on the path to {here}: take {call} out.");
		return;
	}
	advice_expand(x, out, "{call} is passed other flags than those saved last, by ");
	strbuf_addf(out,
		    "%s. Restore in the reverse order of saving: those first. Where locks saved "
		    "them, unlock in that order too.",
		    taken_by(x, last));
}

void advice_irq_kind(struct explain *x, struct strbuf *out)
{
	bool by_lock = !strcmp(strbuf_text(&x->captures[0]), "lock");

	advice_expand(x, out, "The flags in {R} were saved by ");
	strbuf_addf(out, "%s, ", taken_by(x, saved_flags(x)));
	advice_expand(x, out, "and {call} does not restore such. ");
	strbuf_addf(
		out, "Pass them to %s",
		by_lock ? "bpf_res_spin_unlock_irqrestore(), with the lock they were saved with."
			: "bpf_local_irq_restore(); to the unlock pass those that "
			  "bpf_res_spin_lock_irqsave() filled in.");
}

void advice_sleep(struct explain *x, struct strbuf *out)
{
	static const struct {
		const char *where, *enter, *leave;
	} sections[] = {
		{"rcu_read_lock", "bpf_rcu_read_lock()", "bpf_rcu_read_unlock()"},
		{"non-preemptible", "bpf_preempt_disable()", "bpf_preempt_enable()"},
		{"IRQ-disabled", "bpf_local_irq_save()", "bpf_local_irq_restore()"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
		if (strcmp(strbuf_text(&x->captures[2]), sections[i].where))
			continue;
		advice_expand(x, out, "{1}() may sleep, and {here} lies inside the section that ");
		strbuf_addf(out, "%s began. Call it before that, or behind %s.", sections[i].enter,
			    sections[i].leave);
		return;
	}
	advice_expand(x, out, "{1}() may sleep, which the section around {here} forbids.");
}

void advice_timer_map(struct explain *x, struct strbuf *out)
{
	const struct reg_state *value = x->story ? explain_reg(x, BPF_REG_1) : NULL;
	const struct reg_state *map = x->story ? explain_reg(x, BPF_REG_2) : NULL;

	if (value && map && value->type == PTR_TO_MAP_VALUE && map->type == CONST_PTR_TO_MAP &&
	    value->map != map->map)
		strbuf_addf(out,
			    "The %s in R1 lies in a value of map %s, and R2 is map %s. Pass the "
			    "map that the value was looked up in: &%s.",
			    strbuf_text(&x->captures[0]), value->map->name, map->map->name,
			    value->map->name);
	else
		advice_expand(x, out,
			      "The {1} in R1 and the map in R2 come from two lookups of an inner "
			      "map, which may have found different ones. Look the inner map up "
			      "once, and use it for both.");
}
