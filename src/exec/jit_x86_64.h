/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_JIT_X86_64_H
#define EXEC_JIT_X86_64_H

#include "emit_x86_64.h"
#include "jit.h"

/*
 * Registers. r1 to r5 are where C functions take their arguments, r0 where they return; r6 to r9
 * are registers that they preserve, rbp is the frame pointer. r12 is the machine; r9, r10 and r11
 * are free for the course of an operation, and so are the flags and xmm0.
 */
extern const u8 x86_reg_of[MAX_BPF_REG];

#define MACHINE	 R12
#define SCRATCH	 R11
#define SCRATCH2 R10
#define SCRATCH3 R9

/* A forward jump within one operation: the jump, and where it lands. */
size_t x86_skip_if(struct emitter *e, enum x86_cc cc);
size_t x86_skip(struct emitter *e);
void x86_land(struct emitter *e, size_t skip);

/* Jumps and calls to labels, and a call of a C function. */
void x86_jmp_to(struct jit *j, enum jit_label_kind kind, u32 n);
void x86_jcc_to(struct jit *j, enum x86_cc cc, enum jit_label_kind kind, u32 n);
void x86_call_to(struct jit *j, enum jit_label_kind kind, u32 n);
void x86_call_c(struct jit *j, u64 addr);

/* Operations of the families FOR_EACH_ALU, and the other ones on registers only. */
void x86_alu(struct jit *j, const struct op *op);
void x86_convert(struct jit *j, const struct op *op);
/* Those that access memory, LD_ABS and LD_IND excepted; @n is the operation's number. */
void x86_memory(struct jit *j, const struct op *op, u32 n);
/* Calls that are done in place. */
void x86_inlined(struct jit *j, const struct op *op, u32 n);
void x86_inlined_slow(struct jit *j, const struct op *op, u32 n);
/* What x86_memory() left to be written out of line. */
void x86_memory_slow(struct jit *j, const struct op *op, u32 n);
/* Where those go, once per program. */
void x86_probe_thunk(struct jit *j);

#endif
