/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_JIT_DEBUG_H
#define EXEC_JIT_DEBUG_H

#include "code.h"

/*
 * Names of machine code for those who look at it from outside: gdb and lldb are told by the GDB JIT
 * interface, perf by /tmp/perf-PID.map if the environment has ESPALIER_PERF_MAP. Functions are
 * named as the kernel names them, bpf_prog_TAG_NAME.
 */

/* Out of memory, nobody is told. */
void jit_debug_add(struct exec_code *code);
/* The code is about to be unmapped. */
void jit_debug_remove(const struct jit_code *jit);

#endif
