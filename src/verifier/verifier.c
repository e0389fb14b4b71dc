// SPDX-License-Identifier: BSD-2-Clause
/* The entry and the main loop: the program's function and each global one, path by path, one
 * instruction at a time. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "calls.h"

/* What became of an instruction: 0, a negative error, or one of these. */
enum step {
	STEP_NEXT = 0, /* go on behind it */
	STEP_JUMPED,   /* env->insn_idx says where to go on */
	STEP_PATH_END, /* the path ended and is safe */
};

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000ull + (u64)ts.tv_nsec;
}

static int check_map_ld_imm64(struct verifier_env *env, const struct bpf_insn *insn,
			      struct reg_state *dst)
{
	dst->map = cur_aux(env)->map;
	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		dst->type = PTR_TO_MAP_VALUE;
		dst->off = insn[1].imm;
		return 0;
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		dst->type = CONST_PTR_TO_MAP;
		return 0;
	default:
		return verifier_bug(env, "unexpected src reg value for ldimm64");
	}
}

static int check_ld_imm64(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct reg_state *dst = &cur_regs(env)[insn->dst_reg];
	int err = check_reg_arg(env, insn->dst_reg, DST_OP);

	if (err)
		return err;
	if (!insn->src_reg) {
		reg_set_scalar_const(dst, cur_aux(env)->imm64);
		return 0;
	}
	mark_reg_known_zero(env, cur_regs(env), insn->dst_reg);
	switch (insn->src_reg) {
	case BPF_PSEUDO_BTF_ID:
		/* The address of a kernel function: nothing can be read there. */
		dst->type = PTR_TO_MEM | MEM_RDONLY;
		return 0;
	case BPF_PSEUDO_FUNC:
		if (!env->prog->nr_func_info) {
			verbose(env, "missing btf func_info\n");
			return -EINVAL;
		}
		if (subprog_is_global(env, (u32)cur_aux(env)->imm64)) {
			verbose(env, "callback function not static\n");
			return -EINVAL;
		}
		dst->type = PTR_TO_FUNC;
		dst->subprog = (u32)cur_aux(env)->imm64;
		return 0;
	default:
		return check_map_ld_imm64(env, insn, dst);
	}
}

/* A load beyond the packet ends the function with 0 in R0: walk on in the caller with that. */
static int walk_ld_abs_exit(struct verifier_env *env)
{
	if (!env->cur->curframe)
		return 0;
	if (!push_branch(env, env->insn_idx + 1, env->insn_idx))
		return -ENOMEM;
	reg_set_scalar_const(&cur_regs(env)[BPF_REG_0], 0);
	return prepare_func_exit(env, &env->insn_idx);
}

static int check_ld_abs(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct reg_state *regs = cur_regs(env);
	int err = check_reg_arg(env, BPF_REG_6, SRC_OP);

	if (!err)
		err = check_resource_leak(env, false, true, "BPF_LD_[ABS|IND]");
	if (err)
		return err;
	if (regs[BPF_REG_6].type != PTR_TO_CTX) {
		verbose(env, "at the time of BPF_LD_ABS|IND R6 != pointer to skb\n");
		return -EINVAL;
	}
	if (BPF_MODE(insn->code) == BPF_IND)
		err = check_reg_arg(env, insn->src_reg, SRC_OP);
	if (!err)
		err = check_ptr_off_reg(env, &regs[BPF_REG_6], BPF_REG_6, false);
	if (err)
		return err;
	for (u32 r = BPF_REG_0; r <= BPF_REG_5; r++) {
		mark_reg_not_init(&regs[r]);
		scratch_reg(env, r);
	}
	mark_reg_unknown(env, regs, BPF_REG_0);
	return 0;
}

static int step_ld_abs(struct verifier_env *env, const struct bpf_insn *insn)
{
	u32 was = env->cur->curframe;
	int err = check_ld_abs(env, insn);

	if (!err)
		err = walk_ld_abs_exit(env);
	if (err)
		return err;
	return was ? STEP_JUMPED : STEP_NEXT;
}

/* Under a spin lock only what cannot take another or sleep, and gives it back at last. */
static int check_call_under_lock(struct verifier_env *env, const struct bpf_insn *insn)
{
	const struct kfunc *kf = cur_aux(env)->kfunc;
	bool ok = true;

	if (!env->cur->active_locks)
		return 0;
	if (isa_is_helper_call(insn)) {
		ok = insn->imm == BPF_FUNC_spin_unlock;
	} else if (isa_is_kfunc_call(insn)) {
		ok = kf &&
		     (is_graph_kfunc(kf) || is_res_lock_kfunc(kf) ||
		      kf->special == KFUNC_ITER_NUM_NEW || kf->special == KFUNC_ITER_NUM_NEXT ||
		      kf->special == KFUNC_ITER_NUM_DESTROY);
	}
	if (ok)
		return 0;
	verbose(env, "function calls are not allowed while holding a lock\n");
	return -EINVAL;
}

static int step_exit(struct verifier_env *env, bool exception, bool *show_state)
{
	u32 frame = env->cur->curframe;
	bool done = false;
	int err = check_exit(env, &env->insn_idx, &done, exception);

	if (err)
		return err;
	if (done)
		return STEP_PATH_END;
	*show_state = frame != 0;
	return STEP_JUMPED;
}

static int step_call(struct verifier_env *env, const struct bpf_insn *insn, bool *show_state)
{
	const struct kfunc *kf;
	int err;

	env->jmps_processed++;
	err = check_call_under_lock(env, insn);
	if (err)
		return err;
	if (isa_is_bpf_call(insn)) {
		err = check_bpf_call(env, insn, &env->insn_idx);
	} else if (isa_is_kfunc_call(insn)) {
		kf = cur_aux(env)->kfunc;
		err = check_kfunc_call(env, insn, &env->insn_idx);
		if (!err && kf && kf->special == KFUNC_THROW)
			return step_exit(env, true, show_state);
	} else {
		err = check_helper_call(env, insn, &env->insn_idx);
	}
	scratch_reg(env, BPF_REG_0);
	return err;
}

/* An instruction that is neither a call nor an end of a path. */
static int step_plain(struct verifier_env *env, const struct bpf_insn *insn)
{
	int err;

	switch (isa_op_of(insn)->cls) {
	case ISA_ALU:
	case ISA_END:
		return check_alu_op(env, insn);
	case ISA_LOAD:
		return check_load(env, insn, false);
	case ISA_LOAD_SX:
		return check_load(env, insn, true);
	case ISA_STORE:
		return check_store_reg(env, insn);
	case ISA_STORE_IMM:
		return check_store_imm(env, insn);
	case ISA_ATOMIC:
		return check_atomic(env, insn);
	case ISA_LD_IMM64:
		err = check_ld_imm64(env, insn);
		env->insn_idx++;
		return err;
	case ISA_LD_ABS:
	case ISA_LD_IND:
		return step_ld_abs(env, insn);
	case ISA_JA:
		env->jmps_processed++;
		env->insn_idx = (u32)isa_jump_target(insn, (s32)env->insn_idx);
		return STEP_JUMPED;
	case ISA_JCOND:
	case ISA_MAY_GOTO:
		env->jmps_processed++;
		return check_cond_jmp(env, insn, &env->insn_idx);
	default:
		verbose(env, "unknown insn class %d\n", BPF_CLASS(insn->code));
		return -EINVAL;
	}
}

static int step(struct verifier_env *env, const struct bpf_insn *insn, bool *show_state)
{
	int err = check_insn_fields(env, insn);

	if (err)
		return err;
	switch (isa_op_of(insn)->cls) {
	case ISA_CALL:
		return step_call(env, insn, show_state);
	case ISA_EXIT:
		env->jmps_processed++;
		return step_exit(env, false, show_state);
	default:
		return step_plain(env, insn);
	}
}

static void log_safe(struct verifier_env *env, bool show_state)
{
	if (!(env->log->level & VLOG_LEVEL))
		return;
	if (show_state)
		verbose(env, "\nfrom %d to %d: safe\n", env->prev_insn_idx, env->insn_idx);
	else
		verbose(env, "%d: safe\n", env->insn_idx);
}

/* What happens before an instruction: is it known to be safe from here? */
static int arrive(struct verifier_env *env, bool show_state)
{
	struct verifier_state *st = env->cur;
	int err;

	env->cur_jmp = NULL;
	if (env->insn_idx >= env->prog->len)
		return verifier_bug(env, "invalid insn idx %u insn_cnt %u", env->insn_idx,
				    env->prog->len);
	if (++env->insn_processed > BPF_COMPLEXITY_LIMIT_INSNS) {
		verbose(env, "BPF program is too large. Processed %u insn\n", env->insn_processed);
		return -E2BIG;
	}
	st->last_insn = env->prev_insn_idx;
	st->insn_idx = env->insn_idx;
	if (cur_insn_state(env)->prune_point) {
		err = is_state_visited(env, env->insn_idx);
		if (err < 0)
			return err;
		if (err) {
			log_safe(env, show_state);
			return STEP_PATH_END;
		}
	}
	if (cur_insn_state(env)->jmp_point)
		return push_jmp_history(env, st, 0, 0);
	return STEP_NEXT;
}

/* The path is over: the next one, if there is one (else -ENOENT). */
static int end_path(struct verifier_env *env, bool *show_state)
{
	int err;

	live_stack_update(env);
	scratch_all(env);
	err = update_branch_counts(env, env->cur);
	if (!err)
		err = pop_branch(env, &env->prev_insn_idx, &env->insn_idx);
	*show_state = true;
	return err;
}

static int one_insn(struct verifier_env *env, bool *show_state)
{
	u32 insn_idx = env->insn_idx;
	int did;

	log_step(env, show_state);
	trace_record(env->trace, env->cur, insn_idx);
	cur_aux(env)->seen = true;
	did = live_stack_begin_insn(env);
	if (!did)
		did = step(env, &env->prog->insns[insn_idx], show_state);
	if (did < 0)
		return did;
	live_stack_end_insn(env);
	env->prev_insn_idx = insn_idx;
	if (did == STEP_NEXT)
		env->insn_idx++;
	return did;
}

/* Every path from env->insn_idx on. */
static int walk(struct verifier_env *env)
{
	bool show_state = false;

	env->prev_insn_idx = U32_MAX;
	for (;;) {
		int did = arrive(env, show_state);

		if (did < 0)
			trace_record(env->trace, env->cur, env->insn_idx);
		if (did == STEP_NEXT)
			did = one_insn(env, &show_state);
		if (did < 0)
			return did;
		if (did != STEP_PATH_END)
			continue;
		did = end_path(env, &show_state);
		if (did == -ENOENT)
			return 0;
		if (did)
			return did;
	}
}

static int begin_main(struct verifier_env *env)
{
	struct reg_state *regs = cur_regs(env);
	struct reg_state unused[MAX_REGS];
	u32 ids = env->id_gen;

	/* Whatever its BTF says, it is called with a context; the log tells when it says otherwise.
	 */
	if (env->prog->nr_func_info)
		(void)!prepare_global_func_args(env, 0, unused);
	env->id_gen = ids;
	mark_reg_known_zero(env, regs, BPF_REG_1);
	regs[BPF_REG_1].type = PTR_TO_CTX;
	return 0;
}

static int begin_global(struct verifier_env *env, u32 subprog)
{
	verbose(env, "Validating %s() func#%u...\n", env->subprogs[subprog].name, subprog);
	return prepare_global_func_args(env, subprog, cur_regs(env));
}

static struct verifier_state *first_state(struct verifier_env *env, u32 subprog)
{
	struct verifier_state *st = calloc(1, sizeof(*st));

	if (!st)
		return NULL;
	st->branches = 1;
	st->frame[0] = func_state_new(0, subprog, -1);
	if (!st->frame[0]) {
		free(st);
		return NULL;
	}
	st->first_insn = env->subprogs[subprog].start;
	st->last_insn = U32_MAX;
	return st;
}

/* One function by itself: the program's own, or a global one with any arguments. */
static int check_function(struct verifier_env *env, u32 subprog)
{
	int err;

	env->log_line = NULL;
	env->insn_idx = env->subprogs[subprog].start;
	env->cur = first_state(env, subprog);
	if (!env->cur)
		return -ENOMEM;
	path_rewind(env, 0);
	trace_rewind(env->trace, 0);
	scratch_all(env);
	err = subprog ? begin_global(env, subprog) : begin_main(env);
	if (!err) {
		env->walking = true;
		err = walk(env);
		env->walking = err != 0;
	}
	if (env->walking)
		report_state(env);
	/* At level 1 a function that is safe leaves nothing in the log. */
	if (!err && !(env->log->level & VLOG_LEVEL2))
		vlog_reset(env->log, 0);
	state_free(env->cur, true);
	env->cur = NULL;
	free_branches(env);
	free_explored(env);
	scc_reset(env);
	return err;
}

/* Global functions that something verified calls; verifying one may find calls of more. */
static int check_global_functions(struct verifier_env *env)
{
	bool more = true;

	if (!env->prog->nr_func_info)
		return 0;
	if (env->prog->exception_cb >= 0)
		env->subprog_called[env->prog->exception_cb] = true;
	while (more) {
		more = false;
		for (u32 i = 1; i < env->nr_subprogs; i++) {
			int err;

			if (env->subprog_global[i] != 1 || !env->subprog_called[i])
				continue;
			err = check_function(env, i);
			if (err)
				return err;
			if (env->log->level & VLOG_LEVEL)
				verbose(env,
					"Func#%u ('%s') is safe for any args that match its "
					"prototype\n",
					i, env->subprogs[i].name);
			env->subprog_global[i] = 2;
			more = true;
		}
	}
	return 0;
}

static int alloc_env(struct verifier_env *env)
{
	struct prog *prog = env->prog;

	if (!prog->aux)
		prog->aux = calloc(prog->len, sizeof(*prog->aux));
	env->insns = calloc(prog->len, sizeof(*env->insns));
	env->explored_size = prog->len;
	env->explored = calloc(env->explored_size, sizeof(*env->explored));
	return prog->aux && env->insns && env->explored ? 0 : -ENOMEM;
}

static void free_env(struct verifier_env *env)
{
	free_branches(env);
	free_explored(env);
	scc_free(env);
	live_stack_free(env);
	free(env->insns);
	free(env->explored);
	free(env->subprog_global);
	free(env->subprog_called);
	calls_free(env);
	free(env->path);
	trace_free(env->trace);
	if (env->prog->subprogs != env->subprogs)
		free(env->subprogs);
}

/* What can be said of the program before any path is walked. */
static int check_form(struct verifier_env *env)
{
	static int (*const passes[])(struct verifier_env *) = {
		alloc_env,
		bind_fd_array,
		find_subprogs,
		check_subprogs,
		check_func_info,
		check_line_info,
		resolve_pseudo_ldimm64,
		check_cfg,
		live_stack_init,
		check_sleepable,
		compute_scc,
		compute_live_registers,
	};
	int err = 0;

	for (u32 i = 0; !err && i < ARRAY_SIZE(passes); i++)
		err = passes[i](env);
	return err;
}

static void log_statistics(struct verifier_env *env)
{
	if (env->log->level & VLOG_STATS) {
		verbose(env, "verification time %llu usec\n",
			(unsigned long long)env->prog->verify_ns / 1000);
		verbose(env, "stack depth ");
		for (u32 i = 0; i < env->nr_subprogs; i++)
			verbose(env, "%s%u", i ? "+" : "", env->subprogs[i].stack_depth);
		verbose(env, "\n");
	}
	verbose(env,
		"processed %u insns (limit %u) max_states_per_insn %u total_states %u peak_states "
		"%u mark_read %u\n",
		env->insn_processed, BPF_COMPLEXITY_LIMIT_INSNS, env->max_states_per_insn,
		env->total_states, env->peak_states, env->longest_mark_read);
}

int verifier_check(struct prog *prog, const int *fd_array, u32 fd_array_cnt, struct vlog *log,
		   struct espalier_report *report)
{
	struct verifier_env *env = calloc(1, sizeof(*env));
	u64 begin = now_ns();
	int err;

	if (!env)
		return -ENOMEM;
	env->prog = prog;
	env->fd_array = fd_array;
	env->fd_array_cnt = fd_array_cnt;
	env->log = log;
	env->report = report;
	env->kernel_btf = vmlinux_btf();
	env->bad_ref_insn = -1;
	if (report && report->detailed)
		env->trace = trace_new();
	env->strict_alignment = prog->load_flags & BPF_F_STRICT_ALIGNMENT &&
				!(prog->load_flags & BPF_F_ANY_ALIGNMENT);
	env->test_state_freq = prog->load_flags & BPF_F_TEST_STATE_FREQ;

	err = check_form(env);
	if (!err)
		err = check_function(env, 0);
	if (!err)
		err = check_global_functions(env);
	if (!err)
		err = check_max_stack_depth(env);
	if (!err)
		err = check_unresolved_kfuncs(env);

	prog->verify_ns = now_ns() - begin;
	prog->verified_insns = env->insn_processed;
	log_statistics(env);
	report_finish(env, err);
	if (report)
		report->time_ns = prog->verify_ns;
	if (!err) {
		prog->subprogs = env->subprogs;
		prog->nr_subprogs = env->nr_subprogs;
	}
	free_env(env);
	free(env);
	return err;
}
