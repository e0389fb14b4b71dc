// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>
#include <sys/socket.h>

#include "twin.h"

/* A frame, and where in it we are. What cannot be read ends the parsing. */
struct reader {
	const u8 *bytes;
	u32 len; /* of the frame */
	u32 at;
	u32 end; /* of the IP packet */
	struct twin_packet *out;
};

static bool within(const struct reader *r, u32 at, u32 n)
{
	return at <= RSS_MAX_OFFSET && at + n <= r->len;
}

static u32 be16(const struct reader *r, u32 at)
{
	return (u32)r->bytes[at] << 8 | r->bytes[at + 1];
}

static bool is_vlan(u32 type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static bool is_esp_port(const struct rss_config *config, u32 port)
{
	for (u32 i = 0; i < config->nr_ports; i++) {
		const u8 *p = (const u8 *)&config->ports[i];

		if (((u32)p[0] << 8 | p[1]) == port)
			return true;
	}
	return false;
}

/* ESP: SPI and sequence number. AH: four bytes before them. */
static enum rss_reason read_spi(struct reader *r, u8 proto)
{
	u32 spi_at = r->at + (proto == 51 ? 4 : 0);

	r->out->key.proto = proto;
	if (spi_at + 8 > r->end || !within(r, spi_at, 4))
		return RSS_MALFORMED;
	memcpy(&r->out->key.spi, r->bytes + spi_at, 4);
	r->out->has_key = true;
	return RSS_POLICY;
}

static enum rss_reason read_udp(const struct rss_config *config, struct reader *r)
{
	u32 sport, dport, payload;
	const u8 *data;

	if (r->at + 8 > r->end || !within(r, r->at, 8))
		return RSS_MALFORMED;
	sport = be16(r, r->at);
	dport = be16(r, r->at + 2);
	if (sport == 500 || dport == 500)
		return RSS_IKE;
	if (!is_esp_port(config, sport) && !is_esp_port(config, dport))
		return RSS_NOT_IPSEC;
	if (be16(r, r->at + 4) < 9 || r->at + be16(r, r->at + 4) > r->end)
		return RSS_MALFORMED;
	payload = be16(r, r->at + 4) - 8;
	r->at += 8;
	r->end = r->at + payload;
	data = r->bytes + r->at;
	if (payload == 1 && within(r, r->at, 1) && data[0] == 0xff)
		return RSS_KEEPALIVE;
	if (payload < 4 || !within(r, r->at, 4))
		return RSS_MALFORMED;
	if (!data[0] && !data[1] && !data[2] && !data[3])
		return RSS_IKE;
	return read_spi(r, 50);
}

static enum rss_reason read_fragment(struct reader *r, u8 proto, bool first)
{
	if (proto != 50 && proto != 51)
		return RSS_NOT_IPSEC;
	r->out->key.proto = proto;
	if (first)
		read_spi(r, proto);
	return RSS_FRAGMENT;
}

static enum rss_reason read_transport(const struct rss_config *config, struct reader *r, u8 proto)
{
	if (proto == 50 || proto == 51)
		return read_spi(r, proto);
	return proto == 17 ? read_udp(config, r) : RSS_NOT_IPSEC;
}

static enum rss_reason read_ipv4(const struct rss_config *config, struct reader *r)
{
	const u8 *ip = r->bytes + r->at;
	u32 header, total, offset;
	bool more;

	if (!within(r, r->at, 20) || ip[0] >> 4 != 4)
		return RSS_MALFORMED;
	header = (ip[0] & 15) * 4u;
	total = be16(r, r->at + 2);
	if (header < 20 || total < header || r->at + total > r->len)
		return RSS_MALFORMED;
	r->out->key.family = AF_INET;
	memcpy(r->out->source, ip + 12, 4);
	memcpy(r->out->key.daddr, ip + 16, 4);
	more = ip[6] & 0x20;
	offset = be16(r, r->at + 6) & 0x1fff;
	r->end = r->at + total;
	r->at += header;
	if (more || offset)
		return read_fragment(r, ip[9], !offset);
	return read_transport(config, r, ip[9]);
}

static enum rss_reason read_ipv6(const struct rss_config *config, struct reader *r)
{
	const u8 *ip = r->bytes + r->at;
	u32 seen = 0;
	u8 next;

	if (!within(r, r->at, 40) || ip[0] >> 4 != 6)
		return RSS_MALFORMED;
	r->end = r->at + 40 + be16(r, r->at + 4);
	if (r->end > r->len)
		return RSS_MALFORMED;
	r->out->key.family = AF_INET6;
	memcpy(r->out->source, ip + 8, 16);
	memcpy(r->out->key.daddr, ip + 24, 16);
	next = ip[6];
	r->at += 40;
	while (next == 0 || next == 43 || next == 44 || next == 60) {
		const u8 *header = r->bytes + r->at;
		u8 type = next;

		if (seen++ == RSS_MAX_EXTHDRS)
			return RSS_MALFORMED;
		if (r->at + 8 > r->end || !within(r, r->at, 8))
			return RSS_MALFORMED;
		next = header[0];
		if (type == 44) {
			u32 offset = be16(r, r->at + 2) >> 3;

			r->at += 8;
			if (offset || (header[3] & 1))
				return read_fragment(r, next, !offset);
		} else {
			r->at += header[1] * 8u + 8;
			if (r->at > r->end)
				return RSS_MALFORMED;
		}
	}
	return read_transport(config, r, next);
}

static enum rss_reason read_frame(const struct rss_config *config, struct reader *r)
{
	u32 type, tags = 0;

	if (r->len < 14)
		return RSS_MALFORMED;
	type = be16(r, 12);
	r->at = 14;
	while (is_vlan(type)) {
		if (tags++ == RSS_MAX_TAGS)
			return RSS_TOO_MANY_TAGS;
		if (!within(r, r->at, 4))
			return RSS_MALFORMED;
		type = be16(r, r->at + 2);
		r->at += 4;
	}
	if (type == 0x0800)
		return read_ipv4(config, r);
	if (type == 0x86dd)
		return read_ipv6(config, r);
	return RSS_NOT_IPSEC;
}

void twin_parse(const struct rss_config *config, const u8 *frame, u32 len, struct twin_packet *out)
{
	struct reader r = {.bytes = frame, .len = len, .out = out};

	memset(out, 0, sizeof(*out));
	out->reason = read_frame(config, &r);
}
