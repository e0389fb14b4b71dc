// SPDX-License-Identifier: BSD-2-Clause
#include "gen_build.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SHIFT_BYTES 4096u /* packets begin anywhere in these */
#define BLOCK_BYTES	  (BLOCK_SHIFT_BYTES + GEN_FRAME_ROOM + 1)

#define VLAN_HLEN 4
#define IP4_HLEN  20
#define IP6_HLEN  40
#define FRAG_HLEN 8
#define UDP_HLEN  8
#define TCP_HLEN  20
#define AH_HLEN	  24 /* with a 96-bit ICV: a multiple of 8, as IPv6 wants */
#define IKE_HLEN  28
#define PORT_IKE  500
#define PORT_NATT 4500

/* Header, 8 bytes of IV, one word of ciphertext, 16 of ICV. */
#define ESP_MIN	   36
#define ESP_HLEN   8
#define IP4_DF	   0x4000
#define IP4_MF	   0x2000
#define TTL	   64
#define AH_LEN_OFF 1

static const u8 mac_dst[ETH_ALEN] = {0x02, 0, 0, 0, 0, 0x02};
static const u8 mac_src[ETH_ALEN] = {0x02, 0, 0, 0, 0, 0x01};

static void put16(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 8);
	p[1] = (u8)v;
}

static void put32(u8 *p, u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static u32 get16(const u8 *p)
{
	return (u32)(p[0] << 8 | p[1]);
}

static u32 sum_words(const u8 *p, u32 len)
{
	u32 sum = 0;

	for (u32 i = 0; i + 1 < len; i += 2)
		sum += get16(p + i);
	return len & 1 ? sum + (u32)(p[len - 1] << 8) : sum;
}

static u16 fold(u64 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)~sum;
}

int gen_builder_init(struct gen_builder *b, const struct gen_config *c)
{
	u64 state = c->seed ^ 0x657370ull;

	*b = (struct gen_builder){.config = c};
	b->block = malloc(BLOCK_BYTES + 8);
	b->sums = malloc((BLOCK_BYTES / 2 + 1) * sizeof(*b->sums));
	if (!b->block || !b->sums) {
		gen_builder_free(b);
		return -ENOMEM;
	}
	for (u32 i = 0; i < BLOCK_BYTES; i += 8) {
		u64 r = gen_random(&state);

		/* The same bytes on hosts of either byte order. */
		put32(b->block + i, (u32)(r >> 32));
		put32(b->block + i + 4, (u32)r);
	}
	b->sums[0] = 0;
	for (u32 i = 0; i < BLOCK_BYTES / 2; i++)
		b->sums[i + 1] = b->sums[i] + get16(b->block + 2 * i);
	return 0;
}

void gen_builder_free(struct gen_builder *b)
{
	free(b->block);
	free(b->sums);
	b->block = NULL;
	b->sums = NULL;
}

/* Fill @len bytes at @out: their sum, as if they began at an even offset. */
static u32 fill(const struct gen_builder *b, u64 random, u8 *out, u32 len)
{
	u32 off = (u32)random % (BLOCK_SHIFT_BYTES / 2);
	u32 sum = b->sums[off + len / 2] - b->sums[off];

	memcpy(out, b->block + 2 * off, len);
	return len & 1 ? sum + (u32)(out[len - 1] << 8) : sum;
}

static u32 l2_len(const struct gen_config *c)
{
	return ETH_HLEN + VLAN_HLEN * c->vlans;
}

static u32 l4_min(enum gen_kind kind)
{
	switch (kind) {
	case GEN_ESP:
		return ESP_MIN;
	case GEN_ESP_UDP:
		return UDP_HLEN + ESP_MIN;
	case GEN_AH:
		return AH_HLEN + UDP_HLEN;
	case GEN_TCP:
		return TCP_HLEN;
	case GEN_IKE:
		return UDP_HLEN + IKE_HLEN;
	case GEN_IKE_NATT:
		return UDP_HLEN + 4 + IKE_HLEN;
	case GEN_KEEPALIVE:
		return UDP_HLEN + 1;
	default:
		return UDP_HLEN;
	}
}

/* ESP ends on a multiple of four (RFC 4303, 2.4), whatever was asked for. */
static u32 l4_len(enum gen_kind kind, u32 room)
{
	u32 len = max(room, l4_min(kind));

	if (kind == GEN_KEEPALIVE)
		return l4_min(kind);
	return kind == GEN_ESP || kind == GEN_ESP_UDP ? len & ~3u : len;
}

static void write_l2(const struct gen_config *c, u32 family, u8 *out)
{
	u8 *p = out + 2 * ETH_ALEN;

	memcpy(out, mac_dst, ETH_ALEN);
	memcpy(out + ETH_ALEN, mac_src, ETH_ALEN);
	for (u32 i = 0; i < c->vlans; i++, p += VLAN_HLEN) {
		put16(p, i + 1 < c->vlans ? ETH_P_8021AD : ETH_P_8021Q);
		put16(p + 2, c->vlan[i]);
	}
	put16(p, family == 6 ? ETH_P_IPV6 : ETH_P_IP);
}

static void ip4_checksum(u8 *ip)
{
	put16(ip + 10, 0);
	put16(ip + 10, fold(sum_words(ip, IP4_HLEN)));
}

/* The header, and the part of the pseudo header's sum that the transport does not know. */
static u32 write_ip(struct gen_builder *b, const struct gen_flow *flow, u8 proto, u32 len, u8 *ip)
{
	u32 addr = flow->family == 6 ? 16 : 4;

	if (flow->family == 6) {
		put32(ip, 6u << 28);
		put16(ip + 4, len);
		ip[6] = proto;
		ip[7] = TTL;
		memcpy(ip + 8, flow->src, 16);
		memcpy(ip + 24, flow->dst, 16);
	} else {
		ip[0] = 0x45;
		ip[1] = 0;
		put16(ip + 2, IP4_HLEN + len);
		put16(ip + 4, b->ip_id++);
		put16(ip + 6, IP4_DF);
		ip[8] = TTL;
		ip[9] = proto;
		memcpy(ip + 12, flow->src, 4);
		memcpy(ip + 16, flow->dst, 4);
		ip4_checksum(ip);
	}
	return sum_words(flow->src, addr) + sum_words(flow->dst, addr) + proto;
}

static void write_udp(u8 *udp, u32 sport, u32 dport, u32 len)
{
	put16(udp, sport);
	put16(udp + 2, dport);
	put16(udp + 4, len);
	put16(udp + 6, 0);
}

/* Zero would mean that there is none. */
static void udp_checksum(u8 *udp, u64 sum)
{
	u16 check = fold(sum);

	put16(udp + 6, check ? check : 0xffff);
}

/* What is between the UDP header and the random bytes; its length. */
static u32 write_udp_inner(struct gen_flow *flow, enum gen_kind kind, u64 random, u32 len, u8 *p)
{
	u32 marker = kind == GEN_IKE_NATT ? 4 : 0;

	switch (kind) {
	case GEN_ESP_UDP:
		put32(p, flow->spi);
		put32(p + 4, flow->seq++);
		return ESP_HLEN;
	case GEN_KEEPALIVE:
		*p = 0xff;
		return 1;
	case GEN_IKE:
	case GEN_IKE_NATT:
		/* IKE_SA_INIT's successor: an encrypted INFORMATIONAL of an initiator. */
		memset(p, 0, marker);
		p += marker;
		put32(p, flow->spi);
		put32(p + 4, flow->spi ^ 0x5a5a5a5a);
		put32(p + 8, ~flow->spi);
		put32(p + 12, (u32)(random >> 32) | 1);
		p[16] = 46; /* next payload: encrypted and authenticated */
		p[17] = 0x20;
		p[18] = 37; /* INFORMATIONAL */
		p[19] = 0x08;
		put32(p + 20, flow->seq++);
		put32(p + 24, len - marker);
		return marker + IKE_HLEN;
	default:
		return 0;
	}
}

static void udp_ports(const struct gen_flow *flow, enum gen_kind kind, u32 *sport, u32 *dport)
{
	bool own = flow->kind == GEN_ESP_UDP;

	switch (kind) {
	case GEN_IKE:
		*sport = *dport = PORT_IKE;
		break;
	case GEN_UDP:
		*sport = flow->sport;
		*dport = flow->dport;
		break;
	default:
		*sport = own ? flow->sport : PORT_NATT;
		*dport = own ? flow->dport : PORT_NATT;
	}
}

static void write_in_udp(struct gen_builder *b, struct gen_flow *flow, enum gen_kind kind, u32 len,
			 u64 random, u8 *ip, u8 *udp)
{
	u32 pseudo = write_ip(b, flow, IPPROTO_UDP, len, ip);
	u32 sport, dport, inner, sum;

	udp_ports(flow, kind, &sport, &dport);
	write_udp(udp, sport, dport, len);
	inner = write_udp_inner(flow, kind, random, len - UDP_HLEN, udp + UDP_HLEN);
	sum = fill(b, random, udp + UDP_HLEN + inner, len - UDP_HLEN - inner);
	/* RFC 3948: ESP in UDP over IPv4 goes without one. */
	if (flow->family == 4 && (kind == GEN_ESP_UDP || kind == GEN_KEEPALIVE))
		return;
	udp_checksum(udp, (u64)pseudo + len + sum + sum_words(udp, UDP_HLEN + inner));
}

static void write_esp(struct gen_builder *b, struct gen_flow *flow, u32 len, u64 random, u8 *ip,
		      u8 *esp)
{
	write_ip(b, flow, IPPROTO_ESP, len, ip);
	put32(esp, flow->spi);
	put32(esp + 4, flow->seq++);
	fill(b, random, esp + ESP_HLEN, len - ESP_HLEN);
}

/* Transport mode over UDP: what it protects can be read. */
static void write_ah(struct gen_builder *b, struct gen_flow *flow, u32 len, u64 random, u8 *ip,
		     u8 *ah)
{
	u32 pseudo = write_ip(b, flow, IPPROTO_AH, len, ip) - IPPROTO_AH + IPPROTO_UDP;
	u32 inner = len - AH_HLEN;
	u8 *udp = ah + AH_HLEN;

	ah[0] = IPPROTO_UDP;
	ah[AH_LEN_OFF] = AH_HLEN / 4 - 2;
	put16(ah + 2, 0);
	put32(ah + 4, flow->spi);
	put32(ah + 8, flow->seq++);
	memcpy(ah + 12, b->block + random % BLOCK_SHIFT_BYTES, AH_HLEN - 12);
	write_udp(udp, flow->sport, flow->dport, inner);
	pseudo += fill(b, random, udp + UDP_HLEN, inner - UDP_HLEN) + inner;
	udp_checksum(udp, (u64)pseudo + sum_words(udp, UDP_HLEN));
}

static void write_tcp(struct gen_builder *b, struct gen_flow *flow, u32 len, u64 random, u8 *ip,
		      u8 *tcp)
{
	u32 sum = write_ip(b, flow, IPPROTO_TCP, len, ip) + len;

	put16(tcp, flow->sport);
	put16(tcp + 2, flow->dport);
	put32(tcp + 4, flow->tcp_seq);
	put32(tcp + 8, 1);
	put16(tcp + 12, TCP_HLEN / 4 << 12 | 0x18); /* PSH, ACK */
	put16(tcp + 14, 0xffff);
	put32(tcp + 16, 0);
	flow->tcp_seq += len - TCP_HLEN;
	sum += fill(b, random, tcp + TCP_HLEN, len - TCP_HLEN);
	put16(tcp + 16, fold((u64)sum + sum_words(tcp, TCP_HLEN)));
}

u32 gen_build(struct gen_builder *b, struct gen_flow *flow, enum gen_kind kind, u32 size,
	      u64 random, u8 *out)
{
	u32 l2 = l2_len(b->config), head = l2 + (flow->family == 6 ? IP6_HLEN : IP4_HLEN);
	u32 len = l4_len(kind, size > head ? size - head : 0);
	u8 *ip = out + l2, *l4 = out + head;

	write_l2(b->config, flow->family, out);
	switch (kind) {
	case GEN_ESP:
		write_esp(b, flow, len, random, ip, l4);
		break;
	case GEN_AH:
		write_ah(b, flow, len, random, ip, l4);
		break;
	case GEN_TCP:
		write_tcp(b, flow, len, random, ip, l4);
		break;
	default:
		write_in_udp(b, flow, kind, len, random, ip, l4);
	}
	return head + len;
}

static u32 split4(u32 l2, u8 *frame, u32 *len, u8 *second)
{
	u32 head = l2 + IP4_HLEN, body = *len - head, cut = (body / 2 + 7) & ~7u;

	if (cut >= body)
		return 0;
	memcpy(second, frame, head);
	memcpy(second + head, frame + head + cut, body - cut);
	put16(second + l2 + 2, IP4_HLEN + body - cut);
	put16(second + l2 + 6, cut / 8);
	ip4_checksum(second + l2);
	put16(frame + l2 + 2, IP4_HLEN + cut);
	put16(frame + l2 + 6, IP4_MF);
	ip4_checksum(frame + l2);
	*len = head + cut;
	return head + body - cut;
}

static void write_frag6(u8 *ip, u8 *frag, u8 proto, u32 off_more, u32 id, u32 body)
{
	put16(ip + 4, FRAG_HLEN + body);
	ip[6] = IPPROTO_FRAGMENT;
	frag[0] = proto;
	frag[1] = 0;
	put16(frag + 2, off_more);
	put32(frag + 4, id);
}

static u32 split6(u32 l2, u32 id, u8 *frame, u32 *len, u8 *second)
{
	u32 head = l2 + IP6_HLEN, body = *len - head, cut = (body / 2 + 7) & ~7u;
	u8 proto = frame[l2 + 6];

	if (cut >= body)
		return 0;
	memcpy(second, frame, head);
	memcpy(second + head + FRAG_HLEN, frame + head + cut, body - cut);
	write_frag6(second + l2, second + head, proto, cut, id, body - cut);
	memmove(frame + head + FRAG_HLEN, frame + head, cut);
	write_frag6(frame + l2, frame + head, proto, 1, id, cut);
	*len = head + FRAG_HLEN + cut;
	return head + FRAG_HLEN + body - cut;
}

u32 gen_split(struct gen_builder *b, u8 *frame, u32 *len, u8 *second)
{
	u32 l2 = l2_len(b->config);

	if (get16(frame + l2 - 2) == ETH_P_IPV6)
		return split6(l2, b->ip_id++, frame, len, second);
	return split4(l2, frame, len, second);
}
