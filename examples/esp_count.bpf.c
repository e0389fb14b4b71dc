// SPDX-License-Identifier: BSD-2-Clause
/* Counts ESP packets and bytes per SPI, and how many belong to an SA that is known. */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "xfrm_kfuncs.h"

struct count {
	__u64 packets;
	__u64 bytes;
	__u32 reqid;
	__u32 known;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, __u32); /* SPI, host byte order */
	__type(value, struct count);
} per_spi SEC(".maps");

__u64 esp_packets;
__u64 other_packets;

static __always_inline void look_up(struct xdp_md *xdp, struct iphdr *iph, __be32 spi,
				    struct count *count)
{
	struct bpf_xfrm_state_opts opts = {
		.netns_id = BPF_F_CURRENT_NETNS,
		.daddr.a4 = iph->daddr,
		.spi = spi,
		.proto = IPPROTO_ESP,
		.family = AF_INET,
	};
	struct xfrm_state *x = bpf_xdp_get_xfrm_state(xdp, &opts, sizeof(opts));

	if (!x)
		return;
	count->known = 1;
	count->reqid = x->props.reqid;
	bpf_xdp_xfrm_state_release(x);
}

SEC("xdp")
int esp_count(struct xdp_md *xdp)
{
	void *end = (void *)(long)xdp->data_end;
	struct ethhdr *eth = (void *)(long)xdp->data;
	struct iphdr *iph = (void *)(eth + 1);
	struct ip_esp_hdr *esph = (void *)(iph + 1);
	struct count fresh = {}, *count;
	__u32 spi;

	if ((void *)(esph + 1) > end || eth->h_proto != bpf_htons(0x0800) || iph->ihl != 5 ||
	    iph->protocol != IPPROTO_ESP) {
		other_packets++;
		return XDP_PASS;
	}
	esp_packets++;
	spi = bpf_ntohl(esph->spi);
	count = bpf_map_lookup_elem(&per_spi, &spi);
	if (!count) {
		look_up(xdp, iph, esph->spi, &fresh);
		bpf_map_update_elem(&per_spi, &spi, &fresh, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&per_spi, &spi);
		if (!count)
			return XDP_PASS;
	}
	count->packets++;
	count->bytes += bpf_ntohs(iph->tot_len);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
