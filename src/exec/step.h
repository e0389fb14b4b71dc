/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_STEP_H
#define EXEC_STEP_H

#include "facts.h"
#include "flow.h"

/**
 * struct flow_func - what is known of a function of the program, by no order
 * @ret: what it returns
 * @returns: some path gets to an exit
 * @shared: others may write to its frame, or read it: a function that was passed a pointer to it
 * @spilled: references that were ever stored in its frame
 */
struct flow_func {
	struct value ret;
	bool returns;
	bool shared;
	u64 spilled;
};

/**
 * struct flow - the analysis under way
 * @facts: its @insn and @lookups are there, and filled in by recording
 * @in_func: by lookup: the function that it is in
 * @recording: the states are final, and what the functions below find is kept:
 * @reached: lookups that some path comes to
 * @escaped: references that get to where this analysis does not follow
 * @observed: the program may read a reference count
 * @released: by instruction: what a release may get; 0 if it may also get anything else
 */
struct flow {
	const struct prog *prog;
	struct facts *facts;
	struct flow_func *funcs;
	u32 *in_func;
	bool recording;
	u64 reached;
	u64 escaped;
	bool observed;
	u64 *released;
};

/* The effect of one instruction that is neither a jump, an exit nor a call of a BPF function. */
void flow_step(struct flow *f, u32 func, u32 insn, struct flow_state *s);
/* The effect of the call of a helper or kfunc. */
void flow_call(struct flow *f, u32 func, u32 insn, struct flow_state *s);
/* A call is over: r0 is @ret, and r1 to r5 are nothing. */
void flow_after_call(struct flow_state *s, const struct value *ret);
/* The references among @v are somewhere that is not followed. */
void flow_escape(struct flow *f, const struct value *v);
/* Number of the lookup at an instruction. */
u32 flow_site(const struct flow *f, u32 insn);

#endif
