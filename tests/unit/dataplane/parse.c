// SPDX-License-Identifier: BSD-2-Clause
#include "parse.h"

#include <check.h>
#include <string.h>

static u32 be16(const u8 *p)
{
	return (u32)p[0] << 8 | p[1];
}

static u32 be32(const u8 *p)
{
	return be16(p) << 16 | be16(p + 2);
}

/* RFC 1071, a byte at a time. */
static u64 add(u64 sum, const u8 *p, u32 len)
{
	for (u32 i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (u64)p[i] << 8;
	return sum;
}

static u32 fold(u64 sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u32)sum;
}

static void check_transport(const struct parsed *p, u8 proto, const u8 *l4, u32 len)
{
	u32 addr = p->family == 6 ? 16 : 4;
	u64 sum = proto + len;

	sum = add(sum, p->src, addr);
	sum = add(sum, p->dst, addr);
	ck_assert_uint_eq(fold(add(sum, l4, len)), 0xffff);
}

static void parse_ike(const u8 *p, u32 len)
{
	ck_assert_uint_ge(len, 28);
	ck_assert_uint_eq(p[17], 0x20); /* version 2.0 */
	ck_assert_uint_eq(be32(p + 24), len);
	ck_assert(be32(p) || be32(p + 4));
}

static void parse_esp(struct parsed *p, const u8 *esp, u32 len)
{
	ck_assert_uint_ge(len, 8 + 8 + 4 + 12);
	ck_assert_uint_eq(len % 4, 0);
	p->spi = be32(esp);
	p->seq = be32(esp + 4);
	ck_assert_uint_ge(p->spi, 256);
}

static void parse_natt(struct parsed *p, const u8 *data, u32 len)
{
	if (len == 1 && data[0] == 0xff) {
		p->keepalive = true;
	} else if (!be32(data)) {
		p->ike = true;
		parse_ike(data + 4, len - 4);
	} else {
		p->esp_udp = true;
		parse_esp(p, data, len);
	}
}

static void parse_udp(struct parsed *p, const u8 *udp, u32 len)
{
	ck_assert_uint_ge(len, 8);
	ck_assert_uint_eq(be16(udp + 4), len);
	p->sport = (u16)be16(udp);
	p->dport = (u16)be16(udp + 2);
	if (be16(udp + 6))
		check_transport(p, 17, udp, len);
	else
		ck_assert_uint_eq(p->family, 4);
	if (p->dport == 500 && p->proto == 17) {
		p->ike = true;
		parse_ike(udp + 8, len - 8);
	} else if (p->dport == 4500 && p->proto == 17) {
		parse_natt(p, udp + 8, len - 8);
	} else {
		ck_assert_uint_ne(be16(udp + 6), 0);
	}
}

static void parse_ah(struct parsed *p, const u8 *ah, u32 len)
{
	u32 head = (ah[1] + 2u) * 4;

	ck_assert_uint_eq(ah[0], 17);
	ck_assert_uint_ge(head, 24);
	ck_assert_uint_eq(head % 8, 0);
	p->spi = be32(ah + 4);
	p->seq = be32(ah + 8);
	parse_udp(p, ah + head, len - head);
}

static void parse_l4(struct parsed *p)
{
	switch (p->proto) {
	case 50:
		parse_esp(p, p->l4, p->l4_len);
		break;
	case 51:
		parse_ah(p, p->l4, p->l4_len);
		break;
	case 17:
		parse_udp(p, p->l4, p->l4_len);
		break;
	case 6:
		ck_assert_uint_ge(p->l4_len, 20);
		ck_assert_uint_eq(p->l4[12] >> 4, 5);
		check_transport(p, 6, p->l4, p->l4_len);
		p->sport = (u16)be16(p->l4);
		p->dport = (u16)be16(p->l4 + 2);
		p->seq = be32(p->l4 + 4);
		break;
	default:
		ck_abort_msg("protocol %u", p->proto);
	}
}

static void parse_ip4(struct parsed *p, const u8 *ip, u32 len)
{
	ck_assert_uint_ge(len, 20);
	ck_assert_uint_eq(ip[0], 0x45);
	ck_assert_uint_eq(be16(ip + 2), len);
	ck_assert_uint_eq(fold(add(0, ip, 20)), 0xffff);
	memcpy(p->src, ip + 12, 4);
	memcpy(p->dst, ip + 16, 4);
	p->proto = ip[9];
	p->more = be16(ip + 6) & 0x2000;
	p->frag_off = (be16(ip + 6) & 0x1fff) * 8;
	p->fragment = p->more || p->frag_off;
	ck_assert(!p->fragment || !(be16(ip + 6) & 0x4000));
	p->l4 = ip + 20;
	p->l4_len = len - 20;
}

static void parse_ip6(struct parsed *p, const u8 *ip, u32 len)
{
	ck_assert_uint_ge(len, 40);
	ck_assert_uint_eq(ip[0] >> 4, 6);
	ck_assert_uint_eq(be16(ip + 4), len - 40);
	memcpy(p->src, ip + 8, 16);
	memcpy(p->dst, ip + 24, 16);
	p->proto = ip[6];
	p->l4 = ip + 40;
	p->l4_len = len - 40;
	if (p->proto != 44)
		return;
	p->proto = p->l4[0];
	p->fragment = true;
	p->more = p->l4[3] & 1;
	p->frag_off = be16(p->l4 + 2) & ~7u;
	p->l4 += 8;
	p->l4_len -= 8;
}

void parse(const struct frame *f, struct parsed *p)
{
	u32 off = 12;

	memset(p, 0, sizeof(*p));
	ck_assert_uint_ge(f->len, 14);
	ck_assert_uint_eq(f->len, f->wire_len);
	/* Unicast, locally administered. */
	ck_assert_uint_eq(f->data[0] & 3, 2);
	ck_assert_uint_eq(f->data[6] & 3, 2);
	while (be16(f->data + off) == 0x8100 || be16(f->data + off) == 0x88a8) {
		ck_assert_uint_lt(p->vlans, 2);
		/* The customer's tag is the inner one. */
		ck_assert(be16(f->data + off) == 0x8100 || be16(f->data + off + 4) == 0x8100);
		p->vlan[p->vlans++] = (u16)be16(f->data + off + 2);
		off += 4;
	}
	p->family = be16(f->data + off) == 0x86dd ? 6 : 4;
	ck_assert_uint_eq(be16(f->data + off), p->family == 6 ? 0x86dd : 0x0800);
	off += 2;
	if (p->family == 6)
		parse_ip6(p, f->data + off, f->len - off);
	else
		parse_ip4(p, f->data + off, f->len - off);
	if (!p->fragment)
		parse_l4(p);
}
