/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_RSS_SHAPE_H
#define TEST_RSS_SHAPE_H

#include "base/types.h"

enum {
	SHAPE_MAX_TAGS = 12,
	SHAPE_MAX_EXTS = 12,
	FRAME_MAX = 66000
};

/* What is behind the last IP header. */
enum content {
	CONTENT_ESP,	   /* SPI, sequence number, payload */
	CONTENT_AH,	   /* SPI in its fifth byte */
	CONTENT_UDP_ESP,   /* UDP, then as ESP */
	CONTENT_UDP_IKE,   /* UDP, non-ESP marker, payload */
	CONTENT_KEEPALIVE, /* UDP, 0xff */
	CONTENT_UDP,	   /* UDP, payload */
	CONTENT_RAW,	   /* payload only: whatever proto says */
};

/* An extension header. For type 44 @frag is offset, reserved bits and M as on the wire. */
struct ext {
	u8 type;
	u8 len; /* in units of 8 bytes, the first not counted */
	u16 frag;
};

/**
 * struct shape - a frame, told by its headers; numbers in host byte order
 * @nr_tags: VLAN tags, of @tpid each
 * @version: 4 or 6; 0: no IP, @ethertype says what
 * @options: 32-bit words of IPv4 options
 * @frag: IPv4: flags and offset
 * @proto: 0: what @content implies
 * @payload: bytes behind all headers
 * @ip_lie: added to the length in the IP header
 * @udp_lie: likewise
 * @cut: bytes cut off the frame's end
 * @pad: bytes appended behind the packet, as Ethernet does
 */
struct shape {
	u8 nr_tags;
	u16 tpid[SHAPE_MAX_TAGS];
	u8 version;
	u16 ethertype;
	u8 options;
	u16 frag;
	u8 nr_exts;
	struct ext ext[SHAPE_MAX_EXTS];
	enum content content;
	u8 proto;
	u16 sport, dport;
	u32 spi;
	u8 saddr[16], daddr[16];
	u32 payload;
	s32 ip_lie, udp_lie;
	u32 cut, pad;
};

/* Writes the frame, at most FRAME_MAX bytes. Return: its length. */
u32 shape_frame(const struct shape *s, u8 *out);

/* An ordinary ESP packet from 192.0.2.1 to .2 or 2001:db8::1 to ::2. */
struct shape shape_esp(u8 version, u32 spi);

/* Seeded random numbers, the same on every machine. */
u32 rnd(u64 *state, u32 below);
/* Any frame that a network could bring, or nearly; its SPI and addresses are the caller's. */
void shape_random(struct shape *s, u64 *state);

#endif
