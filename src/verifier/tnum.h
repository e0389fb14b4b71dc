/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_TNUM_H
#define VERIFIER_TNUM_H

#include "base/types.h"

/*
 * Bits of a register, of its lower half ("subregister"), and of an eighth of it. tests/prove also
 * builds tnum.c, bounds.c and scalar.c for narrow registers, where u64, u32, s64, s32 are narrow
 * types: nothing there may rely on a number of bits but these, nor on the promotion of a u32.
 */
#ifndef REG_BITS
#define REG_BITS 64
#endif
#define SUBREG_BITS (REG_BITS / 2)
#define BYTE_BITS   (REG_BITS / 8)

/*
 * Tristate number: bits set in @mask are unknown, the others have the value they have in @value
 * (which is 0 wherever @mask is 1). Arithmetic is sound: the result contains every concrete result.
 */
struct tnum {
	u64 value;
	u64 mask;
};

#define TNUM(v, m) ((struct tnum){.value = (v), .mask = (m)})
static const struct tnum tnum_unknown = {.value = 0, .mask = U64_MAX};

static inline struct tnum tnum_const(u64 value)
{
	return TNUM(value, 0);
}
static inline bool tnum_is_const(struct tnum a)
{
	return !a.mask;
}
static inline bool tnum_is_unknown(struct tnum a)
{
	return !~a.mask;
}
static inline bool tnum_equals_const(struct tnum a, u64 b)
{
	return tnum_is_const(a) && a.value == b;
}

struct tnum tnum_range(u64 min, u64 max);
struct tnum tnum_lshift(struct tnum a, u8 shift);
struct tnum tnum_rshift(struct tnum a, u8 shift);
struct tnum tnum_arshift(struct tnum a, u8 shift, u8 bits); /* bits of the number */
struct tnum tnum_add(struct tnum a, struct tnum b);
struct tnum tnum_sub(struct tnum a, struct tnum b);
struct tnum tnum_and(struct tnum a, struct tnum b);
struct tnum tnum_or(struct tnum a, struct tnum b);
struct tnum tnum_xor(struct tnum a, struct tnum b);
struct tnum tnum_mul(struct tnum a, struct tnum b);
bool tnum_overlap(struct tnum a, struct tnum b);
/* What is in both; meaningless if they do not overlap. */
struct tnum tnum_intersect(struct tnum a, struct tnum b);
/* Contains both. */
struct tnum tnum_union(struct tnum a, struct tnum b);
/* The low @size bytes, the rest zero. */
struct tnum tnum_cast(struct tnum a, u8 size);
bool tnum_is_aligned(struct tnum a, u64 size);
/* True if every value of @b is one of @a. */
bool tnum_in(struct tnum a, struct tnum b);
struct tnum tnum_subreg(struct tnum a);	      /* low 32 bits, upper zero */
struct tnum tnum_clear_subreg(struct tnum a); /* upper 32 bits, low zero */
struct tnum tnum_with_subreg(struct tnum reg, struct tnum subreg);
/* The bytes of the low 16, 32 or 64 bits in reverse order; the rest stays as it is. */
struct tnum tnum_bswap(struct tnum a, unsigned int bits);
/* The smallest of the numbers that is greater than @v, or, if none is, the greatest. */
u64 tnum_next(struct tnum a, u64 v);

static inline bool tnum_subreg_is_const(struct tnum a)
{
	return !(u32)a.mask;
}

#endif
