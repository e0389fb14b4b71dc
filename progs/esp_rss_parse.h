/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROGS_ESP_RSS_PARSE_H
#define PROGS_ESP_RSS_PARSE_H

/*
 * From a frame to the SPI, or to the reason why there is none.
 *
 * The steps are global functions: the verifier looks at each once, with nothing assumed of its
 * arguments, and not again for every way in which a packet can reach it.
 */

#define ETH_P_IP	0x0800
#define ETH_P_IPV6	0x86dd
#define ETH_P_8021Q	0x8100
#define ETH_P_8021AD	0x88a8
#define ETH_P_QINQ1	0x9100
#define AF_INET		2
#define AF_INET6	10
#define PROTO_HOPOPTS	0
#define PROTO_UDP	17
#define PROTO_ROUTING	43
#define PROTO_FRAGMENT	44
#define PROTO_ESP	50
#define PROTO_AH	51
#define PROTO_DSTOPTS	60
#define IKE_PORT	500
#define FRAG_OFFSET_MF	0x3fff /* IPv4: offset and "more fragments" */
#define FRAG6_OFFSET_MF 0xfff9 /* IPv6, likewise */

struct packet {
	__u64 len;	 /* of the whole frame, fragments of the buffer included */
	__u32 off;	 /* of the header that is looked at */
	__u32 end;	 /* where the IP packet ends */
	__u32 source[4]; /* network byte order */
	bool has_spi;	 /* @key is whole */
	bool changed;	 /* its SA changed the CPU with it */
	struct rss_sa_key key;
};

struct vlan_tag {
	__be16 tci;
	__be16 type;
};

struct ext_header {
	__u8 next;
	__u8 len; /* in units of 8 bytes, the first one not counted */
};

struct frag_header {
	__u8 next;
	__u8 zero;
	__be16 off;
	__be32 id;
};

/* Copy of a header, wherever in the buffer it lies. False: the frame ends before. */
static __always_inline bool load(struct xdp_md *ctx, __u32 off, void *to, const __u32 len)
{
	void *end = (void *)(long)ctx->data_end;
	void *from = (void *)(long)ctx->data;

	if (off > RSS_MAX_OFFSET)
		return false;
	from += off;
	if (from + len > end) {
		/*
		 * The verifier of Linux 7.3 tracks precision back past a helper that fills the
		 * stack, to where there was none yet, and calls it a bug of its own (-EFAULT).
		 */
		__builtin_memset(to, 0, len);
		return !bpf_xdp_load_bytes(ctx, off, to, len);
	}
	__builtin_memcpy(to, from, len);
	return true;
}

static __always_inline bool is_tag(__be16 type)
{
	return type == bpf_htons(ETH_P_8021Q) || type == bpf_htons(ETH_P_8021AD) ||
	       type == bpf_htons(ETH_P_QINQ1);
}

static __always_inline bool is_ext_header(__u8 next)
{
	return next == PROTO_HOPOPTS || next == PROTO_ROUTING || next == PROTO_FRAGMENT ||
	       next == PROTO_DSTOPTS;
}

static __always_inline bool carries_esp(__be16 port)
{
	__u32 i;

	for (i = 0; i < RSS_MAX_PORTS; i++) {
		if (i < config.nr_ports && config.ports[i] == port)
			return true;
	}
	return false;
}

/* The rest of @pkt is an ESP or AH header. */
static __always_inline __u32 parse_spi(struct xdp_md *ctx, struct packet *pkt, __u8 proto)
{
	__u32 spi_at = proto == PROTO_AH ? 4 : 0;

	pkt->key.proto = proto;
	if (pkt->off + spi_at + 8 > pkt->end ||
	    !load(ctx, pkt->off + spi_at, &pkt->key.spi, sizeof(pkt->key.spi)))
		return RSS_MALFORMED;
	pkt->off += spi_at + 8;
	pkt->has_spi = true;
	return RSS_POLICY;
}

/* RFC 3948: on these ports a zero word marks IKE, a lone 0xff keeps the NAT's mapping. */
__noinline __u32 parse_udp(struct xdp_md *ctx, struct packet *pkt)
{
	struct udphdr udp;
	__u32 len;
	__u8 first;

	if (!pkt)
		return RSS_MALFORMED;
	if (pkt->off + sizeof(udp) > pkt->end || !load(ctx, pkt->off, &udp, sizeof(udp)))
		return RSS_MALFORMED;
	if (udp.dest == bpf_htons(IKE_PORT) || udp.source == bpf_htons(IKE_PORT)) {
		pkt->off += sizeof(udp);
		return RSS_IKE;
	}
	if (!carries_esp(udp.dest) && !carries_esp(udp.source))
		return RSS_NOT_IPSEC;
	len = bpf_ntohs(udp.len);
	if (len <= sizeof(udp) || pkt->off + len > pkt->end)
		return RSS_MALFORMED;
	pkt->end = pkt->off + len;
	pkt->off += sizeof(udp);
	if (len == sizeof(udp) + 1 && load(ctx, pkt->off, &first, 1) && first == 0xff) {
		pkt->off++;
		return RSS_KEEPALIVE;
	}
	if (len < sizeof(udp) + 4 || !load(ctx, pkt->off, &pkt->key.spi, 4))
		return RSS_MALFORMED;
	if (!pkt->key.spi) {
		pkt->off += 4;
		return RSS_IKE;
	}
	return parse_spi(ctx, pkt, PROTO_ESP);
}

/* A fragment. Its SA is told only where it is the first; where it goes never depends on that. */
static __always_inline __u32 parse_fragment(struct xdp_md *ctx, struct packet *pkt, __u8 proto,
					    bool first)
{
	if (proto != PROTO_ESP && proto != PROTO_AH)
		return RSS_NOT_IPSEC;
	pkt->key.proto = proto;
	if (first)
		parse_spi(ctx, pkt, proto);
	return RSS_FRAGMENT;
}

static __always_inline __u32 parse_transport(struct xdp_md *ctx, struct packet *pkt, __u8 proto)
{
	if (proto == PROTO_ESP || proto == PROTO_AH)
		return parse_spi(ctx, pkt, proto);
	if (proto == PROTO_UDP)
		return parse_udp(ctx, pkt);
	return RSS_NOT_IPSEC;
}

__noinline __u32 parse_ipv4(struct xdp_md *ctx, struct packet *pkt)
{
	__u32 header, len;
	struct iphdr ip;

	if (!pkt)
		return RSS_MALFORMED;
	if (!load(ctx, pkt->off, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return RSS_MALFORMED;
	header = ip.ihl * 4u;
	len = bpf_ntohs(ip.tot_len);
	if (len < header || pkt->off + len > pkt->len)
		return RSS_MALFORMED;
	pkt->key.family = AF_INET;
	pkt->key.daddr[0] = ip.daddr;
	pkt->source[0] = ip.saddr;
	pkt->end = pkt->off + len;
	pkt->off += header;
	if (ip.frag_off & bpf_htons(FRAG_OFFSET_MF))
		return parse_fragment(ctx, pkt, ip.protocol,
				      !(ip.frag_off & bpf_htons(FRAG_OFFSET_MF >> 1)));
	return parse_transport(ctx, pkt, ip.protocol);
}

__noinline __u32 parse_ipv6(struct xdp_md *ctx, struct packet *pkt)
{
	struct frag_header frag;
	struct ext_header ext;
	struct ipv6hdr ip;
	__u8 next;
	__u32 i;

	if (!pkt)
		return RSS_MALFORMED;
	if (!load(ctx, pkt->off, &ip, sizeof(ip)) || ip.version != 6)
		return RSS_MALFORMED;
	pkt->end = pkt->off + sizeof(ip) + bpf_ntohs(ip.payload_len);
	if (pkt->end > pkt->len)
		return RSS_MALFORMED;
	pkt->key.family = AF_INET6;
	__builtin_memcpy(pkt->key.daddr, &ip.daddr, sizeof(pkt->key.daddr));
	__builtin_memcpy(pkt->source, &ip.saddr, sizeof(pkt->source));
	pkt->off += sizeof(ip);
	next = ip.nexthdr;
	for (i = 0; i <= RSS_MAX_EXTHDRS; i++) {
		if (!is_ext_header(next))
			return parse_transport(ctx, pkt, next);
		if (i == RSS_MAX_EXTHDRS)
			break;
		if (next == PROTO_FRAGMENT) {
			if (pkt->off + sizeof(frag) > pkt->end ||
			    !load(ctx, pkt->off, &frag, sizeof(frag)))
				return RSS_MALFORMED;
			pkt->off += sizeof(frag);
			if (frag.off & bpf_htons(FRAG6_OFFSET_MF))
				return parse_fragment(ctx, pkt, frag.next,
						      !(frag.off & bpf_htons(0xfff8)));
			next = frag.next;
			continue;
		}
		if (pkt->off + 8 > pkt->end || !load(ctx, pkt->off, &ext, sizeof(ext)))
			return RSS_MALFORMED;
		pkt->off += (ext.len + 1u) * 8;
		if (pkt->off > pkt->end)
			return RSS_MALFORMED;
		next = ext.next;
	}
	return RSS_MALFORMED;
}

/* RSS_POLICY: @pkt has the key of an SA. RSS_FRAGMENT: it has at least the addresses. */
static __always_inline __u32 parse(struct xdp_md *ctx, struct packet *pkt)
{
	struct vlan_tag tag;
	__be16 type;
	__u32 i;

	if (!load(ctx, 12, &type, sizeof(type)))
		return RSS_MALFORMED;
	pkt->off = 14;
	for (i = 0; i < RSS_MAX_TAGS && is_tag(type); i++) {
		if (!load(ctx, pkt->off, &tag, sizeof(tag)))
			return RSS_MALFORMED;
		type = tag.type;
		pkt->off += sizeof(tag);
	}
	if (type == bpf_htons(ETH_P_IP))
		return parse_ipv4(ctx, pkt);
	if (type == bpf_htons(ETH_P_IPV6))
		return parse_ipv6(ctx, pkt);
	return is_tag(type) ? RSS_TOO_MANY_TAGS : RSS_NOT_IPSEC;
}

#endif
