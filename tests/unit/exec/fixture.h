/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_EXEC_FIXTURE_H
#define TEST_EXEC_FIXTURE_H

#include <check.h>

#include "exec/prog.h"
#include "insn.h"

/*
 * Programs from arrays of instructions, with the facts that a verifier would have found: everything
 * is reached, memory is at native addresses, each function has 64 bytes of stack. A test may
 * correct prog->aux before it prepares the program.
 */

/* The helpers and kfuncs of these programs, by the immediate of the call. */
enum test_helper {
	HELPER_MIX = 1,	     /* r1 + 2*r2 + 3*r3 + 4*r4 + 5*r5 */
	HELPER_LOOP = 2,     /* (n, callback, ctx): calls it until it returns 1 */
	HELPER_STUBBORN = 3, /* the same, whatever it returns */
	HELPER_DEPTH = 4,    /* how many helpers with callbacks are running */
};
enum test_kfunc {
	TEST_KFUNC_ADD = 1, /* r1 + r2 */
	TEST_KFUNC_THROW,
	TEST_KFUNC_RCU_LOCK,
	TEST_KFUNC_CAST,
	TEST_KFUNC_RDONLY_CAST,
};

/* What executes programs that are made from here on. */
extern enum executor test_executor;

/* Not prepared; owned by the caller. An XDP program unless told otherwise afterwards. */
struct prog *make_prog(const struct bpf_insn *insns, u32 len);
/* Prepare, which must succeed. */
struct prog *prepared(struct prog *prog);
/* Run with r1 = @memory. */
u32 run(struct prog *prog, void *memory);
/* Make, prepare, run once, put. */
u32 run_insns(const struct bpf_insn *insns, u32 len, void *memory);

struct map *new_map(enum bpf_map_type type, u32 value_size, u32 max_entries);

/* A PROG_ARRAY with this many slots, one for the process. */
#define PROG_SLOTS 4
struct map *prog_array(void);
void prog_array_set(struct map *map, u32 index, struct prog *prog);

#define MAKE_PROG(insns)	 make_prog(insns, ARRAY_SIZE(insns))
#define RUN_INSNS(insns, memory) run_insns(insns, ARRAY_SIZE(insns), memory)

/* Values at which arithmetic goes wrong. */
extern const u64 edges[];
extern const u32 nr_edges;

TCase *alu_tests(void);
TCase *jump_tests(void);
TCase *memory_tests(void);
TCase *flow_tests(void);
TCase *tail_call_tests(void);
TCase *context_tests(void);
TCase *prog_tests(void);
TCase *inline_tests(void);
TCase *elide_tests(void);
TCase *differential_tests(void);
TCase *encoding_tests(void);
TCase *debug_tests(void);

#endif
