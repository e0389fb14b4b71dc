// SPDX-License-Identifier: BSD-2-Clause
/* Tristate numbers: what contains the operands yields what contains the result. */
#include "logic.h"

#include "tnum.c"

PROPERTY(tnum_const)
{
	u64 v = any_u64("v");

	check_tnum(tnum_const(v), v);
	check_tnum(tnum_unknown, v);
}

PROPERTY(tnum_is_const)
{
	u64 v = any_u64("v");
	u64 w = any_u64("w");
	struct tnum t = any_tnum_with(v);

	check(!tnum_is_const(t) || t.value == v, "is const");
	check(!tnum_equals_const(t, w) || v == w, "equals const");
	check(!tnum_subreg_is_const(t) || (u32)t.value == (u32)v, "subreg is const");
	check(!tnum_is_unknown(t) || tnum_has(t, w), "is unknown");
}

PROPERTY(tnum_range)
{
	u64 v = any_u64("v");
	u64 lo = any_u64("lo");
	u64 hi = any_u64("hi");

	assume(lo <= v && v <= hi);
	check_tnum(tnum_range(lo, hi), v);
}

PROPERTY(tnum_lshift)
{
	u64 v = any_u64("v");
	struct tnum t = any_tnum_with(v);
	u8 n = any_u8("n");

	assume(n < REG_BITS);
	check_tnum(tnum_lshift(t, n), v << n);
}

PROPERTY(tnum_rshift)
{
	u64 v = any_u64("v");
	struct tnum t = any_tnum_with(v);
	u8 n = any_u8("n");

	assume(n < REG_BITS);
	check_tnum(tnum_rshift(t, n), v >> n);
}

PROPERTY(tnum_arshift_64)
{
	u64 v = any_u64("v");
	struct tnum t = any_tnum_with(v);
	u8 n = any_u8("n");

	assume(n < REG_BITS);
	check_tnum(tnum_arshift(t, n, REG_BITS), (u64)((s64)v >> n));
}

PROPERTY(tnum_arshift_32)
{
	u64 v = any_u64("v");
	struct tnum t = any_tnum_with(v);
	u8 n = any_u8("n");

	assume(n < SUBREG_BITS);
	check_tnum(tnum_arshift(t, n, SUBREG_BITS), (u32)((s32)(u32)v >> n));
}

#define TWO(name, expr)                              \
	PROPERTY(tnum_##name)                        \
	{                                            \
		u64 v = any_u64("v");                \
		u64 w = any_u64("w");                \
		struct tnum a = any_tnum_with(v);    \
		struct tnum b = any_tnum_with(w);    \
                                                     \
		check_tnum(tnum_##name(a, b), expr); \
	}

TWO(add, v + w)
TWO(sub, v - w)
TWO(and, v &w)
TWO(or, v | w)
TWO(xor, v ^ w)
TWO(with_subreg, (u64)(v >> SUBREG_BITS << SUBREG_BITS) | (u32)w)

/*
 * The loop of tnum_mul() keeps s + x * y (s, x, y in sum, a, b): a digit moves (x & 1) * y to s,
 * halves x and doubles y, and when it is over x is 0. So s ends as the product.
 */
PROPERTY(tnum_mul_digit)
{
	u64 s = any_u64("s");
	u64 x = any_u64("x");
	u64 y = any_u64("y");
	struct tnum sum = any_tnum_with(s);
	struct tnum a = any_tnum_with(x);
	struct tnum b = any_tnum_with(y);
	u64 left = a.value | a.mask;
	bool more = mul_digit(&sum, &a, &b);

	check(more || x == 0, "the end");
	check_tnum(sum, more && x & 1 ? s + y : s);
	check(!more || tnum_has(a, x >> 1), "the rest of a");
	check(!more || tnum_has(b, y << 1), "b");
	check(!more || (a.value | a.mask) < left, "comes to an end");
}

/* The whole loop: only at small widths. */
PROPERTY(tnum_mul)
{
	u64 v = any_u64("v");
	u64 w = any_u64("w");
	struct tnum a = any_tnum_with(v);
	struct tnum b = any_tnum_with(w);

	check_tnum(tnum_mul(a, b), v * w);
}

PROPERTY(tnum_overlap)
{
	u64 v = any_u64("v");
	struct tnum a = any_tnum_with(v);
	struct tnum b = any_tnum_with(v);

	check(tnum_overlap(a, b), "overlap");
	check_tnum(tnum_intersect(a, b), v);
}

PROPERTY(tnum_union)
{
	u64 v = any_u64("v");
	u64 w = any_u64("w");
	struct tnum a = any_tnum_with(v);
	struct tnum b = any_tnum_with(w);

	check_tnum(tnum_union(a, b), v);
	check_tnum(tnum_union(a, b), w);
}

PROPERTY(tnum_cast)
{
	u64 v = any_u64("v");
	struct tnum t = any_tnum_with(v);

	for (u8 size = 1; size <= 4; size *= 2)
		check_tnum(tnum_cast(t, size), v & (((u64)1 << (size * BYTE_BITS)) - 1));
	check_tnum(tnum_cast(t, 8), v);
	check_tnum(tnum_subreg(t), (u32)v);
	check_tnum(tnum_clear_subreg(t), v >> SUBREG_BITS << SUBREG_BITS);
}

PROPERTY(tnum_is_aligned)
{
	u64 v = any_u64("v");
	struct tnum t = any_tnum_with(v);
	u64 size = any_u64("size");

	assume(!(size & (u64)(size - 1)));
	check(!tnum_is_aligned(t, size) || !size || !(v & (u64)(size - 1)), "aligned");
}

PROPERTY(tnum_in)
{
	u64 v = any_u64("v");
	struct tnum b = any_tnum_with(v);
	struct tnum a;

	a.mask = any_u64("mask");
	a.value = any_u64("value");
	assume(!(a.value & a.mask));
	check(!tnum_in(a, b) || tnum_has(a, v), "in");
}

#ifndef NARROW
PROPERTY(tnum_bswap)
{
	u64 v = any_u64("v");
	struct tnum t = any_tnum_with(v);
	u64 r16 = 0, r32 = 0, r64 = 0;

	for (u8 i = 0; i < 16; i += 8)
		r16 |= (v >> i & 0xff) << (8 - i);
	for (u8 i = 0; i < 32; i += 8)
		r32 |= (v >> i & 0xff) << (24 - i);
	for (u8 i = 0; i < 64; i += 8)
		r64 |= (v >> i & 0xff) << (56 - i);
	check_tnum(tnum_bswap(t, 16), (v & ~0xffffull) | r16);
	check_tnum(tnum_bswap(t, 32), (v & ~0xffffffffull) | r32);
	check_tnum(tnum_bswap(t, 64), r64);
}
#endif

/* @other: any of the numbers. None lies between @v and the next one. */
PROPERTY(tnum_next)
{
	u64 other = any_u64("other");
	struct tnum t = any_tnum_with(other);
	u64 v = any_u64("v");
	u64 greatest = t.value | t.mask;
	u64 next = tnum_next(t, v);

	check(tnum_has(t, next), "one of the numbers");
	check(v >= greatest ? next == greatest : next > v, "greater");
	check(other <= v || next <= other, "the next one");
}
