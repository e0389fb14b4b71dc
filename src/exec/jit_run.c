// SPDX-License-Identifier: BSD-2-Clause
#include "jit.h"

/* What machine code calls, and what helpers reach it by: the same on every architecture. */

/* Where the program in a PROG_ARRAY begins, or NULL: execution goes on. */
const void *jit_tail_call(struct machine *m, struct map *map, u32 index)
{
	struct object *target;
	const struct exec_code *code;

	if (m->run.tail_calls >= MAX_TAIL_CALLS)
		return NULL;
	target = map_prog_array_at(map, index);
	if (!target)
		return NULL;
	m->run.tail_calls++;
	code = prog_of(target)->code;
	require(m->fp + code->funcs[0].stack <= m->area + sizeof(m->area));
	/* The array takes programs of one executor only. */
	require(code->jit.enter_main);
	m->code = code;
	return code->funcs[0].native;
}

/* Stack in use begins with the area and ends where the innermost function's does. */
static bool own_memory(const struct machine *m, u64 addr, size_t size)
{
	size_t room = (size_t)(m->fp - m->area);

	if (addr < NULL_PAGES)
		return false;
	if (size <= room && addr - (uintptr_t)m->area <= room - size)
		return true;
	return own_values(m->code->prog, addr, size);
}

/* Where to load from instead of @addr, which is not in the arena: there, or from a zero. */
const void *jit_probe(const struct machine *m, u64 addr, u32 size)
{
	static const u64 zero;

	return own_memory(m, addr, size) ? (const void *)(uintptr_t)addr : &zero;
}

/* Below zero: out of range. */
s64 jit_load_packet(const struct skb_ctx *ctx, s32 off, u32 size)
{
	u64 value;

	return skb_load(ctx, off, size, &value) ? (s64)value : -1;
}

static u64 callback(struct run *run, u64 arg, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	struct machine *m = container_of(run, struct machine, run);
	const struct exec_func *func = (const struct exec_func *)(uintptr_t)arg;
	const struct exec_code *code = m->code;
	u8 *fp = m->fp;
	u64 ret;

	/* A helper that does not stop at 1 is on its way out all the same. */
	if (unlikely(m->thrown))
		return 1;
	require(fp + func->stack <= m->area + sizeof(m->area));
	m->target = func->native;
	ret = func->code->jit.enter_func(a1, a2, a3, a4, a5, m);
	/* The next call begins where this one did. */
	m->fp = fp;
	m->code = code;
	return ret;
}

static bool readable(struct run *run, u64 addr, size_t size)
{
	return own_memory(container_of(run, struct machine, run), addr, size);
}

const struct run_ops jit_run_ops = {.callback = callback, .readable = readable};
