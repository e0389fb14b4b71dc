/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_EMIT_H
#define EXEC_EMIT_H

#include "base/types.h"

/**
 * struct emitter - where machine code goes
 * @buf: NULL in a dry pass: bytes are counted only
 * @cap: bytes that @buf can hold
 * @at: bytes emitted
 * @err: 0, or the first error: everything after it is ignored
 */
struct emitter {
	u8 *buf;
	size_t cap;
	size_t at;
	int err;
};

/* @n low bytes of @value, the lowest first. */
void emit_bytes(struct emitter *e, u64 value, u32 n);

#endif
