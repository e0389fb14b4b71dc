/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_PATH_H
#define DATAPLANE_PATH_H

#include "base/error.h"
#include "dataplane/port.h"

/*
 * The packet path between ports: the calling thread does all input and output, a worker thread per
 * virtual CPU runs the program and carries its verdicts out.
 *
 *   port -> I/O thread -> ring of a CPU -> worker -> outbox -> I/O thread -> port, sink
 *                                            |
 *                                            +-> ring of another CPU (CPUMAP) -> worker
 *
 * Frames lie in a fixed number of buffers: when all are in use, no more is received.
 */
struct path;
struct sink;

#define PATH_VERDICTS 8

/* Why a frame that the program did not drop was dropped. */
enum path_drop {
	PATH_DROP_RX_RING,   /* the CPU's ring was full */
	PATH_DROP_CPUMAP,    /* the ring of the CPU redirected to was, as the entry's size has it */
	PATH_DROP_NO_DEVICE, /* redirected to an interface that is no port */
	PATH_DROP_XSKMAP,    /* redirected to a socket: nobody reads one here */
	PATH_DROP_TOO_LONG,  /* for the interface, or for a buffer */
	PATH_DROP_NO_BUFFER, /* for one more copy of a broadcast */
	PATH_DROPS,
};
extern const char *const path_drop_names[PATH_DROPS];

/**
 * struct path_config - what to connect
 * @prog_fd: of a loaded XDP program of the user engine
 * @cpus: virtual CPUs, a thread each; as espalier_set_cpus() was told
 * @limit: frames to receive; 0: until path_stop(), or the end of the last port if none is live
 * @ports: the caller's; open, and left open. A live port appears as a device with the index of its
 *         interface; the others' frames come from interface 1
 * @out: frames that the program passed, transmitted or redirected to somewhere are written there
 *       too; may be NULL
 */
struct path_config {
	int prog_fd;
	u32 cpus;
	u64 limit;
	struct port *const *ports;
	u32 nr_ports;
	struct sink *out;
};

struct path_cpu {
	u64 packets;	/* received on this CPU */
	u64 redirected; /* delivered to this CPU by a CPUMAP */
	u64 dropped;	/* because a ring of this CPU was full */
};

struct path_result {
	u64 packets;
	u64 ns; /* that workers spent on them */
	u64 truncated;
	u64 verdict[PATH_VERDICTS];
	u64 other_verdicts;
	u64 map_verdict[PATH_VERDICTS]; /* of programs of CPUMAP and DEVMAP entries */
	u64 other_map_verdicts;
	u64 dropped[PATH_DROPS];
};

/**
 * path_open - make buffers, rings and devices
 * @out: owned by the caller
 *
 * From here on until path_close() the ports' interfaces can be put into a DEVMAP.
 *
 * Return: 0 or -errno with @e.
 */
int path_open(const struct path_config *config, struct path **out,
	      struct espalier_error *e) __must_check;

/**
 * path_run - move frames until there is nothing left to do
 * @cpu: of config.cpus elements
 *
 * Frames under way at the end are carried out before it returns. Once per path.
 *
 * Return: 0 or -errno with @e; the results are filled in either way.
 */
int path_run(struct path *path, struct path_result *result, struct path_cpu *cpu,
	     struct espalier_error *e) __must_check;

/* Make path_run() return. Any thread, and signal handlers. */
void path_stop(struct path *path);
void path_close(struct path *path);

#endif
