// SPDX-License-Identifier: BSD-2-Clause
/* Bounds of the packet: how they are established, used, and lost. */
#include "kfuncs.h"

#define OUTSIDE	       REJECT(EACCES, "R* offset is outside of the packet")
#define __maybe_unused __attribute__((unused))
#define ENDS(p, end)   ((void *)(p) > (void *)(end))

u64 result;

#define PACKET(name, verdict, body)                                     \
	SEC("xdp") verdict int name(struct xdp_md *xdp)                 \
	{                                                               \
		void *end __maybe_unused = (void *)(long)xdp->data_end; \
		u8 *data __maybe_unused = (void *)(long)xdp->data;      \
                                                                        \
		body;                                                   \
		return XDP_PASS;                                        \
	}

PACKET(unchecked, OUTSIDE, result = data[0])
PACKET(checked, ACCEPT, if (ENDS(data + 14, end)) return XDP_DROP; result = data[13])
PACKET(one_too_far, OUTSIDE, if (ENDS(data + 13, end)) return XDP_DROP; result = data[13])
PACKET(end_compared_first, ACCEPT, if (end < (void *)(data + 14)) return XDP_DROP;
       result = data[13])
PACKET(strictly_inside, ACCEPT, if ((void *)(data + 14) < end) result = data[14])
PACKET(wrong_side, OUTSIDE, if ((void *)(data + 14) <= end) return XDP_DROP; result = data[13])
PACKET(at_variable_offset, ACCEPT, u8 *p = data + (xdp->rx_queue_index & 63);
       if (ENDS(p + 1, end)) return XDP_DROP; result = *p)
PACKET(variable_offset_unchecked, OUTSIDE, if (ENDS(data + 4, end)) return XDP_DROP;
       result = data[xdp->rx_queue_index & 63])
PACKET(read_behind_the_end, REJECT(EACCES, "R* invalid mem access 'pkt_end'"), result = *(u8 *)end)
PACKET(lost_by_adjust_head, REJECT(EACCES, "R* invalid mem access 'scalar'"),
       if (ENDS(data + 14, end)) return XDP_DROP;
       bpf_xdp_adjust_head(xdp, 0); result = data[0])
PACKET(bytes_in_a_loop, ACCEPT,
       for (int i = 0; i < 64 && !ENDS(data + i + 1, end); i++) result += data[i])
PACKET(count_from_the_context, ACCEPT, u32 n = xdp->rx_queue_index & 31;
       if (ENDS(data + 32, end)) return XDP_DROP; for (u32 i = 0; i < n; i++) result += data[i])

SEC("xdp") ACCEPT int header_of_variable_length(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;
	struct iphdr *iph = data + sizeof(struct ethhdr);
	struct ip_esp_hdr *esp;

	if (ENDS(iph + 1, end))
		return XDP_DROP;
	esp = (void *)iph + iph->ihl * 4;
	if (ENDS(esp + 1, end))
		return XDP_DROP;
	result = esp->spi;
	return XDP_PASS;
}

SEC("xdp") OUTSIDE int header_of_variable_length_unchecked(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;
	struct iphdr *iph = data + sizeof(struct ethhdr);
	struct ip_esp_hdr *esp;

	if (ENDS(iph + 1, end))
		return XDP_DROP;
	esp = (void *)iph + iph->ihl * 4;
	result = esp->spi;
	return XDP_PASS;
}

#define CTX(name, verdict, type, off)                             \
	SEC("xdp") verdict int name(struct xdp_md *xdp)           \
	{                                                         \
		result = *(volatile type *)((void *)xdp + (off)); \
		return XDP_PASS;                                  \
	}
#define BAD_CTX(what) REJECT(EACCES, "invalid bpf_context access off=" what)

CTX(ctx_field, ACCEPT, u32, 16)
CTX(ctx_beyond, BAD_CTX("24 size=4"), u32, 24)
CTX(ctx_part_of_a_field, BAD_CTX("12 size=1"), u8, 12)
CTX(ctx_two_fields, BAD_CTX("8 size=8"), u64, 8)
CTX(ctx_egress_in_plain_xdp, BAD_CTX("20 size=4"), u32, 20)

SEC("xdp/devmap") ACCEPT int ctx_egress_in_devmap(struct xdp_md *xdp)
{
	result = xdp->egress_ifindex;
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
