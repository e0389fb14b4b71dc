// SPDX-License-Identifier: BSD-2-Clause
/*
 * Generators through the packet path: one I/O thread, workers that redirect to each other by
 * CPUMAP, some of it dropped since few may wait. Every frame is accounted for, and path_stop() ends
 * a run that would not end by itself. Meant for ThreadSanitizer.
 */
#include "dataplane/path.h"

#include <espalier/bpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	CPUS = 3,
	FRAMES = 20000
};

#define CHECK(expr)                                                                \
	do {                                                                       \
		if (!(expr)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #expr); \
			abort();                                                   \
		}                                                                  \
	} while (0)

#define SEQ_LOW_BYTE (14 + 20 + 7)

static int make_cpumap(u32 qsize)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_CPUMAP,
			       .key_size = 4,
			       .value_size = 4,
			       .max_entries = CPUS};
	int map = (int)espalier_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));

	CHECK(map >= 0);
	for (u32 cpu = 0; cpu < CPUS; cpu++) {
		union bpf_attr update = {.map_fd = (u32)map};

		update.key = (uintptr_t)&cpu;
		update.value = (uintptr_t)&qsize;
		CHECK(!espalier_bpf(BPF_MAP_UPDATE_ELEM, &update, sizeof(update)));
	}
	return map;
}

/* return bpf_redirect_map(&map, last byte of the sequence number & 3, XDP_TX); */
static int load_program(int map)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 2, .src_reg = 1, .off = 0},
		{.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 3, .src_reg = 1, .off = 4},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 4, .src_reg = 2},
		{.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 4, .imm = SEQ_LOW_BYTE + 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = XDP_DROP},
		{.code = BPF_JMP | BPF_JGT | BPF_X, .dst_reg = 4, .src_reg = 3, .off = 6},
		{.code = BPF_LDX | BPF_MEM | BPF_B,
		 .dst_reg = 2,
		 .src_reg = 2,
		 .off = SEQ_LOW_BYTE},
		{.code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = 2, .imm = 3},
		{.code = BPF_LD | BPF_IMM | BPF_DW,
		 .dst_reg = 1,
		 .src_reg = BPF_PSEUDO_MAP_FD,
		 .imm = map},
		{0},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = XDP_TX},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_XDP,
			       .insns = (uintptr_t)insns,
			       .insn_cnt = ARRAY_SIZE(insns),
			       .license = (uintptr_t) "GPL"};
	int prog = (int)espalier_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));

	CHECK(prog >= 0);
	return prog;
}

static void close_all(struct port **ports, u32 nr, int prog, int map)
{
	for (u32 i = 0; i < nr; i++)
		port_close(ports[i]);
	close(prog);
	close(map);
}

/* @qsize: how many may wait for a CPU. */
static void all_accounted_for(u32 qsize)
{
	int map = make_cpumap(qsize), prog = load_program(map);
	struct espalier_error e = {0};
	struct path_cpu cpu[CPUS];
	struct path_result r;
	struct port *ports[2];
	struct path *path;
	u64 received = 0, redirected = 0, full = 0;

	CHECK(!port_open("gen:count=20000,sas=8,src=10.0.0.1", NULL, &ports[0], &e));
	CHECK(!port_open("gen:count=20000,sas=8,src=10.0.0.9", NULL, &ports[1], &e));
	CHECK(!path_open(
		&(struct path_config){.prog_fd = prog, .cpus = CPUS, .ports = ports, .nr_ports = 2},
		&path, &e));
	CHECK(!path_run(path, &r, cpu, &e));
	path_close(path);
	for (u32 i = 0; i < CPUS; i++) {
		received += cpu[i].packets;
		redirected += cpu[i].redirected;
		full += cpu[i].dropped;
	}
	CHECK(r.packets == 2 * FRAMES && received == r.packets);
	CHECK(r.verdict[XDP_REDIRECT] + r.verdict[XDP_TX] == r.packets);
	CHECK(redirected + r.dropped[PATH_DROP_CPUMAP] == r.verdict[XDP_REDIRECT]);
	CHECK(full == r.dropped[PATH_DROP_CPUMAP]);
	close_all(ports, 2, prog, map);
}

static void *stop_soon(void *path)
{
	usleep(50000);
	path_stop(path);
	return NULL;
}

static void stopped_from_outside(void)
{
	int map = make_cpumap(512), prog = load_program(map);
	struct espalier_error e = {0};
	struct path_cpu cpu[CPUS];
	struct path_result r;
	struct port *port;
	struct path *path;
	pthread_t stopper;

	CHECK(!port_open("gen:count=1000000000000,kind=mix,frag=5", NULL, &port, &e));
	CHECK(!path_open(
		&(struct path_config){.prog_fd = prog, .cpus = CPUS, .ports = &port, .nr_ports = 1},
		&path, &e));
	CHECK(!pthread_create(&stopper, NULL, stop_soon, path));
	CHECK(!path_run(path, &r, cpu, &e));
	pthread_join(stopper, NULL);
	path_close(path);
	CHECK(r.packets > 0 && r.packets == port->rx);
	close_all(&port, 1, prog, map);
}

int main(void)
{
	CHECK(!espalier_set_cpus(CPUS));
	all_accounted_for(16384);
	all_accounted_for(4);
	stopped_from_outside();
	return 0;
}
