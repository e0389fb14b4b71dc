/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_JIT_H
#define EXEC_JIT_H

#include "code.h"
#include "emit.h"

/*
 * From operations to machine code. The driver (jit.c) knows functions, labels, passes and memory;
 * an architecture (jit_x86_64.c) knows how an operation is written down. Code that runs calls what
 * jit_run.c has.
 *
 * The code is written several times: dry passes until every jump is as short as it gets and nothing
 * moves any more, then one into memory.
 *
 * How functions of a program call each other, on any architecture: arguments and results are where
 * the architecture's C ABI has them; one register that C functions preserve holds the machine; the
 * frame pointer holds where the callee's stack begins, which is where that of the caller ends; and
 * a callee gives back all that C functions give back. So a tail call is the end of a function with
 * a jump in place of the return.
 */

/**
 * struct jit_func - a function of the program that is translated
 * @first, @end: its operations; nothing if the verifier found all of it dead
 * @stack: bytes
 * @saves: which of r6 to r9 (bit 0 to 3) it uses, and so must preserve
 * @calls: other functions, of whatever kind
 * @shows_stack: what it calls, or a load that it makes, may look at the stack
 * @loops: has a may_goto
 */
struct jit_func {
	u32 index;
	u32 first;
	u32 end;
	u32 stack;
	u8 saves;
	bool calls;
	bool shows_stack;
	bool loops;
};

/* What labels stand for: operations, the places that belong to one, those of a function, the rest.
 */
enum jit_label_kind {
	LABEL_OP,     /* the operation itself */
	LABEL_SLOW,   /* out of line, for what is rare */
	LABEL_RESUME, /* where the rare way comes back */
	LABEL_FUNC,   /* where a function begins */
	LABEL_EXIT,   /* where it ends */
	LABEL_CATCH,  /* where it goes on when something was thrown */
	LABEL_ENTER_MAIN,
	LABEL_ENTER_FUNC,
	LABEL_PROBE,
	LABEL_KINDS,
};

struct jit_jump {
	u32 at; /* its end, in the last pass */
	bool is_short;
};

struct jit {
	struct emitter e;
	const struct exec_code *code;
	u32 nr_ops;
	u32 nr_funcs;
	struct jit_func *funcs;	     /* in the order of their operations */
	const struct jit_func *func; /* the one that is being translated */
	bool throws;		     /* an operation of the program does */
	bool tail_calls;	     /* likewise */
	bool has_shifts;	     /* the processor has shifts by any register */
	const u8 *base;		     /* where the code will lie; NULL: not known yet */
	size_t room;		     /* bytes there */
	/* labels: offsets as far as this pass has come, and of the pass before */
	u32 base_of[LABEL_KINDS + 1];
	u32 *label;
	u32 *old;
	/* jumps in their order */
	struct jit_jump *jumps;
	u32 nr_jumps;
	u32 max_jumps;
	bool frozen; /* forms stay as they are */
	bool moved;  /* something did, in this pass */
};

/* Bind a label to the present place. @n: an operation or a function's index; 0 where there is one.
 */
void jit_bind(struct jit *j, enum jit_label_kind kind, u32 n);
bool jit_is_bound(const struct jit *j, enum jit_label_kind kind, u32 n);
/* Its offset, as of the last pass. */
s64 jit_label(const struct jit *j, enum jit_label_kind kind, u32 n);

/**
 * jit_short_jump - is the jump that comes next short?
 * @size: bytes of its long form
 * @lo, @hi: what a short one reaches, counted from its end
 *
 * To be asked once per jump and pass.
 */
bool jit_short_jump(struct jit *j, u32 size, s32 lo, s32 hi, enum jit_label_kind kind, u32 n);

/* Can code anywhere in the program reach @addr by a displacement of that many bits? */
bool jit_reaches(const struct jit *j, u64 addr, u32 bits);

/* The architecture: what there is to know of the processor before the first pass; one pass over the
 * program. */
void jit_probe_cpu(struct jit *j);
void jit_translate(struct jit *j);
/* Make do with what every processor of the architecture has. For tests. */
extern bool jit_baseline_only;

/**
 * jit_compile - make machine code of a program whose operations are in place
 * @code: native addresses of its functions are filled in, and code->jit
 *
 * Return: 0, -ENOMEM, -E2BIG above 2 GiB of code, or what the machine answers that permits no
 * executable memory.
 */
int jit_compile(struct exec_code *code) __must_check;
void jit_free(const struct jit_code *jit);

/* For code that runs. */
const void *jit_tail_call(struct machine *m, struct map *map, u32 index);
const void *jit_probe(const struct machine *m, u64 addr, u32 size);
s64 jit_load_packet(const struct skb_ctx *ctx, s32 off, u32 size);
extern const struct run_ops jit_run_ops;

#endif
