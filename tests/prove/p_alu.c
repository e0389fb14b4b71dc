// SPDX-License-Identifier: BSD-2-Clause
/* Moves, the offsets of pointers, and scalars that are another plus a constant. */
#include "logic.h"

#include "tnum.c"
#include "bounds.c"
#include "scalar.c"
#include "alu.c"
#include "linked.c"

CONTRACT(contract_keeps, 0)

void contract_share_id(struct verifier_env *env, struct reg_state *reg);
void contract_share_id(struct verifier_env *env, struct reg_state *reg)
{
	(void)env;
	reg->id = 1;
}

/* What ptr_alu() has made sure of before. */
static inline void assume_sane(const struct reg_state *r)
{
	assume(!tnum_is_const(r->var_off) || (r->smin == r->smax && r->umin == r->umax));
	assume(r->smin > -MAX_VAR_OFF && r->smin < MAX_VAR_OFF);
}

/* Of a pointer's off and what the register has, one takes all of the scalar. */
#define POINTER(name, op)                                               \
	PROPERTY(name)                                                  \
	{                                                               \
		u64 v = any_u64("v");                                   \
		u64 w = any_u64("w");                                   \
		struct reg_state r = any_reg_with(v);                   \
		struct reg_state s = any_reg_with(w);                   \
		struct verifier_env env = {0};                          \
		s32 off = (s32)any_u32("off");                          \
                                                                        \
		r.type = PTR_TO_PACKET;                                 \
		r.off = off;                                            \
		assume(off > -MAX_VAR_OFF && off < MAX_VAR_OFF);        \
		assume_sane(&r);                                        \
		assume_sane(&s);                                        \
		name(&env, &r, &s);                                     \
		if (r.off == off) {                                     \
			check_64(&r, v op w);                           \
		} else {                                                \
			check((s64)r.off == (s64)off op(s64) w, "off"); \
			check_64(&r, v);                                \
		}                                                       \
	}

POINTER(ptr_add, +)
POINTER(ptr_sub, -)

/* An id that is kept says that the copy is equal to what it was copied from. */
#define MOVE(name, width, bits, expr)                          \
	PROPERTY(name##_##bits)                                \
	{                                                      \
		u64 v = any_u64("v");                          \
		u64 copy = (expr);                             \
		struct reg_state src = any_reg_with(v);        \
		struct reg_state dst = {.type = SCALAR_VALUE}; \
                                                               \
		ghost_set(0, copy);                            \
		name(NULL, &dst, &src, bits);                  \
		check_reg(&dst, copy);                         \
		check_reg(&src, v);                            \
		check(!dst.id || copy == v, "linked");         \
	}                                                      \
	USES(name##_##bits, share_scalar_id, contract_share_id)

MOVE(mov_reg64, 64, 0, v)
MOVE(mov_reg64, 64, 8, (u64)(s64)(s8)v)
MOVE(mov_reg64, 64, 16, (u64)(s64)(s16)v)
MOVE(mov_reg64, 64, 32, (u64)(s64)(s32)v)
MOVE(mov_reg32, 32, 0, (u32)v)
MOVE(mov_reg32, 32, 8, (u32)(s32)(s8)v)
MOVE(mov_reg32, 32, 16, (u32)(s32)(s16)v)
USES(mov_reg32_0, reg_sync_bounds, contract_keeps)
USES(mov_reg32_8, reg_sync_bounds, contract_keeps)
USES(mov_reg32_16, reg_sync_bounds, contract_keeps)

/* What a scalar's id says of its value, @base being the value that all of them are made of. */
static inline u64 linked_value(const struct reg_state *r, u64 base)
{
	u64 sum = base + (u64)(s64)r->off;

	return r->id & SCALAR_ADD32 ? (u32)sum : sum;
}

static inline void any_link(struct reg_state *r)
{
	r->id = any_u32("flags") & SCALAR_ADD_CONST;
	assume(r->id != SCALAR_ADD_CONST);
	r->off = (s32)any_u32("off");
	/* As link_by_constant() makes them. */
	assume(r->off != S32_MIN);
	assume(r->id || !r->off);
	r->id |= 1;
}

/* What is learnt of one of them holds for the others. */
PROPERTY(linked_sync)
{
	u64 base = any_u64("base");
	struct reg_state link_known = {0}, link_reg = {0};
	struct reg_state known, reg;
	u64 v, w;

	any_link(&link_known);
	any_link(&link_reg);
	v = linked_value(&link_known, base);
	w = linked_value(&link_reg, base);
	known = any_reg_with(v);
	known.id = link_known.id;
	known.off = link_known.off;
	reg = any_reg_with(w);
	reg.id = link_reg.id;
	reg.off = link_reg.off;
	ghost_set(0, w);
	sync_one(&reg, &known);
	check_reg(&reg, w);
	check(linked_value(&reg, base) == w, "the link");
}
USES(linked_sync, reg_sync_bounds, contract_keeps)

/* A sum with a constant is linked to what it was before. */
PROPERTY(link_by_constant)
{
	u64 v = any_u64("v");
	u64 c = any_u64("c");
	bool minus = any_bool("minus");
	bool alu32 = any_bool("alu32");
	struct reg_state d = any_reg_with(v);
	u64 sum = minus ? v - c : v + c;

	any_link(&d);
	assume(!alu32 || reg_width(&d) <= 32);
	assume(linked_value(&d, v) == v);
	assume(!(d.id & SCALAR_ADD_CONST) == !d.off);
	if (d.id & SCALAR_ADD_CONST)
		return;
	link_by_constant(&d, c, minus, alu32);
	check(!d.id || linked_value(&d, v) == (alu32 ? (u32)sum : sum), "the link");
}
