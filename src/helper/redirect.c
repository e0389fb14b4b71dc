// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/pkt_cls.h>

#include "map/map.h"
#include "object/run.h"
#include "packet/skb.h"
#include "protos.h"

/* A redirect is a note to whoever carries the verdict out. */
static void note(u64 index, u32 flags)
{
	run_current->redirect.map = NULL;
	run_current->redirect.index = index;
	run_current->redirect.flags = flags;
}

static BPF_FN2(xdp_redirect, u32, ifindex, u64, flags)
{
	if (flags)
		return XDP_ABORTED;
	note(ifindex, 0);
	return XDP_REDIRECT;
}

const struct helper helper_xdp_redirect = {
	.fn = xdp_redirect,
	.ret = RET_INTEGER,
	.arg = {ARG_ANYTHING, ARG_ANYTHING},
};

static BPF_FN3(redirect_map, struct map *, map, u64, key, u64, flags)
{
	return (u64)map->ops->redirect(map, key, flags);
}

const struct helper helper_redirect_map = {
	.fn = redirect_map,
	.ret = RET_INTEGER,
	.arg = {ARG_CONST_MAP_PTR, ARG_ANYTHING, ARG_ANYTHING},
};

static BPF_FN2(tc_redirect, u32, ifindex, u64, flags)
{
	if (flags & ~(u64)BPF_F_INGRESS)
		return TC_ACT_SHOT;
	note(ifindex, (u32)flags);
	return TC_ACT_REDIRECT;
}

const struct helper helper_tc_redirect = {
	.fn = tc_redirect,
	.ret = RET_INTEGER,
	.arg = {ARG_ANYTHING, ARG_ANYTHING},
};

static BPF_FN2(redirect_peer, u32, ifindex, u64, flags)
{
	if (flags)
		return TC_ACT_SHOT;
	note(ifindex, REDIRECT_PEER);
	return TC_ACT_REDIRECT;
}

const struct helper helper_redirect_peer = {
	.fn = redirect_peer,
	.ret = RET_INTEGER,
	.arg = {ARG_ANYTHING, ARG_ANYTHING},
};

/* There are no neighbours: the device is all that counts of the next hop. */
static BPF_FN4(redirect_neigh, u32, ifindex, const void *, params, int, len, u64, flags)
{
	(void)params;
	if ((len && len < (int)sizeof(struct bpf_redir_neigh)) || flags)
		return TC_ACT_SHOT;
	note(ifindex, REDIRECT_NEIGH);
	return TC_ACT_REDIRECT;
}

const struct helper helper_redirect_neigh = {
	.fn = redirect_neigh,
	.ret = RET_INTEGER,
	.arg = {ARG_ANYTHING, ARG_MEM_IN_OR_NULL, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING},
};

static BPF_FN3(clone_redirect, struct skb_ctx *, ctx, u32, ifindex, u64, flags)
{
	struct net_device *dev;

	if (flags & ~(u64)BPF_F_INGRESS)
		return (u64)-EINVAL;
	dev = netdev_by_index(ifindex);
	if (!dev)
		return (u64)-EINVAL;
	netdev_xmit(dev, ctx->skb.data, ctx->skb.len, flags & BPF_F_INGRESS);
	return 0;
}

const struct helper helper_clone_redirect = {
	.fn = clone_redirect,
	.changes_pkt = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING},
};
