// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "port_kinds.h"

static const struct port_ops *const kinds[] = {&port_pcap, &port_gen, &port_tap, &port_xdp};

/* The kind of port that @name begins with, and what is behind the colon; or NULL. */
static const struct port_ops *kind_of(const char *name, const char **arg)
{
	const char *colon = strchr(name, ':');
	size_t len = colon ? (size_t)(colon - name) : 0;

	for (u32 i = 0; i < ARRAY_SIZE(kinds) && colon; i++) {
		if (strlen(kinds[i]->kind) == len && !memcmp(kinds[i]->kind, name, len)) {
			*arg = colon + 1;
			return kinds[i];
		}
	}
	return NULL;
}

bool port_is_live(const char *name)
{
	const char *arg;
	const struct port_ops *ops = kind_of(name, &arg);

	return ops && ops->live;
}

int port_open(const char *name, struct espalier_sad *sad, struct port **out,
	      struct espalier_error *e)
{
	const char *arg;
	const struct port_ops *ops = kind_of(name, &arg);
	char *copy;
	int err;

	if (!ops)
		return fail(e, EINVAL,
			    "%s: no such kind of port (tap:NAME, xdp:IFACE[:QUEUE], pcap:FILE, "
			    "gen:SPEC)",
			    name);
	copy = strdup(name);
	if (!copy)
		return fail(e, ENOMEM, "%s: out of memory", name);
	err = ops->open(arg, sad, out, e);
	if (err) {
		free(copy);
		return err;
	}
	(*out)->ops = ops;
	(*out)->name = copy;
	return 0;
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

static u64 wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (u64)ts.tv_sec * 1000000000ull + (u64)ts.tv_nsec;
}

int port_recv(struct port *port, struct frame *frames, u32 max, struct espalier_error *e)
{
	int nr = port->ops->recv(port, frames, max, e);

	if (nr <= 0)
		return nr;
	port->rx += (u32)nr;
	if (port->ops->live) {
		u64 now = wall_ns();

		for (int i = 0; i < nr; i++)
			frames[i].time_ns = now;
	}
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
