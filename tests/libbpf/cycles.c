// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "object/object.h"
#include "skel.skel.h"

/*
 * Ten thousand times an application is loaded, run once, mapped, and closed. After that there are
 * as many descriptors, objects and bytes as there were early on.
 */
#define CYCLES	10000
#define WARM_UP 500
/* What a thread has freed may wait in its cache for its next allocation. */
#define HEAP_NOISE (256u << 10)

struct usage {
	unsigned int descriptors;
	unsigned int objects;
	size_t arena;
	size_t heap;
};

static unsigned int open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		closedir(dir);
	return n;
}

static int cycle(void)
{
	unsigned char packet[60] = {[12] = 0x08};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	struct skel_bpf *skel = skel_bpf__open_and_load();
	int err;

	if (!skel)
		return -1;
	err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.observe), &opts);
	if (!err && skel->bss->seen != 1)
		err = -1;
	skel_bpf__destroy(skel);
	return err;
}

/* Memory goes a grace period after the last descriptor, and a close is noticed at the next call. */
static struct usage take_stock(void)
{
	struct usage u = {0};
	__u32 id = 0;

	while (!bpf_map_get_next_id(id, &id))
		;
	rcu_quiesce();
	u.descriptors = open_descriptors();
	for (int kind = 0; kind < OBJECT_KINDS; kind++)
		u.objects += object_count(kind);
	u.arena = arena_in_use();
	u.heap = mallinfo2().uordblks;
	return u;
}

int main(int argc, char **argv)
{
	int cycles = argc > 1 ? atoi(argv[1]) : CYCLES;
	struct usage early = {0}, late;

	for (int i = 0; i < cycles; i++) {
		if (cycle()) {
			fprintf(stderr, "cycle %d failed\n", i);
			return 1;
		}
		if (i == WARM_UP)
			early = take_stock();
	}
	late = take_stock();
	printf("descriptors %u -> %u, objects %u -> %u, arena %zu -> %zu, heap %zu -> %zu\n",
	       early.descriptors, late.descriptors, early.objects, late.objects, early.arena,
	       late.arena, early.heap, late.heap);
	return late.descriptors > early.descriptors || late.objects > early.objects ||
	       late.arena > early.arena || late.heap > early.heap + HEAP_NOISE;
}
