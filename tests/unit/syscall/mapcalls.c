// SPDX-License-Identifier: BSD-2-Clause
/*
 * Every map type with every helper that takes a map: what the verifier lets pass can be run, and
 * the kernel lets the same pass.
 */
#include "engine.h"

#include <string.h>
#include <unistd.h>

static const struct {
	u32 type, key_size, value_size, flags;
	u32 max_entries;
} types[] = {
	{BPF_MAP_TYPE_HASH, 8, 8, 0, 4},
	{BPF_MAP_TYPE_ARRAY, 4, 8, 0, 4},
	{BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 0, 4},
	{BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 0, 1},
	{BPF_MAP_TYPE_PERCPU_HASH, 8, 8, 0, 4},
	{BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 0, 4},
	{BPF_MAP_TYPE_LRU_HASH, 8, 8, 0, 128},
	{BPF_MAP_TYPE_LRU_PERCPU_HASH, 8, 8, 0, 128},
	{BPF_MAP_TYPE_LPM_TRIE, 8, 8, BPF_F_NO_PREALLOC, 4},
	{BPF_MAP_TYPE_DEVMAP, 4, 4, 0, 4},
	{BPF_MAP_TYPE_DEVMAP_HASH, 4, 4, 0, 4},
	{BPF_MAP_TYPE_CPUMAP, 4, 4, 0, 1},
	{BPF_MAP_TYPE_XSKMAP, 4, 4, 0, 4},
	{BPF_MAP_TYPE_QUEUE, 0, 8, 0, 4},
	{BPF_MAP_TYPE_STACK, 0, 8, 0, 4},
	{BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 0, 4},
	{BPF_MAP_TYPE_RINGBUF, 0, 0, 0, 4096},
};

/* Each is called as f(map, key or value, value, 0): what a helper does not want, it ignores. */
static const u32 helpers[] = {
	BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem,	   BPF_FUNC_map_delete_elem,
	BPF_FUNC_map_push_elem,	  BPF_FUNC_map_pop_elem,	   BPF_FUNC_map_peek_elem,
	BPF_FUNC_redirect_map,	  BPF_FUNC_map_lookup_percpu_elem, BPF_FUNC_ringbuf_output,
	BPF_FUNC_ringbuf_query,
};

static int load_call(int map, u32 helper)
{
	bool number = helper == BPF_FUNC_redirect_map || helper == BPF_FUNC_ringbuf_query;
	/* update takes a value third, percpu lookup and output a number. */
	struct bpf_insn third = helper == BPF_FUNC_map_update_elem ? MOV_X(3, 2) : MOV_K(3, 0);
	struct bpf_insn insns[] = {
		MOV_K(1, 0),
		INSN(BPF_STX | BPF_MEM | BPF_DW, 10, 1, -8, 0),
		INSN(BPF_STX | BPF_MEM | BPF_DW, 10, 1, -16, 0),
		MOV_X(2, 10),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, 2, 0, 0, -16),
		number ? MOV_K(2, 0) : MOV_X(2, 2),
		third,
		MOV_K(4, 0),
		LD_MAP(1, map),
		CALL(helper),
		MOV_K(0, 2),
		EXIT(),
	};

	if (helper == BPF_FUNC_ringbuf_output)
		insns[6] = MOV_K(3, 8);
	return load_insns(BPF_PROG_TYPE_XDP, insns, ARRAY_SIZE(insns));
}

/* Was it accepted? Then it also ran. */
static bool accepted_and_ran(u32 type, u32 helper)
{
	static u8 packet[64];
	union attr run = {.uapi.test = {.data_in = ptr(packet), .data_size_in = sizeof(packet)}};
	int map, prog;

	map = make_map(types[type].type, types[type].key_size, types[type].value_size,
		       types[type].max_entries, types[type].flags);
	ck_assert_msg(map >= 0, "map type %u: %d", types[type].type, map);
	prog = load_call(map, helper);
	if (prog >= 0) {
		run.uapi.test.prog_fd = (u32)prog;
		ck_assert_int_eq(bpf(BPF_PROG_TEST_RUN, &run), 0);
		ck_assert_uint_eq(run.uapi.test.retval, 2);
		close(prog);
	}
	close(map);
	return prog >= 0;
}

START_TEST(every_pair)
{
	u32 pairs = 0;

	for (u32 t = 0; t < ARRAY_SIZE(types); t++) {
		for (u32 h = 0; h < ARRAY_SIZE(helpers); h++) {
			bool ours;

			engine_use(ENGINE_OURS);
			ours = accepted_and_ran(t, helpers[h]);
			pairs += ours;
			if (!engine_use(ENGINE_KERNEL))
				continue;
			ck_assert_msg(accepted_and_ran(t, helpers[h]) == ours,
				      "map type %u, helper %u: %s here only", types[t].type,
				      helpers[h], ours ? "accepted" : "rejected");
		}
	}
	ck_assert_uint_gt(pairs, ARRAY_SIZE(types));
}
END_TEST

TCase *mapcall_tests(void)
{
	TCase *tc = tcase_create("map calls");

	tcase_add_test(tc, every_pair);
	return tc;
}
