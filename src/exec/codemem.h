/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_CODEMEM_H
#define EXEC_CODEMEM_H

#include "base/types.h"

/*
 * Memory for machine code. It is writable first and executable later, never both, and there is no
 * way back: what has once been executable is only ever unmapped.
 */
struct codemem {
	u8 *addr;
	size_t size; /* whole pages */
};

/**
 * codemem_alloc - writable memory
 * @mem: filled in
 * @size: bytes, rounded up to pages
 * @near: an address; memory from which all of it can be reached by a 32-bit displacement is
 *        preferred
 *
 * Return: 0 or -ENOMEM.
 */
int codemem_alloc(struct codemem *mem, size_t size, const void *near) __must_check;

/**
 * codemem_seal - from writable to executable, for good
 * @used: bytes that are code; pages behind them are given back
 *
 * Return: 0, or what the machine's policy answers: -EACCES, -EPERM, -ENOMEM.
 */
int codemem_seal(struct codemem *mem, size_t used) __must_check;

void codemem_free(const struct codemem *mem);

#endif
