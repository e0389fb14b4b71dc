/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_RSS_WIRE_H
#define TEST_RSS_WIRE_H

#include "base/types.h"

/*
 * A pair of virtual Ethernet devices in the network namespace that the process is in, and frames
 * sent into one of them. Nothing but these frames is on the wire.
 */
struct wire {
	int ifindex; /* of the receiving end, where XDP programs go */
	int sender;
	int link;
};

struct wire_frame {
	const u8 *data;
	u32 len;
};

/* 0, or -errno if such devices cannot be made. */
int wire_open(struct wire *w);
/* @flags: XDP_FLAGS_DRV_MODE or _SKB_MODE. 0 or -errno. */
int wire_attach(struct wire *w, int prog_fd, u32 flags);
void wire_close(struct wire *w);

/* To run on one CPU from now on. */
void wire_pin(u32 cpu);
/* Sends them in turn, @n in all. Return: how many the device took. */
u64 wire_send(const struct wire *w, const struct wire_frame *frames, u32 nr, u64 n);
/* How many frames the sending device dropped, for want of room at the other end. */
u64 wire_dropped(void);

#endif
