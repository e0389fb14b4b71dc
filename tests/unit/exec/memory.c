// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rcu.h"

static const struct {
	u8 size;
	u8 bytes;
} sizes[] = {{BPF_B, 1}, {BPF_H, 2}, {BPF_W, 4}, {BPF_DW, 8}};

/* The low @bytes of v. */
static u64 low(u64 v, u8 bytes)
{
	return bytes == 8 ? v : v & (BIT64(8 * bytes) - 1);
}

static u64 sign_extended(u64 v, u8 bytes)
{
	u32 shift = 64 - 8 * bytes;

	return (u64)((s64)(v << shift) >> shift);
}

/* At every alignment, on both sides of the base register, touching no other byte. */
START_TEST(load_and_store)
{
	u8 size = sizes[_i].size, bytes = sizes[_i].bytes;

	for (s16 off = -9; off < 9; off++) {
		struct bpf_insn insns[] = {
			MOV_X(6, 1),	      ADD_K(6, 16),
			LD(BPF_DW, 2, 1, 32), ST_X(size, 6, off, 2),
			LD(size, 3, 6, off),  ST_X(BPF_DW, 1, 40, 3),
			MOV_K(0, 0),	      EXIT(),
		};
		u8 memory[48], want[32];
		u64 v = 0xf1e2d3c4b5a69788, got;

		memset(memory, 0x5a, sizeof(memory));
		memcpy(memory + 32, &v, 8);
		memset(want, 0x5a, sizeof(want));
		memcpy(want + 16 + off, &v, bytes);
		RUN_INSNS(insns, memory);
		ck_assert_mem_eq(memory, want, sizeof(want));
		memcpy(&got, memory + 40, 8);
		ck_assert(got == low(v, bytes));
	}
}
END_TEST

START_TEST(store_immediate)
{
	u8 size = sizes[_i].size, bytes = sizes[_i].bytes;
	static const s32 imms[] = {0, 1, -1, 0x12345678, INT32_MIN};

	for (u32 k = 0; k < ARRAY_SIZE(imms); k++) {
		struct bpf_insn insns[] = {ST_K(size, 1, 3, imms[k]), MOV_K(0, 0), EXIT()};
		u64 v = (u64)(s64)imms[k];
		u8 memory[16], want[16];

		memset(memory, 0x5a, sizeof(memory));
		memcpy(want, memory, sizeof(want));
		memcpy(want + 3, &v, bytes);
		RUN_INSNS(insns, memory);
		ck_assert_mem_eq(memory, want, sizeof(want));
	}
}
END_TEST

START_TEST(load_sign_extended)
{
	for (u32 i = 0; i < 3; i++) {
		struct bpf_insn insns[] = {
			LDSX(sizes[i].size, 3, 1, 0),
			ST_X(BPF_DW, 1, 0, 3),
			MOV_K(0, 0),
			EXIT(),
		};
		struct prog *prog = prepared(MAKE_PROG(insns));

		for (u32 k = 0; k < nr_edges; k++) {
			u64 cell = edges[k];

			run(prog, &cell);
			ck_assert(cell == sign_extended(edges[k], sizes[i].bytes));
		}
		prog_put(prog);
	}
}
END_TEST

START_TEST(stack_is_the_frames_own)
{
	struct bpf_insn insns[] = {
		ST_K(BPF_DW, 10, -8, 1), /* 0 */
		ST_K(BPF_DW, 10, -64, 2),
		CALL_BPF(4), /* 2: to 7 */
		LD(BPF_DW, 1, 10, -8),
		LD(BPF_DW, 2, 10, -64),
		CALL_HELPER(HELPER_MIX),
		EXIT(),
		ST_K(BPF_DW, 10, -8, 77), /* 7 */
		ST_K(BPF_DW, 10, -64, 78),
		MOV_K(3, 1000),
		MOV_K(4, 0),
		MOV_K(5, 0),
		EXIT(),
	};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 1 + 2 * 2 + 3 * 1000);
}
END_TEST

/* Whatever was there before: another frame, another run, the host. */
START_TEST(fresh_stack_is_zero)
{
	struct bpf_insn insns[] = {
		CALL_BPF(3),		      /* 0: to 4 */
		CALL_BPF(6),		      /* 1: to 8 */
		LD(BPF_W, 0, 10, -64),	      /* 2 */
		EXIT(),			      /* 3 */
		ST_K(BPF_DW, 10, -8, -1),     /* 4 */
		ST_K(BPF_DW, 10, -64, -1),    /* 5 */
		MOV_K(0, 0),		      /* 6 */
		EXIT(),			      /* 7 */
		LD(BPF_DW, 0, 10, -8),	      /* 8 */
		LD(BPF_DW, 1, 10, -64),	      /* 9 */
		ALU64_X(BPF_OR, 0, 1),	      /* 10 */
		JMP_K(BPF_JEQ, 0, 0, 1),      /* 11 */
		CALL_KFUNC(TEST_KFUNC_THROW), /* 12 */
		EXIT(),			      /* 13 */
	};

	ck_assert_uint_eq(RUN_INSNS(insns, NULL), 0);
}
END_TEST

static u64 want_add(u64 old, u64 operand)
{
	return old + operand;
}
static u64 want_or(u64 old, u64 operand)
{
	return old | operand;
}
static u64 want_and(u64 old, u64 operand)
{
	return old & operand;
}
static u64 want_xor(u64 old, u64 operand)
{
	return old ^ operand;
}
static u64 want_xchg(u64 old, u64 operand)
{
	(void)old;
	return operand;
}

static const struct {
	s32 op;
	u64 (*result)(u64 old, u64 operand);
} atomics[] = {
	{BPF_ADD, want_add},
	{BPF_OR, want_or},
	{BPF_AND, want_and},
	{BPF_XOR, want_xor},
	{BPF_ADD | BPF_FETCH, want_add},
	{BPF_OR | BPF_FETCH, want_or},
	{BPF_AND | BPF_FETCH, want_and},
	{BPF_XOR | BPF_FETCH, want_xor},
	{BPF_XCHG, want_xchg},
};

START_TEST(atomic_operation)
{
	s32 op = atomics[_i / 2].op;
	u8 bytes = _i % 2 ? 8 : 4;
	struct bpf_insn insns[] = {
		LD(BPF_DW, 3, 1, 8),
		ATOMIC(bytes == 8 ? BPF_DW : BPF_W, op, 1, 0, 3),
		ST_X(BPF_DW, 1, 8, 3),
		MOV_K(0, 0),
		EXIT(),
	};
	struct prog *prog = prepared(MAKE_PROG(insns));

	for (u32 i = 0; i < nr_edges * nr_edges; i++) {
		u64 old = edges[i / nr_edges], operand = edges[i % nr_edges];
		u64 cells[2] = {old, operand};
		u64 want = old - low(old, bytes) + low(atomics[_i / 2].result(old, operand), bytes);

		run(prog, cells);
		ck_assert(cells[0] == want);
		ck_assert(cells[1] == (op & BPF_FETCH ? low(old, bytes) : operand));
	}
	prog_put(prog);
}
END_TEST

START_TEST(atomic_compare_exchange)
{
	u8 bytes = _i ? 8 : 4;
	struct bpf_insn insns[] = {
		LD(BPF_DW, 0, 1, 8),
		LD(BPF_DW, 3, 1, 16),
		ATOMIC(bytes == 8 ? BPF_DW : BPF_W, BPF_CMPXCHG, 1, 0, 3),
		ST_X(BPF_DW, 1, 8, 0),
		ST_X(BPF_DW, 1, 16, 3),
		MOV_K(0, 0),
		EXIT(),
	};
	struct prog *prog = prepared(MAKE_PROG(insns));

	for (u32 i = 0; i < nr_edges * nr_edges; i++) {
		u64 old = edges[i / nr_edges], compare = edges[i % nr_edges];
		u64 new = 0x1122334455667788;
		u64 cells[3] = {old, compare, new};
		bool equal = low(old, bytes) == low(compare, bytes);
		u64 want = equal ? old - low(old, bytes) + low(new, bytes) : old;

		run(prog, cells);
		ck_assert(cells[0] == want);
		ck_assert(cells[1] == low(old, bytes));
		ck_assert(cells[2] == new);
	}
	prog_put(prog);
}
END_TEST

START_TEST(acquire_and_release)
{
	u8 size = sizes[_i].size, bytes = sizes[_i].bytes;
	struct bpf_insn insns[] = {
		/* the operands' roles: load_acquire reads from its source register */
		INSN(BPF_STX | BPF_ATOMIC | size, 3, 1, 8, BPF_LOAD_ACQ),
		ATOMIC(size, BPF_STORE_REL, 1, 16, 3),
		ST_X(BPF_DW, 1, 0, 3),
		MOV_K(0, 0),
		EXIT(),
	};
	u64 v = 0xf1e2d3c4b5a69788;
	u64 cells[3] = {0, v, 0};

	RUN_INSNS(insns, cells);
	ck_assert(cells[0] == low(v, bytes));
	ck_assert(cells[1] == v);
	ck_assert(cells[2] == low(v, bytes));
}
END_TEST

/* Every load width through a pointer that nobody vouches for; the result, all 64 bits of it. */
static u64 probe(struct bpf_insn load, u64 pointer)
{
	struct bpf_insn insns[] = {
		LD(BPF_DW, 3, 1, 0), load, ST_X(BPF_DW, 1, 0, 3), MOV_K(0, 0), EXIT(),
	};
	struct prog *prog = MAKE_PROG(insns);
	u64 cell = pointer;

	prog->aux[1].access = ACCESS_PROBE;
	run(prepared(prog), &cell);
	prog_put(prog);
	return cell;
}

START_TEST(probe_reads_zero_outside_the_arena)
{
	u64 local = 0x4141414141414141;
	u64 *walled = arena_alloc(64, 64);
	/* NULL and small offsets from it, kernel addresses, host memory, the arena's neighbours */
	u64 wild[] = {
		0,
		16,
		0xffff,
		0xffffffffffffffff,
		0xffffffff80000000,
		0x8000000000000000,
		0xdeadbeefdeadbeef,
		(uintptr_t)&local,
		arena_base - 8,
		arena_base + arena_size,
	};
	u64 end = arena_base + arena_size;

	ck_assert_ptr_nonnull(walled);
	for (u32 i = 0; i < ARRAY_SIZE(wild); i++) {
		ck_assert(probe(LD(BPF_DW, 3, 3, 0x10), wild[i] - 0x10) == 0);
		ck_assert(probe(LD(BPF_W, 3, 3, 0), wild[i]) == 0);
		ck_assert(probe(LD(BPF_H, 3, 3, -2), wild[i] + 2) == 0);
		ck_assert(probe(LD(BPF_B, 3, 3, 0), wild[i]) == 0);
		ck_assert(probe(LDSX(BPF_W, 3, 3, 0), wild[i]) == 0);
		ck_assert(probe(INSN(BPF_STX | BPF_ATOMIC | BPF_DW, 3, 3, 0, BPF_LOAD_ACQ),
				wild[i]) == 0);
	}
	/* across either end */
	ck_assert(probe(LD(BPF_DW, 3, 3, 0), arena_base - 1) == 0);
	for (u32 i = 1; i < 8; i++)
		ck_assert(probe(LD(BPF_DW, 3, 3, 0), end - i) == 0);
	arena_free(walled, 64);
}
END_TEST

START_TEST(probe_reads_the_arena)
{
	u8 *object = arena_alloc(64, 64);
	u64 v = 0xf1e2d3c4b5a69788;

	ck_assert_ptr_nonnull(object);
	memcpy(object + 5, &v, 8);
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		u8 size = sizes[i].size, bytes = sizes[i].bytes;
		u64 p = (uintptr_t)object;

		ck_assert(probe(LD(size, 3, 3, 5), p) == low(v, bytes));
		ck_assert(probe(LD(size, 3, 3, -59), p + 64) == low(v, bytes));
		if (bytes < 8)
			ck_assert(probe(LDSX(size, 3, 3, 5), p) == sign_extended(v, bytes));
	}
	ck_assert(probe(LD(BPF_DW, 3, 3, 0), arena_base + arena_size - 8) == 0);
	arena_free(object, 64);
}
END_TEST

/* A cast pointer may lead to the program's own stack, but not to what lies between the frames. */
START_TEST(probe_reads_own_stack)
{
	static const struct {
		s16 off;
		u32 want;
	} loads[] = {
		{-8, 77},
		{-64, 78},
		{-16, 0},
		/* the frames' ends, and what is beyond */
		{-4, 0},
		{0, 0},
		{-68, 0},
		{-72, 0},
		{-136, 0},
	};

	for (u32 i = 0; i < ARRAY_SIZE(loads); i++) {
		struct bpf_insn insns[] = {
			ST_K(BPF_DW, 10, -64, 78),	/* 0 */
			ST_K(BPF_DW, 10, -8, 77),	/* 1 */
			MOV_X(1, 10),			/* 2 */
			CALL_BPF(1),			/* 3 */
			EXIT(),				/* 4 */
			LD(BPF_DW, 0, 1, loads[i].off), /* 5 */
			EXIT(),				/* 6 */
		};
		struct prog *prog = MAKE_PROG(insns);

		prog->aux[5].access = ACCESS_PROBE;
		ck_assert_uint_eq(run(prepared(prog), NULL), loads[i].want);
		prog_put(prog);
	}
}
END_TEST

START_TEST(probe_reads_own_maps)
{
	struct map *map = new_map(BPF_MAP_TYPE_ARRAY, 4, 3);
	struct bpf_insn insns[] = {
		LD_IMM64(3, 0, 0),
		LD(BPF_W, 0, 3, 8),
		EXIT(),
	};
	u32 key = 1, value = 4711;
	u64 addr;

	ck_assert_int_eq(map_user_update(map, &key, &value, BPF_ANY), 0);
	key = 0;
	rcu_enter();
	addr = (uintptr_t)map->ops->lookup(map, &key);
	rcu_leave();
	for (u32 with = 0; with < 2; with++) {
		struct prog *prog = MAKE_PROG(insns);

		prog->insns[0].imm = (s32)(u32)addr;
		prog->insns[1].imm = (s32)(u32)(addr >> 32);
		prog->aux[2].access = ACCESS_PROBE;
		if (with) {
			prog->used_maps = malloc(sizeof(*prog->used_maps));
			prog->used_maps[prog->nr_used_maps++] = map;
			object_get(&map->obj);
		}
		ck_assert_uint_eq(run(prepared(prog), NULL), with ? 4711 : 0);
		prog_put(prog);
	}
	map_put(map);
}
END_TEST

TCase *memory_tests(void)
{
	TCase *tc = tcase_create("memory");

	tcase_add_loop_test(tc, load_and_store, 0, ARRAY_SIZE(sizes));
	tcase_add_loop_test(tc, store_immediate, 0, ARRAY_SIZE(sizes));
	tcase_add_test(tc, load_sign_extended);
	tcase_add_test(tc, stack_is_the_frames_own);
	tcase_add_test(tc, fresh_stack_is_zero);
	tcase_add_loop_test(tc, atomic_operation, 0, 2 * ARRAY_SIZE(atomics));
	tcase_add_loop_test(tc, atomic_compare_exchange, 0, 2);
	tcase_add_loop_test(tc, acquire_and_release, 0, ARRAY_SIZE(sizes));
	tcase_add_test(tc, probe_reads_zero_outside_the_arena);
	tcase_add_test(tc, probe_reads_the_arena);
	tcase_add_test(tc, probe_reads_own_stack);
	tcase_add_test(tc, probe_reads_own_maps);
	return tc;
}
