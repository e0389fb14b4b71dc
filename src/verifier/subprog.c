// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

/* The functions of the program: where they start and end, and the kfuncs that they call. */
int find_subprog(const struct verifier_env *env, u32 insn)
{
	u32 lo = 0, hi = env->nr_subprogs;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (env->subprogs[mid].start == insn)
			return (int)mid;
		if (env->subprogs[mid].start < insn)
			lo = mid + 1;
		else
			hi = mid;
	}
	return -ENOENT;
}

u32 subprog_containing(const struct verifier_env *env, u32 insn)
{
	u32 lo = 0, hi = env->nr_subprogs;

	while (hi - lo > 1) {
		u32 mid = (lo + hi) / 2;

		if (env->subprogs[mid].start <= insn)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

bool subprog_is_global(const struct verifier_env *env, u32 subprog)
{
	return env->subprog_global[subprog];
}

/* Keeps the table sorted by start. */
static int add_subprog(struct verifier_env *env, s64 start)
{
	u32 at;

	if (start < 0 || start >= env->prog->len) {
		verbose(env, "call to invalid destination\n");
		return -EINVAL;
	}
	if (find_subprog(env, (u32)start) >= 0)
		return 0;
	if (env->nr_subprogs >= MAX_SUBPROGS) {
		verbose(env, "too many subprograms\n");
		return -E2BIG;
	}
	for (at = env->nr_subprogs; at && env->subprogs[at - 1].start > start; at--)
		env->subprogs[at] = env->subprogs[at - 1];
	env->subprogs[at] = (struct subprog){.start = (u32)start, .name = ""};
	env->nr_subprogs++;
	return 0;
}

static const struct btf *kfunc_btf(struct verifier_env *env, s16 off, int *err)
{
	if (!off)
		return env->kernel_btf;
	*err = -EINVAL;
	if (off < 0) {
		verbose(env, "negative offset disallowed for kernel module function call\n");
	} else if (!env->fd_array) {
		verbose(env, "kfunc offset > 0 without fd_array is invalid\n");
		*err = -EPROTO;
	} else {
		verbose(env, "BTF fd for kfunc is not a module BTF\n");
	}
	verbose(env, "failed to find BTF for kernel function\n");
	return NULL;
}

static int add_kfunc_call(struct verifier_env *env, u32 idx)
{
	const struct bpf_insn *insn = &env->prog->insns[idx];
	const struct btf_type *func, *proto;
	const struct btf *btf;
	u32 id = (u32)insn->imm;
	int err = 0;

	if (!env->prog->gpl_compatible) {
		verbose(env, "cannot call kernel function from non-GPL compatible program\n");
		return -EINVAL;
	}
	/* libbpf leaves id 0 for a weak kfunc that does not exist: fine in dead code. */
	if (!id && !insn->off)
		return 0;
	btf = kfunc_btf(env, insn->off, &err);
	if (!btf)
		return err;
	func = btf_type(btf, id);
	if (!func || btf_kind_of(func) != BTF_KIND_FUNC) {
		verbose(env, "kernel btf_id %u is not a function\n", id);
		return -EINVAL;
	}
	proto = btf_type(btf, func->type);
	if (!proto || btf_kind_of(proto) != BTF_KIND_FUNC_PROTO) {
		verbose(env, "kernel function btf_id %u does not have a valid func_proto\n", id);
		return -EINVAL;
	}
	/* NULL for one that only has a name here: an error if the call is reached. */
	env->prog->aux[idx].kfunc = kfunc_by_id(id);
	if (env->prog->aux[idx].kfunc && env->prog->aux[idx].kfunc->special == KFUNC_DEV_BOUND) {
		verbose(env, "metadata kfuncs require device-bound program\n");
		return -EINVAL;
	}
	return 0;
}

/* Instruction at which the function of that BTF id starts, by func_info. */
static int exception_cb_insn(struct verifier_env *env, u32 func_id)
{
	const struct prog *prog = env->prog;
	int insn = 0;

	for (u32 i = 0; i < prog->nr_func_info; i++) {
		if (prog->func_info[i].type_id != func_id)
			continue;
		insn = (int)prog->func_info[i].insn_off;
		if (!insn) {
			verbose(env, "invalid exception callback insn_off in func_info: 0\n");
			return -EINVAL;
		}
	}
	if (!insn) {
		verbose(env, "exception callback type id not found in func_info\n");
		return -EINVAL;
	}
	return insn;
}

/* The function that a decl tag of the main function names as its exception callback. */
static int find_exception_cb(struct verifier_env *env)
{
	static const char tag[] = "exception_callback:";
	const struct prog *prog = env->prog;
	const struct btf *btf = prog->btf;
	const char *name;
	int count, insn, err;
	s32 id;

	if (!btf || !prog->nr_func_info)
		return 0;
	count = btf_decl_tag_count(btf, prog->func_info[0].type_id, -1, tag);
	if (count == -ENOENT)
		return 0;
	if (count < 0) {
		if (count == -EEXIST)
			verbose(env, "multiple exception callback tags for main subprog\n");
		return count;
	}
	name = btf_decl_tag(btf, prog->func_info[0].type_id, -1, tag);
	id = btf_find(btf, name, BTF_KIND_FUNC);
	if (id < 0) {
		verbose(env, "exception callback '%s' could not be found in BTF\n", name);
		return id;
	}
	if (btf_vlen_of(btf_type(btf, (u32)id)) != BTF_FUNC_GLOBAL) {
		verbose(env, "exception callback '%s' must have global linkage\n", name);
		return -EINVAL;
	}
	insn = exception_cb_insn(env, (u32)id);
	if (insn < 0)
		return insn;
	err = add_subprog(env, insn);
	if (err)
		return err;
	env->prog->exception_cb = find_subprog(env, (u32)insn);
	env->subprogs[env->prog->exception_cb].is_cb = true;
	env->subprogs[env->prog->exception_cb].is_exception_cb = true;
	return 0;
}

/* Callee numbers, once all functions are known. */
static void number_calls(struct verifier_env *env)
{
	for (u32 i = 0; i < env->prog->len; i++) {
		const struct bpf_insn *insn = &env->prog->insns[i];

		if (isa_is_bpf_call(insn))
			env->prog->aux[i].subprog = (u32)find_subprog(env, i + (u32)insn->imm + 1);
	}
}

static bool is_func_ref(const struct bpf_insn *insn)
{
	return isa_is_bpf_call(insn) || (isa_is_ld_imm64(insn) && insn->src_reg == BPF_PSEUDO_FUNC);
}

int find_subprogs(struct verifier_env *env)
{
	struct prog *prog = env->prog;
	int err;

	prog->exception_cb = -1;
	env->subprogs = calloc(MAX_SUBPROGS + 1, sizeof(*env->subprogs));
	if (!env->subprogs)
		return -ENOMEM;
	err = add_subprog(env, 0);
	for (u32 i = 0; !err && i < prog->len; i++) {
		if (is_func_ref(&prog->insns[i]))
			err = add_subprog(env, (s64)i + prog->insns[i].imm + 1);
		else if (isa_is_kfunc_call(&prog->insns[i]))
			err = add_kfunc_call(env, i);
	}
	if (!err)
		err = find_exception_cb(env);
	if (err)
		return err;
	for (u32 i = 0; i < env->nr_subprogs; i++)
		env->subprogs[i].end =
			i + 1 < env->nr_subprogs ? env->subprogs[i + 1].start : prog->len;
	number_calls(env);
	if (env->log->level & VLOG_LEVEL2)
		for (u32 i = 0; i < env->nr_subprogs; i++)
			verbose(env, "func#%u @%u\n", i, env->subprogs[i].start);
	env->subprog_global = calloc(env->nr_subprogs, sizeof(*env->subprog_global));
	env->subprog_called = calloc(env->nr_subprogs, sizeof(*env->subprog_called));
	if (!env->subprog_global || !env->subprog_called)
		return -ENOMEM;
	return func_sigs_init(env);
}

static bool ends_subprog(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT) || insn->code == (BPF_JMP | BPF_JA) ||
	       insn->code == (BPF_JMP32 | BPF_JA);
}

/* In 64 bits: the instruction is not yet known to be sane. */
static s64 jump_target(const struct bpf_insn *insn, u32 idx)
{
	return (s64)idx + 1 +
	       (BPF_CLASS(insn->code) == BPF_JMP32 && BPF_OP(insn->code) == BPF_JA ? insn->imm
										   : insn->off);
}

static bool is_jump(const struct bpf_insn *insn)
{
	u8 cls = BPF_CLASS(insn->code);

	if (cls != BPF_JMP && cls != BPF_JMP32)
		return false;
	return BPF_OP(insn->code) != BPF_CALL && BPF_OP(insn->code) != BPF_EXIT;
}

/* Jumps stay within their function, and no function runs on into the next. */
int check_subprogs(struct verifier_env *env)
{
	for (u32 s = 0; s < env->nr_subprogs; s++) {
		struct subprog *sub = &env->subprogs[s];

		for (u32 i = sub->start; i < sub->end; i++) {
			const struct bpf_insn *insn = &env->prog->insns[i];
			s64 to = jump_target(insn, i);

			if (isa_is_helper_call(insn) && insn->imm == BPF_FUNC_tail_call) {
				sub->has_tail_call = true;
				sub->tail_call_reachable = true;
			}
			if (is_jump(insn) && (to < sub->start || to >= sub->end)) {
				verbose(env, "jump out of range from insn %u to %d\n", i, (s32)to);
				return -EINVAL;
			}
		}
		if (!ends_subprog(&env->prog->insns[sub->end - 1])) {
			verbose(env, "last insn is not an exit or jmp\n");
			return -EINVAL;
		}
	}
	return 0;
}
