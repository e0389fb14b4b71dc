// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "calls.h"

/*
 * Arguments of kfuncs. Their BTF types say what they are, and suffixes of their names the rest:
 * "__sz" the size of the memory before it, "__k" a known constant, and so on.
 */
enum arg_class {
	ARG_IS_NULL, /* a literal NULL where it is allowed */
	ARG_IS_CTX,
	ARG_IS_ALLOC_OBJ,
	ARG_IS_REFCOUNTED,
	ARG_IS_DYNPTR,
	ARG_IS_ITER,
	ARG_IS_LIST_HEAD,
	ARG_IS_LIST_NODE,
	ARG_IS_RB_ROOT,
	ARG_IS_RB_NODE,
	ARG_IS_CONST_STR,
	ARG_IS_MAP,
	ARG_IS_BTF_ID,
	ARG_IS_IRQ_FLAG,
	ARG_IS_WORKQUEUE,
	ARG_IS_RES_SPIN_LOCK,
	ARG_IS_CALLBACK,
	ARG_IS_MEM,
	ARG_IS_MEM_SIZE, /* memory, its size is the next argument */
};

/* One argument, its type and its register. */
struct karg {
	const struct btf *btf;
	const struct btf_param *param;
	u32 idx;
	u32 nr;			    /* arguments of the kfunc */
	const struct btf_type *t;   /* modifiers skipped */
	const struct btf_type *ref; /* what it points to */
	u32 ref_id;
	const char *ref_name;
	u32 regno;
	struct reg_state *reg;
};

static bool has_suffix(const struct btf *btf, const struct btf_param *param, const char *suffix)
{
	const char *name = btf_str(btf, param->name_off);
	size_t len = strlen(name), want = strlen(suffix);

	return len >= want && !strcmp(name + len - want, suffix);
}

static bool is_scalar(const struct btf_type *t)
{
	u32 kind = btf_kind_of(t);

	return kind == BTF_KIND_INT || kind == BTF_KIND_ENUM || kind == BTF_KIND_ENUM64;
}

static bool is_null(const struct reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_equals_const(reg->var_off, 0);
}

/* The argument after @arg is its size. */
static bool is_followed_by_size(const struct karg *arg)
{
	const struct btf_param *size = arg->param + 1;

	if (arg->idx + 1 >= arg->nr || arg->reg[1].type != SCALAR_VALUE ||
	    !is_scalar(btf_skip_modifiers(arg->btf, size->type, NULL)))
		return false;
	return has_suffix(arg->btf, size, "__sz") || has_suffix(arg->btf, size, "__szk");
}

/* BTF type that a pointer to a socket or a map has when kfuncs look at it; 0: none. */
static u32 btf_id_of_reg(const struct verifier_env *env, const struct reg_state *reg)
{
	s32 id;

	switch (reg_base_type(reg)) {
	case PTR_TO_BTF_ID:
		return reg->btf_id;
	case PTR_TO_SOCKET:
		return vmlinux_type_id(VT_SOCK);
	case PTR_TO_SOCK_COMMON:
		return vmlinux_type_id(VT_SOCK_COMMON);
	case PTR_TO_TCP_SOCK:
		id = btf_find(env->kernel_btf, "tcp_sock", BTF_KIND_STRUCT);
		return id > 0 ? (u32)id : 0;
	case CONST_PTR_TO_MAP:
		return vmlinux_type_id(VT_BPF_MAP);
	default:
		return 0;
	}
}

static bool is_ctx_type(const struct verifier_env *env, const struct karg *arg)
{
	bool xdp = env->prog->type == BPF_PROG_TYPE_XDP;

	if (!btf_is_kind_struct(arg->ref))
		return false;
	return !strcmp(arg->ref_name, xdp ? "xdp_md" : "__sk_buff") ||
	       !strcmp(arg->ref_name, xdp ? "xdp_buff" : "sk_buff");
}

static int check_plain_memory(struct verifier_env *env, const struct karg *arg, bool sized)
{
	if (sized && btf_kind_of(arg->ref) == BTF_KIND_UNKN)
		return ARG_IS_MEM_SIZE;
	if (is_scalar(arg->ref) || btf_is_scalar_struct(env->log, arg->btf, arg->ref_id))
		return sized ? ARG_IS_MEM_SIZE : ARG_IS_MEM;
	blame_lost_reference(env, arg->reg);
	verbose(env, "arg#%u pointer type %s %s must point to %sscalar, or struct with scalar\n",
		arg->idx, btf_kind_word(arg->ref), arg->ref_name, sized ? "void, " : "");
	return -EINVAL;
}

static const struct {
	const char *name;
	enum arg_class cls;
} graph_args[] = {
	{"bpf_list_head", ARG_IS_LIST_HEAD},
	{"bpf_list_node", ARG_IS_LIST_NODE},
	{"bpf_rb_root", ARG_IS_RB_ROOT},
	{"bpf_rb_node", ARG_IS_RB_NODE},
};

static bool is_struct_named(const struct karg *arg, const char *name)
{
	return btf_kind_of(arg->ref) == BTF_KIND_STRUCT && !strcmp(arg->ref_name, name);
}

/* enum arg_class or a negative error. */
static int classify(struct verifier_env *env, const struct karg *arg, const struct call_meta *meta)
{
	const struct kfunc *kf = meta->kfunc;
	bool sized = is_followed_by_size(arg);

	if (kf->special == KFUNC_CAST_TO_KERN_CTX || is_ctx_type(env, arg))
		return ARG_IS_CTX;
	if (has_suffix(arg->btf, arg->param, "__nullable") && is_null(arg->reg) && !sized)
		return ARG_IS_NULL;
	if (has_suffix(arg->btf, arg->param, "__alloc"))
		return ARG_IS_ALLOC_OBJ;
	if (has_suffix(arg->btf, arg->param, "__refcounted_kptr"))
		return ARG_IS_REFCOUNTED;
	if (arg->ref_id == vmlinux_type_id(VT_BPF_DYNPTR))
		return ARG_IS_DYNPTR;
	if ((kf->flags & (KF_ITER_NEW | KF_ITER_NEXT | KF_ITER_DESTROY)) && !arg->idx)
		return ARG_IS_ITER;
	for (u32 i = 0; i < ARRAY_SIZE(graph_args); i++)
		if (is_struct_named(arg, graph_args[i].name))
			return graph_args[i].cls;
	if (has_suffix(arg->btf, arg->param, "__str"))
		return ARG_IS_CONST_STR;
	if (has_suffix(arg->btf, arg->param, "__map"))
		return ARG_IS_MAP;
	if (is_struct_named(arg, "bpf_wq"))
		return ARG_IS_WORKQUEUE;
	if (has_suffix(arg->btf, arg->param, "__irq_flag"))
		return ARG_IS_IRQ_FLAG;
	if (is_struct_named(arg, "bpf_res_spin_lock"))
		return ARG_IS_RES_SPIN_LOCK;
	if (btf_id_of_reg(env, arg->reg)) {
		if (btf_is_kind_struct(arg->ref))
			return ARG_IS_BTF_ID;
		verbose(env, "kernel function %s args#%u pointer type %s %s is not supported\n",
			kf->name, arg->idx, btf_kind_word(arg->ref), arg->ref_name);
		return -EINVAL;
	}
	if (btf_kind_of(arg->ref) == BTF_KIND_FUNC_PROTO)
		return ARG_IS_CALLBACK;
	return check_plain_memory(env, arg, sized);
}

/* The caller sees to its precision. */
static int remember_constant(struct verifier_env *env, const struct reg_state *reg, u32 regno,
			     struct call_meta *meta)
{
	if (meta->arg_constant_found)
		return verifier_bug(env, "only one constant argument permitted");
	if (!tnum_is_const(reg->var_off)) {
		verbose(env, "R%u must be a known constant\n", regno);
		return -EINVAL;
	}
	meta->arg_constant_found = true;
	meta->arg_constant = reg->var_off.value;
	return 0;
}

/* "rdonly_buf_size" and "rdwr_buf_size" say how large the returned memory is. */
static int check_return_size(struct verifier_env *env, const struct karg *arg, bool rdonly,
			     struct call_meta *meta)
{
	if (meta->r0_size) {
		verbose(env, "2 or more rdonly/rdwr_buf_size parameters for kfunc");
		return -EINVAL;
	}
	if (!tnum_is_const(arg->reg->var_off)) {
		verbose(env, "R%u is not a const\n", arg->regno);
		return -EINVAL;
	}
	if (rdonly)
		meta->r0_rdonly = true;
	meta->r0_size = (u32)arg->reg->var_off.value;
	return mark_chain_precision(env, arg->regno);
}

static int check_scalar_arg(struct verifier_env *env, const struct karg *arg,
			    struct call_meta *meta)
{
	const char *name = btf_str(arg->btf, arg->param->name_off);

	if (arg->reg->type != SCALAR_VALUE) {
		verbose(env, "R%u is not a scalar\n", arg->regno);
		return -EINVAL;
	}
	if (has_suffix(arg->btf, arg->param, "__k")) {
		int err = remember_constant(env, arg->reg, arg->regno, meta);

		return err ? err : mark_chain_precision(env, arg->regno);
	}
	if (!strcmp(name, "rdonly_buf_size") || !strcmp(name, "rdwr_buf_size"))
		return check_return_size(env, arg, !strcmp(name, "rdonly_buf_size"), meta);
	return 0;
}

static bool wants_trusted(const struct kfunc *kf)
{
	return kf->flags & (KF_TRUSTED_ARGS | KF_RELEASE);
}

/* What holds for every pointer: NULL-ness, the reference that it carries. */
static int check_pointer(struct verifier_env *env, const struct karg *arg, struct call_meta *meta)
{
	const struct kfunc *kf = meta->kfunc;
	struct reg_state *reg = arg->reg;

	if ((wants_trusted(kf) || (kf->flags & KF_RCU)) && (is_null(reg) || reg_may_be_null(reg)) &&
	    !has_suffix(arg->btf, arg->param, "__nullable")) {
		verbose(env, "Possibly NULL pointer passed to trusted arg%u\n", arg->idx);
		return -EACCES;
	}
	if (!reg->ref_obj_id)
		return 0;
	if ((kf->flags & KF_RELEASE) && meta->ref_obj_id)
		return verifier_bug(env, "more than one arg with ref_obj_id R%u %u %u", arg->regno,
				    reg->ref_obj_id, meta->ref_obj_id);
	meta->ref_obj_id = reg->ref_obj_id;
	if (kf->flags & KF_RELEASE)
		meta->release_regno = arg->regno;
	return 0;
}

static int check_trust(struct verifier_env *env, const struct karg *arg, enum arg_class cls,
		       const struct call_meta *meta)
{
	const struct kfunc *kf = meta->kfunc;

	if (cls != ARG_IS_MAP && cls != ARG_IS_ALLOC_OBJ && cls != ARG_IS_BTF_ID)
		return 0;
	if (!wants_trusted(kf) && !(kf->flags & KF_RCU))
		return 0;
	if (is_trusted_reg(arg->reg))
		return 0;
	if (!(kf->flags & KF_RCU)) {
		verbose(env, "R%u must be referenced or trusted\n", arg->regno);
		return -EINVAL;
	}
	if (is_rcu_reg(arg->reg))
		return 0;
	verbose(env, "R%u must be a rcu pointer\n", arg->regno);
	return -EINVAL;
}

static int check_ctx_arg(struct verifier_env *env, const struct karg *arg, struct call_meta *meta)
{
	if (arg->reg->type != PTR_TO_CTX) {
		verbose(env, "arg#%u expected pointer to ctx, but got %s\n", arg->idx,
			reg_type_str(arg->reg->type));
		return -EINVAL;
	}
	if (meta->kfunc->special == KFUNC_CAST_TO_KERN_CTX)
		meta->ret_btf_id = vmlinux_type_id(
			env->prog->type == BPF_PROG_TYPE_XDP ? VT_XDP_BUFF : VT_SK_BUFF);
	return 0;
}

static int check_alloc_arg(struct verifier_env *env, const struct karg *arg, struct call_meta *meta)
{
	const struct reg_state *reg = arg->reg;

	if (reg->type == (PTR_TO_BTF_ID | MEM_ALLOC)) {
		if (meta->kfunc->special != KFUNC_OBJ_DROP) {
			verbose(env, "arg#%u expected for bpf_obj_drop_impl()\n", arg->idx);
			return -EINVAL;
		}
	} else {
		if (reg->type == (PTR_TO_BTF_ID | MEM_ALLOC | MEM_PERCPU))
			verbose(env, "arg#%u expected for bpf_percpu_obj_drop_impl()\n", arg->idx);
		else
			verbose(env, "arg#%u expected pointer to allocated object\n", arg->idx);
		return -EINVAL;
	}
	if (!reg->ref_obj_id) {
		verbose(env, "allocated object must be referenced\n");
		return -EINVAL;
	}
	meta->arg_btf = reg->btf;
	meta->arg_btf_id = reg->btf_id;
	return 0;
}

static u32 dynptr_arg_type(const struct karg *arg, const struct call_meta *meta)
{
	u32 type = ARG_PTR_TO_DYNPTR;

	if (arg->reg->type == CONST_PTR_TO_DYNPTR)
		type |= MEM_RDONLY;
	if (has_suffix(arg->btf, arg->param, "__uninit"))
		type |= MEM_UNINIT;
	switch (meta->kfunc->special) {
	case KFUNC_DYNPTR_FROM_SKB:
		return type | DYNPTR_TYPE_SKB;
	case KFUNC_DYNPTR_FROM_SKB_META:
		return type | DYNPTR_TYPE_SKB_META;
	case KFUNC_DYNPTR_FROM_XDP:
		return type | DYNPTR_TYPE_XDP;
	case KFUNC_DYNPTR_CLONE:
		return type & MEM_UNINIT ? type | dynptr_kind_flag(meta->dynptr_kind) : type;
	default:
		return type;
	}
}

static int check_dynptr_arg(struct verifier_env *env, const struct karg *arg, u32 insn_idx,
			    struct call_meta *meta)
{
	u32 type = dynptr_arg_type(arg, meta);
	u32 clone_ref = meta->kfunc->special == KFUNC_DYNPTR_CLONE && (type & MEM_UNINIT)
				? meta->dynptr_ref_obj_id
				: 0;
	const struct reg_state *dynptr;
	int err = process_dynptr_arg(env, arg->regno, insn_idx, type, clone_ref);

	if (err || (type & MEM_UNINIT))
		return err;
	dynptr = dynptr_of_reg(env, arg->reg);
	if (!dynptr)
		return verifier_bug(env, "an initialized dynptr is none");
	meta->dynptr_id = dynptr->id;
	meta->dynptr_kind = dynptr->dynptr.kind;
	meta->dynptr_ref_obj_id = dynptr->ref_obj_id;
	return 0;
}

/* "nf_conn___init" is a nf_conn that is not yet to be taken for one. */
static bool is_init_alias(const char *a, const char *b)
{
	static const char suffix[] = "___init";
	size_t len_a = strlen(a), len_b = strlen(b), len = min(len_a, len_b);

	if (len_a == len_b || strncmp(a, b, len))
		return false;
	return !strcmp(len_a > len_b ? a + len : b + len, suffix);
}

static int check_btf_id_arg(struct verifier_env *env, const struct karg *arg,
			    const struct call_meta *meta)
{
	const u32 safe = MEM_ALLOC | PTR_TRUSTED | NON_OWN_REF;
	const struct reg_state *reg = arg->reg;
	bool is_btf_id = reg_base_type(reg) == PTR_TO_BTF_ID;
	const struct btf *reg_btf = is_btf_id ? reg->btf : env->kernel_btf;
	const struct btf_type *reg_t;
	u32 reg_id = btf_id_of_reg(env, reg);
	bool strict;

	if (!reg_id || (is_btf_id && (TYPE_FLAGS(reg->type) & ~safe) && !is_rcu_reg(reg))) {
		verbose(env, "arg#%u is %s ", arg->idx, reg_type_str(reg->type));
		verbose(env, "expected %s or socket\n",
			reg_type_str(reg_base_type(reg) | (reg->type & safe)));
		return -EINVAL;
	}
	/* What is released must be the object itself, not one that merely begins with it. */
	reg_t = btf_skip_modifiers(reg_btf, reg_id, &reg_id);
	strict = ((meta->kfunc->flags & KF_RELEASE) && reg->ref_obj_id) ||
		 is_init_alias(btf_name(reg_btf, reg_t), arg->ref_name);
	if (btf_struct_ids_match(env->log, reg_btf, reg_id, reg->off, arg->btf, arg->ref_id,
				 strict))
		return 0;
	verbose(env,
		"kernel function %s args#%u expected pointer to %s %s but R%u has a pointer to "
		"%s %s\n",
		meta->kfunc->name, arg->idx, btf_kind_word(arg->ref), arg->ref_name, arg->regno,
		btf_kind_word(reg_t), btf_name(reg_btf, reg_t));
	return -EINVAL;
}

static int check_mem_arg(struct verifier_env *env, const struct karg *arg)
{
	u32 size;
	int err = btf_size(arg->btf, arg->ref_id, &size);

	if (!err)
		return check_mem_reg(env, arg->reg, arg->regno, size);
	verbose(env, "arg#%u reference type('%s %s') size cannot be determined: %d\n", arg->idx,
		btf_kind_word(arg->ref), arg->ref_name, err);
	return -EINVAL;
}

/* Both readable and writable: nothing says which the kfunc does. */
static int check_pair(struct verifier_env *env, const struct karg *arg)
{
	struct reg_state *mem = arg->reg, saved = *mem;
	struct call_meta meta = {0};
	int err;

	if (reg_may_be_null(mem))
		mark_ptr_not_null_reg(mem);
	err = check_mem_size_reg(env, arg->regno, arg->regno + 1, ACCESS_READ, true, &meta);
	if (!err)
		err = check_mem_size_reg(env, arg->regno, arg->regno + 1, ACCESS_WRITE, true,
					 &meta);
	if (reg_may_be_null(&saved))
		*mem = saved;
	return err;
}

static int check_mem_size_arg(struct verifier_env *env, const struct karg *arg,
			      struct call_meta *meta)
{
	const struct reg_state *size = arg->reg + 1;
	bool absent = is_null(arg->reg) && has_suffix(arg->btf, arg->param, "__opt");
	int err = absent ? 0 : check_pair(env, arg);

	if (err) {
		verbose(env, "arg#%u arg#%u memory, len pair leads to invalid memory access\n",
			arg->idx, arg->idx + 1);
		return err;
	}
	/* The check of a pair marks the size precise; without one the result's size hangs on it
	 * all the same. */
	if (absent) {
		err = mark_chain_precision(env, arg->regno + 1);
		if (err)
			return err;
	}
	if (has_suffix(arg->btf, arg->param + 1, "__szk"))
		return remember_constant(env, size, arg->regno + 1, meta);
	return 0;
}

static int check_refcounted_arg(struct verifier_env *env, const struct karg *arg,
				struct call_meta *meta)
{
	const struct reg_state *reg = arg->reg;
	const struct btf_record *rec;

	if (reg_base_type(reg) != PTR_TO_BTF_ID || !(reg->type & MEM_ALLOC)) {
		verbose(env, "arg#%u is neither owning or non-owning ref\n", arg->idx);
		return -EINVAL;
	}
	meta->arg_owning_ref = !is_non_owning_ref(reg);
	rec = reg_record(env, reg);
	if (!rec || !(rec->mask & BTF_FIELD_REFCOUNT)) {
		verbose(env, "arg#%u doesn't point to a type with bpf_refcount field\n", arg->idx);
		return -EINVAL;
	}
	meta->arg_btf = reg->btf;
	meta->arg_btf_id = reg->btf_id;
	return 0;
}

static int check_classified(struct verifier_env *env, const struct karg *arg, enum arg_class cls,
			    u32 insn_idx, struct call_meta *meta)
{
	switch (cls) {
	case ARG_IS_CTX:
		return check_ctx_arg(env, arg, meta);
	case ARG_IS_ALLOC_OBJ:
		return check_alloc_arg(env, arg, meta);
	case ARG_IS_REFCOUNTED:
		return check_refcounted_arg(env, arg, meta);
	case ARG_IS_DYNPTR:
		return check_dynptr_arg(env, arg, insn_idx, meta);
	case ARG_IS_ITER:
		return process_iter_arg(env, arg->regno, insn_idx, meta);
	case ARG_IS_LIST_HEAD:
		return process_graph_root_arg(env, arg->reg, arg->regno, arg->idx,
					      BTF_FIELD_LIST_HEAD, meta);
	case ARG_IS_RB_ROOT:
		return process_graph_root_arg(env, arg->reg, arg->regno, arg->idx,
					      BTF_FIELD_RB_ROOT, meta);
	case ARG_IS_LIST_NODE:
		return process_graph_node_arg(env, arg->reg, arg->regno, arg->idx,
					      BTF_FIELD_LIST_NODE, meta);
	case ARG_IS_RB_NODE:
		return process_graph_node_arg(env, arg->reg, arg->regno, arg->idx,
					      BTF_FIELD_RB_NODE, meta);
	case ARG_IS_CONST_STR:
		if (arg->reg->type == PTR_TO_MAP_VALUE)
			return check_const_str(env, arg->reg, arg->regno);
		verbose(env, "arg#%u doesn't point to a const string\n", arg->idx);
		return -EINVAL;
	case ARG_IS_WORKQUEUE:
		return process_wq_arg(env, arg->regno, arg->idx, meta);
	case ARG_IS_MAP:
	case ARG_IS_BTF_ID:
		return check_btf_id_arg(env, arg, meta);
	case ARG_IS_IRQ_FLAG:
		return process_irq_arg(env, arg->regno,
				       meta->kfunc->special == KFUNC_LOCAL_IRQ_SAVE ||
					       meta->kfunc->special == KFUNC_RES_SPIN_LOCK_IRQSAVE,
				       is_res_lock_kfunc(meta->kfunc));
	case ARG_IS_RES_SPIN_LOCK:
		return process_res_spin_lock_arg(env, arg->regno, arg->idx, meta->kfunc);
	case ARG_IS_CALLBACK:
		if (arg->reg->type == PTR_TO_FUNC) {
			meta->subprog = arg->reg->subprog;
			return 0;
		}
		verbose(env, "arg%u expected pointer to func\n", arg->idx);
		return -EINVAL;
	case ARG_IS_MEM:
		return check_mem_arg(env, arg);
	case ARG_IS_MEM_SIZE:
		return check_mem_size_arg(env, arg, meta);
	default:
		return 0;
	}
}

/* A work queue goes with the map that it lies in. */
static int check_map_arg(struct verifier_env *env, const struct karg *arg, struct call_meta *meta)
{
	const struct reg_state *reg = arg->reg;

	if (reg->type != CONST_PTR_TO_MAP && reg->type != PTR_TO_MAP_VALUE &&
	    reg->type != PTR_TO_MAP_KEY) {
		verbose(env, "pointer in R%u isn't map pointer\n", arg->regno);
		return -EINVAL;
	}
	if (meta->map && reg->map->record && reg->map->record->mask & BTF_FIELD_WORKQUEUE &&
	    (meta->map != reg->map || meta->map_uid != reg->map_uid)) {
		verbose(env,
			"workqueue pointer in R1 map_uid=%d doesn't match map pointer in R2 "
			"map_uid=%d\n",
			meta->map_uid, reg->map_uid);
		return -EINVAL;
	}
	meta->map = reg->map;
	meta->map_uid = reg->map_uid;
	return 0;
}

static int check_pointer_arg(struct verifier_env *env, struct karg *arg, u32 insn_idx,
			     struct call_meta *meta, bool *took_size)
{
	int err = check_pointer(env, arg, meta), cls;
	u32 arg_type = ARG_DONTCARE;

	if (err)
		return err;
	arg->ref = btf_skip_modifiers(arg->btf, arg->t->type, &arg->ref_id);
	arg->ref_name = btf_name(arg->btf, arg->ref);
	cls = classify(env, arg, meta);
	if (cls < 0 || cls == ARG_IS_NULL)
		return min(cls, 0);
	if (cls == ARG_IS_MAP)
		arg->ref = btf_skip_modifiers(arg->btf, vmlinux_type_id(VT_BPF_MAP), &arg->ref_id);
	if (cls == ARG_IS_MAP) {
		err = check_map_arg(env, arg, meta);
		if (err)
			return err;
	}
	err = check_trust(env, arg, (enum arg_class)cls, meta);
	if (err)
		return err;
	if ((meta->kfunc->flags & KF_RELEASE) && arg->reg->ref_obj_id)
		arg_type |= OBJ_RELEASE;
	err = check_func_arg_reg_off(env, arg->reg, arg->regno, arg_type);
	if (err)
		return err;
	*took_size = cls == ARG_IS_MEM_SIZE;
	return check_classified(env, arg, (enum arg_class)cls, insn_idx, meta);
}

int check_kfunc_args(struct verifier_env *env, struct call_meta *meta, u32 insn_idx)
{
	const struct btf_type *proto = btf_type(meta->btf, meta->kfunc->proto_id);
	const struct btf_param *params = (const struct btf_param *)(proto + 1);
	u32 nr = btf_vlen_of(proto);

	for (u32 i = 0; i < nr; i++) {
		struct karg arg = {
			.btf = meta->btf,
			.param = &params[i],
			.idx = i,
			.nr = nr,
			.t = btf_skip_modifiers(meta->btf, params[i].type, NULL),
			.regno = BPF_REG_1 + i,
			.reg = &cur_regs(env)[BPF_REG_1 + i],
		};
		bool took_size = false;
		int err;

		if (has_suffix(arg.btf, arg.param, "__ign") ||
		    has_suffix(arg.btf, arg.param, "__prog"))
			continue;
		if (is_scalar(arg.t)) {
			err = check_scalar_arg(env, &arg, meta);
		} else if (btf_kind_of(arg.t) == BTF_KIND_PTR) {
			err = check_pointer_arg(env, &arg, insn_idx, meta, &took_size);
		} else {
			verbose(env, "Unrecognized arg#%u type %s\n", i, btf_kind_word(arg.t));
			err = -EINVAL;
		}
		if (err)
			return err;
		i += took_size;
	}
	if ((meta->kfunc->flags & KF_RELEASE) && !meta->release_regno) {
		verbose(env, "release kernel function %s expects refcounted PTR_TO_BTF_ID\n",
			meta->kfunc->name);
		return -EINVAL;
	}
	return 0;
}
