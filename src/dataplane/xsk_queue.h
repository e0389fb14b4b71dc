/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_XSK_QUEUE_H
#define DATAPLANE_XSK_QUEUE_H

#include <xdp/xsk.h>

#include "dataplane/port.h"

#define XSK_FRAME_BYTES 4096u
#define XSK_RX_FRAMES	2048u
#define XSK_TX_FRAMES	2048u

/* An AF_XDP socket on one queue of an interface, with memory of its own. */
struct xsk_queue {
	u32 queue;
	u8 *area; /* frames to receive into, then frames to send from */
	struct xsk_umem *umem;
	struct xsk_socket *socket;
	struct xsk_ring_prod fill;
	struct xsk_ring_cons completion;
	struct xsk_ring_cons rx;
	struct xsk_ring_prod tx;
	u64 held[PORT_BURST]; /* frames that the caller still reads */
	u32 nr_held;
	u64 idle[XSK_TX_FRAMES]; /* frames that can be sent from */
	u32 nr_idle;
};

/* @native: zero-copy if the driver can; else copy mode. 0 or -errno. */
int xsk_queue_open(struct xsk_queue *q, const char *interface, u32 queue,
		   bool native) __must_check __hidden;
void xsk_queue_close(struct xsk_queue *q) __hidden;

/* As port_ops' operations of these names. */
u32 xsk_queue_recv(struct xsk_queue *q, struct frame *frames, u32 max) __hidden;
bool xsk_queue_send(struct xsk_queue *q, const struct frame *frame) __hidden;
void xsk_queue_flush(struct xsk_queue *q) __hidden;
u64 xsk_queue_lost(struct xsk_queue *q) __hidden;

#endif
