// SPDX-License-Identifier: BSD-2-Clause
/* Fields of the context and of socket structs: packet/ctxfield.h says which there are. */
#include <errno.h>

#include "access.h"
#include "packet/ctxfield.h"

static void rewrite_at(struct verifier_env *env, const struct access *a, enum insn_access how)
{
	struct insn_aux *aux = &env->prog->aux[a->insn_idx];

	aux->access = (u8)how;
	aux->ctx_off = a->off;
}

static void load_field(struct verifier_env *env, u32 regno, u32 type)
{
	struct reg_state *regs = cur_regs(env);

	if (type == SCALAR_VALUE) {
		mark_reg_unknown(env, regs, regno);
		return;
	}
	mark_reg_known_zero(env, regs, regno);
	regs[regno].type = type;
	if (type & PTR_MAYBE_NULL)
		regs[regno].id = ++env->id_gen;
}

int access_ctx(struct verifier_env *env, const struct access *a)
{
	const struct prog *prog = env->prog;
	struct ctx_access field;
	u32 flags = 0;
	int err = check_ptr_off_reg(env, access_reg(env, a), a->regno, false);

	if (err)
		return err;
	if (a->kind == ACCESS_WRITE)
		flags |= CTX_F_WRITE;
	if (a->sign_extend)
		flags |= CTX_F_SIGNED;
	err = ctx_access_lookup(prog->type, prog->expected_attach_type, a->off, a->size, flags,
				&field);
	if (err) {
		verbose(env, "invalid bpf_context access off=%d size=%u\n", a->off, a->size);
		log_source(env, a->insn_idx);
		return err;
	}
	rewrite_at(env, a, ACCESS_CTX);
	if (access_loads(a))
		load_field(env, (u32)a->value_regno, field.reg_type);
	return 0;
}

int access_sock(struct verifier_env *env, const struct access *a)
{
	const struct reg_state *reg = access_reg(env, a);

	if (a->kind == ACCESS_WRITE) {
		verbose(env, "R%u cannot write into %s\n", a->regno, reg_type_str(reg->type));
		return -EACCES;
	}
	if (reg->smin < 0) {
		verbose(env,
			"R%u min value is negative, either use unsigned index or do a if (index "
			">=0) check.\n",
			a->regno);
		return -EACCES;
	}
	/* No arithmetic is allowed on these, so the offset is the instruction's own. */
	if (!sock_access_ok(reg->type, a->off, a->size)) {
		verbose(env, "R%u invalid %s access off=%d size=%u\n", a->regno,
			reg_type_str(reg->type), a->off, a->size);
		return -EACCES;
	}
	rewrite_at(env, a, ACCESS_SOCK);
	if (access_loads(a))
		mark_reg_unknown(env, cur_regs(env), (u32)a->value_regno);
	return 0;
}
