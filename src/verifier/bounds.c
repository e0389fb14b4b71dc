// SPDX-License-Identifier: BSD-2-Clause
/*
 * What is known of one scalar: a tnum and four ranges (64 and 32 bits, unsigned and signed), kept
 * in agreement by deducing each from the others. Every step only narrows, so each is sound by
 * itself; three rounds are what Linux 6.18 does, and doing more would accept programs it rejects.
 */
#include <errno.h>

#include "bounds.h"
#include "env.h"

static void set_bounds_64(struct reg_state *reg, u64 umin, u64 umax, s64 smin, s64 smax)
{
	reg->umin = umin;
	reg->umax = umax;
	reg->smin = smin;
	reg->smax = smax;
}

static void set_bounds_32(struct reg_state *reg, u32 umin, u32 umax, s32 smin, s32 smax)
{
	reg->u32_min = umin;
	reg->u32_max = umax;
	reg->s32_min = smin;
	reg->s32_max = smax;
}

void reg_unbound_64(struct reg_state *reg)
{
	set_bounds_64(reg, 0, U64_MAX, S64_MIN, S64_MAX);
}

void reg_unbound_32(struct reg_state *reg)
{
	set_bounds_32(reg, 0, U32_MAX, S32_MIN, S32_MAX);
}

void reg_mark_unbounded(struct reg_state *reg)
{
	reg_unbound_64(reg);
	reg_unbound_32(reg);
}

void reg_mark_known(struct reg_state *reg, u64 value)
{
	reg->var_off = tnum_const(value);
	set_bounds_64(reg, value, value, (s64)value, (s64)value);
	set_bounds_32(reg, (u32)value, (u32)value, (s32)value, (s32)value);
}

void reg_mark_known_32(struct reg_state *reg, u32 value)
{
	reg->var_off = tnum_with_subreg(reg->var_off, tnum_const(value));
	set_bounds_32(reg, value, value, (s32)value, (s32)value);
}

void reg_set_scalar_const(struct reg_state *reg, u64 value)
{
	*reg = (struct reg_state){.type = SCALAR_VALUE};
	reg_mark_known(reg, value);
}

void reg_set_unknown(struct reg_state *reg)
{
	*reg = (struct reg_state){.type = SCALAR_VALUE, .var_off = tnum_unknown};
	reg_mark_unbounded(reg);
}

void reg_set_unknown_in_range(struct reg_state *reg, s64 smin, s64 smax)
{
	reg_set_unknown(reg);
	reg->smin = max(reg->smin, smin);
	reg->smax = min(reg->smax, smax);
	reg_sync_bounds(reg);
}

bool reg_is_const(const struct reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_is_const(reg->var_off);
}

bool reg_is_const32(const struct reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_subreg_is_const(reg->var_off);
}

static void narrow_u64(struct reg_state *reg, u64 min, u64 max)
{
	reg->umin = max(reg->umin, min);
	reg->umax = min(reg->umax, max);
}

static void narrow_s64(struct reg_state *reg, s64 min, s64 max)
{
	reg->smin = max(reg->smin, min);
	reg->smax = min(reg->smax, max);
}

static void narrow_u32(struct reg_state *reg, u32 min, u32 max)
{
	reg->u32_min = max(reg->u32_min, min);
	reg->u32_max = min(reg->u32_max, max);
}

static void narrow_s32(struct reg_state *reg, s32 min, s32 max)
{
	reg->s32_min = max(reg->s32_min, min);
	reg->s32_max = min(reg->s32_max, max);
}

/* Smallest and largest a tnum can be: unknown bits all 0 or all 1, the sign bit the other way. */
void reg_bounds32_from_tnum(struct reg_state *reg)
{
	struct tnum t = tnum_subreg(reg->var_off);

	narrow_s32(reg, (s32)(t.value | (t.mask & (u32)S32_MIN)),
		   (s32)(t.value | (t.mask & S32_MAX)));
	narrow_u32(reg, (u32)t.value, (u32)(t.value | t.mask));
}

static void bounds64_from_tnum(struct reg_state *reg)
{
	struct tnum t = reg->var_off;

	narrow_s64(reg, (s64)(t.value | (t.mask & (u64)S64_MIN)),
		   (s64)(t.value | (t.mask & S64_MAX)));
	narrow_u64(reg, t.value, t.value | t.mask);
}

/* Of the tnum's numbers only one may lie in the range. */
static void only_number_in_range(struct reg_state *reg)
{
	u64 next = tnum_next(reg->var_off, reg->umin);
	u64 greatest = reg->var_off.value | reg->var_off.mask;

	if ((reg->umin & ~reg->var_off.mask) == reg->var_off.value) {
		if (next > reg->umax)
			reg_mark_known(reg, reg->umin);
	} else if (next == greatest ||
		   (next <= reg->umax && tnum_next(reg->var_off, next) > reg->umax)) {
		reg_mark_known(reg, next);
	}
}

void reg_bounds_from_tnum(struct reg_state *reg)
{
	reg_bounds32_from_tnum(reg);
	bounds64_from_tnum(reg);
	only_number_in_range(reg);
}

/* Two 64-bit bounds with one upper half say something about the lower one. */
static void bounds32_from_64(struct reg_state *reg)
{
	if (reg->umin >> SUBREG_BITS == reg->umax >> SUBREG_BITS) {
		narrow_u32(reg, (u32)reg->umin, (u32)reg->umax);
		if ((s32)reg->umin <= (s32)reg->umax)
			narrow_s32(reg, (s32)reg->umin, (s32)reg->umax);
	}
	if (reg->smin >> SUBREG_BITS == reg->smax >> SUBREG_BITS) {
		if ((u32)reg->smin <= (u32)reg->smax)
			narrow_u32(reg, (u32)reg->smin, (u32)reg->smax);
		if ((s32)reg->smin <= (s32)reg->smax)
			narrow_s32(reg, (s32)reg->smin, (s32)reg->smax);
	}
	/* Adjacent upper halves: the lower half runs from a negative through 0 to a positive. */
	if ((u32)((reg->umin >> SUBREG_BITS) + 1) == (u32)(reg->umax >> SUBREG_BITS) &&
	    (s32)reg->umin < 0 && (s32)reg->umax >= 0)
		narrow_s32(reg, (s32)reg->umin, (s32)reg->umax);
	if ((u32)((reg->smin >> SUBREG_BITS) + 1) == (u32)(reg->smax >> SUBREG_BITS) &&
	    (s32)reg->smin < 0 && (s32)reg->smax >= 0)
		narrow_s32(reg, (s32)reg->smin, (s32)reg->smax);
}

static void deduce_32(struct reg_state *reg)
{
	bounds32_from_64(reg);
	if ((s32)reg->u32_min <= (s32)reg->u32_max)
		narrow_s32(reg, (s32)reg->u32_min, (s32)reg->u32_max);
	if ((u32)reg->s32_min <= (u32)reg->s32_max) {
		narrow_u32(reg, (u32)reg->s32_min, (u32)reg->s32_max);
		return;
	}
	/* The signed range crosses -1/0: see deduce_64(). */
	if (reg->u32_max < (u32)reg->s32_min) {
		reg->s32_min = (s32)reg->u32_min;
		reg->u32_max = min(reg->u32_max, (u32)reg->s32_max);
	} else if ((u32)reg->s32_max < reg->u32_min) {
		reg->s32_max = (s32)reg->u32_max;
		reg->u32_min = max(reg->u32_min, (u32)reg->s32_min);
	}
}

static void deduce_64(struct reg_state *reg)
{
	if ((s64)reg->umin <= (s64)reg->umax)
		narrow_s64(reg, (s64)reg->umin, (s64)reg->umax);
	if ((u64)reg->smin <= (u64)reg->smax) {
		narrow_u64(reg, (u64)reg->smin, (u64)reg->smax);
		return;
	}
	/*
	 * The signed range crosses -1/0, which in unsigned numbers is two ranges, [0, smax] and
	 * [smin, 2^64). Where the unsigned range meets only one of them the other is impossible.
	 */
	if (reg->umax < (u64)reg->smin) {
		reg->smin = (s64)reg->umin;
		reg->umax = min(reg->umax, (u64)reg->smax);
	} else if ((u64)reg->smax < reg->umin) {
		reg->smax = (s64)reg->umax;
		reg->umin = max(reg->umin, (u64)reg->smin);
	}
}

#define UPPER (~(u64)U32_MAX)

/* The lower half's range under the 64-bit bounds' own upper halves. */
static void deduce_64_from_32(struct reg_state *reg)
{
	narrow_u64(reg, (reg->umin & UPPER) | reg->u32_min, (reg->umax & UPPER) | reg->u32_max);
	narrow_s64(reg, (s64)(((u64)reg->smin & UPPER) | reg->u32_min),
		   (s64)(((u64)reg->smax & UPPER) | reg->u32_max));
	/*
	 * A sign-extended 32-bit number whose lower half is not negative is its lower half. That
	 * the lower half may not yet know what the whole does, and undo it, is what Linux 6.18
	 * does.
	 */
	if (reg->s32_min >= 0 && reg->smin >= S32_MIN && reg->smax <= S32_MAX) {
		set_bounds_64(reg, (u64)reg->s32_min, (u64)reg->s32_max, reg->s32_min,
			      reg->s32_max);
		reg->var_off = tnum_intersect(reg->var_off, tnum_range(reg->umin, reg->umax));
	}
}

static void deduce(struct reg_state *reg)
{
	deduce_32(reg);
	deduce_64(reg);
	deduce_64_from_32(reg);
}

static void tnum_from_bounds(struct reg_state *reg)
{
	struct tnum t64 = tnum_intersect(reg->var_off, tnum_range(reg->umin, reg->umax));
	struct tnum t32 = tnum_intersect(tnum_subreg(t64), tnum_range(reg->u32_min, reg->u32_max));

	reg->var_off = tnum_or(tnum_clear_subreg(t64), t32);
}

void reg_sync_bounds(struct reg_state *reg)
{
	reg_bounds_from_tnum(reg);
	deduce(reg);
	deduce(reg);
	deduce(reg);
	tnum_from_bounds(reg);
	/* The tnum may just have learnt more, e.g. that a range is one power of two wide. */
	reg_bounds_from_tnum(reg);
}

static const char *violation(const struct reg_state *reg)
{
	if (reg->umin > reg->umax || reg->smin > reg->smax || reg->u32_min > reg->u32_max ||
	    reg->s32_min > reg->s32_max)
		return "range bounds violation";
	if (tnum_is_const(reg->var_off)) {
		u64 v = reg->var_off.value;

		if (reg->umin != v || reg->umax != v || reg->smin != (s64)v || reg->smax != (s64)v)
			return "const tnum out of sync with range bounds";
	}
	if (tnum_subreg_is_const(reg->var_off)) {
		u32 v = (u32)reg->var_off.value;

		if (reg->u32_min != v || reg->u32_max != v || reg->s32_min != (s32)v ||
		    reg->s32_max != (s32)v)
			return "const subreg tnum out of sync with range bounds";
	}
	return NULL;
}

int reg_check_invariants(struct verifier_env *env, struct reg_state *reg, const char *what)
{
	const char *why = violation(reg);

	if (!why)
		return 0;
	verbose(env,
		"REG INVARIANTS VIOLATION (%s): %s u64=[%#llx, %#llx] s64=[%#llx, %#llx] u32=[%#x, "
		"%#x] s32=[%#x, %#x] var_off=(%#llx, %#llx)\n",
		what, why, (unsigned long long)reg->umin, (unsigned long long)reg->umax,
		(unsigned long long)reg->smin, (unsigned long long)reg->smax, reg->u32_min,
		reg->u32_max, (u32)reg->s32_min, (u32)reg->s32_max,
		(unsigned long long)reg->var_off.value, (unsigned long long)reg->var_off.mask);
	if (env->prog->load_flags & BPF_F_TEST_REG_INVARIANTS)
		return -EFAULT;
	/* A dead path that could not be recognised as such: knowing nothing is sound. */
	reg_mark_unbounded(reg);
	return 0;
}

void reg_zext_32(struct reg_state *reg)
{
	reg->var_off = tnum_subreg(reg->var_off);
	reg->umin = reg->u32_min;
	reg->umax = reg->u32_max;
	if (reg->s32_min >= 0) {
		reg->smin = reg->s32_min;
		reg->smax = reg->s32_max;
	} else {
		reg->smin = 0;
		reg->smax = U32_MAX;
	}
}

void reg_coerce_to_size(struct reg_state *reg, unsigned int size)
{
	u64 mask = ((u64)1 << (size * BYTE_BITS)) - 1;

	reg->var_off = tnum_cast(reg->var_off, (u8)size);
	if ((reg->umin & ~mask) == (reg->umax & ~mask)) {
		reg->umin &= mask;
		reg->umax &= mask;
	} else {
		reg->umin = 0;
		reg->umax = mask;
	}
	reg->smin = (s64)reg->umin;
	reg->smax = (s64)reg->umax;
	if (size < 4)
		reg_unbound_32(reg);
	reg_sync_bounds(reg);
}

static s64 sign_extend(u64 v, unsigned int size)
{
	unsigned int shift = REG_BITS - size * BYTE_BITS;

	return (s64)(v << shift) >> shift;
}

/* All values of @size bytes, sign-extended. */
static s64 sx_min(unsigned int size)
{
	return -((s64)1 << (size * BYTE_BITS - 1));
}

static s64 sx_max(unsigned int size)
{
	return ((s64)1 << (size * BYTE_BITS - 1)) - 1;
}

/*
 * True if truncation to @size bytes keeps the order of @lo and @hi: they agree above those bytes
 * and, extended, have one sign.
 */
static bool sx_keeps_range(s64 *lo, s64 *hi, unsigned int size)
{
	unsigned int bits = size * BYTE_BITS;
	s64 a, b;

	if (*lo >> bits != *hi >> bits)
		return false;
	a = sign_extend((u64)*lo, size);
	b = sign_extend((u64)*hi, size);
	if ((a < 0) != (b < 0))
		return false;
	*lo = min(a, b);
	*hi = max(a, b);
	return true;
}

void reg_coerce_to_size_sx(struct reg_state *reg, unsigned int size)
{
	s64 lo = reg->smin;
	s64 hi = reg->smax;

	if (tnum_is_const(reg->var_off)) {
		reg_mark_known(reg, (u64)sign_extend(reg->var_off.value, size));
		return;
	}
	if (sx_keeps_range(&lo, &hi, size)) {
		set_bounds_64(reg, (u64)lo, (u64)hi, lo, hi);
		set_bounds_32(reg, (u32)lo, (u32)hi, (s32)lo, (s32)hi);
		reg->var_off = tnum_range((u64)lo, (u64)hi);
		return;
	}
	set_bounds_64(reg, 0, U64_MAX, sx_min(size), sx_max(size));
	set_bounds_32(reg, 0, U32_MAX, (s32)sx_min(size), (s32)sx_max(size));
	reg->var_off = tnum_unknown;
}

void reg_coerce_subreg_to_size_sx(struct reg_state *reg, unsigned int size)
{
	s64 lo = reg->s32_min;
	s64 hi = reg->s32_max;

	if (tnum_is_const(reg->var_off)) {
		u32 v = (u32)sign_extend(reg->var_off.value, size);

		reg->var_off = tnum_const(v);
		set_bounds_32(reg, v, v, (s32)v, (s32)v);
		return;
	}
	if (sx_keeps_range(&lo, &hi, size)) {
		set_bounds_32(reg, (u32)lo, (u32)hi, (s32)lo, (s32)hi);
		reg->var_off = tnum_subreg(tnum_range((u64)lo, (u64)hi));
		return;
	}
	set_bounds_32(reg, 0, U32_MAX, (s32)sx_min(size), (s32)sx_max(size));
	reg->var_off = tnum_subreg(tnum_unknown);
}
