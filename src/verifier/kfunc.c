// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/* Calls of kfuncs: may it be called here, what it changes of the path's state, what it returns. */
static const char *called_name(const struct verifier_env *env, const struct bpf_insn *insn)
{
	const struct btf_type *t = btf_type(env->kernel_btf, (u32)insn->imm);

	return t ? btf_name(env->kernel_btf, t) : "";
}

static const struct kfunc *resolve_kfunc(struct verifier_env *env, const struct bpf_insn *insn)
{
	const struct kfunc *kf = cur_aux(env)->kfunc;

	if (kf && kfunc_allowed(kf, env->prog->type, env->prog->extended))
		return kf;
	verbose(env, "calling kernel function %s is not allowed\n", called_name(env, insn));
	return NULL;
}

/* After the RCU section its pointers may dangle. */
static void distrust_rcu_reg(struct reg_state *reg)
{
	if (!(reg->type & MEM_RCU))
		return;
	reg->type &= ~(MEM_RCU | PTR_MAYBE_NULL);
	reg->type |= PTR_UNTRUSTED;
}

static void distrust_rcu_pointers(struct verifier_state *st)
{
	for (u32 f = 0; f <= st->curframe; f++) {
		struct func_state *fs = st->frame[f];

		for (u32 i = 0; i < MAX_REGS; i++)
			distrust_rcu_reg(&fs->regs[i]);
		/* iterators included */
		for (u32 i = 0; i < fs->nr_slots; i++)
			if (fs->slots[i].kind[7] == SLOT_SPILL || fs->slots[i].kind[7] == SLOT_ITER)
				distrust_rcu_reg(&fs->slots[i].spilled);
	}
}

static int check_rcu_call(struct verifier_env *env, const struct kfunc *kf)
{
	struct verifier_state *st = env->cur;

	if ((kf->special == KFUNC_RCU_READ_LOCK || kf->special == KFUNC_RCU_READ_UNLOCK) &&
	    in_rbtree_callback(env)) {
		verbose(env, "Calling bpf_rcu_read_{lock,unlock} in unnecessary rbtree callback\n");
		return -EACCES;
	}

	if (kf->special == KFUNC_RCU_READ_LOCK) {
		if (st->active_rcu_locks) {
			verbose(env, "nested rcu read lock (kernel function %s)\n", kf->name);
			return -EINVAL;
		}
		st->active_rcu_locks = 1;
	} else if (kf->special == KFUNC_RCU_READ_UNLOCK) {
		if (!st->active_rcu_locks) {
			verbose(env, "unmatched rcu read unlock (kernel function %s)\n", kf->name);
			return -EINVAL;
		}
		distrust_rcu_pointers(st);
		st->active_rcu_locks = 0;
	}
	return 0;
}

static int check_preempt_call(struct verifier_env *env, const struct kfunc *kf)
{
	struct verifier_state *st = env->cur;

	if (kf->special == KFUNC_PREEMPT_DISABLE) {
		st->active_preempt_locks++;
	} else if (kf->special == KFUNC_PREEMPT_ENABLE) {
		if (!st->active_preempt_locks) {
			verbose(env,
				"unmatched attempt to enable preemption (kernel function %s)\n",
				kf->name);
			return -EINVAL;
		}
		st->active_preempt_locks--;
	}
	return 0;
}

static int release_arg(struct verifier_env *env, const struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[meta->release_regno];
	int err;

	if (!meta->release_regno)
		return 0;
	if (meta->dynptr_ref_obj_id)
		return release_dynptr(env, reg);
	err = release_reference(env, reg->ref_obj_id);
	if (err)
		verbose(env, "kfunc %s#%d reference has not been acquired before\n",
			meta->kfunc->name, meta->func_id);
	return err;
}

static int check_throw(struct verifier_env *env)
{
	/* Without a callback of the program's own the cookie is what the program returns. */
	return env->prog->exception_cb < 0 ? check_return_code(env, BPF_REG_1) : 0;
}

static int return_new_object(struct verifier_env *env, const struct call_meta *meta)
{
	struct reg_state *regs = cur_regs(env), *r0 = &regs[BPF_REG_0];
	const struct btf *btf = env->prog->btf;
	const struct btf_type *t;

	if (meta->arg_constant > U32_MAX) {
		verbose(env, "local type ID argument must be in range [0, U32_MAX]\n");
		return -EINVAL;
	}
	if (!btf) {
		verbose(env, "bpf_obj_new/bpf_percpu_obj_new requires prog BTF\n");
		return -EINVAL;
	}
	t = btf_type(btf, (u32)meta->arg_constant);
	if (!t || btf_kind_of(t) != BTF_KIND_STRUCT) {
		verbose(env,
			"bpf_obj_new/bpf_percpu_obj_new type ID argument must be of a struct\n");
		return -EINVAL;
	}
	mark_reg_known_zero(env, regs, BPF_REG_0);
	r0->type = PTR_TO_BTF_ID | MEM_ALLOC;
	r0->btf = btf;
	r0->btf_id = (u32)meta->arg_constant;
	return 0;
}

static int return_rdonly_cast(struct verifier_env *env, const struct call_meta *meta)
{
	struct reg_state *regs = cur_regs(env), *r0 = &regs[BPF_REG_0];
	const struct btf_type *t =
		meta->arg_constant > U32_MAX ? NULL : btf_type(meta->btf, (u32)meta->arg_constant);

	if (!t) {
		verbose(env, "Unknown type ID %lld passed to kfunc bpf_rdonly_cast\n",
			(long long)meta->arg_constant);
		return -EINVAL;
	}
	if (btf_kind_of(t) == BTF_KIND_STRUCT || btf_kind_of(t) == BTF_KIND_UNION) {
		mark_reg_known_zero(env, regs, BPF_REG_0);
		r0->type = PTR_TO_BTF_ID | PTR_UNTRUSTED;
		r0->btf = meta->btf;
		r0->btf_id = (u32)meta->arg_constant;
	} else if (btf_kind_of(t) == BTF_KIND_UNKN) {
		mark_reg_known_zero(env, regs, BPF_REG_0);
		r0->type = PTR_TO_MEM | MEM_RDONLY | PTR_UNTRUSTED;
		r0->mem_size = 0;
	} else {
		verbose(env,
			"kfunc bpf_rdonly_cast type ID argument must be of a struct or void\n");
		return -EINVAL;
	}
	return 0;
}

static int return_slice(struct verifier_env *env, const struct call_meta *meta, bool writable)
{
	struct reg_state *regs = cur_regs(env), *r0 = &regs[BPF_REG_0];

	if (!meta->arg_constant_found || !meta->dynptr_id)
		return verifier_bug(env, "slice of no dynptr, or of no known size");
	mark_reg_known_zero(env, regs, BPF_REG_0);
	r0->type = PTR_TO_MEM | dynptr_kind_flag(meta->dynptr_kind);
	r0->mem_size = (u32)meta->arg_constant;
	r0->dynptr_id = meta->dynptr_id;
	if (!writable) {
		r0->type |= MEM_RDONLY;
	} else if (!may_access_direct_pkt_data(env, NULL)) {
		verbose(env, "the prog does not allow writes to packet data\n");
		return -EINVAL;
	}
	return 0;
}

static void return_kernel_ptr(struct verifier_env *env, const struct btf *btf, u32 id, u32 flags)
{
	struct reg_state *regs = cur_regs(env), *r0 = &regs[BPF_REG_0];

	mark_reg_known_zero(env, regs, BPF_REG_0);
	r0->type = PTR_TO_BTF_ID | flags;
	r0->btf = btf;
	r0->btf_id = id;
}

/* Memory as large as the type it points to, or as an argument said. */
static int return_memory(struct verifier_env *env, const struct call_meta *meta,
			 const struct btf_type *t, u32 id)
{
	struct reg_state *regs = cur_regs(env), *r0 = &regs[BPF_REG_0];
	u32 size = meta->r0_size;
	bool rdonly = meta->r0_rdonly;

	if (!size) {
		if (btf_size(meta->btf, id, &size) || !size) {
			verbose(env,
				"kernel function %s returns pointer type %s %s is not supported\n",
				meta->kfunc->name, btf_kind_word(t), btf_name(meta->btf, t));
			return -EINVAL;
		}
		rdonly = true;
	}
	mark_reg_known_zero(env, regs, BPF_REG_0);
	r0->type = PTR_TO_MEM;
	r0->mem_size = size;
	if (rdonly)
		r0->type |= MEM_RDONLY;
	/* It goes when the reference that it came from does. */
	if (meta->ref_obj_id)
		r0->ref_obj_id = meta->ref_obj_id;
	if (meta->kfunc->flags & KF_RCU_PROTECTED)
		r0->type |= MEM_RCU;
	return 0;
}

static int return_pointee(struct verifier_env *env, const struct call_meta *meta,
			  const struct btf_type *ret)
{
	u32 id, flags = 0;
	const struct btf_type *t = btf_skip_modifiers(meta->btf, ret->type, &id);
	const struct kfunc *kf = meta->kfunc;

	switch (kf->special) {
	case KFUNC_OBJ_NEW:
		return return_new_object(env, meta);
	case KFUNC_REFCOUNT_ACQUIRE:
		return_kernel_ptr(env, meta->arg_btf, meta->arg_btf_id, MEM_ALLOC);
		return 0;
	case KFUNC_LIST_NODE:
	case KFUNC_RBTREE_NODE:
	case KFUNC_RBTREE_REMOVE:
		return_graph_node(env, meta);
		return 0;
	case KFUNC_RDONLY_CAST:
		return return_rdonly_cast(env, meta);
	case KFUNC_CAST_TO_KERN_CTX:
		return_kernel_ptr(env, meta->btf, meta->ret_btf_id, PTR_TRUSTED);
		return 0;
	case KFUNC_DYNPTR_SLICE:
	case KFUNC_DYNPTR_SLICE_RDWR:
		return return_slice(env, meta, kf->special == KFUNC_DYNPTR_SLICE_RDWR);
	default:
		break;
	}
	if (btf_kind_of(t) == BTF_KIND_UNKN) {
		mark_reg_unknown(env, cur_regs(env), BPF_REG_0);
		return 0;
	}
	if (!btf_is_kind_struct(t))
		return return_memory(env, meta, t, id);
	if (kf->flags & KF_RCU_PROTECTED)
		flags = MEM_RCU;
	else if (is_iter_next_kfunc(kf))
		flags = iter_of_call(env->cur, meta)->type & MEM_RCU ? MEM_RCU : PTR_TRUSTED;
	return_kernel_ptr(env, meta->btf, id, flags);
	return 0;
}

/* The owner of a counted object can always take one more reference. */
static bool may_return_null(const struct call_meta *meta)
{
	return meta->kfunc->flags & KF_RET_NULL &&
	       !(meta->kfunc->special == KFUNC_REFCOUNT_ACQUIRE && meta->arg_owning_ref);
}

static int return_pointer(struct verifier_env *env, const struct call_meta *meta,
			  const struct btf_type *ret, u32 insn_idx)
{
	struct reg_state *r0 = &cur_regs(env)[BPF_REG_0];
	const struct btf_record *rec;
	int err = return_pointee(env, meta, ret), id;

	if (err)
		return err;
	if (may_return_null(meta)) {
		r0->type |= PTR_MAYBE_NULL;
		r0->id = ++env->id_gen;
	}
	if (meta->kfunc->flags & KF_ACQUIRE) {
		id = acquire_reference(env, insn_idx);
		if (id < 0)
			return id;
		if (may_return_null(meta))
			r0->id = (u32)id;
		r0->ref_obj_id = (u32)id;
	}
	rec = reg_record(env, r0);
	if (rec && (rec->mask & (BTF_FIELD_SPIN_LOCK | BTF_FIELD_RES_SPIN_LOCK)) && !r0->id)
		r0->id = ++env->id_gen;
	return 0;
}

static bool takes_res_lock(const struct kfunc *kf)
{
	return kf->special == KFUNC_RES_SPIN_LOCK || kf->special == KFUNC_RES_SPIN_LOCK_IRQSAVE;
}

/* R0 by the return type of the prototype. */
static int set_return(struct verifier_env *env, const struct call_meta *meta, u32 insn_idx)
{
	const struct btf_type *proto = btf_type(meta->btf, meta->kfunc->proto_id);
	const struct btf_type *ret = btf_skip_modifiers(meta->btf, proto->type, NULL);

	switch (btf_kind_of(ret)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		if (takes_res_lock(meta->kfunc))
			reg_set_scalar_const(&cur_regs(env)[BPF_REG_0], 0);
		else
			mark_reg_unknown(env, cur_regs(env), BPF_REG_0);
		return 0;
	case BTF_KIND_PTR:
		return return_pointer(env, meta, ret, insn_idx);
	default:
		return 0;
	}
}

/* What some kfuncs do to the path beyond their arguments. */
static int apply_effects(struct verifier_env *env, const struct call_meta *meta, u32 insn_idx)
{
	const struct kfunc *kf = meta->kfunc;
	int err = check_rcu_call(env, kf);

	if (!err)
		err = check_preempt_call(env, kf);
	if (err)
		return err;
	if ((kf->flags & KF_RCU_PROTECTED) && !in_rcu_cs(env)) {
		verbose(env, "kernel func %s requires RCU critical section protection\n", kf->name);
		return -EACCES;
	}
	err = release_arg(env, meta);
	if (!err && (kf->special == KFUNC_LIST_PUSH || kf->special == KFUNC_RBTREE_ADD))
		err = give_to_graph(env, insn_idx);
	if (!err && kf->special == KFUNC_THROW)
		err = check_throw(env);
	return err;
}

int check_kfunc_call(struct verifier_env *env, const struct bpf_insn *insn, u32 *insn_idx)
{
	struct call_meta meta = {.func_id = insn->imm, .btf = env->kernel_btf};
	int err;

	/* An error only if this turns out to be live code: check_unresolved_kfuncs(). */
	if (!insn->imm)
		return 0;
	meta.kfunc = resolve_kfunc(env, insn);
	if (!meta.kfunc)
		return -EACCES;
	if (meta.kfunc->flags & KF_SLEEPABLE) {
		verbose(env, "program must be sleepable to call sleepable kfunc %s\n",
			meta.kfunc->name);
		return -EACCES;
	}
	if (takes_res_lock(meta.kfunc)) {
		err = walk_failed_res_lock(env, *insn_idx);
		if (err)
			return err;
	}
	err = check_kfunc_args(env, &meta, *insn_idx);
	if (!err && meta.kfunc->special == KFUNC_RBTREE_ADD) {
		err = push_callback_call(env, *insn_idx, meta.subprog,
					 set_rbtree_add_callback_state);
		if (err)
			verbose(env, "kfunc %s#%d failed callback verification\n", meta.kfunc->name,
				meta.func_id);
	}
	if (!err && meta.kfunc->special == KFUNC_WQ_SET_CALLBACK)
		err = push_async_callback(env, *insn_idx, meta.subprog, true);
	if (!err)
		err = apply_effects(env, &meta, *insn_idx);
	if (err)
		return err;
	clear_caller_saved(env, cur_regs(env));
	err = set_return(env, &meta, *insn_idx);
	if (!err && meta.kfunc->special == KFUNC_XDP_PULL_DATA)
		clear_all_pkt_pointers(env);
	if (!err && is_iter_next_kfunc(meta.kfunc))
		err = process_iter_next_call(env, *insn_idx, &meta);
	return err;
}

int check_unresolved_kfuncs(struct verifier_env *env)
{
	for (u32 i = 0; i < env->prog->len; i++) {
		const struct bpf_insn *insn = &env->prog->insns[i];

		if (!isa_is_kfunc_call(insn) || insn->imm || !env->prog->aux[i].seen)
			continue;
		verbose(env, "invalid kernel function call not eliminated in verifier pass\n");
		return -EINVAL;
	}
	return 0;
}
