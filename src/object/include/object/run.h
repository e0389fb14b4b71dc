/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef OBJECT_RUN_H
#define OBJECT_RUN_H

#include "base/arena.h"
#include "base/types.h"

/*
 * What a running program needs of its thread, low enough that maps, helpers and kfuncs can ask for
 * it. The executor (exec/) makes one per run, on its own stack, and points run_current at it for as
 * long as the program runs.
 */
struct run;
struct map;
struct sad;

/* What a helper's redirect decided; taken by whoever carries the verdict out (dataplane/). */
struct redirect {
	struct map *map; /* DEVMAP, CPUMAP, XSKMAP...; NULL: @index is an ifindex */
	u64 index;
	u32 flags;
};

struct run_ops {
	/*
	 * Call a BPF function of the running program: @func is the callback argument that the
	 * program passed to the helper. Returns the function's R0.
	 */
	u64 (*callback)(struct run *run, u64 func, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5);
	/*
	 * Is this memory that the running program could have loaded from itself: its stack, or the
	 * values of its maps? For helpers that read at an address of the program's making, beside
	 * the arena. May be NULL: nothing is.
	 */
	bool (*readable)(struct run *run, u64 addr, size_t size);
};

struct run {
	const struct run_ops *ops;
	u32 cpu;       /* virtual CPU, see base/vcpu.h */
	u32 prog_type; /* enum bpf_prog_type */
	void *ctx;     /* struct xdp_ctx or struct skb_ctx (packet/) */
	struct redirect redirect;
	u32 tail_calls;
	struct run *outer; /* the run this one interrupted (PROG_TEST_RUN inside a callback) */
};

extern __thread_hot struct run *run_current;

/* May a helper read there for the running program? */
static inline bool run_may_read(u64 addr, size_t size)
{
	if (arena_covers(addr, size))
		return true;
	return run_current && run_current->ops && run_current->ops->readable &&
	       run_current->ops->readable(run_current, addr, size);
}

static inline u64 run_callback(u64 func, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	return run_current->ops->callback(run_current, func, a1, a2, a3, a4, a5);
}

#endif
