// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/*
 * Open-coded iterators: an object on the stack that new() makes, next() advances and destroy()
 * ends, held as a reference in between. The loop around next() is walked until a state repeats.
 */
bool is_iter_next_kfunc(const struct kfunc *kf)
{
	return kf->flags & KF_ITER_NEXT;
}

bool is_iter_next_insn(struct verifier_env *env, u32 insn_idx)
{
	const struct kfunc *kf = env->prog->aux[insn_idx].kfunc;

	return isa_is_kfunc_call(&env->prog->insns[insn_idx]) && kf && is_iter_next_kfunc(kf);
}

static int iter_slot_index(struct verifier_env *env, const struct reg_state *reg, u32 nr_slots)
{
	return stack_object_slot(env, reg, nr_slots, "iter");
}

static struct func_state *frame_of(struct verifier_env *env, const struct reg_state *reg)
{
	return env->cur->frame[reg->frameno];
}

static bool any_byte_is_iter(const struct stack_slot *slot)
{
	for (u32 i = 0; i < 8; i++)
		if (slot->kind[i] == SLOT_ITER)
			return true;
	return false;
}

static bool all_bytes_are_iter(const struct stack_slot *slot)
{
	for (u32 i = 0; i < 8; i++)
		if (slot->kind[i] != SLOT_ITER)
			return false;
	return true;
}

static bool is_uninit(struct verifier_env *env, const struct reg_state *reg, u32 nr_slots)
{
	int spi = iter_slot_index(env, reg, nr_slots);

	if (spi < 0)
		return spi == -ERANGE;
	for (u32 i = 0; i < nr_slots; i++)
		if (any_byte_is_iter(&frame_of(env, reg)->slots[(u32)spi - i]))
			return false;
	return true;
}

/* -EINVAL: no initialized iterator of that type there; -EPROTO: its RCU section has ended. */
static int check_init(struct verifier_env *env, const struct reg_state *reg, const struct btf *btf,
		      u32 btf_id, u32 nr_slots)
{
	int spi = iter_slot_index(env, reg, nr_slots);

	if (spi < 0)
		return -EINVAL;
	for (u32 i = 0; i < nr_slots; i++) {
		const struct stack_slot *slot = &frame_of(env, reg)->slots[(u32)spi - i];
		const struct reg_state *st = &slot->spilled;

		if (st->type & PTR_UNTRUSTED)
			return -EPROTO;
		/* only the first slot holds the reference */
		if ((i == 0) != (st->ref_obj_id != 0))
			return -EINVAL;
		if (!all_bytes_are_iter(slot) || st->iter.btf != btf || st->iter.btf_id != btf_id)
			return -EINVAL;
	}
	return 0;
}

static int create_iter(struct verifier_env *env, const struct reg_state *reg, u32 insn_idx,
		       const struct call_meta *meta, u32 btf_id, u32 nr_slots)
{
	struct func_state *fs = frame_of(env, reg);
	int spi = iter_slot_index(env, reg, nr_slots);
	u32 flags = 0;
	int id;

	if (spi < 0)
		return spi;
	id = acquire_reference(env, insn_idx);
	if (id < 0)
		return id;
	if (meta->kfunc->flags & KF_RCU_PROTECTED)
		flags = in_rcu_cs(env) ? MEM_RCU : PTR_UNTRUSTED;
	for (u32 i = 0; i < nr_slots; i++) {
		struct stack_slot *slot = &fs->slots[(u32)spi - i];

		slot->spilled = (struct reg_state){.type = PTR_TO_STACK | flags};
		reg_mark_known(&slot->spilled, 0);
		slot->spilled.ref_obj_id = i ? 0 : (u32)id;
		slot->spilled.iter.btf = meta->btf;
		slot->spilled.iter.btf_id = btf_id;
		slot->spilled.iter.state = ITER_ACTIVE;
		slot->spilled.iter.depth = 0;
		for (u32 j = 0; j < 8; j++)
			slot->kind[j] = SLOT_ITER;
		mark_stack_write(env, fs->frameno, BIT64((u32)spi - i));
		scratch_slot(env, (u32)spi - i);
	}
	return 0;
}

static int destroy_iter(struct verifier_env *env, const struct reg_state *reg, u32 nr_slots)
{
	struct func_state *fs = frame_of(env, reg);
	int spi = iter_slot_index(env, reg, nr_slots);
	int err;

	if (spi < 0)
		return spi;
	err = release_reference(env, fs->slots[spi].spilled.ref_obj_id);
	if (err)
		return err;
	for (u32 i = 0; i < nr_slots; i++) {
		struct stack_slot *slot = &fs->slots[(u32)spi - i];

		mark_reg_not_init(&slot->spilled);
		for (u32 j = 0; j < 8; j++)
			slot->kind[j] = SLOT_INVALID;
		mark_stack_write(env, fs->frameno, BIT64((u32)spi - i));
		scratch_slot(env, (u32)spi - i);
	}
	return 0;
}

/* The struct that an iterator argument of the kfunc points to: "struct bpf_iter_*". */
static int iter_arg_type(const struct call_meta *meta, u32 argno, u32 *btf_id)
{
	const struct btf_type *proto = btf_type(meta->btf, meta->kfunc->proto_id);
	const struct btf_param *params = (const struct btf_param *)(proto + 1);
	const struct btf_type *t;

	if (argno >= btf_vlen_of(proto))
		return -EINVAL;
	t = btf_pointee(meta->btf, params[argno].type, btf_id);
	return t && btf_kind_of(t) == BTF_KIND_STRUCT ? 0 : -EINVAL;
}

static int construct_iter(struct verifier_env *env, u32 regno, u32 insn_idx,
			  const struct call_meta *meta, u32 btf_id, u32 nr_slots)
{
	const struct reg_state *reg = &cur_regs(env)[regno];

	if (!is_uninit(env, reg, nr_slots)) {
		verbose(env, "expected uninitialized iter_%s as arg #%u\n",
			iter_type_str(meta->btf, btf_id), regno - 1);
		return -EINVAL;
	}
	for (u32 i = 0; i < nr_slots; i++) {
		int err = check_mem_access(env, insn_idx, regno, (s32)i * 8, 8, ACCESS_WRITE, -1,
					   false, false);

		if (err)
			return err;
	}
	return create_iter(env, reg, insn_idx, meta, btf_id, nr_slots);
}

int process_iter_arg(struct verifier_env *env, u32 regno, u32 insn_idx, struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[regno];
	u32 btf_id, nr_slots;
	u64 slots = 0;
	int err, spi;

	if (reg->type != PTR_TO_STACK) {
		verbose(env, "arg#%u expected pointer to an iterator on stack\n", regno - 1);
		return -EINVAL;
	}
	if (iter_arg_type(meta, regno - 1, &btf_id)) {
		verbose(env, "expected valid iter pointer as arg #%u\n", regno - 1);
		return -EINVAL;
	}
	nr_slots = btf_type(meta->btf, btf_id)->size / 8;
	if (meta->kfunc->flags & KF_ITER_NEW)
		return construct_iter(env, regno, insn_idx, meta, btf_id, nr_slots);
	err = check_init(env, reg, meta->btf, btf_id, nr_slots);
	if (err == -EINVAL)
		verbose(env, "expected an initialized iter_%s as arg #%u\n",
			iter_type_str(meta->btf, btf_id), regno - 1);
	else if (err == -EPROTO)
		verbose(env, "expected an RCU CS when using %s\n", meta->kfunc->name);
	if (err)
		return err;
	spi = iter_slot_index(env, reg, nr_slots);
	if (spi < 0)
		return spi;
	for (u32 i = 0; i < nr_slots; i++) {
		slots |= BIT64((u32)spi - i);
		scratch_slot(env, (u32)spi - i);
	}
	err = mark_stack_read(env, reg->frameno, slots);
	if (err)
		return err;
	meta->iter_spi = (u32)spi;
	meta->iter_frameno = reg->frameno;
	meta->ref_obj_id = frame_of(env, reg)->slots[spi].spilled.ref_obj_id;
	if (meta->kfunc->flags & KF_ITER_DESTROY)
		return destroy_iter(env, reg, nr_slots);
	return 0;
}

static bool same_callsites(const struct verifier_state *a, const struct verifier_state *b)
{
	if (a->curframe != b->curframe)
		return false;
	for (u32 i = 0; i <= a->curframe; i++)
		if (a->frame[i]->callsite != b->frame[i]->callsite)
			return false;
	return true;
}

struct verifier_state *find_prev_entry(struct verifier_env *env, struct verifier_state *st,
				       u32 insn_idx)
{
	(void)env;
	for (struct verifier_state *at = st->parent; at; at = at->parent)
		if (at->insn_idx == insn_idx && at->branches && same_callsites(at, st))
			return at;
	return NULL;
}

static void maybe_widen(struct verifier_env *env, const struct reg_state *old,
			struct reg_state *cur)
{
	if (old->type != SCALAR_VALUE || cur->type != SCALAR_VALUE)
		return;
	if (old->precise || cur->precise || regs_exact(old, cur, &env->idmap))
		return;
	reg_set_unknown(cur);
}

int widen_imprecise_scalars(struct verifier_env *env, struct verifier_state *old,
			    struct verifier_state *cur)
{
	idmap_reset(env);
	for (u32 f = 0; f <= old->curframe; f++) {
		struct func_state *fold = old->frame[f], *fcur = cur->frame[f];
		u32 nr_slots = min(fold->nr_slots, fcur->nr_slots);

		for (u32 i = 0; i < MAX_REGS; i++)
			maybe_widen(env, &fold->regs[i], &fcur->regs[i]);
		for (u32 i = 0; i < nr_slots; i++)
			if (reg_is_spilled_slot(&fold->slots[i]) &&
			    reg_is_spilled_slot(&fcur->slots[i]))
				maybe_widen(env, &fold->slots[i].spilled, &fcur->slots[i].spilled);
	}
	return 0;
}

struct reg_state *iter_of_call(struct verifier_state *st, const struct call_meta *meta)
{
	return &st->frame[meta->iter_frameno]->slots[meta->iter_spi].spilled;
}

/* next() forks: one path gets an element, the other sees the iterator drained and gets NULL. */
int process_iter_next_call(struct verifier_env *env, u32 insn_idx, struct call_meta *meta)
{
	struct verifier_state *st = env->cur;
	struct reg_state *iter = iter_of_call(st, meta);

	if (iter->iter.state == ITER_ACTIVE) {
		struct verifier_state *queued, *prev;
		struct reg_state *queued_iter;

		/* next() is a checkpoint: the parent is this very instruction. */
		if (!st->parent || st->parent->insn_idx != insn_idx ||
		    !same_callsites(st->parent, st))
			return verifier_bug(env, "no checkpoint at the iterator's next()");
		prev = find_prev_entry(env, st->parent, insn_idx);
		queued = push_branch(env, insn_idx + 1, insn_idx);
		if (!queued)
			return -ENOMEM;
		queued_iter = iter_of_call(queued, meta);
		queued_iter->iter.depth++;
		if (prev)
			widen_imprecise_scalars(env, prev, queued);
		mark_ptr_not_null_reg(&cur_func_of(queued)->regs[BPF_REG_0]);
	} else if (iter->iter.state != ITER_DRAINED) {
		return verifier_bug(env, "next() of an iterator that is not there");
	}
	iter->iter.state = ITER_DRAINED;
	reg_set_scalar_const(&cur_regs(env)[BPF_REG_0], 0);
	return 0;
}
