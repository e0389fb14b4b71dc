// SPDX-License-Identifier: BSD-2-Clause
#include "conntrack.h"

#include <errno.h>

/*
 * No connection is tracked here: a lookup finds none, and none can be made. What takes one
 * therefore never runs, but the verifier tracks references to them.
 */
struct ct_opts {
	s32 netns_id;
	s32 error;
};

static u64 fail(struct ct_opts *opts, u32 opts_size, s32 err)
{
	if (opts_size >= sizeof(*opts))
		opts->error = err;
	return 0;
}

BPF_FN5(kfunc_ct_lookup, u64, ctx, u64, tuple, u32, tuple_size, struct ct_opts *, opts, u32,
	opts_size)
{
	(void)ctx;
	(void)tuple;
	(void)tuple_size;
	return fail(opts, opts_size, -ENOENT);
}

BPF_FN5(kfunc_ct_alloc, u64, ctx, u64, tuple, u32, tuple_size, struct ct_opts *, opts, u32,
	opts_size)
{
	(void)ctx;
	(void)tuple;
	(void)tuple_size;
	return fail(opts, opts_size, -ENOMEM);
}

BPF_FN0(kfunc_no_object)
{
	return 0;
}
