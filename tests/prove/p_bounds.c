// SPDX-License-Identifier: BSD-2-Clause
/* The ranges of one scalar: no deduction, cast or extension loses the value. */
#include <errno.h>

#include "logic.h"

#include "tnum.c"
#include "bounds.c"

/* Steps of reg_sync_bounds(), one by one: each is what contract_keeps says. */
CONTRACT(contract_keeps, 0)

/* What prove_tnum_next shows. */
u64 contract_next(struct tnum t, u64 v);
u64 contract_next(struct tnum t, u64 v)
{
	u64 greatest = t.value | t.mask;
	u64 next = any_u64("next");

	assume(v >= greatest ? next == greatest : tnum_has(t, next) && next > v);
	assume(!tnum_has(t, ghost(0)) || ghost(0) <= v || next <= ghost(0));
	return next;
}

#define KEEPS(step)                   \
	PROPERTY(step)                \
	{                             \
		u64 v = any_u64("v"); \
		struct reg_state r;   \
                                      \
		ghost_set(0, v);      \
		ghost_set(1, v);      \
		r = any_reg_with(v);  \
		step(&r);             \
		check_reg(&r, v);     \
	}

KEEPS(reg_bounds32_from_tnum)
KEEPS(bounds64_from_tnum)
KEEPS(only_number_in_range)
USES(only_number_in_range, tnum_next, contract_next)
KEEPS(reg_bounds_from_tnum)
USES(reg_bounds_from_tnum, reg_bounds32_from_tnum, contract_keeps)
USES(reg_bounds_from_tnum, bounds64_from_tnum, contract_keeps)
USES(reg_bounds_from_tnum, only_number_in_range, contract_keeps)
KEEPS(bounds32_from_64)
KEEPS(deduce_32)
USES(deduce_32, bounds32_from_64, contract_keeps)
KEEPS(deduce_64)
KEEPS(deduce_64_from_32)
KEEPS(deduce)
USES(deduce, deduce_32, contract_keeps)
USES(deduce, deduce_64, contract_keeps)
USES(deduce, deduce_64_from_32, contract_keeps)
KEEPS(tnum_from_bounds)
KEEPS(reg_sync_bounds)
USES(reg_sync_bounds, reg_bounds_from_tnum, contract_keeps)
USES(reg_sync_bounds, deduce, contract_keeps)
USES(reg_sync_bounds, tnum_from_bounds, contract_keeps)
KEEPS(reg_mark_unbounded)

/* What may have a value is never taken for a contradiction: reg_sync_bounds() ends so. */
PROPERTY(no_false_violation)
{
	u64 v = any_u64("v");
	struct reg_state r = any_reg_with(v);

	ghost_set(0, v);
	reg_bounds_from_tnum(&r);
	check(!violation(&r), "well formed");
}
USES(no_false_violation, tnum_next, contract_next)

/* What is no number for sure is a contradiction, and is found to be one where ranges are crossed.
 */
PROPERTY(violation)
{
	u64 v = any_u64("v");
	struct reg_state r = {.type = SCALAR_VALUE};

	r.var_off.mask = any_u64("mask");
	r.var_off.value = any_u64("value");
	r.umin = any_u64("umin");
	r.umax = any_u64("umax");
	r.smin = (s64)any_u64("smin");
	r.smax = (s64)any_u64("smax");
	r.u32_min = any_u32("u32_min");
	r.u32_max = any_u32("u32_max");
	r.s32_min = (s32)any_u32("s32_min");
	r.s32_max = (s32)any_u32("s32_max");
	if (violation(&r) && !tnum_is_const(r.var_off) && !tnum_subreg_is_const(r.var_off))
		check(!reg_has(&r, v), "empty");
	if (!violation(&r))
		check(r.umin <= r.umax && r.smin <= r.smax && r.u32_min <= r.u32_max &&
			      r.s32_min <= r.s32_max,
		      "ordered");
}

PROPERTY(marks)
{
	u64 v = any_u64("v");
	u64 other = any_u64("other");
	s64 lo = (s64)any_u64("lo");
	s64 hi = (s64)any_u64("hi");
	struct reg_state r = any_reg_with(other);

	reg_mark_known_32(&r, (u32)v);
	check(tnum_has(r.var_off, (u64)(other >> SUBREG_BITS << SUBREG_BITS) | (u32)v), "tnum");
	check_32(&r, (u32)v);
	reg_mark_known(&r, v);
	check_reg(&r, v);
	reg_set_unknown(&r);
	check_reg(&r, v);
	reg_set_scalar_const(&r, v);
	check_reg(&r, v);
	check(!reg_is_const(&r) || r.var_off.value == v, "const");
	assume(lo <= (s64)v && (s64)v <= hi);
	ghost_set(0, v);
	reg_set_unknown_in_range(&r, lo, hi);
	check_reg(&r, v);
}
USES(marks, reg_sync_bounds, contract_keeps)

PROPERTY(is_const)
{
	u64 v = any_u64("v");
	struct reg_state r = any_reg_with(v);

	check(!reg_is_const(&r) || r.var_off.value == v, "64");
	check(!reg_is_const32(&r) || (u32)r.var_off.value == (u32)v, "32");
}

/* Only the lower half need be right before. */
PROPERTY(reg_zext_32)
{
	u32 v = any_u32("v");
	struct reg_state r = {.type = SCALAR_VALUE};

	r.var_off.mask = any_u64("mask");
	r.var_off.value = any_u64("value");
	assume(tnum_has(tnum_subreg(r.var_off), v));
	r.umin = any_u64("umin");
	r.umax = any_u64("umax");
	r.smin = (s64)any_u64("smin");
	r.smax = (s64)any_u64("smax");
	any_32(&r, v);
	reg_zext_32(&r);
	check_reg(&r, v);
}

static inline u64 low(u64 v, u8 size)
{
	return v & (((u64)1 << (size * BYTE_BITS)) - 1);
}

static inline u64 extended(u64 v, u8 size)
{
	u64 sign = (u64)1 << (size * BYTE_BITS - 1);

	return (u64)((low(v, size) ^ sign) - sign);
}

#define COERCE(size)                                         \
	PROPERTY(coerce_##size)                              \
	{                                                    \
		u64 v = any_u64("v");                        \
		struct reg_state r = any_reg_with(v);        \
                                                             \
		ghost_set(0, low(v, size));                  \
		reg_coerce_to_size(&r, size);                \
		check_reg(&r, low(v, size));                 \
	}                                                    \
	USES(coerce_##size, reg_sync_bounds, contract_keeps) \
	PROPERTY(extend_##size)                              \
	{                                                    \
		u64 v = any_u64("v");                        \
		struct reg_state r = any_reg_with(v);        \
                                                             \
		reg_coerce_to_size_sx(&r, size);             \
		check_reg(&r, extended(v, size));            \
		check(!violation(&r), "well formed");        \
	}

COERCE(1)
COERCE(2)
COERCE(4)

/* The upper half is left to reg_zext_32(). */
#define EXTEND32(size)                                  \
	PROPERTY(extend32_##size)                       \
	{                                               \
		u64 v = any_u64("v");                   \
		struct reg_state r = any_reg_with(v);   \
                                                        \
		reg_coerce_subreg_to_size_sx(&r, size); \
		check_32(&r, (u32)extended(v, size));   \
		reg_zext_32(&r);                        \
		check_reg(&r, (u32)extended(v, size));  \
	}

EXTEND32(1)
EXTEND32(2)
