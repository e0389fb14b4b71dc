// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stack slots. A slot is eight bytes; byte kinds are kept from its top address down, so kind[7] is
 * the byte at fp-8*(i+1) itself and says what the slot begins with. A spilled register occupies the
 * lowest addresses of its slot.
 */
#include <errno.h>

#include "access.h"

static u32 slot_of(s32 off)
{
	return (u32)(-off - 1) / 8;
}

static u8 *byte_kind(struct func_state *fs, s32 off)
{
	u32 at = (u32)(-off - 1);

	return &fs->slots[at / 8].kind[at % 8];
}

static struct func_state *stack_frame(struct verifier_env *env, const struct reg_state *reg)
{
	return env->cur->frame[reg->frameno];
}

static u32 history_flags(const struct func_state *fs, u32 spi)
{
	return INSN_F_STACK_ACCESS | fs->frameno | spi << INSN_F_SPI_SHIFT;
}

bool is_spilled_scalar_slot(const struct stack_slot *slot)
{
	return reg_is_spilled_slot(slot) && slot->spilled.type == SCALAR_VALUE;
}

/* Something that loses its meaning when a byte of it is overwritten. */
static bool is_special_slot(const struct stack_slot *slot)
{
	switch (slot->kind[7]) {
	case SLOT_SPILL:
	case SLOT_DYNPTR:
	case SLOT_ITER:
	case SLOT_IRQ:
		return true;
	default:
		return false;
	}
}

/* What was initialised stays so, as plain bytes. */
static void scrub_slot(struct stack_slot *slot)
{
	for (u32 i = 0; i < 8; i++)
		if (slot->kind[i] != SLOT_INVALID)
			slot->kind[i] = SLOT_MISC;
}

/* Bytes of it are about to be overwritten by others. */
static void forget_register(struct stack_slot *slot)
{
	slot->spilled.type = NOT_INIT;
	if (is_special_slot(slot))
		scrub_slot(slot);
}

static bool is_spillable(u32 type)
{
	switch (TYPE_BASE(type)) {
	case PTR_TO_MAP_VALUE:
	case PTR_TO_STACK:
	case PTR_TO_CTX:
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_PACKET_END:
	case PTR_TO_FLOW_KEYS:
	case CONST_PTR_TO_MAP:
	case PTR_TO_SOCKET:
	case PTR_TO_SOCK_COMMON:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_XDP_SOCK:
	case PTR_TO_BTF_ID:
	case PTR_TO_BUF:
	case PTR_TO_MEM:
	case PTR_TO_FUNC:
	case PTR_TO_MAP_KEY:
	case PTR_TO_ARENA:
		return true;
	default:
		return false;
	}
}

static int out_of_stack(struct verifier_env *env, u32 regno, s32 off, s64 min_off, u32 size,
			enum access_kind kind, int err)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	const char *dir = kind == ACCESS_READ ? " read from" : " write to";

	if (tnum_is_const(reg->var_off)) {
		verbose(env, "invalid%s stack R%u off=%lld size=%u\n", dir, regno,
			(long long)min_off, size);
	} else {
		verbose(env, "invalid variable-offset%s stack R%u var_off=", dir, regno);
		log_tnum(env, reg->var_off);
		verbose(env, " off=%d size=%u\n", off, size);
	}
	return err;
}

static int grow_stack(struct verifier_env *env, struct func_state *fs, u32 nr)
{
	struct subprog *sub = &env->subprogs[fs->subprog];

	sub->stack_depth = max(sub->stack_depth, (u16)(nr * 8));
	return func_state_grow(fs, nr);
}

/* All of it lies within the stack; makes its slots exist. */
static int check_within_stack(struct verifier_env *env, u32 regno, s32 off, u32 size,
			      enum access_kind kind)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	s64 min_off, max_off;

	if (tnum_is_const(reg->var_off)) {
		min_off = (s64)reg->var_off.value + off;
		max_off = min_off + size;
	} else {
		if (reg->smax >= MAX_VAR_OFF || reg->smin <= -MAX_VAR_OFF) {
			verbose(env, "invalid unbounded variable-offset%s stack R%u\n",
				kind == ACCESS_READ ? " read from" : " write to", regno);
			return -EACCES;
		}
		min_off = reg->smin + off;
		max_off = reg->smax + off + size;
	}
	if (min_off < -MAX_STACK || min_off > -1)
		return out_of_stack(env, regno, off, min_off, size, kind, -EACCES);
	if (max_off > 0)
		return out_of_stack(env, regno, off, min_off, size, kind, -EINVAL);
	return grow_stack(env, stack_frame(env, reg), ((u32)-min_off + 7) / 8);
}

/* ------------------------------------------------------------------------------------- writes */

static void save_register(struct verifier_env *env, struct func_state *fs, u32 spi,
			  const struct reg_state *reg, u32 size)
{
	struct stack_slot *slot = &fs->slots[spi];

	slot->spilled = *reg;
	if (size == 8)
		mark_stack_write(env, fs->frameno, BIT64(spi));
	for (u32 i = 0; i < 8; i++) {
		if (i >= 8 - size)
			slot->kind[i] = SLOT_SPILL;
		else if (slot->kind[i] != SLOT_ZERO && slot->kind[i] != SLOT_INVALID)
			slot->kind[i] = SLOT_MISC;
	}
}

/* Bytes that are no register: they are known to be initialised, and at best to be zero. */
static int write_plain_bytes(struct verifier_env *env, struct func_state *fs, s32 off,
			     const struct access *a, bool zero)
{
	u32 spi = slot_of(off);
	struct stack_slot *slot = &fs->slots[spi];
	int err;

	forget_register(slot);
	if (a->size == 8)
		mark_stack_write(env, fs->frameno, BIT64(spi));
	if (zero && a->value_regno >= 0) {
		/* The slot does not remember the register that the zero came from. */
		err = mark_chain_precision(env, (u32)a->value_regno);
		if (err)
			return err;
	}
	for (u32 i = 0; i < a->size; i++)
		*byte_kind(fs, off + (s32)i) = zero ? SLOT_ZERO : SLOT_MISC;
	return 0;
}

static int spill_pointer(struct verifier_env *env, struct func_state *fs, u32 spi,
			 const struct reg_state *reg, const struct access *a)
{
	if (a->size != 8) {
		log_source(env, a->insn_idx);
		verbose(env, "invalid size of register spill\n");
		return -EACCES;
	}
	if (fs != cur_func(env) && reg->type == PTR_TO_STACK) {
		verbose(env, "cannot spill pointers to stack into stack frame of the caller\n");
		return -EINVAL;
	}
	save_register(env, fs, spi, reg, a->size);
	return 0;
}

static void spill_scalar(struct verifier_env *env, struct func_state *fs, u32 spi,
			 struct reg_state *reg, u32 size)
{
	bool fits = reg_width(reg) <= 8 * size;

	if (fits)
		share_scalar_id(env, reg);
	save_register(env, fs, spi, reg, size);
	if (!fits)
		unlink_scalar(&fs->slots[spi].spilled);
}

static int write_fixed(struct verifier_env *env, struct func_state *fs, s32 off,
		       const struct access *a)
{
	const struct bpf_insn *insn = &env->prog->insns[a->insn_idx];
	bool is_const = isa_op_of(insn)->cls == ISA_STORE_IMM;
	bool at_slot_start = off % 8 == 0;
	u32 spi = slot_of(off);
	struct reg_state *reg = NULL;
	struct reg_state imm;
	bool zero;
	int err;

	err = destroy_if_dynptr_slot(env, fs, spi);
	if (err)
		return err;
	if (a->value_regno >= 0)
		reg = &cur_regs(env)[a->value_regno];
	scratch_slot(env, spi);
	if (reg && at_slot_start && reg->type == SCALAR_VALUE) {
		spill_scalar(env, fs, spi, reg, a->size);
	} else if (!reg && at_slot_start && is_const) {
		reg_set_scalar_const(&imm, (u64)(s64)insn->imm);
		save_register(env, fs, spi, &imm, a->size);
	} else if (reg && is_spillable(reg->type)) {
		err = spill_pointer(env, fs, spi, reg, a);
	} else {
		zero = reg ? reg_is_null(reg) : is_const && !insn->imm;
		return write_plain_bytes(env, fs, off, a, zero);
	}
	return err ? err : push_jmp_history(env, env->cur, history_flags(fs, spi), 0);
}

/* One byte that may or may not be the one that is written; *@kept_zero: its being zero is used. */
static void maybe_write_byte(struct func_state *fs, s32 off, bool zero, bool *kept_zero)
{
	struct stack_slot *slot = &fs->slots[slot_of(off)];
	u8 *kind = byte_kind(fs, off);

	if (zero && *kind == SLOT_SPILL && is_spilled_scalar_slot(slot) &&
	    tnum_equals_const(slot->spilled.var_off, 0)) {
		*kept_zero = true;
		return;
	}
	forget_register(slot);
	if (zero && *kind == SLOT_ZERO) {
		*kept_zero = true;
		return;
	}
	*kind = SLOT_MISC;
}

static int write_variable(struct verifier_env *env, struct func_state *fs, const struct access *a)
{
	const struct bpf_insn *insn = &env->prog->insns[a->insn_idx];
	const struct reg_state *ptr = access_reg(env, a);
	s32 min_off = (s32)ptr->smin + a->off;
	s32 end_off = (s32)ptr->smax + a->off + (s32)a->size;
	bool kept_zero = false;
	bool zero;

	zero = a->value_regno >= 0 ? reg_is_null(&cur_regs(env)[a->value_regno])
				   : isa_op_of(insn)->cls == ISA_STORE_IMM && !insn->imm;
	for (s32 off = min_off; off < end_off; off++) {
		int err = destroy_if_dynptr_slot(env, fs, slot_of(off));

		if (err)
			return err;
	}
	for (s32 off = min_off; off < end_off; off++) {
		scratch_slot(env, slot_of(off));
		maybe_write_byte(fs, off, zero, &kept_zero);
	}
	if (kept_zero && a->value_regno >= 0)
		return mark_chain_precision(env, (u32)a->value_regno);
	return 0;
}

/* -------------------------------------------------------------------------------------- reads */

static int check_byte_readable(struct verifier_env *env, struct func_state *fs, s32 off, u32 i,
			       u32 size)
{
	switch (*byte_kind(fs, off + (s32)i)) {
	case SLOT_MISC:
	case SLOT_ZERO:
	case SLOT_INVALID: /* root may read what it has not written */
		return 0;
	default:
		verbose(env, "invalid read from stack off %d+%u size %u\n", off, i, size);
		return -EACCES;
	}
}

/* A load of plain bytes, from anywhere in [off, end). */
static void fill_from_bytes(struct verifier_env *env, struct func_state *fs, s32 off, s32 end,
			    u32 dst)
{
	bool zero = true;

	for (; zero && off < end; off++) {
		scratch_slot(env, slot_of(off));
		zero = *byte_kind(fs, off) == SLOT_ZERO;
	}
	if (zero)
		reg_set_scalar_const(&cur_regs(env)[dst], 0);
	else
		mark_reg_unknown(env, cur_regs(env), dst);
}

static u32 spilled_size(const struct stack_slot *slot)
{
	u32 size = 1;

	while (size < 8 && slot->kind[7 - size] == SLOT_SPILL)
		size++;
	return size;
}

/* Part of a spilled scalar, or of one and what lies beside it. *@from_spill: precision of the
 * loaded value depends on the spilled one. */
static int fill_part(struct verifier_env *env, struct func_state *fs, s32 off,
		     const struct access *a, bool *from_spill)
{
	struct stack_slot *slot = &fs->slots[slot_of(off)];
	struct reg_state *dst = &cur_regs(env)[a->value_regno];
	struct reg_state *reg = &slot->spilled;
	u32 spilled = spilled_size(slot);
	bool all_spilled = true;

	*from_spill = true;
	if (a->size <= spilled && off % 8 == 0) {
		if (a->size == 4 && spilled == 4 && reg_width(reg) <= 32)
			share_scalar_id(env, reg);
		*dst = *reg;
		if (reg_width(reg) > a->size * 8)
			unlink_scalar(dst);
		return 0;
	}
	for (u32 i = 0; i < a->size; i++) {
		int err;

		if (*byte_kind(fs, off + (s32)i) == SLOT_SPILL)
			continue;
		all_spilled = false;
		err = check_byte_readable(env, fs, off, i, a->size);
		if (err)
			return err;
	}
	if (all_spilled && tnum_equals_const(reg->var_off, 0)) {
		reg_set_scalar_const(dst, 0);
		return 0;
	}
	*from_spill = false;
	fill_from_bytes(env, fs, off, off + (s32)a->size, (u32)a->value_regno);
	return 0;
}

static int fill_from_spill(struct verifier_env *env, struct func_state *fs, s32 off,
			   const struct access *a, bool *from_spill)
{
	struct stack_slot *slot = &fs->slots[slot_of(off)];

	*from_spill = true;
	if (a->size != 8 || spilled_size(slot) != 8) {
		if (slot->spilled.type != SCALAR_VALUE) {
			log_source(env, env->insn_idx);
			verbose(env, "invalid size of register fill\n");
			return -EACCES;
		}
		if (a->value_regno < 0) {
			*from_spill = false;
			return 0;
		}
		return fill_part(env, fs, off, a, from_spill);
	}
	if (a->value_regno >= 0) {
		share_scalar_id(env, &slot->spilled);
		cur_regs(env)[a->value_regno] = slot->spilled;
	}
	return 0;
}

static int read_fixed(struct verifier_env *env, struct func_state *fs, s32 off,
		      const struct access *a)
{
	u32 spi = slot_of(off);
	bool from_spill = false;
	int err;

	scratch_slot(env, spi);
	err = mark_stack_read(env, fs->frameno, BIT64(spi));
	if (err)
		return err;
	if (reg_is_spilled_slot(&fs->slots[spi])) {
		err = fill_from_spill(env, fs, off, a, &from_spill);
	} else {
		for (u32 i = 0; !err && i < a->size; i++)
			err = check_byte_readable(env, fs, off, i, a->size);
		if (!err && a->value_regno >= 0)
			fill_from_bytes(env, fs, off, off + (s32)a->size, (u32)a->value_regno);
	}
	if (err || !from_spill)
		return err;
	return push_jmp_history(env, env->cur, history_flags(fs, spi), 0);
}

static int read_variable(struct verifier_env *env, struct func_state *fs, const struct access *a)
{
	const struct reg_state *ptr = access_reg(env, a);
	s32 min_off = (s32)ptr->smin + a->off;
	s32 end_off = (s32)ptr->smax + a->off + (s32)a->size;
	int err;

	/* Callers that keep no register would let spilled pointers pass as numbers. */
	if (a->value_regno < 0) {
		verbose(env, "variable offset stack pointer cannot be passed into helper function; "
			     "var_off=");
		log_tnum(env, ptr->var_off);
		verbose(env, " off=%d size=%u\n", a->off, a->size);
		return -EACCES;
	}
	err = check_stack_range_initialized(env, a->regno, a->off, a->size, false, ACCESS_READ,
					    NULL);
	if (!err)
		fill_from_bytes(env, fs, min_off, end_off, (u32)a->value_regno);
	return err;
}

int access_stack(struct verifier_env *env, const struct access *a)
{
	const struct reg_state *ptr = access_reg(env, a);
	struct func_state *fs = stack_frame(env, ptr);
	bool fixed = tnum_is_const(ptr->var_off);
	s32 off = a->off + (s32)ptr->var_off.value;
	int err = check_within_stack(env, a->regno, a->off, a->size, a->kind);

	if (err)
		return err;
	if (a->kind == ACCESS_READ)
		return fixed ? read_fixed(env, fs, off, a) : read_variable(env, fs, a);
	return fixed ? write_fixed(env, fs, off, a) : write_variable(env, fs, a);
}

/* --------------------------------------------------------------------------- ranges for calls */

static int check_raw_range(struct verifier_env *env, struct func_state *fs, s32 min_off,
			   s32 end_off)
{
	for (s32 off = min_off; off < end_off; off++) {
		/* The callee would overwrite a dynptr that it may have been handed as well. */
		if (*byte_kind(fs, off) == SLOT_DYNPTR) {
			verbose(env, "potential write to dynptr at off=%d disallowed\n", off);
			return -EACCES;
		}
	}
	return 0;
}

/* True if the callee may read the byte, or write it if @clobber: then nothing is known after. */
static bool touch_byte(struct func_state *fs, s32 off, bool clobber)
{
	struct stack_slot *slot = &fs->slots[slot_of(off)];
	u8 *kind = byte_kind(fs, off);

	switch (*kind) {
	case SLOT_MISC:
		return true;
	case SLOT_ZERO:
	case SLOT_INVALID:
		if (clobber)
			*kind = SLOT_MISC;
		return true;
	default:
		break;
	}
	if (!reg_is_spilled_slot(slot))
		return false;
	if (clobber) {
		reg_set_unknown(&slot->spilled);
		scrub_slot(slot);
	}
	return true;
}

int check_stack_range_initialized(struct verifier_env *env, u32 regno, s32 off, u32 access_size,
				  bool zero_size_allowed, enum access_kind kind,
				  struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	struct func_state *fs = stack_frame(env, reg);
	bool fixed = tnum_is_const(reg->var_off);
	s32 min_off, end_off;
	int err;

	if (!access_size && !zero_size_allowed) {
		verbose(env, "invalid zero-sized read\n");
		return -EACCES;
	}
	err = check_within_stack(env, regno, off, access_size, kind);
	if (err)
		return err;
	min_off = off + (s32)(fixed ? (s64)reg->var_off.value : reg->smin);
	end_off = off + (s32)(fixed ? (s64)reg->var_off.value : reg->smax) + (s32)access_size;
	/* Which bytes get initialised is known only for a fixed offset. */
	if (fixed && meta && meta->raw_mode) {
		err = check_raw_range(env, fs, min_off, end_off);
		if (!err) {
			meta->access_size = (s32)access_size;
			meta->regno = (s32)regno;
		}
		return err;
	}
	for (s32 i = min_off; i < end_off; i++) {
		if (touch_byte(fs, i, kind == ACCESS_WRITE)) {
			err = mark_stack_read(env, fs->frameno, BIT64(slot_of(i)));
			if (err)
				return err;
			continue;
		}
		verbose(env, "invalid read from stack R%u ", regno);
		if (fixed) {
			verbose(env, "off %d+%d size %u\n", min_off, i - min_off, access_size);
		} else {
			verbose(env, "var_off ");
			log_tnum(env, reg->var_off);
			verbose(env, "+%d size %u\n", i - min_off, access_size);
		}
		return -EACCES;
	}
	return 0;
}
