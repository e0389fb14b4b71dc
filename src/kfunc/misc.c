// SPDX-License-Identifier: BSD-2-Clause
#include "misc.h"

#include <errno.h>

#include "packet/xdp.h"

/* A thread has no interrupts to turn off; what was saved is that they were on. */
BPF_FN1(kfunc_local_irq_save, u64 *, flags)
{
	*flags = 0;
	return 0;
}

BPF_FN0(kfunc_local_irq_restore)
{
	return 0;
}

/* Packets are linear: there is nothing to pull, only to refuse. */
BPF_FN2(kfunc_xdp_pull_data, struct xdp_ctx *, ctx, u32, len)
{
	return len > xdp_len(&ctx->buff) ? kfunc_int(-EINVAL) : 0;
}

BPF_FN0(kfunc_wq_unsupported)
{
	return (u64)-EOPNOTSUPP;
}
