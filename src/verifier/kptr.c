// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/* Pointers kept in map values and in allocated objects: which fields take which pointers. */
static const char *type_name(const struct btf *btf, u32 id)
{
	return btf_name(btf, btf_type(btf, id));
}

const struct btf_record *reg_record(struct verifier_env *env, const struct reg_state *reg)
{
	(void)env;
	if (reg_base_type(reg) == PTR_TO_MAP_VALUE)
		return reg->map->record;
	if (reg_base_type(reg) == PTR_TO_BTF_ID && (reg->type & MEM_ALLOC))
		return btf_struct_record(reg->btf, reg->btf_id);
	return NULL;
}

static bool kptr_flags_fit(const struct btf_field *field, const struct reg_state *reg)
{
	u32 allowed = PTR_MAYBE_NULL;

	if (reg->btf->kernel) {
		allowed |= PTR_TRUSTED | MEM_RCU;
		/* What is only ever read back as untrusted may as well be. */
		if (field->type == BTF_FIELD_KPTR_UNREF)
			allowed |= PTR_UNTRUSTED;
	} else {
		allowed |= MEM_ALLOC;
		if (field->type == BTF_FIELD_KPTR_PERCPU)
			allowed |= MEM_PERCPU;
	}
	return !(TYPE_FLAGS(reg->type) & ~allowed);
}

int kptr_match_type(struct verifier_env *env, const struct btf_field *field,
		    const struct reg_state *reg, u32 regno)
{
	const char *want = type_name(field->kptr_btf, field->kptr_id);
	const char *have = "";

	if (reg_base_type(reg) == PTR_TO_BTF_ID && kptr_flags_fit(field, reg)) {
		have = type_name(reg->btf, reg->btf_id);
		if (check_ptr_off_reg(env, reg, regno, true))
			return -EACCES;
		if (btf_struct_ids_match(env->log, reg->btf, reg->btf_id, reg->off, field->kptr_btf,
					 field->kptr_id, field->type != BTF_FIELD_KPTR_UNREF))
			return 0;
	}
	verbose(env, "invalid kptr access, R%u type=%s%s ", regno, reg_type_str(reg->type), have);
	verbose(env, "expected=%s%s", reg_type_str(PTR_TO_BTF_ID), want);
	if (field->type == BTF_FIELD_KPTR_UNREF)
		verbose(env, " or %s%s", reg_type_str(PTR_TO_BTF_ID | PTR_UNTRUSTED), want);
	verbose(env, "\n");
	return -EINVAL;
}

/* The destination of bpf_kptr_xchg: a field for a referenced kptr. */
int process_kptr_arg(struct verifier_env *env, u32 regno, struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	const struct btf_record *rec = reg_record(env, reg);
	const struct btf_field *field;
	u32 off;

	if (reg_base_type(reg) == PTR_TO_MAP_VALUE) {
		if (!reg->map->btf) {
			verbose(env, "map '%s' has to have BTF in order to use bpf_kptr_xchg\n",
				reg->map->name);
			return -EINVAL;
		}
		meta->map = reg->map;
	}
	if (!tnum_is_const(reg->var_off)) {
		verbose(env,
			"R%u doesn't have constant offset. kptr has to be at the constant offset\n",
			regno);
		return -EINVAL;
	}
	if (!rec || !(rec->mask & BTF_FIELD_KPTR)) {
		verbose(env, "R%u has no valid kptr\n", regno);
		return -EINVAL;
	}
	off = (u32)reg->off + (u32)reg->var_off.value;
	field = btf_record_find(rec, off, BTF_FIELD_KPTR);
	if (!field) {
		verbose(env, "off=%u doesn't point to kptr\n", off);
		return -EACCES;
	}
	if (field->type == BTF_FIELD_KPTR_UNREF) {
		verbose(env, "off=%u kptr isn't referenced kptr\n", off);
		return -EACCES;
	}
	meta->kptr_field = field;
	return 0;
}
