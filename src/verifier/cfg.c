// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

#include "env.h"

/*
 * One depth-first walk over the control-flow graph: every instruction must be reachable, and on the
 * way those are marked where the main loop compares states (prune points), records how it got there
 * (jump points) or must keep a state (checkpoints).
 */
enum visit {
	UNSEEN = 0,
	ON_STACK,
	DONE,
};

struct cfg {
	struct verifier_env *env;
	u8 *visit; /* enum visit, per instruction */
	u8 *next;  /* which edge to follow next */
	u32 *stack;
	u32 depth;
};

static void mark_target(struct verifier_env *env, s64 idx)
{
	if (idx < 0 || idx >= env->prog->len)
		return;
	env->insns[idx].prune_point = true;
	env->insns[idx].jmp_point = true;
}

static void mark_changes_pkt(struct verifier_env *env, u32 idx)
{
	env->subprogs[subprog_containing(env, idx)].changes_pkt = true;
}

static bool is_pseudo_func(const struct bpf_insn *insn)
{
	return isa_is_ld_imm64(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

/*
 * Nobody knows how often a callback is called: its body is walked again and again until the state
 * at the call equals one seen before, so there must be one to compare with.
 */
static void mark_calls_callback(struct verifier_env *env, u32 idx)
{
	struct insn_state *is = &env->insns[idx];

	is->calls_callback = true;
	is->force_checkpoint = true;
	is->prune_point = true;
	is->jmp_point = true;
}

static void mark_helper_call(struct verifier_env *env, u32 idx)
{
	s32 func = env->prog->insns[idx].imm;
	const struct helper *helper = helper_for((u32)func, env->prog->type);

	if (helper_calls_callback((u32)func))
		mark_calls_callback(env, idx);
	/* Else each visit would have the callback walked once more. */
	if (func == BPF_FUNC_timer_set_callback)
		env->insns[idx].prune_point = true;
	if (helper && helper->changes_pkt)
		mark_changes_pkt(env, idx);
}

static void mark_kfunc_call(struct verifier_env *env, u32 idx)
{
	const struct kfunc *kf = env->prog->aux[idx].kfunc;

	if (!kf)
		return;
	if (kf->special == KFUNC_XDP_PULL_DATA)
		mark_changes_pkt(env, idx);
	if (kf->special == KFUNC_WQ_SET_CALLBACK)
		env->insns[idx].prune_point = true;
	if (kf->special == KFUNC_RBTREE_ADD)
		mark_calls_callback(env, idx);
	if (is_iter_next_kfunc(kf)) {
		env->insns[idx].prune_point = true;
		env->insns[idx].force_checkpoint = true;
	}
}

static void mark_insn(struct verifier_env *env, u32 idx)
{
	const struct bpf_insn *insn = &env->prog->insns[idx];

	if (is_pseudo_func(insn)) {
		env->insns[idx].prune_point = true;
		mark_target(env, (s64)idx + 2);
		return;
	}
	switch (isa_op_of(insn)->cls) {
	case ISA_CALL:
		mark_target(env, (s64)idx + 1);
		if (isa_is_bpf_call(insn))
			env->insns[idx].prune_point = true;
		else if (isa_is_kfunc_call(insn))
			mark_kfunc_call(env, idx);
		else
			mark_helper_call(env, idx);
		break;
	case ISA_MAY_GOTO:
		env->insns[idx].force_checkpoint = true;
		/* fallthrough */
	case ISA_JCOND:
		env->insns[idx].prune_point = true;
		break;
	default:
		break;
	}
}

/* Where the @nth edge leads: false when there is no such edge. */
static bool edge(const struct bpf_insn *insn, u32 idx, u32 nth, s64 *to)
{
	s64 fall = (s64)idx + (isa_is_ld_imm64(insn) ? 2 : 1);
	s64 branch = -1;
	bool falls = true, branches = false;

	if (is_pseudo_func(insn) || isa_is_bpf_call(insn)) {
		branches = true;
		branch = (s64)idx + insn->imm + 1;
	} else if (isa_op_of(insn)->cls == ISA_EXIT) {
		falls = false;
	} else if (isa_op_of(insn)->cls == ISA_JA) {
		fall = isa_jump_target(insn, (s32)idx);
	} else if (isa_op_of(insn)->cls == ISA_JCOND || isa_op_of(insn)->cls == ISA_MAY_GOTO) {
		branches = true;
		branch = isa_jump_target(insn, (s32)idx);
	}
	*to = nth ? branch : fall;
	return nth ? nth == 1 && branches : falls;
}

static void push(struct cfg *cfg, u32 idx)
{
	cfg->visit[idx] = ON_STACK;
	cfg->stack[cfg->depth++] = idx;
	mark_insn(cfg->env, idx);
}

/* A caller changes packets if its callee does. */
static void merge_callee(struct cfg *cfg, u32 idx)
{
	struct verifier_env *env = cfg->env;
	const struct bpf_insn *insn = &env->prog->insns[idx];

	if (!is_pseudo_func(insn) && !isa_is_bpf_call(insn))
		return;
	if (env->subprogs[subprog_containing(env, idx + (u32)insn->imm + 1)].changes_pkt)
		mark_changes_pkt(env, idx);
}

static int walk_from(struct cfg *cfg, u32 start)
{
	struct verifier_env *env = cfg->env;

	push(cfg, start);
	while (cfg->depth) {
		u32 idx = cfg->stack[cfg->depth - 1];
		const struct bpf_insn *insn = &env->prog->insns[idx];
		u32 nth = cfg->next[idx]++;
		s64 to;

		if (!edge(insn, idx, nth, &to)) {
			merge_callee(cfg, idx);
			cfg->visit[idx] = DONE;
			cfg->depth--;
			continue;
		}
		if (to < 0 || to >= env->prog->len) {
			log_source(env, idx);
			verbose(env, "jump out of range from insn %u to %d\n", idx, (s32)to);
			return -EINVAL;
		}
		if (nth || isa_op_of(insn)->cls == ISA_JA)
			mark_target(env, to);
		/* An edge back to an instruction on the stack is a loop, which root may have. */
		if (cfg->visit[to] == UNSEEN)
			push(cfg, (u32)to);
	}
	return 0;
}

static int check_reachable(struct cfg *cfg)
{
	struct verifier_env *env = cfg->env;

	for (u32 i = 0; i < env->prog->len; i++) {
		if (cfg->visit[i] != DONE) {
			verbose(env, "unreachable insn %u\n", i);
			return -EINVAL;
		}
		if (!isa_is_ld_imm64(&env->prog->insns[i]))
			continue;
		if (cfg->visit[i + 1] != UNSEEN) {
			verbose(env, "jump into the middle of ldimm64 insn %u\n", i);
			return -EINVAL;
		}
		i++;
	}
	return 0;
}

int check_cfg(struct verifier_env *env)
{
	u32 len = env->prog->len;
	struct cfg cfg = {
		.env = env,
		.visit = calloc(len, sizeof(*cfg.visit)),
		.next = calloc(len, sizeof(*cfg.next)),
		.stack = calloc(len, sizeof(*cfg.stack)),
	};
	int err = -ENOMEM;

	if (cfg.visit && cfg.next && cfg.stack) {
		s32 cb = env->prog->exception_cb;

		err = walk_from(&cfg, 0);
		/* Nothing in the program calls the exception callback. */
		if (!err && cb >= 0 && cfg.visit[env->subprogs[cb].start] == UNSEEN)
			err = walk_from(&cfg, env->subprogs[cb].start);
		if (!err)
			err = check_reachable(&cfg);
	}
	free(cfg.visit);
	free(cfg.next);
	free(cfg.stack);
	return err;
}
