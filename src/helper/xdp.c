// SPDX-License-Identifier: BSD-2-Clause
#include "packet/xdp.h"

#include <errno.h>
#include <string.h>

#include "protos.h"

static BPF_FN1(xdp_get_buff_len, struct xdp_ctx *, ctx)
{
	return xdp_len(&ctx->buff);
}

const struct helper helper_xdp_get_buff_len = {
	.fn = xdp_get_buff_len,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX},
};

static BPF_FN2(adjust_head, struct xdp_ctx *, ctx, int, offset)
{
	return (u64)(s64)xdp_adjust_head(&ctx->buff, offset);
}

const struct helper helper_xdp_adjust_head = {
	.fn = adjust_head,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING},
};

static BPF_FN2(adjust_tail, struct xdp_ctx *, ctx, int, offset)
{
	return (u64)(s64)xdp_adjust_tail(&ctx->buff, offset);
}

const struct helper helper_xdp_adjust_tail = {
	.fn = adjust_tail,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING},
};

static BPF_FN2(adjust_meta, struct xdp_ctx *, ctx, int, offset)
{
	return (u64)(s64)xdp_adjust_meta(&ctx->buff, offset);
}

const struct helper helper_xdp_adjust_meta = {
	.fn = adjust_meta,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING},
};

static BPF_FN4(load_bytes, struct xdp_ctx *, ctx, u32, offset, void *, to, u32, len)
{
	void *at;
	int err = xdp_range(&ctx->buff, offset, len, &at);

	if (err)
		return (u64)(s64)err;
	memcpy(to, at, len);
	return 0;
}

const struct helper helper_xdp_load_bytes = {
	.fn = load_bytes,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_OUT, ARG_CONST_SIZE},
};

static BPF_FN4(store_bytes, struct xdp_ctx *, ctx, u32, offset, const void *, from, u32, len)
{
	void *at;
	int err = xdp_range(&ctx->buff, offset, len, &at);

	if (err)
		return (u64)(s64)err;
	memmove(at, from, len);
	return 0;
}

const struct helper helper_xdp_store_bytes = {
	.fn = store_bytes,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_IN, ARG_CONST_SIZE},
};
