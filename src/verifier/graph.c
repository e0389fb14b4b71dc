// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "calls.h"

/*
 * Lists and trees of allocated objects. An object that is linked in belongs to its list or tree;
 * under the lock that guards it, pointers to its elements may still be used, but not be given away:
 * non-owning references, which end with the lock.
 */
bool is_graph_kfunc(const struct kfunc *kf)
{
	switch (kf->special) {
	case KFUNC_LIST_PUSH:
	case KFUNC_LIST_NODE:
	case KFUNC_RBTREE_ADD:
	case KFUNC_RBTREE_REMOVE:
	case KFUNC_RBTREE_NODE:
	case KFUNC_REFCOUNT_ACQUIRE:
		return true;
	default:
		return false;
	}
}

bool in_rbtree_callback(const struct verifier_env *env)
{
	const struct func_state *fs = env->cur->frame[env->cur->curframe];
	const struct kfunc *kf;

	if (!env->cur->curframe || !fs->in_callback)
		return false;
	kf = env->prog->aux[fs->callsite].kfunc;
	return kf && kf->special == KFUNC_RBTREE_ADD;
}

static int check_locked(struct verifier_env *env, const struct reg_state *reg)
{
	const struct verifier_state *st = env->cur;
	const void *holder = reg_base_type(reg) == PTR_TO_MAP_VALUE ? (const void *)reg->map
								    : (const void *)reg->btf;

	if (!st->active_locks)
		return -EINVAL;
	for (u32 i = 0; i < st->nr_refs; i++)
		if (st->refs[i].kind & REF_ANY_LOCK && st->refs[i].id == reg->id &&
		    st->refs[i].ptr == holder)
			return 0;
	verbose(env, "held lock and object are not in the same allocation\n");
	return -EINVAL;
}

int process_graph_root_arg(struct verifier_env *env, const struct reg_state *reg, u32 regno,
			   u32 arg, enum btf_field_type type, struct call_meta *meta)
{
	const char *name = btf_field_type_name(type);
	const struct btf_record *rec;
	const struct btf_field *field;
	u32 off;

	if (reg->type != PTR_TO_MAP_VALUE && reg->type != (PTR_TO_BTF_ID | MEM_ALLOC)) {
		verbose(env, "arg#%u expected pointer to map value or allocated object\n", arg);
		return -EINVAL;
	}
	if (reg->type == (PTR_TO_BTF_ID | MEM_ALLOC) && !reg->ref_obj_id) {
		verbose(env, "allocated object must be referenced\n");
		return -EINVAL;
	}
	if (!tnum_is_const(reg->var_off)) {
		verbose(env,
			"R%u doesn't have constant offset. %s has to be at the constant offset\n",
			regno, name);
		return -EINVAL;
	}
	rec = reg_record(env, reg);
	off = (u32)reg->off + (u32)reg->var_off.value;
	field = btf_record_find(rec, off, type);
	if (!field) {
		verbose(env, "%s not found at offset=%u\n", name, off);
		return -EINVAL;
	}
	if (check_locked(env, reg)) {
		verbose(env, "bpf_spin_lock at off=%d must be held for %s\n",
			rec->spin_lock_off < 0 ? -EINVAL : rec->spin_lock_off, name);
		return -EINVAL;
	}
	meta->graph_root = field;
	meta->graph_btf = reg_base_type(reg) == PTR_TO_MAP_VALUE ? reg->map->btf : reg->btf;
	return 0;
}

/* Who may be passed as a node: for adding, its owner; for looking, whoever may look at it. */
static int check_node_owner(struct verifier_env *env, const struct reg_state *reg, u32 arg,
			    const struct kfunc *kf)
{
	if (kf->special == KFUNC_LIST_PUSH || kf->special == KFUNC_RBTREE_ADD) {
		if (reg->type != (PTR_TO_BTF_ID | MEM_ALLOC)) {
			verbose(env, "arg#%u expected pointer to allocated object\n", arg);
			return -EINVAL;
		}
		if (!reg->ref_obj_id) {
			verbose(env, "allocated object must be referenced\n");
			return -EINVAL;
		}
		return 0;
	}
	if (!is_non_owning_ref(reg) && !reg->ref_obj_id) {
		verbose(env, "%s can only take non-owning or refcounted bpf_rb_node pointer\n",
			kf->name);
		return -EINVAL;
	}
	if (in_rbtree_callback(env)) {
		verbose(env, "%s not allowed in rbtree cb\n", kf->name);
		return -EINVAL;
	}
	return 0;
}

int process_graph_node_arg(struct verifier_env *env, const struct reg_state *reg, u32 regno,
			   u32 arg, enum btf_field_type type, struct call_meta *meta)
{
	const struct btf_field *root = meta->graph_root;
	const char *name = btf_field_type_name(type), *element;
	int err = check_node_owner(env, reg, arg, meta->kfunc);
	u32 off;

	if (err)
		return err;
	if (!tnum_is_const(reg->var_off)) {
		verbose(env,
			"R%u doesn't have constant offset. %s has to be at the constant offset\n",
			regno, name);
		return -EINVAL;
	}
	off = (u32)reg->off + (u32)reg->var_off.value;
	if (!btf_record_find(reg_record(env, reg), off, type)) {
		verbose(env, "%s not found at offset=%u\n", name, off);
		return -EINVAL;
	}
	if (!root)
		return verifier_bug(env, "a graph node without a root");
	element = btf_name(meta->graph_btf, btf_type(meta->graph_btf, root->graph_id));
	if (!btf_struct_ids_match(env->log, reg->btf, reg->btf_id, 0, meta->graph_btf,
				  root->graph_id, true)) {
		verbose(env,
			"operation on %s expects arg#1 %s at offset=%d in struct %s, but arg is at "
			"offset=%d in struct %s\n",
			btf_field_type_name(root->type), name, root->graph_node_off, element, off,
			btf_name(reg->btf, btf_type(reg->btf, reg->btf_id)));
		return -EINVAL;
	}
	if (off != root->graph_node_off) {
		verbose(env, "arg#1 offset=%d, but expected %s at offset=%d in struct %s\n", off,
			name, root->graph_node_off, element);
		return -EINVAL;
	}
	return 0;
}

static void set_non_owning(struct verifier_env *env, struct reg_state *reg)
{
	const struct btf_record *rec = reg_record(env, reg);

	reg->type |= NON_OWN_REF;
	/* A counted object that loses its last owner is freed after the RCU section. */
	if (rec && rec->mask & BTF_FIELD_REFCOUNT)
		reg->type |= MEM_RCU;
}

static void mark_node(struct verifier_env *env, struct reg_state *regs, u32 regno,
		      const struct btf_field *root, const struct btf *btf)
{
	mark_reg_known_zero(env, regs, regno);
	regs[regno].type = PTR_TO_BTF_ID | MEM_ALLOC;
	regs[regno].btf = btf;
	regs[regno].btf_id = root->graph_id;
	regs[regno].off = (s32)root->graph_node_off;
}

void return_graph_node(struct verifier_env *env, const struct call_meta *meta)
{
	struct reg_state *regs = cur_regs(env);

	mark_node(env, regs, BPF_REG_0, meta->graph_root, meta->graph_btf);
	if (!(meta->kfunc->flags & KF_ACQUIRE))
		set_non_owning(env, &regs[BPF_REG_0]);
}

struct convert {
	struct verifier_env *env;
	u32 ref_obj_id;
};

static void convert_reg(struct func_state *fs, struct reg_state *reg, void *arg)
{
	const struct convert *c = arg;

	(void)fs;
	if (reg->ref_obj_id != c->ref_obj_id)
		return;
	reg->ref_obj_id = 0;
	set_non_owning(c->env, reg);
}

int give_to_graph(struct verifier_env *env, u32 insn_idx)
{
	const struct reg_state *node = &cur_regs(env)[BPF_REG_2];
	struct convert c = {.env = env, .ref_obj_id = node->ref_obj_id};

	struct insn_state *is = &env->insns[insn_idx];
	struct insn_aux *aux = &env->prog->aux[insn_idx];

	/* The executor knows one offset per call. */
	if (is->graph_off_known && aux->imm64 != (u64)node->off) {
		verbose(env, "%s adds nodes at different offsets of their objects\n",
			aux->kfunc->name);
		return -EINVAL;
	}
	is->graph_off_known = true;
	aux->imm64 = (u64)node->off;
	state_for_each_reg(env->cur, convert_reg, &c);
	return release_reference(env, c.ref_obj_id);
}

int set_rbtree_add_callback_state(struct verifier_env *env, struct func_state *caller,
				  struct func_state *callee, u32 insn_idx)
{
	const struct reg_state *root = &caller->regs[BPF_REG_1];
	const struct btf_field *field =
		btf_record_find(reg_record(env, root), (u32)root->off, BTF_FIELD_RB_ROOT);
	const struct btf *btf =
		reg_base_type(root) == PTR_TO_MAP_VALUE ? root->map->btf : root->btf;

	(void)insn_idx;
	if (!field)
		return -EFAULT;
	/* less(a, b): both in the tree, or about to be */
	for (u32 i = BPF_REG_1; i <= BPF_REG_2; i++) {
		mark_node(env, callee->regs, i, field, btf);
		set_non_owning(env, &callee->regs[i]);
	}
	for (u32 i = BPF_REG_3; i <= BPF_REG_5; i++)
		mark_reg_not_init(&callee->regs[i]);
	callee->in_callback = true;
	callee->cb_ret = (struct ret_range){0, 1};
	return 0;
}
