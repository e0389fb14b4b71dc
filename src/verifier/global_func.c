// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

/*
 * Arguments of BPF functions by their BTF. A global function is verified once, for whatever its
 * signature admits, and its callers must pass what the signature says. For a static function the
 * types only decide if the signature can be relied on.
 */
#define MAX_ARGS 5

enum arg_tag {
	TAG_CTX = BIT(0),
	TAG_NONNULL = BIT(1),
	TAG_TRUSTED = BIT(2),
	TAG_NULLABLE = BIT(3),
	TAG_ARENA = BIT(4),
	TAG_UNTRUSTED = BIT(5),
};

static const struct {
	const char *name;
	enum arg_tag tag;
} tag_names[] = {
	{"ctx", TAG_CTX},	    {"nonnull", TAG_NONNULL}, {"trusted", TAG_TRUSTED},
	{"nullable", TAG_NULLABLE}, {"arena", TAG_ARENA},     {"untrusted", TAG_UNTRUSTED},
};

struct func_arg {
	u32 type; /* enum bpf_arg_type and flags */
	u32 mem_size;
	u32 btf_id; /* in the vmlinux BTF */
};

struct func_sig {
	bool known;
	bool unreliable; /* the BTF does not say what is really passed */
	u32 nr_args;
	struct func_arg args[MAX_ARGS];
};

/* The argument being read. */
struct sig_arg {
	struct verifier_env *env;
	const struct btf *btf;
	u32 func_id;
	u32 idx;
	bool global;
	u32 tags;
	const struct btf_type *ptr; /* its type, modifiers skipped */
	struct func_arg *out;
};

static int bad_tags(const struct sig_arg *arg)
{
	verbose(arg->env, "arg#%u has invalid combination of tags\n", arg->idx);
	return -EINVAL;
}

static int add_tag(struct sig_arg *arg, const char *name)
{
	if (!arg->global) {
		verbose(arg->env, "arg#%u type tag is not supported in static functions\n",
			arg->idx);
		return -EOPNOTSUPP;
	}
	for (u32 i = 0; i < ARRAY_SIZE(tag_names); i++) {
		if (strcmp(name, tag_names[i].name))
			continue;
		arg->tags |= tag_names[i].tag;
		return 0;
	}
	verbose(arg->env, "arg#%u has unsupported set of tags\n", arg->idx);
	return -EOPNOTSUPP;
}

/* The "arg:..." decl tags of the argument. */
static int read_tags(struct sig_arg *arg)
{
	static const char prefix[] = "arg:";

	for (u32 id = 1; id < arg->btf->nr_types; id++) {
		const struct btf_type *t = btf_type(arg->btf, id);
		const char *name;
		int err;

		if (btf_kind_of(t) != BTF_KIND_DECL_TAG || t->type != arg->func_id ||
		    ((const struct btf_decl_tag *)(t + 1))->component_idx != (s32)arg->idx)
			continue;
		name = btf_name(arg->btf, t);
		if (strncmp(name, prefix, sizeof(prefix) - 1))
			continue;
		err = add_tag(arg, name + sizeof(prefix) - 1);
		if (err)
			return err;
	}
	return 0;
}

static const char *ctx_name(enum bpf_prog_type type)
{
	return type == BPF_PROG_TYPE_XDP ? "xdp_md" : "__sk_buff";
}

static bool is_ctx_ptr(const struct sig_arg *arg)
{
	enum bpf_prog_type type = arg->env->prog->type;
	const struct btf_type *t = btf_skip_modifiers(arg->btf, arg->ptr->type, NULL);
	const char *name = btf_name(arg->btf, t);

	if (!btf_is_kind_struct(t))
		return false;
	/* The kernel's own name for what the context stands for will do as well. */
	return !strcmp(name, ctx_name(type)) ||
	       !strcmp(name, type == BPF_PROG_TYPE_XDP ? "xdp_buff" : "sk_buff");
}

static int read_ctx_arg(const struct sig_arg *arg)
{
	const struct btf_type *t = btf_skip_modifiers(arg->btf, arg->ptr->type, NULL);
	const char *want = ctx_name(arg->env->prog->type);

	if (arg->tags & ~TAG_CTX)
		return bad_tags(arg);
	/* The tag vouches for a pointer to void, but not for another struct. */
	if (arg->tags && btf_kind_of(t) != BTF_KIND_UNKN &&
	    (!btf_is_kind_struct(t) || strcmp(btf_name(arg->btf, t), want))) {
		verbose(arg->env, "arg#%u should be `struct %s *`\n", arg->idx, want);
		return -EINVAL;
	}
	arg->out->type = ARG_PTR_TO_CTX;
	return 0;
}

static bool is_dynptr_ptr(const struct sig_arg *arg)
{
	const struct btf_type *t = btf_skip_modifiers(arg->btf, arg->ptr->type, NULL);

	return btf_kind_of(t) == BTF_KIND_STRUCT && !strcmp(btf_name(arg->btf, t), "bpf_dynptr");
}

/* The kernel's struct of that name; "name___flavor" is "name". */
static s32 find_kernel_type(const struct sig_arg *arg)
{
	const struct btf_type *t = btf_skip_modifiers(arg->btf, arg->ptr->type, NULL);
	const char *name = btf_name(arg->btf, t), *flavor = strstr(name, "___");
	char essential[256];
	size_t len = flavor && flavor != name ? (size_t)(flavor - name) : strlen(name);
	s32 id = -ENOENT;

	if (len < sizeof(essential)) {
		memcpy(essential, name, len);
		essential[len] = 0;
		id = len ? btf_find(arg->env->kernel_btf, essential, btf_kind_of(t)) : -ENOENT;
	}
	if (id < 0)
		verbose(arg->env, "arg#%u reference type('%s %s') has no matches\n", arg->idx,
			btf_kind_word(t), name);
	return id;
}

static int read_trusted_arg(const struct sig_arg *arg)
{
	s32 id;

	if (arg->tags & TAG_NONNULL)
		return bad_tags(arg);
	id = find_kernel_type(arg);
	if (id < 0)
		return id;
	arg->out->type = ARG_PTR_TO_BTF_ID | PTR_TRUSTED;
	if (arg->tags & TAG_NULLABLE)
		arg->out->type |= PTR_MAYBE_NULL;
	arg->out->btf_id = (u32)id;
	return 0;
}

static bool is_number(const struct btf_type *t)
{
	u32 kind = btf_kind_of(t);

	return kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

static int read_untrusted_arg(const struct sig_arg *arg)
{
	const struct btf_type *t = btf_skip_modifiers(arg->btf, arg->ptr->type, NULL);
	s32 id;

	if (arg->tags & ~TAG_UNTRUSTED) {
		verbose(arg->env, "arg#%u untrusted cannot be combined with any other tags\n",
			arg->idx);
		return -EINVAL;
	}
	if (btf_kind_of(t) == BTF_KIND_UNKN || is_number(t)) {
		arg->out->type = ARG_PTR_TO_MEM | MEM_RDONLY | PTR_UNTRUSTED;
		arg->out->mem_size = 0;
		return 0;
	}
	id = find_kernel_type(arg);
	if (id < 0)
		return id;
	if (!btf_is_kind_struct(t)) {
		verbose(arg->env,
			"arg#%u has type %s '%s', but only struct or primitive types are "
			"allowed\n",
			arg->idx, btf_kind_word(t), btf_name(arg->btf, t));
		return -EINVAL;
	}
	arg->out->type = ARG_PTR_TO_BTF_ID | PTR_UNTRUSTED;
	arg->out->btf_id = (u32)id;
	return 0;
}

/* Plain memory, as large as the type. */
static int read_mem_arg(const struct sig_arg *arg)
{
	u32 id;
	const struct btf_type *t = btf_skip_modifiers(arg->btf, arg->ptr->type, &id);
	int err;

	if (arg->tags & TAG_NULLABLE)
		return bad_tags(arg);
	err = btf_size(arg->btf, id, &arg->out->mem_size);
	if (err) {
		verbose(arg->env, "arg#%u reference type('%s %s') size cannot be determined: %d\n",
			arg->idx, btf_kind_word(t), btf_name(arg->btf, t), err);
		return -EINVAL;
	}
	arg->out->type = ARG_PTR_TO_MEM;
	if (!(arg->tags & TAG_NONNULL))
		arg->out->type |= PTR_MAYBE_NULL;
	return 0;
}

static int read_scalar_arg(const struct sig_arg *arg)
{
	if (arg->tags) {
		verbose(arg->env, "arg#%u has pointer tag, but is not a pointer type\n", arg->idx);
		return -EINVAL;
	}
	if (is_number(arg->ptr)) {
		arg->out->type = ARG_ANYTHING;
		return 0;
	}
	if (arg->global)
		verbose(arg->env, "Arg#%u type %s in %s() is not supported yet.\n", arg->idx,
			btf_kind_word(arg->ptr),
			btf_name(arg->btf, btf_type(arg->btf, arg->func_id)));
	return -EINVAL;
}

static int read_arg(struct sig_arg *arg, u32 type_id)
{
	int err = read_tags(arg);

	if (err)
		return err;
	arg->ptr = btf_skip_modifiers(arg->btf, type_id, NULL);
	if (btf_kind_of(arg->ptr) != BTF_KIND_PTR)
		return read_scalar_arg(arg);
	if ((arg->tags & TAG_CTX) || is_ctx_ptr(arg))
		return read_ctx_arg(arg);
	if (is_dynptr_ptr(arg)) {
		if (arg->tags)
			return bad_tags(arg);
		arg->out->type = ARG_PTR_TO_DYNPTR | MEM_RDONLY;
		return 0;
	}
	if (arg->tags & TAG_TRUSTED)
		return read_trusted_arg(arg);
	if (arg->tags & TAG_UNTRUSTED)
		return read_untrusted_arg(arg);
	if (arg->tags & TAG_ARENA) {
		if (arg->tags & ~TAG_ARENA) {
			verbose(arg->env, "arg#%u arena cannot be combined with any other tags\n",
				arg->idx);
			return -EINVAL;
		}
		arg->out->type = ARG_PTR_TO_ARENA;
		return 0;
	}
	return arg->global ? read_mem_arg(arg) : read_scalar_arg(arg);
}

/* The signature of a function, from the BTF at the first use. -EFAULT: unusable. */
static int read_sig(struct verifier_env *env, u32 subprog, struct func_sig **out)
{
	const struct btf *btf = env->prog->btf;
	struct func_sig *sig = &env->sigs[subprog];
	u32 func_id = env->subprogs[subprog].func_btf_id;
	bool global = subprog_is_global(env, subprog);
	const struct btf_type *func, *proto;
	const struct btf_param *params;
	u32 nr;

	*out = sig;
	if (sig->known)
		return 0;
	if (!btf || !func_id)
		return -EFAULT;
	func = btf_type(btf, func_id);
	proto = btf_type(btf, func->type);
	params = (const struct btf_param *)(proto + 1);
	nr = btf_vlen_of(proto);
	if (nr > MAX_ARGS) {
		if (global)
			verbose(env, "Global function %s() with %u > %d args. Buggy compiler.\n",
				btf_name(btf, func), nr, MAX_ARGS);
		return -EINVAL;
	}
	if (!is_number(btf_skip_modifiers(btf, proto->type, NULL))) {
		if (global)
			verbose(env,
				"Global function %s() doesn't return scalar. Only those are "
				"supported.\n",
				btf_name(btf, func));
		return -EINVAL;
	}
	for (u32 i = 0; i < nr; i++) {
		struct sig_arg arg = {
			.env = env,
			.btf = btf,
			.func_id = func_id,
			.idx = i,
			.global = global,
			.out = &sig->args[i],
		};
		int err = read_arg(&arg, params[i].type);

		if (err)
			return err;
	}
	sig->nr_args = nr;
	sig->known = true;
	return 0;
}

static bool is_null(const struct reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_equals_const(reg->var_off, 0);
}

static int check_mem_passed(struct verifier_env *env, u32 idx, struct reg_state *reg,
			    const struct func_arg *arg)
{
	u32 regno = BPF_REG_1 + idx;
	int err = check_func_arg_reg_off(env, reg, regno, ARG_DONTCARE);

	if (err)
		return err;
	if (check_mem_reg(env, reg, regno, arg->mem_size))
		return -EINVAL;
	/* The kernel lets a literal NULL through, which the function then follows. */
	if (!(arg->type & PTR_MAYBE_NULL) && (reg_may_be_null(reg) || is_null(reg))) {
		verbose(env, "arg#%u is expected to be non-NULL\n", idx);
		return -EINVAL;
	}
	return 0;
}

/* One register against one argument of the signature. */
static int check_passed(struct verifier_env *env, u32 idx, struct reg_state *reg,
			const struct func_arg *arg)
{
	struct call_meta meta = {0};
	u32 regno = BPF_REG_1 + idx;
	int err;

	if (arg->type == ARG_ANYTHING) {
		if (reg->type == SCALAR_VALUE)
			return 0;
		verbose(env, "R%u is not a scalar\n", regno);
		return -EINVAL;
	}
	/* Reads through it are probed: whatever it is will do. */
	if (arg->type & PTR_UNTRUSTED)
		return 0;
	switch (TYPE_BASE(arg->type)) {
	case ARG_PTR_TO_CTX:
		err = check_func_arg_reg_off(env, reg, regno, ARG_DONTCARE);
		if (err || reg->type == PTR_TO_CTX)
			return err;
		verbose(env, "arg#%u expects pointer to ctx\n", idx);
		return -EINVAL;
	case ARG_PTR_TO_MEM:
		return check_mem_passed(env, idx, reg, arg);
	case ARG_PTR_TO_ARENA:
		if (reg->type == PTR_TO_ARENA || reg->type == SCALAR_VALUE)
			return 0;
		verbose(env, "R%u is not a pointer to arena or scalar.\n", regno);
		return -EINVAL;
	case ARG_PTR_TO_DYNPTR:
		err = check_func_arg_reg_off(env, reg, regno, ARG_PTR_TO_DYNPTR);
		return err ? err : process_dynptr_arg(env, regno, env->insn_idx, arg->type, 0);
	case ARG_PTR_TO_BTF_ID:
		if (is_null(reg) && (arg->type & PTR_MAYBE_NULL))
			return 0;
		err = check_reg_type(env, regno, arg->type, arg->btf_id, &meta);
		return err ? err : check_func_arg_reg_off(env, reg, regno, arg->type);
	default:
		return verifier_bug(env, "unrecognized arg#%u type %u", idx, arg->type);
	}
}

int check_subprog_call(struct verifier_env *env, u32 subprog, struct reg_state *regs)
{
	struct func_sig *sig = &env->sigs[subprog];
	int err;

	if (!env->prog->nr_func_info || sig->unreliable)
		return -EINVAL;
	err = read_sig(env, subprog, &sig);
	for (u32 i = 0; !err && i < sig->nr_args; i++)
		err = check_passed(env, i, &regs[BPF_REG_1 + i], &sig->args[i]);
	/* Compilers drop and retype arguments of static functions at will. */
	if (err)
		sig->unreliable = true;
	return err;
}

static void set_passed(struct verifier_env *env, struct reg_state *regs, u32 regno,
		       const struct func_arg *arg)
{
	struct reg_state *reg = &regs[regno];

	if (arg->type == ARG_ANYTHING || TYPE_BASE(arg->type) == ARG_PTR_TO_ARENA) {
		mark_reg_unknown(env, regs, regno);
		return;
	}
	if (TYPE_BASE(arg->type) == ARG_PTR_TO_DYNPTR) {
		mark_dynptr_reg(reg, DYNPTR_LOCAL, true, ++env->id_gen);
		return;
	}
	mark_reg_known_zero(env, regs, regno);
	switch (TYPE_BASE(arg->type)) {
	case ARG_PTR_TO_CTX:
		reg->type = PTR_TO_CTX;
		break;
	case ARG_PTR_TO_MEM:
		reg->type =
			PTR_TO_MEM | (arg->type & (PTR_MAYBE_NULL | PTR_UNTRUSTED | MEM_RDONLY));
		reg->mem_size = arg->mem_size;
		if (arg->type & PTR_MAYBE_NULL)
			reg->id = ++env->id_gen;
		break;
	default:
		reg->type = PTR_TO_BTF_ID |
			    (arg->type & (PTR_MAYBE_NULL | PTR_UNTRUSTED | PTR_TRUSTED));
		reg->btf = env->kernel_btf;
		reg->btf_id = arg->btf_id;
		reg->id = ++env->id_gen;
	}
}

int prepare_global_func_args(struct verifier_env *env, u32 subprog, struct reg_state *regs)
{
	struct func_sig *sig;
	int err;

	err = read_sig(env, subprog, &sig);
	if (err)
		return err;
	if (env->subprogs[subprog].is_exception_cb &&
	    (sig->nr_args != 1 || sig->args[0].type != ARG_ANYTHING)) {
		verbose(env, "exception cb only supports single integer argument\n");
		return -EINVAL;
	}
	for (u32 i = 0; i < sig->nr_args; i++)
		set_passed(env, regs, BPF_REG_1 + i, &sig->args[i]);
	return 0;
}

int func_sigs_init(struct verifier_env *env)
{
	env->sigs = calloc(env->nr_subprogs, sizeof(*env->sigs));
	return env->sigs ? 0 : -ENOMEM;
}

void func_sigs_free(struct verifier_env *env)
{
	free(env->sigs);
	env->sigs = NULL;
}
