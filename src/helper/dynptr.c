// SPDX-License-Identifier: BSD-2-Clause
#include "kfunc/dynptr.h"

#include <errno.h>

#include "protos.h"

static BPF_FN4(dynptr_from_mem, void *, data, u32, size, u64, flags, struct dynptr *, ptr)
{
	dynptr_set_null(ptr);
	if (size > DYNPTR_MAX_SIZE)
		return (u64)-E2BIG;
	if (flags)
		return (u64)-EINVAL;
	dynptr_init(ptr, data, DYNPTR_RUN_LOCAL, size);
	return 0;
}

const struct helper helper_dynptr_from_mem = {
	.fn = dynptr_from_mem,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_OUT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING,
		ARG_PTR_TO_DYNPTR | DYNPTR_TYPE_LOCAL | MEM_UNINIT | MEM_WRITE},
};

static BPF_FN5(read_dynptr, void *, to, u32, len, const struct dynptr *, ptr, u32, offset, u64,
	       flags)
{
	return (u64)(s64)dynptr_read(to, len, ptr, offset, flags);
}

const struct helper helper_dynptr_read = {
	.fn = read_dynptr,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_OUT, ARG_CONST_SIZE_OR_ZERO, ARG_PTR_TO_DYNPTR | MEM_RDONLY, ARG_ANYTHING,
		ARG_ANYTHING},
};

static BPF_FN5(write_dynptr, const struct dynptr *, ptr, u32, offset, const void *, from, u32, len,
	       u64, flags)
{
	return (u64)(s64)dynptr_write(ptr, offset, from, len, flags);
}

const struct helper helper_dynptr_write = {
	.fn = write_dynptr,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_DYNPTR | MEM_RDONLY, ARG_ANYTHING, ARG_MEM_IN, ARG_CONST_SIZE_OR_ZERO,
		ARG_ANYTHING},
};

static BPF_FN3(data_dynptr, const struct dynptr *, ptr, u32, offset, u32, len)
{
	return (u64)dynptr_data(ptr, offset, len);
}

const struct helper helper_dynptr_data = {
	.fn = data_dynptr,
	.ret = RET_PTR_TO_DYNPTR_MEM_OR_NULL,
	.arg = {ARG_PTR_TO_DYNPTR | MEM_RDONLY, ARG_ANYTHING, ARG_CONST_ALLOC_SIZE_OR_ZERO},
};
