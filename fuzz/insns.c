// SPDX-License-Identifier: BSD-2-Clause
/*
 * Raw instructions into the verifier. What it accepts is run, under ASan: an access that the
 * verifier should have refused shows as a crash. It is run by the interpreter and by the JIT, and
 * both must come to the same. The first bytes choose the program type; map references in the input
 * (pseudo map descriptors) name the maps made here.
 */
#include <alloca.h>
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

struct outcome {
	long err;
	u32 retval;
	u32 size;
	u8 data[512];
	u8 values[4 * 16];
};

/* The arrays to zeroes, the hash to nothing. The ring buffer fills up. */
static void reset_maps(void)
{
	static const u32 entries[NR_MAPS] = {4, 0, 0, 2};
	static u8 zeroes[1024 * 16];
	u64 key;

	for (u32 m = 0; m < NR_MAPS; m++) {
		for (u32 i = 0; i < entries[m]; i++) {
			union bpf_attr attr = {.map_fd = (u32)maps[m],
					       .key = (uintptr_t)&i,
					       .value = (uintptr_t)zeroes};

			espalier_bpf(BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr));
		}
	}
	for (;;) {
		union bpf_attr attr = {.map_fd = (u32)maps[1], .next_key = (uintptr_t)&key};

		if (espalier_bpf(BPF_MAP_GET_NEXT_KEY, &attr, sizeof(attr)))
			break;
		attr = (union bpf_attr){.map_fd = (u32)maps[1], .key = (uintptr_t)&key};
		espalier_bpf(BPF_MAP_DELETE_ELEM, &attr, sizeof(attr));
	}
}

static void read_values(struct outcome *out)
{
	for (u32 i = 0; i < 4; i++) {
		union bpf_attr attr = {.map_fd = (u32)maps[0],
				       .key = (uintptr_t)&i,
				       .value = (uintptr_t)&out->values[16 * i]};

		espalier_bpf(BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr));
	}
}

static void run(int prog, struct outcome *out)
{
	static u8 packet[128] = {[12] = 0x08, [14] = 0x45, [23] = 50};
	union bpf_attr attr = {0};

	memset(out, 0, sizeof(*out));
	reset_maps();
	attr.test.prog_fd = (u32)prog;
	attr.test.data_in = (uintptr_t)packet;
	attr.test.data_size_in = sizeof(packet);
	attr.test.data_out = (uintptr_t)out->data;
	attr.test.data_size_out = sizeof(out->data);
	attr.test.repeat = 2;
	out->err = espalier_bpf(BPF_PROG_TEST_RUN, &attr, sizeof(attr));
	out->retval = attr.test.retval;
	out->size = attr.test.data_size_out;
	read_values(out);
}

/* The same, with the program's stack elsewhere. */
static __attribute__((noinline)) void run_deeper(int prog, struct outcome *out, size_t by)
{
	volatile u8 *room = alloca(by);

	room[0] = 1;
	run(prog, out);
	room[by - 1] = room[0];
}

static int load(union bpf_attr attr, enum espalier_exec exec)
{
	espalier_set_exec(exec);
	return (int)espalier_bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* A result that depends on where the stack is, on time or on chance is no result to compare. */
static bool is_stable(int prog, const struct outcome *want)
{
	static const size_t deeper[] = {208, 5008, 1u << 20};
	struct outcome again;

	for (size_t i = 0; i < ARRAY_SIZE(deeper); i++) {
		run_deeper(prog, &again, deeper[i]);
		if (memcmp(&again, want, sizeof(again)))
			return false;
	}
	return true;
}

static void compare(int interp, int jit)
{
	struct outcome want, got;

	run(interp, &want);
	run(jit, &got);
	if (memcmp(&want, &got, sizeof(want)) && is_stable(interp, &want))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum bpf_prog_type types[] = {BPF_PROG_TYPE_XDP, BPF_PROG_TYPE_SCHED_CLS,
						   BPF_PROG_TYPE_SOCKET_FILTER};
	static char log[65536];
	struct bpf_insn insns[MAX_INSNS];
	union bpf_attr attr = {0};
	int interp, jit;
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
	interp = load(attr, ESPALIER_EXEC_INTERP);
	if (interp < 0)
		return 0;
	jit = load(attr, ESPALIER_EXEC_DEFAULT);
	if (jit < 0)
		abort();
	compare(interp, jit);
	close(jit);
	close(interp);
	return 0;
}
