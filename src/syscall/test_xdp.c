// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "attr.h"
#include "packet/xdp.h"
#include "test_run.h"

/* Packets here are in one piece. The kernel puts what does not fit a page into this many others. */
#define MAX_FRAGS 17u
#define PAGE	  4096u

/* Metadata may take all of the headroom but what struct xdp_frame would need. */
#define META_MAX (XDP_HEADROOM - 40u)

static int check_attr(const struct prog *prog, const union bpf_attr *attr)
{
	if (prog->expected_attach_type == BPF_XDP_DEVMAP ||
	    prog->expected_attach_type == BPF_XDP_CPUMAP)
		return -EINVAL;
	if (attr->test.flags & ~BPF_F_TEST_XDP_LIVE_FRAMES)
		return -EINVAL;
	/* Sending what the program says to the machine's devices is not for us to do. */
	if (attr->test.flags)
		return -EOPNOTSUPP;
	return attr->test.batch_size ? -EINVAL : 0;
}

static int check_context(const struct xdp_md *md, u32 size)
{
	u32 meta = md->data;

	if (md->data_meta || md->data_end > size || md->data > md->data_end)
		return -EINVAL;
	return meta & 3 || meta > META_MAX ? -EINVAL : 0;
}

/* Where the packet came from. The device must outlive the run: its owner sees to that. */
static int set_device(struct xdp_ctx *ctx, const struct xdp_md *md)
{
	struct net_device *dev;
	int err = 0;

	if (md->egress_ifindex || (!md->ingress_ifindex && md->rx_queue_index))
		return -EINVAL;
	if (!md->ingress_ifindex)
		return 0;
	rcu_enter();
	dev = netdev_by_index(md->ingress_ifindex);
	if (!dev)
		err = -ENODEV;
	else if (md->rx_queue_index >= dev->real_num_rx_queues)
		err = -EINVAL;
	else
		xdp_ctx_set_rx(ctx, dev, md->rx_queue_index);
	rcu_leave();
	return err;
}

/*
 * With a context, its data_end says how much of the packet the program is shown; the rest is what
 * the kernel would put into fragments, and follows untouched.
 */
static int run(struct prog *prog, const union bpf_attr *attr, union bpf_attr *user,
	       struct xdp_md *md, u32 shown)
{
	const u8 *data = attr_ptr(attr->test.data_in);
	u32 size = attr->test.data_size_in;
	u32 meta = md ? md->data : 0;
	struct test_result result;
	struct xdp_ctx *ctx;
	u8 *left;
	int err;

	err = xdp_ctx_new(shown, &ctx);
	if (err)
		return err;
	xdp_ctx_load_meta(ctx, data, meta, data + meta, shown - meta);
	err = md ? set_device(ctx, md) : 0;
	if (err)
		goto out;
	test_repeat(prog, ctx, attr, &result);
	left = ctx->buff.data_meta;
	if (md) {
		md->data = (u32)((u8 *)ctx->buff.data - left);
		md->data_end = (u32)((u8 *)ctx->buff.data_end - left);
	}
	err = test_finish(attr, user, &result, left, (u32)((u8 *)ctx->buff.data_end - left),
			  data + shown, size - shown, md, sizeof(*md));
out:
	xdp_ctx_free(ctx);
	return err;
}

int test_run_xdp(struct prog *prog, const union bpf_attr *attr, union bpf_attr *user)
{
	u32 size = attr->test.data_size_in;
	u32 meta = 0, linear = size;
	struct xdp_md md;
	int err, has_md;

	err = check_attr(prog, attr);
	if (err)
		return err;
	has_md = test_context_in(attr, &md, sizeof(md));
	if (has_md < 0)
		return has_md;
	if (has_md) {
		err = check_context(&md, size);
		if (err)
			return err;
		meta = md.data;
		linear = md.data_end;
	}
	if (size < meta || size - meta < TEST_ETH_HLEN)
		return -EINVAL;
	if (size > min(linear, (u32)XDP_PAGE_DATA) + MAX_FRAGS * PAGE)
		return -ENOMEM;
	if (!attr->test.data_in)
		return -EFAULT;
	return run(prog, attr, user, has_md ? &md : NULL, linear);
}
