// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "object/run.h"
#include "packet/skb.h"
#include "packet/xdp.h"
#include "protos.h"

/* linux/bpf.h of 6.1 knows the first two. */
#define FIB_LOOKUP_FLAGS 0x3f

static struct net_device *run_device(const void *ctx)
{
	if (run_current->prog_type == BPF_PROG_TYPE_XDP)
		return ((const struct xdp_ctx *)ctx)->rxq.dev;
	return ((const struct skb_ctx *)ctx)->skb.dev;
}

static u32 run_len(const void *ctx)
{
	if (run_current->prog_type == BPF_PROG_TYPE_XDP)
		return xdp_len(&((const struct xdp_ctx *)ctx)->buff);
	return ((const struct skb_ctx *)ctx)->skb.len;
}

/* Every device forwards, and there is no route. */
static BPF_FN4(fib_lookup, const void *, ctx, const struct bpf_fib_lookup *, params, int, len, u32,
	       flags)
{
	(void)ctx;
	if (len < (int)sizeof(*params) || (flags & ~FIB_LOOKUP_FLAGS))
		return (u64)-EINVAL;
	if (params->family != AF_INET && params->family != AF_INET6)
		return (u64)-EAFNOSUPPORT;
	if (!netdev_by_index(params->ifindex))
		return (u64)-ENODEV;
	return BPF_FIB_LKUP_RET_NOT_FWDED;
}

const struct helper helper_fib_lookup = {
	.fn = fib_lookup,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_PTR_TO_MEM | MEM_WRITE, ARG_CONST_SIZE, ARG_ANYTHING},
};

static BPF_FN5(check_mtu, const void *, ctx, u32, ifindex, u32 *, mtu_len, s32, diff, u64, flags)
{
	bool xdp = run_current->prog_type == BPF_PROG_TYPE_XDP;
	struct net_device *dev;
	u64 result = BPF_MTU_CHK_RET_SUCCESS;
	s64 len;

	if (flags & ~(u64)(xdp ? 0 : BPF_MTU_CHK_SEGS))
		return (u64)-EINVAL;
	if ((flags & BPF_MTU_CHK_SEGS) && (diff || *mtu_len))
		return (u64)-EINVAL;
	dev = ifindex ? netdev_by_index(ifindex) : run_device(ctx);
	if (!dev)
		return (u64)-ENODEV;
	len = *mtu_len ? (s64)*mtu_len + dev->hard_header_len : run_len(ctx);
	if (len + diff > (s64)dev->mtu + dev->hard_header_len) {
		/* A GSO packet is cut into segments before it is sent. */
		if (xdp || !((const struct skb_ctx *)ctx)->gso_size)
			result = BPF_MTU_CHK_RET_FRAG_NEEDED;
		else if ((flags & BPF_MTU_CHK_SEGS) &&
			 ((const struct skb_ctx *)ctx)->gso_size > dev->mtu)
			result = BPF_MTU_CHK_RET_SEGS_TOOBIG;
	}
	*mtu_len = dev->mtu;
	return result;
}

const struct helper helper_check_mtu = {
	.fn = check_mtu,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_PTR_TO_FIXED_SIZE_MEM | MEM_WRITE | MEM_ALIGNED,
		ARG_ANYTHING, ARG_ANYTHING},
	.arg_size = {[2] = sizeof(u32)},
};
