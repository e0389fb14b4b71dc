// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/path.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/vcpu.h"
#include "dataplane/capture.h"
#include "dataplane/rx_hash.h"
#include "worker.h"

#define BUFFERS_BASE 1024u /* beside those that wait for a CPU */
#define FRAME_MIN    14u   /* what every program is given: an Ethernet header */
#define FRAME_MAX    65535u
#define FRAME_GROWTH 256u	/* what a program may add */
#define LINK_HEADER  (14u + 8u) /* Ethernet, two VLAN tags */
#define IDLE_POLL_MS 1

const char *const path_drop_names[PATH_DROPS] = {
	[PATH_DROP_RX_RING] = "cpu_ring_full",	 [PATH_DROP_CPUMAP] = "cpumap_full",
	[PATH_DROP_NO_DEVICE] = "no_such_port",	 [PATH_DROP_XSKMAP] = "xskmap_unread",
	[PATH_DROP_TOO_LONG] = "frame_too_long", [PATH_DROP_NO_BUFFER] = "no_buffer",
};

static int take_program(struct path *path, struct espalier_error *e)
{
	struct object *obj = object_from_fd ? object_from_fd(path->config.prog_fd) : NULL;

	if (obj && obj->kind == OBJECT_PROG && prog_of(obj)->type == BPF_PROG_TYPE_XDP) {
		path->prog = prog_of(obj);
		return 0;
	}
	object_put(obj);
	return fail(e, EINVAL, "ports: only XDP programs of the user engine run on them");
}

static int add_device(struct path_port *pp, struct espalier_error *e)
{
	const struct port_device *d = &pp->port->device;
	struct netdev_config config = {.name = d->name,
				       .ifindex = d->ifindex,
				       .mtu = d->mtu,
				       .queues = d->queues,
				       .addr = d->addr};
	int err;

	if (!pp->port->ops->live || d->ifindex == NETDEV_LOOPBACK) {
		pp->dev = netdev_by_index(NETDEV_LOOPBACK);
		return 0;
	}
	err = netdev_add(&config, &pp->dev);
	pp->own_device = !err;
	if (err)
		return fail(e, -err, "%s: %s", pp->port->name,
			    err == -EEXIST ? "there is a port for this interface already"
					   : strerror(-err));
	return 0;
}

static int add_ports(struct path *path, struct espalier_error *e)
{
	u32 room = 0;

	path->ports = calloc(path->config.nr_ports, sizeof(*path->ports));
	if (!path->ports)
		return fail(e, ENOMEM, "ports: out of memory");
	for (u32 i = 0; i < path->config.nr_ports; i++) {
		struct path_port *pp = &path->ports[i];
		int err;

		pp->port = path->config.ports[i];
		path->live += pp->port->ops->live;
		room = max(room,
			   pp->port->ops->live ? pp->port->device.mtu + LINK_HEADER : FRAME_MAX);
		err = add_device(pp, e);
		if (err)
			return err;
	}
	path->room = room + FRAME_GROWTH;
	return 0;
}

static u32 power_of_two(u32 n)
{
	u32 p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static int make_buffers(struct path *path)
{
	u64 stride = round_up_to(sizeof(struct packet) + PACKET_META_ROOM + path->room, 64);

	path->nr_buffers = power_of_two(BUFFERS_BASE + RX_RING * path->config.cpus);
	path->memory_size = stride * path->nr_buffers;
	/* Pages come into being when frames first get there. */
	path->memory = mmap(NULL, path->memory_size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (path->memory == MAP_FAILED) {
		path->memory = NULL;
		return -ENOMEM;
	}
	if (ring_init(&path->pool, path->nr_buffers) || ring_init(&path->outbox, path->nr_buffers))
		return -ENOMEM;
	for (u32 i = 0; i < path->nr_buffers; i++)
		ring_push_sure(&path->pool, path->memory + i * stride);
	return 0;
}

static int make_workers(struct path *path)
{
	path->workers = aligned_alloc(64, path->config.cpus * sizeof(*path->workers));
	if (!path->workers)
		return -ENOMEM;
	memset(path->workers, 0, path->config.cpus * sizeof(*path->workers));
	for (u32 i = 0; i < path->config.cpus; i++)
		path->workers[i].bell.fd = -1;
	for (u32 i = 0; i < path->config.cpus; i++) {
		struct worker *w = &path->workers[i];
		int err;

		w->path = path;
		w->cpu = i;
		err = xdp_ctx_new(path->room, &w->ctx);
		if (!err)
			err = ring_init(&w->rx, RX_RING);
		if (!err)
			err = ring_init(&w->cpumap, path->nr_buffers);
		if (!err)
			err = doorbell_open(&w->bell);
		if (err)
			return err;
	}
	return 0;
}

int path_open(const struct path_config *config, struct path **out, struct espalier_error *e)
{
	struct path *path = aligned_alloc(64, sizeof(*path));
	int err;

	if (!path)
		return fail(e, ENOMEM, "ports: out of memory");
	memset(path, 0, sizeof(*path));
	path->config = *config;
	path->bell.fd = -1;
	err = take_program(path, e);
	if (!err)
		err = add_ports(path, e);
	if (!err) {
		err = make_buffers(path);
		if (!err)
			err = doorbell_open(&path->bell);
		if (!err)
			err = make_workers(path);
		if (err)
			fail(e, -err, "ports: %s", strerror(-err));
	}
	if (err) {
		path_close(path);
		return err;
	}
	*out = path;
	return 0;
}

void path_close(struct path *path)
{
	if (!path)
		return;
	for (u32 i = 0; path->workers && i < path->config.cpus; i++) {
		struct worker *w = &path->workers[i];

		xdp_ctx_free(w->ctx);
		ring_free(&w->rx);
		ring_free(&w->cpumap);
		doorbell_close(&w->bell);
	}
	for (u32 i = 0; path->ports && i < path->config.nr_ports; i++) {
		if (path->ports[i].own_device)
			(void)!netdev_remove(path->ports[i].port->device.ifindex);
	}
	doorbell_close(&path->bell);
	ring_free(&path->pool);
	ring_free(&path->outbox);
	if (path->memory)
		munmap(path->memory, path->memory_size);
	free(path->workers);
	free(path->ports);
	prog_put(path->prog);
	free(path);
}

void path_stop(struct path *path)
{
	__atomic_store_n(&path->stop, 1, __ATOMIC_RELEASE);
	doorbell_wake(&path->bell);
}

static void put_out(struct path *path, u32 egress, const struct frame *frames, u32 nr)
{
	if (egress != EGRESS_NONE && nr)
		port_send(path->ports[egress].port, frames, nr);
}

/* Send and write down what workers left. How many. */
static u32 drain_outbox(struct path *path)
{
	struct packet *packets[PORT_BURST];
	struct frame frames[PORT_BURST];
	u32 nr = 0, first = 0;

	while (nr < PORT_BURST && (packets[nr] = ring_pop(&path->outbox)))
		nr++;
	for (u32 i = 0; i < nr; i++) {
		struct packet *p = packets[i];

		frames[i] = (struct frame){.data = packet_data(p),
					   .len = p->len,
					   .wire_len = p->len + p->cut,
					   .time_ns = p->time_ns,
					   .queue = p->queue};
		if (path->config.out)
			sink_write(path->config.out, &frames[i]);
		if (packets[first]->egress != p->egress) {
			put_out(path, packets[first]->egress, frames + first, i - first);
			first = i;
		}
	}
	if (nr)
		put_out(path, packets[first]->egress, frames + first, nr - first);
	for (u32 i = 0; i < nr; i++)
		ring_push_sure(&path->pool, packets[i]);
	return nr;
}

/* Have buffers at hand for a burst; how many there are. */
static u32 stock_up(struct path *path)
{
	struct packet *p;

	while (path->nr_spare < PORT_BURST && (p = ring_pop(&path->pool)))
		path->spare[path->nr_spare++] = p;
	return path->nr_spare;
}

/* A NIC's queues lead to CPUs; what has one queue is spread as a NIC would. */
static u32 choose_cpu(const struct path *path, const struct port *port, const struct frame *f)
{
	if (port->device.queues > 1)
		return f->queue % path->config.cpus;
	return rx_cpu(f->data, f->len, path->config.cpus);
}

static void dispatch(struct path *path, u32 index, const struct frame *f)
{
	const struct port *port = path->ports[index].port;
	u32 cpu = choose_cpu(path, port, f), len = max(f->len, FRAME_MIN);
	struct worker *w = &path->workers[cpu];
	struct packet *p = path->spare[path->nr_spare - 1];

	path->received++;
	path->truncated += f->len < f->wire_len;
	if (len > path->room) {
		path->too_long++;
		return;
	}
	*p = (struct packet){.time_ns = f->time_ns,
			     .cut = f->wire_len - f->len,
			     .port = index,
			     .queue = port->ops->live ? f->queue : cpu,
			     .len = len};
	memcpy(p->bytes, f->data, f->len);
	memset(p->bytes + f->len, 0, len - f->len);
	while (!ring_push(&w->rx, p)) {
		/* A wire does not wait; a file does. */
		if (port->ops->live) {
			path->rx_full++;
			__atomic_fetch_add(&w->ring_full, 1, __ATOMIC_RELAXED);
			return;
		}
		doorbell_ring(&w->bell);
		if (!drain_outbox(path))
			sched_yield();
	}
	path->nr_spare--;
	/* Its doorbell is rung once a burst. */
	if (!path->nr_touched || path->touched[path->nr_touched - 1] != w)
		path->touched[path->nr_touched++] = w;
}

/* One burst of one port. How many; -errno. */
static int receive(struct path *path, u32 index, struct espalier_error *e)
{
	struct frame frames[PORT_BURST];
	struct path_port *pp = &path->ports[index];
	u32 most = stock_up(path);
	int nr;

	if (path->config.limit)
		most = (u32)min((u64)most, path->config.limit - path->received);
	if (!most)
		return 0;
	nr = port_recv(pp->port, frames, most, e);
	pp->ended = !nr && !pp->port->ops->live;
	for (int i = 0; i < nr; i++)
		dispatch(path, index, &frames[i]);
	for (u32 i = 0; i < path->nr_touched; i++)
		doorbell_ring(&path->touched[i]->bell);
	path->nr_touched = 0;
	return nr;
}

static int receive_all(struct path *path, struct espalier_error *e)
{
	int nr, all = 0;

	for (u32 i = 0; i < path->config.nr_ports; i++) {
		if (path->ports[i].ended)
			continue;
		nr = receive(path, i, e);
		if (nr < 0)
			return nr;
		all += nr;
	}
	return all;
}

static bool has_ended(const struct path *path)
{
	u32 ended = 0;

	for (u32 i = 0; i < path->config.nr_ports; i++)
		ended += path->ports[i].ended;
	return ended == path->config.nr_ports || __atomic_load_n(&path->stop, __ATOMIC_ACQUIRE) ||
	       (path->config.limit && path->received == path->config.limit);
}

/* Sleep until a port has frames, a worker left some, or path_stop(). */
static void wait_for_work(struct path *path, int timeout_ms)
{
	struct pollfd fds[1 + PORT_FDS_MAX];
	u32 nr = 1;

	for (u32 i = 0; i < path->config.nr_ports && timeout_ms < 0; i++) {
		struct port *port = path->ports[i].port;

		if (port->ops->fds)
			nr += port->ops->fds(port, fds + nr, 1 + PORT_FDS_MAX - nr);
	}
	fds[0] = (struct pollfd){.fd = path->bell.fd, .events = POLLIN};
	doorbell_arm(&path->bell);
	if (!ring_count(&path->outbox) && poll(fds, nr, timeout_ms) > 0 && fds[0].revents)
		doorbell_wait(&path->bell);
	doorbell_disarm(&path->bell);
}

static bool all_back(const struct path *path)
{
	return ring_count(&path->pool) + path->nr_spare == path->nr_buffers;
}

static int move_frames(struct path *path, struct espalier_error *e)
{
	int err = 0;

	while (!has_ended(path)) {
		u32 sent = drain_outbox(path);
		int nr = receive_all(path, e);

		if (nr < 0) {
			err = nr;
			break;
		}
		if (nr || sent)
			continue;
		/* Without a free buffer a port that has frames would end every sleep at once. */
		if (!path->nr_spare || !path->live)
			sched_yield();
		else
			wait_for_work(path, -1);
	}
	while (!all_back(path)) {
		if (!drain_outbox(path))
			wait_for_work(path, IDLE_POLL_MS);
	}
	return err;
}

static int start_workers(struct path *path, struct espalier_error *e)
{
	for (; path->started < path->config.cpus; path->started++) {
		struct worker *w = &path->workers[path->started];
		int err;

		w->lease_error = 1;
		err = pthread_create(&w->thread, NULL, worker_main, w);
		if (err)
			return fail(e, err, "CPU %u: no thread: %s", w->cpu, strerror(err));
		while ((err = __atomic_load_n(&w->lease_error, __ATOMIC_ACQUIRE)) > 0)
			sched_yield();
		if (err) {
			path->started++;
			return fail(e, -err, "CPU %u: %s", w->cpu, strerror(-err));
		}
	}
	return 0;
}

static void stop_workers(struct path *path)
{
	__atomic_store_n(&path->quit, 1, __ATOMIC_RELEASE);
	for (u32 i = 0; i < path->started; i++) {
		doorbell_ring(&path->workers[i].bell);
		pthread_join(path->workers[i].thread, NULL);
	}
}

/* The threads are gone: their counters are still. */
static void sum_up(const struct path *path, struct path_result *r, struct path_cpu *cpu)
{
	*r = (struct path_result){.truncated = path->truncated};
	r->dropped[PATH_DROP_RX_RING] = path->rx_full;
	r->dropped[PATH_DROP_TOO_LONG] = path->too_long;
	for (u32 i = 0; i < path->config.cpus; i++) {
		const struct worker *w = &path->workers[i];

		cpu[i] = (struct path_cpu){w->packets, w->redirected, w->ring_full};
		r->packets += w->packets;
		r->ns += w->ns;
		r->other_verdicts += w->other_verdicts;
		r->other_map_verdicts += w->other_map_verdicts;
		for (u32 v = 0; v < PATH_VERDICTS; v++) {
			r->verdict[v] += w->verdict[v];
			r->map_verdict[v] += w->map_verdict[v];
		}
		for (u32 why = 0; why < PATH_DROPS; why++)
			r->dropped[why] += w->dropped[why];
	}
}

int path_run(struct path *path, struct path_result *result, struct path_cpu *cpu,
	     struct espalier_error *e)
{
	int err = start_workers(path, e);

	if (!err)
		err = move_frames(path, e);
	stop_workers(path);
	sum_up(path, result, cpu);
	return err;
}
