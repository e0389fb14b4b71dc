// SPDX-License-Identifier: BSD-2-Clause
#include "rss/headers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "esp_rss.h"

#define ETHERTYPE_AT 12
#define TYPE_IPV4    0x0800
#define TYPE_IPV6    0x86dd
#define IKE_PORT     500
#define IPV4_BYTES   20
#define IPV6_BYTES   40
#define UDP_BYTES    8

struct reader {
	const u8 *data;
	u32 captured;
	u32 wire_len;
	const u16 *ports;
	u32 nr_ports;
	struct rss_headers *out;
};

static bool is_captured(const struct reader *r, u32 off, u32 len)
{
	return off <= r->captured && len <= r->captured - off;
}

static u16 get16(const struct reader *r, u32 off)
{
	return (u16)(r->data[off] << 8 | r->data[off + 1]);
}

static bool is_tag(u16 type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static bool is_ipsec(u8 proto)
{
	return proto == IPPROTO_ESP || proto == IPPROTO_AH;
}

static bool carries_esp(const struct reader *r, u16 port)
{
	for (u32 i = 0; i < r->nr_ports; i++) {
		if (r->ports[i] == port)
			return true;
	}
	return false;
}

/* From a header whose protocol is known on. @end: of the IP packet, as its length has it. */
static enum rss_extent read_spi(const struct reader *r, u32 off, u32 end, u8 proto)
{
	u32 spi_at = proto == IPPROTO_AH ? 4 : 0;

	if (off + spi_at + 8 > end || is_captured(r, off + spi_at, 4))
		return RSS_EXTENT_ENOUGH;
	r->out->usable = min(r->out->usable, off);
	return RSS_EXTENT_IPSEC;
}

static enum rss_extent read_udp(const struct reader *r, u32 off, u32 end)
{
	u32 len;

	if (off + UDP_BYTES > end)
		return RSS_EXTENT_ENOUGH;
	if (!is_captured(r, off, 4))
		return RSS_EXTENT_OTHER;
	memcpy(&r->out->sport, r->data + off, 2);
	memcpy(&r->out->dport, r->data + off + 2, 2);
	r->out->has_ports = true;
	if (r->out->sport == htons(IKE_PORT) || r->out->dport == htons(IKE_PORT) ||
	    (!carries_esp(r, r->out->sport) && !carries_esp(r, r->out->dport)))
		return RSS_EXTENT_ENOUGH;
	if (!is_captured(r, off, 6))
		return RSS_EXTENT_IPSEC;
	len = get16(r, off + 4);
	if (len <= UDP_BYTES || off + len > end)
		return RSS_EXTENT_ENOUGH;
	/* A keepalive's one byte, or the word that is an SPI or marks IKE. */
	return is_captured(r, off + UDP_BYTES, min(len - UDP_BYTES, 4u)) ? RSS_EXTENT_ENOUGH
									 : RSS_EXTENT_IPSEC;
}

static enum rss_extent read_transport(const struct reader *r, u32 off, u32 end, u8 proto)
{
	if (is_ipsec(proto))
		return read_spi(r, off, end, proto);
	if (proto == IPPROTO_UDP)
		return read_udp(r, off, end);
	return RSS_EXTENT_ENOUGH;
}

/* Its addresses decide, and were captured; the SPI of the first one only adds to what is known. */
static enum rss_extent read_fragment(const struct reader *r, u32 off, u32 end, u8 proto)
{
	if (is_ipsec(proto))
		read_spi(r, off, end, proto);
	return RSS_EXTENT_ENOUGH;
}

static enum rss_extent read_ipv4(const struct reader *r, u32 off)
{
	u32 header, len;
	u8 proto;

	if (!is_captured(r, off, 1))
		return RSS_EXTENT_OTHER;
	header = (r->data[off] & 15) * 4u;
	if (r->data[off] >> 4 != 4 || header < IPV4_BYTES)
		return RSS_EXTENT_ENOUGH;
	if (!is_captured(r, off, 10))
		return RSS_EXTENT_OTHER;
	proto = r->data[off + 9];
	if (!is_captured(r, off, IPV4_BYTES))
		return is_ipsec(proto) ? RSS_EXTENT_IPSEC : RSS_EXTENT_OTHER;
	r->out->family = AF_INET;
	memcpy(r->out->source, r->data + off + 12, 4);
	memcpy(r->out->dest, r->data + off + 16, 4);
	len = get16(r, off + 2);
	if (len < header || off + len > r->wire_len)
		return RSS_EXTENT_ENOUGH;
	if (get16(r, off + 6) & 0x3fff)
		return get16(r, off + 6) & 0x1fff
			       ? RSS_EXTENT_ENOUGH
			       : read_fragment(r, off + header, off + len, proto);
	return read_transport(r, off + header, off + len, proto);
}

static enum rss_extent read_ipv6_next(const struct reader *r, u32 off, u32 end, u8 next)
{
	for (u32 i = 0; i <= RSS_MAX_EXTHDRS; i++) {
		bool is_fragment = next == IPPROTO_FRAGMENT;

		if (!is_fragment && next != IPPROTO_HOPOPTS && next != IPPROTO_ROUTING &&
		    next != IPPROTO_DSTOPTS)
			return read_transport(r, off, end, next);
		if (i == RSS_MAX_EXTHDRS || off + 8 > end)
			return RSS_EXTENT_ENOUGH;
		if (!is_captured(r, off, is_fragment ? 4 : 2))
			return is_fragment && is_captured(r, off, 1) && is_ipsec(r->data[off])
				       ? RSS_EXTENT_IPSEC
				       : RSS_EXTENT_OTHER;
		next = r->data[off];
		if (!is_fragment) {
			off += (r->data[off + 1] + 1u) * 8;
			continue;
		}
		if (get16(r, off + 2) & 0xfff8)
			return RSS_EXTENT_ENOUGH;
		if (get16(r, off + 2) & 1)
			return read_fragment(r, off + 8, end, next);
		off += 8;
	}
	return RSS_EXTENT_ENOUGH;
}

static enum rss_extent read_ipv6(const struct reader *r, u32 off)
{
	u32 end;

	if (!is_captured(r, off, 1))
		return RSS_EXTENT_OTHER;
	if (r->data[off] >> 4 != 6)
		return RSS_EXTENT_ENOUGH;
	if (!is_captured(r, off, IPV6_BYTES))
		return is_captured(r, off, 7) && is_ipsec(r->data[off + 6]) ? RSS_EXTENT_IPSEC
									    : RSS_EXTENT_OTHER;
	r->out->family = AF_INET6;
	memcpy(r->out->source, r->data + off + 8, 16);
	memcpy(r->out->dest, r->data + off + 24, 16);
	end = off + IPV6_BYTES + get16(r, off + 4);
	if (end > r->wire_len)
		return RSS_EXTENT_ENOUGH;
	return read_ipv6_next(r, off + IPV6_BYTES, end, r->data[off + 6]);
}

static enum rss_extent read_frame(const struct reader *r)
{
	u32 off = ETHERTYPE_AT;
	u16 type;

	if (!is_captured(r, off, 2))
		return RSS_EXTENT_OTHER;
	type = get16(r, off);
	for (u32 i = 0; i < RSS_MAX_TAGS && is_tag(type); i++) {
		off += 4;
		if (!is_captured(r, off, 2))
			return RSS_EXTENT_OTHER;
		type = get16(r, off);
	}
	off += 2;
	if (type == TYPE_IPV4)
		return read_ipv4(r, off);
	if (type == TYPE_IPV6)
		return read_ipv6(r, off);
	return RSS_EXTENT_ENOUGH;
}

void rss_headers_read(const void *data, u32 captured, u32 wire_len, const u16 *ports, u32 nr_ports,
		      struct rss_headers *out)
{
	struct reader r = {data, captured, wire_len, ports, nr_ports, out};

	*out = (struct rss_headers){.usable = captured};
	out->extent = read_frame(&r);
}
