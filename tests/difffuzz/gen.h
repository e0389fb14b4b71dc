/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DIFFFUZZ_GEN_H
#define DIFFFUZZ_GEN_H

#include "case.h"

/* What the generator believes of a register. Pointers that only one construct knows are NONE. */
enum kind {
	KIND_NONE,
	KIND_SCALAR,
	KIND_CTX,
	KIND_MEM, /* @size bytes from here on may be read, and written if @writable */
};

struct reg {
	u8 kind;
	bool writable;
	u32 size;
};

/* fp-64 to fp-1 always hold scalars; constructs take what they need below. */
#define SCALAR_STACK 64

struct pending {
	u32 op;	 /* what refers to the function */
	u8 kind; /* SYM_CALL, SYM_GCALL or SYM_FUNC */
	u8 level;
};

#define MAX_PENDING 8

struct gen {
	struct fuzz_case *c;
	struct rng r;
	struct reg regs[10];
	u16 pinned;   /* registers that hold something for later */
	u32 stack;    /* bytes taken */
	u32 limit;    /* of operations, for what is being written */
	u32 depth;    /* of blocks */
	u32 level;    /* of calls */
	u8 ctx;	      /* register, or 0: not at hand */
	bool sloppy;  /* this program has mistakes in it */
	bool section; /* within RCU read or preempt-disabled */
	struct pending pending[MAX_PENDING];
	u32 nr_pending;
};

/* In a sloppy program, now and then: do it wrong here. */
static inline bool oops(struct gen *g)
{
	return g->sloppy && one_in(&g->r, 12);
}

struct op *emit(struct gen *g, u8 code, u32 dst, u32 src, s32 off, s32 imm);
void mov_k(struct gen *g, u32 dst, s32 imm);
void mov_x(struct gen *g, u32 dst, u32 src);
/* dst = fp + off */
void stack_address(struct gen *g, u32 dst, s32 off);
void wide(struct gen *g, u32 dst, u8 sym, s32 arg, s32 imm);
void call_helper(struct gen *g, s32 id);
void call_kfunc(struct gen *g, enum fuzz_kfunc which);

/* A jump whose target is the next operation at the time of land(). */
u32 jump(struct gen *g, u8 code, u32 dst, u32 src, s32 imm);
void land(struct gen *g, u32 op);
void jump_back(struct gen *g, u32 target);

/* What is true on both of two paths. */
struct paths {
	struct reg regs[10];
};
void paths_save(const struct gen *g, struct paths *p);
void paths_join(struct gen *g, const struct paths *p);
/* Nothing is known of scalars and of what calls overwrite: begin of a loop. */
void paths_forget(struct gen *g);

u32 any_dest(struct gen *g);
u32 any_scalar(struct gen *g);
/* A register that survives calls, now pinned; or 0. */
u32 pin(struct gen *g);
void unpin(struct gen *g, u32 reg);
s32 any_imm(struct gen *g);
/* dst = something the verifier knows nothing of */
void unknown(struct gen *g, u32 dst);
/* A register that is a scalar in [0, max], by one of many ways. Jumps to be landed behind its use
 * are added to @skips. */
struct skips {
	u32 ops[8];
	u32 n;
};
u32 bounded(struct gen *g, u32 max, struct skips *skips);
void land_all(struct gen *g, struct skips *skips);

/* Statements, as long as there is room. */
void block(struct gen *g, u32 n);
/* Accesses to memory at a register. */
enum memory {
	MEMORY_READ,
	MEMORY_WRITE,
	MEMORY_HELD,   /* by a reference, or in a frame: see use_memory() */
	MEMORY_PACKET, /* where a variable offset is a new pointer, and nothing is atomic */
};
void use_memory(struct gen *g, u32 reg, u32 size, enum memory memory);
/* Statements of gen_calls.c; false: not here. */
bool statement_calls(struct gen *g);

#endif
