/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_TRACE_H
#define VERIFIER_TRACE_H

#include "state.h"

/*
 * What was known before each instruction of the current path, for a detailed report. A ring: of a
 * long path the last TRACE_MAX instructions. Positions count from the start of the function that is
 * verified by itself.
 */
#define TRACE_MAX 1024

struct moment {
	u32 insn;
	u32 nr_frames;
	struct func_state *frame[MAX_FRAMES]; /* beyond @nr_frames: memory for later use */
	struct reference *refs;
	u32 nr_refs;
	u32 cap_refs;
	u32 cap_slots[MAX_FRAMES];
};

struct trace {
	struct moment *ring;
	u32 first; /* oldest position still there */
	u32 end;   /* one past the last */
	u32 used;  /* moments of @ring that were ever written */
};

struct trace *trace_new(void);
void trace_free(struct trace *trace);
/* Without memory the trace begins anew behind the gap. All accept NULL. */
void trace_record(struct trace *trace, const struct verifier_state *st, u32 insn);
u32 trace_mark(const struct trace *trace);
void trace_rewind(struct trace *trace, u32 mark);
/* @pos: first <= pos < end */
const struct moment *trace_at(const struct trace *trace, u32 pos);

#endif
