/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROVE_LOGIC_H
#define PROVE_LOGIC_H

#ifdef NARROW
#include "narrow.h"
#else
#include "env.h"
#endif

/*
 * What a property is written with. A property is a function without parameters: it asks for its
 * inputs, says what may be assumed of them, runs shipped code and checks what must hold. One text,
 * two readings: ir.py makes a formula of it, in which any_u64() is every number at once;
 * enumerate.c runs it for every combination of inputs.
 */
u64 any_u64(const char *name);
u32 any_u32(const char *name);
u8 any_u8(const char *name);
void assume(bool cond);
void check(bool cond, const char *what);

/*
 * A proof may put a contract in place of a function that it calls, once that function has been
 * proved to keep it. Contracts speak of the concrete values that the property is about.
 */
void ghost_set(u8 i, u64 v);
u64 ghost(u8 i);

#define PROPERTY(name)           \
	void prove_##name(void); \
	void prove_##name(void)

/* In the proof of the property, calls of @callee mean @contract. The driver finds the string. */
#define USES(property, callee, contract)                                       \
	__attribute__((used)) static const char uses_##property##_##callee[] = \
		"uses " #property " " #callee " " #contract;

/* ---- what abstract values contain ------------------------------------------------------------ */

/* Implies that no bit is both known to be 1 and unknown. */
static inline bool tnum_has(struct tnum t, u64 v)
{
	return (u64)(v & ~t.mask) == t.value;
}

static inline bool has_u64(const struct reg_state *r, u64 v)
{
	return r->umin <= v && v <= r->umax;
}

static inline bool has_s64(const struct reg_state *r, u64 v)
{
	return r->smin <= (s64)v && (s64)v <= r->smax;
}

static inline bool has_u32(const struct reg_state *r, u32 v)
{
	return r->u32_min <= v && v <= r->u32_max;
}

static inline bool has_s32(const struct reg_state *r, u32 v)
{
	return r->s32_min <= (s32)v && (s32)v <= r->s32_max;
}

static inline bool reg_has_64(const struct reg_state *r, u64 v)
{
	return tnum_has(r->var_off, v) && has_u64(r, v) && has_s64(r, v);
}

static inline bool reg_has_32(const struct reg_state *r, u32 v)
{
	return tnum_has(tnum_subreg(r->var_off), v) && has_u32(r, v) && has_s32(r, v);
}

static inline bool reg_has(const struct reg_state *r, u64 v)
{
	return reg_has_64(r, v) && has_u32(r, (u32)v) && has_s32(r, (u32)v);
}

/* ---- inputs ---------------------------------------------------------------------------------- */

/* Of the tnums that have @v there is one for each mask. */
static inline struct tnum any_tnum_with(u64 v)
{
	u64 mask = any_u64("mask");

	return TNUM(v & ~mask, mask);
}

static inline void any_u64_range(struct reg_state *r, u64 v)
{
	r->umin = any_u64("umin");
	assume(r->umin <= v);
	r->umax = any_u64("umax");
	assume(v <= r->umax);
}

static inline void any_s64_range(struct reg_state *r, u64 v)
{
	r->smin = (s64)any_u64("smin");
	assume(r->smin <= (s64)v);
	r->smax = (s64)any_u64("smax");
	assume((s64)v <= r->smax);
}

static inline void any_u32_range(struct reg_state *r, u32 v)
{
	r->u32_min = any_u32("u32_min");
	assume(r->u32_min <= v);
	r->u32_max = any_u32("u32_max");
	assume(v <= r->u32_max);
}

static inline void any_s32_range(struct reg_state *r, u32 v)
{
	r->s32_min = (s32)any_u32("s32_min");
	assume(r->s32_min <= (s32)v);
	r->s32_max = (s32)any_u32("s32_max");
	assume((s32)v <= r->s32_max);
}

static inline void any_32(struct reg_state *r, u32 v)
{
	any_u32_range(r, v);
	any_s32_range(r, v);
}

/* Any scalar of which nothing false is known if its value is @v. */
static inline struct reg_state any_reg_with(u64 v)
{
	struct reg_state r = {.type = SCALAR_VALUE};

	r.var_off = any_tnum_with(v);
	any_u64_range(&r, v);
	any_s64_range(&r, v);
	any_32(&r, (u32)v);
	return r;
}

static inline bool any_bool(const char *name)
{
	u8 b = any_u8(name);

	assume(b <= 1);
	return b;
}

/* ---- goals ----------------------------------------------------------------------------------- */

static inline void check_tnum(struct tnum t, u64 v)
{
	check(tnum_has(t, v), "tnum");
}

static inline void check_64(const struct reg_state *r, u64 v)
{
	check(tnum_has(r->var_off, v), "tnum");
	check(r->umin <= v, "umin");
	check(v <= r->umax, "umax");
	check(r->smin <= (s64)v, "smin");
	check((s64)v <= r->smax, "smax");
}

static inline void check_32(const struct reg_state *r, u32 v)
{
	check(tnum_has(tnum_subreg(r->var_off), v), "tnum's low half");
	check(r->u32_min <= v, "u32_min");
	check(v <= r->u32_max, "u32_max");
	check(r->s32_min <= (s32)v, "s32_min");
	check((s32)v <= r->s32_max, "s32_max");
}

static inline void check_reg(const struct reg_state *r, u64 v)
{
	check_64(r, v);
	check_32(r, (u32)v);
}

/* ---- contracts ------------------------------------------------------------------------------- */

/* Of a step that only narrows: @v, which is in the register before, is in it afterwards. */
static inline void keeps(struct reg_state *r, u64 v)
{
	check_reg(r, v);
	r->var_off.mask = any_u64("mask after");
	r->var_off.value = any_u64("value after");
	r->umin = any_u64("umin after");
	r->umax = any_u64("umax after");
	r->smin = (s64)any_u64("smin after");
	r->smax = (s64)any_u64("smax after");
	r->u32_min = any_u32("u32_min after");
	r->u32_max = any_u32("u32_max after");
	r->s32_min = (s32)any_u32("s32_min after");
	r->s32_max = (s32)any_u32("s32_max after");
	assume(reg_has(r, v));
}

#define CONTRACT(name, i)               \
	void name(struct reg_state *r); \
	void name(struct reg_state *r)  \
	{                               \
		keeps(r, ghost(i));     \
	}

#endif
