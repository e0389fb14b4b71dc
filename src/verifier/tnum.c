// SPDX-License-Identifier: BSD-2-Clause
#include "tnum.h"

static u64 bit_at(u8 n)
{
	return (u64)1 << n;
}

/* All bits below @n. */
static u64 below(u8 n)
{
	return bit_at(n) - 1;
}

/* Of a number that is not 0. */
static u8 highest_bit(u64 v)
{
	return (u8)(63 - __builtin_clzll(v));
}

struct tnum tnum_range(u64 min, u64 max)
{
	u64 differ = min ^ max;
	u64 unknown;

	if (!differ)
		return tnum_const(min);
	if (differ >> (REG_BITS - 1))
		return tnum_unknown;
	/* Everything from the highest differing bit down may take any value. */
	unknown = ((u64)2 << highest_bit(differ)) - 1;
	return TNUM(min & ~unknown, unknown);
}

struct tnum tnum_lshift(struct tnum a, u8 shift)
{
	return TNUM(a.value << shift, a.mask << shift);
}

struct tnum tnum_rshift(struct tnum a, u8 shift)
{
	return TNUM(a.value >> shift, a.mask >> shift);
}

struct tnum tnum_arshift(struct tnum a, u8 shift, u8 bits)
{
	/* An unknown sign bit spreads as unknown, since value is 0 and mask 1 there. */
	if (bits == SUBREG_BITS)
		return TNUM((u32)((s32)a.value >> shift), (u32)((s32)a.mask >> shift));
	return TNUM((s64)a.value >> shift, (s64)a.mask >> shift);
}

/*
 * For sums, the extreme results (all unknown bits 0, all 1) differ exactly where a carry may or may
 * not arrive.
 */
struct tnum tnum_add(struct tnum a, struct tnum b)
{
	u64 low = a.value + b.value;
	u64 high = low + a.mask + b.mask;
	u64 unknown = (low ^ high) | a.mask | b.mask;

	return TNUM(low & ~unknown, unknown);
}

struct tnum tnum_sub(struct tnum a, struct tnum b)
{
	u64 diff = a.value - b.value;
	u64 most = diff + a.mask;
	u64 least = diff - b.mask;
	u64 unknown = (most ^ least) | a.mask | b.mask;

	return TNUM(diff & ~unknown, unknown);
}

struct tnum tnum_and(struct tnum a, struct tnum b)
{
	u64 may_be_1 = (a.value | a.mask) & (b.value | b.mask);
	u64 is_1 = a.value & b.value;

	return TNUM(is_1, may_be_1 & ~is_1);
}

struct tnum tnum_or(struct tnum a, struct tnum b)
{
	u64 is_1 = a.value | b.value;

	return TNUM(is_1, (a.mask | b.mask) & ~is_1);
}

struct tnum tnum_xor(struct tnum a, struct tnum b)
{
	u64 unknown = a.mask | b.mask;

	return TNUM((a.value ^ b.value) & ~unknown, unknown);
}

/*
 * One digit of a long multiplication: @sum + @a * @b stays the same. A partial product under an
 * unknown bit of @a is either there or not.
 */
static bool mul_digit(struct tnum *sum, struct tnum *a, struct tnum *b)
{
	if (!(a->value | a->mask))
		return false;
	if (a->value & 1)
		*sum = tnum_add(*sum, *b);
	else if (a->mask & 1)
		*sum = tnum_union(*sum, tnum_add(*sum, *b));
	*a = tnum_rshift(*a, 1);
	*b = tnum_lshift(*b, 1);
	return true;
}

struct tnum tnum_mul(struct tnum a, struct tnum b)
{
	struct tnum sum = tnum_const(0);

	while (mul_digit(&sum, &a, &b))
		;
	return sum;
}

bool tnum_overlap(struct tnum a, struct tnum b)
{
	u64 both_known = ~a.mask & ~b.mask;

	return (a.value & both_known) == (b.value & both_known);
}

struct tnum tnum_intersect(struct tnum a, struct tnum b)
{
	u64 unknown = a.mask & b.mask;

	return TNUM((a.value | b.value) & ~unknown, unknown);
}

struct tnum tnum_union(struct tnum a, struct tnum b)
{
	u64 unknown = a.mask | b.mask | (a.value ^ b.value);

	return TNUM(a.value & b.value & ~unknown, unknown);
}

struct tnum tnum_cast(struct tnum a, u8 size)
{
	u64 keep = size >= 8 ? U64_MAX : below(size * BYTE_BITS);

	return TNUM(a.value & keep, a.mask & keep);
}

bool tnum_is_aligned(struct tnum a, u64 size)
{
	return !size || !((a.value | a.mask) & (size - 1));
}

bool tnum_in(struct tnum a, struct tnum b)
{
	if (b.mask & ~a.mask)
		return false;
	return a.value == (b.value & ~a.mask);
}

struct tnum tnum_subreg(struct tnum a)
{
	return TNUM((u32)a.value, (u32)a.mask);
}

struct tnum tnum_clear_subreg(struct tnum a)
{
	return tnum_lshift(tnum_rshift(a, SUBREG_BITS), SUBREG_BITS);
}

struct tnum tnum_with_subreg(struct tnum reg, struct tnum subreg)
{
	return tnum_or(tnum_clear_subreg(reg), tnum_subreg(subreg));
}

static u64 bswap_low(u64 v, unsigned int bits)
{
	switch (bits) {
	case 16:
		return (v & ~0xffffull) | __builtin_bswap16((u16)v);
	case 32:
		return (v & ~0xffffffffull) | __builtin_bswap32((u32)v);
	default:
		return __builtin_bswap64(v);
	}
}

struct tnum tnum_bswap(struct tnum a, unsigned int bits)
{
	return TNUM(bswap_low(a.value, bits), bswap_low(a.mask, bits));
}

u64 tnum_next(struct tnum a, u64 v)
{
	u64 greatest = a.value | a.mask;
	u64 at_least, wrong, room;
	u8 bit;

	if (v >= greatest)
		return greatest;
	at_least = v + 1;
	wrong = (at_least ^ a.value) & ~a.mask;
	if (!wrong)
		return at_least;
	/* From the highest bit on that cannot be what at_least has there, all may be minimal: if
	 * the bit has to be 1 the number is greater already; */
	bit = highest_bit(wrong);
	if (a.value & bit_at(bit))
		return (at_least & ~below(bit)) | (a.value & below(bit)) | bit_at(bit);
	/* else the lowest unknown 0 above it becomes 1. There is one, since v is not the greatest.
	 */
	room = a.mask & ~at_least & ~below(bit);
	if (!room)
		return greatest;
	bit = (u8)__builtin_ctzll(room);
	return (at_least & ~below(bit)) | bit_at(bit) | (a.value & below(bit));
}
