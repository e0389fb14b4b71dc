// SPDX-License-Identifier: BSD-2-Clause
#include "flow.h"

static bool same_value(const struct value *a, const struct value *b)
{
	return a->sites == b->sites && a->flags == b->flags && a->num == b->num &&
	       a->fp_off == b->fp_off && a->at == b->at;
}

static bool is_nothing(const struct value *v)
{
	return !v->sites && !v->flags;
}

static void join_const(struct value *to, const struct value *from)
{
	u8 both = to->flags | from->flags;
	bool differ = to->flags & from->flags & V_CONST && to->num != from->num;

	to->flags = both;
	if (both & V_OTHER || differ) {
		to->flags = (u8)((both & ~V_CONST) | V_OTHER);
		to->num = 0;
	} else if (from->flags & V_CONST) {
		to->num = from->num;
	}
}

bool value_join(struct value *to, const struct value *from)
{
	struct value old = *to;

	if (is_nothing(from))
		return false;
	if (is_nothing(to)) {
		*to = *from;
		return true;
	}
	if (from->flags & V_FP) {
		if (!(to->flags & V_FP))
			to->fp_off = from->fp_off;
		else if (to->fp_off != from->fp_off)
			to->flags |= V_FP_ANY;
	}
	if (from->sites) {
		if (!to->sites)
			to->at = from->at;
		else if (to->at != from->at)
			to->at = AT_ANY;
		to->sites |= from->sites;
	}
	join_const(to, from);
	if (to->flags & V_FP_ANY)
		to->fp_off = 0;
	if (to->sites && to->at)
		to->flags |= V_INSIDE;
	return !same_value(&old, to);
}

bool flow_join(struct flow_state *to, const struct flow_state *from)
{
	bool grew = false;

	if (!to->reached) {
		*to = *from;
		to->reached = true;
		return true;
	}
	for (u32 i = 0; i < MAX_BPF_REG; i++)
		grew |= value_join(&to->reg[i], &from->reg[i]);
	for (u32 i = 0; i < ARRAY_SIZE(to->slot); i++)
		grew |= value_join(&to->slot[i], &from->slot[i]);
	for (u32 i = 0; i < STACK_MAX; i++) {
		u64 bit = 1ull << i % 64;

		if (!(to->known[i / 64] & bit))
			continue;
		if (from->known[i / 64] & bit && to->byte[i] == from->byte[i])
			continue;
		to->known[i / 64] &= ~bit;
		grew = true;
	}
	return grew;
}

/* Bytes [*@at, *@end) of the stack; false if there are none. */
static bool clip(s32 off, u32 size, u32 *at, u32 *end)
{
	s64 from = (s64)STACK_MAX + off;
	s64 to = from + size;

	from = max(from, (s64)0);
	to = min(to, (s64)STACK_MAX);
	if (from >= to)
		return false;
	*at = (u32)from;
	*end = (u32)to;
	return true;
}

bool flow_bytes(const struct flow_state *s, s32 off, u32 size, u64 *num)
{
	u32 at, end;

	*num = 0;
	if (!clip(off, size, &at, &end) || end - at != size)
		return false;
	for (u32 i = at; i < end; i++) {
		if (!(s->known[i / 64] & (1ull << i % 64)))
			return false;
		*num |= (u64)s->byte[i] << 8 * (i - at);
	}
	return true;
}

struct value flow_load(const struct flow_state *s, s32 off, u32 size)
{
	u32 at, end;
	u64 num;

	if (size == STACK_SLOT && clip(off, size, &at, &end) && !(at % STACK_SLOT)) {
		const struct value *v = &s->slot[at / STACK_SLOT];

		if (v->sites || v->flags & (V_FP | V_WALKED))
			return *v;
	}
	return flow_bytes(s, off, size, &num) ? value_const(num) : value_other();
}

void flow_forget(struct flow_state *s, s32 off, u32 size)
{
	u32 at, end;

	if (!clip(off, size, &at, &end))
		return;
	for (u32 i = at; i < end; i++) {
		struct value *slot = &s->slot[i / STACK_SLOT];

		s->known[i / 64] &= ~(1ull << i % 64);
		/* What was a reference is none any more, and no verified program takes it for one.
		 */
		if (!slot->sites)
			*slot = value_other();
	}
}

void flow_make_dynptr(struct flow_state *s, s32 off)
{
	u32 at, end;

	if (off % STACK_SLOT || !clip(off, DYNPTR_SIZE, &at, &end) || end - at != DYNPTR_SIZE)
		return;
	s->slot[at / STACK_SLOT] = (struct value){.flags = V_DYNPTR};
	s->slot[at / STACK_SLOT + 1] = (struct value){.flags = V_DYNPTR};
}

void flow_forget_dynptrs(struct flow_state *s)
{
	for (u32 i = 0; i < ARRAY_SIZE(s->slot); i++) {
		if (s->slot[i].flags & V_DYNPTR)
			s->slot[i] = value_other();
	}
}

bool flow_is_dynptr(const struct flow_state *s, s32 off)
{
	u32 at, end;

	if (off % STACK_SLOT || !clip(off, DYNPTR_SIZE, &at, &end) || end - at != DYNPTR_SIZE)
		return false;
	for (u32 i = at / STACK_SLOT; i < end / STACK_SLOT; i++) {
		if (s->slot[i].flags != V_DYNPTR || s->slot[i].sites)
			return false;
	}
	return true;
}

static void know(struct flow_state *s, u32 at, u32 size, u64 num)
{
	for (u32 i = 0; i < size; i++) {
		s->known[(at + i) / 64] |= (1ull << (at + i) % 64);
		s->byte[at + i] = (u8)(num >> 8 * i);
	}
}

void flow_store(struct flow_state *s, s32 off, u32 size, const struct value *v, bool exact)
{
	bool whole = size == STACK_SLOT && off % STACK_SLOT == 0;
	struct value other = value_other();
	u32 at, end;

	flow_forget(s, off, size);
	if (!clip(off, size, &at, &end))
		return;
	if (whole && exact)
		s->slot[at / STACK_SLOT] = *v;
	else if (whole)
		value_join(&s->slot[at / STACK_SLOT], v);
	for (u32 i = at / STACK_SLOT; !whole && i <= (end - 1) / STACK_SLOT; i++)
		value_join(&s->slot[i], &other);
	if (exact && value_is_const(v) && end - at == size)
		know(s, at, size, v->num);
}

struct value flow_load_any(const struct flow_state *s)
{
	struct value all = value_other();

	for (u32 i = 0; i < ARRAY_SIZE(s->slot); i++)
		value_join(&all, &s->slot[i]);
	return all;
}

void flow_store_any(struct flow_state *s, const struct value *v)
{
	struct value stored = *v;
	struct value other = value_other();

	value_join(&stored, &other);
	flow_forget(s, -STACK_MAX, STACK_MAX);
	for (u32 i = 0; i < ARRAY_SIZE(s->slot); i++)
		value_join(&s->slot[i], &stored);
}
