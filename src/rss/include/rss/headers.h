/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_HEADERS_H
#define RSS_HEADERS_H

#include "base/types.h"

/*
 * What was captured of a frame's headers. The program sees a frame whole; a capture may have cut it
 * short. Here is told, from captured bytes alone, whether what decides was cut away, and between
 * which ends the packet goes, as a NIC's hash takes it.
 */
enum rss_extent {
	RSS_EXTENT_ENOUGH, /* what decides is there, or what is there already decides */
	RSS_EXTENT_IPSEC,  /* IPsec by its protocol; which SA, or between whom, was cut away */
	RSS_EXTENT_OTHER,  /* cut before it could be told what it is */
};

/**
 * struct rss_headers - see above
 * @extent: whether the program may be asked
 * @usable: captured bytes that the program may see: half an SPI is none
 * @family: AF_INET, AF_INET6; 0: no addresses
 * @source: network byte order; IPv4 in the first word, the others 0
 * @dest: likewise
 * @has_ports: UDP, and no fragment
 * @sport: network byte order
 * @dport: likewise
 */
struct rss_headers {
	enum rss_extent extent;
	u32 usable;
	u16 family;
	u32 source[4];
	u32 dest[4];
	bool has_ports;
	u16 sport;
	u16 dport;
};

/**
 * rss_headers_read - read what was captured of an Ethernet frame
 * @data: the frame
 * @captured: bytes of it
 * @wire_len: bytes it had
 * @ports: UDP ports that carry ESP, in network byte order
 * @nr_ports: of them
 * @out: set
 */
void rss_headers_read(const void *data, u32 captured, u32 wire_len, const u16 *ports, u32 nr_ports,
		      struct rss_headers *out);

#endif
