// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/*
 * Saved interrupt flags: bpf_local_irq_save() fills a stack slot that bpf_local_irq_restore() takes
 * back, the last one saved first.
 */
static struct func_state *frame_of(struct verifier_env *env, const struct reg_state *reg)
{
	return env->cur->frame[reg->frameno];
}

const struct reference *active_irq(const struct verifier_state *st)
{
	for (u32 i = st->nr_refs; i; i--)
		if (st->refs[i - 1].kind == REF_IRQ)
			return &st->refs[i - 1];
	return NULL;
}

static bool any_byte_is_irq(const struct stack_slot *slot)
{
	for (u32 i = 0; i < 8; i++)
		if (slot->kind[i] == SLOT_IRQ)
			return true;
	return false;
}

static bool all_bytes_are_irq(const struct stack_slot *slot)
{
	for (u32 i = 0; i < 8; i++)
		if (slot->kind[i] != SLOT_IRQ)
			return false;
	return true;
}

static void set_slot(struct verifier_env *env, struct func_state *fs, u32 spi, enum slot_kind kind)
{
	for (u32 i = 0; i < 8; i++)
		fs->slots[spi].kind[i] = (u8)kind;
	mark_stack_write(env, fs->frameno, BIT64(spi));
	scratch_slot(env, spi);
}

static int save(struct verifier_env *env, u32 regno, bool by_lock)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	int spi = stack_object_slot(env, reg, 1, "irq_flag");
	struct func_state *fs = frame_of(env, reg);
	struct reference *ref;
	struct stack_slot *slot;
	int err;

	if ((spi < 0 && spi != -ERANGE) || (spi >= 0 && any_byte_is_irq(&fs->slots[spi]))) {
		verbose(env, "expected uninitialized irq flag as arg#%u\n", regno - 1);
		return -EINVAL;
	}
	err = check_mem_access(env, env->insn_idx, regno, 0, 8, ACCESS_WRITE, -1, false, false);
	if (err)
		return err;
	spi = stack_object_slot(env, reg, 1, "irq_flag");
	if (spi < 0)
		return spi;
	ref = reference_push(env->cur, REF_IRQ, ++env->id_gen, (s32)env->insn_idx);
	if (!ref)
		return -ENOMEM;
	ref->by_lock = by_lock;
	slot = &fs->slots[spi];
	slot->spilled = (struct reg_state){.type = PTR_TO_STACK};
	reg_mark_known(&slot->spilled, 0);
	slot->spilled.ref_obj_id = env->id_gen;
	set_slot(env, fs, (u32)spi, SLOT_IRQ);
	return 0;
}

static bool saved_by_lock(const struct verifier_state *st, u32 id)
{
	for (u32 i = 0; i < st->nr_refs; i++)
		if (st->refs[i].kind == REF_IRQ && st->refs[i].id == id)
			return st->refs[i].by_lock;
	return false;
}

static const char *class_word(bool by_lock)
{
	return by_lock ? "lock" : "native";
}

static int restore(struct verifier_env *env, u32 regno, bool by_lock)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	int spi = stack_object_slot(env, reg, 1, "irq_flag");
	const struct reference *last = active_irq(env->cur);
	struct func_state *fs = frame_of(env, reg);
	int err;

	if (spi < 0 || !all_bytes_are_irq(&fs->slots[spi])) {
		verbose(env, "expected an initialized irq flag as arg#%u\n", regno - 1);
		return -EINVAL;
	}
	err = mark_stack_read(env, fs->frameno, BIT64(spi));
	if (err)
		return err;
	if (saved_by_lock(env->cur, fs->slots[spi].spilled.ref_obj_id) != by_lock) {
		verbose(env, "irq flag acquired by %s kfuncs cannot be restored with %s kfuncs\n",
			class_word(!by_lock), class_word(by_lock));
		return -EINVAL;
	}
	if (!last || last->id != fs->slots[spi].spilled.ref_obj_id) {
		verbose(env,
			"cannot restore irq state out of order, expected id=%u acquired at "
			"insn_idx=%d\n",
			last ? last->id : 0, last ? last->insn : 0);
		return -EACCES;
	}
	reference_remove(env->cur, (u32)(last - env->cur->refs));
	mark_reg_not_init(&fs->slots[spi].spilled);
	set_slot(env, fs, (u32)spi, SLOT_INVALID);
	return 0;
}

int process_irq_arg(struct verifier_env *env, u32 regno, bool is_save, bool by_lock)
{
	if (cur_regs(env)[regno].type != PTR_TO_STACK) {
		verbose(env, "arg#%u doesn't point to an irq flag on stack\n", regno - 1);
		return -EINVAL;
	}
	return is_save ? save(env, regno, by_lock) : restore(env, regno, by_lock);
}
