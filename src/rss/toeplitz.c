// SPDX-License-Identifier: BSD-2-Clause
#include "rss/toeplitz.h"

#include <string.h>
#include <sys/socket.h>

static const u8 key[40] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

/* Each bit that is set adds the 32 bits of the key that begin where it stands. */
static u32 hash(const u8 *data, u32 len)
{
	u32 window = (u32)key[0] << 24 | (u32)key[1] << 16 | (u32)key[2] << 8 | key[3];
	u32 h = 0;

	for (u32 i = 0; i < len; i++) {
		for (u32 bit = 0x80, next = key[i + 4]; bit; bit >>= 1) {
			if (data[i] & bit)
				h ^= window;
			window = window << 1 | !!(next & bit);
		}
	}
	return h;
}

u32 rss_toeplitz(const struct rss_headers *h, bool ports)
{
	u32 bytes = h->family == AF_INET6 ? 16 : 4;
	u8 data[36];
	u32 len = 0;

	memcpy(data, h->source, bytes);
	memcpy(data + bytes, h->dest, bytes);
	len = 2 * bytes;
	if (ports && h->has_ports) {
		memcpy(data + len, &h->sport, 2);
		memcpy(data + len + 2, &h->dport, 2);
		len += 4;
	}
	return hash(data, len);
}
