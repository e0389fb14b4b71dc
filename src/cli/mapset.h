/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_MAPSET_H
#define CLI_MAPSET_H

#include <bpf/libbpf.h>
#include <stdbool.h>

#include "options.h"

/*
 * Entries of maps, given on the command line: "MAP[KEY]=VALUE". VALUE is a number; for a CPUMAP how
 * many frames may wait, for a DEVMAP an interface. Those two may be followed by ",PROGRAM".
 *
 * Each returns an exit status, with the line already printed where it is not EXIT_DONE.
 */

/* Before the object is loaded: what entries name must be there, programs among it will be loaded.
 * @programs: there are any. */
int mapset_prepare(struct bpf_object *obj, const char *path, const struct text_list *entries,
		   bool *programs);
/* Once it is loaded. */
int mapset_apply(struct bpf_object *obj, const char *path, const struct text_list *entries);

#endif
