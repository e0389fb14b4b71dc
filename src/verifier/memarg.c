// SPDX-License-Identifier: BSD-2-Clause
/* Memory that a call's arguments point to: how much of it the callee may read and write. */
#include <errno.h>

#include "access.h"

int check_ptr_off_reg(struct verifier_env *env, const struct reg_state *reg, u32 regno,
		      bool fixed_off_ok)
{
	if (reg->off < 0) {
		verbose(env, "negative offset %s ptr R%u off=%d disallowed\n",
			reg_type_str(reg->type), regno, reg->off);
		return -EACCES;
	}
	if (!fixed_off_ok && reg->off) {
		verbose(env, "dereference of modified %s ptr R%u off=%d disallowed\n",
			reg_type_str(reg->type), regno, reg->off);
		return -EACCES;
	}
	if (!tnum_equals_const(reg->var_off, 0)) {
		verbose(env, "variable %s access var_off=", reg_type_str(reg->type));
		log_tnum(env, reg->var_off);
		verbose(env, " disallowed\n");
		return -EACCES;
	}
	return 0;
}

static bool arg_is_dynptr(u32 arg_type)
{
	return TYPE_BASE(arg_type) == ARG_PTR_TO_DYNPTR;
}

int check_func_arg_reg_off(struct verifier_env *env, const struct reg_state *reg, u32 regno,
			   u32 arg_type)
{
	if (arg_type & OBJ_RELEASE) {
		/* It points to the dynptr, not to what is released. */
		if (arg_is_dynptr(arg_type) && reg->type == PTR_TO_STACK)
			return 0;
		if (reg->off) {
			verbose(env,
				"R%u must have zero offset when passed to release func or trusted "
				"arg to kfunc\n",
				regno);
			return -EINVAL;
		}
		return check_ptr_off_reg(env, reg, regno, false);
	}
	switch (reg->type) {
	case PTR_TO_STACK:
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_MAP_KEY:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MEM:
	case PTR_TO_MEM | MEM_RDONLY:
	case PTR_TO_MEM | MEM_RINGBUF:
	case PTR_TO_BUF:
	case PTR_TO_BUF | MEM_RDONLY:
	case PTR_TO_ARENA:
	case SCALAR_VALUE:
		return 0;
	case PTR_TO_BTF_ID:
	case PTR_TO_BTF_ID | MEM_ALLOC:
	case PTR_TO_BTF_ID | PTR_TRUSTED:
	case PTR_TO_BTF_ID | MEM_RCU:
	case PTR_TO_BTF_ID | MEM_ALLOC | NON_OWN_REF:
	case PTR_TO_BTF_ID | MEM_ALLOC | NON_OWN_REF | MEM_RCU:
		return check_ptr_off_reg(env, reg, regno, true);
	default:
		return check_ptr_off_reg(env, reg, regno, false);
	}
}

static int cannot_write(struct verifier_env *env, u32 regno)
{
	verbose(env, "R%u cannot write into %s\n", regno, reg_type_str(cur_regs(env)[regno].type));
	return -EACCES;
}

static int check_btf_mem(struct verifier_env *env, u32 regno, u32 size, enum access_kind kind)
{
	const struct access a = {
		.insn_idx = env->insn_idx,
		.regno = regno,
		.off = cur_regs(env)[regno].off,
		.size = size,
		.kind = kind,
		.value_regno = -1,
	};

	return access_btf(env, &a);
}

int check_helper_mem_access(struct verifier_env *env, u32 regno, u32 size, enum access_kind kind,
			    bool zero_size_allowed, struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	bool write = kind == ACCESS_WRITE;
	int err;

	switch (reg_base_type(reg)) {
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
		return check_packet_access(env, regno, reg->off, size, zero_size_allowed);
	case PTR_TO_MAP_KEY:
		if (write)
			return cannot_write(env, regno);
		return check_mem_region_access(env, regno, reg->off, size, reg->map->key_size,
					       false);
	case PTR_TO_MAP_VALUE:
		err = check_map_access_type(env, regno, reg->off, size, kind);
		return err ? err
			   : check_map_access(env, regno, reg->off, size, zero_size_allowed, false);
	case PTR_TO_MEM:
		if (write && (reg->type & MEM_RDONLY))
			return cannot_write(env, regno);
		return check_mem_region_access(env, regno, reg->off, size, reg->mem_size,
					       zero_size_allowed);
	case PTR_TO_STACK:
		return check_stack_range_initialized(env, regno, reg->off, size, zero_size_allowed,
						     kind, meta);
	case PTR_TO_BTF_ID:
		return check_btf_mem(env, regno, size, kind);
	default:
		if (zero_size_allowed && !size && reg_is_null(reg))
			return 0;
		verbose(env, "R%u type=%s ", regno, reg_type_str(reg->type));
		verbose(env, "expected=%s\n", reg_type_str(PTR_TO_STACK));
		return -EACCES;
	}
}

int check_mem_size_reg(struct verifier_env *env, u32 regno, u32 size_regno, enum access_kind kind,
		       bool zero_size_allowed, struct call_meta *meta)
{
	const struct reg_state *size = &cur_regs(env)[size_regno];
	int err;

	/* What the call returns may be bounded by it. */
	meta->msize_max = size->umax;
	/* Memory that may be filled in part only must be initialised before. */
	if (!tnum_is_const(size->var_off))
		meta = NULL;
	if (size->smin < 0) {
		verbose(env, "R%u min value is negative, either use unsigned or 'var &= const'\n",
			size_regno);
		return -EACCES;
	}
	if (!size->umin && !zero_size_allowed) {
		verbose(env, "R%u invalid zero-sized read: u64=[%lld,%lld]\n", size_regno,
			(long long)size->umin, (long long)size->umax);
		return -EACCES;
	}
	if (size->umax >= MAX_VAR_SIZE) {
		verbose(env,
			"R%u unbounded memory access, use 'var &= const' or 'if (var < const)'\n",
			size_regno);
		return -EACCES;
	}
	err = check_helper_mem_access(env, regno, (u32)size->umax, kind, zero_size_allowed, meta);
	return err ? err : mark_chain_precision(env, size_regno);
}

int check_mem_reg(struct verifier_env *env, struct reg_state *reg, u32 regno, u32 mem_size)
{
	struct reg_state saved = *reg;
	int err;

	if (reg_is_null(reg))
		return 0;
	/* The callee deals with NULL; what is checked is the memory if it is not. */
	if (reg_may_be_null(reg))
		mark_ptr_not_null_reg(reg);
	err = check_helper_mem_access(env, regno, mem_size, ACCESS_READ, true, NULL);
	if (!err)
		err = check_helper_mem_access(env, regno, mem_size, ACCESS_WRITE, true, NULL);
	if (reg_may_be_null(&saved))
		*reg = saved;
	return err;
}
