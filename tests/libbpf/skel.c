// SPDX-License-Identifier: BSD-2-Clause
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "skel.skel.h"

/*
 * An ordinary libbpf application; nothing in it knows of espalier. It is linked twice: with
 * libbpf.a and the wraps, and with libbpf.so to be run under libespalier-preload.so. Exit status
 * 77: the real kernel was asked, and does not let us.
 */
#define CHECK(cond)                                                                              \
	do {                                                                                     \
		if (!(cond)) {                                                                   \
			fprintf(stderr, "%s:%d: %s (errno %d, %s)\n", __FILE__, __LINE__, #cond, \
				errno, strerror(errno));                                         \
			exit(1);                                                                 \
		}                                                                                \
	} while (0)

#define PACKET_LEN 60
#define ROUNDS	   5

struct event {
	__u32 len;
	__u32 proto;
	__u64 seq;
};

static unsigned int ring_events, perf_events, perf_lost;

static int on_ring(void *ctx, void *data, size_t size)
{
	const struct event *event = data;

	(void)ctx;
	CHECK(size == sizeof(*event));
	CHECK(event->len == PACKET_LEN);
	CHECK(event->proto == 0x0800);
	CHECK(event->seq % 1000 == ring_events % 1000);
	ring_events++;
	return 0;
}

static void on_sample(void *ctx, int cpu, void *data, __u32 size)
{
	const unsigned char *packet = data + sizeof(struct event);
	struct event event;

	(void)ctx;
	CHECK(cpu >= 0 && cpu < libbpf_num_possible_cpus());
	CHECK(size >= sizeof(event) + 16);
	memcpy(&event, data, sizeof(event)); /* a record's data begin at an odd word */
	CHECK(event.len == PACKET_LEN);
	CHECK(packet[12] == 0x08 && packet[13] == 0x00);
	perf_events++;
}

static void on_lost(void *ctx, int cpu, __u64 n)
{
	(void)ctx;
	(void)cpu;
	perf_lost += n;
}

static int run(int prog, int repeat)
{
	unsigned char packet[PACKET_LEN] = {[12] = 0x08, 0x00, 0x45};
	unsigned char out[PACKET_LEN] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .data_out = out, .data_size_out = sizeof(out), .repeat = repeat);

	CHECK(!bpf_prog_test_run_opts(prog, &opts));
	CHECK(opts.data_size_out == sizeof(packet));
	CHECK(!memcmp(packet, out, sizeof(packet)));
	return (int)opts.retval;
}

static void check_globals(struct skel_bpf *skel)
{
	CHECK(run(bpf_program__fd(skel->progs.observe), 1) == 2);
	CHECK(skel->bss->seen == 1);
	skel->data->verdict = 1;
	CHECK(run(bpf_program__fd(skel->progs.observe), 1) == 1);
	CHECK(skel->bss->seen == 2);
	skel->data->verdict = 2;
}

static void check_maps(struct skel_bpf *skel)
{
	int cpus = libbpf_num_possible_cpus();
	__u64 *values = calloc((size_t)cpus, sizeof(*values));
	__u32 key = 0x0800, next, zero = 0;
	__u64 n = 0, sum = 0;

	CHECK(cpus > 0 && values);
	CHECK(!bpf_map__lookup_elem(skel->maps.by_proto, &key, sizeof(key), &n, sizeof(n), 0));
	CHECK(n == skel->bss->seen);
	CHECK(!bpf_map__get_next_key(skel->maps.by_proto, NULL, &next, sizeof(next)));
	CHECK(next == key);
	CHECK(bpf_map__get_next_key(skel->maps.by_proto, &key, &next, sizeof(next)) == -ENOENT);
	CHECK(!bpf_map_lookup_elem(bpf_map__fd(skel->maps.per_cpu), &zero, values));
	for (int cpu = 0; cpu < cpus; cpu++)
		sum += values[cpu];
	CHECK(sum == n);
	free(values);
	key = 1;
	CHECK(bpf_map__lookup_elem(skel->maps.by_proto, &key, sizeof(key), &n, sizeof(n), 0) ==
	      -ENOENT);
}

static void check_ring(struct skel_bpf *skel)
{
	struct ring_buffer *ring;
	unsigned int before;

	ring = ring_buffer__new(bpf_map__fd(skel->maps.events), on_ring, NULL, NULL);
	CHECK(ring);
	CHECK(ring_buffer__poll(ring, 1000) == 2); /* of check_globals() */
	CHECK(ring_buffer__poll(ring, 0) == 0);
	for (int round = 0; round < ROUNDS; round++) {
		before = ring_events;
		run(bpf_program__fd(skel->progs.observe), 10);
		CHECK(ring_buffer__poll(ring, 1000) == 10);
		CHECK(ring_events == before + 10);
	}
	/* More than fits: 4096 bytes hold 170 records of 24. Records wrap round the end. */
	before = ring_events;
	run(bpf_program__fd(skel->progs.observe), 200);
	CHECK(skel->bss->dropped_events == 200 - 170);
	CHECK(ring_buffer__consume(ring) == 170);
	ring_events = skel->bss->seen % 1000;
	CHECK(ring_buffer__poll(ring, 10) == 0);
	ring_buffer__free(ring);
}

static void check_perf(struct skel_bpf *skel)
{
	struct perf_buffer *perf;
	cpu_set_t one;

	/* A kernel counts what was lost per CPU. */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	CHECK(!sched_setaffinity(0, sizeof(one), &one));
	perf = perf_buffer__new(bpf_map__fd(skel->maps.samples), 1, on_sample, on_lost, NULL, NULL);
	CHECK(perf);
	CHECK(perf_buffer__poll(perf, 0) == 0);
	for (int round = 0; round < ROUNDS; round++) {
		run(bpf_program__fd(skel->progs.observe), 10);
		CHECK(perf_buffer__poll(perf, 1000) > 0);
	}
	CHECK(perf_events == 10 * ROUNDS && !perf_lost);
	CHECK(perf_buffer__poll(perf, 0) == 0);
	run(bpf_program__fd(skel->progs.observe), 100);
	CHECK(perf_buffer__consume(perf) == 0);
	CHECK(perf_events > 10 * ROUNDS);
	/* What was lost is told with the next record. */
	run(bpf_program__fd(skel->progs.observe), 1);
	CHECK(perf_buffer__poll(perf, 1000) > 0);
	CHECK(perf_events + perf_lost == 10 * ROUNDS + 101);
	perf_buffer__free(perf);
}

static void check_pins(struct skel_bpf *skel)
{
	char path[64];
	__u32 key = 0x0800;
	__u64 n;
	int fd;

	snprintf(path, sizeof(path), "/sys/fs/bpf/espalier-test-%d/by_proto", getpid());
	CHECK(!bpf_map__pin(skel->maps.by_proto, path));
	CHECK(bpf_map__is_pinned(skel->maps.by_proto));
	fd = bpf_obj_get(path);
	CHECK(fd >= 0);
	CHECK(!bpf_map_lookup_elem(fd, &key, &n));
	CHECK(n == skel->bss->seen);
	close(fd);
	CHECK(!bpf_map__unpin(skel->maps.by_proto, path));
	CHECK(bpf_obj_get(path) == -ENOENT);
	*strrchr(path, '/') = '\0';
	CHECK(!rmdir(path));
}

static void check_info(struct skel_bpf *skel)
{
	struct bpf_prog_info info = {0};
	struct bpf_map_info map = {0};
	__u32 ids[8], len = sizeof(info), id = 0;
	bool found = false;
	int fd;

	info.nr_map_ids = 8;
	info.map_ids = (__u64)(unsigned long)ids;
	CHECK(!bpf_obj_get_info_by_fd(bpf_program__fd(skel->progs.observe), &info, &len));
	CHECK(info.type == BPF_PROG_TYPE_XDP && !strcmp(info.name, "observe"));
	CHECK(info.nr_map_ids == 7); /* four, and .bss, .data, .rodata */
	CHECK(info.gpl_compatible && info.btf_id && info.nr_func_info == 1 && info.nr_line_info);
	while (!bpf_prog_get_next_id(id, &id))
		found |= id == info.id;
	CHECK(found);
	fd = bpf_map_get_fd_by_id(ids[0]);
	CHECK(fd >= 0);
	len = sizeof(map);
	CHECK(!bpf_obj_get_info_by_fd(fd, &map, &len));
	CHECK(map.id == ids[0]);
	close(fd);
}

static void check_tc(struct skel_bpf *skel)
{
	unsigned char packet[PACKET_LEN] = {[12] = 0x12, 0x34};
	struct __sk_buff ctx = {.priority = 7};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .ctx_in = &ctx, .ctx_size_in = sizeof(ctx), .ctx_out = &ctx,
		    .ctx_size_out = sizeof(ctx));

	CHECK(!bpf_prog_test_run_opts(bpf_program__fd(skel->progs.mark), &opts));
	CHECK(opts.retval == 0 && ctx.mark == PACKET_LEN && ctx.priority == 7);
}

/* With an argument, it pins too: the kernel's bpffs may not be mounted. */
int main(int argc, char **argv)
{
	struct skel_bpf *skel = skel_bpf__open();

	(void)argv;
	CHECK(skel);
	skel->rodata->min_len = 20;
	if (skel_bpf__load(skel)) {
		fprintf(stderr, "load: %s\n", strerror(errno));
		return errno == EPERM ? 77 : 1;
	}
	check_globals(skel);
	check_maps(skel);
	check_ring(skel);
	check_perf(skel);
	if (argc > 1)
		check_pins(skel);
	check_info(skel);
	check_tc(skel);
	skel_bpf__destroy(skel);
	puts("ok");
	return 0;
}
