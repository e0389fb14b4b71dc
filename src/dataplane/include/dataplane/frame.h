/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_FRAME_H
#define DATAPLANE_FRAME_H

#include "base/types.h"

/* An Ethernet frame that somebody else keeps: how long @data is valid, whoever hands it out says.
 */
struct frame {
	const u8 *data;
	u32 len;       /* bytes there */
	u32 wire_len;  /* bytes on the wire: more where a capture cut the frame short */
	u64 time_ns;   /* since the epoch */
	u32 queue;     /* of the port that it came in on */
	bool outgoing; /* a cooked capture says that it was sent, not received */
};

#endif
