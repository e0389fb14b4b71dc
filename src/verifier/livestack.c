// SPDX-License-Identifier: BSD-2-Clause
/*
 * Stack slots that may still be read. For each function, seen through each chain of calls that
 * leads to it, every instruction remembers the slots (of its own frame and of its callers') that it
 * was seen to read on some path and to overwrite on every path. A backward fixed point over the
 * function's control-flow graph then says which slots are live before each instruction; what is
 * live at a function's entry is read by the call of it.
 *
 * Only what was explored counts: it is asked of states all of whose paths have been, and settled
 * when a path ends, so what the current path has added since does not concern them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"

struct slot_marks {
	u64 read;	 /* on some path */
	u64 write;	 /* on every path that came by */
	u64 write_after; /* here or later, on every way to the end of the function */
	u64 live;	 /* before the instruction */
};

/* A function as called through one chain of calls. */
struct instance {
	u32 depth; /* frames below it */
	u32 callsites[MAX_FRAMES];
	u32 subprogs[MAX_FRAMES + 1];
	u32 start;
	u32 len;
	struct slot_marks
		*frames[MAX_FRAMES]; /* per instruction; NULL: none of that frame's slots */
	bool *visited;		     /* per instruction: write is valid */
	bool write_dropped;
	bool changed;
	struct instance *next_changed;
	struct instance *outer; /* the function that called it */
	struct instance *next;
};

/* What the tables may take; beyond that all slots are taken to be live. */
#define MAX_BYTES (64u << 20)
#define BUCKETS	  256

struct live_stack {
	struct instance *buckets[BUCKETS];
	struct instance *cur; /* of the instruction being checked */
	u32 insn;
	u64 writes[MAX_FRAMES];
	struct instance *changed; /* with marks that the fixed point does not know of */
	size_t bytes;
	bool gave_up;
};

int live_stack_init(struct verifier_env *env)
{
	env->live_stack = calloc(1, sizeof(*env->live_stack));
	return env->live_stack ? 0 : -ENOMEM;
}

static void free_instance(struct instance *in)
{
	for (u32 f = 0; f < MAX_FRAMES; f++)
		free(in->frames[f]);
	free(in->visited);
	free(in);
}

void live_stack_free(struct verifier_env *env)
{
	for (u32 i = 0; env->live_stack && i < BUCKETS; i++) {
		while (env->live_stack->buckets[i]) {
			struct instance *in = env->live_stack->buckets[i];

			env->live_stack->buckets[i] = in->next;
			free_instance(in);
		}
	}
	free(env->live_stack);
	env->live_stack = NULL;
}

/* ---------------------------------------------------------------------------------- instances */

static bool is_instance_of(const struct instance *in, const struct verifier_state *st, u32 depth)
{
	if (in->depth != depth)
		return false;
	for (u32 f = 0; f <= depth; f++) {
		if (in->subprogs[f] != st->frame[f]->subprog)
			return false;
		if (f < depth && in->callsites[f] != (u32)st->frame[f + 1]->callsite)
			return false;
	}
	return true;
}

static u32 bucket_of(const struct verifier_state *st, u32 depth)
{
	u32 h = st->frame[depth]->subprog;

	for (u32 f = 1; f <= depth; f++)
		h = h * 31 + (u32)st->frame[f]->callsite;
	return h % BUCKETS;
}

static struct instance *find_instance(const struct live_stack *ls, const struct verifier_state *st,
				      u32 depth)
{
	struct instance *in = ls->buckets[bucket_of(st, depth)];

	while (in && !is_instance_of(in, st, depth))
		in = in->next;
	return in;
}

static bool reserve(struct live_stack *ls, size_t bytes)
{
	if (ls->gave_up || ls->bytes + bytes > MAX_BYTES) {
		ls->gave_up = true;
		return false;
	}
	ls->bytes += bytes;
	return true;
}

static struct instance *new_instance(struct verifier_env *env, const struct verifier_state *st,
				     u32 depth)
{
	struct live_stack *ls = env->live_stack;
	const struct subprog *sub = &env->subprogs[st->frame[depth]->subprog];
	u32 len = sub->end - sub->start;
	struct instance *in = calloc(1, sizeof(*in));
	u32 bucket = bucket_of(st, depth);

	if (!in)
		return NULL;
	in->visited = calloc(len, sizeof(*in->visited));
	if (!in->visited) {
		free(in);
		return NULL;
	}
	in->depth = depth;
	in->start = sub->start;
	in->len = len;
	for (u32 f = 0; f <= depth; f++) {
		in->subprogs[f] = st->frame[f]->subprog;
		if (f < depth)
			in->callsites[f] = (u32)st->frame[f + 1]->callsite;
	}
	in->outer = depth ? find_instance(ls, st, depth - 1) : NULL;
	in->next = ls->buckets[bucket];
	ls->buckets[bucket] = in;
	return in;
}

static struct slot_marks *marks_of(struct live_stack *ls, struct instance *in, u32 frame)
{
	size_t bytes = in->len * sizeof(struct slot_marks);

	if (in->frames[frame] || !reserve(ls, bytes))
		return in->frames[frame];
	in->frames[frame] = calloc(in->len, sizeof(struct slot_marks));
	return in->frames[frame];
}

static void note_change(struct live_stack *ls, struct instance *in)
{
	if (in->changed)
		return;
	in->changed = true;
	in->next_changed = ls->changed;
	ls->changed = in;
}

/* -------------------------------------------------------------------------------------- marks */

int live_stack_begin_insn(struct verifier_env *env)
{
	struct live_stack *ls = env->live_stack;
	const struct verifier_state *st = env->cur;

	ls->insn = env->insn_idx;
	memset(ls->writes, 0, sizeof(ls->writes));
	if (ls->cur && is_instance_of(ls->cur, st, st->curframe))
		return 0;
	ls->cur = find_instance(ls, st, st->curframe);
	if (ls->cur || !reserve(ls, sizeof(*ls->cur) + env->subprogs[cur_func(env)->subprog].end -
					    env->subprogs[cur_func(env)->subprog].start))
		return 0;
	ls->cur = new_instance(env, st, st->curframe);
	return ls->cur ? 0 : -ENOMEM;
}

static int add_read(struct live_stack *ls, struct instance *in, u32 frame, u32 insn, u64 slots)
{
	struct slot_marks *marks = marks_of(ls, in, frame);

	if (!marks)
		return ls->gave_up ? 0 : -ENOMEM;
	marks += insn - in->start;
	if (slots & ~marks->read) {
		marks->read |= slots;
		note_change(ls, in);
	}
	return 0;
}

int mark_stack_read(struct verifier_env *env, u32 frameno, u64 slots)
{
	struct live_stack *ls = env->live_stack;

	return ls->cur ? add_read(ls, ls->cur, frameno, ls->insn, slots) : 0;
}

void mark_stack_write(struct verifier_env *env, u32 frameno, u64 slots)
{
	env->live_stack->writes[frameno] |= slots;
}

static void set_write(struct live_stack *ls, struct instance *in, u32 frame, u32 insn, u64 slots)
{
	struct slot_marks *marks;

	/* No marks and nothing to mark: as if marked with none. */
	if (!slots && !in->frames[frame])
		return;
	marks = marks_of(ls, in, frame);
	if (!marks)
		return;
	marks += insn - in->start;
	if (marks->write == slots)
		return;
	if (marks->write & ~slots)
		in->write_dropped = true;
	marks->write = slots;
	note_change(ls, in);
}

void live_stack_end_insn(struct verifier_env *env)
{
	struct live_stack *ls = env->live_stack;
	struct instance *in = ls->cur;
	bool *visited;

	/* What a call writes is what the called function does, see below. */
	if (!in || isa_is_bpf_call(&env->prog->insns[ls->insn]))
		return;
	visited = &in->visited[ls->insn - in->start];
	for (u32 f = 0; f <= in->depth; f++) {
		u64 slots = ls->writes[f];

		if (*visited)
			slots &= in->frames[f] ? in->frames[f][ls->insn - in->start].write : 0;
		set_write(ls, in, f, ls->insn, slots);
	}
	*visited = true;
}

/* -------------------------------------------------------------------------------- fixed point */

static bool update_insn(const struct verifier_env *env, const struct instance *in,
			struct slot_marks *frame, u32 insn)
{
	struct slot_marks *marks = &frame[insn - in->start];
	u64 live = 0, written = 0;
	u32 succ[2];
	u32 nr = insn_successors(env, insn, succ);

	if (nr)
		written = U64_MAX;
	for (u32 i = 0; i < nr; i++) {
		const struct slot_marks *next = &frame[succ[i] - in->start];

		live |= next->live;
		written &= next->write_after;
	}
	live = (live & ~marks->write) | marks->read;
	written |= marks->write;
	if (live == marks->live && written == marks->write_after)
		return false;
	marks->live = live;
	marks->write_after = written;
	return true;
}

static void update_instance(struct verifier_env *env, struct instance *in)
{
	for (u32 f = 0; f <= in->depth; f++) {
		struct slot_marks *frame = in->frames[f];
		bool changed = frame != NULL;

		/* It only ever grows while it is computed, so a smaller one is begun anew. */
		for (u32 i = 0; frame && in->write_dropped && i < in->len; i++)
			frame[i].write_after = 0;
		while (changed) {
			changed = false;
			for (u32 i = in->len; i--;)
				changed |= update_insn(env, in, frame, in->start + i);
		}
	}
	in->write_dropped = false;
}

/* What a function reads of its callers' frames, and overwrites before, is what its call does. */
static void propagate_to_caller(struct verifier_env *env, struct instance *in)
{
	struct live_stack *ls = env->live_stack;
	struct instance *outer = in->outer;
	u32 callsite;

	if (!outer)
		return;
	callsite = in->callsites[in->depth - 1];
	for (u32 f = 0; f < in->depth; f++) {
		const struct slot_marks *entry = in->frames[f];

		if (!entry)
			continue;
		if (add_read(ls, outer, f, callsite, entry->live))
			ls->gave_up = true;
		/* A callback may not be called at all. */
		if (isa_is_bpf_call(&env->prog->insns[callsite]))
			set_write(ls, outer, f, callsite, entry->write_after);
	}
}

/* Callees first, since they change what their callers' calls do. */
static struct instance *take_deepest(struct live_stack *ls)
{
	struct instance **found = &ls->changed;
	struct instance *in;

	for (struct instance **link = found; *link; link = &(*link)->next_changed)
		if ((*link)->depth > (*found)->depth)
			found = link;
	in = *found;
	if (in) {
		*found = in->next_changed;
		in->changed = false;
	}
	return in;
}

void live_stack_update(struct verifier_env *env)
{
	struct live_stack *ls = env->live_stack;
	struct instance *in;

	while (!ls->gave_up && (in = take_deepest(ls))) {
		update_instance(env, in);
		propagate_to_caller(env, in);
	}
}

static u64 live_before(const struct instance *in, u32 frame, u32 insn)
{
	if (!in)
		return U64_MAX;
	if (insn < in->start || insn >= in->start + in->len)
		return 0;
	return in->frames[frame] ? in->frames[frame][insn - in->start].live : 0;
}

u64 live_stack_query(struct verifier_env *env, const struct verifier_state *st, u32 frameno)
{
	struct live_stack *ls = env->live_stack;
	u64 live;

	if (ls->gave_up)
		return U64_MAX;
	live = live_before(find_instance(ls, st, st->curframe), frameno, st->insn_idx);
	/* Callers go on behind their calls; one that makes a callback be called may do so again. */
	for (u32 f = frameno; f < st->curframe; f++) {
		u32 callsite = frame_insn(st, f);

		live |= live_before(find_instance(ls, st, f), frameno,
				    env->insns[callsite].calls_callback ? callsite : callsite + 1);
	}
	return live;
}
