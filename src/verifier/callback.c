// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/*
 * Callbacks: functions of the program that a helper calls any number of times. The call is walked
 * as a loop: the state at the call forks into one that enters the callback, which ends at the call
 * again, and one that goes on.
 */
int set_map_elem_callback_state(struct verifier_env *env, struct func_state *caller,
				struct func_state *callee, u32 insn_idx)
{
	struct map *map = env->insns[insn_idx].map_ptr;

	if (!map->ops->for_each) {
		verbose(env, "callback function not allowed for map\n");
		return -ENOTSUPP;
	}
	/* callback(map, key, value, ctx) */
	map = caller->regs[BPF_REG_1].map;
	callee->regs[BPF_REG_1] = caller->regs[BPF_REG_1];
	mark_reg_known_zero(env, callee->regs, BPF_REG_2);
	callee->regs[BPF_REG_2].type = PTR_TO_MAP_KEY;
	callee->regs[BPF_REG_2].map = map;
	mark_reg_known_zero(env, callee->regs, BPF_REG_3);
	callee->regs[BPF_REG_3].type = PTR_TO_MAP_VALUE;
	callee->regs[BPF_REG_3].map = map;
	callee->regs[BPF_REG_4] = caller->regs[BPF_REG_3];
	mark_reg_not_init(&callee->regs[BPF_REG_5]);
	callee->in_callback = true;
	callee->cb_ret = (struct ret_range){0, 1};
	return 0;
}

int set_loop_callback_state(struct verifier_env *env, struct func_state *caller,
			    struct func_state *callee, u32 insn_idx)
{
	(void)insn_idx;
	/* callback(index, ctx) */
	mark_reg_unknown(env, callee->regs, BPF_REG_1);
	callee->regs[BPF_REG_2] = caller->regs[BPF_REG_3];
	for (u32 i = BPF_REG_3; i <= BPF_REG_5; i++)
		mark_reg_not_init(&callee->regs[i]);
	callee->in_callback = true;
	callee->cb_ret = (struct ret_range){0, 1};
	return 0;
}

int set_user_ringbuf_callback_state(struct verifier_env *env, struct func_state *caller,
				    struct func_state *callee, u32 insn_idx)
{
	(void)insn_idx;
	/* callback(dynptr, ctx) */
	mark_reg_not_init(&callee->regs[BPF_REG_0]);
	mark_reg_known_zero(env, callee->regs, BPF_REG_1);
	mark_dynptr_reg(&callee->regs[BPF_REG_1], DYNPTR_LOCAL, true, ++env->id_gen);
	callee->regs[BPF_REG_2] = caller->regs[BPF_REG_3];
	for (u32 i = BPF_REG_3; i <= BPF_REG_5; i++)
		mark_reg_not_init(&callee->regs[i]);
	callee->in_callback = true;
	callee->cb_ret = (struct ret_range){0, 1};
	return 0;
}

int push_callback_call(struct verifier_env *env, u32 insn_idx, u32 subprog,
		       set_callee_state_fn set_callee)
{
	struct func_state *caller = cur_func(env);
	struct verifier_state *st;
	int err = check_subprog_call(env, subprog, caller->regs);

	if (err == -EFAULT)
		return err;
	if (!env->insns[insn_idx].calls_callback)
		return verifier_bug(env, "callback of what calls none");
	env->subprogs[subprog].is_cb = true;
	st = push_branch(env, env->subprogs[subprog].start, insn_idx);
	if (!st)
		return -ENOMEM;
	err = enter_subprog(env, st, subprog, insn_idx, set_callee);
	if (err)
		return err;
	st->cb_unroll_depth++;
	st->frame[st->curframe - 1]->cb_depth++;
	caller->cb_depth = 0;
	return 0;
}

static void mark_map_reg(struct verifier_env *env, struct reg_state *regs, u32 regno, u32 type,
			 struct map *map)
{
	mark_reg_known_zero(env, regs, regno);
	regs[regno].type = type;
	regs[regno].map = map;
}

int push_async_callback(struct verifier_env *env, u32 insn_idx, u32 subprog, bool sleepable)
{
	const struct func_state *caller = cur_func(env);
	struct map *map = caller->regs[BPF_REG_1].map;
	struct func_state *callee;
	struct verifier_state *st;
	int err = check_subprog_call(env, subprog, cur_regs(env));

	if (err == -EFAULT)
		return err;
	env->subprogs[subprog].is_cb = true;
	env->subprogs[subprog].is_async_cb = true;
	st = push_async(env, subprog, insn_idx, sleepable);
	if (!st)
		return -EFAULT;
	callee = st->frame[0];
	callee->async_entry_cnt = caller->async_entry_cnt + 1;
	/* callback(map, key, value) */
	mark_map_reg(env, callee->regs, BPF_REG_1, CONST_PTR_TO_MAP, map);
	mark_map_reg(env, callee->regs, BPF_REG_2, PTR_TO_MAP_KEY, map);
	mark_map_reg(env, callee->regs, BPF_REG_3, PTR_TO_MAP_VALUE, map);
	callee->in_async_callback = true;
	callee->cb_ret = (struct ret_range){0, 0};
	return 0;
}
