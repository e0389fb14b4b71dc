/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_PORT_H
#define DATAPLANE_PORT_H

#include <poll.h>

#include "base/error.h"
#include "dataplane/frame.h"

/*
 * Where frames come from and go to: a capture, a generator, a network interface. One thread at a
 * time uses a port.
 */
struct port;
struct espalier_sad;

#define PORT_BURST 64 /* most frames of one call */

/**
 * struct port_ops - one kind of port
 * @kind: what a port's name begins with, before the colon
 * @live: frames may come at any time; otherwise the port is a row of frames with an end
 * @open: make one of what is behind the colon; sets @e to "PORT: WHY" on failure
 * @recv: the next frames, at most @max, valid until the next call: how many; 0: at the end, or if
 *        live, none now; -errno with @e
 * @send: copy frames out: how many went; NULL: frames cannot
 * @flush: what was sent must be on its way; may be NULL
 * @lost: frames that the system dropped before @recv could have them; may be NULL
 * @fds: what to poll for to know that @recv has more, at most @max; live ports only
 * @progress: how far through the row; may be NULL
 * @close: free all, @port too; leaves nothing behind in the system
 */
struct port_ops {
	const char *kind;
	bool live;
	int (*open)(const char *arg, struct espalier_sad *sad, struct port **out,
		    struct espalier_error *e);
	int (*recv)(struct port *port, struct frame *frames, u32 max, struct espalier_error *e);
	u32 (*send)(struct port *port, const struct frame *frames, u32 nr);
	void (*flush)(struct port *port);
	u64 (*lost)(struct port *port);
	u32 (*fds)(struct port *port, struct pollfd *fds, u32 max);
	void (*progress)(const struct port *port, u64 *done, u64 *total);
	void (*close)(struct port *port);
};

#define PORT_FDS_MAX 64

/* What an interface is, for the device that stands for it in the user engine; zeroes: no interface.
 */
struct port_device {
	char name[16];
	u32 ifindex;
	u32 mtu;
	u32 queues;
	u8 addr[6];
};

struct port {
	const struct port_ops *ops;
	char *name; /* as the user gave it */
	struct port_device device;
	u64 rx;
	u64 tx;
	u64 tx_dropped; /* the interface would not take them */
};

/**
 * port_open - open a port by its name
 * @name: "tap:NAME", "xdp:IFACE", "xdp:IFACE:QUEUE", "xdp:IFACE:FIRST-LAST", "pcap:FILE" or
 *        "gen:SPEC"
 * @sad: for generators; may be NULL
 * @out: owned by the caller
 *
 * Return: 0 or -errno with @e set to one line. -EPERM, -EACCES and -EOPNOTSUPP: not here.
 */
int port_open(const char *name, struct espalier_sad *sad, struct port **out,
	      struct espalier_error *e) __must_check;
void port_close(struct port *port);

/* Would a port of that name be live? False, too, for what is no port. */
bool port_is_live(const char *name);

/* As port_ops, and counted; frames of live ports get the time. */
int port_recv(struct port *port, struct frame *frames, u32 max,
	      struct espalier_error *e) __must_check;
void port_send(struct port *port, const struct frame *frames, u32 nr);

static inline u64 port_lost(struct port *port)
{
	return port->ops->lost ? port->ops->lost(port) : 0;
}

/* How far through its frames; 0 in all if that is unknown. */
void port_progress(const struct port *port, u64 *done, u64 *total);

#endif
