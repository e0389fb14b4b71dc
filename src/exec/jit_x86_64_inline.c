// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "jit_x86_64.h"
#include "kfunc/dynptr.h"
#include "packet/xdp.h"

/*
 * Calls that are done in place. r1 to r5 (rdi, rsi, rdx, rcx, r8) hold the arguments and are
 * nobody's afterwards, but they must be what they were where the rare case is left to the function
 * itself.
 */
#define XDP(field)    ((s32)offsetof(struct xdp_ctx, buff.field))
#define DYNPTR(field) ((s32)offsetof(struct dynptr, field))

/* rax *= elem_size */
static void scale(struct emitter *e, u32 elem_size)
{
	if (elem_size & (elem_size - 1))
		x86_imul_imm(e, X86_W, RAX, RAX, (s32)elem_size);
	else if (elem_size > 1)
		x86_shift_imm(e, X86_W, X86_SHL, RAX, (u8)__builtin_ctz(elem_size));
}

static void array_lookup(struct emitter *e, const struct map *map,
			 const struct map_array_layout *array)
{
	size_t outside, done;

	x86_rm(e, X86_LOAD, RAX, RSI, 0);
	x86_alu_imm(e, 0, X86_CMP_I, RAX, (s32)map->max_entries);
	outside = x86_skip_if(e, CC_AE);
	scale(e, array->elem_size);
	if (array->cpu_stride) {
		x86_rm(e, X86_LOAD, RCX, MACHINE, offsetof(struct machine, run.cpu));
		x86_imul_imm(e, X86_W, RCX, RCX, (s32)array->cpu_stride);
		x86_rr(e, X86_W | X86_ADD_TO, RCX, RAX);
	}
	x86_mov_imm(e, SCRATCH, (uintptr_t)array->values);
	x86_rr(e, X86_W | X86_ADD_TO, SCRATCH, RAX);
	done = x86_skip(e);
	x86_land(e, outside);
	x86_mov_imm(e, RAX, 0);
	x86_land(e, done);
}

/* The map's own function, with the arguments of the helper. */
static void map_call(struct jit *j, const struct map *map, u64 function)
{
	x86_mov_imm(&j->e, RDI, (uintptr_t)map);
	x86_call_c(j, function);
}

static void map_lookup(struct jit *j, const struct map *map)
{
	struct map_array_layout array;

	if (map_array_layout(map, &array) && array.elem_size <= S32_MAX &&
	    array.cpu_stride <= S32_MAX) {
		array_lookup(&j->e, map, &array);
		return;
	}
	map_call(j, map, (uintptr_t)map->ops->lookup);
}

/* Any flag is for the function to refuse. */
static void xdp_redirect(struct jit *j, u32 n)
{
	struct emitter *e = &j->e;

	x86_rr(e, X86_W | X86_TEST, RSI, RSI);
	x86_jcc_to(j, CC_NE, LABEL_SLOW, n);
	x86_rr(e, X86_LOAD, RDI, RDI);
	x86_store_imm(e, 8, MACHINE, offsetof(struct machine, run.redirect.map), 0);
	x86_rm(e, X86_W | X86_STORE, RDI, MACHINE, offsetof(struct machine, run.redirect.index));
	x86_store_imm(e, 4, MACHINE, offsetof(struct machine, run.redirect.flags), 0);
	x86_mov_imm(e, RAX, XDP_REDIRECT);
	jit_bind(j, LABEL_RESUME, n);
}

/* Flags, of which there are none, are for the function to refuse. */
static void dynptr_from_xdp(struct jit *j, u32 n)
{
	struct emitter *e = &j->e;

	x86_rr(e, X86_W | X86_TEST, RSI, RSI);
	x86_jcc_to(j, CC_NE, LABEL_SLOW, n);
	x86_rm(e, X86_LOAD, RAX, RDI, XDP(data_end));
	x86_rm(e, X86_SUB_FROM, RAX, RDI, XDP(data));
	x86_alu_imm(e, 0, X86_AND_I, RAX, DYNPTR_MAX_SIZE);
	x86_alu_imm(e, 0, X86_OR_I, RAX, (s32)((u32)DYNPTR_RUN_XDP << DYNPTR_KIND_SHIFT));
	x86_rm(e, X86_W | X86_STORE, RDI, RDX, DYNPTR(data));
	/* The offset, behind the size, becomes 0. */
	_Static_assert(offsetof(struct dynptr, offset) == offsetof(struct dynptr, size) + 4,
		       "one store writes both");
	x86_rm(e, X86_W | X86_STORE, RAX, RDX, DYNPTR(size));
	x86_mov_imm(e, RAX, 0);
	jit_bind(j, LABEL_RESUME, n);
}

/*
 * Of a packet that is still as long as it was: offset + len is compared in 64 bits, where it cannot
 * wrap, first with the dynptr's size and then with the packet's end. All else is rare.
 */
static void dynptr_slice(struct jit *j, u32 n)
{
	struct emitter *e = &j->e;

	x86_rm(e, X86_LOAD, RAX, RDI, DYNPTR(size));
	x86_mov(e, SCRATCH, RAX);
	x86_shift_imm(e, 0, X86_SHR, SCRATCH, DYNPTR_KIND_SHIFT);
	x86_alu_imm(e, 0, X86_CMP_I, SCRATCH, DYNPTR_RUN_XDP);
	x86_jcc_to(j, CC_NE, LABEL_SLOW, n);
	x86_alu_imm(e, 0, X86_AND_I, RAX, DYNPTR_MAX_SIZE);
	/* r11: where it begins in the dynptr; r10: where it ends, there and then in the packet. */
	x86_rr(e, X86_LOAD, SCRATCH, RSI);
	x86_rr(e, X86_LOAD, SCRATCH2, RCX);
	x86_rr(e, X86_W | X86_ADD_TO, SCRATCH, SCRATCH2);
	x86_rr(e, X86_W | X86_CMP_WITH, RAX, SCRATCH2);
	x86_jcc_to(j, CC_A, LABEL_SLOW, n);
	x86_rm(e, X86_LOAD, RAX, RDI, DYNPTR(offset));
	x86_rr(e, X86_W | X86_ADD_TO, RAX, SCRATCH);
	x86_rr(e, X86_W | X86_ADD_TO, RAX, SCRATCH2);
	x86_alu_imm(e, X86_W, X86_CMP_I, SCRATCH2, 0xffff);
	x86_jcc_to(j, CC_A, LABEL_SLOW, n);
	x86_rm(e, X86_W | X86_LOAD, SCRATCH3, RDI, DYNPTR(data));
	x86_rm(e, X86_W | X86_LOAD, RAX, SCRATCH3, XDP(data));
	x86_rr(e, X86_W | X86_ADD_TO, RAX, SCRATCH2);
	x86_rm(e, X86_W | X86_CMP_WITH, SCRATCH2, SCRATCH3, XDP(data_end));
	x86_jcc_to(j, CC_B, LABEL_SLOW, n);
	x86_rr(e, X86_W | X86_ADD_TO, SCRATCH, RAX);
	jit_bind(j, LABEL_RESUME, n);
}

/* Of a packet that is as long as the dynptr: one comparison, with the packet's end. */
static void packet_slice(struct jit *j, const struct op *op, u32 n)
{
	struct emitter *e = &j->e;
	u32 offset = (u16)op->off;
	u32 len = (u32)op->off >> 16;

	x86_rm(e, X86_W | X86_LOAD, SCRATCH3, RDI, DYNPTR(data));
	x86_rm(e, X86_W | X86_LOAD, RAX, SCRATCH3, XDP(data));
	x86_rm(e, X86_LEA, SCRATCH2, RAX, (s32)(offset + len));
	x86_rm(e, X86_W | X86_CMP_WITH, SCRATCH2, SCRATCH3, XDP(data_end));
	x86_jcc_to(j, CC_B, LABEL_SLOW, n);
	if (offset)
		x86_alu_imm(e, X86_W, X86_ADD_I, RAX, (s32)offset);
	jit_bind(j, LABEL_RESUME, n);
}

void x86_inlined(struct jit *j, const struct op *op, u32 n)
{
	const struct map *map = (const struct map *)(uintptr_t)op->imm;

	switch (op->code) {
	case OP_MAP_LOOKUP:
		return map_lookup(j, map);
	case OP_MAP_UPDATE:
		return map_call(j, map, (uintptr_t)map->ops->update);
	case OP_MAP_REDIRECT:
		return map_call(j, map, (uintptr_t)map->ops->redirect);
	case OP_XDP_REDIRECT:
		return xdp_redirect(j, n);
	case OP_CPU:
		return x86_rm(&j->e, X86_LOAD, RAX, MACHINE, offsetof(struct machine, run.cpu));
	case OP_DYNPTR_FROM_XDP:
		return dynptr_from_xdp(j, n);
	case OP_DYNPTR_SLICE:
		return dynptr_slice(j, n);
	case OP_PACKET_SLICE:
		return packet_slice(j, op, n);
	default:
		j->e.err = -EINVAL;
	}
}

void x86_inlined_slow(struct jit *j, const struct op *op, u32 n)
{
	if (op->code != OP_XDP_REDIRECT && op->code != OP_DYNPTR_FROM_XDP &&
	    op->code != OP_DYNPTR_SLICE && op->code != OP_PACKET_SLICE)
		return;
	jit_bind(j, LABEL_SLOW, n);
	x86_call_c(j, op->imm);
	x86_jmp_to(j, LABEL_RESUME, n);
}
