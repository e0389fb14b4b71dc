// SPDX-License-Identifier: BSD-2-Clause
/* One access to plain memory: map keys and values, memory of known size, the packet. */
#include <errno.h>
#include <string.h>

#include "access.h"

/* [off, off + size) of a region of @mem_size bytes, @off known. */
static int check_bounds(struct verifier_env *env, u32 regno, s64 off, u32 size, u32 mem_size,
			bool zero_size_allowed)
{
	const struct reg_state *reg = &cur_regs(env)[regno];

	if (off >= 0 && (size || zero_size_allowed) && (u64)off + size <= mem_size)
		return 0;
	switch (reg->type) {
	case PTR_TO_MAP_KEY:
		verbose(env, "invalid access to map key, key_size=%u off=%d size=%u\n", mem_size,
			(s32)off, size);
		break;
	case PTR_TO_MAP_VALUE:
		verbose(env, "invalid access to map value, value_size=%u off=%d size=%u\n",
			mem_size, (s32)off, size);
		break;
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_PACKET_END:
		verbose(env, "invalid access to packet, off=%d size=%u, R%u(id=%u,off=%d,r=%u)\n",
			(s32)off, size, regno, reg->id, (s32)off, mem_size);
		break;
	default:
		verbose(env, "invalid access to memory, mem_size=%u off=%d size=%u\n", mem_size,
			(s32)off, size);
		break;
	}
	return -EACCES;
}

/* The same for every offset that the pointer may have. */
int check_mem_region_access(struct verifier_env *env, u32 regno, s32 off, u32 size, u32 mem_size,
			    bool zero_size_allowed)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	s64 lowest;
	int err;

	if (reg->smin < 0 && (__builtin_add_overflow(reg->smin, off, &lowest) || lowest < 0)) {
		verbose(env,
			"R%u min value is negative, either use unsigned index or do a if (index "
			">=0) check.\n",
			regno);
		return -EACCES;
	}
	err = check_bounds(env, regno, reg->smin + off, size, mem_size, zero_size_allowed);
	if (err) {
		verbose(env, "R%u min value is outside of the allowed memory range\n", regno);
		return err;
	}
	if (reg->umax >= MAX_VAR_OFF) {
		verbose(env,
			"R%u unbounded memory access, make sure to bounds check any such access\n",
			regno);
		return -EACCES;
	}
	err = check_bounds(env, regno, (s64)reg->umax + off, size, mem_size, zero_size_allowed);
	if (err)
		verbose(env, "R%u max value is outside of the allowed memory range\n", regno);
	return err;
}

/* A special field that the access touches: only kptrs may be, whole and by a plain load or store.
 */
static int check_field_access(struct verifier_env *env, const struct reg_state *reg,
			      const struct btf_field *field, s32 off, u32 size, bool direct)
{
	const char *word = btf_field_type_name(field->type);

	if (!(field->type & BTF_FIELD_KPTR)) {
		verbose(env, "%s cannot be accessed directly by load/store\n", word);
		return -EACCES;
	}
	if (!direct) {
		verbose(env, "%s cannot be accessed indirectly by helper\n", word);
		return -EACCES;
	}
	if (!tnum_is_const(reg->var_off)) {
		verbose(env, "%s access cannot have variable offset\n", word);
		return -EACCES;
	}
	if (field->offset != (u64)(s64)off + reg->var_off.value) {
		verbose(env, "%s access misaligned expected=%u off=%llu\n", word, field->offset,
			(unsigned long long)((u64)(s64)off + reg->var_off.value));
		return -EACCES;
	}
	if (size != 8) {
		verbose(env, "%s access size must be BPF_DW\n", word);
		return -EACCES;
	}
	return 0;
}

int check_map_access(struct verifier_env *env, u32 regno, s32 off, u32 size, bool zero_size_allowed,
		     bool direct)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	const struct btf_record *rec = reg->map->record;
	int err = check_mem_region_access(env, regno, off, size, reg->map->value_size,
					  zero_size_allowed);

	for (u32 i = 0; !err && rec && i < rec->nr; i++) {
		const struct btf_field *field = &rec->fields[i];
		s64 first = reg->smin + off;
		s64 end = (s64)reg->umax + off + size;

		if (first < (s64)field->offset + field->size && (s64)field->offset < end)
			err = check_field_access(env, reg, field, off, size, direct);
	}
	return err;
}

int check_map_access_type(struct verifier_env *env, u32 regno, s32 off, u32 size,
			  enum access_kind kind)
{
	const struct map *map = cur_regs(env)[regno].map;

	if (kind == ACCESS_WRITE && (map->flags & BPF_F_RDONLY_PROG)) {
		verbose(env, "write into map forbidden, value_size=%u off=%d size=%u\n",
			map->value_size, off, size);
		return -EACCES;
	}
	if (kind == ACCESS_READ && (map->flags & BPF_F_WRONLY_PROG) &&
	    !(map->flags & BPF_F_RDONLY_PROG)) {
		verbose(env, "read from map forbidden, value_size=%u off=%d size=%u\n",
			map->value_size, off, size);
		return -EACCES;
	}
	return 0;
}

int access_map_key(struct verifier_env *env, const struct access *a)
{
	int err;

	if (a->kind == ACCESS_WRITE) {
		verbose(env, "write to change key R%u not allowed\n", a->regno);
		return -EACCES;
	}
	err = check_mem_region_access(env, a->regno, a->off, a->size,
				      access_reg(env, a)->map->key_size, false);
	if (!err && a->value_regno >= 0)
		mark_reg_unknown(env, cur_regs(env), (u32)a->value_regno);
	return err;
}

/* Nobody can change it any more: neither a program nor, once frozen and unmapped, user space. */
static bool map_is_constant(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY && (map->flags & BPF_F_RDONLY_PROG) &&
	       __atomic_load_n(&map->frozen, __ATOMIC_ACQUIRE) &&
	       !__atomic_load_n(&map->user_writers, __ATOMIC_ACQUIRE);
}

static u64 load_constant(const void *at, u32 size, bool sign_extend)
{
	u64 value = 0;
	u32 shift = 64 - 8 * size;

	memcpy(&value, at, size);
	return sign_extend ? (u64)((s64)(value << shift) >> shift) : value;
}

static int load_map_value(struct verifier_env *env, const struct access *a)
{
	struct reg_state *regs = cur_regs(env);
	const struct reg_state *reg = access_reg(env, a);
	u64 addr;
	int err;

	if (!tnum_is_const(reg->var_off) || !map_is_constant(reg->map)) {
		mark_reg_unknown(env, regs, (u32)a->value_regno);
		return 0;
	}
	err = map_direct_value(reg->map, (u32)a->off + (u32)reg->var_off.value, &addr);
	if (err)
		return err;
	reg_set_scalar_const(&regs[a->value_regno],
			     load_constant((void *)addr, a->size, a->sign_extend));
	return 0;
}

int access_map_value(struct verifier_env *env, const struct access *a)
{
	const struct reg_state *reg = access_reg(env, a);
	const struct btf_field *kptr = NULL;
	int err = check_map_access_type(env, a->regno, a->off, a->size, a->kind);

	if (!err)
		err = check_map_access(env, a->regno, a->off, a->size, false, true);
	if (err)
		return err;
	if (reg->map->record && tnum_is_const(reg->var_off))
		kptr = btf_record_find(reg->map->record, (u32)a->off + (u32)reg->var_off.value,
				       BTF_FIELD_KPTR);
	if (kptr)
		return access_map_kptr(env, a, kptr);
	return access_loads(a) ? load_map_value(env, a) : 0;
}

int access_mem(struct verifier_env *env, const struct access *a)
{
	const struct reg_state *reg = access_reg(env, a);
	bool rdonly = reg->type & MEM_RDONLY;
	int err = 0;

	if (reg->type & PTR_MAYBE_NULL) {
		verbose(env, "R%u invalid mem access '%s'\n", a->regno, reg_type_str(reg->type));
		return -EACCES;
	}
	if (a->kind == ACCESS_WRITE && rdonly) {
		verbose(env, "R%u cannot write into %s\n", a->regno, reg_type_str(reg->type));
		return -EACCES;
	}
	/* Loads through untrusted pointers are probed: any address will do. */
	if (!(rdonly && (reg->type & PTR_UNTRUSTED)))
		err = check_mem_region_access(env, a->regno, a->off, a->size, reg->mem_size, false);
	if (!err && access_loads(a))
		mark_reg_unknown(env, cur_regs(env), (u32)a->value_regno);
	return err;
}

bool may_access_direct_pkt_data(const struct verifier_env *env, const struct call_meta *meta)
{
	switch (env->prog->type) {
	case BPF_PROG_TYPE_XDP:
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
		return !meta || meta->pkt_access;
	default:
		return false;
	}
}

/* The variable part of the pointer's offset lies before what a comparison with data_end proved, so
 * only the constant part is compared with the proved range. */
int check_packet_access(struct verifier_env *env, u32 regno, s32 off, u32 size,
			bool zero_size_allowed)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	int err = -EINVAL;

	if (reg->smin < 0) {
		verbose(env,
			"R%u min value is negative, either use unsigned index or do a if (index "
			">=0) check.\n",
			regno);
		return -EACCES;
	}
	if (reg->range >= 0)
		err = check_bounds(env, regno, off, size, (u32)reg->range, zero_size_allowed);
	if (err)
		verbose(env, "R%u offset is outside of the packet\n", regno);
	return err;
}

int access_packet(struct verifier_env *env, const struct access *a)
{
	int err;

	if (a->kind == ACCESS_WRITE && !may_access_direct_pkt_data(env, NULL)) {
		verbose(env, "cannot write into packet\n");
		return -EACCES;
	}
	err = check_packet_access(env, a->regno, a->off, a->size, false);
	if (!err && access_loads(a))
		mark_reg_unknown(env, cur_regs(env), (u32)a->value_regno);
	return err;
}

static void forget_pkt_pointer(struct func_state *fs, struct reg_state *reg, void *arg)
{
	const u32 slices = DYNPTR_TYPE_SKB | DYNPTR_TYPE_XDP | DYNPTR_TYPE_SKB_META;

	(void)fs;
	(void)arg;
	switch (reg_base_type(reg)) {
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_PACKET_END:
		reg_set_unknown(reg);
		break;
	case PTR_TO_MEM:
		if (reg->type & slices)
			reg_set_unknown(reg);
		break;
	default:
		break;
	}
}

/* The packet may have moved: what pointed into it is a number now. */
void clear_all_pkt_pointers(struct verifier_env *env)
{
	state_for_each_reg(env->cur, forget_pkt_pointer, NULL);
}
