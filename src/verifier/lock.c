// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/*
 * Locks in map values and in allocated objects, known by the id of the register that they were
 * taken through. bpf_spin_lock: one at a time. bpf_res_spin_lock, which can fail: several, given
 * back in the reverse order.
 */
static s64 lock_offset(const struct btf_record *rec, enum btf_field_type type)
{
	for (u32 i = 0; i < rec->nr; i++)
		if (rec->fields[i].type == type)
			return rec->fields[i].offset;
	return -1;
}

static int check_lock_place(struct verifier_env *env, const struct reg_state *reg, u32 regno,
			    enum btf_field_type type)
{
	const char *name = btf_field_type_name(type);
	bool in_map = reg_base_type(reg) == PTR_TO_MAP_VALUE;
	const struct btf_record *rec;
	s64 off;

	if (!tnum_is_const(reg->var_off)) {
		verbose(env,
			"R%u doesn't have constant offset. %s has to be at the constant offset\n",
			regno, name);
		return -EINVAL;
	}
	if (in_map && !reg->map->btf) {
		verbose(env, "map '%s' has to have BTF in order to use %s\n", reg->map->name, name);
		return -EINVAL;
	}
	rec = reg_record(env, reg);
	if (!rec || !(rec->mask & type)) {
		verbose(env, "%s '%s' has no valid %s\n", in_map ? "map" : "local",
			in_map ? reg->map->name : "kptr", name);
		return -EINVAL;
	}
	off = (s64)reg->var_off.value + reg->off;
	if (off != lock_offset(rec, type)) {
		verbose(env, "off %lld doesn't point to 'struct %s' that is at %lld\n",
			(long long)off, name, (long long)lock_offset(rec, type));
		return -EINVAL;
	}
	return 0;
}

static struct reference *find_lock(struct verifier_state *st, u32 kinds, u32 id, const void *holder)
{
	for (u32 i = 0; i < st->nr_refs; i++) {
		struct reference *ref = &st->refs[i];

		if (ref->kind & kinds && ref->id == id && ref->ptr == holder)
			return ref;
	}
	return NULL;
}

static int lock(struct verifier_env *env, const struct reg_state *reg, void *holder,
		enum ref_kind kind)
{
	struct verifier_state *st = env->cur;
	struct reference *ref;

	if (kind == REF_LOCK && st->active_locks) {
		verbose(env, "Locking two bpf_spin_locks are not allowed\n");
		return -EINVAL;
	}
	if (find_lock(st, REF_RES_LOCK | REF_RES_LOCK_IRQ, reg->id, holder)) {
		verbose(env, "Acquiring the same lock again, AA deadlock detected\n");
		return -EINVAL;
	}
	ref = reference_push(st, kind, reg->id, (s32)env->insn_idx);
	if (!ref)
		return -ENOMEM;
	ref->ptr = holder;
	st->active_locks++;
	st->active_lock_id = reg->id;
	st->active_lock_ptr = holder;
	return 0;
}

/* The lock taken last is the active one. */
static void release(struct verifier_state *st, struct reference *ref)
{
	reference_remove(st, (u32)(ref - st->refs));
	st->active_locks--;
	st->active_lock_id = 0;
	st->active_lock_ptr = NULL;
	for (u32 i = 0; i < st->nr_refs; i++) {
		if (!(st->refs[i].kind & REF_ANY_LOCK))
			continue;
		st->active_lock_id = st->refs[i].id;
		st->active_lock_ptr = st->refs[i].ptr;
	}
}

static int unlock(struct verifier_env *env, const struct reg_state *reg, const void *holder,
		  enum ref_kind kind)
{
	const char *name = kind == REF_LOCK ? "bpf_spin" : "bpf_res_spin";
	struct verifier_state *st = env->cur;
	struct reference *ref;

	if (!st->active_locks) {
		verbose(env, "%s_unlock without taking a lock\n", name);
		return -EINVAL;
	}
	ref = find_lock(st, kind, reg->id, holder);
	if (!ref) {
		verbose(env, "%s_unlock of different lock\n", name);
		return -EINVAL;
	}
	if (reg->id != st->active_lock_id || holder != st->active_lock_ptr) {
		verbose(env, "%s_unlock cannot be out of order\n", name);
		return -EINVAL;
	}
	release(st, ref);
	invalidate_non_owning_refs(env);
	return 0;
}

static int process_lock(struct verifier_env *env, u32 regno, bool is_lock, enum ref_kind kind)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	bool in_map = reg_base_type(reg) == PTR_TO_MAP_VALUE;
	void *holder = in_map ? (void *)reg->map : (void *)reg->btf;
	int err = check_lock_place(
		env, reg, regno, kind == REF_LOCK ? BTF_FIELD_SPIN_LOCK : BTF_FIELD_RES_SPIN_LOCK);

	if (err)
		return err;
	return is_lock ? lock(env, reg, holder, kind) : unlock(env, reg, holder, kind);
}

int process_spin_lock(struct verifier_env *env, u32 regno, bool is_lock)
{
	if (in_rbtree_callback(env)) {
		verbose(env, "can't spin_{lock,unlock} in rbtree cb\n");
		return -EACCES;
	}
	return process_lock(env, regno, is_lock, REF_LOCK);
}

int process_res_spin_lock_arg(struct verifier_env *env, u32 regno, u32 arg, const struct kfunc *kf)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	bool is_lock =
		kf->special == KFUNC_RES_SPIN_LOCK || kf->special == KFUNC_RES_SPIN_LOCK_IRQSAVE;
	bool irq = kf->special == KFUNC_RES_SPIN_LOCK_IRQSAVE ||
		   kf->special == KFUNC_RES_SPIN_UNLOCK_IRQRESTORE;

	if (reg->type != PTR_TO_MAP_VALUE && reg->type != (PTR_TO_BTF_ID | MEM_ALLOC)) {
		verbose(env, "arg#%u doesn't point to map value or allocated object\n", arg);
		return -EINVAL;
	}
	return process_lock(env, regno, is_lock, irq ? REF_RES_LOCK_IRQ : REF_RES_LOCK);
}

bool is_res_lock_kfunc(const struct kfunc *kf)
{
	switch (kf->special) {
	case KFUNC_RES_SPIN_LOCK:
	case KFUNC_RES_SPIN_UNLOCK:
	case KFUNC_RES_SPIN_LOCK_IRQSAVE:
	case KFUNC_RES_SPIN_UNLOCK_IRQRESTORE:
		return true;
	default:
		return false;
	}
}

/* The way on from a call that does not get the lock: nothing changed but what it returns. */
int walk_failed_res_lock(struct verifier_env *env, u32 insn_idx)
{
	struct verifier_state *st = push_branch(env, insn_idx + 1, insn_idx);
	struct reg_state *regs;

	if (!st)
		return -ENOMEM;
	regs = cur_func_of(st)->regs;
	for (u32 i = BPF_REG_0; i <= BPF_REG_5; i++)
		mark_reg_not_init(&regs[i]);
	/* An int: its upper half is whatever the register holds. */
	reg_set_unknown(&regs[BPF_REG_0]);
	regs[BPF_REG_0].s32_min = -4095;
	regs[BPF_REG_0].s32_max = -1;
	reg_sync_bounds(&regs[BPF_REG_0]);
	return 0;
}
