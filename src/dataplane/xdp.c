// SPDX-License-Identifier: BSD-2-Clause
#include <espalier/xdp.h>

#include <errno.h>
#include <stdlib.h>

#include "base/vcpu.h"
#include "exec/prog.h"
#include "packet/netdev.h"
#include "packet/xdp.h"

struct espalier_xdp {
	struct prog *prog;
	struct xdp_ctx *ctx;
	u32 max_len;
	struct espalier_rx rx;
};

int espalier_xdp_new(int prog_fd, uint32_t max_len, struct espalier_xdp **out)
{
	struct object *obj = object_from_fd ? object_from_fd(prog_fd) : NULL;
	struct espalier_xdp *xdp;
	int err = -EBADF;

	if (!obj)
		return -EBADF;
	xdp = calloc(1, sizeof(*xdp));
	if (!xdp) {
		object_put(obj);
		return -ENOMEM;
	}
	if (obj->kind != OBJECT_PROG)
		goto put;
	xdp->prog = prog_of(obj);
	err = -EINVAL;
	if (xdp->prog->type != BPF_PROG_TYPE_XDP)
		goto put;
	err = xdp_ctx_new(max_len, &xdp->ctx);
	if (err)
		goto put;
	xdp->max_len = max_len;
	*out = xdp;
	return 0;
put:
	object_put(obj);
	free(xdp);
	return err;
}

void espalier_xdp_free(struct espalier_xdp *xdp)
{
	if (!xdp)
		return;
	xdp_ctx_free(xdp->ctx);
	prog_put(xdp->prog);
	free(xdp);
}

static int set_rx(struct espalier_xdp *xdp, const struct espalier_rx *rx)
{
	struct net_device *dev = netdev_by_index(rx->ifindex);

	if (!dev)
		return -ENODEV;
	xdp_ctx_set_rx(xdp->ctx, dev, rx->queue);
	xdp->rx = *rx;
	return 0;
}

int espalier_xdp_run(struct espalier_xdp *xdp, const void *packet, uint32_t len,
		     const struct espalier_rx *rx, struct espalier_verdict *out)
{
	static const struct espalier_rx first = {.ifindex = NETDEV_LOOPBACK};
	struct redirect to = {0};

	if (len > xdp->max_len)
		return -EMSGSIZE;
	if (!rx)
		rx = &first;
	if (unlikely(rx->ifindex != xdp->rx.ifindex || rx->queue != xdp->rx.queue)) {
		int err = set_rx(xdp, rx);

		if (err)
			return err;
	}
	xdp_ctx_load(xdp->ctx, packet, len);
	out->action = prog_run(xdp->prog, xdp->ctx, &to);
	out->data = xdp->ctx->buff.data;
	out->len = xdp_len(&xdp->ctx->buff);
	out->redirect_map_type = to.map ? to.map->type : 0;
	out->redirect_index = to.index;
	return 0;
}

int espalier_lease_cpu(int cpu)
{
	vcpu_release();
	return cpu < 0 ? 0 : vcpu_lease((u32)cpu);
}
