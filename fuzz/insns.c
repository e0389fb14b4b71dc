// SPDX-License-Identifier: BSD-2-Clause
/*
 * Raw instructions into the verifier. What it accepts is run, under ASan: an access that the
 * verifier should have refused shows as a crash. The first bytes choose the program type; map
 * references in the input (pseudo map descriptors) name the maps made here.
 */
#include <espalier/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/types.h"
#include "base/uapi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define MAX_INSNS 256
#define NR_MAPS	  4

static int maps[NR_MAPS];

static int make_map(enum bpf_map_type type, u32 key, u32 value, u32 entries)
{
	union bpf_attr attr = {
		.map_type = type, .key_size = key, .value_size = value, .max_entries = entries};
	long fd = espalier_bpf(BPF_MAP_CREATE, &attr, sizeof(attr));

	if (fd < 0)
		abort();
	return (int)fd;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	maps[0] = make_map(BPF_MAP_TYPE_ARRAY, 4, 16, 4);
	maps[1] = make_map(BPF_MAP_TYPE_HASH, 8, 24, 16);
	maps[2] = make_map(BPF_MAP_TYPE_RINGBUF, 0, 0, 4096);
	maps[3] = make_map(BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 2);
	return 0;
}

/* A ld_imm64 that means a map means one of ours; anything else stays as the fuzzer made it. */
static void point_at_maps(struct bpf_insn *insns, u32 n)
{
	for (u32 i = 0; i + 1 < n; i++) {
		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insns[i].src_reg == BPF_PSEUDO_MAP_FD ||
		    insns[i].src_reg == BPF_PSEUDO_MAP_VALUE)
			insns[i].imm = maps[(u32)insns[i].imm % NR_MAPS];
		i++;
	}
}

static void run(int prog, enum bpf_prog_type type)
{
	static u8 packet[128] = {[12] = 0x08, [14] = 0x45, [23] = 50};
	static u8 out[512];
	union bpf_attr attr = {0};

	(void)type;
	attr.test.prog_fd = (u32)prog;
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = sizeof(packet);
	attr.test.data_out = (uintptr_t)out;
	attr.test.data_size_out = sizeof(out);
	attr.test.repeat = 2;
	espalier_bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum bpf_prog_type types[] = {BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_SCHED_CLS,
						   BPF_PROG_TYPE_SOCKET_FILTER};
	static char log[65536];
	struct bpf_insn insns[MAX_INSNS];
	union bpf_attr attr = {0};
	long fd;
	u32 n;

	if (size < 9)
		return 0;
	n = (u32)((size - 1) / sizeof(*insns));
	if (n > MAX_INSNS)
		n = MAX_INSNS;
	memcpy(insns, data + 1, n * sizeof(*insns));
	point_at_maps(insns, n);
	attr.prog_type = types[data[0] % 3];
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = n;
	attr.license = (uintptr_t) "GPL";
	attr.log_level = data[0] & 0x80 ? 2 : 1;
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	espalier_set_detailed_reports(data[0] & 0x40);
	fd = espalier_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return 0;
	run((int)fd, attr.prog_type);
	close((int)fd);
	return 0;
}
