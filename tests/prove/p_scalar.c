// SPDX-License-Identifier: BSD-2-Clause
/* ALU operations on scalars, against RFC 9669's meaning of the instructions. */
#include <errno.h>

#include "logic.h"

#include "tnum.c"
#include "bounds.c"
#include "scalar.c"

/* The last value is the result; in between there may be another. */
CONTRACT(contract_keeps, 0)
CONTRACT(contract_keeps_between, 1)

/* Ghosts 2 and 3: the factors. What prove_tnum_mul_digit shows. */
struct tnum contract_product(struct tnum a, struct tnum b);
struct tnum contract_product(struct tnum a, struct tnum b)
{
	check_tnum(a, ghost(2));
	check_tnum(b, ghost(3));
	return any_tnum_with(ghost(2) * ghost(3));
}

/*
 * The instructions, as check_alu_op() asks for them. In 32 bits the operation leaves the whole
 * register's result in between (ghost 1), which zero extension then makes the instruction's.
 */
#define ALU(name, op, expr64, expr32)                                    \
	PROPERTY(alu64_##name)                                           \
	{                                                                \
		u64 v = any_u64("v");                                    \
		u64 w = any_u64("w");                                    \
		struct reg_state d = any_reg_with(v);                    \
		struct reg_state s = any_reg_with(w);                    \
                                                                         \
		ghost_set(0, expr64);                                    \
		ghost_set(1, expr64);                                    \
		ghost_set(2, v);                                         \
		ghost_set(3, w);                                         \
		scalar_alu(&d, s, op, false);                            \
		check_reg(&d, expr64);                                   \
	}                                                                \
	USES(alu64_##name, reg_sync_bounds, contract_keeps)              \
	USES(alu64_##name, reg_bounds_from_tnum, contract_keeps_between) \
	PROPERTY(alu32_##name)                                           \
	{                                                                \
		u64 v = any_u64("v");                                    \
		u64 w = any_u64("w");                                    \
		u32 x = (u32)v;                                          \
		u32 y = (u32)w;                                          \
		struct reg_state d = any_reg_with(v);                    \
		struct reg_state s = any_reg_with(w);                    \
                                                                         \
		ghost_set(0, (u32)(expr32));                             \
		ghost_set(1, expr64);                                    \
		ghost_set(2, v);                                         \
		ghost_set(3, w);                                         \
		scalar_alu(&d, s, op, true);                             \
		check_reg(&d, (u32)(expr32));                            \
	}                                                                \
	USES(alu32_##name, reg_sync_bounds, contract_keeps)              \
	USES(alu32_##name, reg_bounds_from_tnum, contract_keeps_between)

ALU(add, BPF_ADD, v + w, x + y)
ALU(sub, BPF_SUB, v - w, x - y)
ALU(and, BPF_AND, v &w, x &y)
ALU(or, BPF_OR, v | w, x | y)
ALU(xor, BPF_XOR, v ^ w, x ^ y)
ALU(neg, BPF_NEG, 0 - v, 0 - x)
ALU(mul, BPF_MUL, v *w, x *y)
USES(alu64_mul, tnum_mul, contract_product)
USES(alu32_mul, tnum_mul, contract_product)
ALU(lsh, BPF_LSH, v << (w & (REG_BITS - 1)), x << (y & (SUBREG_BITS - 1)))
ALU(rsh, BPF_RSH, v >> (w & (REG_BITS - 1)), x >> (y & (SUBREG_BITS - 1)))
ALU(arsh, BPF_ARSH, (u64)((s64)v >> (w & (REG_BITS - 1))), (u32)((s32)x >> (y & (SUBREG_BITS - 1))))
ALU(div, BPF_DIV, w ? v / w : 0, y ? x / y : 0)
ALU(mod, BPF_MOD, w ? v % w : v, y ? x % y : x)

static inline s64 sdiv64(s64 v, s64 w)
{
	return !w ? 0 : w == -1 ? (s64)(0 - (u64)v) : v / w;
}

static inline s64 smod64(s64 v, s64 w)
{
	return !w ? v : w == -1 ? 0 : v % w;
}

static inline s32 sdiv32(s32 v, s32 w)
{
	return !w ? 0 : w == -1 ? (s32)(0 - (u32)v) : v / w;
}

static inline s32 smod32(s32 v, s32 w)
{
	return !w ? v : w == -1 ? 0 : v % w;
}

ALU(sdiv, BPF_DIV, (u64)sdiv64((s64)v, (s64)w), sdiv32((s32)x, (s32)y))
ALU(smod, BPF_MOD, (u64)smod64((s64)v, (s64)w), smod32((s32)x, (s32)y))

/* Each range of a product by itself, which only that range of the factors has a say in. */
#define MUL_RANGE(part, type)                                      \
	PROPERTY(mul_##part)                                       \
	{                                                          \
		type v = any_##type("v");                          \
		type w = any_##type("w");                          \
		struct reg_state d, s;                             \
                                                                   \
		reg_set_unknown(&d);                               \
		reg_set_unknown(&s);                               \
		any_##part##_range(&d, v);                         \
		any_##part##_range(&s, w);                         \
		mul(&d, &s);                                       \
		check(has_##part(&d, (type)(v * w)), "the range"); \
	}

MUL_RANGE(u64, u64)
MUL_RANGE(s64, u64)
MUL_RANGE(u32, u32)
MUL_RANGE(s32, u32)

/* A whole register shifted by a constant, everything that follows included. */
#define SHIFT(name, op, expr64, expr32)                       \
	PROPERTY(shift_##name)                                \
	{                                                     \
		bool alu32 = any_bool("alu32");               \
		u8 n = any_u8("n");                           \
		u64 v;                                        \
		u32 x;                                        \
		struct reg_state d, s;                        \
                                                              \
		assume(n < (alu32 ? SUBREG_BITS : REG_BITS)); \
		v = any_u64("v");                             \
		x = (u32)v;                                   \
		reg_set_scalar_const(&s, n);                  \
		d = any_reg_with(v);                          \
		scalar_alu(&d, s, op, alu32);                 \
		if (alu32)                                    \
			check_reg(&d, (u32)(expr32));         \
		else                                          \
			check_reg(&d, expr64);                \
	}

SHIFT(lsh, BPF_LSH, v << n, x << n)

#ifndef NARROW
static inline u64 reversed(u64 v, u8 bits)
{
	u64 r = 0;

	for (u8 i = 0; i < bits; i += 8)
		r |= (v >> i & 0xff) << (bits - 8 - i);
	return r;
}

/* Also where an intermediate value keeps what is above the bits. */
#define BSWAP(bits)                                                         \
	PROPERTY(bswap_##bits)                                              \
	{                                                                   \
		u64 v = any_u64("v");                                       \
		struct reg_state r = any_reg_with(v);                       \
                                                                            \
		ghost_set(0, reversed(v, bits));                            \
		ghost_set(1, reversed(v, bits));                            \
		scalar_bswap(&r, bits, true);                               \
		check_reg(&r, reversed(v, bits));                           \
	}                                                                   \
	USES(bswap_##bits, reg_sync_bounds, contract_keeps)                 \
	PROPERTY(to_le_##bits)                                              \
	{                                                                   \
		u64 v = any_u64("v");                                       \
		u64 low = bits == 64 ? v : v & ((1ull << (bits & 63)) - 1); \
		struct reg_state r = any_reg_with(v);                       \
                                                                            \
		ghost_set(0, low);                                          \
		ghost_set(1, low);                                          \
		scalar_bswap(&r, bits, false);                              \
		check_reg(&r, low);                                         \
	}                                                                   \
	USES(to_le_##bits, reg_sync_bounds, contract_keeps)

BSWAP(16)
BSWAP(32)
BSWAP(64)
#endif
