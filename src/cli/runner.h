/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_RUNNER_H
#define CLI_RUNNER_H

#include <bpf/libbpf.h>
#include <stdint.h>

#include "dataplane/path.h"
#include "dataplane/port.h"

/* Runs one loaded program on packet after packet, in either engine, and counts. */

#define RUNNER_CPUS_MAX 1024
#define VERDICTS_MAX	PATH_VERDICTS

struct runner {
	/* set by the caller */
	struct bpf_program *prog;
	bool kernel;
	uint32_t cpus;
	uint64_t repeat;
	uint64_t limit;	  /* packets to read; 0: all */
	struct sink *out; /* or NULL */
	/* results */
	uint64_t packets;
	uint64_t ran;	    /* packets * repeat */
	uint64_t truncated; /* captured short: the program saw less than was on the wire */
	uint64_t verdict[VERDICTS_MAX];
	uint64_t other_verdicts;
	uint64_t ns;
	struct path_cpu cpu[RUNNER_CPUS_MAX];
	/* of runner_run_live() only */
	bool live;
	uint64_t map_verdict[VERDICTS_MAX];
	uint64_t other_map_verdicts;
	uint64_t dropped[PATH_DROPS];
	/* its own */
	struct espalier_xdp *xdp;
	int cpu_now;
};

/* Name of a verdict of that program type ("XDP_PASS", "TC_ACT_OK"); NULL: it has none there. */
const char *verdict_name(enum bpf_prog_type type, uint32_t verdict);

/* 0 or -errno with @e set. */
int runner_open(struct runner *r, struct espalier_error *e) __attribute__((warn_unused_result));
/* Run over all that a port has; it is not live. */
int runner_run(struct runner *r, struct port *port, struct espalier_error *e)
	__attribute__((warn_unused_result));
void runner_close(struct runner *r);

/**
 * runner_run_live - run between ports, verdicts carried out, a thread per CPU
 * @r: opened or not; its results are filled in
 * @path: of these ports; closed by the caller
 *
 * Ends at the runner's limit, at SIGINT or SIGTERM if they are caught, or when no port can have
 * more frames.
 */
int runner_run_live(struct runner *r, struct path *path, struct espalier_error *e)
	__attribute__((warn_unused_result));

/* From here on the first SIGINT or SIGTERM ends a live run in good order, even one that has not
 * begun; the next one ends the process. */
void live_catch_signals(void);

#endif
