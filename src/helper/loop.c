// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "object/run.h"
#include "protos.h"

#define MAX_LOOPS (1u << 23)

static BPF_FN4(loop, u32, nr, u64, callback, u64, ctx, u64, flags)
{
	if (flags)
		return (u64)-EINVAL;
	if (nr > MAX_LOOPS)
		return (u64)-E2BIG;
	for (u32 i = 0; i < nr; i++)
		if (run_callback(callback, i, ctx, 0, 0, 0))
			return i + 1;
	return nr;
}

const struct helper helper_loop = {
	.fn = loop,
	.ret = RET_INTEGER,
	.arg = {ARG_ANYTHING, ARG_PTR_TO_FUNC, ARG_PTR_TO_STACK_OR_NULL, ARG_ANYTHING},
};
