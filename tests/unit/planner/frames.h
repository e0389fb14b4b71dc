/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLANNER_FRAMES_H
#define PLANNER_FRAMES_H

#include <string.h>

#include "base/types.h"

/* Frames, written down layer by layer. */
struct bytes {
	u32 len;
	u8 at[2048];
};

static inline void put(struct bytes *b, const void *data, u32 len)
{
	memcpy(b->at + b->len, data, len);
	b->len += len;
}

static inline void put8(struct bytes *b, u32 v)
{
	b->at[b->len++] = (u8)v;
}

static inline void put16(struct bytes *b, u32 v)
{
	put8(b, v >> 8);
	put8(b, v);
}

static inline void put32(struct bytes *b, u32 v)
{
	put16(b, v >> 16);
	put16(b, v);
}

/* Ethernet with @tags VLAN tags. */
void put_ethernet(struct bytes *b, u32 tags, u32 type);
/* IPv4 from 10.0.0.1 to 10.0.0.2 with @options bytes of options; @rest bytes follow. */
void put_ipv4(struct bytes *b, u32 options, u32 proto, u32 frag, u32 rest);
/* IPv6 from 2001:db8::1 to 2001:db8::2. */
void put_ipv6(struct bytes *b, u32 next, u32 rest);
/* ESP from SPI on, and @payload bytes. */
void put_esp(struct bytes *b, u32 spi, u32 seq, u32 payload);
void put_udp(struct bytes *b, u32 sport, u32 dport, u32 rest);

/* A whole frame: ESP in IPv4. */
void esp_frame(struct bytes *b, u32 spi, u32 seq, u32 payload);

#endif
