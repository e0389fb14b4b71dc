// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "env.h"

/*
 * Stack that a chain of calls takes, each frame rounded up as the JIT does. Along the way: where
 * bpf_throw may be called, and which functions a tail call can leave.
 */
#define FRAME_ALIGN 16
/* Tail calls nest up to 32 deep under the frames that called them. */
#define TAIL_CALLER_STACK 256

struct chain {
	struct {
		u32 subprog;
		u32 resume; /* instruction after the call */
	} caller[MAX_FRAMES];
	u32 frames;
	u32 subprog;
	u32 insn;
	u32 depth;
	bool tail_call_reachable;
};

static u32 frame_size(const struct subprog *sub)
{
	return (u32)round_up_to(sub->stack_depth, FRAME_ALIGN);
}

static bool is_async(const struct subprog *sub)
{
	return sub->is_exception_cb || sub->is_async_cb;
}

static int enter(struct verifier_env *env, struct chain *chain, u32 subprog)
{
	struct subprog *sub = &env->subprogs[subprog];

	if (subprog && sub->has_tail_call && chain->depth >= TAIL_CALLER_STACK) {
		verbose(env,
			"tail_calls are not allowed when call stack of previous frames is %u "
			"bytes. Too large\n",
			chain->depth);
		return -EACCES;
	}
	chain->subprog = subprog;
	chain->insn = sub->start;
	chain->depth += frame_size(sub);
	if (chain->depth > MAX_STACK) {
		verbose(env, "combined stack size of %u calls is %u. Too large\n",
			chain->frames + 1, chain->depth);
		return -EACCES;
	}
	return 0;
}

static int check_throw(struct verifier_env *env, const struct chain *chain)
{
	bool from_cb = env->subprogs[chain->subprog].is_cb;

	for (u32 i = 0; i < chain->frames && !from_cb; i++)
		from_cb = env->subprogs[chain->caller[i].subprog].is_cb;
	if (!from_cb)
		return 0;
	verbose(env, "bpf_throw kfunc (insn %u) cannot be called from callback subprog %u\n",
		chain->insn, chain->subprog);
	return -EINVAL;
}

/* The call at chain->insn: into the callee, or past it if it takes no stack of ours. */
static int follow_call(struct verifier_env *env, struct chain *chain)
{
	const struct bpf_insn *insn = &env->prog->insns[chain->insn];
	u32 callee = (u32)find_subprog(env, chain->insn + (u32)insn->imm + 1);

	if (is_async(&env->subprogs[callee])) {
		if (env->subprogs[callee].has_tail_call)
			return verifier_bug(env, "subprog has tail_call and async cb");
		/* It runs on a stack of its own, unless it is called like any function. */
		if (!isa_is_bpf_call(insn)) {
			chain->insn++;
			return 0;
		}
		if (env->subprogs[callee].is_exception_cb) {
			verbose(env, "insn %u cannot call exception cb directly", chain->insn);
			return -EINVAL;
		}
	}
	chain->caller[chain->frames].subprog = chain->subprog;
	chain->caller[chain->frames].resume = chain->insn + 1;
	if (env->subprogs[callee].has_tail_call)
		chain->tail_call_reachable = true;
	chain->frames++;
	if (chain->frames >= MAX_FRAMES) {
		verbose(env, "the call stack of %u frames is too deep !\n", chain->frames);
		return -E2BIG;
	}
	return enter(env, chain, callee);
}

static int step(struct verifier_env *env, struct chain *chain)
{
	const struct bpf_insn *insn = &env->prog->insns[chain->insn];
	const struct kfunc *kf;
	int err;

	if (isa_is_kfunc_call(insn)) {
		kf = env->prog->aux[chain->insn].kfunc;
		if (kf && kf->special == KFUNC_THROW) {
			err = check_throw(env, chain);
			if (err)
				return err;
		}
	} else if (isa_is_bpf_call(insn) ||
		   (isa_is_ld_imm64(insn) && insn->src_reg == BPF_PSEUDO_FUNC)) {
		return follow_call(env, chain);
	}
	chain->insn++;
	return 0;
}

static int mark_tail_call_reachable(struct verifier_env *env, const struct chain *chain)
{
	for (u32 i = 0; chain->tail_call_reachable && i < chain->frames; i++) {
		struct subprog *sub = &env->subprogs[chain->caller[i].subprog];

		if (sub->is_exception_cb) {
			verbose(env, "cannot tail call within exception cb\n");
			return -EINVAL;
		}
		sub->tail_call_reachable = true;
	}
	return 0;
}

static int check_chain(struct verifier_env *env, u32 root)
{
	struct chain chain = {0};
	int err = enter(env, &chain, root);

	while (!err) {
		if (chain.insn < env->subprogs[chain.subprog].end) {
			err = step(env, &chain);
			continue;
		}
		err = mark_tail_call_reachable(env, &chain);
		if (err || !chain.frames)
			break;
		chain.depth -= frame_size(&env->subprogs[chain.subprog]);
		chain.frames--;
		chain.subprog = chain.caller[chain.frames].subprog;
		chain.insn = chain.caller[chain.frames].resume;
	}
	return err;
}

int check_max_stack_depth(struct verifier_env *env)
{
	for (u32 i = 0; i < env->nr_subprogs; i++) {
		int err;

		if (i && !is_async(&env->subprogs[i]))
			continue;
		err = check_chain(env, i);
		if (err)
			return err;
	}
	return 0;
}
