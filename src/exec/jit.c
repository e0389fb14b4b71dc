// SPDX-License-Identifier: BSD-2-Clause
#include "jit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "jit_debug.h"

/* Passes in which jumps may still become shorter. Few programs take more than four. */
#define MAX_SHRINKING 12
#define MAX_CODE      (1u << 31)

bool jit_baseline_only;

void jit_bind(struct jit *j, enum jit_label_kind kind, u32 n)
{
	u32 i = j->base_of[kind] + n;

	j->label[i] = (u32)j->e.at;
	if (j->label[i] != j->old[i])
		j->moved = true;
}

bool jit_is_bound(const struct jit *j, enum jit_label_kind kind, u32 n)
{
	return j->label[j->base_of[kind] + n] != U32_MAX;
}

s64 jit_label(const struct jit *j, enum jit_label_kind kind, u32 n)
{
	return j->old[j->base_of[kind] + n];
}

static struct jit_jump *next_jump(struct jit *j)
{
	if (j->nr_jumps == j->max_jumps) {
		u32 max = max(2 * j->max_jumps, 64u);
		struct jit_jump *more = realloc(j->jumps, max * sizeof(*more));

		if (!more) {
			j->e.err = -ENOMEM;
			return NULL;
		}
		memset(more + j->max_jumps, 0, (max - j->max_jumps) * sizeof(*more));
		j->jumps = more;
		j->max_jumps = max;
	}
	return &j->jumps[j->nr_jumps++];
}

/*
 * Both ends are taken from the pass before. Since nothing ever grows, what is in reach by them
 * stays in reach, and a jump that has become short stays so.
 */
bool jit_short_jump(struct jit *j, u32 size, s32 lo, s32 hi, enum jit_label_kind kind, u32 n)
{
	struct jit_jump *jump = next_jump(j);
	s64 to = jit_label(j, kind, n);

	if (!jump)
		return false;
	if (!jump->is_short && !j->frozen && jump->at && to != U32_MAX) {
		s64 distance = to - (s64)jump->at;

		if (distance >= lo && distance <= hi) {
			jump->is_short = true;
			j->moved = true;
		}
	}
	jump->at = (u32)(j->e.at + size);
	return jump->is_short;
}

bool jit_reaches(const struct jit *j, u64 addr, u32 bits)
{
	s64 range = (s64)1 << (bits - 1);
	s64 from_start = (s64)(addr - (uintptr_t)j->base);
	s64 from_end = from_start - (s64)j->room;

	return j->base && from_start < range && from_end > 16 - range;
}

static bool uses_dst(u32 code)
{
	return code < OP_JA || (code >= OP_LD8 && code < OP_LD_ABS) ||
	       (code >= OP_ATOMIC_ADD32 && code <= OP_LD_FUNC);
}

static void note_op(struct jit *j, struct jit_func *f, const struct op *op)
{
	const u8 first_saved = BPF_REG_6;
	u32 regs = 0;

	if (uses_dst(op->code))
		regs |= BIT(op->dst);
	regs |= BIT(op->src);
	f->saves |= (regs >> first_saved) & 0xf;
	switch (op->code) {
	case OP_LD_ABS:
	case OP_LD_IND:
		f->saves |= 1; /* the context is in r6 */
		f->calls = true;
		break;
	case OP_CALL:
	case OP_MAP_LOOKUP:
	case OP_MAP_UPDATE:
	case OP_MAP_REDIRECT:
	case OP_XDP_REDIRECT:
	case OP_DYNPTR_FROM_XDP:
	case OP_DYNPTR_SLICE:
	case OP_PACKET_SLICE:
	case OP_CALL_BACK:
	case OP_CALL_BPF:
		f->calls = f->shows_stack = true;
		break;
	case OP_TAIL_CALL:
		f->calls = f->shows_stack = j->tail_calls = true;
		break;
	case OP_MAY_GOTO:
		f->loops = true;
		break;
	case OP_THROW:
		j->throws = true;
		break;
	default:
		if (op->code >= OP_PROBE8 && op->code <= OP_PROBESX32)
			f->shows_stack = true;
	}
}

static int by_position(const void *a, const void *b)
{
	const struct jit_func *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static int find_functions(struct jit *j)
{
	const struct exec_code *code = j->code;

	j->funcs = calloc(j->nr_funcs, sizeof(*j->funcs));
	if (!j->funcs)
		return -ENOMEM;
	for (u32 i = 0; i < j->nr_funcs; i++)
		j->funcs[i] = (struct jit_func){
			.index = i,
			.first = (u32)(code->funcs[i].entry - code->ops),
			.stack = code->funcs[i].stack,
		};
	qsort(j->funcs, j->nr_funcs, sizeof(*j->funcs), by_position);
	for (u32 i = 0; i < j->nr_funcs; i++) {
		struct jit_func *f = &j->funcs[i];

		f->end = i + 1 < j->nr_funcs ? j->funcs[i + 1].first : j->nr_ops;
		for (u32 k = f->first; k < f->end; k++)
			note_op(j, f, &code->ops[k]);
	}
	return 0;
}

static int make_labels(struct jit *j)
{
	u32 nr = 0;

	for (u32 kind = 0; kind < LABEL_KINDS; kind++) {
		j->base_of[kind] = nr;
		nr += kind < LABEL_FUNC ? j->nr_ops : kind < LABEL_ENTER_MAIN ? j->nr_funcs : 1;
	}
	j->base_of[LABEL_KINDS] = nr;
	j->label = malloc(nr * sizeof(*j->label));
	j->old = malloc(nr * sizeof(*j->old));
	if (!j->label || !j->old)
		return -ENOMEM;
	memset(j->label, 0xff, nr * sizeof(*j->label));
	return 0;
}

static int one_pass(struct jit *j)
{
	u32 *seen = j->label;
	u32 nr = j->base_of[LABEL_KINDS];

	j->label = j->old;
	j->old = seen;
	memset(j->label, 0xff, nr * sizeof(*j->label));
	j->nr_jumps = 0;
	j->moved = false;
	j->e.at = 0;
	jit_translate(j);
	if (!j->e.err && j->e.at >= MAX_CODE)
		j->e.err = -E2BIG;
	return j->e.err;
}

/* Dry passes until nothing moves. */
static int settle(struct jit *j)
{
	u32 passes = 0;
	int err;

	do {
		j->frozen = passes++ >= MAX_SHRINKING;
		err = one_pass(j);
	} while (!err && j->moved);
	return err;
}

static int write_code(struct jit *j, struct jit_code *out)
{
	size_t len = j->e.at;
	int err;

	j->frozen = true;
	j->e.buf = out->mem.addr;
	j->e.cap = out->mem.size;
	err = one_pass(j);
	if (err)
		return err;
	/* Else the last dry pass was not the last. */
	require(!j->moved && j->e.at == len);
	out->len = (u32)len;
	return codemem_seal(&out->mem, len);
}

static void fill_in(struct jit *j, struct exec_code *code)
{
	struct jit_code *out = &code->jit;
	const u8 *base = out->mem.addr;
	s64 end = jit_label(j, LABEL_PROBE, 0);

	out->enter_main = (void *)(base + jit_label(j, LABEL_ENTER_MAIN, 0));
	out->enter_func = (void *)(base + jit_label(j, LABEL_ENTER_FUNC, 0));
	for (u32 i = j->nr_funcs; i-- > 0;) {
		struct exec_func *f = &code->funcs[j->funcs[i].index];
		s64 at = jit_label(j, LABEL_FUNC, j->funcs[i].index);

		f->native = base + at;
		f->native_len = (u32)(end - at);
		end = at;
	}
}

int jit_compile(struct exec_code *code)
{
	struct jit j = {.code = code, .nr_ops = code->nr_ops, .nr_funcs = code->nr_funcs};
	struct jit_code *out = &code->jit;
	int err = find_functions(&j);

	if (!jit_baseline_only)
		jit_probe_cpu(&j);
	if (!err)
		err = make_labels(&j);
	/* How long it is at most, with every jump and call in its longest form. */
	if (!err)
		err = one_pass(&j);
	if (!err)
		err = codemem_alloc(&out->mem, j.e.at, (const void *)(uintptr_t)jit_compile);
	if (!err) {
		j.base = out->mem.addr;
		j.room = out->mem.size;
		err = settle(&j);
	}
	if (!err)
		err = write_code(&j, out);
	if (!err) {
		fill_in(&j, code);
		jit_debug_add(code);
	} else {
		codemem_free(&out->mem);
		out->mem.addr = NULL;
	}
	free(j.funcs);
	free(j.label);
	free(j.old);
	free(j.jumps);
	return err;
}

void jit_free(const struct jit_code *jit)
{
	jit_debug_remove(jit);
	codemem_free(&jit->mem);
}
