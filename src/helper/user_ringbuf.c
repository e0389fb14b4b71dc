// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "kfunc/dynptr.h"
#include "map/map.h"
#include "object/run.h"
#include "protos.h"

#define MAX_SAMPLES (128u * 1024)

/* The callback sees each sample as a dynptr, until it returns 1. */
static s64 drain_samples(struct map *map, u64 callback, u64 ctx, u32 *taken)
{
	u32 tried = 0, discarded = 0;
	bool stop = false;

	for (; tried < MAX_SAMPLES && !stop; tried++) {
		struct dynptr sample;
		void *data;
		u32 size;
		int err = map_user_ringbuf_peek(map, &data, &size);

		if (err == -ENODATA)
			break;
		if (err == -EAGAIN) {
			discarded++;
			continue;
		}
		*taken = tried;
		if (err)
			return err;
		dynptr_init(&sample, data, DYNPTR_RUN_LOCAL, size);
		stop = run_callback(callback, (uintptr_t)&sample, ctx, 0, 0, 0);
		map_user_ringbuf_release(map, size);
	}
	*taken = tried;
	return tried - discarded;
}

static BPF_FN4(user_ringbuf_drain, struct map *, map, u64, callback, u64, ctx, u64, flags)
{
	u32 taken = 0;
	bool wake;
	s64 ret;

	if (flags & ~(u64)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return (u64)-EINVAL;
	ret = map_user_ringbuf_begin(map);
	if (ret)
		return (u64)ret;
	ret = drain_samples(map, callback, ctx, &taken);
	wake = flags & BPF_RB_FORCE_WAKEUP || (!(flags & BPF_RB_NO_WAKEUP) && taken);
	map_user_ringbuf_end(map, wake);
	return (u64)ret;
}

const struct helper helper_user_ringbuf_drain = {
	.fn = user_ringbuf_drain,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_PTR_TO_FUNC, ARG_PTR_TO_STACK_OR_NULL, ARG_ANYTHING},
};
