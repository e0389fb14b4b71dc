// SPDX-License-Identifier: BSD-2-Clause
#include "shape.h"

#include <string.h>

enum {
	ESP = 50,
	AH = 51,
	UDP = 17,
	FRAGMENT = 44
};

struct writer {
	u8 *at;
};

static void put8(struct writer *w, u32 v)
{
	*w->at++ = (u8)v;
}

static void put16(struct writer *w, u32 v)
{
	put8(w, v >> 8);
	put8(w, v & 0xff);
}

static void put32(struct writer *w, u32 v)
{
	put16(w, v >> 16);
	put16(w, v & 0xffff);
}

static void put_bytes(struct writer *w, const u8 *bytes, u32 len)
{
	memcpy(w->at, bytes, len);
	w->at += len;
}

static void put_fill(struct writer *w, u32 len)
{
	for (u32 i = 0; i < len; i++)
		put8(w, 0xa0 + i % 16);
}

static u8 proto_of(const struct shape *s)
{
	if (s->proto)
		return s->proto;
	switch (s->content) {
	case CONTENT_ESP:
	case CONTENT_RAW:
		return ESP;
	case CONTENT_AH:
		return AH;
	default:
		return UDP;
	}
}

static u32 content_len(const struct shape *s)
{
	switch (s->content) {
	case CONTENT_ESP:
		return 8 + s->payload;
	case CONTENT_AH:
		return 12 + s->payload;
	case CONTENT_UDP_ESP:
		return 16 + s->payload;
	case CONTENT_UDP_IKE:
		return 12 + s->payload;
	case CONTENT_KEEPALIVE:
		return 9;
	case CONTENT_UDP:
		return 8 + s->payload;
	default:
		return s->payload;
	}
}

static void put_content(struct writer *w, const struct shape *s)
{
	if (s->content >= CONTENT_UDP_ESP && s->content <= CONTENT_UDP) {
		put16(w, s->sport);
		put16(w, s->dport);
		put16(w, content_len(s) + (u32)s->udp_lie);
		put16(w, 0);
	}
	switch (s->content) {
	case CONTENT_AH:
		put32(w, 0x32010000);
		put32(w, s->spi);
		put32(w, 1);
		break;
	case CONTENT_ESP:
	case CONTENT_UDP_ESP:
		put32(w, s->spi);
		put32(w, 1);
		break;
	case CONTENT_UDP_IKE:
		put32(w, 0);
		break;
	case CONTENT_KEEPALIVE:
		put8(w, 0xff);
		return;
	default:
		break;
	}
	put_fill(w, s->payload);
}

static void put_ipv4(struct writer *w, const struct shape *s)
{
	u32 header = 20 + 4u * s->options;

	put8(w, 0x40 | (5u + s->options));
	put8(w, 0);
	put16(w, header + content_len(s) + (u32)s->ip_lie);
	put16(w, 7);
	put16(w, s->frag);
	put8(w, 64);
	put8(w, proto_of(s));
	put16(w, 0);
	put_bytes(w, s->saddr, 4);
	put_bytes(w, s->daddr, 4);
	for (u32 i = 0; i < s->options; i++)
		put32(w, 0x01010101); /* no operation */
	put_content(w, s);
}

static u32 ext_len(const struct ext *e)
{
	return e->type == FRAGMENT ? 8 : (e->len + 1u) * 8;
}

static void put_ipv6(struct writer *w, const struct shape *s)
{
	u32 len = content_len(s);

	for (u32 i = 0; i < s->nr_exts; i++)
		len += ext_len(&s->ext[i]);
	put32(w, 0x60000000);
	put16(w, len + (u32)s->ip_lie);
	put8(w, s->nr_exts ? s->ext[0].type : proto_of(s));
	put8(w, 64);
	put_bytes(w, s->saddr, 16);
	put_bytes(w, s->daddr, 16);
	for (u32 i = 0; i < s->nr_exts; i++) {
		const struct ext *e = &s->ext[i];

		put8(w, i + 1 < s->nr_exts ? s->ext[i + 1].type : proto_of(s));
		if (e->type == FRAGMENT) {
			put8(w, 0);
			put16(w, e->frag);
			put32(w, 99);
		} else {
			put8(w, e->len);
			put_fill(w, ext_len(e) - 2);
		}
	}
	put_content(w, s);
}

u32 shape_frame(const struct shape *s, u8 *out)
{
	static const u8 macs[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
	struct writer w = {out};
	u32 len;

	put_bytes(&w, macs, sizeof(macs));
	for (u32 i = 0; i < s->nr_tags; i++) {
		put16(&w, s->tpid[i]);
		put16(&w, 100 + i);
	}
	if (s->version == 4) {
		put16(&w, 0x0800);
		put_ipv4(&w, s);
	} else if (s->version == 6) {
		put16(&w, 0x86dd);
		put_ipv6(&w, s);
	} else {
		put16(&w, s->ethertype);
		put_fill(&w, s->payload);
	}
	len = (u32)(w.at - out);
	if (s->cut)
		return s->cut < len ? len - s->cut : 0;
	memset(w.at, 0, s->pad);
	return len + s->pad;
}

struct shape shape_esp(u8 version, u32 spi)
{
	struct shape s = {.version = version, .content = CONTENT_ESP, .spi = spi, .payload = 64};
	static const u8 v4[4] = {192, 0, 2, 1}, v6[4] = {0x20, 0x01, 0x0d, 0xb8};

	memcpy(s.saddr, version == 4 ? v4 : v6, 4);
	memcpy(s.daddr, version == 4 ? v4 : v6, 4);
	if (version == 4) {
		s.daddr[3] = 2;
	} else {
		s.saddr[15] = 1;
		s.daddr[15] = 2;
	}
	return s;
}

u32 rnd(u64 *state, u32 below)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (u32)((*state >> 32) * below >> 32);
}

static bool one_in(u64 *state, u32 n)
{
	return !rnd(state, n);
}

static void random_exts(struct shape *s, u64 *state)
{
	static const u8 types[] = {0, 43, 60, 60, 44, 44, 135, 59};

	/* Up to the bound and just beyond it are as likely as a few. */
	s->nr_exts = (u8)(one_in(state, 3) ? 7 + rnd(state, 4) : rnd(state, 5));
	for (u32 i = 0; i < s->nr_exts; i++) {
		s->ext[i].type = types[rnd(state, one_in(state, 8) ? 8 : s->nr_exts > 5 ? 4 : 6)];
		s->ext[i].len = (u8)(one_in(state, 12) ? 255 : rnd(state, 4));
		if (!one_in(state, 3))
			s->ext[i].frag = (u16)(rnd(state, 3) << 3 | rnd(state, 2));
	}
}

void shape_random(struct shape *s, u64 *state)
{
	static const u16 tpids[] = {0x8100, 0x88a8, 0x9100};
	static const u16 ports[] = {4500, 500, 4501, 53, 10000};
	static const u16 frags[] = {0x2000, 0x2010, 0x0010, 0x1fff, 0x4000, 0x8000};

	s->nr_tags = (u8)(one_in(state, 2)   ? 0
			  : one_in(state, 3) ? 7 + rnd(state, 4)
					     : rnd(state, 3));
	for (u32 i = 0; i < s->nr_tags; i++)
		s->tpid[i] = tpids[rnd(state, 3)];
	s->ethertype = (u16)(one_in(state, 2) ? 0x0806 : rnd(state, 65536));
	s->content = one_in(state, 2) ? CONTENT_ESP : rnd(state, 7);
	s->proto = (u8)(one_in(state, 20) ? rnd(state, 256) : 0);
	s->sport = ports[rnd(state, 5)];
	s->dport = ports[rnd(state, 5)];
	s->payload = one_in(state, 4) ? rnd(state, 16) : 32 + rnd(state, 100);
	if (one_in(state, 40))
		s->payload = 3000 + rnd(state, 30000);
	if (s->version == 4) {
		s->options = (u8)(one_in(state, 4) ? rnd(state, 11) : 0);
		s->frag = one_in(state, 6) ? frags[rnd(state, 6)] : 0;
	} else if (s->version == 6 && one_in(state, 2)) {
		random_exts(s, state);
	}
	if (one_in(state, 12))
		s->ip_lie = (s32)rnd(state, 81) - 40;
	if (one_in(state, 12))
		s->udp_lie = (s32)rnd(state, 41) - 20;
	if (one_in(state, 6))
		s->cut = 1 + rnd(state, 120);
	else if (one_in(state, 4))
		s->pad = rnd(state, 40);
}
