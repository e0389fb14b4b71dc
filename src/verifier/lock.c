// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/* bpf_spin_lock: one at a time, in a map value or in an allocated object, known by its register id.
 */
static int check_lock_place(struct verifier_env *env, const struct reg_state *reg, u32 regno)
{
	bool in_map = reg_base_type(reg) == PTR_TO_MAP_VALUE;
	const struct btf_record *rec;
	s64 off;

	if (!tnum_is_const(reg->var_off)) {
		verbose(env,
			"R%u doesn't have constant offset. bpf_spin_lock has to be at the constant "
			"offset\n",
			regno);
		return -EINVAL;
	}
	if (in_map && !reg->map->btf) {
		verbose(env, "map '%s' has to have BTF in order to use bpf_spin_lock\n",
			reg->map->name);
		return -EINVAL;
	}
	rec = reg_record(env, reg);
	if (!rec || !(rec->mask & BTF_FIELD_SPIN_LOCK)) {
		verbose(env, "%s '%s' has no valid bpf_spin_lock\n", in_map ? "map" : "local",
			in_map ? reg->map->name : "kptr");
		return -EINVAL;
	}
	off = (s64)reg->var_off.value + reg->off;
	if (off != rec->spin_lock_off) {
		verbose(env, "off %lld doesn't point to 'struct bpf_spin_lock' that is at %d\n",
			(long long)off, rec->spin_lock_off);
		return -EINVAL;
	}
	return 0;
}

static struct reference *find_lock(struct verifier_state *st, u32 id, const void *holder)
{
	for (u32 i = 0; i < st->nr_refs; i++) {
		struct reference *ref = &st->refs[i];

		if (ref->kind == REF_LOCK && ref->id == id && ref->ptr == holder)
			return ref;
	}
	return NULL;
}

static int lock(struct verifier_env *env, const struct reg_state *reg, void *holder)
{
	struct verifier_state *st = env->cur;
	struct reference *ref;

	if (st->active_locks) {
		verbose(env, "Locking two bpf_spin_locks are not allowed\n");
		return -EINVAL;
	}
	ref = reference_push(st, REF_LOCK, reg->id, (s32)env->insn_idx);
	if (!ref)
		return -ENOMEM;
	ref->ptr = holder;
	st->active_locks++;
	st->active_lock_id = reg->id;
	st->active_lock_ptr = holder;
	return 0;
}

static int unlock(struct verifier_env *env, const struct reg_state *reg, const void *holder)
{
	struct verifier_state *st = env->cur;
	struct reference *ref;

	if (!st->active_locks) {
		verbose(env, "bpf_spin_unlock without taking a lock\n");
		return -EINVAL;
	}
	ref = find_lock(st, reg->id, holder);
	if (!ref) {
		verbose(env, "bpf_spin_unlock of different lock\n");
		return -EINVAL;
	}
	reference_remove(st, (u32)(ref - st->refs));
	st->active_locks--;
	st->active_lock_id = 0;
	st->active_lock_ptr = NULL;
	invalidate_non_owning_refs(env);
	return 0;
}

int process_spin_lock(struct verifier_env *env, u32 regno, bool is_lock)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	void *holder;
	int err;

	if (in_rbtree_callback(env)) {
		verbose(env, "can't spin_{lock,unlock} in rbtree cb\n");
		return -EACCES;
	}
	err = check_lock_place(env, reg, regno);

	if (err)
		return err;
	holder = reg_base_type(reg) == PTR_TO_MAP_VALUE ? (void *)reg->map : (void *)reg->btf;
	return is_lock ? lock(env, reg, holder) : unlock(env, reg, holder);
}
