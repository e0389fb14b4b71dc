// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/*
 * Dynptrs live in two stack slots; the one at the higher address (the smaller slot number is the
 * second) carries what is known of it. A slice is memory tied to the id of the dynptr that it was
 * cut from.
 */
#define DYNPTR_SLOTS 2
#define DYNPTR_SIZE  16

static const struct {
	u32 flag;
	enum dynptr_kind kind;
} dynptr_flags[] = {
	{DYNPTR_TYPE_LOCAL, DYNPTR_LOCAL},	 {DYNPTR_TYPE_RINGBUF, DYNPTR_RINGBUF},
	{DYNPTR_TYPE_SKB, DYNPTR_SKB},		 {DYNPTR_TYPE_XDP, DYNPTR_XDP},
	{DYNPTR_TYPE_SKB_META, DYNPTR_SKB_META},
};

static enum dynptr_kind kind_of_arg(u32 arg_type)
{
	for (u32 i = 0; i < ARRAY_SIZE(dynptr_flags); i++)
		if ((arg_type & DYNPTR_TYPE_FLAG_MASK) == dynptr_flags[i].flag)
			return dynptr_flags[i].kind;
	return DYNPTR_INVALID;
}

u32 dynptr_kind_flag(enum dynptr_kind kind)
{
	for (u32 i = 0; i < ARRAY_SIZE(dynptr_flags); i++)
		if (dynptr_flags[i].kind == kind)
			return dynptr_flags[i].flag;
	return 0;
}

static bool is_refcounted(enum dynptr_kind kind)
{
	return kind == DYNPTR_RINGBUF;
}

static struct func_state *frame_of(struct verifier_env *env, const struct reg_state *reg)
{
	return env->cur->frame[reg->frameno];
}

int stack_object_slot(struct verifier_env *env, const struct reg_state *reg, u32 nr_slots,
		      const char *what)
{
	const struct func_state *fs = frame_of(env, reg);
	s32 off, spi;

	if (!tnum_is_const(reg->var_off)) {
		verbose(env, "%s has to be at a constant offset\n", what);
		return -EINVAL;
	}
	off = reg->off + (s32)reg->var_off.value;
	spi = (-off - 1) / 8;
	if (off % 8 || spi + 1 < (s32)nr_slots) {
		verbose(env, "cannot pass in %s at an offset=%d\n", what, off);
		return -EINVAL;
	}
	/* Below all of the stack used so far: a write will make the slots, and check their bounds.
	 */
	if (spi >= (s32)fs->nr_slots)
		return -ERANGE;
	return spi;
}

int dynptr_slot_index(struct verifier_env *env, const struct reg_state *reg)
{
	return stack_object_slot(env, reg, DYNPTR_SLOTS, "dynptr");
}

void mark_dynptr_reg(struct reg_state *reg, enum dynptr_kind kind, bool first_slot, u32 id)
{
	*reg = (struct reg_state){.type = CONST_PTR_TO_DYNPTR};
	reg_mark_known(reg, 0);
	reg->id = id;
	reg->dynptr.kind = (u8)kind;
	reg->dynptr.first_slot = first_slot;
}

static void set_slot_kind(struct stack_slot *slot, enum slot_kind kind)
{
	for (u32 i = 0; i < 8; i++)
		slot->kind[i] = (u8)kind;
}

/* Both slots of the dynptr whose first one is @spi. */
static void clear_dynptr(struct verifier_env *env, struct func_state *fs, u32 spi)
{
	for (u32 i = 0; i < DYNPTR_SLOTS; i++) {
		set_slot_kind(&fs->slots[spi - i], SLOT_INVALID);
		mark_reg_not_init(&fs->slots[spi - i].spilled);
		scratch_slot(env, spi - i);
	}
	mark_stack_write(env, fs->frameno, BIT64(spi) | BIT64(spi - 1));
}

static void forget_slice(struct func_state *fs, struct reg_state *reg, void *arg)
{
	u32 id = *(u32 *)arg;

	(void)fs;
	/* Slices of packets carry a type flag and outlive their dynptr, as in the kernel. */
	if (reg->type != PTR_TO_MEM && reg->type != (PTR_TO_MEM | PTR_MAYBE_NULL))
		return;
	if (reg->dynptr_id == id)
		reg_set_unknown(reg);
}

static void invalidate_dynptr_slices(struct verifier_env *env, u32 dynptr_id)
{
	state_for_each_reg(env->cur, forget_slice, &dynptr_id);
}

int destroy_if_dynptr_slot(struct verifier_env *env, struct func_state *fs, u32 spi)
{
	struct reg_state *first;
	u32 id;

	if (fs->slots[spi].kind[0] != SLOT_DYNPTR)
		return 0;
	if (!fs->slots[spi].spilled.dynptr.first_slot)
		spi++;
	first = &fs->slots[spi].spilled;
	if (is_refcounted(first->dynptr.kind)) {
		blame_reference(env, first->ref_obj_id);
		verbose(env, "cannot overwrite referenced dynptr\n");
		return -EINVAL;
	}
	id = first->id;
	clear_dynptr(env, fs, spi);
	invalidate_dynptr_slices(env, id);
	return 0;
}

static bool is_dynptr_reg_valid_uninit(struct verifier_env *env, const struct reg_state *reg)
{
	int spi;

	if (reg->type == CONST_PTR_TO_DYNPTR)
		return false;
	spi = dynptr_slot_index(env, reg);
	return spi >= 0 || spi == -ERANGE;
}

static bool is_dynptr_reg_valid_init(struct verifier_env *env, const struct reg_state *reg)
{
	const struct stack_slot *first;
	int spi;

	if (reg->type == CONST_PTR_TO_DYNPTR)
		return true;
	spi = dynptr_slot_index(env, reg);
	if (spi < 0)
		return false;
	first = &frame_of(env, reg)->slots[spi];
	for (u32 i = 0; i < 8; i++)
		if (first->kind[i] != SLOT_DYNPTR || first[-1].kind[i] != SLOT_DYNPTR)
			return false;
	return first->spilled.dynptr.first_slot;
}

const struct reg_state *dynptr_of_reg(struct verifier_env *env, const struct reg_state *reg)
{
	int spi;

	if (reg->type == CONST_PTR_TO_DYNPTR)
		return reg;
	spi = dynptr_slot_index(env, reg);
	return spi < 0 ? NULL : &frame_of(env, reg)->slots[spi].spilled;
}

static bool is_dynptr_kind_expected(struct verifier_env *env, const struct reg_state *reg,
				    u32 arg_type)
{
	const struct reg_state *dynptr;

	if (arg_type == ARG_PTR_TO_DYNPTR)
		return true;
	dynptr = dynptr_of_reg(env, reg);
	return dynptr && dynptr->dynptr.kind == kind_of_arg(arg_type);
}

/* A dynptr comes into being in the slots that @reg points to. */
static int create_dynptr(struct verifier_env *env, const struct reg_state *reg, u32 arg_type,
			 u32 insn_idx, u32 clone_ref_obj_id)
{
	struct func_state *fs = frame_of(env, reg);
	enum dynptr_kind kind = kind_of_arg(arg_type);
	int spi = dynptr_slot_index(env, reg);
	int err, ref = 0;
	u32 id;

	if (spi < 0)
		return spi;
	/* The slots may belong to two different dynptrs. */
	err = destroy_if_dynptr_slot(env, fs, (u32)spi);
	if (!err)
		err = destroy_if_dynptr_slot(env, fs, (u32)spi - 1);
	if (err)
		return err;
	if (kind == DYNPTR_INVALID)
		return -EINVAL;
	id = ++env->id_gen;
	if (is_refcounted(kind)) {
		ref = clone_ref_obj_id ? (int)clone_ref_obj_id : acquire_reference(env, insn_idx);
		if (ref < 0)
			return ref;
	}
	for (u32 i = 0; i < DYNPTR_SLOTS; i++) {
		struct stack_slot *slot = &fs->slots[(u32)spi - i];

		set_slot_kind(slot, SLOT_DYNPTR);
		mark_dynptr_reg(&slot->spilled, kind, i == 0, id);
		slot->spilled.ref_obj_id = (u32)ref;
		scratch_slot(env, (u32)spi - i);
	}
	mark_stack_write(env, fs->frameno, BIT64(spi) | BIT64(spi - 1));
	return 0;
}

static int construct_dynptr(struct verifier_env *env, u32 regno, u32 insn_idx, u32 arg_type,
			    u32 clone_ref_obj_id)
{
	const struct reg_state *reg = &cur_regs(env)[regno];

	if (!is_dynptr_reg_valid_uninit(env, reg)) {
		verbose(env, "Dynptr has to be an uninitialized dynptr\n");
		return -EINVAL;
	}
	for (s32 i = 0; i < DYNPTR_SIZE; i += 8) {
		int err = check_mem_access(env, insn_idx, regno, i, 8, ACCESS_WRITE, -1, false,
					   false);

		if (err)
			return err;
	}
	return create_dynptr(env, reg, arg_type, insn_idx, clone_ref_obj_id);
}

static int use_dynptr(struct verifier_env *env, u32 regno, u32 arg_type)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	u32 expected = arg_type & ~(MEM_RDONLY | OBJ_RELEASE);
	int spi;

	if (reg->type == CONST_PTR_TO_DYNPTR && !(arg_type & MEM_RDONLY)) {
		verbose(env, "cannot pass pointer to const bpf_dynptr, the helper mutates it\n");
		return -EINVAL;
	}
	if (!is_dynptr_reg_valid_init(env, reg)) {
		verbose(env, "Expected an initialized dynptr as arg #%u\n", regno - 1);
		return -EINVAL;
	}
	if (!is_dynptr_kind_expected(env, reg, expected)) {
		verbose(env, "Expected a dynptr of type %s as arg #%u\n",
			dynptr_kind_str(kind_of_arg(arg_type)), regno - 1);
		return -EINVAL;
	}
	if (reg->type == CONST_PTR_TO_DYNPTR)
		return 0;
	spi = dynptr_slot_index(env, reg);
	scratch_slot(env, (u32)spi);
	scratch_slot(env, (u32)spi - 1);
	return mark_stack_read(env, reg->frameno, BIT64(spi) | BIT64(spi - 1));
}

int process_dynptr_arg(struct verifier_env *env, u32 regno, u32 insn_idx, u32 arg_type,
		       u32 clone_ref_obj_id)
{
	const struct reg_state *reg = &cur_regs(env)[regno];

	if (reg->type != PTR_TO_STACK && reg->type != CONST_PTR_TO_DYNPTR) {
		verbose(env, "arg#%u expected pointer to stack or const struct bpf_dynptr\n",
			regno - 1);
		return -EINVAL;
	}
	if (arg_type & MEM_UNINIT)
		return construct_dynptr(env, regno, insn_idx, arg_type, clone_ref_obj_id);
	return use_dynptr(env, regno, arg_type);
}

/* A releasing call (ringbuf submit or discard) took the dynptr: it and its clones are gone. */
int release_dynptr(struct verifier_env *env, const struct reg_state *reg)
{
	struct func_state *fs = frame_of(env, reg);
	int spi = dynptr_slot_index(env, reg);
	u32 ref;
	int err;

	if (spi < 0)
		return spi;
	if (!is_refcounted(fs->slots[spi].spilled.dynptr.kind)) {
		clear_dynptr(env, fs, (u32)spi);
		return 0;
	}
	ref = fs->slots[spi].spilled.ref_obj_id;
	err = release_reference(env, ref);
	if (err)
		return err;
	for (u32 i = 1; i < fs->nr_slots; i++) {
		const struct reg_state *slot = &fs->slots[i].spilled;

		if (fs->slots[i].kind[0] == SLOT_DYNPTR && slot->dynptr.first_slot &&
		    slot->ref_obj_id == ref)
			clear_dynptr(env, fs, i);
	}
	return 0;
}
