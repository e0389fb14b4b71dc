// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "kfunc/dynptr.h"
#include "map/map.h"
#include "protos.h"

static BPF_FN4(ringbuf_output, struct map *, map, const void *, data, u64, size, u64, flags)
{
	return (u64)map_ringbuf_output(map, data, size, flags);
}

const struct helper helper_ringbuf_output = {
	.fn = ringbuf_output,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_MEM_IN, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING},
};

static BPF_FN3(ringbuf_reserve, struct map *, map, u64, size, u64, flags)
{
	return (u64)map_ringbuf_reserve(map, size, flags);
}

const struct helper helper_ringbuf_reserve = {
	.fn = ringbuf_reserve,
	.ret = RET_PTR_TO_RINGBUF_MEM_OR_NULL,
	.arg = {ARG_CONST_MAP_PTR, ARG_CONST_ALLOC_SIZE_OR_ZERO, ARG_ANYTHING},
};

static BPF_FN2(ringbuf_submit, void *, sample, u64, flags)
{
	map_ringbuf_submit(sample, flags);
	return 0;
}

const struct helper helper_ringbuf_submit = {
	.fn = ringbuf_submit,
	.ret = RET_VOID,
	.arg = {ARG_PTR_TO_RINGBUF_MEM | OBJ_RELEASE, ARG_ANYTHING},
};

static BPF_FN2(ringbuf_discard, void *, sample, u64, flags)
{
	map_ringbuf_discard(sample, flags);
	return 0;
}

const struct helper helper_ringbuf_discard = {
	.fn = ringbuf_discard,
	.ret = RET_VOID,
	.arg = {ARG_PTR_TO_RINGBUF_MEM | OBJ_RELEASE, ARG_ANYTHING},
};

static BPF_FN2(ringbuf_query, struct map *, map, u64, what)
{
	return map_ringbuf_query(map, what);
}

const struct helper helper_ringbuf_query = {
	.fn = ringbuf_query,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_ANYTHING},
};

/* The dynptr must be released even where nothing was reserved: then it is null, and that does
 * nothing. */
static BPF_FN4(ringbuf_reserve_dynptr, struct map *, map, u32, size, u64, flags, struct dynptr *,
	       ptr)
{
	void *sample;

	dynptr_set_null(ptr);
	if (flags)
		return (u64)-EINVAL;
	if (size > DYNPTR_MAX_SIZE)
		return (u64)-E2BIG;
	sample = map_ringbuf_reserve(map, size, 0);
	if (!sample)
		return (u64)-EINVAL;
	dynptr_init(ptr, sample, DYNPTR_RUN_RINGBUF, size);
	return 0;
}

const struct helper helper_ringbuf_reserve_dynptr = {
	.fn = ringbuf_reserve_dynptr,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_ANYTHING, ARG_ANYTHING,
		ARG_PTR_TO_DYNPTR | DYNPTR_TYPE_RINGBUF | MEM_UNINIT | MEM_WRITE},
};

static BPF_FN2(ringbuf_submit_dynptr, struct dynptr *, ptr, u64, flags)
{
	if (!ptr->data)
		return 0;
	map_ringbuf_submit(ptr->data, flags);
	dynptr_set_null(ptr);
	return 0;
}

const struct helper helper_ringbuf_submit_dynptr = {
	.fn = ringbuf_submit_dynptr,
	.ret = RET_VOID,
	.arg = {ARG_PTR_TO_DYNPTR | DYNPTR_TYPE_RINGBUF | OBJ_RELEASE, ARG_ANYTHING},
};

static BPF_FN2(ringbuf_discard_dynptr, struct dynptr *, ptr, u64, flags)
{
	if (!ptr->data)
		return 0;
	map_ringbuf_discard(ptr->data, flags);
	dynptr_set_null(ptr);
	return 0;
}

const struct helper helper_ringbuf_discard_dynptr = {
	.fn = ringbuf_discard_dynptr,
	.ret = RET_VOID,
	.arg = {ARG_PTR_TO_DYNPTR | DYNPTR_TYPE_RINGBUF | OBJ_RELEASE, ARG_ANYTHING},
};
