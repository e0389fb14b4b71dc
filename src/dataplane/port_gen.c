// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "dataplane/gen.h"
#include "port_kinds.h"

struct gen_port {
	struct port port;
	struct gen *gen;
};

static struct gen_port *gen_of(const struct port *port)
{
	return container_of(port, struct gen_port, port);
}

static int gen_port_open(const char *spec, struct espalier_sad *sad, struct port **out,
			 struct espalier_error *e)
{
	struct gen_port *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return fail(e, ENOMEM, "gen: out of memory");
	err = gen_open(spec, sad, &p->gen, e);
	if (err) {
		free(p);
		return err;
	}
	*out = &p->port;
	return 0;
}

static int gen_port_recv(struct port *port, struct frame *frames, u32 max, struct espalier_error *e)
{
	(void)e;
	return (int)gen_burst(gen_of(port)->gen, frames, max);
}

static void gen_port_progress(const struct port *port, u64 *done, u64 *total)
{
	gen_progress(gen_of(port)->gen, done, total);
}

static void gen_port_close(struct port *port)
{
	struct gen_port *p = gen_of(port);

	gen_close(p->gen);
	free(p);
}

const struct port_ops port_gen = {
	.kind = "gen",
	.open = gen_port_open,
	.recv = gen_port_recv,
	.progress = gen_port_progress,
	.close = gen_port_close,
};
