// SPDX-License-Identifier: BSD-2-Clause
#include "frames.h"

void put_ethernet(struct bytes *b, u32 tags, u32 type)
{
	put(b, "\x02\0\0\0\0\x02\x02\0\0\0\0\x01", 12);
	for (u32 i = 0; i < tags; i++) {
		put16(b, i + 1 == tags ? 0x8100 : 0x88a8);
		put16(b, 100 + i);
	}
	put16(b, type);
}

void put_ipv4(struct bytes *b, u32 options, u32 proto, u32 frag, u32 rest)
{
	put8(b, 0x40 | (20 + options) / 4);
	put8(b, 0);
	put16(b, 20 + options + rest);
	put16(b, 0x1234);
	put16(b, frag);
	put8(b, 64);
	put8(b, proto);
	put16(b, 0);
	put32(b, 0x0a000001);
	put32(b, 0x0a000002);
	for (u32 i = 0; i < options; i++)
		put8(b, 1);
}

void put_ipv6(struct bytes *b, u32 next, u32 rest)
{
	put32(b, 6u << 28);
	put16(b, rest);
	put8(b, next);
	put8(b, 64);
	put(b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	put(b, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\2", 16);
}

void put_esp(struct bytes *b, u32 spi, u32 seq, u32 payload)
{
	put32(b, spi);
	put32(b, seq);
	for (u32 i = 0; i < payload; i++)
		put8(b, 0xa5 ^ i);
}

void put_udp(struct bytes *b, u32 sport, u32 dport, u32 rest)
{
	put16(b, sport);
	put16(b, dport);
	put16(b, 8 + rest);
	put16(b, 0);
}

void esp_frame(struct bytes *b, u32 spi, u32 seq, u32 payload)
{
	b->len = 0;
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 50, 0, 8 + payload);
	put_esp(b, spi, seq, payload);
}
