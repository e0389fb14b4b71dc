// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/*
 * esp OBJECT: loads the seed's program, runs it on one ESP packet to 192.0.2.2 with SPI 0x100, and
 * prints what it found out, and how many CPUs libbpf sees. It knows of no SA database.
 */
int main(int argc, char **argv)
{
	unsigned char packet[64] = {
		[12] = 0x08, 0x00, 0x45, [23] = 50, [30] = 192, 0, 2, 2, 0, 0, 1, 0,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	struct bpf_object *object;
	struct bpf_program *prog;
	struct bpf_map *map;
	__u32 key = 0;
	int window = -1;

	if (argc != 2)
		return 2;
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || bpf_object__load(object)) {
		perror(argv[1]);
		return 1;
	}
	prog = bpf_object__next_program(object, NULL);
	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts)) {
		perror("run");
		return 1;
	}
	bpf_object__for_each_map(map, object)
	{
		if (strstr(bpf_map__name(map), ".bss"))
			bpf_map_lookup_elem(bpf_map__fd(map), &key, &window);
	}
	printf("verdict %u, window %d, cpus %d\n", opts.retval, window, libbpf_num_possible_cpus());
	bpf_object__close(object);
	return 0;
}
