/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_WORKER_H
#define DATAPLANE_WORKER_H

#include <pthread.h>

#include "dataplane/doorbell.h"
#include "dataplane/path.h"
#include "dataplane/ring.h"
#include "exec/prog.h"
#include "packet.h"
#include "packet/xdp.h"

#define RX_RING 2048 /* frames that may wait for a CPU, as a NIC's queue */

/* One virtual CPU: its thread, its rings, its counters (written by the thread alone, where nothing
 * else is said). */
struct worker {
	struct path *path;
	u32 cpu;
	int lease_error; /* of the thread's start: 0 or -errno; 1: not yet known */
	pthread_t thread;
	struct xdp_ctx *ctx;
	struct ring rx;	      /* from the I/O thread */
	struct ring cpumap;   /* from any worker */
	struct doorbell bell; /* something is in a ring */
	bool sent;	      /* something went into the outbox in this burst */
	u64 packets __cacheline_aligned;
	u64 redirected;
	u64 ns;
	u64 verdict[PATH_VERDICTS];
	u64 other_verdicts;
	u64 map_verdict[PATH_VERDICTS];
	u64 other_map_verdicts;
	u64 dropped[PATH_DROPS];
	u64 ring_full __cacheline_aligned; /* frames for this CPU that found no room: any thread */
} __cacheline_aligned;

struct path_port {
	struct port *port;
	struct net_device *dev;
	bool own_device; /* made here */
	bool ended;
};

struct path {
	struct path_config config;
	struct prog *prog;
	struct path_port *ports;
	u32 live; /* ports that are */
	struct worker *workers;
	u32 started; /* threads */
	u32 stop;    /* path_stop() was called */
	u32 quit;    /* workers shall leave */
	/* buffers */
	u8 *memory;
	u64 memory_size;
	u32 nr_buffers;
	u32 room; /* bytes of frame in each, after the metadata */
	struct ring pool;
	/* to the I/O thread */
	struct ring outbox;
	struct doorbell bell;
	/* the I/O thread's own */
	struct packet *spare[PORT_BURST];
	u32 nr_spare;
	struct worker *touched[PORT_BURST]; /* have new frames in their rings */
	u32 nr_touched;
	u64 received;
	u64 truncated;
	u64 too_long;
	u64 rx_full;
};

/* Both run the thread; @arg: the worker. */
void *worker_main(void *arg) __hidden;

/* Carry out what the program of @w's CPU decided on @p, whose bytes are in @w's context. Inside a
 * read-side section. @action: of the receiving program, or, with @from_cpumap, of an entry's. */
void forward(struct worker *w, struct packet *p, u32 action, const struct redirect *to,
	     bool from_cpumap) __hidden;

static inline void worker_drop(struct worker *w, struct packet *p, enum path_drop why)
{
	w->dropped[why]++;
	ring_push_sure(&w->path->pool, p);
}

static inline void count_action(u64 *known, u64 *other, u32 action)
{
	if (action <= XDP_REDIRECT)
		known[action]++;
	else
		(*other)++;
}

#endif
