// SPDX-License-Identifier: BSD-2-Clause
/*
 * The example program with an SPI that is another each time: from a list that the bench filled in,
 * in place of the packet. What lies in the packet is read all the same.
 */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "exec_sas.h"
#include "xfrm_kfuncs.h"

struct exec_sas sas;

SEC("xdp") int empty(struct xdp_md *xdp)
{
	return XDP_PASS;
}

SEC("xdp") int seed(struct xdp_md *xdp)
{
	struct bpf_xfrm_state_opts opts = {};
	struct ip_esp_hdr *esph;
	struct xfrm_state *x;
	struct bpf_dynptr ptr;
	u8 esph_buf[8] = {};
	u8 iph_buf[20] = {};
	struct iphdr *iph;

	if (bpf_dynptr_from_xdp(xdp, 0, &ptr))
		return XDP_PASS;
	iph = bpf_dynptr_slice(&ptr, sizeof(struct ethhdr), iph_buf, sizeof(iph_buf));
	if (!iph || iph->protocol != IPPROTO_ESP)
		return XDP_PASS;
	esph = bpf_dynptr_slice(&ptr, sizeof(struct ethhdr) + sizeof(struct iphdr), esph_buf,
				sizeof(esph_buf));
	if (!esph)
		return XDP_PASS;
	opts.netns_id = BPF_F_CURRENT_NETNS;
	opts.daddr.a4 = iph->daddr;
	opts.spi = esph->spi ^ sas.order[sas.next++ % ORDER];
	opts.proto = IPPROTO_ESP;
	opts.family = AF_INET;
	x = bpf_xdp_get_xfrm_state(xdp, &opts, sizeof(opts));
	if (!x)
		return XDP_PASS;
	sas.found++;
	if (x->replay_esn)
		sas.window = x->replay_esn->replay_window;
	bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
