// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "calls.h"

/* Arguments of helpers: what a register may hold for each type of argument, and what that implies.
 */
#define SOCKS PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK, PTR_TO_XDP_SOCK

static const u32 mem_types[] = {
	PTR_TO_STACK,
	PTR_TO_PACKET,
	PTR_TO_PACKET_META,
	PTR_TO_MAP_KEY,
	PTR_TO_MAP_VALUE,
	PTR_TO_MEM,
	PTR_TO_MEM | MEM_RINGBUF,
	PTR_TO_BUF,
	PTR_TO_BTF_ID | PTR_TRUSTED,
	NOT_INIT,
};
static const u32 scalar_types[] = {SCALAR_VALUE, NOT_INIT};
static const u32 map_types[] = {CONST_PTR_TO_MAP, NOT_INIT};
static const u32 ctx_types[] = {PTR_TO_CTX, NOT_INIT};
static const u32 sock_types[] = {SOCKS, NOT_INIT};
static const u32 btf_sock_types[] = {SOCKS, PTR_TO_BTF_ID, PTR_TO_BTF_ID | PTR_TRUSTED, NOT_INIT};
static const u32 fullsock_types[] = {PTR_TO_SOCKET, NOT_INIT};
static const u32 btf_types[] = {
	PTR_TO_BTF_ID,
	PTR_TO_BTF_ID | PTR_TRUSTED,
	PTR_TO_BTF_ID | MEM_RCU,
	NOT_INIT,
};
static const u32 lock_types[] = {PTR_TO_MAP_VALUE, PTR_TO_BTF_ID | MEM_ALLOC, NOT_INIT};
static const u32 ringbuf_types[] = {PTR_TO_MEM | MEM_RINGBUF, NOT_INIT};
static const u32 func_types[] = {PTR_TO_FUNC, NOT_INIT};
static const u32 stack_types[] = {PTR_TO_STACK, NOT_INIT};
static const u32 map_value_types[] = {PTR_TO_MAP_VALUE, NOT_INIT};
static const u32 kptr_dest_types[] = {
	PTR_TO_MAP_VALUE,
	PTR_TO_BTF_ID | MEM_ALLOC,
	NOT_INIT,
};
static const u32 dynptr_types[] = {PTR_TO_STACK, CONST_PTR_TO_DYNPTR, NOT_INIT};

static const u32 *const compatible_types[BPF_ARG_TYPE_MAX] = {
	[ARG_CONST_MAP_PTR] = map_types,
	[ARG_PTR_TO_MAP_KEY] = mem_types,
	[ARG_PTR_TO_MAP_VALUE] = mem_types,
	[ARG_PTR_TO_MEM] = mem_types,
	[ARG_CONST_SIZE] = scalar_types,
	[ARG_CONST_SIZE_OR_ZERO] = scalar_types,
	[ARG_CONST_ALLOC_SIZE_OR_ZERO] = scalar_types,
	[ARG_PTR_TO_CTX] = ctx_types,
	[ARG_PTR_TO_SOCK_COMMON] = sock_types,
	[ARG_PTR_TO_BTF_ID_SOCK_COMMON] = btf_sock_types,
	[ARG_PTR_TO_SOCKET] = fullsock_types,
	[ARG_PTR_TO_BTF_ID] = btf_types,
	[ARG_PTR_TO_SPIN_LOCK] = lock_types,
	[ARG_PTR_TO_RINGBUF_MEM] = ringbuf_types,
	[ARG_PTR_TO_FUNC] = func_types,
	[ARG_PTR_TO_STACK] = stack_types,
	[ARG_PTR_TO_CONST_STR] = map_value_types,
	[ARG_PTR_TO_TIMER] = map_value_types,
	[ARG_KPTR_XCHG_DEST] = kptr_dest_types,
	[ARG_PTR_TO_DYNPTR] = dynptr_types,
};

const char *func_name(u32 func)
{
	const char *name = helper_name(func);

	return name ? name : "unknown";
}

static const char *btf_type_name(const struct btf *btf, u32 id)
{
	return btf_name(btf, btf_type(btf, id));
}

static bool has_type(const u32 *types, u32 type)
{
	for (; *types != NOT_INIT; types++)
		if (*types == type)
			return true;
	return false;
}

static void complain_type(struct verifier_env *env, u32 regno, const u32 *types)
{
	blame_lost_reference(env, &cur_regs(env)[regno]);
	verbose(env, "R%u type=%s expected=", regno, reg_type_str(cur_regs(env)[regno].type));
	for (; *types != NOT_INIT; types++)
		verbose(env, "%s%s", reg_type_str(*types), types[1] != NOT_INIT ? ", " : "\n");
}

/* A kernel pointer where a struct of that type, or one that begins with it, is expected. */
static int check_kernel_ptr(struct verifier_env *env, u32 regno, u32 arg_type, u32 arg_btf_id,
			    const struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	/* sk_release takes any socket type: all of them begin with a sock_common. */
	bool strict = (arg_type & OBJ_RELEASE) && meta->func_id != BPF_FUNC_sk_release;

	if (reg_may_be_null(reg) && (!(arg_type & PTR_MAYBE_NULL) || (arg_type & OBJ_RELEASE))) {
		verbose(env, "Possibly NULL pointer passed to helper arg%u\n", regno);
		return -EACCES;
	}
	if (meta->func_id == BPF_FUNC_kptr_xchg)
		return kptr_match_type(env, meta->kptr_field, reg, regno) ? -EACCES : 0;
	if (!arg_btf_id)
		arg_btf_id = vmlinux_type_id(VT_SOCK_COMMON);
	if (btf_struct_ids_match(env->log, reg->btf, reg->btf_id, reg->off, env->kernel_btf,
				 arg_btf_id, strict))
		return 0;
	verbose(env, "R%u is of type %s but %s is expected\n", regno,
		btf_type_name(reg->btf, reg->btf_id), btf_type_name(env->kernel_btf, arg_btf_id));
	return -EACCES;
}

static int check_btf_ptr(struct verifier_env *env, u32 regno, u32 arg_type, u32 arg_btf_id,
			 const struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];

	switch (TYPE_FLAGS(reg->type)) {
	case 0:
	case PTR_TRUSTED:
	case PTR_TRUSTED | PTR_MAYBE_NULL:
	case MEM_RCU:
	case PTR_MAYBE_NULL:
	case PTR_MAYBE_NULL | MEM_RCU:
		return check_kernel_ptr(env, regno, arg_type, arg_btf_id, meta);
	case MEM_ALLOC:
	case MEM_PERCPU | MEM_ALLOC:
	case MEM_ALLOC | NON_OWN_REF:
		if (meta->func_id == BPF_FUNC_kptr_xchg && regno == BPF_REG_2)
			return kptr_match_type(env, meta->kptr_field, reg, regno) ? -EACCES : 0;
		return 0;
	case MEM_PERCPU:
		return 0;
	default:
		return verifier_bug(env, "argument type %x for a pointer of type %x", arg_type,
				    reg->type);
	}
}

int check_reg_type(struct verifier_env *env, u32 regno, u32 arg_type, u32 arg_btf_id,
		   const struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	const u32 *types = compatible_types[TYPE_BASE(arg_type)];
	u32 type = reg->type;

	if (!types)
		return verifier_bug(env, "unsupported arg type %u", arg_type);
	/* What the argument tolerates is left out of the comparison. */
	type &= ~(arg_type & (MEM_RDONLY | PTR_MAYBE_NULL));
	if (TYPE_BASE(arg_type) == ARG_PTR_TO_MEM)
		type &= ~DYNPTR_TYPE_FLAG_MASK;
	if (meta->func_id == BPF_FUNC_kptr_xchg && regno == BPF_REG_2 && (type & MEM_ALLOC))
		type &= ~(MEM_ALLOC | MEM_PERCPU);
	if (!has_type(types, type)) {
		complain_type(env, regno, types);
		return -EACCES;
	}
	if (reg_base_type(reg) != PTR_TO_BTF_ID)
		return 0;
	if (types == mem_types) {
		if (arg_type & MEM_RDONLY)
			return 0;
		verbose(env, "%s() may write into memory pointed by R%u type=%s\n",
			func_name((u32)meta->func_id), regno, reg_type_str(reg->type));
		return -EACCES;
	}
	return check_btf_ptr(env, regno, arg_type, arg_btf_id, meta);
}

static bool is_null(const struct reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_equals_const(reg->var_off, 0);
}

/* The argument will be released: it must own something. */
static int check_release_arg(struct verifier_env *env, u32 regno, u32 arg_type,
			     struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];

	if (TYPE_BASE(arg_type) == ARG_PTR_TO_DYNPTR) {
		int spi;

		if (reg->type != PTR_TO_STACK) {
			verbose(env, "cannot release unowned const bpf_dynptr\n");
			return -EINVAL;
		}
		spi = dynptr_slot_index(env, reg);
		if (spi < 0 || !env->cur->frame[reg->frameno]->slots[spi].spilled.ref_obj_id) {
			verbose(env, "arg %u is an unacquired reference\n", regno);
			return -EINVAL;
		}
	} else if (!reg->ref_obj_id && !is_null(reg)) {
		verbose(env, "R%u must be referenced when passed to release function\n", regno);
		return -EINVAL;
	}
	meta->release_regno = regno;
	return 0;
}

int check_const_str(struct verifier_env *env, const struct reg_state *reg, u32 regno)
{
	const struct map *map = reg->map;
	u32 off;
	u64 addr;
	int err;

	if (reg->type != PTR_TO_MAP_VALUE)
		return -EINVAL;
	if (!(map->flags & BPF_F_RDONLY_PROG) || !map->frozen || map->user_writers) {
		verbose(env, "R%u does not point to a readonly map'\n", regno);
		return -EACCES;
	}
	if (!tnum_is_const(reg->var_off)) {
		verbose(env, "R%u is not a constant address'\n", regno);
		return -EACCES;
	}
	if (reg->map->type != BPF_MAP_TYPE_ARRAY) {
		verbose(env, "no direct value access support for this map type\n");
		return -EACCES;
	}
	err = check_map_access(env, regno, reg->off, map->value_size - (u32)reg->off, false, false);
	if (err)
		return err;
	off = (u32)reg->off + (u32)reg->var_off.value;
	if (map_direct_value(reg->map, off, &addr)) {
		verbose(env, "direct value access on string failed\n");
		return -EINVAL;
	}
	if (!memchr((const char *)(uintptr_t)addr, 0, map->value_size - off)) {
		verbose(env, "string is not zero-terminated\n");
		return -EINVAL;
	}
	return 0;
}

/*
 * The value of a key on the stack, if it is a constant; -1 if not. With it, a lookup in an array
 * cannot fail.
 */
static int constant_key(struct verifier_env *env, const struct reg_state *reg, u32 key_size,
			s64 *key)
{
	const struct stack_slot *slot;
	s32 at, byte;
	u32 spi, zeros = 0, spilled = 0;

	*key = -1;
	if (reg->type != PTR_TO_STACK || !tnum_is_const(reg->var_off))
		return 0;
	at = -(reg->off + (s32)reg->var_off.value) - 1;
	spi = (u32)at / 8;
	slot = &env->cur->frame[reg->frameno]->slots[spi];
	for (byte = at % 8; byte >= 0 && slot->kind[byte] == SLOT_ZERO; byte--)
		zeros++;
	if (zeros >= key_size) {
		*key = 0;
		return 0;
	}
	if (!is_spilled_scalar_slot(slot) || !tnum_is_const(slot->spilled.var_off))
		return 0;
	for (byte = at % 8; byte >= 0 && slot->kind[byte] == SLOT_SPILL; byte--)
		spilled++;
	if (spilled != key_size)
		return 0;
	*key = (s64)slot->spilled.var_off.value;
	return mark_chain_precision_slot(env, reg->frameno, spi);
}

static int check_map_key_arg(struct verifier_env *env, u32 regno, struct call_meta *meta)
{
	int err;

	if (!meta->map) {
		verbose(env, "invalid map_ptr to access map->key\n");
		return -EACCES;
	}
	err = check_helper_mem_access(env, regno, meta->map->key_size, ACCESS_READ, false, NULL);
	if (err)
		return err;
	if (meta->map->type != BPF_MAP_TYPE_ARRAY && meta->map->type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return 0;
	return constant_key(env, &cur_regs(env)[regno], meta->map->key_size, &meta->const_map_key);
}

static int check_map_value_arg(struct verifier_env *env, u32 regno, u32 arg_type,
			       struct call_meta *meta)
{
	if ((arg_type & PTR_MAYBE_NULL) && is_null(&cur_regs(env)[regno]))
		return 0;
	if (!meta->map) {
		verbose(env, "invalid map_ptr to access map->value\n");
		return -EACCES;
	}
	meta->raw_mode = arg_type & MEM_UNINIT;
	return check_helper_mem_access(env, regno, meta->map->value_size,
				       arg_type & MEM_WRITE ? ACCESS_WRITE : ACCESS_READ, false,
				       meta);
}

static int check_mem_arg(struct verifier_env *env, u32 regno, u32 arg_type, u32 size,
			 struct call_meta *meta)
{
	enum access_kind kind = arg_type & MEM_WRITE ? ACCESS_WRITE : ACCESS_READ;
	int err;

	/* The access is checked when the size, the next argument, is known. */
	meta->raw_mode = arg_type & MEM_UNINIT;
	if (!(arg_type & MEM_FIXED_SIZE))
		return 0;
	err = check_helper_mem_access(env, regno, size, kind, false, meta);
	if (err || !(arg_type & MEM_ALIGNED))
		return err;
	return check_ptr_alignment(env, &cur_regs(env)[regno], 0, size, true);
}

static int check_alloc_size_arg(struct verifier_env *env, u32 regno, struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];

	if (!tnum_is_const(reg->var_off)) {
		verbose(env, "R%u is not a known constant'\n", regno);
		return -EACCES;
	}
	meta->mem_size = (u32)reg->var_off.value;
	return mark_chain_precision(env, regno);
}

/* What an argument of the right register type implies, by its base type. */
static int check_arg_value(struct verifier_env *env, u32 arg, u32 arg_type, struct call_meta *meta,
			   const struct helper *helper, u32 insn_idx)
{
	u32 regno = BPF_REG_1 + arg;
	const struct reg_state *reg = &cur_regs(env)[regno];
	enum access_kind mem_kind =
		arg && (helper->arg[arg - 1] & MEM_WRITE) ? ACCESS_WRITE : ACCESS_READ;

	switch (TYPE_BASE(arg_type)) {
	case ARG_PTR_TO_TIMER:
		return process_timer_arg(env, regno, meta);
	case ARG_CONST_MAP_PTR:
		if (meta->map && (meta->map != reg->map || meta->map_uid != reg->map_uid)) {
			verbose(env,
				"timer pointer in R1 map_uid=%d doesn't match map pointer in R2 "
				"map_uid=%d\n",
				meta->map_uid, reg->map_uid);
			return -EINVAL;
		}
		meta->map = reg->map;
		meta->map_uid = reg->map_uid;
		return 0;
	case ARG_PTR_TO_MAP_KEY:
		return check_map_key_arg(env, regno, meta);
	case ARG_PTR_TO_MAP_VALUE:
		return check_map_value_arg(env, regno, arg_type, meta);
	case ARG_PTR_TO_MEM:
		return check_mem_arg(env, regno, arg_type, helper->arg_size[arg], meta);
	case ARG_CONST_SIZE:
		return check_mem_size_reg(env, regno - 1, regno, mem_kind, false, meta);
	case ARG_CONST_SIZE_OR_ZERO:
		return check_mem_size_reg(env, regno - 1, regno, mem_kind, true, meta);
	case ARG_CONST_ALLOC_SIZE_OR_ZERO:
		return check_alloc_size_arg(env, regno, meta);
	case ARG_PTR_TO_SPIN_LOCK:
		return process_spin_lock(env, regno, meta->func_id == BPF_FUNC_spin_lock);
	case ARG_PTR_TO_FUNC:
		meta->subprog = reg->subprog;
		return 0;
	case ARG_PTR_TO_DYNPTR:
		return process_dynptr_arg(env, regno, insn_idx, arg_type, 0);
	case ARG_PTR_TO_CONST_STR:
		return check_const_str(env, reg, regno);
	case ARG_KPTR_XCHG_DEST:
		return process_kptr_arg(env, regno, meta);
	default:
		return 0;
	}
}

/* Some maps have other values than memory of a given size. */
static int resolve_map_arg_type(struct verifier_env *env, const struct call_meta *meta,
				u32 *arg_type)
{
	if (!meta->map) {
		verbose(env, "invalid map_ptr to access map->type\n");
		return -EACCES;
	}
	switch (meta->map->type) {
	case BPF_MAP_TYPE_SOCKMAP:
	case BPF_MAP_TYPE_SOCKHASH:
		if (TYPE_FLAGS(*arg_type)) {
			verbose(env, "invalid arg_type for sockmap/sockhash\n");
			return -EINVAL;
		}
		*arg_type = ARG_PTR_TO_BTF_ID_SOCK_COMMON;
		break;
	case BPF_MAP_TYPE_BLOOM_FILTER:
		/* It only looks at the value that it is asked for. */
		if (meta->func_id == BPF_FUNC_map_peek_elem)
			*arg_type = ARG_PTR_TO_MAP_VALUE;
		break;
	default:
		break;
	}
	return 0;
}

int check_helper_arg(struct verifier_env *env, u32 arg, struct call_meta *meta,
		     const struct helper *helper, u32 insn_idx)
{
	u32 regno = BPF_REG_1 + arg, arg_type = helper->arg[arg];
	const struct reg_state *reg = &cur_regs(env)[regno];
	int err;

	if (arg_type == ARG_DONTCARE)
		return 0;
	err = check_reg_arg(env, regno, SRC_OP);
	if (err || arg_type == ARG_ANYTHING)
		return err;
	if ((reg_base_type(reg) == PTR_TO_PACKET || reg_base_type(reg) == PTR_TO_PACKET_META) &&
	    !may_access_direct_pkt_data(env, meta)) {
		verbose(env, "helper access to the packet is not allowed\n");
		return -EACCES;
	}
	if (TYPE_BASE(arg_type) == ARG_PTR_TO_MAP_VALUE) {
		err = resolve_map_arg_type(env, meta, &arg_type);
		if (err)
			return err;
	}
	/* A literal NULL has no pointer type to check. */
	if (!is_null(reg) || !(arg_type & PTR_MAYBE_NULL)) {
		err = check_reg_type(env, regno, arg_type, helper->arg_btf_id[arg], meta);
		if (!err)
			err = check_func_arg_reg_off(env, reg, regno, arg_type);
		if (err)
			return err;
	}
	if (arg_type & OBJ_RELEASE) {
		err = check_release_arg(env, regno, arg_type, meta);
		if (err)
			return err;
	}
	if (reg->ref_obj_id && TYPE_BASE(arg_type) != ARG_KPTR_XCHG_DEST) {
		if (meta->ref_obj_id)
			return verifier_bug(env, "more than one arg with ref_obj_id R%u %u %u",
					    regno, reg->ref_obj_id, meta->ref_obj_id);
		meta->ref_obj_id = reg->ref_obj_id;
	}
	return check_arg_value(env, arg, arg_type, meta, helper, insn_idx);
}
