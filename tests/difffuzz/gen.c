// SPDX-License-Identifier: BSD-2-Clause
/*
 * Mostly plausible programs: written as a compiler's output would be, by construct, with registers
 * that are known to hold what a construct needs. Ranges are left to chance, within reason.
 */
#include "gen.h"

#include <string.h>

struct op *emit(struct gen *g, u8 code, u32 dst, u32 src, s32 off, s32 imm)
{
	struct fuzz_case *c = g->c;
	struct op *op = &c->ops[c->nr < MAX_OPS - 1 ? c->nr++ : c->nr];

	*op = (struct op){
		.code = code, .dst = (u8)dst, .src = (u8)src, .off = (s16)off, .imm = imm};
	return op;
}

void mov_k(struct gen *g, u32 dst, s32 imm)
{
	emit(g, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm);
	g->regs[dst] = (struct reg){.kind = KIND_SCALAR};
}

void mov_x(struct gen *g, u32 dst, u32 src)
{
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
	g->regs[dst] = src < 10 ? g->regs[src] : (struct reg){0};
}

void stack_address(struct gen *g, u32 dst, s32 off)
{
	mov_x(g, dst, 10);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, off);
}

void wide(struct gen *g, u32 dst, u8 sym, s32 arg, s32 imm)
{
	struct op *op = emit(g, BPF_LD | BPF_IMM | BPF_DW, dst, 0, 0, imm);

	op->sym = sym;
	op->arg = arg;
	g->regs[dst] = (struct reg){0};
}

static void clobber(struct gen *g)
{
	memset(g->regs, 0, 6 * sizeof(g->regs[0]));
}

void call_helper(struct gen *g, s32 id)
{
	emit(g, BPF_JMP | BPF_CALL, 0, 0, 0, id);
	clobber(g);
	g->regs[0].kind = KIND_SCALAR;
}

void call_kfunc(struct gen *g, enum fuzz_kfunc which)
{
	struct op *op = emit(g, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, 0);

	op->sym = SYM_KFUNC;
	op->arg = which;
	clobber(g);
}

u32 jump(struct gen *g, u8 code, u32 dst, u32 src, s32 imm)
{
	emit(g, code, dst, src, 0, imm)->sym = SYM_TO;
	return g->c->nr - 1;
}

void land(struct gen *g, u32 op)
{
	g->c->ops[op].arg = (s32)g->c->nr;
}

void jump_back(struct gen *g, u32 target)
{
	g->c->ops[jump(g, BPF_JMP | BPF_JA, 0, 0, 0)].arg = (s32)target;
}

void paths_save(const struct gen *g, struct paths *p)
{
	memcpy(p->regs, g->regs, sizeof(p->regs));
}

void paths_join(struct gen *g, const struct paths *p)
{
	for (u32 i = 0; i < 10; i++)
		if (memcmp(&g->regs[i], &p->regs[i], sizeof(g->regs[i])))
			g->regs[i] = (struct reg){0};
}

void paths_forget(struct gen *g)
{
	clobber(g);
	/* The body may leave a pointer in any other. */
	for (u32 i = 6; i < 10; i++)
		if (!(g->pinned & BIT(i)))
			g->regs[i] = (struct reg){0};
}

u32 any_dest(struct gen *g)
{
	u32 reg;

	do
		reg = below(&g->r, 10);
	while (g->pinned & BIT(reg));
	return reg;
}

u32 any_scalar(struct gen *g)
{
	u32 first = below(&g->r, 10);

	if (oops(g))
		return first;
	for (u32 i = 0; i < 10; i++) {
		u32 reg = (first + i) % 10;

		if (g->regs[reg].kind == KIND_SCALAR && !(g->pinned & BIT(reg)))
			return reg;
	}
	first = any_dest(g);
	unknown(g, first);
	return first;
}

u32 pin(struct gen *g)
{
	u32 first = below(&g->r, 4);

	for (u32 i = 0; i < 4; i++) {
		u32 reg = 6 + (first + i) % 4;

		if (g->pinned & BIT(reg))
			continue;
		g->pinned |= (u16)BIT(reg);
		return reg;
	}
	return 0;
}

void unpin(struct gen *g, u32 reg)
{
	g->pinned &= (u16)~BIT(reg);
	g->regs[reg] = (struct reg){0};
}

s32 any_imm(struct gen *g)
{
	static const s32 edges[] = {0,	   1,	    2,	     7,		  8,	      15,
				    16,	   31,	    32,	     63,	  64,	      127,
				    128,   255,	    256,     4095,	  -1,	      -2,
				    -8,	   -128,    -129,    0x7fff,	  -0x8000,    0xffff,
				    65536, S32_MAX, S32_MIN, S32_MAX - 1, S32_MIN + 1};
	switch (below(&g->r, 4)) {
	case 0:
		return (s32)below(&g->r, 65);
	case 1:
		return (s32)rng_next(&g->r) >> below(&g->r, 32);
	default:
		return edges[below(&g->r, ARRAY_SIZE(edges))];
	}
}

static const u8 sizes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};

void unknown(struct gen *g, u32 dst)
{
	u32 width = below(&g->r, 4);
	s32 off = (s32)(below(&g->r, 40 >> width) << width);
	bool sign = width < 3 && one_in(&g->r, 3);
	u8 mode = sign ? BPF_MEMSX : BPF_MEM;

	switch (below(&g->r, 4)) {
	case 0:
		off = -SCALAR_STACK + (s32)(below(&g->r, SCALAR_STACK >> width) << width);
		emit(g, BPF_LDX | mode | sizes[width], dst, 10, off, 0);
		break;
	default:
		wide(g, dst, SYM_VALUE, MAP_ARRAY, (s32)below(&g->r, 4) * 8);
		emit(g, BPF_LDX | mode | sizes[width], dst, dst, off, 0);
	}
	g->regs[dst] = (struct reg){.kind = KIND_SCALAR};
}

static void some_alu(struct gen *g, u32 dst)
{
	static const u8 ops[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD,  BPF_OR,	BPF_AND,
				 BPF_XOR, BPF_LSH, BPF_RSH, BPF_MOV, BPF_ARSH, BPF_NEG, BPF_END,
				 BPF_ADD, BPF_SUB, BPF_AND, BPF_RSH, BPF_ARSH, BPF_MOV};
	bool is32 = one_in(&g->r, 2), reg = one_in(&g->r, 2);
	u8 op = ops[below(&g->r, ARRAY_SIZE(ops))];
	s32 imm = any_imm(g), off = 0;
	u32 src = 0;

	switch (op) {
	case BPF_NEG:
		imm = 0;
		reg = false;
		break;
	case BPF_END:
		emit(g, (is32 ? BPF_ALU : BPF_ALU64) | BPF_END | (is32 && reg ? BPF_TO_BE : 0), dst,
		     0, 0, 16 << below(&g->r, 3));
		return;
	case BPF_LSH:
	case BPF_RSH:
	case BPF_ARSH:
		imm &= is32 ? 31 : 63;
		break;
	case BPF_DIV:
	case BPF_MOD:
		off = (s32)below(&g->r, 2);
		imm |= !imm;
		break;
	}
	if (reg) {
		src = any_scalar(g);
		imm = 0;
		if (op == BPF_MOV && one_in(&g->r, 2))
			off = (s32[]){8, 16, is32 ? 16 : 32}[below(&g->r, 3)];
	}
	emit(g, (is32 ? BPF_ALU : BPF_ALU64) | op | (reg ? BPF_X : BPF_K), dst, src, off, imm);
}

static u8 any_compare(struct gen *g)
{
	static const u8 ops[] = {BPF_JEQ,  BPF_JNE,  BPF_JGT,  BPF_JGE,	 BPF_JLT, BPF_JLE,
				 BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET};

	return (one_in(&g->r, 2) ? BPF_JMP : BPF_JMP32) | ops[below(&g->r, ARRAY_SIZE(ops))];
}

static u32 some_branch(struct gen *g)
{
	u8 code = any_compare(g);
	u32 dst = any_scalar(g);

	if (one_in(&g->r, 3)) {
		u32 src = any_scalar(g);

		if (src != dst)
			return jump(g, code | BPF_X, dst, src, 0);
	}
	return jump(g, code | BPF_K, dst, 0, any_imm(g));
}

static void skip_if(struct gen *g, struct skips *s, u8 code, u32 dst, s32 imm)
{
	s->ops[s->n++] = jump(g, code, dst, 0, imm);
}

void land_all(struct gen *g, struct skips *s)
{
	for (u32 i = 0; i < s->n; i++)
		land(g, s->ops[i]);
	s->n = 0;
}

/* x in [0, max] through what is known of a register that is tied to it. */
static void bound_linked(struct gen *g, u32 x, u32 max, struct skips *s)
{
	u32 y = any_dest(g);
	s32 delta = (s32)below(&g->r, 64);
	u8 width = one_in(&g->r, 2) ? BPF_ALU64 : BPF_ALU;

	if (y == x)
		y = (x + 1) % 6;
	if (!oops(g))
		emit(g, (one_in(&g->r, 2) ? BPF_ALU64 : BPF_ALU) | BPF_AND | BPF_K, x, 0, 0,
		     S32_MAX);
	emit(g, width | BPF_MOV | BPF_X, y, x, 0, 0);
	emit(g, width | BPF_ADD | BPF_K, y, 0, 0, delta);
	g->regs[y] = (struct reg){.kind = KIND_SCALAR};
	skip_if(g, s, (one_in(&g->r, 3) ? BPF_JMP32 : BPF_JMP) | BPF_JGT | BPF_K, y,
		(s32)max + delta);
	skip_if(g, s, BPF_JMP | BPF_JLT | BPF_K, y, delta);
}

static void bound_spilled(struct gen *g, u32 x, u32 max, struct skips *s)
{
	s32 off = -8 * (s32)(1 + below(&g->r, 8));
	u8 size = one_in(&g->r, 2) ? BPF_DW : BPF_W;

	emit(g, BPF_STX | BPF_MEM | size, 10, x, off, 0);
	if (size == BPF_DW && one_in(&g->r, 2)) {
		skip_if(g, s, (size == BPF_W ? BPF_JMP32 : BPF_JMP) | BPF_JGT | BPF_K, x, (s32)max);
		emit(g, BPF_LDX | BPF_MEM | size, x, 10, off, 0);
	} else {
		emit(g, BPF_LDX | BPF_MEM | size, x, 10, off, 0);
		skip_if(g, s, BPF_JMP | BPF_JGT | BPF_K, x, (s32)max);
	}
}

static void bound_by_arithmetic(struct gen *g, u32 x, u32 max)
{
	u32 bits = 0;

	while (bits < 31 && BIT(bits + 1) - 1 <= max)
		bits++;
	switch (below(&g->r, 6)) {
	case 0:
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, x, 0, 0, (s32)(BIT(bits) - 1));
		break;
	case 1:
		emit(g, BPF_ALU | BPF_AND | BPF_K, x, 0, 0, (s32)(max & (u32)any_imm(g)));
		break;
	case 2:
		emit(g, BPF_ALU64 | BPF_MOD | BPF_K, x, 0, 0, (s32)max + 1);
		break;
	case 3:
		emit(g, BPF_ALU64 | BPF_RSH | BPF_K, x, 0, 0, 63 - (s32)bits + !!bits);
		break;
	case 4:
		emit(g, BPF_ALU | BPF_RSH | BPF_K, x, 0, 0, 31 - (s32)bits + !!bits);
		break;
	default:
		/* Signed, around zero, and back. */
		emit(g, BPF_ALU64 | BPF_ARSH | BPF_K, x, 0, 0, 63 - (s32)bits + !!bits);
		emit(g, BPF_ALU64 | BPF_ADD | BPF_K, x, 0, 0, bits ? (s32)BIT(bits - 1) : 1);
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, x, 0, 0, (s32)(BIT(bits) - 1));
	}
}

static void bound_by_branches(struct gen *g, u32 x, u32 max, struct skips *s)
{
	u8 jmp = one_in(&g->r, 2) ? BPF_JMP : BPF_JMP32;

	switch (below(&g->r, 4)) {
	case 0:
		skip_if(g, s, jmp | BPF_JGT | BPF_K, x, (s32)max);
		break;
	case 1:
		skip_if(g, s, jmp | BPF_JGE | BPF_K, x, (s32)max + 1);
		break;
	case 2:
		skip_if(g, s, jmp | BPF_JSGT | BPF_K, x, (s32)max);
		skip_if(g, s, jmp | BPF_JSLT | BPF_K, x, 0);
		break;
	default:
		skip_if(g, s, jmp | BPF_JNE | BPF_K, x, (s32)below(&g->r, max + 1));
	}
	if (jmp == BPF_JMP32 && !oops(g))
		emit(g, BPF_ALU | BPF_MOV | BPF_X, x, x, 0, 0);
}

u32 bounded(struct gen *g, u32 max, struct skips *s)
{
	u32 x = any_dest(g), scale = 0, top = max;

	if (one_in(&g->r, 3))
		mov_x(g, x, any_scalar(g));
	else
		unknown(g, x);
	for (u32 i = below(&g->r, 3); i; i--)
		some_alu(g, x);
	if (max >= 8 && one_in(&g->r, 3)) {
		scale = 1 + below(&g->r, 2);
		top = max >> scale;
	}
	if (oops(g))
		top++;
	switch (below(&g->r, 6)) {
	case 0:
		bound_linked(g, x, top, s);
		break;
	case 1:
		bound_spilled(g, x, top, s);
		break;
	case 2:
	case 3:
		bound_by_branches(g, x, top, s);
		break;
	default:
		bound_by_arithmetic(g, x, top);
	}
	if (scale)
		emit(g, BPF_ALU64 | (one_in(&g->r, 2) ? BPF_LSH : BPF_MUL) | BPF_K, x, 0, 0,
		     (s32)scale);
	g->regs[x] = (struct reg){.kind = KIND_SCALAR};
	return x;
}

static void some_access(struct gen *g, u32 reg, s32 off, u32 width, enum memory memory)
{
	static const s32 atomics[] = {
		BPF_ADD,  BPF_OR,     BPF_AND, BPF_XOR, BPF_ADD | BPF_FETCH, BPF_AND | BPF_FETCH,
		BPF_XCHG, BPF_CMPXCHG};
	u32 other;

	switch (memory == MEMORY_READ ? 0 : below(&g->r, memory == MEMORY_PACKET ? 4 : 5)) {
	case 0:
	case 1:
		other = any_dest(g);
		emit(g,
		     BPF_LDX | (width < 3 && one_in(&g->r, 3) ? BPF_MEMSX : BPF_MEM) | sizes[width],
		     other, reg, off, 0);
		g->regs[other] = (struct reg){.kind = KIND_SCALAR};
		break;
	case 2:
		emit(g, BPF_ST | BPF_MEM | sizes[width], reg, 0, off, any_imm(g));
		break;
	case 3:
		other = any_scalar(g);
		/* Where no register was a scalar, making one may have taken this one. */
		if (other != reg)
			emit(g, BPF_STX | BPF_MEM | sizes[width], reg, other, off, 0);
		break;
	default:
		other = any_scalar(g);
		if (other == reg || width < 2 || off & ((1 << width) - 1))
			break;
		if (g->regs[0].kind != KIND_SCALAR && g->pinned & BIT(0))
			break;
		if (g->regs[0].kind != KIND_SCALAR && other)
			mov_k(g, 0, any_imm(g));
		if (reg)
			emit(g, BPF_STX | BPF_ATOMIC | sizes[width], reg, other, off,
			     atomics[below(&g->r, ARRAY_SIZE(atomics))]);
	}
}

void use_memory(struct gen *g, u32 reg, u32 size, enum memory memory)
{
	u16 pinned = g->pinned;

	g->pinned |= (u16)BIT(reg);
	for (u32 n = 1 + below(&g->r, 3); n; n--) {
		u32 width = below(&g->r, 4), len = BIT(width), x;
		struct skips skips = {.n = 0};
		struct paths paths;

		if (len > size)
			continue;
		if (memory == MEMORY_PACKET || one_in(&g->r, 2)) {
			s32 off = (s32)below(&g->r, size - len + 1);

			if (!oops(g))
				off &= ~((s32)len - 1);
			some_access(g, reg, oops(g) ? off + (s32)len : off, width, memory);
			continue;
		}
		paths_save(g, &paths);
		x = bounded(g, oops(g) ? size - len : (size - len) >> width, &skips);
		if (width)
			emit(g, BPF_ALU64 | BPF_LSH | BPF_K, x, 0, 0, (s32)width);
		if (x == reg)
			continue;
		/*
		 * A scalar to which a pointer is added inherits neither the reference nor the
		 * frame from it in Linux 6.18 (docs/compatibility.md).
		 */
		if (memory == MEMORY_HELD || one_in(&g->r, 3)) {
			u32 sum = any_dest(g);

			while (sum == x)
				sum = any_dest(g);
			mov_x(g, sum, reg);
			emit(g, BPF_ALU64 | BPF_ADD | BPF_X, sum, x, 0, 0);
			g->regs[x] = (struct reg){0};
			x = sum;
		} else {
			emit(g, BPF_ALU64 | BPF_ADD | BPF_X, x, reg, 0, 0);
		}
		g->regs[x] = (struct reg){0};
		g->pinned |= (u16)BIT(x);
		some_access(g, x, 0, width, memory);
		g->pinned = pinned | (u16)BIT(reg);
		land_all(g, &skips);
		g->regs[x] = (struct reg){0};
		paths_join(g, &paths);
	}
	g->pinned = pinned;
}

static void use_stack(struct gen *g)
{
	u32 reg = any_dest(g);

	if (one_in(&g->r, 2)) {
		u32 width = below(&g->r, 4);

		some_access(g, 10,
			    -SCALAR_STACK + (s32)(below(&g->r, SCALAR_STACK >> width) << width),
			    width, MEMORY_WRITE);
		return;
	}
	stack_address(g, reg, -SCALAR_STACK);
	use_memory(g, reg, SCALAR_STACK, MEMORY_HELD);
}

static void statement_if(struct gen *g)
{
	u32 branch = some_branch(g);
	struct paths before, then;

	paths_save(g, &before);
	block(g, 1 + below(&g->r, 3));
	if (one_in(&g->r, 2)) {
		land(g, branch);
		paths_join(g, &before);
		return;
	}
	paths_save(g, &then);
	memcpy(g->regs, before.regs, sizeof(g->regs));
	u32 over = jump(g, BPF_JMP | BPF_JA, 0, 0, 0);

	land(g, branch);
	block(g, 1 + below(&g->r, 3));
	land(g, over);
	paths_join(g, &then);
}

/* Rounds counted in a register, ended by a comparison at either end, or by may_goto too. */
static void statement_loop(struct gen *g)
{
	static const u8 ends[] = {BPF_JGE, BPF_JSGE, BPF_JEQ, BPF_JGT};
	u32 counter = pin(g), rounds = 1 + below(&g->r, g->depth > 1 ? 4 : 12), top, out, may = 0;
	u8 jmp = one_in(&g->r, 2) ? BPF_JMP : BPF_JMP32;
	bool with_may = one_in(&g->r, 3);
	struct paths before;

	if (!counter)
		return;
	mov_k(g, counter, 0);
	if (with_may && one_in(&g->r, 2))
		unknown(g, counter), emit(g, BPF_ALU64 | BPF_AND | BPF_K, counter, 0, 0, 7);
	g->regs[counter] = (struct reg){0};
	paths_forget(g);
	paths_save(g, &before);
	top = g->c->nr;
	if (with_may) {
		emit(g, BPF_JMP | BPF_JCOND, 0, BPF_MAY_GOTO, 0, 0)->sym = SYM_TO;
		may = g->c->nr - 1;
	}
	out = jump(g, jmp | ends[below(&g->r, ARRAY_SIZE(ends) - with_may * 2)] | BPF_K, counter, 0,
		   (s32)rounds);
	block(g, 1 + below(&g->r, 3));
	emit(g, (one_in(&g->r, 2) ? BPF_ALU64 : BPF_ALU) | BPF_ADD | BPF_K, counter, 0, 0, 1);
	jump_back(g, top);
	land(g, out);
	if (with_may)
		land(g, may);
	paths_join(g, &before);
	unpin(g, counter);
}

static void statement(struct gen *g)
{
	u32 reg;

	switch (below(&g->r, 12)) {
	case 0:
		reg = any_dest(g);
		unknown(g, reg);
		return;
	case 1:
	case 2:
		some_alu(g, any_scalar(g));
		return;
	case 3:
		use_stack(g);
		return;
	case 4:
		if (g->depth < 4)
			statement_if(g);
		return;
	case 5:
		if (g->depth < 3 && one_in(&g->r, g->depth * 2))
			statement_loop(g);
		return;
	case 6:
		reg = any_dest(g);
		wide(g, reg, SYM_VALUE, MAP_ARRAY, 0);
		use_memory(g, reg, 64, MEMORY_WRITE);
		return;
	default:
		statement_calls(g);
	}
}

void block(struct gen *g, u32 n)
{
	g->depth++;
	while (n-- && g->c->nr < g->limit)
		statement(g);
	g->depth--;
}

/* Every scalar left goes into the result. */
static void finish(struct gen *g, u32 mask)
{
	if (g->regs[0].kind != KIND_SCALAR)
		mov_k(g, 0, 0);
	for (u32 i = 1; i < 10; i++) {
		if (g->regs[i].kind != KIND_SCALAR)
			continue;
		emit(g, BPF_ALU64 | BPF_MUL | BPF_K, 0, 0, 0, 31);
		emit(g, BPF_ALU64 | BPF_XOR | BPF_X, 0, i, 0, 0);
	}
	if (mask)
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, (s32)mask);
	emit(g, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void begin(struct gen *g, u32 length)
{
	memset(g->regs, 0, sizeof(g->regs));
	g->pinned = 0;
	g->depth = 0;
	g->section = false;
	g->ctx = 0;
	g->stack = SCALAR_STACK;
	g->limit = min(g->c->nr + length, (u32)MAX_OPS - 200);
}

static void fill_stack(struct gen *g)
{
	for (s32 i = 1; i <= SCALAR_STACK / 8; i++)
		emit(g, BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8 * i, any_imm(g));
}

static void keep_ctx(struct gen *g)
{
	g->ctx = (u8)pin(g);
	mov_x(g, g->ctx, 1);
	g->regs[g->ctx].kind = KIND_CTX;
	g->regs[1] = (struct reg){0};
}

static void function(struct gen *g, const struct pending *p)
{
	g->c->ops[p->op].arg = (s32)g->c->nr;
	g->level = p->level;
	begin(g, 10 + below(&g->r, 30));
	if (p->kind == SYM_CALL)
		keep_ctx(g);
	else
		g->regs[1].kind = KIND_SCALAR;
	if (p->kind != SYM_FUNC)
		g->regs[2].kind = KIND_SCALAR;
	if (p->kind == SYM_FUNC) {
		/* The caller's scalars on the stack. */
		u32 reg = pin(g);

		mov_x(g, reg, 2);
		fill_stack(g);
		use_memory(g, reg, SCALAR_STACK, MEMORY_HELD);
		unpin(g, reg);
	} else {
		fill_stack(g);
	}
	block(g, 1 + below(&g->r, 4));
	finish(g, p->kind == SYM_FUNC ? 1 : 0);
}

void case_generate(struct fuzz_case *c, u64 seed)
{
	struct gen g = {.c = c, .r = {seed * 0x2545f4914f6cdd1d}};
	bool mutate;

	c->seed = seed;
	c->nr = 0;
	c->type = below(&g.r, 10) < 7 ? BPF_PROG_TYPE_XDP
		  : one_in(&g.r, 3)   ? BPF_PROG_TYPE_SOCKET_FILTER
				      : BPF_PROG_TYPE_SCHED_CLS;
	mutate = one_in(&g.r, 6);
	g.sloppy = one_in(&g.r, 3);
	c->run = !mutate && !g.sloppy;
	begin(&g, 20 + below(&g.r, 120));
	keep_ctx(&g);
	fill_stack(&g);
	block(&g, 2 + below(&g.r, 10));
	finish(&g, 0);
	for (u32 i = 0; i < g.nr_pending; i++)
		function(&g, &g.pending[i]);
	if (mutate)
		case_mutate(c, &g.r);
}

void case_mutate(struct fuzz_case *c, struct rng *rng)
{
	for (u32 n = 1 + below(rng, 2); n; n--) {
		u32 at = below(rng, c->nr);
		struct op *op = &c->ops[at];

		switch (below(rng, 8)) {
		case 0:
			case_cut(c, at, 1);
			break;
		case 1:
			op->dst = (u8)below(rng, 11);
			break;
		case 2:
			if (!(BPF_CLASS(op->code) == BPF_JMP && BPF_OP(op->code) == BPF_CALL) &&
			    !op_is_wide(op))
				op->src = (u8)below(rng, 11);
			break;
		case 3:
			op->imm += one_in(rng, 2) ? 1 : -1;
			break;
		case 4:
			op->off = (s16)(op->off + (s32)below(rng, 17) - 8);
			break;
		case 5:
			if (op_has_target(op))
				op->arg = (s32)below(rng, c->nr);
			break;
		case 6:
			if (!op_is_wide(op) && op->sym == SYM_NONE)
				op->code ^= (u8)BIT(3 + below(rng, 5));
			break;
		default:
			op->imm = (s32)rng_next(rng) >> below(rng, 32);
		}
	}
}
