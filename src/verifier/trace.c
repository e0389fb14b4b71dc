// SPDX-License-Identifier: BSD-2-Clause
#include "trace.h"

#include <stdlib.h>
#include <string.h>

struct trace *trace_new(void)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return NULL;
	trace->ring = calloc(TRACE_MAX, sizeof(*trace->ring));
	if (!trace->ring) {
		free(trace);
		return NULL;
	}
	return trace;
}

void trace_free(struct trace *trace)
{
	if (!trace)
		return;
	for (u32 i = 0; i < trace->used; i++) {
		struct moment *m = &trace->ring[i];

		for (u32 f = 0; f < MAX_FRAMES; f++) {
			if (!m->frame[f])
				continue;
			free(m->frame[f]->slots);
			free(m->frame[f]);
		}
		free(m->refs);
	}
	free(trace->ring);
	free(trace);
}

static bool copy_frame(struct moment *m, u32 f, const struct func_state *src)
{
	struct stack_slot *slots;

	if (!m->frame[f]) {
		m->frame[f] = calloc(1, sizeof(*m->frame[f]));
		if (!m->frame[f])
			return false;
	}
	slots = m->frame[f]->slots;
	if (m->cap_slots[f] < src->nr_slots) {
		slots = realloc(slots, src->nr_slots * sizeof(*slots));
		if (!slots)
			return false;
		m->cap_slots[f] = src->nr_slots;
	}
	*m->frame[f] = *src;
	m->frame[f]->slots = slots;
	if (src->nr_slots)
		memcpy(slots, src->slots, src->nr_slots * sizeof(*slots));
	return true;
}

static bool copy_moment(struct moment *m, const struct verifier_state *st)
{
	for (u32 f = 0; f <= st->curframe; f++) {
		if (!copy_frame(m, f, st->frame[f]))
			return false;
	}
	if (m->cap_refs < st->nr_refs) {
		struct reference *refs = realloc(m->refs, st->nr_refs * sizeof(*refs));

		if (!refs)
			return false;
		m->refs = refs;
		m->cap_refs = st->nr_refs;
	}
	if (st->nr_refs)
		memcpy(m->refs, st->refs, st->nr_refs * sizeof(*m->refs));
	m->nr_refs = st->nr_refs;
	m->nr_frames = st->curframe + 1;
	return true;
}

void trace_record(struct trace *trace, const struct verifier_state *st, u32 insn)
{
	struct moment *m;

	if (!trace)
		return;
	m = &trace->ring[trace->end % TRACE_MAX];
	m->insn = insn;
	trace->end++;
	trace->used = max(trace->used, min(trace->end, (u32)TRACE_MAX));
	if (!copy_moment(m, st)) {
		trace->first = trace->end;
		return;
	}
	if (trace->end - trace->first > TRACE_MAX)
		trace->first = trace->end - TRACE_MAX;
}

u32 trace_mark(const struct trace *trace)
{
	return trace ? trace->end : 0;
}

void trace_rewind(struct trace *trace, u32 mark)
{
	if (!trace)
		return;
	trace->end = min(trace->end, mark);
	/* What came before the mark may have been overwritten by what came after it. */
	trace->first = min(trace->first, trace->end);
	if (!mark)
		trace->first = 0;
}

const struct moment *trace_at(const struct trace *trace, u32 pos)
{
	return &trace->ring[pos % TRACE_MAX];
}
