// SPDX-License-Identifier: BSD-2-Clause
/*
 * Does an old state stand for the current one? It does if everything that was safe in the old one
 * is safe in the current one: each value that the current one may have, the old one might have had,
 * as far as it mattered.
 */
#include <string.h>

#include "env.h"

void idmap_reset(struct verifier_env *env)
{
	env->idmap.cnt = 0;
	env->idmap.tmp_id_gen = env->id_gen;
}

/* An id of the old state means one id of the current one, and the other way round. */
static bool ids_match(u32 old_id, u32 cur_id, struct idmap *map)
{
	if (!old_id != !cur_id)
		return false;
	if (!old_id)
		return true;
	for (u32 i = 0; i < map->cnt; i++) {
		if (map->map[i].old == old_id)
			return map->map[i].cur == cur_id;
		if (map->map[i].cur == cur_id)
			return false;
	}
	if (map->cnt == ARRAY_SIZE(map->map))
		return false;
	map->map[map->cnt].old = old_id;
	map->map[map->cnt++].cur = cur_id;
	return true;
}

/* A current scalar without an id is linked to none, as if it had one of its own. */
static bool scalar_ids_match(u32 old_id, u32 cur_id, struct idmap *map)
{
	return ids_match(old_id, cur_id ? cur_id : ++map->tmp_id_gen, map);
}

static bool range_within(const struct reg_state *old, const struct reg_state *cur)
{
	return old->umin <= cur->umin && old->umax >= cur->umax && old->smin <= cur->smin &&
	       old->smax >= cur->smax && old->u32_min <= cur->u32_min &&
	       old->u32_max >= cur->u32_max && old->s32_min <= cur->s32_min &&
	       old->s32_max >= cur->s32_max;
}

static bool values_within(const struct reg_state *old, const struct reg_state *cur)
{
	return range_within(old, cur) && tnum_in(old->var_off, cur->var_off);
}

/* Alike in all but ids. */
static bool same_before_ids(const struct reg_state *a, const struct reg_state *b)
{
	return !memcmp(a, b, offsetof(struct reg_state, id));
}

/* Alike in all but the range of values. */
static bool same_before_values(const struct reg_state *a, const struct reg_state *b)
{
	return !memcmp(a, b, offsetof(struct reg_state, var_off));
}

bool regs_exact(const struct reg_state *old, const struct reg_state *cur, struct idmap *map)
{
	return same_before_ids(old, cur) && ids_match(old->id, cur->id, map) &&
	       ids_match(old->ref_obj_id, cur->ref_obj_id, map);
}

static bool scalar_safe(const struct reg_state *old, const struct reg_state *cur, struct idmap *map,
			enum exactness exact)
{
	if (!old->precise && exact == NOT_EXACT)
		return true;
	if (!values_within(old, cur))
		return false;
	/* The old one was linked to none: that the current one is only says more of it. */
	if (!old->id)
		return true;
	if ((old->id & SCALAR_ADD_CONST) != (cur->id & SCALAR_ADD_CONST))
		return false;
	if ((old->id & SCALAR_ADD_CONST) && old->off != cur->off)
		return false;
	return scalar_ids_match(old->id, cur->id, map);
}

/* Known to be at or beyond the end decides comparisons with it, so only the same will do. */
static bool range_safe(s32 old, s32 cur)
{
	return old < 0 || cur < 0 ? old == cur : old <= cur;
}

static bool pkt_safe(const struct reg_state *old, const struct reg_state *cur, struct idmap *map)
{
	/* More may have been proved readable than was needed; the base and offset must agree. */
	return range_safe(old->range, cur->range) && old->off == cur->off &&
	       ids_match(old->id, cur->id, map) && values_within(old, cur);
}

static bool reg_safe(const struct reg_state *old, const struct reg_state *cur, struct idmap *map,
		     enum exactness exact)
{
	if (exact == EXACT)
		return regs_exact(old, cur, map);
	/* It cannot have been used. */
	if (old->type == NOT_INIT)
		return true;
	if (old->type != cur->type)
		return false;
	switch (reg_base_type(old)) {
	case SCALAR_VALUE:
		return scalar_safe(old, cur, map, exact);
	case PTR_TO_MAP_KEY:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MEM:
	case PTR_TO_BUF:
	case PTR_TO_TP_BUFFER:
		return same_before_values(old, cur) && values_within(old, cur) &&
		       ids_match(old->id, cur->id, map) &&
		       ids_match(old->ref_obj_id, cur->ref_obj_id, map);
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
		return pkt_safe(old, cur, map);
	case PTR_TO_STACK:
		return regs_exact(old, cur, map) && old->frameno == cur->frameno;
	case PTR_TO_ARENA:
		return true;
	default:
		return regs_exact(old, cur, map);
	}
}

static bool is_whole_scalar(const struct stack_slot *slot)
{
	return slot->kind[0] == SLOT_SPILL && is_spilled_scalar_slot(slot);
}

/* The slot seen as one 64-bit scalar, if it can be: eight plain bytes are an unknown one. */
static const struct reg_state *slot_scalar(const struct stack_slot *slot)
{
	static const struct reg_state unknown = {
		.type = SCALAR_VALUE,
		.var_off = {.value = 0, .mask = U64_MAX},
		.smin = S64_MIN,
		.smax = S64_MAX,
		.umax = U64_MAX,
		.s32_min = S32_MIN,
		.s32_max = S32_MAX,
		.u32_max = U32_MAX,
	};

	if (is_whole_scalar(slot))
		return &slot->spilled;
	for (u32 i = 0; i < 8; i++)
		if (slot->kind[i] != SLOT_MISC && slot->kind[i] != SLOT_INVALID)
			return NULL;
	return &unknown;
}

/* Both slots begin with the same kind of thing. */
static bool content_safe(const struct stack_slot *old, const struct stack_slot *cur,
			 struct idmap *map, enum exactness exact)
{
	const struct reg_state *a = &old->spilled;
	const struct reg_state *b = &cur->spilled;

	switch (old->kind[7]) {
	case SLOT_SPILL:
		return reg_safe(a, b, map, exact);
	case SLOT_DYNPTR:
		return a->dynptr.kind == b->dynptr.kind &&
		       a->dynptr.first_slot == b->dynptr.first_slot &&
		       ids_match(a->ref_obj_id, b->ref_obj_id, map);
	case SLOT_ITER:
		/* How often it was advanced does not matter. */
		return a->iter.btf == b->iter.btf && a->iter.btf_id == b->iter.btf_id &&
		       a->iter.state == b->iter.state &&
		       ids_match(a->ref_obj_id, b->ref_obj_id, map);
	case SLOT_IRQ:
		return ids_match(a->ref_obj_id, b->ref_obj_id, map);
	default:
		return true;
	}
}

static bool slot_safe(const struct stack_slot *old, const struct stack_slot *cur, struct idmap *map,
		      enum exactness exact)
{
	const struct reg_state *scalar = is_whole_scalar(old) ? slot_scalar(cur) : NULL;

	if (exact != NOT_EXACT && memcmp(old->kind, cur->kind, sizeof(old->kind)))
		return false;
	if (scalar)
		return reg_safe(&old->spilled, scalar, map, exact);
	for (u32 i = 0; i < 8; i++) {
		/* Root may read what it has not written: both say nothing of the value. */
		if (old->kind[i] == SLOT_INVALID || old->kind[i] == SLOT_MISC)
			continue;
		if (old->kind[i] != cur->kind[i])
			return false;
	}
	return content_safe(old, cur, map, exact);
}

static bool says_nothing(const struct stack_slot *slot)
{
	for (u32 i = 0; i < 8; i++)
		if (slot->kind[i] != SLOT_INVALID && slot->kind[i] != SLOT_MISC)
			return false;
	return true;
}

static bool stack_safe(const struct func_state *old, const struct func_state *cur,
		       struct idmap *map, enum exactness exact)
{
	for (u32 i = 0; i < old->nr_slots; i++) {
		if (i < cur->nr_slots) {
			if (!slot_safe(&old->slots[i], &cur->slots[i], map, exact))
				return false;
		} else if (exact != NOT_EXACT || !says_nothing(&old->slots[i])) {
			return false;
		}
	}
	return true;
}

static bool func_safe(const struct verifier_env *env, const struct func_state *old,
		      const struct func_state *cur, u32 insn_idx, struct idmap *map,
		      enum exactness exact)
{
	u32 live = env->insns[insn_idx].live_regs;

	/* The callback has yet to be walked more often than the old state was safe for. */
	if (old->cb_depth > cur->cb_depth)
		return false;
	for (u32 r = 0; r < MAX_REGS; r++)
		if ((live & BIT(r)) && !reg_safe(&old->regs[r], &cur->regs[r], map, exact))
			return false;
	return stack_safe(old, cur, map, exact);
}

static bool refs_safe(const struct verifier_state *old, const struct verifier_state *cur,
		      struct idmap *map)
{
	if (old->nr_refs != cur->nr_refs || old->active_locks != cur->active_locks ||
	    old->active_preempt_locks != cur->active_preempt_locks ||
	    old->active_rcu_locks != cur->active_rcu_locks ||
	    old->active_lock_ptr != cur->active_lock_ptr ||
	    !ids_match(old->active_lock_id, cur->active_lock_id, map))
		return false;
	for (u32 i = 0; i < old->nr_refs; i++) {
		const struct reference *a = &old->refs[i];
		const struct reference *b = &cur->refs[i];

		if (a->kind != b->kind || a->by_lock != b->by_lock || !ids_match(a->id, b->id, map))
			return false;
		if (a->kind != REF_PTR && a->kind != REF_IRQ && a->ptr != b->ptr)
			return false;
	}
	return true;
}

bool states_equal(struct verifier_env *env, struct verifier_state *old, struct verifier_state *cur,
		  enum exactness exact)
{
	if (old->curframe != cur->curframe || old->in_sleepable != cur->in_sleepable)
		return false;
	idmap_reset(env);
	if (!refs_safe(old, cur, &env->idmap))
		return false;
	for (u32 f = 0; f <= old->curframe; f++) {
		if (old->frame[f]->callsite != cur->frame[f]->callsite)
			return false;
		if (!func_safe(env, old->frame[f], cur->frame[f], frame_insn(old, f), &env->idmap,
			       exact))
			return false;
	}
	return true;
}
