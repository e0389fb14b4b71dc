/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_FUSE_H
#define EXEC_FUSE_H

#include "code.h"

/**
 * exec_fuse - one operation for several instructions
 * @insns: the first of them
 * @nr: how many follow in a row, it included, into which nothing jumps but into the first
 * @out: the operation
 *
 * What compilers write for want of an instruction: a sum of a register and a constant, a conversion
 * from fewer bits.
 *
 * Return: how many instructions it stands for; 0 if there is nothing to gain.
 */
u32 exec_fuse(const struct bpf_insn *insns, u32 nr, struct op *out);

#endif
