// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/rx_hash.h"

#include <linux/if_ether.h>

#include "base/hash.h"

u32 rx_cpu(const u8 *p, u32 len, u32 cpus)
{
	u64 a = 0, b = 0;
	u32 off = 12;
	u16 type;

	if (cpus == 1 || len < ETH_HLEN)
		return 0;
	type = (u16)(p[off] << 8 | p[off + 1]);
	for (int tags = 0;
	     tags < 4 && (type == ETH_P_8021Q || type == ETH_P_8021AD) && len >= off + 6; tags++) {
		off += 4;
		type = (u16)(p[off] << 8 | p[off + 1]);
	}
	off += 2;
	if (type == ETH_P_IP && len >= off + 20) {
		a = hash_bytes(p + off + 12, 4, 0);
		b = hash_bytes(p + off + 16, 4, 0);
	} else if (type == ETH_P_IPV6 && len >= off + 40) {
		a = hash_bytes(p + off + 8, 16, 0);
		b = hash_bytes(p + off + 24, 16, 0);
	} else {
		return 0;
	}
	return (u32)(hash_u64(a ^ b, 1) % cpus);
}
