// SPDX-License-Identifier: BSD-2-Clause
#include "worker.h"

#define ETHER_HEADER 14
#define VLAN_TAG     4

/* What the program left in the frame goes back into the buffer. False: it does not fit. */
static bool take_back(struct worker *w, struct packet *p)
{
	const struct xdp_buff *xdp = &w->ctx->buff;
	u32 len = xdp_len(xdp);

	if (len > w->path->room)
		return false;
	p->meta_len = xdp_has_meta(xdp) ? (u32)((u8 *)xdp->data - (u8 *)xdp->data_meta) : 0;
	p->len = len;
	memcpy(p->bytes, (u8 *)xdp->data - p->meta_len, p->meta_len + len);
	return true;
}

static void leave(struct worker *w, struct packet *p, u32 egress)
{
	p->egress = egress;
	ring_push_sure(&w->path->outbox, p);
	w->sent = true;
}

/* Up the stack: there is none, so it is written down, if anything is. */
static void deliver(struct worker *w, struct packet *p)
{
	if (!w->path->config.out)
		ring_push_sure(&w->path->pool, p);
	else if (take_back(w, p))
		leave(w, p, EGRESS_NONE);
	else
		worker_drop(w, p, PATH_DROP_TOO_LONG);
}

static void transmit(struct worker *w, struct packet *p)
{
	const struct port *port = w->path->ports[p->port].port;

	if (!port->ops->send)
		deliver(w, p);
	else if (take_back(w, p))
		leave(w, p, p->port);
	else
		worker_drop(w, p, PATH_DROP_TOO_LONG);
}

static u32 port_of_device(const struct path *path, u32 ifindex)
{
	for (u32 i = 0; i < path->config.nr_ports; i++) {
		if (path->ports[i].port->device.ifindex == ifindex)
			return i;
	}
	return EGRESS_NONE;
}

/* What an entry's program says of a frame that is about to leave: only XDP_PASS lets it. */
static bool devmap_program_passes(struct worker *w, struct object *prog, struct net_device *dev)
{
	u32 action;

	xdp_ctx_set_tx(w->ctx, dev);
	action = prog_run(prog_of(prog), w->ctx, NULL);
	xdp_ctx_set_tx(w->ctx, NULL);
	count_action(w->map_verdict, &w->other_map_verdicts, action);
	return action == XDP_PASS;
}

static void to_device(struct worker *w, struct packet *p, const struct map_device *to)
{
	u32 i = port_of_device(w->path, to->ifindex);
	struct path_port *port;

	if (i == EGRESS_NONE) {
		worker_drop(w, p, PATH_DROP_NO_DEVICE);
		return;
	}
	port = &w->path->ports[i];
	if (xdp_len(&w->ctx->buff) > port->port->device.mtu + ETHER_HEADER + VLAN_TAG)
		worker_drop(w, p, PATH_DROP_TOO_LONG);
	else if (to->prog && !devmap_program_passes(w, to->prog, port->dev))
		ring_push_sure(&w->path->pool, p);
	else if (take_back(w, p))
		leave(w, p, i);
	else
		worker_drop(w, p, PATH_DROP_TOO_LONG);
}

struct broadcast {
	struct worker *w;
	struct packet *p;
	u32 except; /* ifindex; 0: none */
};

/* Each device gets a copy, on which its entry's program works. */
static void to_one_of_all(const struct map_device *to, void *arg)
{
	struct broadcast *b = arg;
	struct worker *w = b->w;
	struct packet *copy;

	if (to->ifindex == b->except)
		return;
	copy = ring_pop(&w->path->pool);
	if (!copy) {
		w->dropped[PATH_DROP_NO_BUFFER]++;
		return;
	}
	memcpy(copy, b->p, sizeof(*copy));
	xdp_ctx_load_meta(w->ctx, b->p->bytes, b->p->meta_len, packet_data(b->p), b->p->len);
	to_device(w, copy, to);
}

static void to_all_devices(struct worker *w, struct packet *p, const struct redirect *to)
{
	struct broadcast b = {w, p, 0};

	if (!take_back(w, p)) {
		worker_drop(w, p, PATH_DROP_TOO_LONG);
		return;
	}
	if (to->flags & BPF_F_EXCLUDE_INGRESS)
		b.except = w->ctx->ingress_ifindex;
	map_devmap_each(to->map, to_one_of_all, &b);
	ring_push_sure(&w->path->pool, p);
}

static void to_cpu(struct worker *w, struct packet *p, struct map *map, u32 cpu)
{
	struct worker *target;
	struct map_cpu entry;

	/* An entry cannot name a CPU that is not there; it can have been taken out since. */
	if (cpu >= w->path->config.cpus || !map_cpumap_at(map, cpu, &entry)) {
		worker_drop(w, p, PATH_DROP_CPUMAP);
		return;
	}
	target = &w->path->workers[cpu];
	if (!take_back(w, p)) {
		worker_drop(w, p, PATH_DROP_TOO_LONG);
		return;
	}
	p->map = map;
	if (ring_count(&target->cpumap) >= entry.qsize || !ring_push(&target->cpumap, p)) {
		__atomic_fetch_add(&target->ring_full, 1, __ATOMIC_RELAXED);
		worker_drop(w, p, PATH_DROP_CPUMAP);
		return;
	}
	if (target != w)
		doorbell_ring(&target->bell);
}

static void redirect(struct worker *w, struct packet *p, const struct redirect *to)
{
	struct map_device dev = {.ifindex = (u32)to->index};

	if (!to->map) {
		to_device(w, p, &dev);
		return;
	}
	switch (to->map->type) {
	case BPF_MAP_TYPE_CPUMAP:
		to_cpu(w, p, to->map, (u32)to->index);
		break;
	case BPF_MAP_TYPE_DEVMAP:
	case BPF_MAP_TYPE_DEVMAP_HASH:
		if (to->flags & BPF_F_BROADCAST)
			to_all_devices(w, p, to);
		else if (map_devmap_at(to->map, (u32)to->index, &dev))
			to_device(w, p, &dev);
		else
			worker_drop(w, p, PATH_DROP_NO_DEVICE);
		break;
	default:
		worker_drop(w, p, PATH_DROP_XSKMAP);
	}
}

void forward(struct worker *w, struct packet *p, u32 action, const struct redirect *to,
	     bool from_cpumap)
{
	switch (action) {
	case XDP_PASS:
		deliver(w, p);
		break;
	case XDP_TX:
		/* The CPU that a CPUMAP leads to has no queue to send from. */
		if (from_cpumap)
			ring_push_sure(&w->path->pool, p);
		else
			transmit(w, p);
		break;
	case XDP_REDIRECT:
		redirect(w, p, to);
		break;
	default:
		ring_push_sure(&w->path->pool, p);
	}
}
