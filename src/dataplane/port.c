// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "port_kinds.h"

static const struct port_ops *const kinds[] = {&port_pcap, &port_gen, &port_tap, &port_xdp};

int port_open(const char *name, struct espalier_sad *sad, struct port **out,
	      struct espalier_error *e)
{
	const char *colon = strchr(name, ':');
	size_t len = colon ? (size_t)(colon - name) : 0;
	char *copy;
	int err;

	for (u32 i = 0; i < ARRAY_SIZE(kinds) && colon; i++) {
		const struct port_ops *ops = kinds[i];

		if (strlen(ops->kind) != len || memcmp(ops->kind, name, len))
			continue;
		copy = strdup(name);
		if (!copy)
			return fail(e, ENOMEM, "%s: out of memory", name);
		err = ops->open(colon + 1, sad, out, e);
		if (err) {
			free(copy);
			return err;
		}
		(*out)->ops = ops;
		(*out)->name = copy;
		return 0;
	}
	return fail(e, EINVAL,
		    "%s: no such kind of port (tap:NAME, xdp:IFACE[:QUEUE], pcap:FILE, gen:SPEC)",
		    name);
}

void port_close(struct port *port)
{
	char *name;

	if (!port)
		return;
	name = port->name;
	port->ops->close(port);
	free(name);
}

int port_recv(struct port *port, struct frame *frames, u32 max, struct espalier_error *e)
{
	int nr = port->ops->recv(port, frames, max, e);

	if (nr > 0)
		port->rx += (u32)nr;
	return nr;
}

void port_send(struct port *port, const struct frame *frames, u32 nr)
{
	u32 sent = port->ops->send(port, frames, nr);

	port->tx += sent;
	port->tx_dropped += nr - sent;
	if (port->ops->flush)
		port->ops->flush(port);
}

void port_progress(const struct port *port, u64 *done, u64 *total)
{
	*done = *total = 0;
	if (port->ops->progress)
		port->ops->progress(port, done, total);
}
