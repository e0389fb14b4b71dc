/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_RESULTS_H
#define CLI_RESULTS_H

#include <bpf/libbpf.h>

#include "runner.h"

/* What `run` found out, for people or as one JSON document on standard output. */
struct results {
	struct bpf_object *obj;
	struct bpf_program *prog;
	const char *engine;
	const struct runner *runner;
	struct port *const *ports;
	uint32_t nr_ports;
};

void results_print(const struct results *res);
void results_print_json(const struct results *res);

#endif
