// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loops. A state inside a loop may be found equal to one that is still being explored: then not all
 * is known yet of what the old one needs to be precise. So the edge back to it is kept, with a copy
 * of the state it comes from, until the loop's first state has been explored; then precision goes
 * round the loop along these edges until nothing changes.
 *
 * A loop is a strongly connected component of a function's control-flow graph, seen through one
 * chain of calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"

#define MAX_ROUNDS 64

u32 insn_successors(const struct verifier_env *env, u32 idx, u32 succ[2])
{
	const struct bpf_insn *insn = &env->prog->insns[idx];
	u32 nr = 0;

	switch (isa_op_of(insn)->cls) {
	case ISA_EXIT:
		return 0;
	case ISA_JA:
		succ[nr++] = (u32)isa_jump_target(insn, (s32)idx);
		return nr;
	case ISA_JCOND:
	case ISA_MAY_GOTO:
		succ[nr++] = (u32)isa_jump_target(insn, (s32)idx);
		break;
	case ISA_LD_IMM64:
		idx++;
		break;
	default:
		break;
	}
	if (idx + 1 < env->prog->len)
		succ[nr++] = idx + 1;
	return nr;
}

/* ----------------------------------------------------- strongly connected components (Tarjan) */

struct tarjan {
	struct verifier_env *env;
	u32 *order; /* when first seen, from 1; 0: not yet */
	u32 *low;   /* the earliest on the component stack that is reachable; U32_MAX: off it */
	u32 *path;  /* instructions being visited */
	u32 *stack; /* of components not yet complete */
	u32 nr_path;
	u32 nr_stack;
	u32 seen;
	u32 nr_scc;
};

/* One instruction is a loop if it jumps to itself, or calls a function again and again. */
static bool is_loop_by_itself(const struct verifier_env *env, u32 idx)
{
	u32 succ[2];
	u32 nr = insn_successors(env, idx, succ);

	for (u32 i = 0; i < nr; i++)
		if (succ[i] == idx)
			return true;
	return env->insns[idx].calls_callback;
}

static void complete_component(struct tarjan *t, u32 root)
{
	bool loop = t->stack[t->nr_stack - 1] != root || is_loop_by_itself(t->env, root);
	u32 id = loop ? ++t->nr_scc : 0;
	u32 member;

	do {
		member = t->stack[--t->nr_stack];
		t->low[member] = U32_MAX;
		t->env->insns[member].scc = id;
	} while (member != root);
}

/* A successor that was not seen before is visited first; true if there was one. */
static bool descend(struct tarjan *t, u32 idx)
{
	u32 succ[2];
	u32 nr = insn_successors(t->env, idx, succ);

	for (u32 i = 0; i < nr; i++) {
		if (!t->order[succ[i]]) {
			t->path[t->nr_path++] = succ[i];
			return true;
		}
		t->low[idx] = min(t->low[idx], t->low[succ[i]]);
	}
	return false;
}

static void visit_from(struct tarjan *t, u32 start)
{
	t->path[t->nr_path++] = start;
	while (t->nr_path) {
		u32 idx = t->path[t->nr_path - 1];

		if (!t->order[idx]) {
			t->order[idx] = t->low[idx] = ++t->seen;
			t->stack[t->nr_stack++] = idx;
		}
		if (descend(t, idx))
			continue;
		t->nr_path--;
		if (t->low[idx] == t->order[idx])
			complete_component(t, idx);
	}
}

/* --------------------------------------------------------------------------------- back edges */

struct backedge {
	struct verifier_state st;
	struct backedge *next;
};

/* A loop as entered through one chain of calls. */
struct visit {
	u32 callsites[MAX_FRAMES];
	u32 nr_callsites;
	struct verifier_state *entry; /* first state kept in it; NULL: not being explored */
	struct backedge *backedges;
	u32 nr_backedges;
	struct visit *next;
};

struct scc_table {
	u32 nr;
	struct visit *visits[]; /* by component */
};

int compute_scc(struct verifier_env *env)
{
	u32 len = env->prog->len;
	u32 *memory = calloc(len, 4 * sizeof(u32));
	struct tarjan t = {.env = env};

	if (!memory)
		return -ENOMEM;
	t.order = memory;
	t.low = memory + len;
	t.path = memory + 2 * (size_t)len;
	t.stack = memory + 3 * (size_t)len;
	for (u32 i = 0; i < len; i++)
		if (!t.order[i])
			visit_from(&t, i);
	free(memory);
	env->sccs = calloc(1, sizeof(*env->sccs) + (t.nr_scc + 1) * sizeof(env->sccs->visits[0]));
	if (!env->sccs)
		return -ENOMEM;
	env->sccs->nr = t.nr_scc + 1;
	return 0;
}

/* The outermost loop that the state is in: its component, and the calls that lead to it; 0: none.
 */
static u32 loop_of(const struct verifier_env *env, const struct verifier_state *st,
		   struct visit *key)
{
	key->nr_callsites = 0;
	for (u32 f = 0; f <= st->curframe; f++) {
		u32 insn = frame_insn(st, f);

		if (env->insns[insn].scc)
			return env->insns[insn].scc;
		key->callsites[key->nr_callsites++] = insn;
	}
	return 0;
}

static struct visit *find_visit(const struct verifier_env *env, u32 scc, const struct visit *key)
{
	struct visit *v = env->sccs->visits[scc];

	while (v && (v->nr_callsites != key->nr_callsites ||
		     memcmp(v->callsites, key->callsites, key->nr_callsites * sizeof(u32))))
		v = v->next;
	return v;
}

static void log_loop(struct verifier_env *env, const char *what, u32 scc, const struct visit *v)
{
	if (!(env->log->level & VLOG_LEVEL2))
		return;
	verbose(env, "SCC %s (", what);
	for (u32 i = 0; i < v->nr_callsites; i++)
		verbose(env, "%u,", v->callsites[i]);
	verbose(env, "%u)\n", scc);
}

int scc_enter(struct verifier_env *env, struct verifier_state *st)
{
	struct visit key;
	u32 scc = loop_of(env, st, &key);
	struct visit *v;

	if (!scc)
		return 0;
	v = find_visit(env, scc, &key);
	if (!v) {
		v = calloc(1, sizeof(*v));
		if (!v)
			return -ENOMEM;
		memcpy(v->callsites, key.callsites, key.nr_callsites * sizeof(u32));
		v->nr_callsites = key.nr_callsites;
		v->next = env->sccs->visits[scc];
		env->sccs->visits[scc] = v;
	}
	if (!v->entry) {
		v->entry = st;
		log_loop(env, "enter", scc, v);
	}
	return 0;
}

static void free_backedges(struct verifier_env *env, struct visit *v)
{
	while (v->backedges) {
		struct backedge *next = v->backedges->next;

		state_drop(env, &v->backedges->st);
		free(v->backedges);
		v->backedges = next;
	}
	env->nr_backedges -= v->nr_backedges;
	v->nr_backedges = 0;
}

static int propagate_backedges(struct verifier_env *env, struct visit *v)
{
	bool changed = v->backedges != NULL;
	struct backedge *edge;

	for (u32 round = 0; changed; round++) {
		if (round > MAX_ROUNDS) {
			for (edge = v->backedges; edge; edge = edge->next)
				mark_all_scalars_precise(env, &edge->st);
			break;
		}
		changed = false;
		for (edge = v->backedges; edge; edge = edge->next) {
			int err = propagate_precision(env, edge->st.equal, &edge->st, &changed);

			if (err)
				return err;
		}
	}
	return 0;
}

int scc_exit(struct verifier_env *env, struct verifier_state *st)
{
	struct visit key;
	u32 scc = loop_of(env, st, &key);
	struct visit *v;
	int err;

	if (!scc)
		return 0;
	v = find_visit(env, scc, &key);
	if (!v || v->entry != st)
		return 0;
	log_loop(env, "exit", scc, v);
	v->entry = NULL;
	update_peak_states(env);
	err = propagate_backedges(env, v);
	free_backedges(env, v);
	return err;
}

int scc_add_backedge(struct verifier_env *env, struct verifier_state *old,
		     const struct verifier_state *cur, u32 insn_idx)
{
	struct visit key;
	u32 scc = loop_of(env, old, &key);
	struct visit *v = scc ? find_visit(env, scc, &key) : NULL;
	struct backedge *edge;
	int err;

	if (!v)
		return verifier_bug(env, "add backedge: no loop at insn %u", insn_idx);
	edge = calloc(1, sizeof(*edge));
	if (!edge)
		return -ENOMEM;
	err = state_keep(env, &edge->st, cur);
	if (err) {
		state_drop(env, &edge->st);
		free(edge);
		return err;
	}
	log_loop(env, "backedge", scc, v);
	edge->st.equal = old;
	edge->st.insn_idx = insn_idx;
	edge->next = v->backedges;
	v->backedges = edge;
	v->nr_backedges++;
	env->nr_backedges++;
	update_peak_states(env);
	return 0;
}

bool scc_has_backedges(struct verifier_env *env, const struct verifier_state *st)
{
	struct visit key;
	u32 scc = loop_of(env, st, &key);
	struct visit *v = scc ? find_visit(env, scc, &key) : NULL;

	return v && v->backedges;
}

void scc_reset(struct verifier_env *env)
{
	for (u32 i = 0; env->sccs && i < env->sccs->nr; i++) {
		while (env->sccs->visits[i]) {
			struct visit *v = env->sccs->visits[i];

			env->sccs->visits[i] = v->next;
			free_backedges(env, v);
			free(v);
		}
	}
}

void scc_free(struct verifier_env *env)
{
	scc_reset(env);
	free(env->sccs);
	env->sccs = NULL;
}
