// SPDX-License-Identifier: BSD-2-Clause
/* Life of states, the stack of branches still to be explored, and what a register can become. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"

struct func_state *func_state_new(u32 frameno, u32 subprog, s32 callsite)
{
	struct func_state *fs = calloc(1, sizeof(*fs));
	struct reg_state *fp;

	if (!fs)
		return NULL;
	fs->frameno = frameno;
	fs->subprog = subprog;
	fs->callsite = callsite;
	fp = &fs->regs[BPF_REG_10];
	fp->type = PTR_TO_STACK;
	fp->frameno = frameno;
	reg_mark_known(fp, 0);
	return fs;
}

void func_state_free(struct func_state *fs)
{
	if (!fs)
		return;
	free(fs->slots);
	free(fs);
}

int func_state_grow(struct func_state *fs, u32 nr)
{
	struct stack_slot *slots;

	if (nr <= fs->nr_slots)
		return 0;
	slots = realloc(fs->slots, nr * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	memset(slots + fs->nr_slots, 0, (nr - fs->nr_slots) * sizeof(*slots));
	fs->slots = slots;
	fs->nr_slots = nr;
	return 0;
}

static int func_state_copy(struct func_state *dst, const struct func_state *src)
{
	struct stack_slot *slots = dst->slots;

	if (dst->nr_slots < src->nr_slots) {
		slots = realloc(slots, src->nr_slots * sizeof(*slots));
		if (!slots)
			return -ENOMEM;
	}
	*dst = *src;
	dst->slots = slots;
	if (src->nr_slots)
		memcpy(slots, src->slots, src->nr_slots * sizeof(*slots));
	return 0;
}

static int jmps_copy(struct verifier_state *dst, const struct verifier_state *src)
{
	if (dst->cap_jmps < src->nr_jmps) {
		struct jmp_entry *jmps = realloc(dst->jmps, src->nr_jmps * sizeof(*jmps));

		if (!jmps)
			return -ENOMEM;
		dst->jmps = jmps;
		dst->cap_jmps = src->nr_jmps;
	}
	if (src->nr_jmps)
		memcpy(dst->jmps, src->jmps, src->nr_jmps * sizeof(*src->jmps));
	dst->nr_jmps = src->nr_jmps;
	return 0;
}

static int frames_copy(struct verifier_state *dst, const struct verifier_state *src)
{
	/* Frames that @dst no longer has. */
	for (u32 i = src->curframe + 1; i < MAX_FRAMES && dst->frame[i]; i++) {
		func_state_free(dst->frame[i]);
		dst->frame[i] = NULL;
	}
	for (u32 i = 0; i <= src->curframe; i++) {
		int err;

		if (!dst->frame[i]) {
			dst->frame[i] = calloc(1, sizeof(*dst->frame[i]));
			if (!dst->frame[i])
				return -ENOMEM;
		}
		err = func_state_copy(dst->frame[i], src->frame[i]);
		if (err)
			return err;
	}
	return 0;
}

/* @dst is zeroed or an earlier copy, whose memory is used again. */
int state_copy(struct verifier_state *dst, const struct verifier_state *src)
{
	struct verifier_state old = *dst;
	int err;

	*dst = *src;
	memcpy(dst->frame, old.frame, sizeof(dst->frame));
	dst->refs = old.refs;
	dst->nr_refs = old.nr_refs;
	dst->cap_refs = old.cap_refs;
	dst->jmps = old.jmps;
	dst->nr_jmps = old.nr_jmps;
	dst->cap_jmps = old.cap_jmps;
	err = frames_copy(dst, src);
	if (!err)
		err = jmps_copy(dst, src);
	if (!err)
		err = refs_copy(dst, src);
	return err;
}

void state_free(struct verifier_state *st, bool free_self)
{
	if (!st)
		return;
	for (u32 i = 0; i < MAX_FRAMES; i++) {
		func_state_free(st->frame[i]);
		st->frame[i] = NULL;
	}
	free(st->refs);
	st->refs = NULL;
	st->nr_refs = st->cap_refs = 0;
	free(st->jmps);
	st->jmps = NULL;
	st->nr_jmps = st->cap_jmps = 0;
	if (free_self)
		free(st);
}

void state_for_each_reg(struct verifier_state *st, reg_visitor visit, void *arg)
{
	for (u32 f = 0; f <= st->curframe; f++) {
		struct func_state *fs = st->frame[f];

		for (u32 r = 0; r < MAX_REGS; r++)
			visit(fs, &fs->regs[r], arg);
		for (u32 s = 0; s < fs->nr_slots; s++)
			if (reg_is_spilled_slot(&fs->slots[s]))
				visit(fs, &fs->slots[s].spilled, arg);
	}
}

static size_t state_bytes(const struct verifier_state *st)
{
	size_t bytes =
		sizeof(*st) + st->nr_jmps * sizeof(*st->jmps) + st->nr_refs * sizeof(*st->refs);

	for (u32 f = 0; f <= st->curframe; f++)
		bytes += sizeof(*st->frame[f]) + st->frame[f]->nr_slots * sizeof(struct stack_slot);
	return bytes;
}

int state_keep(struct verifier_env *env, struct verifier_state *dst,
	       const struct verifier_state *src)
{
	int err = state_copy(dst, src);

	dst->kept_bytes = 0;
	if (err)
		return err;
	dst->kept_bytes = state_bytes(src);
	env->kept_bytes += dst->kept_bytes;
	return env->kept_bytes > MAX_KEPT_BYTES ? -ENOMEM : 0;
}

void state_drop(struct verifier_env *env, struct verifier_state *st)
{
	env->kept_bytes -= st->kept_bytes;
	state_free(st, false);
}

struct verifier_state *push_branch(struct verifier_env *env, u32 insn_idx, u32 prev_insn_idx)
{
	struct stack_elem *elem = calloc(1, sizeof(*elem));

	if (!elem)
		return NULL;
	elem->insn_idx = insn_idx;
	elem->prev_insn_idx = prev_insn_idx;
	elem->log_pos = env->log->end;
	elem->path_mark = path_mark(env);
	elem->trace_mark = trace_mark(env->trace);
	elem->next = env->head;
	env->head = elem;
	env->stack_size++;
	if (state_keep(env, &elem->st, env->cur))
		return NULL;
	if (env->stack_size > BPF_COMPLEXITY_LIMIT_JMP_SEQ) {
		verbose(env, "The sequence of %u jumps is too complex.\n", env->stack_size);
		return NULL;
	}
	if (elem->st.parent)
		elem->st.parent->branches++;
	return &elem->st;
}

struct verifier_state *push_async(struct verifier_env *env, u32 subprog, u32 prev_insn_idx,
				  bool sleepable)
{
	struct stack_elem *elem = calloc(1, sizeof(*elem));
	u32 start = env->subprogs[subprog].start;

	if (!elem)
		return NULL;
	elem->insn_idx = start;
	elem->prev_insn_idx = prev_insn_idx;
	elem->log_pos = env->log->end;
	elem->path_mark = path_mark(env);
	elem->next = env->head;
	env->head = elem;
	env->stack_size++;
	elem->st.frame[0] = func_state_new(0, subprog, -1);
	if (!elem->st.frame[0])
		return NULL;
	elem->st.branches = 1;
	elem->st.in_sleepable = sleepable;
	elem->st.first_insn = start;
	elem->st.last_insn = U32_MAX;
	if (env->stack_size > BPF_COMPLEXITY_LIMIT_JMP_SEQ) {
		verbose(env, "The sequence of %u jumps is too complex for async cb.\n",
			env->stack_size);
		return NULL;
	}
	return &elem->st;
}

/* The explanation's path is now that of the branch: the other way out of its conditional jump. */
static void path_switch(struct verifier_env *env, const struct stack_elem *elem)
{
	u32 prev = elem->prev_insn_idx;

	path_rewind(env, elem->path_mark);
	trace_rewind(env->trace, elem->trace_mark);
	if (prev < env->prog->len && isa_op_of(&env->prog->insns[prev])->cls == ISA_JCOND)
		path_push(env, ESPALIER_STEP_BRANCH, prev, elem->insn_idx != prev + 1, 0);
}

int pop_branch(struct verifier_env *env, u32 *prev_insn_idx, u32 *insn_idx)
{
	struct stack_elem *elem = env->head;
	int err;

	if (!elem)
		return -ENOENT;
	err = state_copy(env->cur, &elem->st);
	if (err)
		return err;
	/* At level 1 only the path that fails is kept. */
	if (!(env->log->level & VLOG_LEVEL2))
		vlog_reset(env->log, elem->log_pos);
	path_switch(env, elem);
	*insn_idx = elem->insn_idx;
	*prev_insn_idx = elem->prev_insn_idx;
	env->head = elem->next;
	env->stack_size--;
	state_drop(env, &elem->st);
	free(elem);
	return 0;
}

void free_branches(struct verifier_env *env)
{
	struct stack_elem *elem = env->head;

	while (elem) {
		struct stack_elem *next = elem->next;

		state_drop(env, &elem->st);
		free(elem);
		elem = next;
	}
	env->head = NULL;
	env->stack_size = 0;
}

void mark_reg_not_init(struct reg_state *reg)
{
	reg_set_unknown(reg);
	reg->type = NOT_INIT;
}

void mark_reg_unknown(struct verifier_env *env, struct reg_state *regs, u32 regno)
{
	(void)env;
	reg_set_unknown(&regs[regno]);
}

/* A pointer of whatever type is set next, with no offset: everything else is forgotten. */
void mark_reg_known_zero(struct verifier_env *env, struct reg_state *regs, u32 regno)
{
	u32 type = regs[regno].type;

	(void)env;
	regs[regno] = (struct reg_state){.type = type};
	reg_mark_known(&regs[regno], 0);
}

/* Copies of one value share an id, so that what is learnt about one is known of all. */
void share_scalar_id(struct verifier_env *env, struct reg_state *reg)
{
	if (reg->type != SCALAR_VALUE)
		return;
	/* "Another plus a constant" does not nest: the copy begins anew. */
	if (reg->id & SCALAR_ADD_CONST)
		unlink_scalar(reg);
	if (!reg->id && !tnum_is_const(reg->var_off))
		reg->id = ++env->id_gen;
}

int check_reg_arg(struct verifier_env *env, u32 regno, enum reg_use use)
{
	struct reg_state *reg;

	if (regno >= MAX_REGS) {
		verbose(env, "R%u is invalid\n", regno);
		return -EINVAL;
	}
	scratch_reg(env, regno);
	reg = &cur_regs(env)[regno];
	if (use == SRC_OP) {
		if (reg->type == NOT_INIT) {
			verbose(env, "R%u !read_ok\n", regno);
			return -EACCES;
		}
		return 0;
	}
	if (regno == BPF_REG_10) {
		verbose(env, "frame pointer is read only\n");
		return -EACCES;
	}
	if (use == DST_OP)
		mark_reg_unknown(env, cur_regs(env), regno);
	return 0;
}
