// SPDX-License-Identifier: BSD-2-Clause
/*
 * Scalars that share an id: copies of one value, or that value plus a constant. What a jump learns
 * about one is passed on to the others, and the set enters the jump history, packed into 64 bits,
 * so that precision tracking can follow the way back.
 */
#include "env.h"

/* Ten bits an entry (frame 3, register or slot 6, which 1), the count on top. */
#define ENTRY_BITS  10
#define COUNT_SHIFT (LINKED_REGS_MAX * ENTRY_BITS)

u64 linked_regs_pack(const struct linked_regs *regs)
{
	u64 packed = (u64)regs->cnt << COUNT_SHIFT;

	for (u32 i = 0; i < regs->cnt; i++) {
		const struct linked_reg *e = &regs->e[i];
		u64 bits = (u64)e->frameno | (u64)e->at << 3 | (u64)e->is_reg << 9;

		packed |= bits << (i * ENTRY_BITS);
	}
	return packed;
}

void linked_regs_unpack(u64 packed, struct linked_regs *out)
{
	out->cnt = (u32)(packed >> COUNT_SHIFT);
	for (u32 i = 0; i < out->cnt; i++) {
		u64 bits = packed >> (i * ENTRY_BITS);

		out->e[i].frameno = bits & 7;
		out->e[i].at = bits >> 3 & 63;
		out->e[i].is_reg = bits >> 9 & 1;
	}
}

static void collect_one(struct reg_state *reg, u32 id, struct linked_reg where,
			struct linked_regs *out)
{
	if (reg->type != SCALAR_VALUE || (reg->id & ~SCALAR_ADD_CONST) != id)
		return;
	if (out->cnt < LINKED_REGS_MAX)
		out->e[out->cnt++] = where;
	else
		/* One too many for the history: it learns nothing, which is sound. */
		unlink_scalar(reg);
}

void linked_regs_collect(struct verifier_env *env, struct verifier_state *st, u32 id,
			 struct linked_regs *out)
{
	id &= ~SCALAR_ADD_CONST;
	for (s32 f = (s32)st->curframe; f >= 0; f--) {
		struct func_state *fs = st->frame[f];
		u32 live = env->insns[frame_insn(st, (u32)f)].live_regs;

		for (u8 r = 0; r < BPF_REG_10; r++)
			if (live & BIT(r))
				collect_one(&fs->regs[r], id, (struct linked_reg){(u8)f, r, true},
					    out);
		for (u32 s = 0; s < fs->nr_slots; s++) {
			if (!reg_is_spilled_slot(&fs->slots[s]))
				continue;
			collect_one(&fs->slots[s].spilled, id,
				    (struct linked_reg){(u8)f, (u8)s, false}, out);
		}
	}
}

/*
 * With b the common base, a scalar is b, b + off, or (32 bits) the zero-extended low half of b +
 * off. From the last nothing follows for scalars that may have an upper half.
 */
static bool can_derive(const struct reg_state *reg, const struct reg_state *known)
{
	u32 from = known->id & SCALAR_ADD_CONST;
	u32 to = reg->id & SCALAR_ADD_CONST;

	if (from == to)
		return true;
	if (from == SCALAR_ADD32)
		return !to && reg_width(reg) <= 32;
	return from != SCALAR_ADD64 || to != SCALAR_ADD32;
}

static void sync_one(struct reg_state *reg, const struct reg_state *known)
{
	struct reg_state delta = {.type = SCALAR_VALUE};
	struct reg_state was;
	bool alu32;

	if (reg->type != SCALAR_VALUE || reg == known)
		return;
	if ((reg->id & ~SCALAR_ADD_CONST) != (known->id & ~SCALAR_ADD_CONST) ||
	    !can_derive(reg, known))
		return;
	was = *reg;
	*reg = *known;
	if (was.id == known->id && was.off == known->off)
		return;
	reg_mark_known(&delta, (u64)((s64)was.off - (s64)known->off));
	/* It stays "the base plus its own constant", for the next time. */
	reg->off = was.off;
	reg->id = was.id;
	alu32 = (was.id | known->id) & SCALAR_ADD32;
	scalar_alu(reg, delta, BPF_ADD, alu32);
}

void linked_regs_sync(struct verifier_state *st, const struct reg_state *known,
		      const struct linked_regs *regs)
{
	/* @known is one of those written to; its own value does not change. */
	for (u32 i = 0; i < regs->cnt; i++) {
		const struct linked_reg *e = &regs->e[i];
		struct func_state *fs = st->frame[e->frameno];

		sync_one(e->is_reg ? &fs->regs[e->at] : &fs->slots[e->at].spilled, known);
	}
}
