// SPDX-License-Identifier: BSD-2-Clause
/* Looks at two SAs for a while, whatever becomes of them. A packet is their SPIs. See elide.c. */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "xfrm_kfuncs.h"

#define LOOKS 100

unsigned long long found;

static __always_inline struct xfrm_state *get(struct xdp_md *xdp, __be32 spi)
{
	struct bpf_xfrm_state_opts opts = {.netns_id = BPF_F_CURRENT_NETNS,
					   .spi = spi,
					   .proto = IPPROTO_ESP,
					   .family = AF_INET};

	opts.daddr.a4 = bpf_htonl(0x0a000002);
	return bpf_xdp_get_xfrm_state(xdp, &opts, sizeof(opts));
}

/* All of it is what the SA of that SPI was made with, to the end. */
static __always_inline bool is_sound(const struct xfrm_state *x, __be32 spi)
{
	u32 n = bpf_ntohl(spi);

	if (x->id.spi != spi || x->props.reqid != n || x->xs_net.net->ns.inum != 0xf0000000)
		return 0;
	if (!x->replay_esn || x->replay_esn->replay_window != 64 + n % 64)
		return 0;
	return n % 2 ? x->encap && x->encap->encap_type == n % 5 : !x->encap;
}

static __always_inline int watch(struct xdp_md *xdp, bool count)
{
	__be32 *spi = (void *)(long)xdp->data;
	struct xfrm_state *x, *y;
	int verdict = XDP_PASS;

	if ((void *)(spi + 2) > (void *)(long)xdp->data_end)
		return XDP_DROP;
	x = get(xdp, spi[0]);
	y = get(xdp, spi[1]);
#pragma clang loop unroll(disable)
	for (int i = 0; i < LOOKS; i++) {
		if (x && (!is_sound(x, spi[0]) || (count && x->refcnt.refs.counter < 1)))
			verdict = XDP_ABORTED;
		if (y && (!is_sound(y, spi[1]) || (count && y->refcnt.refs.counter < 1)))
			verdict = XDP_ABORTED;
	}
	__sync_fetch_and_add(&found, (x != NULL) + (y != NULL));
	if (x)
		bpf_xdp_xfrm_state_release(x);
	if (y)
		bpf_xdp_xfrm_state_release(y);
	return verdict;
}

SEC("xdp") int elided(struct xdp_md *xdp)
{
	return watch(xdp, 0);
}

/* Reads the count, so it is counted. */
SEC("xdp") int counted(struct xdp_md *xdp)
{
	return watch(xdp, 1);
}

char _license[] SEC("license") = "Dual BSD/GPL";
