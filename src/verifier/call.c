// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>

#include "calls.h"

/* Calls from one BPF function to another, and the way back. */
static int set_callee_args(struct verifier_env *env, struct func_state *caller,
			   struct func_state *callee, u32 insn_idx)
{
	(void)env;
	(void)insn_idx;
	for (u32 i = BPF_REG_1; i <= BPF_REG_5; i++)
		callee->regs[i] = caller->regs[i];
	return 0;
}

int enter_subprog(struct verifier_env *env, struct verifier_state *st, u32 subprog, u32 callsite,
		  set_callee_state_fn set_callee)
{
	struct func_state *caller = cur_func_of(st), *callee;
	int err;

	if (st->curframe + 1 >= MAX_FRAMES) {
		verbose(env, "the call stack of %u frames is too deep\n", st->curframe + 2);
		return -E2BIG;
	}
	callee = func_state_new(st->curframe + 1, subprog, (s32)callsite);
	if (!callee)
		return -ENOMEM;
	err = set_callee(env, caller, callee, callsite);
	if (err) {
		func_state_free(callee);
		return err;
	}
	st->frame[++st->curframe] = callee;
	scratch_all(env);
	path_push(env, ESPALIER_STEP_CALL, callsite, false, 0);
	return 0;
}

/* A global function is verified on its own, once: here only its arguments matter. */
static int call_global(struct verifier_env *env, u32 subprog, int args_err)
{
	struct reg_state *regs = cur_regs(env);
	const char *name = env->subprogs[subprog].name;

	if (env->cur->active_locks) {
		verbose(env, "global function calls are not allowed while holding a lock,\n"
			     "use static function instead\n");
		return -EINVAL;
	}
	if (args_err) {
		verbose(env, "Caller passes invalid args into func#%u ('%s')\n", subprog, name);
		return args_err;
	}
	if (env->log->level & VLOG_LEVEL)
		verbose(env, "Func#%u ('%s') is global and assumed valid.\n", subprog, name);
	if (env->subprogs[subprog].changes_pkt)
		clear_all_pkt_pointers(env);
	env->subprog_called[subprog] = true;
	clear_caller_saved(env, regs);
	mark_reg_unknown(env, regs, BPF_REG_0);
	return 0;
}

int check_bpf_call(struct verifier_env *env, const struct bpf_insn *insn, u32 *insn_idx)
{
	struct func_state *caller = cur_func(env);
	u32 caller_frame = env->cur->curframe;
	int subprog = find_subprog(env, *insn_idx + (u32)insn->imm + 1);
	int err;

	if (subprog < 0)
		return verifier_bug(env, "call of no function at insn %u", *insn_idx);
	err = check_subprog_call(env, (u32)subprog, caller->regs);
	if (err == -EFAULT)
		return err;
	if (subprog_is_global(env, (u32)subprog))
		return call_global(env, (u32)subprog, err);
	err = enter_subprog(env, env->cur, (u32)subprog, *insn_idx, set_callee_args);
	if (err)
		return err;
	clear_caller_saved(env, caller->regs);
	*insn_idx = env->subprogs[subprog].start - 1;
	if (env->log->level & VLOG_LEVEL) {
		verbose(env, "caller:\n");
		log_state(env, env->cur, caller_frame, true);
		verbose(env, "callee:\n");
		log_state(env, env->cur, env->cur->curframe, true);
	}
	return 0;
}

static void complain_range(struct verifier_env *env, const struct reg_state *reg,
			   struct ret_range range, const char *when, const char *reg_name)
{
	bool unknown = true;

	verbose(env, "%s the register %s has", when, reg_name);
	if (reg->smin > S64_MIN) {
		verbose(env, " smin=%lld", (long long)reg->smin);
		unknown = false;
	}
	if (reg->smax < S64_MAX) {
		verbose(env, " smax=%lld", (long long)reg->smax);
		unknown = false;
	}
	if (unknown)
		verbose(env, " unknown scalar value");
	verbose(env, " should have been in [%d, %d]\n", range.min, range.max);
}

static int check_callback_return(struct verifier_env *env, const struct func_state *callee)
{
	const struct reg_state *r0 = &callee->regs[BPF_REG_0];
	int err;

	if (r0->type != SCALAR_VALUE) {
		verbose(env, "R0 not a scalar value\n");
		return -EACCES;
	}
	/* The helper goes by it. */
	err = mark_chain_precision(env, BPF_REG_0);
	if (err)
		return err;
	if (r0->smin < callee->cb_ret.min || r0->smax > callee->cb_ret.max) {
		complain_range(env, r0, callee->cb_ret, "At callback return", "R0");
		return -EINVAL;
	}
	if (!env->insns[callee->callsite].calls_callback)
		return verifier_bug(env, "callback of insn %d, which calls none", callee->callsite);
	return 0;
}

int prepare_func_exit(struct verifier_env *env, u32 *insn_idx)
{
	struct verifier_state *st = env->cur, *prev;
	struct func_state *callee = cur_func(env), *caller = st->frame[st->curframe - 1];
	bool in_callback = callee->in_callback;
	int err;

	if (callee->regs[BPF_REG_0].type == PTR_TO_STACK) {
		/* Nothing tells the caller's stack from the one that is about to vanish. */
		verbose(env, "cannot return stack pointer to the caller\n");
		return -EINVAL;
	}
	if (in_callback) {
		err = check_callback_return(env, callee);
		if (err)
			return err;
		*insn_idx = (u32)callee->callsite;
	} else {
		caller->regs[BPF_REG_0] = callee->regs[BPF_REG_0];
		*insn_idx = (u32)callee->callsite + 1;
	}
	if (env->log->level & VLOG_LEVEL) {
		verbose(env, "returning from callee:\n");
		log_state(env, st, callee->frameno, true);
		verbose(env, "to caller at %u:\n", *insn_idx);
		log_state(env, st, caller->frameno, true);
	}
	path_push(env, ESPALIER_STEP_RETURN, env->insn_idx, false, 0);
	func_state_free(callee);
	st->frame[st->curframe--] = NULL;
	/* The callback may be called any number of times more: forget what only counts them. */
	prev = in_callback ? find_prev_entry(env, st, *insn_idx) : NULL;
	return prev ? widen_imprecise_scalars(env, prev, st) : 0;
}

static int check_async_return(struct verifier_env *env, const struct reg_state *reg, u32 regno)
{
	struct ret_range range = cur_func(env)->cb_ret;
	char name[4];
	int err;

	if (reg->type != SCALAR_VALUE) {
		verbose(env,
			"At async callback return the register R%u is not a known value (%s)\n",
			regno, reg_type_str(reg->type));
		return -EINVAL;
	}
	err = mark_chain_precision(env, regno);
	if (err)
		return err;
	if (reg->smin >= range.min && reg->smax <= range.max)
		return 0;
	snprintf(name, sizeof(name), "R%u", regno);
	complain_range(env, reg, range, "At async callback return", name);
	return -EINVAL;
}

/* The value that the program, a global function or an exception callback gives back. */
int check_return_code(struct verifier_env *env, u32 regno)
{
	const struct func_state *fs = env->cur->frame[0];
	const struct reg_state *reg = &cur_regs(env)[regno];
	int err = check_reg_arg(env, regno, SRC_OP);

	if (err)
		return err;
	if (cur_func(env)->in_async_callback)
		return check_async_return(env, reg, regno);
	/* XDP, traffic control and socket filters take any value from the main program. */
	if (!fs->subprog || reg->type == SCALAR_VALUE)
		return 0;
	verbose(env, "At subprogram exit the register R%u is not a scalar value (%s)\n", regno,
		reg_type_str(reg->type));
	return -EINVAL;
}

int check_exit(struct verifier_env *env, u32 *insn_idx, bool *done, bool exception)
{
	int err =
		check_resource_leak(env, exception, exception || !env->cur->curframe,
				    exception ? "bpf_throw" : "BPF_EXIT instruction in main prog");

	if (err)
		return err;
	*done = exception || !env->cur->curframe;
	if (exception)
		return 0;
	if (env->cur->curframe)
		return prepare_func_exit(env, insn_idx);
	return check_return_code(env, BPF_REG_0);
}

void calls_free(struct verifier_env *env)
{
	func_sigs_free(env);
}
