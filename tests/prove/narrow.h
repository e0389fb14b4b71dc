/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROVE_NARROW_H
#define PROVE_NARROW_H

/*
 * The arithmetic's files with registers of NARROW bits: u64, u32 and their signed kin are types of
 * NARROW and NARROW / 2 bits, everything else is as it was. Stands in for base/types.h, state.h and
 * env.h, of which it has just what tnum.c, bounds.c and scalar.c use.
 */
#define BASE_TYPES_H
#define VERIFIER_STATE_H
#define VERIFIER_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uapi.h"

typedef uint8_t u8;
typedef uint16_t u16;
typedef unsigned _BitInt(NARROW) u64;
typedef signed _BitInt(NARROW) s64;
typedef unsigned _BitInt(NARROW / 2) u32;
typedef signed _BitInt(NARROW / 2) s32;

#define REG_BITS NARROW
#define U64_MAX	 ((u64)-1)
#define S64_MAX	 ((s64)(U64_MAX >> 1))
#define S64_MIN	 ((s64)(-S64_MAX - 1))
#define U32_MAX	 ((u32)-1)
#define S32_MAX	 ((s32)(U32_MAX >> 1))
#define S32_MIN	 ((s32)(-S32_MAX - 1))

#define min(a, b)                     \
	({                            \
		__auto_type _a = (a); \
		__auto_type _b = (b); \
		_a < _b ? _a : _b;    \
	})
#define max(a, b)                     \
	({                            \
		__auto_type _a = (a); \
		__auto_type _b = (b); \
		_a > _b ? _a : _b;    \
	})

#include "tnum.h"

enum {
	SCALAR_VALUE = 1
};

struct reg_state {
	u8 type;
	s32 off;
	struct tnum var_off;
	s64 smin, smax;
	u64 umin, umax;
	s32 s32_min, s32_max;
	u32 u32_min, u32_max;
	u8 id;
};

static inline void unlink_scalar(struct reg_state *reg)
{
	reg->id = 0;
	reg->off = 0;
}

struct prog {
	uint32_t load_flags;
};
struct verifier_env {
	struct prog *prog;
};
#define verbose(env, ...) ((void)(env))

void reg_mark_unbounded(struct reg_state *reg);
void reg_mark_known(struct reg_state *reg, u64 value);
void reg_mark_known_32(struct reg_state *reg, u32 value);
void reg_set_unknown(struct reg_state *reg);
void reg_set_scalar_const(struct reg_state *reg, u64 value);
void reg_set_unknown_in_range(struct reg_state *reg, s64 smin, s64 smax);
bool reg_is_const(const struct reg_state *reg);
bool reg_is_const32(const struct reg_state *reg);
void reg_sync_bounds(struct reg_state *reg);
int reg_check_invariants(struct verifier_env *env, struct reg_state *reg, const char *what);
void reg_zext_32(struct reg_state *reg);
void reg_coerce_to_size(struct reg_state *reg, unsigned int size);
void reg_coerce_to_size_sx(struct reg_state *reg, unsigned int size);
void reg_coerce_subreg_to_size_sx(struct reg_state *reg, unsigned int size);
void scalar_alu(struct reg_state *dst, struct reg_state src, u8 op, bool alu32);
void scalar_bswap(struct reg_state *reg, unsigned int bits, bool swap);
int scalar_branch_taken(struct reg_state *a, struct reg_state *b, u8 op, bool jmp32);
u8 scalar_opposite(u8 op);
void scalar_refine(struct reg_state *a, struct reg_state *b, u8 op, bool jmp32);

#endif
