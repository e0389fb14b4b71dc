// SPDX-License-Identifier: BSD-2-Clause
#include "jit_x86_64.h"

#include <errno.h>
#include <stdlib.h>

/* Functions, calls and jumps. */

const u8 x86_reg_of[MAX_BPF_REG] = {
	[BPF_REG_0] = RAX, [BPF_REG_1] = RDI, [BPF_REG_2] = RSI,  [BPF_REG_3] = RDX,
	[BPF_REG_4] = RCX, [BPF_REG_5] = R8,  [BPF_REG_6] = RBX,  [BPF_REG_7] = R13,
	[BPF_REG_8] = R14, [BPF_REG_9] = R15, [BPF_REG_10] = RBP,
};

static const u8 preserved[] = {RBX, R13, R14, R15};

#define M(field) ((s32)offsetof(struct machine, field))
_Static_assert(offsetof(struct machine, kept) < 128, "the machine's fields are near its address");

size_t x86_skip_if(struct emitter *e, enum x86_cc cc)
{
	x86_jcc(e, cc, 0, true);
	return e->at;
}

size_t x86_skip(struct emitter *e)
{
	x86_jmp(e, 0, true);
	return e->at;
}

void x86_land(struct emitter *e, size_t skip)
{
	size_t distance = e->at - skip;

	if (distance > 127)
		e->err = -EINVAL;
	else if (e->buf && !e->err)
		e->buf[skip - 1] = (u8)distance;
}

/* Displacement to a label from the end of the next @size bytes. */
static s32 rel_to(struct jit *j, u32 size, enum jit_label_kind kind, u32 n)
{
	return (s32)(jit_label(j, kind, n) - (s64)j->e.at - size);
}

void x86_jmp_to(struct jit *j, enum jit_label_kind kind, u32 n)
{
	bool is_short = jit_short_jump(j, X86_JMP_SIZE, -128, 127, kind, n);

	x86_jmp(&j->e, rel_to(j, is_short ? X86_JMP_SHORT_SIZE : X86_JMP_SIZE, kind, n), is_short);
}

void x86_jcc_to(struct jit *j, enum x86_cc cc, enum jit_label_kind kind, u32 n)
{
	bool is_short = jit_short_jump(j, X86_JCC_SIZE, -128, 127, kind, n);

	x86_jcc(&j->e, cc, rel_to(j, is_short ? X86_JMP_SHORT_SIZE : X86_JCC_SIZE, kind, n),
		is_short);
}

void x86_call_to(struct jit *j, enum jit_label_kind kind, u32 n)
{
	x86_call(&j->e, rel_to(j, X86_CALL_SIZE, kind, n));
}

void x86_call_c(struct jit *j, u64 addr)
{
	if (jit_reaches(j, addr, 32)) {
		x86_call(&j->e, (s32)(addr - (uintptr_t)j->base - j->e.at - X86_CALL_SIZE));
	} else {
		x86_mov_imm(&j->e, SCRATCH, addr);
		x86_call_reg(&j->e, SCRATCH);
	}
}

/*
 * A frame on the processor's stack: the return address, registers that are preserved, then eight
 * bytes if it takes them to keep calls aligned, or if a may_goto counts there.
 */
static u32 frame_words(const struct jit_func *f)
{
	u32 saved = (u32)__builtin_popcount(f->saves);

	if (f->loops)
		return saved % 2 ? 2 : 1;
	return f->calls && saved % 2 == 0 ? 1 : 0;
}

static void zero_stack(struct emitter *e, u32 size)
{
	s32 at = -(s32)size;

	if (!size)
		return;
	x86_rr(e, X86_XORPS, 0, 0);
	for (; at <= -16; at += 16)
		x86_rm(e, X86_MOVUPS_TO, 0, RBP, at);
	if (at)
		x86_rm(e, X86_MOVQ_TO, 0, RBP, at);
}

static void show_stack(struct jit *j)
{
	if (j->func->shows_stack)
		x86_rm(&j->e, X86_W | X86_STORE, RBP, MACHINE, M(fp));
}

static void prologue(struct jit *j, const struct jit_func *f)
{
	struct emitter *e = &j->e;
	u32 words = frame_words(f);

	jit_bind(j, LABEL_FUNC, f->index);
	for (size_t i = 0; i < ARRAY_SIZE(preserved); i++) {
		if (f->saves & BIT(i))
			x86_push(e, preserved[i]);
	}
	if (words)
		x86_alu_imm(e, X86_W, X86_SUB_I, RSP, 8 * (s32)words);
	if (f->stack)
		x86_alu_imm(e, X86_W, X86_ADD_I, RBP, (s32)f->stack);
	zero_stack(e, f->stack);
	if (f->loops)
		x86_store_imm(e, 4, RSP, 0, MAX_LOOPS);
	show_stack(j);
}

/* All that precedes a return. */
static void unwind_frame(struct jit *j)
{
	const struct jit_func *f = j->func;
	struct emitter *e = &j->e;
	u32 words = frame_words(f);

	if (f->stack)
		x86_alu_imm(e, X86_W, X86_SUB_I, RBP, (s32)f->stack);
	if (words)
		x86_alu_imm(e, X86_W, X86_ADD_I, RSP, 8 * (s32)words);
	for (size_t i = ARRAY_SIZE(preserved); i-- > 0;) {
		if (f->saves & BIT(i))
			x86_pop(e, preserved[i]);
	}
}

/* The first exit is written where it is, the others go there. */
static void leave(struct jit *j)
{
	if (jit_is_bound(j, LABEL_EXIT, j->func->index)) {
		x86_jmp_to(j, LABEL_EXIT, j->func->index);
		return;
	}
	jit_bind(j, LABEL_EXIT, j->func->index);
	unwind_frame(j);
	x86_ret(&j->e);
}

/*
 * Exceptions. A function that throws, or finds on return from a call that something below it did,
 * returns at once, and so on down to the main function of the program, or to the helper whose
 * callback this is. There the exception ends: by returning its cookie, or by handing the frame over
 * to the exception callback.
 */
static bool is_main(const struct jit_func *f)
{
	return f->index == 0;
}

static void throw_cookie(struct jit *j)
{
	struct emitter *e = &j->e;

	x86_rm(e, X86_W | X86_STORE, RDI, MACHINE, M(cookie));
	x86_store_imm(e, 1, MACHINE, M(thrown), 1);
	x86_jmp_to(j, LABEL_CATCH, j->func->index);
}

static void catch_cookie(struct jit *j)
{
	const struct exec_code *code = j->code;
	struct emitter *e = &j->e;

	jit_bind(j, LABEL_CATCH, j->func->index);
	if (!is_main(j->func)) {
		x86_mov_imm(e, RAX, 1);
		leave(j);
		return;
	}
	x86_store_imm(e, 1, MACHINE, M(thrown), 0);
	if (code->exception_cb) {
		x86_rm(e, X86_W | X86_LOAD, RDI, MACHINE, M(cookie));
		unwind_frame(j);
		x86_jmp_to(j, LABEL_FUNC, (u32)(code->exception_cb - code->funcs));
	} else {
		x86_rm(e, X86_W | X86_LOAD, RAX, MACHINE, M(cookie));
		leave(j);
	}
}

static void check_thrown(struct jit *j)
{
	if (!j->throws)
		return;
	x86_rm(&j->e, 0x80, X86_CMP_I, MACHINE, M(thrown));
	emit_bytes(&j->e, 0, 1);
	x86_jcc_to(j, CC_NE, LABEL_CATCH, j->func->index);
}

static void call_function(struct jit *j, const struct op *op)
{
	const struct exec_func *callee = (const struct exec_func *)(uintptr_t)op->imm;
	struct emitter *e = &j->e;

	x86_call_to(j, LABEL_FUNC, (u32)(callee - j->code->funcs));
	show_stack(j);
	/* It may have been another program that returned. */
	if (j->tail_calls) {
		x86_mov_imm(e, SCRATCH, (uintptr_t)j->code);
		x86_rm(e, X86_W | X86_STORE, SCRATCH, MACHINE, M(code));
	}
	check_thrown(j);
}

static void tail_call(struct jit *j)
{
	struct emitter *e = &j->e;
	size_t none;

	x86_rm(e, X86_W | X86_STORE, RAX, MACHINE, M(kept));
	x86_mov(e, RDI, MACHINE);
	x86_call_c(j, (uintptr_t)jit_tail_call);
	x86_rr(e, X86_W | X86_TEST, RAX, RAX);
	none = x86_skip_if(e, CC_E);
	x86_rm(e, X86_W | X86_LOAD, RDI, MACHINE, M(run.ctx));
	unwind_frame(j);
	x86_jmp_reg(e, RAX);
	x86_land(e, none);
	x86_rm(e, X86_W | X86_LOAD, RAX, MACHINE, M(kept));
}

static void load_packet(struct jit *j, const struct op *op)
{
	struct emitter *e = &j->e;
	size_t found;

	if (op->code == OP_LD_IND)
		x86_rm(e, X86_LEA, RSI, x86_reg_of[op->src], (s32)op->imm);
	else
		x86_mov_imm(e, RSI, (u32)op->imm);
	x86_mov(e, RDI, x86_reg_of[BPF_REG_6]);
	x86_mov_imm(e, RDX, op->dst);
	x86_call_c(j, (uintptr_t)jit_load_packet);
	x86_rr(e, X86_W | X86_TEST, RAX, RAX);
	found = x86_skip_if(e, CC_GE);
	x86_mov_imm(e, RAX, 0);
	x86_jmp_to(j, LABEL_EXIT, j->func->index);
	x86_land(e, found);
}

static void may_goto(struct jit *j, u32 n)
{
	struct emitter *e = &j->e;

	x86_alu_mem_imm(e, 0, X86_SUB_I, RSP, 0, 1);
	x86_jcc_to(j, CC_B, LABEL_SLOW, n);
}

static void jump_if(struct jit *j, const struct op *op, u32 to)
{
	static const u8 cc[] = {CC_E, CC_NE, CC_A, CC_AE, CC_B, CC_BE, CC_G, CC_GE, CC_L, CC_LE};
	struct emitter *e = &j->e;
	u32 family = (op->code - OP_JEQ64_K) / 4;
	u32 variant = (op->code - OP_JEQ64_K) % 4;
	u32 width = x86_width(!(variant & 2));
	u8 dst = x86_reg_of[op->dst];
	bool is_set = family == (OP_JSET64_K - OP_JEQ64_K) / 4;
	bool equality = family <= 1;

	if (variant & 1)
		x86_rr(e, width | (is_set ? X86_TEST : X86_CMP_WITH), x86_reg_of[op->src], dst);
	else if (is_set)
		x86_test_imm(e, width, dst, (s32)op->imm);
	else if (equality && !(u32)op->imm)
		x86_rr(e, width | X86_TEST, dst, dst);
	else
		x86_alu_imm(e, width, X86_CMP_I, dst, (s32)op->imm);
	x86_jcc_to(j, is_set ? CC_NE : cc[family], LABEL_OP, to);
}

static void translate(struct jit *j, u32 n)
{
	const struct op *op = &j->code->ops[n];
	u32 to = n + 1 + (u32)op->off;

	jit_bind(j, LABEL_OP, n);
	if (op->code < OP_ADD_TO)
		return x86_alu(j, op);
	if (op->code < OP_JEQ64_K)
		return x86_convert(j, op);
	if (op->code < OP_JA)
		return jump_if(j, op, to);
	switch (op->code) {
	case OP_JA:
		return x86_jmp_to(j, LABEL_OP, to);
	case OP_MAY_GOTO:
		return may_goto(j, n);
	case OP_LD_ABS:
	case OP_LD_IND:
		return load_packet(j, op);
	case OP_LD_FUNC:
		return x86_mov_imm(&j->e, x86_reg_of[op->dst], op->imm);
	case OP_CALL:
		return x86_call_c(j, op->imm);
	case OP_MAP_LOOKUP:
	case OP_MAP_UPDATE:
	case OP_MAP_REDIRECT:
	case OP_XDP_REDIRECT:
	case OP_CPU:
	case OP_DYNPTR_FROM_XDP:
	case OP_DYNPTR_SLICE:
	case OP_PACKET_SLICE:
		return x86_inlined(j, op, n);
	case OP_CALL_BACK:
		x86_call_c(j, op->imm);
		return check_thrown(j);
	case OP_CALL_BPF:
		return call_function(j, op);
	case OP_TAIL_CALL:
		return tail_call(j);
	case OP_THROW:
		return throw_cookie(j);
	case OP_EXIT:
		return leave(j);
	case OP_TRAP:
		x86_alu_imm(&j->e, X86_W, X86_AND_I, RSP, -16);
		return x86_call_c(j, (uintptr_t)abort);
	default:
		x86_memory(j, op, n);
	}
}

/* What is rare of an operation, behind the function. */
static void translate_slow(struct jit *j, u32 n)
{
	const struct op *op = &j->code->ops[n];

	if (op->code >= OP_MAP_LOOKUP && op->code <= OP_PACKET_SLICE)
		return x86_inlined_slow(j, op, n);
	if (op->code != OP_MAY_GOTO)
		return x86_memory_slow(j, op, n);
	/* The count stays at its end: the next one goes there, too. */
	jit_bind(j, LABEL_SLOW, n);
	x86_store_imm(&j->e, 4, RSP, 0, 0);
	x86_jmp_to(j, LABEL_OP, n + 1 + (u32)op->off);
}

static void translate_function(struct jit *j, const struct jit_func *f)
{
	j->func = f;
	prologue(j, f);
	for (u32 n = f->first; n < f->end; n++)
		translate(j, n);
	if (j->throws)
		catch_cookie(j);
	if (!jit_is_bound(j, LABEL_EXIT, f->index))
		leave(j);
	for (u32 n = f->first; n < f->end; n++)
		translate_slow(j, n);
}

/* From C: six arguments, of which the last is the machine, which says where the stack goes on. */
static void enter(struct jit *j, enum jit_label_kind kind)
{
	struct emitter *e = &j->e;

	jit_bind(j, kind, 0);
	x86_push(e, RBP);
	x86_push(e, MACHINE);
	x86_push(e, RAX); /* for the alignment */
	x86_mov(e, MACHINE, R9);
	x86_rm(e, X86_W | X86_LOAD, RBP, MACHINE, M(fp));
	if (kind == LABEL_ENTER_MAIN)
		x86_call_to(j, LABEL_FUNC, 0);
	else
		x86_call_mem(e, MACHINE, M(target));
	x86_pop(e, RCX);
	x86_pop(e, MACHINE);
	x86_pop(e, RBP);
	x86_ret(e);
}

void jit_probe_cpu(struct jit *j)
{
	j->has_shifts = __builtin_cpu_supports("bmi2");
}

void jit_translate(struct jit *j)
{
	enter(j, LABEL_ENTER_MAIN);
	enter(j, LABEL_ENTER_FUNC);
	for (u32 i = 0; i < j->nr_funcs; i++)
		translate_function(j, &j->funcs[i]);
	jit_bind(j, LABEL_PROBE, 0);
	x86_probe_thunk(j);
}
