// SPDX-License-Identifier: BSD-2-Clause
/*
 * Explored states: at prune points states are kept, and a path that comes to a state like one that
 * was found safe ends there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"

#define MAX_JMP_HISTORY 40

static struct state_list **explored_at(struct verifier_env *env, u32 insn_idx)
{
	const struct verifier_state *st = env->cur;
	s32 callsite = cur_func_of((struct verifier_state *)st)->callsite;

	return &env->explored[(insn_idx ^ (u32)callsite) % env->explored_size];
}

static bool same_callsites(const struct verifier_state *a, const struct verifier_state *b)
{
	if (a->curframe != b->curframe)
		return false;
	for (u32 f = 0; f <= a->curframe; f++)
		if (a->frame[f]->callsite != b->frame[f]->callsite)
			return false;
	return true;
}

static void free_node(struct verifier_env *env, struct state_list *node)
{
	state_drop(env, &node->st);
	free(node);
}

/* ---------------------------------------------------------------- what an old state need not say
 */

static void clean_frame(struct verifier_env *env, struct verifier_state *st, u32 frame)
{
	struct func_state *fs = st->frame[frame];
	u32 live_regs = env->insns[frame_insn(st, frame)].live_regs;
	u64 live_slots = live_stack_query(env, st, frame);

	for (u32 r = 0; r < BPF_REG_10; r++)
		if (!(live_regs & BIT(r)))
			mark_reg_not_init(&fs->regs[r]);
	for (u32 i = 0; i < fs->nr_slots; i++) {
		if (live_slots & BIT64(i))
			continue;
		mark_reg_not_init(&fs->slots[i].spilled);
		memset(fs->slots[i].kind, SLOT_INVALID, sizeof(fs->slots[i].kind));
	}
}

static void clean_state(struct verifier_env *env, struct verifier_state *st)
{
	st->cleaned = true;
	for (u32 f = 0; f <= st->curframe; f++)
		clean_frame(env, st, f);
}

/* Once all paths from a state are known, what none of them reads no longer matters. */
static void clean_states_at(struct verifier_env *env, u32 insn_idx)
{
	for (struct state_list *node = *explored_at(env, insn_idx); node; node = node->next) {
		struct verifier_state *st = &node->st;

		if (!st->branches && st->insn_idx == insn_idx && !st->cleaned &&
		    same_callsites(st, env->cur) && !scc_has_backedges(env, st))
			clean_state(env, st);
	}
}

/* -------------------------------------------------------------------------------------- loops */

static bool is_may_goto(const struct verifier_env *env, u32 insn_idx)
{
	return isa_op_of(&env->prog->insns[insn_idx])->cls == ISA_MAY_GOTO;
}

/* Cheap test before the thorough one. */
static bool maybe_looping(const struct verifier_state *old, const struct verifier_state *cur)
{
	const struct func_state *a, *b;

	if (old->curframe != cur->curframe)
		return false;
	a = old->frame[old->curframe];
	b = cur->frame[cur->curframe];
	for (u32 r = 0; r < MAX_REGS; r++)
		if (memcmp(&a->regs[r], &b->regs[r], offsetof(struct reg_state, frameno)))
			return false;
	return true;
}

/* An iterator was advanced in between: there is progress although registers are alike. */
static bool iterators_advanced(const struct verifier_state *old, const struct verifier_state *cur)
{
	for (s32 f = (s32)old->curframe; f >= 0; f--) {
		const struct func_state *a = old->frame[f], *b = cur->frame[f];

		for (u32 i = 0; i < a->nr_slots; i++) {
			const struct reg_state *it = &a->slots[i].spilled;

			if (a->slots[i].kind[0] != SLOT_ITER || it->iter.state != ITER_ACTIVE)
				continue;
			if (i >= b->nr_slots || b->slots[i].spilled.iter.depth != it->iter.depth)
				return true;
		}
	}
	return false;
}

static bool loops_forever(struct verifier_env *env, struct verifier_state *old,
			  struct verifier_state *cur)
{
	return maybe_looping(old, cur) && states_equal(env, old, cur, EXACT) &&
	       !iterators_advanced(old, cur) && old->may_goto_depth == cur->may_goto_depth &&
	       old->cb_unroll_depth == cur->cb_unroll_depth;
}

static int reject_loop(struct verifier_env *env, u32 insn_idx, struct verifier_state *old)
{
	log_source(env, insn_idx);
	verbose(env, "infinite loop detected at insn %u\n", insn_idx);
	verbose(env, "cur state:");
	log_state(env, env->cur, env->cur->curframe, true);
	verbose(env, "old state:");
	log_state(env, old, env->cur->curframe, true);
	return -EINVAL;
}

static bool iterator_is_active(struct verifier_env *env)
{
	struct reg_state *reg = &cur_regs(env)[BPF_REG_1];
	struct func_state *fs = env->cur->frame[reg->frameno];
	u32 spi = (u32)(-(reg->off + (s32)reg->var_off.value) - 1) / 8;

	return fs->slots[spi].spilled.iter.state == ITER_ACTIVE;
}

enum verdict {
	MISS,
	HIT,	      /* safe as the old state was */
	HIT_LOOP,     /* the same, but the old state's precision marks may still grow */
	MISS_IN_LOOP, /* the old state is still being explored */
};

/* @old is on the current path: the loop between them converges, is endless, or goes on. */
static int compare_in_flight(struct verifier_env *env, struct verifier_state *old, u32 insn_idx)
{
	struct verifier_state *cur = env->cur;

	if (is_iter_next_insn(env, insn_idx)) {
		if (states_equal(env, old, cur, RANGE_WITHIN) && iterator_is_active(env))
			return HIT_LOOP;
		return MISS_IN_LOOP;
	}
	if (is_may_goto(env, insn_idx) && old->may_goto_depth != cur->may_goto_depth &&
	    states_equal(env, old, cur, RANGE_WITHIN))
		return HIT_LOOP;
	if (env->insns[insn_idx].calls_callback)
		return states_equal(env, old, cur, RANGE_WITHIN) ? HIT_LOOP : MISS_IN_LOOP;
	/* The same state in another call of an asynchronous callback is no loop. */
	if (old->frame[old->curframe]->in_async_callback &&
	    old->frame[old->curframe]->async_entry_cnt !=
		    cur->frame[cur->curframe]->async_entry_cnt)
		return MISS_IN_LOOP;
	if (loops_forever(env, old, cur))
		return reject_loop(env, insn_idx, old);
	return MISS_IN_LOOP;
}

static int compare(struct verifier_env *env, struct verifier_state *old, u32 insn_idx)
{
	bool loop;

	if (old->branches)
		return compare_in_flight(env, old, insn_idx);
	loop = scc_has_backedges(env, old);
	if (!states_equal(env, old, env->cur, loop ? RANGE_WITHIN : NOT_EXACT))
		return MISS;
	return loop ? HIT_LOOP : HIT;
}

/* -------------------------------------------------------------------------------------- states */

static int take_hit(struct verifier_env *env, struct state_list *node, u32 insn_idx, bool loop)
{
	bool changed = false;
	int err = 0;

	node->hits++;
	if (env->insns[insn_idx].jmp_point)
		err = push_jmp_history(env, env->cur, 0, 0);
	if (!err)
		err = propagate_precision(env, &node->st, env->cur, &changed);
	if (!err && loop)
		err = scc_add_backedge(env, &node->st, env->cur, insn_idx);
	return err ? err : 1;
}

void update_peak_states(struct verifier_env *env)
{
	env->peak_states =
		max(env->peak_states, env->nr_states + env->nr_free_states + env->nr_backedges);
}

static void free_if_unused(struct verifier_env *env, struct state_list *node)
{
	struct state_list **link = &env->free_list;

	/* Back edges that wait for the end of their loop point at it. */
	if (!node->in_free_list || node->st.branches || scc_has_backedges(env, &node->st))
		return;
	while (*link != node)
		link = &(*link)->next;
	*link = node->next;
	env->nr_free_states--;
	free_node(env, node);
}

/* Missed too often to be worth comparing with. Paths that began in it still need it. */
static bool evict(struct verifier_env *env, struct state_list **link, u32 insn_idx)
{
	struct state_list *node = *link;
	u32 patience = env->insns[insn_idx].force_checkpoint && node->st.branches ? 64 : 3;

	if (node->misses <= node->hits * patience + patience)
		return false;
	*link = node->next;
	node->in_free_list = true;
	node->next = env->free_list;
	env->free_list = node;
	env->nr_states--;
	env->nr_free_states++;
	free_if_unused(env, node);
	return true;
}

static void forget_precision(struct func_state *fs, struct reg_state *reg, void *arg)
{
	(void)fs;
	(void)arg;
	if (reg->type == SCALAR_VALUE)
		reg->precise = false;
}

static int keep_state(struct verifier_env *env, u32 insn_idx)
{
	struct state_list **head = explored_at(env, insn_idx);
	struct state_list *node = calloc(1, sizeof(*node));
	struct verifier_state *cur = env->cur;
	int err;

	if (!node)
		return -ENOMEM;
	env->total_states++;
	env->nr_states++;
	update_peak_states(env);
	env->prev_jmps_processed = env->jmps_processed;
	env->prev_insn_processed = env->insn_processed;
	/* Marks were made for the way up to here. */
	state_for_each_reg(cur, forget_precision, NULL);
	err = state_keep(env, &node->st, cur);
	if (!err) {
		node->st.insn_idx = insn_idx;
		err = scc_enter(env, &node->st);
	}
	if (err) {
		free_node(env, node);
		return err;
	}
	node->next = *head;
	*head = node;
	cur->parent = &node->st;
	cur->first_insn = insn_idx;
	cur->dfs_depth = node->st.dfs_depth + 1;
	cur->nr_jmps = 0;
	return 0;
}

/* States cost memory and comparisons: keep one only after some progress since the last. */
static bool worth_keeping(const struct verifier_env *env)
{
	return env->jmps_processed - env->prev_jmps_processed >= 2 &&
	       env->insn_processed - env->prev_insn_processed >= 8;
}

/* In a loop, unless it has become long: states of early and late iterations help most. */
static bool too_early_in_loop(const struct verifier_env *env)
{
	return env->jmps_processed - env->prev_jmps_processed < 20 &&
	       env->insn_processed - env->prev_insn_processed < 100;
}

int is_state_visited(struct verifier_env *env, u32 insn_idx)
{
	bool force = env->test_state_freq || env->insns[insn_idx].force_checkpoint ||
		     env->cur->nr_jmps > MAX_JMP_HISTORY;
	bool keep = force || worth_keeping(env);
	struct state_list **link = explored_at(env, insn_idx);
	u32 compared = 0;

	clean_states_at(env, insn_idx);
	while (*link) {
		struct state_list *node = *link;
		int verdict = MISS;

		compared++;
		if (node->st.insn_idx != insn_idx) {
			link = &node->next;
			continue;
		}
		verdict = compare(env, &node->st, insn_idx);
		if (verdict < 0)
			return verdict;
		if (verdict == HIT || verdict == HIT_LOOP)
			return take_hit(env, node, insn_idx, verdict == HIT_LOOP);
		if (verdict == MISS_IN_LOOP && !force && too_early_in_loop(env))
			keep = false;
		if (keep)
			node->misses++;
		if (!evict(env, link, insn_idx))
			link = &node->next;
	}
	env->max_states_per_insn = max(env->max_states_per_insn, compared);
	return keep ? keep_state(env, insn_idx) : 0;
}

static struct state_list *node_of(struct verifier_state *st)
{
	return st ? container_of(st, struct state_list, st) : NULL;
}

int update_branch_counts(struct verifier_env *env, struct verifier_state *st)
{
	struct state_list *node = NULL;

	while (st) {
		struct verifier_state *parent = st->parent;
		int err;

		if (--st->branches)
			return 0;
		err = scc_exit(env, st);
		if (err)
			return err;
		/* The first of them is the current state, which is on no list. */
		if (node)
			free_if_unused(env, node);
		st = parent;
		node = node_of(st);
	}
	return 0;
}

static void free_list(struct verifier_env *env, struct state_list *node)
{
	while (node) {
		struct state_list *next = node->next;

		free_node(env, node);
		node = next;
	}
}

void free_explored(struct verifier_env *env)
{
	for (u32 i = 0; env->explored && i < env->explored_size; i++) {
		free_list(env, env->explored[i]);
		env->explored[i] = NULL;
	}
	free_list(env, env->free_list);
	env->free_list = NULL;
}
