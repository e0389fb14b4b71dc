// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "base/uapi.h"
#include "packet/skb.h"
#include "protos.h"

/* No packet here came through a tunnel device: there is no metadata to read. */
static BPF_FN3(no_tunnel_key, struct skb_ctx *, ctx, void *, to, u32, size)
{
	(void)ctx;
	memset(to, 0, size);
	return (u64)-EINVAL;
}

const struct helper helper_skb_get_tunnel_key = {
	.fn = no_tunnel_key,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_MEM_OUT, ARG_CONST_SIZE, ARG_ANYTHING},
};

static BPF_FN3(no_tunnel_opt, struct skb_ctx *, ctx, void *, to, u32, size)
{
	(void)ctx;
	memset(to, 0, size);
	return (u64)-ENOENT;
}

const struct helper helper_skb_get_tunnel_opt = {
	.fn = no_tunnel_opt,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_MEM_OUT, ARG_CONST_SIZE},
};
