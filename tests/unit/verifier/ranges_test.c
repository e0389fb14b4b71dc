// SPDX-License-Identifier: BSD-2-Clause
/*
 * Soundness of tnums and ranges against concrete numbers: whatever is known of operands that
 * contain certain values, what is then known of the result must contain the result of those values.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "env.h"

static u64 rng_state = 0x243f6a8885a308d3ull;

static u64 rnd(void)
{
	rng_state ^= rng_state << 13;
	rng_state ^= rng_state >> 7;
	rng_state ^= rng_state << 17;
	return rng_state;
}

/* Numbers cluster where bounds go wrong: around 0 and the limits of each width. */
static u64 interesting(void)
{
	static const u64 corners[] = {0,	   1,	    0x7f,	0x80,	    0xff,
				      0x7fff,	   0x8000,  0x7fffffff, 0x80000000, 0xffffffff,
				      0x100000000, S64_MAX, 1ull << 63, U64_MAX};
	u64 v = corners[rnd() % ARRAY_SIZE(corners)];

	switch (rnd() % 4) {
	case 0:
		return v;
	case 1:
		return v + rnd() % 5 - 2;
	case 2:
		return rnd() >> (rnd() % 64);
	default:
		return (u64) - (s64)(rnd() >> (rnd() % 64));
	}
}

/* A register about which something true is known, and a value that it may have. */
static u64 random_reg(struct reg_state *reg)
{
	u64 v = interesting();
	u64 mask = rnd() & rnd() >> (rnd() % 64);

	if (rnd() % 3 == 0) {
		reg_set_scalar_const(reg, v);
		return v;
	}
	reg_set_unknown(reg);
	if (rnd() % 2)
		reg->var_off = TNUM(v & ~mask, mask);
#define WIDEN(type, lo, hi, value)                              \
	do {                                                    \
		type x_ = (type)interesting();                  \
		type y_ = (type)interesting();                  \
		if (rnd() % 2) {                                \
			(lo) = min(min(x_, y_), (type)(value)); \
			(hi) = max(max(x_, y_), (type)(value)); \
		}                                               \
	} while (0)
	WIDEN(u64, reg->umin, reg->umax, v);
	WIDEN(s64, reg->smin, reg->smax, v);
	WIDEN(u32, reg->u32_min, reg->u32_max, v);
	WIDEN(s32, reg->s32_min, reg->s32_max, v);
	return v;
}

static bool contains(const struct reg_state *r, u64 v)
{
	return tnum_in(r->var_off, tnum_const(v)) && r->umin <= v && v <= r->umax &&
	       r->smin <= (s64)v && (s64)v <= r->smax && r->u32_min <= (u32)v &&
	       (u32)v <= r->u32_max && r->s32_min <= (s32)v && (s32)v <= r->s32_max;
}

static void explain(const char *what, const struct reg_state *r, u64 v)
{
	ck_abort_msg("%s: %#llx not in var_off (%#llx; %#llx) u64 [%#llx, %#llx] s64 [%lld, %lld] "
		     "u32 [%#x, %#x] s32 [%d, %d]",
		     what, (unsigned long long)v, (unsigned long long)r->var_off.value,
		     (unsigned long long)r->var_off.mask, (unsigned long long)r->umin,
		     (unsigned long long)r->umax, (long long)r->smin, (long long)r->smax,
		     r->u32_min, r->u32_max, r->s32_min, r->s32_max);
}

#define ROUNDS 400000

START_TEST(sync_keeps_values)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct reg_state r;
		u64 v = random_reg(&r);

		reg_sync_bounds(&r);
		if (!contains(&r, v))
			explain("sync", &r, v);
	}
}
END_TEST

static u64 concrete(u8 op, u64 a, u64 b, bool alu32)
{
	u32 x = (u32)a, y = (u32)b;

	switch (op) {
	case BPF_ADD:
		return alu32 ? x + y : a + b;
	case BPF_SUB:
		return alu32 ? x - y : a - b;
	case BPF_MUL:
		return alu32 ? x * y : a * b;
	case BPF_AND:
		return alu32 ? x & y : a & b;
	case BPF_OR:
		return alu32 ? x | y : a | b;
	case BPF_XOR:
		return alu32 ? x ^ y : a ^ b;
	case BPF_LSH:
		return alu32 ? x << (y & 31) : a << (b & 63);
	case BPF_RSH:
		return alu32 ? x >> (y & 31) : a >> (b & 63);
	case BPF_ARSH:
		return alu32 ? (u32)((s32)x >> (y & 31)) : (u64)((s64)a >> (b & 63));
	case BPF_NEG:
		return alu32 ? (u32)-x : -a;
	case BPF_DIV:
		return alu32 ? (y ? x / y : 0) : (b ? a / b : 0);
	default:
		return alu32 ? (y ? x % y : x) : (b ? a % b : a);
	}
}

START_TEST(arithmetic_contains_results)
{
	static const u8 ops[] = {BPF_ADD, BPF_SUB, BPF_MUL,  BPF_AND, BPF_OR,  BPF_XOR,
				 BPF_LSH, BPF_RSH, BPF_ARSH, BPF_NEG, BPF_DIV, BPF_MOD};

	for (int i = 0; i < ROUNDS; i++) {
		u8 op = ops[rnd() % ARRAY_SIZE(ops)];
		bool alu32 = rnd() & 1;
		struct reg_state a, b;
		u64 x = random_reg(&a);
		u64 y = random_reg(&b);
		char what[32];

		/* Most shifts of interest are by a small constant. */
		if (op >= BPF_LSH && op != BPF_NEG && rnd() % 4) {
			y = rnd() % 64;
			reg_set_scalar_const(&b, y);
		}
		reg_sync_bounds(&a);
		reg_sync_bounds(&b);
		scalar_alu(&a, b, op, alu32);
		if (!contains(&a, concrete(op, x, y, alu32))) {
			snprintf(what, sizeof(what), "op %#x alu32 %d", op, alu32);
			explain(what, &a, concrete(op, x, y, alu32));
		}
	}
}
END_TEST

static bool holds(u8 op, u64 a, u64 b, bool jmp32)
{
	s64 sa = jmp32 ? (s32)a : (s64)a, sb = jmp32 ? (s32)b : (s64)b;

	if (jmp32) {
		a = (u32)a;
		b = (u32)b;
	}
	switch (op) {
	case BPF_JEQ:
		return a == b;
	case BPF_JNE:
		return a != b;
	case BPF_JSET:
		return a & b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	case BPF_JLT:
		return a < b;
	case BPF_JLE:
		return a <= b;
	case BPF_JSGT:
		return sa > sb;
	case BPF_JSGE:
		return sa >= sb;
	case BPF_JSLT:
		return sa < sb;
	default:
		return sa <= sb;
	}
}

START_TEST(branches_keep_values)
{
	static const u8 ops[] = {BPF_JEQ, BPF_JNE,  BPF_JSET, BPF_JGT,	BPF_JGE, BPF_JLT,
				 BPF_JLE, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE};

	for (int i = 0; i < ROUNDS; i++) {
		u8 op = ops[rnd() % ARRAY_SIZE(ops)];
		bool jmp32 = rnd() & 1;
		struct reg_state a, b;
		u64 x = random_reg(&a);
		u64 y = random_reg(&b);
		bool yes = holds(op, x, y, jmp32);
		char what[32];
		int taken;

		reg_sync_bounds(&a);
		reg_sync_bounds(&b);
		snprintf(what, sizeof(what), "jump %#x jmp32 %d %d", op, jmp32, yes);
		taken = scalar_branch_taken(&a, &b, op, jmp32);
		if (taken >= 0 && taken != yes)
			explain(what, &a, x);
		if (taken >= 0)
			continue;
		scalar_refine(&a, &b, yes ? op : scalar_opposite(op), jmp32);
		reg_sync_bounds(&a);
		reg_sync_bounds(&b);
		if (!contains(&a, x))
			explain(what, &a, x);
		if (!contains(&b, y))
			explain(what, &b, y);
	}
}
END_TEST

START_TEST(narrowing_contains_results)
{
	for (int i = 0; i < ROUNDS; i++) {
		static const u32 sizes[] = {1, 2, 4};
		u32 size = sizes[rnd() % 3];
		u32 shift = 64 - size * 8;
		struct reg_state r, s, t;
		u64 v = random_reg(&r);

		reg_sync_bounds(&r);
		s = t = r;
		reg_coerce_to_size(&r, size);
		if (!contains(&r, v << shift >> shift))
			explain("zero-extend", &r, v << shift >> shift);
		reg_coerce_to_size_sx(&s, size);
		reg_sync_bounds(&s);
		if (!contains(&s, (u64)((s64)(v << shift) >> shift)))
			explain("sign-extend", &s, (u64)((s64)(v << shift) >> shift));
		if (size == 4)
			continue;
		reg_coerce_subreg_to_size_sx(&t, size);
		reg_zext_32(&t);
		reg_sync_bounds(&t);
		if (!contains(&t, (u32)((s64)(v << shift) >> shift)))
			explain("sign-extend 32", &t, (u32)((s64)(v << shift) >> shift));
	}
}
END_TEST

/* Every pair of five-bit tnums: sound for all members, and exact where exactness is expected. */
static struct tnum small_tnum(u32 i)
{
	u64 value = i & 31, mask = i >> 5;

	return TNUM(value & ~mask, mask);
}

START_TEST(tnum_exhaustive)
{
	for (u32 i = 0; i < 1024; i++) {
		struct tnum a = small_tnum(i);

		if (i & 31 & (i >> 5))
			continue;
		for (u32 k = 0; k < 1024; k += 1 + k % 3) {
			struct tnum b = small_tnum(k);

			if (k & 31 & (k >> 5))
				continue;
			for (u64 x = 0; x < 32; x++) {
				if (!tnum_in(a, tnum_const(x)))
					continue;
				u64 y = b.value | (x & b.mask);

				ck_assert(tnum_in(tnum_add(a, b), tnum_const(x + y)));
				ck_assert(tnum_in(tnum_sub(a, b), tnum_const(x - y)));
				ck_assert(tnum_in(tnum_mul(a, b), tnum_const(x * y)));
				ck_assert(tnum_in(tnum_and(a, b), tnum_const(x & y)));
				ck_assert(tnum_in(tnum_or(a, b), tnum_const(x | y)));
				ck_assert(tnum_in(tnum_xor(a, b), tnum_const(x ^ y)));
				ck_assert(tnum_in(tnum_union(a, b), tnum_const(x)));
				if (x == y)
					ck_assert(tnum_overlap(a, b) &&
						  tnum_in(tnum_intersect(a, b), tnum_const(x)));
			}
		}
	}
}
END_TEST

/* The smallest member above @v by counting. */
static u64 next_by_counting(struct tnum t, u64 v)
{
	for (u64 x = v + 1; x < 32; x++)
		if (tnum_in(t, tnum_const(x)))
			return x;
	return t.value | t.mask;
}

START_TEST(tnum_next_is_next)
{
	for (u32 i = 0; i < 1024; i++) {
		struct tnum t = small_tnum(i);

		for (u64 v = 0; v < 32; v++)
			ck_assert_uint_eq(tnum_next(t, v), next_by_counting(t, v));
		/* the same far up */
		t.value <<= 59;
		t.mask <<= 59;
		for (u64 v = 0; v < 32; v++)
			ck_assert_uint_eq(tnum_next(t, v << 59), next_by_counting(small_tnum(i), v)
									 << 59);
	}
}
END_TEST

START_TEST(bswap_reverses_bytes)
{
	struct tnum t = TNUM(0x1122334455667700, 0xff);

	ck_assert_uint_eq(tnum_bswap(t, 64).value, 0x0077665544332211);
	ck_assert_uint_eq(tnum_bswap(t, 64).mask, 0xff00000000000000);
	ck_assert_uint_eq(tnum_bswap(t, 16).value, 0x1122334455660077);
	ck_assert_uint_eq(tnum_bswap(t, 16).mask, 0xff00);
	ck_assert_uint_eq(tnum_bswap(t, 32).value, 0x1122334400776655);
	ck_assert_uint_eq(tnum_bswap(t, 32).mask, 0xff000000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ranges");
	TCase *tc = tcase_create("ranges");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, sync_keeps_values);
	tcase_add_test(tc, arithmetic_contains_results);
	tcase_add_test(tc, branches_keep_values);
	tcase_add_test(tc, narrowing_contains_results);
	tcase_add_test(tc, tnum_exhaustive);
	tcase_add_test(tc, tnum_next_is_next);
	tcase_add_test(tc, bswap_reverses_bytes);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
