// SPDX-License-Identifier: BSD-2-Clause
#include "xsk_queue.h"

#include <errno.h>
#include <linux/if_xdp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#define AREA_BYTES ((u64)(XSK_RX_FRAMES + XSK_TX_FRAMES) * XSK_FRAME_BYTES)
/* In copy mode a call sends some of what waits, not all. */
#define KICKS_MAX 64
/* At the end, the driver gets this long to send what it has. */
#define DRAIN_MS 100

static int make_socket(struct xsk_queue *q, const char *interface, bool native)
{
	const struct xsk_umem_config umem = {.fill_size = XSK_RX_FRAMES,
					     .comp_size = XSK_TX_FRAMES,
					     .frame_size = XSK_FRAME_BYTES};
	struct xsk_socket_config config = {.rx_size = XSK_RX_FRAMES,
					   .tx_size = XSK_TX_FRAMES,
					   /* The program is ours: xsk_attach.c. */
					   .libxdp_flags = XSK_LIBXDP_FLAGS__INHIBIT_PROG_LOAD,
					   .bind_flags = XDP_USE_NEED_WAKEUP};
	int err;

	if (!native)
		config.bind_flags |= XDP_COPY;
	err = xsk_umem__create(&q->umem, q->area, AREA_BYTES, &q->fill, &q->completion, &umem);
	if (err)
		return err;
	return xsk_socket__create(&q->socket, interface, q->queue, q->umem, &q->rx, &q->tx,
				  &config);
}

int xsk_queue_open(struct xsk_queue *q, const char *interface, u32 queue, bool native)
{
	u32 at;
	int err;

	memset(q, 0, sizeof(*q));
	q->queue = queue;
	q->area =
		mmap(NULL, AREA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (q->area == MAP_FAILED) {
		q->area = NULL;
		return -ENOMEM;
	}
	err = make_socket(q, interface, native);
	if (err) {
		xsk_queue_close(q);
		return err;
	}
	if (xsk_ring_prod__reserve(&q->fill, XSK_RX_FRAMES, &at) == XSK_RX_FRAMES) {
		for (u32 i = 0; i < XSK_RX_FRAMES; i++)
			*xsk_ring_prod__fill_addr(&q->fill, at + i) = (u64)i * XSK_FRAME_BYTES;
		xsk_ring_prod__submit(&q->fill, XSK_RX_FRAMES);
	}
	for (u32 i = 0; i < XSK_TX_FRAMES; i++)
		q->idle[i] = (u64)(XSK_RX_FRAMES + i) * XSK_FRAME_BYTES;
	q->nr_idle = XSK_TX_FRAMES;
	return 0;
}

static void reclaim(struct xsk_queue *q)
{
	u32 at, nr = xsk_ring_cons__peek(&q->completion, XSK_TX_FRAMES, &at);

	for (u32 i = 0; i < nr; i++)
		q->idle[q->nr_idle++] = *xsk_ring_cons__comp_addr(&q->completion, at + i);
	xsk_ring_cons__release(&q->completion, nr);
}

void xsk_queue_flush(struct xsk_queue *q)
{
	int fd = xsk_socket__fd(q->socket);

	for (u32 i = 0; i < KICKS_MAX && xsk_ring_prod__needs_wakeup(&q->tx); i++) {
		if (sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0) >= 0 ||
		    (errno != EAGAIN && errno != EBUSY))
			break;
	}
	reclaim(q);
}

static void drain(struct xsk_queue *q)
{
	const struct timespec ms = {.tv_nsec = 1000000};

	xsk_queue_flush(q);
	for (u32 i = 0; i < DRAIN_MS && q->nr_idle < XSK_TX_FRAMES; i++) {
		nanosleep(&ms, NULL);
		xsk_queue_flush(q);
	}
}

void xsk_queue_close(struct xsk_queue *q)
{
	if (q->socket) {
		drain(q);
		xsk_socket__delete(q->socket);
	}
	if (q->umem)
		xsk_umem__delete(q->umem);
	if (q->area)
		munmap(q->area, AREA_BYTES);
	memset(q, 0, sizeof(*q));
}

/* The frames of the last call go back to the kernel. The fill ring has room for all there are. */
static void give_back(struct xsk_queue *q)
{
	u32 at, nr = xsk_ring_prod__reserve(&q->fill, q->nr_held, &at);

	for (u32 i = 0; i < nr; i++)
		*xsk_ring_prod__fill_addr(&q->fill, at + i) = q->held[i];
	xsk_ring_prod__submit(&q->fill, nr);
	q->nr_held = 0;
	if (xsk_ring_prod__needs_wakeup(&q->fill))
		recvfrom(xsk_socket__fd(q->socket), NULL, 0, MSG_DONTWAIT, NULL, NULL);
}

u32 xsk_queue_recv(struct xsk_queue *q, struct frame *frames, u32 max)
{
	u32 at, nr;

	if (q->nr_held)
		give_back(q);
	nr = xsk_ring_cons__peek(&q->rx, min(max, (u32)PORT_BURST), &at);
	for (u32 i = 0; i < nr; i++) {
		const struct xdp_desc *desc = xsk_ring_cons__rx_desc(&q->rx, at + i);

		frames[i] = (struct frame){.data = xsk_umem__get_data(q->area, desc->addr),
					   .len = desc->len,
					   .wire_len = desc->len,
					   .queue = q->queue};
		/* The data begins some way into its frame. */
		q->held[i] = desc->addr & ~(u64)(XSK_FRAME_BYTES - 1);
	}
	q->nr_held = nr;
	xsk_ring_cons__release(&q->rx, nr);
	return nr;
}

bool xsk_queue_send(struct xsk_queue *q, const struct frame *frame)
{
	struct xdp_desc *desc;
	u64 addr;
	u32 at;

	if (frame->len > XSK_FRAME_BYTES)
		return false;
	if (!q->nr_idle)
		xsk_queue_flush(q);
	if (!q->nr_idle || !xsk_ring_prod__reserve(&q->tx, 1, &at))
		return false;
	addr = q->idle[--q->nr_idle];
	memcpy(q->area + addr, frame->data, frame->len);
	desc = xsk_ring_prod__tx_desc(&q->tx, at);
	desc->addr = addr;
	desc->len = frame->len;
	desc->options = 0;
	xsk_ring_prod__submit(&q->tx, 1);
	return true;
}

u64 xsk_queue_lost(struct xsk_queue *q)
{
	struct xdp_statistics s = {0};
	socklen_t len = sizeof(s);

	if (getsockopt(xsk_socket__fd(q->socket), SOL_XDP, XDP_STATISTICS, &s, &len))
		return 0;
	return s.rx_dropped + s.rx_ring_full;
}
