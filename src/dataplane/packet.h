/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_PACKET_H
#define DATAPLANE_PACKET_H

#include <string.h>

#include "base/types.h"

struct map;

#define EGRESS_NONE U32_MAX

/*
 * A frame on its way, in one of the path's buffers. One thread has it at a time; rings hand it on.
 */
struct packet {
	u64 time_ns;
	u32 cut;	 /* bytes that a capture's snap length left off */
	u32 port;	 /* it came in on: index */
	u32 queue;	 /* of that port */
	u32 egress;	 /* to leave by this port; or EGRESS_NONE */
	struct map *map; /* CPUMAP through which it came to the CPU it is on; or NULL */
	u32 meta_len;
	u32 len;
	u8 bytes[] __cacheline_aligned; /* metadata, then the frame */
};

/* As the program sees, beside the frame: at most 255 bytes of metadata. */
#define PACKET_META_ROOM 256

static inline u8 *packet_data(struct packet *p)
{
	return p->bytes + p->meta_len;
}

#endif
