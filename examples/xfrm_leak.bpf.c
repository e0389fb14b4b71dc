// SPDX-License-Identifier: BSD-2-Clause
/*
 * A twin of xfrm_get_state.bpf.c with the mistake that the verifier exists for: SAs without an ESN
 * replay state leave early and take the reference with them.
 */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "xfrm_kfuncs.h"

volatile int xfrm_replay_window = 0;

SEC("xdp")
int xfrm_leak_xdp(struct xdp_md *xdp)
{
	void *end = (void *)(long)xdp->data_end;
	struct ethhdr *eth = (void *)(long)xdp->data;
	struct iphdr *iph = (void *)(eth + 1);
	struct ip_esp_hdr *esph = (void *)(iph + 1);
	struct bpf_xfrm_state_opts opts = {.netns_id = BPF_F_CURRENT_NETNS};
	struct xfrm_state *x;

	if ((void *)(esph + 1) > end || eth->h_proto != bpf_htons(0x0800) || iph->ihl != 5 ||
	    iph->protocol != IPPROTO_ESP)
		return XDP_PASS;

	opts.daddr.a4 = iph->daddr;
	opts.spi = esph->spi;
	opts.proto = IPPROTO_ESP;
	opts.family = AF_INET;

	x = bpf_xdp_get_xfrm_state(xdp, &opts, sizeof(opts));
	if (!x)
		return XDP_PASS;

	if (!x->replay_esn)
		return XDP_DROP; /* forgets to release x */

	xfrm_replay_window = x->replay_esn->replay_window;
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
