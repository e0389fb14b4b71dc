/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_CODE_H
#define EXEC_CODE_H

#include "codemem.h"
#include "exec/prog.h"

/*
 * The executable form of a program, made once by rewrite.c and read-only from then on. It is BPF
 * with everything resolved that the verifier knows: one opcode per width and operand kind, context
 * fields at their native offsets, calls by address, constants in full, dead code gone. The
 * interpreter runs it; a JIT translates it.
 */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ && sizeof(void *) == 8,
	       "programs share pointers and byte order with the host: little-endian, 64 bits");

/*
 * Operations come in families; the lists say which members a family has. _X takes the second
 * operand from register src, _K takes it from imm.
 */
/* clang-format off */
#define FOR_EACH_ALU(X)                                                                            \
	X(ADD) X(SUB) X(MUL) X(DIV) X(MOD) X(SDIV) X(SMOD) X(OR) X(AND) X(XOR) X(LSH) X(RSH)       \
	X(ARSH) X(MOV)
#define FOR_EACH_JUMP(X)                                                                           \
	X(JEQ) X(JNE) X(JGT) X(JGE) X(JLT) X(JLE) X(JSGT) X(JSGE) X(JSLT) X(JSLE) X(JSET)
#define FOR_EACH_WIDTH(X) X(8) X(16) X(32) X(64)
#define FOR_EACH_NARROW(X) X(8) X(16) X(32)
#define FOR_EACH_SWAP(X) X(16) X(32) X(64)
#define FOR_EACH_ATOMIC(X) X(ADD) X(OR) X(AND) X(XOR)

enum op_code {
/* dst = dst op (src | imm); the 32-bit forms clear the upper half of dst */
#define X(name) OP_##name##64_K, OP_##name##64_X, OP_##name##32_K, OP_##name##32_X,
	FOR_EACH_ALU(X)
#undef X
	OP_ADD_TO, /* dst = src + imm */
	OP_NEG64,
	OP_NEG32,
	OP_ZEXT16, /* dst = low bits of dst: conversions to host order */
	OP_ZEXT32,
/* dst = low bits of dst, byte-swapped, zero-extended */
#define X(w) OP_BSWAP##w,
	FOR_EACH_SWAP(X)
#undef X
/* dst = low bits of src, sign-extended to 64 bits, or to 32 and then zero-extended */
#define X(w) OP_MOVSX##w##_64,
	FOR_EACH_NARROW(X)
#undef X
	OP_MOVSX8_32,
	OP_MOVSX16_32,

/* if (dst cmp (src | imm)) goto +off */
#define X(name) OP_##name##64_K, OP_##name##64_X, OP_##name##32_K, OP_##name##32_X,
	FOR_EACH_JUMP(X)
#undef X
	OP_JA,
	OP_MAY_GOTO, /* goto +off once the frame has passed here or its like too often */

/* dst = *(u<w> *)(src + off); LDSX sign-extends to 64 bits */
#define X(w) OP_LD##w,
	FOR_EACH_WIDTH(X)
#undef X
#define X(w) OP_LDSX##w,
	FOR_EACH_NARROW(X)
#undef X
/* the same where the address may be anything: 0 unless the program may read there */
#define X(w) OP_PROBE##w,
	FOR_EACH_WIDTH(X)
#undef X
#define X(w) OP_PROBESX##w,
	FOR_EACH_NARROW(X)
#undef X
/* *(u<w> *)(dst + off) = src | imm */
#define X(w) OP_ST##w##_X, OP_ST##w##_K,
	FOR_EACH_WIDTH(X)
#undef X
	OP_ST16_BELOW_X, /* a 16-bit store that happens only if src, all of it, is below 0xffff */
	OP_LD_ABS,       /* r0 = packet bytes at imm (+ src), dst of them, to host order; r6 is the */
	OP_LD_IND,       /* struct skb_ctx; out of range: the frame returns 0 */

/* lock *(u<w> *)(dst + off) op= src; FETCH: src = the old value */
#define X(name)                                                                                    \
	OP_ATOMIC_##name##32, OP_ATOMIC_##name##64, OP_FETCH_##name##32, OP_FETCH_##name##64,
	FOR_EACH_ATOMIC(X)
#undef X
	OP_XCHG32,
	OP_XCHG64,
	OP_CMPXCHG32, /* compares with r0, r0 = the old value */
	OP_CMPXCHG64,
#define X(w) OP_LOAD_ACQ##w, OP_STORE_REL##w,
	FOR_EACH_WIDTH(X)
#undef X

	OP_LD_FUNC,   /* dst = imm, a struct exec_func *: an argument for a helper that calls back */
	OP_CALL,      /* r0 = imm(r1..r5), a helper_fn */
	/* Calls that machine code does by itself, in the frequent case or always. Like any other
	 * they leave r1 to r5 undefined. */
	OP_MAP_LOOKUP,	    /* r0 = value of the key at r2 in imm, a struct map * */
	OP_MAP_UPDATE,	    /* r0 = update of imm at the key at r2 to the value at r3, flags r4 */
	OP_MAP_REDIRECT,    /* r0 = redirection by imm at key r2, flags r3 */
	OP_XDP_REDIRECT,    /* r0 = imm(r1, r2): to the device of index r1 */
	OP_CPU,		    /* r0 = virtual CPU */
	OP_DYNPTR_FROM_XDP, /* r0 = imm(r1..r3) */
	OP_DYNPTR_SLICE,    /* r0 = imm(r1..r4) */
	OP_PACKET_SLICE,    /* the same, of a whole packet: r2 is the lower half of off, r4 the upper */
	OP_CALL_BACK, /* the same; the helper may run functions of the program, which may throw */
	OP_CALL_BPF,  /* imm: struct exec_func * */
	OP_TAIL_CALL, /* r2: struct map *, r3: index */
	OP_THROW,     /* r1: cookie */
	OP_EXIT,
	OP_TRAP,      /* in place of dead code: the verifier was wrong, or memory is corrupt */
	OP_CODES,
};
/* clang-format on */

/**
 * struct op - one operation
 * @code: enum op_code
 * @dst, @src: registers, 0 to 10
 * @off: bytes for memory operations; for jumps, operations to skip
 * @imm: sign-extended to 64 bits, or an address
 */
struct op {
	u16 code;
	u8 dst;
	u8 src;
	s32 off;
	u64 imm;
};

/**
 * struct exec_func - a function of a program: what OP_CALL_BPF and callbacks refer to
 * @entry: first operation
 * @code: that it belongs to
 * @stack: bytes of stack, a multiple of 8
 * @native: where it begins in machine code; NULL without a JIT
 * @native_len: bytes from there to the next function
 */
struct exec_func {
	const struct op *entry;
	const struct exec_code *code;
	u32 stack;
	u32 native_len;
	const void *native;
};

struct machine;

/**
 * struct jit_code - machine code of one program
 * @mem: where it lies
 * @len: bytes of it
 * @enter_main: a C function: the main function, for arguments that stay where they are; NULL
 *              without a JIT
 * @enter_func: the same for the function that machine->target says
 * @symbols: what debuggers were told
 */
struct jit_code {
	struct codemem mem;
	u32 len;
	u64 (*enter_main)(u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, struct machine *m);
	u64 (*enter_func)(u64 a1, u64 a2, u64 a3, u64 a4, u64 a5, struct machine *m);
	struct jit_symbols *symbols;
};

struct exec_code {
	size_t bytes; /* of the mapping that begins here */
	const struct prog *prog;
	const struct exec_func *exception_cb; /* or NULL: a throw returns its cookie */
	struct jit_code jit;
	const struct op *ops;
	u32 nr_ops;
	u32 nr_funcs;
	struct exec_func funcs[]; /* by subprogram; 0 is where the program begins */
};

void exec_code_free(struct exec_code *code);

/*
 * A program's stack, all of it for one run. A frame begins where the stack of its caller ends, and
 * that end is the frame pointer.
 */
struct frame {
	const struct op *ret; /* where the caller goes on; NULL: entered from C */
	struct frame *caller;
	const struct exec_func *func;
	u8 *fp;
	u64 saved[4]; /* the caller's r6 to r9 */
	u64 loops;    /* may_goto: iterations left */
	u8 stack[];
};

/*
 * The verifier allows 512 bytes of stack in at most 8 frames, and a tail call only where fewer than
 * 256 are in use below the frame that it replaces.
 */
#define MAX_TAIL_CALLS 33
#define RUN_MAX_FRAMES 8
#define RUN_AREA                                                                      \
	(MAX_TAIL_CALLS * (256 + (RUN_MAX_FRAMES - 1) * sizeof(struct frame)) + 512 + \
	 RUN_MAX_FRAMES * sizeof(struct frame))

/* Passes of a may_goto loop, per frame. */
#define MAX_LOOPS (8u << 20)

/**
 * struct machine - one run of a program on one thread
 * @run: what helpers see
 * @thrown: a callback threw @cookie, and the helpers between it and the program are yet to return
 * @frame: interpreter: the innermost; NULL before the program begins
 * @fp: machine code: where the stack ends of the innermost function that shows its stack
 * @code: machine code: the program that the innermost function belongs to
 * @target: machine code: the function to enter
 * @kept: machine code: a register for the time of a call
 * @area: interpreter: frames; machine code: stacks, one behind the other
 */
struct machine {
	struct run run;
	bool thrown;
	u64 cookie;
	struct frame *frame;
	u8 *fp;
	const struct exec_code *code;
	const void *target;
	u64 kept;
	u8 area[RUN_AREA] __attribute__((aligned(16)));
};

/* What cannot happen to a verified program is not survived: its memory can no longer be trusted. */
static inline void require(bool condition)
{
	if (unlikely(!condition))
		__builtin_abort();
}

/* Members of what a NULL pointer points to lie below: no need to look. */
#define NULL_PAGES 0x10000

/* Is this in a map of the program that it could load from? */
static inline bool own_values(const struct prog *prog, u64 addr, size_t size)
{
	for (u32 i = 0; i < prog->nr_used_maps; i++) {
		if (map_values_cover(prog->used_maps[i], addr, size))
			return true;
	}
	return false;
}

/* Call a function from C, on top of the frames that there are; returns its r0. */
u64 interp_call(struct machine *m, const struct exec_func *func, u64 a1, u64 a2, u64 a3, u64 a4,
		u64 a5);
extern const struct run_ops interp_run_ops;

struct skb_ctx;
/* Bytes of the packet for LD_ABS and LD_IND, to host order; false: out of range. */
bool skb_load(const struct skb_ctx *ctx, s32 off, u32 size, u64 *value);

#endif
