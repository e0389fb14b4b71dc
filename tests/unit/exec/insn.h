/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_EXEC_INSN_H
#define TEST_EXEC_INSN_H

#include "base/uapi.h"

/* Instructions, written as assembly with commas. */
#define INSN(op, dst, src, offset, immediate) \
	((struct bpf_insn){.code = (op),      \
			   .dst_reg = (dst),  \
			   .src_reg = (src),  \
			   .off = (offset),   \
			   .imm = (immediate)})
#define ALU64_X(op, dst, src) INSN(BPF_ALU64 | (op) | BPF_X, dst, src, 0, 0)
#define ALU64_K(op, dst, imm) INSN(BPF_ALU64 | (op) | BPF_K, dst, 0, 0, imm)
#define ALU32_X(op, dst, src) INSN(BPF_ALU | (op) | BPF_X, dst, src, 0, 0)
#define ALU32_K(op, dst, imm) INSN(BPF_ALU | (op) | BPF_K, dst, 0, 0, imm)
#define MOV_X(dst, src)	      ALU64_X(BPF_MOV, dst, src)
#define MOV_K(dst, imm)	      ALU64_K(BPF_MOV, dst, imm)
#define ADD_K(dst, imm)	      ALU64_K(BPF_ADD, dst, imm)
#define ADD_X(dst, src)	      ALU64_X(BPF_ADD, dst, src)
#define LD_IMM64(dst, pseudo, value)                                             \
	INSN(BPF_LD | BPF_IMM | BPF_DW, dst, pseudo, 0, (s32)(u32)(u64)(value)), \
		INSN(0, 0, 0, 0, (s32)(u32)((u64)(value) >> 32))
#define LD(size, dst, src, off)		INSN(BPF_LDX | BPF_MEM | (size), dst, src, off, 0)
#define LDSX(size, dst, src, off)	INSN(BPF_LDX | BPF_MEMSX | (size), dst, src, off, 0)
#define ST_X(size, dst, off, src)	INSN(BPF_STX | BPF_MEM | (size), dst, src, off, 0)
#define ST_K(size, dst, off, imm)	INSN(BPF_ST | BPF_MEM | (size), dst, 0, off, imm)
#define ATOMIC(size, op, dst, off, src) INSN(BPF_STX | BPF_ATOMIC | (size), dst, src, off, op)
#define JMP_X(op, dst, src, off)	INSN(BPF_JMP | (op) | BPF_X, dst, src, off, 0)
#define JMP_K(op, dst, imm, off)	INSN(BPF_JMP | (op) | BPF_K, dst, 0, off, imm)
#define JA(off)				INSN(BPF_JMP | BPF_JA, 0, 0, off, 0)
#define GOTOL(delta)			INSN(BPF_JMP32 | BPF_JA, 0, 0, 0, delta)
#define MAY_GOTO(off)			INSN(BPF_JMP | BPF_JCOND, 0, 0, off, 0)
#define CALL_HELPER(id)			INSN(BPF_JMP | BPF_CALL, 0, 0, 0, id)
#define CALL_BPF(delta)			INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, delta)
#define CALL_KFUNC(id)			INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, id)
#define EXIT()				INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#endif
