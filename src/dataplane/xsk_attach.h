/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_XSK_ATTACH_H
#define DATAPLANE_XSK_ATTACH_H

#include "base/error.h"

/*
 * The kernel's half of an AF_XDP port: a program that hands each frame to the socket of its queue,
 * and frames of queues without one to the stack. It hangs on a BPF link, so it goes with the
 * descriptors, however the process ends.
 */
struct xsk_attach {
	int map;
	int link;
	bool native; /* in the driver; else generic */
};

/**
 * xsk_attach_open - attach to an interface, with no sockets yet
 * @name: the interface's, for @e
 * @queues: how many may get a socket
 *
 * Return: 0 or -errno with @e; -EBUSY another XDP program is there.
 */
int xsk_attach_open(struct xsk_attach *a, const char *name, u32 ifindex, u32 queues,
		    struct espalier_error *e) __must_check __hidden;
/* Give a queue's frames to a bound socket. 0 or -errno. */
int xsk_attach_socket(struct xsk_attach *a, u32 queue, int socket) __must_check __hidden;
void xsk_attach_close(struct xsk_attach *a) __hidden;

#endif
