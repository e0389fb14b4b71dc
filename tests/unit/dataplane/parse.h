/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_PARSE_H
#define DATAPLANE_PARSE_H

#include "dataplane/frame.h"

/*
 * A parser of its own: what it knows of the packets comes from the RFCs, not from the generator.
 * Fails the test where a length or a checksum is wrong.
 */
struct parsed {
	u32 vlans;
	u16 vlan[2];
	u32 family;
	u8 src[16];
	u8 dst[16];
	u8 proto; /* behind extension headers; AH looked into is 51 */
	bool fragment;
	bool more;
	u32 frag_off; /* bytes */
	const u8 *l4; /* or the fragment's part */
	u32 l4_len;
	u16 sport, dport; /* UDP, TCP */
	u32 spi, seq;	  /* ESP, ESP in UDP, AH; TCP: seq */
	bool ike;	  /* UDP 500, or 4500 with the marker */
	bool esp_udp;
	bool keepalive;
};

void parse(const struct frame *f, struct parsed *out);

#endif
