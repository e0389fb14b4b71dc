// SPDX-License-Identifier: BSD-2-Clause
/*
 * Arithmetic on scalars: for each operation, what the ranges of the operands say about the range of
 * the result. The tnum's share is in tnum.c. Each function leaves its own width right and may leave
 * the other one stale where the caller overwrites it anyway (a 32-bit operation's upper half).
 */
#include "bounds.h"
#include "env.h"

/*
 * Addition and subtraction wrap soundly if both ends wrap or neither does; if only one does the
 * result may be anything.
 */
#define ADD_SUB_RANGE(type, limit_min, limit_max, rmin, rmax, op, a_min, a_max, b_min, b_max) \
	do {                                                                                  \
		type lo_, hi_;                                                                \
		bool lo_wraps_ = __builtin_##op##_overflow(a_min, b_min, &lo_);               \
		bool hi_wraps_ = __builtin_##op##_overflow(a_max, b_max, &hi_);               \
		if (lo_wraps_ != hi_wraps_) {                                                 \
			lo_ = limit_min;                                                      \
			hi_ = limit_max;                                                      \
		}                                                                             \
		(rmin) = lo_;                                                                 \
		(rmax) = hi_;                                                                 \
	} while (0)

/* Signed ranges that wrap at all are given up, as in Linux 6.18. */
#define ADD_SUB_SIGNED(type, limit_min, limit_max, rmin, rmax, op, a_min, a_max, b_min, b_max) \
	do {                                                                                   \
		type lo_, hi_;                                                                 \
		if (__builtin_##op##_overflow(a_min, b_min, &lo_) ||                           \
		    __builtin_##op##_overflow(a_max, b_max, &hi_)) {                           \
			lo_ = limit_min;                                                       \
			hi_ = limit_max;                                                       \
		}                                                                              \
		(rmin) = lo_;                                                                  \
		(rmax) = hi_;                                                                  \
	} while (0)

static void add(struct reg_state *d, const struct reg_state *s)
{
	ADD_SUB_SIGNED(s32, S32_MIN, S32_MAX, d->s32_min, d->s32_max, add, d->s32_min, d->s32_max,
		       s->s32_min, s->s32_max);
	ADD_SUB_RANGE(u32, 0, U32_MAX, d->u32_min, d->u32_max, add, d->u32_min, d->u32_max,
		      s->u32_min, s->u32_max);
	ADD_SUB_SIGNED(s64, S64_MIN, S64_MAX, d->smin, d->smax, add, d->smin, d->smax, s->smin,
		       s->smax);
	ADD_SUB_RANGE(u64, 0, U64_MAX, d->umin, d->umax, add, d->umin, d->umax, s->umin, s->umax);
	d->var_off = tnum_add(d->var_off, s->var_off);
}

static void sub(struct reg_state *d, const struct reg_state *s)
{
	ADD_SUB_SIGNED(s32, S32_MIN, S32_MAX, d->s32_min, d->s32_max, sub, d->s32_min, d->s32_max,
		       s->s32_max, s->s32_min);
	ADD_SUB_RANGE(u32, 0, U32_MAX, d->u32_min, d->u32_max, sub, d->u32_min, d->u32_max,
		      s->u32_max, s->u32_min);
	ADD_SUB_SIGNED(s64, S64_MIN, S64_MAX, d->smin, d->smax, sub, d->smin, d->smax, s->smax,
		       s->smin);
	ADD_SUB_RANGE(u64, 0, U64_MAX, d->umin, d->umax, sub, d->umin, d->umax, s->umax, s->umin);
	d->var_off = tnum_sub(d->var_off, s->var_off);
}

#define MUL_UNSIGNED(type, limit_max, rmin, rmax, b_min, b_max)  \
	do {                                                     \
		type hi_;                                        \
		if (__builtin_mul_overflow(rmax, b_max, &hi_)) { \
			(rmin) = 0;                              \
			(rmax) = limit_max;                      \
		} else {                                         \
			(rmin) *= (b_min);                       \
			(rmax) = hi_;                            \
		}                                                \
	} while (0)

/* The extremes of a product are among the products of the extremes. */
#define MUL_SIGNED(type, limit_min, limit_max, rmin, rmax, b_min, b_max)    \
	do {                                                                \
		type p_[4];                                                 \
		if (__builtin_mul_overflow(rmin, b_min, &p_[0]) ||          \
		    __builtin_mul_overflow(rmin, b_max, &p_[1]) ||          \
		    __builtin_mul_overflow(rmax, b_min, &p_[2]) ||          \
		    __builtin_mul_overflow(rmax, b_max, &p_[3])) {          \
			(rmin) = limit_min;                                 \
			(rmax) = limit_max;                                 \
		} else {                                                    \
			(rmin) = min(min(p_[0], p_[1]), min(p_[2], p_[3])); \
			(rmax) = max(max(p_[0], p_[1]), max(p_[2], p_[3])); \
		}                                                           \
	} while (0)

static void mul(struct reg_state *d, const struct reg_state *s)
{
	MUL_UNSIGNED(u32, U32_MAX, d->u32_min, d->u32_max, s->u32_min, s->u32_max);
	MUL_SIGNED(s32, S32_MIN, S32_MAX, d->s32_min, d->s32_max, s->s32_min, s->s32_max);
	MUL_UNSIGNED(u64, U64_MAX, d->umin, d->umax, s->umin, s->umax);
	MUL_SIGNED(s64, S64_MIN, S64_MAX, d->smin, d->smax, s->smin, s->smax);
	d->var_off = tnum_mul(d->var_off, s->var_off);
}

/* The signed ranges of a bitwise result are the unsigned ones, where those keep one sign. */
static void signed_from_unsigned_32(struct reg_state *d)
{
	bool ordered = (s32)d->u32_min <= (s32)d->u32_max;

	d->s32_min = ordered ? (s32)d->u32_min : S32_MIN;
	d->s32_max = ordered ? (s32)d->u32_max : S32_MAX;
}

static void signed_from_unsigned_64(struct reg_state *d)
{
	bool ordered = (s64)d->umin <= (s64)d->umax;

	d->smin = ordered ? (s64)d->umin : S64_MIN;
	d->smax = ordered ? (s64)d->umax : S64_MAX;
}

static bool known(const struct reg_state *reg)
{
	return tnum_is_const(reg->var_off);
}

static void known_32(struct reg_state *d)
{
	u32 v = (u32)d->var_off.value;

	d->u32_min = d->u32_max = v;
	d->s32_min = d->s32_max = (s32)v;
}

/*
 * For the bitwise operations: where the low halves of both are known so is the result's, where both
 * are known all of it is.
 */
static bool bitwise_known(struct reg_state *d, bool both_known, bool both_low_known)
{
	if (both_low_known)
		known_32(d);
	if (!both_known)
		return false;
	reg_mark_known(d, d->var_off.value);
	return true;
}

static void and (struct reg_state * d, const struct reg_state *s)
{
	bool both = known(d) && known(s);
	bool low = tnum_subreg_is_const(d->var_off) && tnum_subreg_is_const(s->var_off);

	d->var_off = tnum_and(d->var_off, s->var_off);
	if (!low) {
		d->u32_min = (u32)d->var_off.value;
		d->u32_max = min(d->u32_max, s->u32_max);
		signed_from_unsigned_32(d);
	}
	if (bitwise_known(d, both, low))
		return;
	d->umin = d->var_off.value;
	d->umax = min(d->umax, s->umax);
	signed_from_unsigned_64(d);
	reg_bounds_from_tnum(d);
}

static void or (struct reg_state * d, const struct reg_state *s)
{
	bool both = known(d) && known(s);
	bool low = tnum_subreg_is_const(d->var_off) && tnum_subreg_is_const(s->var_off);

	d->var_off = tnum_or(d->var_off, s->var_off);
	if (!low) {
		d->u32_min = max(d->u32_min, s->u32_min);
		d->u32_max = (u32)(d->var_off.value | d->var_off.mask);
		signed_from_unsigned_32(d);
	}
	if (bitwise_known(d, both, low))
		return;
	d->umin = max(d->umin, s->umin);
	d->umax = d->var_off.value | d->var_off.mask;
	signed_from_unsigned_64(d);
	reg_bounds_from_tnum(d);
}

static void xor
	(struct reg_state * d, const struct reg_state *s) {
		bool both = known(d) && known(s);
		bool low = tnum_subreg_is_const(d->var_off) && tnum_subreg_is_const(s->var_off);

		d->var_off = tnum_xor(d->var_off, s->var_off);
		if (!low) {
			d->u32_min = (u32)d->var_off.value;
			d->u32_max = (u32)(d->var_off.value | d->var_off.mask);
			signed_from_unsigned_32(d);
		}
		if (bitwise_known(d, both, low))
			return;
		d->umin = d->var_off.value;
		d->umax = d->var_off.value | d->var_off.mask;
		signed_from_unsigned_64(d);
		reg_bounds_from_tnum(d);
	}

	static void lsh_range_32(struct reg_state *d, u8 n)
{
	d->s32_min = S32_MIN;
	d->s32_max = S32_MAX;
	if (n >= SUBREG_BITS || d->u32_max > (u64)1 << (SUBREG_BITS - 1 - n)) {
		d->u32_min = 0;
		d->u32_max = U32_MAX;
	} else {
		d->u32_min <<= n;
		d->u32_max <<= n;
	}
}

static void lsh32(struct reg_state *d, u8 n)
{
	struct tnum low = tnum_subreg(d->var_off);

	lsh_range_32(d, n);
	d->var_off = tnum_subreg(tnum_lshift(low, n));
	reg_unbound_64(d);
	reg_bounds32_from_tnum(d);
}

static void lsh64(struct reg_state *d, u8 n)
{
	/* A shift by the lower half's width is half of a sign extension, and keeps the order of
	 * signed low halves. */
	if (n == SUBREG_BITS) {
		d->smin = (s64)((u64)(s64)d->s32_min << SUBREG_BITS);
		d->smax = (s64)((u64)(s64)d->s32_max << SUBREG_BITS);
	} else {
		d->smin = S64_MIN;
		d->smax = S64_MAX;
	}
	if (d->umax > (u64)1 << (REG_BITS - 1 - n)) {
		d->umin = 0;
		d->umax = U64_MAX;
	} else {
		d->umin <<= n;
		d->umax <<= n;
	}
	lsh_range_32(d, n);
	d->var_off = tnum_lshift(d->var_off, n);
	reg_bounds_from_tnum(d);
}

static void rsh32(struct reg_state *d, u8 n)
{
	struct tnum low = tnum_subreg(d->var_off);

	d->s32_min = S32_MIN;
	d->s32_max = S32_MAX;
	d->var_off = tnum_rshift(low, n);
	d->u32_min >>= n;
	d->u32_max >>= n;
	reg_unbound_64(d);
	reg_bounds32_from_tnum(d);
}

static void rsh64(struct reg_state *d, u8 n)
{
	d->smin = S64_MIN;
	d->smax = S64_MAX;
	d->var_off = tnum_rshift(d->var_off, n);
	d->umin >>= n;
	d->umax >>= n;
	reg_unbound_32(d);
	reg_bounds_from_tnum(d);
}

static void arsh32(struct reg_state *d, u8 n)
{
	d->s32_min >>= n;
	d->s32_max >>= n;
	d->var_off = tnum_arshift(tnum_subreg(d->var_off), n, SUBREG_BITS);
	d->u32_min = 0;
	d->u32_max = U32_MAX;
	reg_unbound_64(d);
	reg_bounds32_from_tnum(d);
}

static void arsh64(struct reg_state *d, u8 n)
{
	d->smin >>= n;
	d->smax >>= n;
	d->var_off = tnum_arshift(d->var_off, n, REG_BITS);
	d->umin = 0;
	d->umax = U64_MAX;
	reg_unbound_32(d);
	reg_bounds_from_tnum(d);
}

/* A shift is tracked only by a known amount within the width; the whole register's, even in 32
 * bits, as in Linux 6.18. */
static bool shift_amount(const struct reg_state *s, bool alu32, u8 *n)
{
	u64 v = alu32 ? s->u32_min : s->umin;
	bool one = alu32 ? s->u32_min == s->u32_max && s->s32_min == s->s32_max
			 : s->umin == s->umax && s->smin == s->smax;

	*n = (u8)v;
	return one && s->umax < (alu32 ? SUBREG_BITS : REG_BITS);
}

static bool shift(struct reg_state *d, const struct reg_state *s, u8 op, bool alu32)
{
	u8 n;

	if (!shift_amount(s, alu32, &n))
		return false;
	switch (op) {
	case BPF_LSH:
		alu32 ? lsh32(d, n) : lsh64(d, n);
		return true;
	case BPF_RSH:
		alu32 ? rsh32(d, n) : rsh64(d, n);
		return true;
	default:
		alu32 ? arsh32(d, n) : arsh64(d, n);
		return true;
	}
}

static void negate(struct reg_state *d)
{
	struct reg_state zero = *d;
	struct reg_state was = *d;

	reg_mark_known(&zero, 0);
	sub(&zero, &was);
	*d = zero;
}

void scalar_alu(struct reg_state *dst, struct reg_state src, u8 op, bool alu32)
{
	bool tracked = true;

	switch (op) {
	case BPF_ADD:
		add(dst, &src);
		break;
	case BPF_SUB:
		sub(dst, &src);
		break;
	case BPF_NEG:
		negate(dst);
		break;
	case BPF_MUL:
		mul(dst, &src);
		break;
	case BPF_AND:
		and(dst, &src);
		break;
	case BPF_OR:
		or (dst, &src);
		break;
	case BPF_XOR:
		xor(dst, &src);
		break;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		tracked = shift(dst, &src, op, alu32);
		break;
	default: /* division and remainder */
		tracked = false;
		break;
	}
	if (!tracked) {
		reg_set_unknown(dst);
		return;
	}
	if (alu32)
		reg_zext_32(dst);
	reg_sync_bounds(dst);
}

void scalar_bswap(struct reg_state *reg, unsigned int bits, bool swap)
{
	if (swap || bits < 64)
		unlink_scalar(reg);
	if (swap) {
		/* What was ordered is scrambled: only the tnum is known. */
		reg->var_off = tnum_bswap(reg->var_off, bits);
		reg_mark_unbounded(reg);
	}
	if (bits < 64)
		reg_coerce_to_size(reg, bits / 8);
	reg_sync_bounds(reg);
}

/* The half of a scalar that a comparison looks at. */
struct view {
	struct tnum t;
	u64 umin, umax;
	s64 smin, smax;
};

static struct view view_of(const struct reg_state *reg, bool jmp32)
{
	if (jmp32)
		return (struct view){tnum_subreg(reg->var_off), reg->u32_min, reg->u32_max,
				     reg->s32_min, reg->s32_max};
	return (struct view){reg->var_off, reg->umin, reg->umax, reg->smin, reg->smax};
}

static bool ranges_disjoint(const struct view *a, const struct view *b)
{
	return a->umin > b->umax || a->umax < b->umin || a->smin > b->smax || a->smax < b->smin;
}

/* 1 equal, 0 different, -1 unknown */
static int are_equal(const struct reg_state *ra, const struct reg_state *rb, bool jmp32)
{
	struct view a = view_of(ra, jmp32);
	struct view b = view_of(rb, jmp32);

	if (tnum_is_const(a.t) && tnum_is_const(b.t))
		return a.t.value == b.t.value;
	if (!tnum_overlap(a.t, b.t) || ranges_disjoint(&a, &b))
		return 0;
	if (!jmp32) {
		a = view_of(ra, true);
		b = view_of(rb, true);
		if (ranges_disjoint(&a, &b))
			return 0;
	}
	return -1;
}

static int bits_meet(struct tnum a, struct tnum b)
{
	if (!tnum_is_const(b)) {
		struct tnum t = a;

		a = b;
		b = t;
	}
	if (!tnum_is_const(b))
		return -1;
	if (a.value & ~a.mask & b.value)
		return 1;
	if (!((a.value | a.mask) & b.value))
		return 0;
	return -1;
}

/* a > b: 1 always, 0 never, -1 unknown */
static int exceeds_u(const struct view *a, const struct view *b)
{
	return a->umin > b->umax ? 1 : a->umax <= b->umin ? 0 : -1;
}

static int exceeds_s(const struct view *a, const struct view *b)
{
	return a->smin > b->smax ? 1 : a->smax <= b->smin ? 0 : -1;
}

static int negated(int decided)
{
	return decided < 0 ? decided : !decided;
}

int scalar_branch_taken(struct reg_state *a, struct reg_state *b, u8 op, bool jmp32)
{
	struct view x = view_of(a, jmp32);
	struct view y = view_of(b, jmp32);

	switch (op) {
	case BPF_JEQ:
		return are_equal(a, b, jmp32);
	case BPF_JNE:
		return negated(are_equal(a, b, jmp32));
	case BPF_JSET:
		return bits_meet(x.t, y.t);
	case BPF_JGT:
		return exceeds_u(&x, &y);
	case BPF_JLE:
		return negated(exceeds_u(&x, &y));
	case BPF_JLT:
		return exceeds_u(&y, &x);
	case BPF_JGE:
		return negated(exceeds_u(&y, &x));
	case BPF_JSGT:
		return exceeds_s(&x, &y);
	case BPF_JSLE:
		return negated(exceeds_s(&x, &y));
	case BPF_JSLT:
		return exceeds_s(&y, &x);
	case BPF_JSGE:
		return negated(exceeds_s(&y, &x));
	default:
		return -1;
	}
}

/* Internal operator: no bit of b is set in a. */
#define JCLEAR (BPF_JSET | BPF_X)

u8 scalar_opposite(u8 op)
{
	switch (op) {
	case BPF_JEQ:
		return BPF_JNE;
	case BPF_JNE:
		return BPF_JEQ;
	case BPF_JSET:
		return JCLEAR;
	case BPF_JGT:
		return BPF_JLE;
	case BPF_JGE:
		return BPF_JLT;
	case BPF_JLT:
		return BPF_JGE;
	case BPF_JLE:
		return BPF_JGT;
	case BPF_JSGT:
		return BPF_JSLE;
	case BPF_JSGE:
		return BPF_JSLT;
	case BPF_JSLT:
		return BPF_JSGE;
	default:
		return BPF_JSGT;
	}
}

static void refine_equal(struct reg_state *a, struct reg_state *b, bool jmp32)
{
	struct tnum t;

	if (jmp32) {
		a->u32_min = b->u32_min = max(a->u32_min, b->u32_min);
		a->u32_max = b->u32_max = min(a->u32_max, b->u32_max);
		a->s32_min = b->s32_min = max(a->s32_min, b->s32_min);
		a->s32_max = b->s32_max = min(a->s32_max, b->s32_max);
		t = tnum_intersect(tnum_subreg(a->var_off), tnum_subreg(b->var_off));
		a->var_off = tnum_with_subreg(a->var_off, t);
		b->var_off = tnum_with_subreg(b->var_off, t);
		return;
	}
	a->umin = b->umin = max(a->umin, b->umin);
	a->umax = b->umax = min(a->umax, b->umax);
	a->smin = b->smin = max(a->smin, b->smin);
	a->smax = b->smax = min(a->smax, b->smax);
	a->var_off = b->var_off = tnum_intersect(a->var_off, b->var_off);
}

/* Cuts @v off a range that begins or ends with it. */
static void refine_not(struct reg_state *a, u64 v, bool jmp32)
{
	if (jmp32) {
		a->u32_min += a->u32_min == (u32)v;
		a->u32_max -= a->u32_max == (u32)v;
		/* wrap like two's complement: an emptied range shows as min > max */
		a->s32_min = (s32)((u32)a->s32_min + (a->s32_min == (s32)v));
		a->s32_max = (s32)((u32)a->s32_max - (a->s32_max == (s32)v));
		return;
	}
	a->umin += a->umin == v;
	a->umax -= a->umax == v;
	a->smin = (s64)((u64)a->smin + (a->smin == (s64)v));
	a->smax = (s64)((u64)a->smax - (a->smax == (s64)v));
}

static void refine_bits(struct reg_state *a, u64 v, bool set, bool jmp32)
{
	struct tnum t = jmp32 ? tnum_subreg(a->var_off) : a->var_off;

	/* That some bit of several is set says nothing about any of them. */
	if (set && (!v || (v & (v - 1))))
		return;
	/* On a way that cannot be taken the ranges would contradict the bits. */
	if (!set)
		reg_mark_unbounded(a);
	t = set ? tnum_or(t, tnum_const(v)) : tnum_and(t, tnum_const(~v));
	a->var_off = jmp32 ? tnum_with_subreg(a->var_off, t) : t;
}

/* a <= b (or < with @strict) */
static void refine_le_u(struct reg_state *a, struct reg_state *b, bool strict, bool jmp32)
{
	if (jmp32) {
		a->u32_max = min(a->u32_max, (u32)(b->u32_max - strict));
		b->u32_min = max(b->u32_min, (u32)(a->u32_min + strict));
	} else {
		a->umax = min(a->umax, (u64)(b->umax - strict));
		b->umin = max(b->umin, (u64)(a->umin + strict));
	}
}

static void refine_le_s(struct reg_state *a, struct reg_state *b, bool strict, bool jmp32)
{
	if (jmp32) {
		a->s32_max = min(a->s32_max, (s32)((u32)b->s32_max - strict));
		b->s32_min = max(b->s32_min, (s32)((u32)a->s32_min + strict));
	} else {
		a->smax = min(a->smax, (s64)((u64)b->smax - strict));
		b->smin = max(b->smin, (s64)((u64)a->smin + strict));
	}
}

static bool half_is_const(const struct reg_state *reg, bool jmp32)
{
	return jmp32 ? reg_is_const32(reg) : reg_is_const(reg);
}

static void refine_by_const(struct reg_state *reg, u64 v, u8 op, bool jmp32)
{
	if (op == BPF_JNE)
		refine_not(reg, v, jmp32);
	else
		refine_bits(reg, jmp32 ? (u32)v : v, op == BPF_JSET, jmp32);
}

void scalar_refine(struct reg_state *a, struct reg_state *b, u8 op, bool jmp32)
{
	switch (op) {
	case BPF_JEQ:
		refine_equal(a, b, jmp32);
		return;
	case BPF_JNE:
	case BPF_JSET:
	case JCLEAR:
		/* They learn from a constant, whichever side it is on. */
		if (half_is_const(b, jmp32))
			refine_by_const(a, b->var_off.value, op, jmp32);
		else if (half_is_const(a, jmp32))
			refine_by_const(b, a->var_off.value, op, jmp32);
		return;
	case BPF_JLE:
	case BPF_JLT:
		refine_le_u(a, b, op == BPF_JLT, jmp32);
		return;
	case BPF_JGE:
	case BPF_JGT:
		refine_le_u(b, a, op == BPF_JGT, jmp32);
		return;
	case BPF_JSLE:
	case BPF_JSLT:
		refine_le_s(a, b, op == BPF_JSLT, jmp32);
		return;
	case BPF_JSGE:
	case BPF_JSGT:
		refine_le_s(b, a, op == BPF_JSGT, jmp32);
		return;
	default:
		return;
	}
}
