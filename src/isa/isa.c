// SPDX-License-Identifier: BSD-2-Clause
#include "isa/isa.h"

#define ALU_PAIR(op, text)                                                               \
	[BPF_ALU | (op) | BPF_K] = {text, ISA_ALU, 0, true, false},                      \
			  [BPF_ALU | (op) | BPF_X] = {text, ISA_ALU, 0, true, true},     \
			  [BPF_ALU64 | (op) | BPF_K] = {text, ISA_ALU, 0, false, false}, \
			  [BPF_ALU64 | (op) | BPF_X] = {text, ISA_ALU, 0, false, true}

#define JCOND_PAIR(op, text)                                                              \
	[BPF_JMP | (op) | BPF_K] = {text, ISA_JCOND, 0, false, false},                    \
			  [BPF_JMP | (op) | BPF_X] = {text, ISA_JCOND, 0, false, true},   \
			  [BPF_JMP32 | (op) | BPF_K] = {text, ISA_JCOND, 0, true, false}, \
			  [BPF_JMP32 | (op) | BPF_X] = {text, ISA_JCOND, 0, true, true}

#define MEM_SIZE(bpf_size, bytes)                                                             \
	[BPF_LDX | BPF_MEM |                                                                  \
		(bpf_size)] = {"ldx", ISA_LOAD, bytes, false, true},                          \
		[BPF_ST | BPF_MEM | (bpf_size)] = {"st", ISA_STORE_IMM, bytes, false, false}, \
		[BPF_STX | BPF_MEM | (bpf_size)] = {"stx", ISA_STORE, bytes, false, true},    \
		[BPF_STX | BPF_ATOMIC | (bpf_size)] = {"atomic", ISA_ATOMIC, bytes, false, true}

/* What only the sizes below a double word have. */
#define NARROW_SIZE(bpf_size, bytes)                                                          \
	[BPF_LDX | BPF_MEMSX |                                                                \
		(bpf_size)] = {"ldxs", ISA_LOAD_SX, bytes, false, true},                      \
		[BPF_LD | BPF_ABS | (bpf_size)] = {"ldabs", ISA_LD_ABS, bytes, false, false}, \
		[BPF_LD | BPF_IND | (bpf_size)] = {"ldind", ISA_LD_IND, bytes, false, true}

const struct isa_op isa_ops[256] = {
	ALU_PAIR(BPF_ADD, "add"),
	ALU_PAIR(BPF_SUB, "sub"),
	ALU_PAIR(BPF_MUL, "mul"),
	ALU_PAIR(BPF_DIV, "div"),
	ALU_PAIR(BPF_OR, "or"),
	ALU_PAIR(BPF_AND, "and"),
	ALU_PAIR(BPF_LSH, "lsh"),
	ALU_PAIR(BPF_RSH, "rsh"),
	ALU_PAIR(BPF_MOD, "mod"),
	ALU_PAIR(BPF_XOR, "xor"),
	ALU_PAIR(BPF_MOV, "mov"),
	ALU_PAIR(BPF_ARSH, "arsh"),
	[BPF_ALU | BPF_NEG] = {"neg", ISA_ALU, 0, true, false},
	[BPF_ALU64 | BPF_NEG] = {"neg", ISA_ALU, 0, false, false},
	[BPF_ALU | BPF_END | BPF_TO_LE] = {"le", ISA_END, 0, true, false},
	[BPF_ALU | BPF_END | BPF_TO_BE] = {"be", ISA_END, 0, true, true},
	[BPF_ALU64 | BPF_END | BPF_TO_LE] = {"bswap", ISA_END, 0, false, false},

	MEM_SIZE(BPF_B, 1),
	MEM_SIZE(BPF_H, 2),
	MEM_SIZE(BPF_W, 4),
	MEM_SIZE(BPF_DW, 8),
	NARROW_SIZE(BPF_B, 1),
	NARROW_SIZE(BPF_H, 2),
	NARROW_SIZE(BPF_W, 4),
	[BPF_LD | BPF_IMM | BPF_DW] = {"lddw", ISA_LD_IMM64, 0, false, false},

	JCOND_PAIR(BPF_JEQ, "jeq"),
	JCOND_PAIR(BPF_JGT, "jgt"),
	JCOND_PAIR(BPF_JGE, "jge"),
	JCOND_PAIR(BPF_JSET, "jset"),
	JCOND_PAIR(BPF_JNE, "jne"),
	JCOND_PAIR(BPF_JSGT, "jsgt"),
	JCOND_PAIR(BPF_JSGE, "jsge"),
	JCOND_PAIR(BPF_JLT, "jlt"),
	JCOND_PAIR(BPF_JLE, "jle"),
	JCOND_PAIR(BPF_JSLT, "jslt"),
	JCOND_PAIR(BPF_JSLE, "jsle"),
	[BPF_JMP | BPF_JA] = {"ja", ISA_JA, 0, false, false},
	[BPF_JMP32 | BPF_JA] = {"gotol", ISA_JA, 0, true, false},
	[BPF_JMP | BPF_JCOND] = {"may_goto", ISA_MAY_GOTO, 0, false, false},
	[BPF_JMP | BPF_CALL] = {"call", ISA_CALL, 0, false, false},
	[BPF_JMP | BPF_EXIT] = {"exit", ISA_EXIT, 0, false, false},
};

bool isa_atomic_is_known(s32 imm)
{
	switch (imm) {
	case BPF_ADD:
	case BPF_OR:
	case BPF_AND:
	case BPF_XOR:
	case BPF_ADD | BPF_FETCH:
	case BPF_OR | BPF_FETCH:
	case BPF_AND | BPF_FETCH:
	case BPF_XOR | BPF_FETCH:
	case BPF_XCHG:
	case BPF_CMPXCHG:
	case BPF_LOAD_ACQ:
	case BPF_STORE_REL:
		return true;
	default:
		return false;
	}
}
