// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "fixture.h"
#include "isa/isa.h"
#include "jit.h"
#include "random.h"

/*
 * The JIT against the interpreter: programs that no verifier has seen, which is why they may do
 * with registers and memory what they like, as long as both executors are given the same memory at
 * the same address and no address of a stack gets into a result.
 */
#define NR_REGS	 10 /* r0 to r9 */
#define ROOM	 (1u << 16)
#define CENTRE	 (ROOM / 2)
#define MAX_LEN	 4096
#define STACK	 512
#define CTX_SLOT (-8)

static struct memory {
	u64 in[NR_REGS];
	u64 out[NR_REGS];
	u8 room[ROOM + 16];
} memory, wanted;

static struct random rnd;

struct code {
	struct bpf_insn insns[MAX_LEN];
	bool probe[MAX_LEN];
	u32 len;
};

static void add(struct code *c, struct bpf_insn insn)
{
	ck_assert_uint_lt(c->len, MAX_LEN);
	c->insns[c->len++] = insn;
}

static void add_imm64(struct code *c, u8 reg, u64 value)
{
	struct bpf_insn wide[] = {LD_IMM64(reg, 0, value)};

	add(c, wide[0]);
	add(c, wide[1]);
}

static u8 any_reg(void)
{
	return (u8)random_below(&rnd, NR_REGS);
}

static u64 any_value(void)
{
	switch (random_below(&rnd, 4)) {
	case 0:
		return edges[random_below(&rnd, nr_edges)];
	case 1:
		return (u64)(s64)(s32)random_u64(&rnd);
	case 2:
		return random_below(&rnd, 256);
	default:
		return random_u64(&rnd);
	}
}

static s32 any_imm(void)
{
	return (s32)any_value();
}

/* Everything from RFC 9669's arithmetic, and a few encodings that it has no name for. */
static struct bpf_insn any_alu(void)
{
	static const u8 ops[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD,  BPF_OR,	BPF_AND,
				 BPF_XOR, BPF_LSH, BPF_RSH, BPF_MOV, BPF_ARSH, BPF_NEG, BPF_END};
	u8 op = ops[random_below(&rnd, ARRAY_SIZE(ops))];
	bool is32 = random_below(&rnd, 2), reg = random_below(&rnd, 2);
	struct bpf_insn insn = INSN((is32 ? BPF_ALU : BPF_ALU64) | op, any_reg(), 0, 0, any_imm());

	switch (op) {
	case BPF_NEG:
		return insn;
	case BPF_END:
		insn.code |= is32 && reg ? BPF_TO_BE : 0;
		insn.imm = 16 << random_below(&rnd, 3);
		return insn;
	case BPF_DIV:
	case BPF_MOD:
		insn.off = (s16)random_below(&rnd, 2);
		if (!random_below(&rnd, 4))
			insn.imm = random_below(&rnd, 2) ? (s32)BIT(random_below(&rnd, 32)) : 0;
		break;
	}
	if (!reg)
		return insn;
	insn.code |= BPF_X;
	insn.src_reg = any_reg();
	if (op == BPF_MOV)
		insn.off = (s16[]){0, 8, 16, is32 ? 0 : 32}[random_below(&rnd, 4)];
	return insn;
}

static struct bpf_insn any_jump(s16 off)
{
	static const u8 ops[] = {BPF_JEQ,  BPF_JNE,  BPF_JGT,  BPF_JGE,	 BPF_JLT, BPF_JLE,
				 BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET};
	u8 op = (random_below(&rnd, 2) ? BPF_JMP : BPF_JMP32) |
		ops[random_below(&rnd, ARRAY_SIZE(ops))];

	if (random_below(&rnd, 2))
		return INSN(op | BPF_X, any_reg(), any_reg(), off, 0);
	return INSN(op | BPF_K, any_reg(), 0, off, any_imm());
}

static s16 any_offset(void)
{
	static const s16 offs[] = {0, 8, -8, 120, -120, 128, -128, 136, -136, 1000, -1000, 31000};

	return offs[random_below(&rnd, ARRAY_SIZE(offs))];
}

/* A load or store at the address in register @reg. */
static struct bpf_insn any_access(u8 reg, s16 off)
{
	static const u8 sizes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};
	static const s32 atomics[] = {
		BPF_ADD,
		BPF_OR,
		BPF_AND,
		BPF_XOR,
		BPF_ADD | BPF_FETCH,
		BPF_OR | BPF_FETCH,
		BPF_AND | BPF_FETCH,
		BPF_XOR | BPF_FETCH,
		BPF_XCHG,
		BPF_CMPXCHG,
	};
	u8 size = sizes[random_below(&rnd, 4)];

	switch (random_below(&rnd, 7)) {
	case 0:
		return LD(size, any_reg(), reg, off);
	case 1:
		return LDSX(sizes[random_below(&rnd, 3)], any_reg(), reg, off);
	case 2:
		return ST_K(size, reg, off, any_imm());
	case 3:
		return ST_X(size, reg, off, any_reg());
	case 4:
		return ATOMIC(size, BPF_LOAD_ACQ, any_reg(), off, reg);
	case 5:
		return ATOMIC(size, BPF_STORE_REL, reg, off, any_reg());
	default:
		return ATOMIC(random_below(&rnd, 2) ? BPF_W : BPF_DW,
			      atomics[random_below(&rnd, ARRAY_SIZE(atomics))], reg, off,
			      any_reg());
	}
}

static void add_access(struct code *c)
{
	s16 off = any_offset();
	u8 reg = any_reg();

	add_imm64(c, reg, (uintptr_t)&memory.room[CENTRE] + 8 * random_below(&rnd, 8));
	add(c, any_access(reg, off));
}

/* The frame pointer as base, and stack that holds no address. */
static void add_stack_access(struct code *c)
{
	static const s16 offs[] = {-16, -64, -128, -136, -504};
	u8 reg = any_reg();

	add(c, ST_X(BPF_DW, 10, offs[random_below(&rnd, ARRAY_SIZE(offs))], reg));
	add(c, LD(BPF_DW, any_reg(), 10, offs[random_below(&rnd, ARRAY_SIZE(offs))]));
}

/* Loads that may go anywhere. */
static void add_probe(struct code *c)
{
	static const u8 sizes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};
	static u64 *in_arena;
	u8 reg = any_reg();
	u64 addr;

	if (!in_arena) {
		in_arena = arena_alloc(64, 64);
		for (u32 i = 0; i < 8; i++)
			in_arena[i] = random_u64(&rnd);
	}
	switch (random_below(&rnd, 4)) {
	case 0:
		addr = (uintptr_t)in_arena + random_below(&rnd, 56);
		break;
	case 1:
		addr = arena_base + arena_size - random_below(&rnd, 16);
		break;
	case 2:
		addr = arena_base - random_below(&rnd, 16);
		break;
	default:
		addr = random_below(&rnd, 2) ? random_u64(&rnd) : random_below(&rnd, 4096);
	}
	add_imm64(c, reg, addr);
	c->probe[c->len] = true;
	if (random_below(&rnd, 2))
		add(c, LD(sizes[random_below(&rnd, 4)], any_reg(), reg, 0));
	else
		add(c,
		    LDSX(sizes[random_below(&rnd, 3)], any_reg(), reg, (s16)random_below(&rnd, 8)));
}

/* A call leaves r1 to r5 as it likes. */
static void add_call(struct code *c, struct bpf_insn call)
{
	add(c, call);
	for (u8 reg = 1; reg <= 5; reg++)
		add(c, MOV_K(reg, any_imm()));
}

static void add_alus(struct code *c, u32 n)
{
	for (u32 i = 0; i < n; i++)
		add(c, any_alu());
}

/* What is made one operation. */
static void add_fusible(struct code *c)
{
	static const s32 shifts[] = {32, 48, 56};
	u8 reg = any_reg();
	s32 bits = shifts[random_below(&rnd, ARRAY_SIZE(shifts))];

	if (random_below(&rnd, 2))
		add(c, MOV_X(reg, any_reg()));
	if (!random_below(&rnd, 3)) {
		add(c, ADD_K(reg, any_imm()));
		return;
	}
	add(c, ALU64_K(BPF_LSH, reg, bits));
	add(c, ALU64_K(random_below(&rnd, 2) ? BPF_RSH : BPF_ARSH, reg, bits));
}

static void add_unit(struct code *c)
{
	u32 kind = random_below(&rnd, 16);

	if (kind < 4)
		add_alus(c, 1 + random_below(&rnd, 3));
	else if (kind < 6)
		add_fusible(c);
	else if (kind < 12)
		add_access(c);
	else if (kind < 13)
		add_stack_access(c);
	else if (kind < 15)
		add_probe(c);
	else
		add_call(c, CALL_HELPER(HELPER_MIX));
}

/* Units, some of which a jump goes over. */
static void add_body(struct code *c, u32 units)
{
	for (u32 i = 0; i < units; i++) {
		bool jump = !random_below(&rnd, 4);
		u32 at = c->len;

		if (jump)
			add(c, any_jump(0));
		add_unit(c);
		if (jump)
			c->insns[at].off = (s16)(c->len - at - 1);
	}
}

static void load_registers(struct code *c)
{
	add(c, ST_X(BPF_DW, 10, CTX_SLOT, 1));
	for (u8 reg = 0; reg < NR_REGS; reg++) {
		if (reg != 1)
			add(c, LD(BPF_DW, reg, 1, (s16)(8 * reg)));
	}
	add(c, LD(BPF_DW, 1, 1, 8));
}

/* r9 to the stack, so that there is a register for the address. */
static void store_registers(struct code *c)
{
	add(c, ST_X(BPF_DW, 10, -16, 9));
	add(c, LD(BPF_DW, 9, 10, CTX_SLOT));
	for (u8 reg = 0; reg < NR_REGS - 1; reg++)
		add(c, ST_X(BPF_DW, 9, (s16)(offsetof(struct memory, out) + 8u * reg), reg));
	add(c, LD(BPF_DW, 1, 10, -16));
	add(c, ST_X(BPF_DW, 9, (s16)(offsetof(struct memory, out) + 8u * 9), 1));
}

static struct prog *prepare_for(const struct code *c, enum executor executor)
{
	struct prog *prog;

	test_executor = executor;
	prog = make_prog(c->insns, c->len);
	for (u32 i = 0; i < prog->nr_subprogs; i++)
		prog->subprogs[i].stack_depth = STACK;
	for (u32 i = 0; i < c->len; i++) {
		if (c->probe[i])
			prog->aux[i].access = ACCESS_PROBE;
	}
	return prepared(prog);
}

static void randomize(struct memory *m)
{
	for (u32 i = 0; i < NR_REGS; i++)
		m->in[i] = any_value();
	for (u32 i = 0; i < sizeof(m->room); i++)
		m->room[i] = (u8)(i * 7 + i / 256);
}

static void print_program(const struct code *c)
{
	for (u32 i = 0; i < c->len; i++) {
		struct strbuf out = STRBUF_INIT;

		isa_disasm(&out, &c->insns[i], NULL);
		fprintf(stderr, "%u: %s\n", i, strbuf_text(&out));
		strbuf_free(&out);
		if (isa_is_ld_imm64(&c->insns[i]))
			i++;
	}
}

static void compare(const struct code *c, u32 seed, u32 runs)
{
	struct prog *interp = prepare_for(c, EXEC_INTERP);
	struct prog *jit = prepare_for(c, EXEC_JIT);

	for (u32 i = 0; i < runs; i++) {
		static struct memory before;
		u32 want, got;

		randomize(&memory);
		before = memory;
		want = run(interp, &memory);
		wanted = memory;
		memory = before;
		got = run(jit, &memory);
		if (want == got && !memcmp(&memory, &wanted, sizeof(memory)))
			continue;
		print_program(c);
		for (u32 k = 0; k < NR_REGS; k++)
			fprintf(stderr, "r%u: from %#lx to %#lx, not %#lx\n", k, before.in[k],
				memory.out[k], wanted.out[k]);
		ck_abort_msg("program %u: the executors differ", seed);
	}
	prog_put(interp);
	prog_put(jit);
}

/* Every operation on every pair of registers: where x86 has registers of its own mind, by shifts,
 * divisions and compare-and-exchange, and where it encodes them otherwise. */
START_TEST(every_pair_of_registers)
{
	static const u8 ops[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD, BPF_OR,
				 BPF_AND, BPF_XOR, BPF_LSH, BPF_RSH, BPF_MOV, BPF_ARSH};
	static struct code c;
	u8 dst = (u8)(_i % NR_REGS);

	jit_baseline_only = _i >= NR_REGS;
	rnd.state = 77 + (u64)_i;
	for (u8 src = 0; src < NR_REGS; src++) {
		for (u32 i = 0; i < 4 * ARRAY_SIZE(ops); i++) {
			u8 op = ops[i / 4];
			bool has_sign = op == BPF_DIV || op == BPF_MOD;

			c.len = 0;
			load_registers(&c);
			add(&c, INSN((i & 1 ? BPF_ALU : BPF_ALU64) | op | BPF_X, dst, src,
				     has_sign && i & 2 ? 1 : 0, 0));
			add(&c, INSN((i & 1 ? BPF_ALU : BPF_ALU64) | op | BPF_K, src, 0,
				     has_sign && i & 2 ? 1 : 0, any_imm()));
			store_registers(&c);
			add(&c, EXIT());
			compare(&c, 1000u * dst + src, 4);
		}
	}
}
END_TEST

/* Every kind of access with every register as base and every other one as operand. */
START_TEST(every_base_and_operand)
{
	static struct code c;

	rnd.state = 991 + (u64)_i;
	for (u32 i = 0; i < 400; i++) {
		memset(&c, 0, sizeof(c));
		load_registers(&c);
		for (u32 k = 0; k < 8; k++)
			add_access(&c);
		store_registers(&c);
		add(&c, EXIT());
		compare(&c, i, 1);
	}
}
END_TEST

/* With a function that is called now and then, and long enough for long jumps. */
START_TEST(random_programs)
{
	static struct code c;

	jit_baseline_only = _i & 1;
	rnd.state = 12345 + 1000003u * (u64)_i;
	for (u32 i = 0; i < 150; i++) {
		u32 calls[3];

		memset(&c, 0, sizeof(c));
		load_registers(&c);
		for (u32 k = 0; k < ARRAY_SIZE(calls); k++) {
			add_body(&c, 1 + random_below(&rnd, 30));
			calls[k] = c.len;
			add_call(&c, CALL_BPF(0));
		}
		store_registers(&c);
		add(&c, EXIT());
		for (u32 k = 0; k < ARRAY_SIZE(calls); k++)
			c.insns[calls[k]].imm = (s32)(c.len - calls[k] - 1);
		add_body(&c, 1 + random_below(&rnd, 20));
		add(&c, EXIT());
		compare(&c, i, 2);
	}
}
END_TEST

TCase *differential_tests(void)
{
	TCase *tc = tcase_create("differential");

	tcase_add_loop_test(tc, every_pair_of_registers, 0, 2 * NR_REGS);
	tcase_add_loop_test(tc, every_base_and_operand, 0, 4);
	tcase_add_loop_test(tc, random_programs, 0, 8);
	return tc;
}
