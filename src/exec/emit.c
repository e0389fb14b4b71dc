// SPDX-License-Identifier: BSD-2-Clause
#include "emit.h"

#include <errno.h>

void emit_bytes(struct emitter *e, u64 value, u32 n)
{
	if (e->buf && e->cap - e->at < n)
		e->err = -E2BIG;
	if (e->err)
		return;
	for (u32 i = 0; i < n; i++, value >>= 8) {
		if (e->buf)
			e->buf[e->at] = (u8)value;
		e->at++;
	}
}
