// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

/*
 * What a path holds and must give back. Pointers taken by an acquiring call are references of kind
 * REF_PTR; locks and saved interrupt states share the list, in the order they were taken.
 */
int refs_copy(struct verifier_state *dst, const struct verifier_state *src)
{
	if (dst->cap_refs < src->nr_refs) {
		struct reference *refs = realloc(dst->refs, src->nr_refs * sizeof(*refs));

		if (!refs)
			return -ENOMEM;
		dst->refs = refs;
		dst->cap_refs = src->nr_refs;
	}
	if (src->nr_refs)
		memcpy(dst->refs, src->refs, src->nr_refs * sizeof(*src->refs));
	dst->nr_refs = src->nr_refs;
	return 0;
}

struct reference *reference_push(struct verifier_state *st, enum ref_kind kind, u32 id, s32 insn)
{
	struct reference *ref;

	if (st->nr_refs == st->cap_refs) {
		u32 cap = st->cap_refs ? st->cap_refs * 2 : 4;
		struct reference *refs = realloc(st->refs, cap * sizeof(*refs));

		if (!refs)
			return NULL;
		st->refs = refs;
		st->cap_refs = cap;
	}
	ref = &st->refs[st->nr_refs++];
	*ref = (struct reference){.kind = kind, .id = id, .insn = insn};
	return ref;
}

void reference_remove(struct verifier_state *st, u32 index)
{
	st->nr_refs--;
	memmove(&st->refs[index], &st->refs[index + 1], (st->nr_refs - index) * sizeof(*st->refs));
}

static struct reference *find_ptr_reference(const struct verifier_state *st, u32 id)
{
	for (u32 i = 0; i < st->nr_refs; i++)
		if (st->refs[i].kind == REF_PTR && st->refs[i].id == id)
			return &st->refs[i];
	return NULL;
}

int acquire_reference(struct verifier_env *env, u32 insn_idx)
{
	u32 id = ++env->id_gen;

	if (!reference_push(env->cur, REF_PTR, id, (s32)insn_idx))
		return -ENOMEM;
	path_push(env, ESPALIER_STEP_ACQUIRE, insn_idx, false, id);
	return (int)id;
}

/* Points the report at the reference that the next message is about. */
void blame_reference(struct verifier_env *env, u32 ref_obj_id)
{
	const struct reference *ref = find_ptr_reference(env->cur, ref_obj_id);

	if (!ref_obj_id)
		return;
	env->bad_ref_id = ref_obj_id;
	if (ref) {
		env->bad_ref_insn = ref->insn;
		return;
	}
	for (u32 i = env->nr_path; i > 0; i--) {
		const struct path_event *e = &env->path[i - 1];

		if (e->kind != ESPALIER_STEP_ACQUIRE || e->ref_id != ref_obj_id)
			continue;
		env->bad_ref_insn = (s32)e->insn;
		return;
	}
}

void blame_lost_reference(struct verifier_env *env, const struct reg_state *reg)
{
	if (reg->type == SCALAR_VALUE)
		blame_reference(env, reg->lost_ref);
}

int release_reference_nomark(struct verifier_state *st, u32 ref_obj_id)
{
	struct reference *ref = find_ptr_reference(st, ref_obj_id);

	if (!ref)
		return -EINVAL;
	reference_remove(st, (u32)(ref - st->refs));
	return 0;
}

struct forget_arg {
	struct verifier_env *env;
	u32 ref_obj_id;
};

static void forget_released(struct func_state *fs, struct reg_state *reg, void *arg)
{
	struct forget_arg *forget = arg;

	(void)fs;
	if (reg->ref_obj_id != forget->ref_obj_id)
		return;
	reg_set_unknown(reg);
	reg->lost_ref = forget->ref_obj_id;
}

/* Every copy of the pointer, and all that was derived from it, becomes a plain number. */
int release_reference(struct verifier_env *env, u32 ref_obj_id)
{
	struct forget_arg forget = {.env = env, .ref_obj_id = ref_obj_id};
	int err = release_reference_nomark(env->cur, ref_obj_id);

	if (err)
		return err;
	path_push(env, ESPALIER_STEP_RELEASE, env->insn_idx, false, ref_obj_id);
	state_for_each_reg(env->cur, forget_released, &forget);
	return 0;
}

static void forget_non_owning(struct func_state *fs, struct reg_state *reg, void *arg)
{
	(void)fs;
	(void)arg;
	if ((reg->type & MEM_ALLOC) && (reg->type & NON_OWN_REF))
		reg_set_unknown(reg);
}

void invalidate_non_owning_refs(struct verifier_env *env)
{
	state_for_each_reg(env->cur, forget_non_owning, NULL);
}

static int check_reference_leak(struct verifier_env *env, bool exception_exit)
{
	const struct verifier_state *st = env->cur;
	bool leaked = false;

	if (!exception_exit && st->curframe)
		return 0;
	for (u32 i = 0; i < st->nr_refs; i++) {
		const struct reference *ref = &st->refs[i];

		if (ref->kind != REF_PTR)
			continue;
		if (!leaked) {
			env->bad_ref_id = ref->id;
			env->bad_ref_insn = ref->insn;
		}
		verbose(env, "Unreleased reference id=%u alloc_insn=%d\n", ref->id, ref->insn);
		leaked = true;
	}
	return leaked ? -EINVAL : 0;
}

int check_resource_leak(struct verifier_env *env, bool exception_exit, bool check_lock,
			const char *prefix)
{
	const struct {
		bool held;
		const char *section;
	} sections[] = {
		{env->cur->active_locks != 0, "bpf_spin_lock-ed"},
		{active_irq(env->cur) != NULL, "bpf_local_irq_save-ed"},
		{env->cur->active_rcu_locks != 0, "bpf_rcu_read_lock-ed"},
		{env->cur->active_preempt_locks != 0, "bpf_preempt_disable-ed"},
	};
	int err = check_reference_leak(env, exception_exit);

	if (err) {
		verbose(env, "%s would lead to reference leak\n", prefix);
		return err;
	}
	for (u32 i = 0; i < ARRAY_SIZE(sections); i++) {
		if (!sections[i].held || !check_lock)
			continue;
		verbose(env, "%s cannot be used inside %s region\n", prefix, sections[i].section);
		return -EINVAL;
	}
	return 0;
}
