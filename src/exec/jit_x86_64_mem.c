// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "base/arena.h"
#include "jit_x86_64.h"

/* Memory: loads, stores, atomics. Plain loads and stores are acquire and release on this machine.
 */

/* Opcodes by width: 8, 16, 32, 64. */
static const u32 load_op[] = {X86_MOVZX8, X86_MOVZX16, X86_LOAD, X86_W | X86_LOAD};
static const u32 load_sx_op[] = {X86_W | X86_MOVSX8, X86_W | X86_MOVSX16, X86_MOVSXD};
static const u32 store_op[] = {X86_STORE8, X86_16 | X86_STORE, X86_STORE, X86_W | X86_STORE};

static void store_imm(struct emitter *e, u32 width, u8 base, s32 off, u64 imm)
{
	x86_store_imm(e, 1u << width, base, off, (s32)imm);
}

/* A 16-bit store that happens only below 0xffff. */
static void store_below(struct emitter *e, u8 base, s32 off, u8 src)
{
	size_t skip;

	x86_alu_imm(e, X86_W, X86_CMP_I, src, 0xffff);
	skip = x86_skip_if(e, CC_AE);
	x86_rm(e, store_op[1], src, base, off);
	x86_land(e, skip);
}

/* The opcode that a probing load ends in. */
static u32 probe_load_op(u32 code, u32 *bytes)
{
	if (code >= OP_PROBESX8) {
		*bytes = 1u << (code - OP_PROBESX8);
		return load_sx_op[code - OP_PROBESX8];
	}
	*bytes = 1u << (code - OP_PROBE8);
	return load_op[code - OP_PROBE8];
}

/* The arena is aligned to its size, and a page of zeroes lies behind it: whether an address is in
 * it its upper bits tell, and the rest is for jit_probe(). */
static void probe(struct jit *j, const struct op *op, u32 n)
{
	struct emitter *e = &j->e;
	u8 dst = x86_reg_of[op->dst];
	u8 src = x86_reg_of[op->src];
	u32 shift = (u32)__builtin_ctzll(arena_size);
	u32 bytes;
	u32 load = probe_load_op(op->code, &bytes);

	if (op->off)
		x86_rm(e, X86_LEA, SCRATCH, src, op->off);
	else
		x86_mov(e, SCRATCH, src);
	x86_shift_imm(e, X86_W, X86_SHR, SCRATCH, (u8)shift);
	x86_alu_imm(e, X86_W, X86_CMP_I, SCRATCH, (s32)(arena_base >> shift));
	x86_jcc_to(j, CC_NE, LABEL_SLOW, n);
	x86_rm(e, load, dst, src, op->off);
	jit_bind(j, LABEL_RESUME, n);
}

void x86_memory_slow(struct jit *j, const struct op *op, u32 n)
{
	struct emitter *e = &j->e;
	u32 bytes, load;

	if (op->code < OP_PROBE8 || op->code > OP_PROBESX32)
		return;
	load = probe_load_op(op->code, &bytes);
	jit_bind(j, LABEL_SLOW, n);
	x86_rm(e, X86_LEA, SCRATCH2, x86_reg_of[op->src], op->off);
	x86_mov_imm(e, SCRATCH, bytes);
	x86_call_to(j, LABEL_PROBE, 0);
	x86_rm(e, load, x86_reg_of[op->dst], SCRATCH2, 0);
	x86_jmp_to(j, LABEL_RESUME, n);
}

/* r10 = where to load r11 bytes from instead of from r10; every other register stays. */
void x86_probe_thunk(struct jit *j)
{
	static const u8 saved[] = {RAX, RCX, RDX, RSI, RDI, R8};
	struct emitter *e = &j->e;

	x86_push(e, RBP);
	x86_mov(e, RBP, RSP);
	for (size_t i = 0; i < ARRAY_SIZE(saved); i++)
		x86_push(e, saved[i]);
	x86_alu_imm(e, X86_W, X86_AND_I, RSP, -16);
	x86_mov(e, RDI, MACHINE);
	x86_mov(e, RSI, SCRATCH2);
	x86_mov(e, RDX, SCRATCH);
	x86_call_c(j, (uintptr_t)jit_probe);
	x86_mov(e, SCRATCH2, RAX);
	x86_rm(e, X86_LEA, RSP, RBP, -8 * (s32)ARRAY_SIZE(saved));
	for (size_t i = ARRAY_SIZE(saved); i-- > 0;)
		x86_pop(e, saved[i]);
	x86_pop(e, RBP);
	x86_ret(e);
}

/* For or, and, xor that return the old value there is a loop only. @base and @src may be rax, which
 * it needs: then their value is where that of rax is kept. */
static void fetch_loop(struct emitter *e, u32 width, u32 op, u8 base, s32 off, u8 src)
{
	u8 operand = src == RAX ? SCRATCH : src;
	u8 at = base == RAX ? SCRATCH : base;
	size_t again;

	x86_mov(e, SCRATCH, RAX);
	x86_rm(e, width | X86_LOAD, RAX, at, off);
	again = e->at;
	x86_mov(e, SCRATCH2, RAX);
	x86_rr(e, width | op, operand, SCRATCH2);
	x86_rm(e, width | X86_LOCK | X86_CMPXCHG, SCRATCH2, at, off);
	x86_jcc(e, CC_NE, (s32)((s64)again - (s64)e->at - X86_JMP_SHORT_SIZE), true);
	if (src == RAX)
		return;
	x86_mov(e, src, RAX);
	x86_mov(e, RAX, SCRATCH);
}

static void atomic(struct emitter *e, const struct op *op)
{
	/* add, or, and, xor */
	static const u32 ops[] = {X86_ADD_TO, X86_OR_TO, X86_AND_TO, X86_XOR_TO};
	u32 n = op->code - OP_ATOMIC_ADD32;
	u32 kind = n / 4;
	u32 width = x86_width(n & 1);
	u8 base = x86_reg_of[op->dst];
	u8 src = x86_reg_of[op->src];

	if (!(n & 2))
		x86_rm(e, width | X86_LOCK | ops[kind], src, base, op->off);
	else if (ops[kind] == X86_ADD_TO)
		x86_rm(e, width | X86_LOCK | X86_XADD, src, base, op->off);
	else
		fetch_loop(e, width, ops[kind], base, op->off, src);
}

static void exchange(struct emitter *e, const struct op *op)
{
	u8 base = x86_reg_of[op->dst];
	u8 src = x86_reg_of[op->src];

	switch (op->code) {
	case OP_XCHG32:
		return x86_rm(e, X86_XCHG, src, base, op->off);
	case OP_XCHG64:
		return x86_rm(e, X86_W | X86_XCHG, src, base, op->off);
	case OP_CMPXCHG32:
		x86_rm(e, X86_LOCK | X86_CMPXCHG, src, base, op->off);
		/* Where they were equal, eax was not written. */
		return x86_rr(e, X86_LOAD, RAX, RAX);
	case OP_CMPXCHG64:
		return x86_rm(e, X86_W | X86_LOCK | X86_CMPXCHG, src, base, op->off);
	}
}

void x86_memory(struct jit *j, const struct op *op, u32 n)
{
	struct emitter *e = &j->e;
	u8 dst = x86_reg_of[op->dst];
	u8 src = x86_reg_of[op->src];
	u32 code = op->code;
	u32 k;

	if (code >= OP_LD8 && code <= OP_LD64) {
		x86_rm(e, load_op[code - OP_LD8], dst, src, op->off);
	} else if (code >= OP_LDSX8 && code <= OP_LDSX32) {
		x86_rm(e, load_sx_op[code - OP_LDSX8], dst, src, op->off);
	} else if (code >= OP_PROBE8 && code <= OP_PROBESX32) {
		probe(j, op, n);
	} else if (code >= OP_ST8_X && code <= OP_ST64_K) {
		k = code - OP_ST8_X;
		if (k & 1)
			store_imm(e, k / 2, dst, op->off, op->imm);
		else
			x86_rm(e, store_op[k / 2], src, dst, op->off);
	} else if (code == OP_ST16_BELOW_X) {
		store_below(e, dst, op->off, src);
	} else if (code >= OP_ATOMIC_ADD32 && code < OP_XCHG32) {
		atomic(e, op);
	} else if (code >= OP_XCHG32 && code <= OP_CMPXCHG64) {
		exchange(e, op);
	} else if (code >= OP_LOAD_ACQ8 && code <= OP_STORE_REL64) {
		k = code - OP_LOAD_ACQ8;
		if (k & 1)
			x86_rm(e, store_op[k / 2], src, dst, op->off);
		else
			x86_rm(e, load_op[k / 2], dst, src, op->off);
	} else {
		e->err = -EINVAL;
	}
}
