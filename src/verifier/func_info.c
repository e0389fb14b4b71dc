// SPDX-License-Identifier: BSD-2-Clause
/* The loader's func_info and line_info against the program's instructions and BTF. */
#include <errno.h>

#include "env.h"

static int check_func_record(struct verifier_env *env, u32 i)
{
	const struct bpf_func_info *rec = &env->prog->func_info[i];
	const struct btf *btf = env->prog->btf;
	const struct btf_type *func, *proto;

	if (!i && rec->insn_off) {
		verbose(env, "nonzero insn_off %u for the first func info record", rec->insn_off);
		return -EINVAL;
	}
	if (i && rec->insn_off <= rec[-1].insn_off) {
		verbose(env, "same or smaller insn offset (%u) than previous func info record (%u)",
			rec->insn_off, rec[-1].insn_off);
		return -EINVAL;
	}
	func = btf_type(btf, rec->type_id);
	if (!rec->type_id || !func || btf_kind_of(func) != BTF_KIND_FUNC) {
		verbose(env, "invalid type id %d in func info", rec->type_id);
		return -EINVAL;
	}
	proto = btf_type(btf, func->type);
	if (!proto || btf_kind_of(proto) != BTF_KIND_FUNC_PROTO)
		return -EINVAL;
	return 0;
}

static bool returns_int(const struct btf *btf, const struct btf_type *func)
{
	const struct btf_type *proto = btf_type(btf, func->type);
	const struct btf_type *ret = btf_skip_modifiers(btf, proto->type, NULL);
	u32 kind = ret ? btf_kind_of(ret) : BTF_KIND_UNKN;

	if (kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64)
		return true;
	return kind == BTF_KIND_INT && ret->size <= sizeof(u64);
}

static bool is_ld_abs_or_ind(const struct bpf_insn *insn)
{
	u8 mode = BPF_MODE(insn->code);

	return BPF_CLASS(insn->code) == BPF_LD && (mode == BPF_ABS || mode == BPF_IND);
}

/*
 * LD_ABS and a tail call that fails end the whole program from within the function: its callers
 * must expect an integer.
 */
static int check_early_return(struct verifier_env *env, u32 subprog, const char *where)
{
	const struct subprog *sp = &env->subprogs[subprog];

	for (u32 i = sp->start; i < sp->end; i++) {
		const struct bpf_insn *insn = &env->prog->insns[i];

		if (is_ld_abs_or_ind(insn)) {
			verbose(env, "LD_ABS is %s\n", where);
			return -EINVAL;
		}
		if (isa_is_helper_call(insn) && insn->imm == BPF_FUNC_tail_call) {
			verbose(env, "tail_call is %s\n", where);
			return -EINVAL;
		}
		if (isa_is_ld_imm64(insn))
			i++;
	}
	return 0;
}

int check_func_info(struct verifier_env *env)
{
	struct prog *prog = env->prog;
	int err = 0;

	if (!prog->nr_func_info) {
		for (u32 i = 1; i < env->nr_subprogs && !err; i++)
			err = check_early_return(env, i, "not allowed in subprogs without BTF");
		return err;
	}
	for (u32 i = 0; i < prog->nr_func_info; i++) {
		err = check_func_record(env, i);
		if (err)
			return err;
	}
	if (prog->nr_func_info != env->nr_subprogs) {
		verbose(env, "number of funcs in func_info doesn't match number of subprogs\n");
		return -EINVAL;
	}
	for (u32 i = 0; i < env->nr_subprogs; i++) {
		const struct bpf_func_info *rec = &prog->func_info[i];
		struct subprog *sp = &env->subprogs[i];
		const struct btf_type *func = btf_type(prog->btf, rec->type_id);

		if (rec->insn_off != sp->start) {
			verbose(env, "func_info BTF section doesn't match subprog layout in BPF "
				     "program\n");
			return -EINVAL;
		}
		if (i && !returns_int(prog->btf, func)) {
			err = check_early_return(env, i,
						 "only allowed in functions that return 'int'.");
			if (err)
				return err;
		}
		sp->func_btf_id = rec->type_id;
		sp->name = btf_name(prog->btf, func);
		env->subprog_global[i] = btf_vlen_of(func) == BTF_FUNC_GLOBAL;
	}
	return 0;
}

static int check_line_record(struct verifier_env *env, u32 i, u32 *subprog)
{
	const struct prog *prog = env->prog;
	const struct bpf_line_info *rec = &prog->line_info[i];
	u32 prev = i ? rec[-1].insn_off : 0;

	if ((i && rec->insn_off <= prev) || rec->insn_off >= prog->len) {
		verbose(env, "Invalid line_info[%u].insn_off:%u (prev_offset:%u prog->len:%u)\n", i,
			rec->insn_off, prev, prog->len);
		return -EINVAL;
	}
	/* The second half of a ld_imm64 is no instruction. */
	if (!prog->insns[rec->insn_off].code) {
		verbose(env, "Invalid insn code at line_info[%u].insn_off\n", i);
		return -EINVAL;
	}
	if (rec->line_off >= prog->btf->hdr->str_len ||
	    rec->file_name_off >= prog->btf->hdr->str_len) {
		verbose(env, "Invalid line_info[%u].line_off or .file_name_off\n", i);
		return -EINVAL;
	}
	if (*subprog == env->nr_subprogs)
		return 0;
	if (rec->insn_off == env->subprogs[*subprog].start) {
		env->subprogs[*subprog].line = i;
		(*subprog)++;
	} else if (env->subprogs[*subprog].start < rec->insn_off) {
		verbose(env, "missing bpf_line_info for func#%u\n", *subprog);
		return -EINVAL;
	}
	return 0;
}

int check_line_info(struct verifier_env *env)
{
	struct prog *prog = env->prog;
	u32 subprog = 0;
	int err = 0;

	if (!prog->nr_line_info)
		return 0;
	for (u32 i = 0; i < prog->nr_line_info && !err; i++)
		err = check_line_record(env, i, &subprog);
	if (!err && subprog != env->nr_subprogs) {
		verbose(env, "missing bpf_line_info for func#%u\n", subprog);
		err = -EINVAL;
	}
	return err;
}
