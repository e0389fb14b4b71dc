// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "base/vcpu.h"
#include "calls.h"

/* Calls of helpers: may it be called here, its arguments, what it releases, what it returns. */
static bool is_acquiring(u32 func, const struct map *map)
{
	switch (func) {
	case BPF_FUNC_sk_lookup_tcp:
	case BPF_FUNC_sk_lookup_udp:
	case BPF_FUNC_skc_lookup_tcp:
	case BPF_FUNC_ringbuf_reserve:
	case BPF_FUNC_kptr_xchg:
		return true;
	case BPF_FUNC_map_lookup_elem: /* a socket, with a reference of its own */
		return map &&
		       (map->type == BPF_MAP_TYPE_SOCKMAP || map->type == BPF_MAP_TYPE_SOCKHASH);
	default:
		return false;
	}
}

/* The result is the argument under another type: it lives as long as the argument's reference. */
static bool is_cast(u32 func)
{
	switch (func) {
	case BPF_FUNC_tcp_sock:
	case BPF_FUNC_sk_fullsock:
	case BPF_FUNC_skc_to_tcp_sock:
	case BPF_FUNC_skc_to_tcp6_sock:
	case BPF_FUNC_skc_to_udp6_sock:
	case BPF_FUNC_skc_to_tcp_timewait_sock:
	case BPF_FUNC_skc_to_tcp_request_sock:
	case BPF_FUNC_skc_to_mptcp_sock:
		return true;
	default:
		return false;
	}
}

bool helper_calls_callback(u32 func)
{
	return func == BPF_FUNC_loop || func == BPF_FUNC_for_each_map_elem ||
	       func == BPF_FUNC_user_ringbuf_drain;
}

void clear_caller_saved(struct verifier_env *env, struct reg_state *regs)
{
	for (u32 i = BPF_REG_0; i <= BPF_REG_5; i++) {
		mark_reg_not_init(&regs[i]);
		scratch_reg(env, i);
	}
}

static bool is_null(const struct reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_equals_const(reg->var_off, 0);
}

static bool map_is_own(const struct verifier_env *env, const struct map *map)
{
	for (u32 i = 0; i < env->prog->nr_used_maps; i++)
		if (env->prog->used_maps[i] == map)
			return true;
	return false;
}

/*
 * Which map the call was seen with. For the executor only if it is one and the same on every path,
 * and one of the program's own maps: the description of an inner map is none.
 */
static int record_map(struct verifier_env *env, u32 func, struct map *map)
{
	struct insn_state *is = cur_insn_state(env);
	bool writes = func == BPF_FUNC_map_delete_elem || func == BPF_FUNC_map_update_elem ||
		      func == BPF_FUNC_map_push_elem || func == BPF_FUNC_map_pop_elem;

	if (!map)
		return 0;
	if (writes && (map->flags & BPF_F_RDONLY_PROG)) {
		verbose(env, "write into map forbidden\n");
		return -EACCES;
	}
	if (!is->map_ptr)
		is->map_ptr = map;
	else if (is->map_ptr != map)
		is->map_ptr_poison = true;
	cur_aux(env)->map = !is->map_ptr_poison && map_is_own(env, map) ? map : NULL;
	return 0;
}

#define TAIL_KEY_SEEN	BIT64(62)
#define TAIL_KEY_POISON U64_MAX

/* The index of a tail call, if it is constant: the path is then only safe for that index. */
static int record_tail_call(struct verifier_env *env, const struct map *map)
{
	const struct reg_state *reg = &cur_regs(env)[BPF_REG_3];
	struct insn_state *is = cur_insn_state(env);
	u64 key = reg->var_off.value;
	int err;

	if (!map || map->type != BPF_MAP_TYPE_PROG_ARRAY) {
		verbose(env, "expected prog array map for tail call");
		return -EINVAL;
	}
	if (!reg_is_const(reg) || key >= map->max_entries) {
		is->map_key = TAIL_KEY_POISON;
		return 0;
	}
	err = mark_chain_precision(env, BPF_REG_3);
	if (err)
		return err;
	if (!is->map_key)
		is->map_key = key | TAIL_KEY_SEEN;
	else if (is->map_key != (key | TAIL_KEY_SEEN))
		is->map_key = TAIL_KEY_POISON;
	return 0;
}

struct xchg_arg {
	u32 ref_obj_id;
	bool in_rcu;
};

static void forget_exchanged(struct func_state *fs, struct reg_state *reg, void *arg)
{
	const struct xchg_arg *xchg = arg;

	(void)fs;
	if (reg->ref_obj_id != xchg->ref_obj_id)
		return;
	/* A per-CPU object given away stays readable to the end of the RCU section. */
	if (xchg->in_rcu && (reg->type & MEM_ALLOC) && (reg->type & MEM_PERCPU)) {
		reg->ref_obj_id = 0;
		reg->type &= ~MEM_ALLOC;
		reg->type |= MEM_RCU;
	} else {
		reg_set_unknown(reg);
		reg->lost_ref = xchg->ref_obj_id;
	}
}

static int release_exchanged(struct verifier_env *env, u32 ref_obj_id)
{
	struct xchg_arg xchg = {.ref_obj_id = ref_obj_id, .in_rcu = in_rcu_cs(env)};
	int err = release_reference_nomark(env->cur, ref_obj_id);

	if (err)
		return err;
	path_push(env, ESPALIER_STEP_RELEASE, env->insn_idx, false, ref_obj_id);
	state_for_each_reg(env->cur, forget_exchanged, &xchg);
	return 0;
}

static int release_arg(struct verifier_env *env, const struct helper *helper,
		       const struct call_meta *meta)
{
	const struct reg_state *reg = &cur_regs(env)[meta->release_regno];
	u32 func = (u32)meta->func_id;
	int err = -EINVAL;

	if (!meta->release_regno)
		return 0;
	if (TYPE_BASE(helper->arg[meta->release_regno - BPF_REG_1]) == ARG_PTR_TO_DYNPTR)
		err = release_dynptr(env, reg);
	else if (func == BPF_FUNC_kptr_xchg && meta->ref_obj_id)
		err = release_exchanged(env, meta->ref_obj_id);
	else if (meta->ref_obj_id)
		err = release_reference(env, meta->ref_obj_id);
	else if (is_null(reg))
		err = 0;
	if (err)
		verbose(env, "func %s#%u reference has not been acquired before\n", func_name(func),
			func);
	return err;
}

/*
 * A loop with one callback and no flags could be inlined, so on the paths where it is one R4 must
 * stay zero.
 */
static int note_loop(struct verifier_env *env, u32 subprog)
{
	struct insn_state *is = cur_insn_state(env);
	bool no_flags = is_null(&cur_regs(env)[BPF_REG_4]);
	int err = 0;

	if (is->loop_seen && !is->loop_simple)
		return 0;
	if (no_flags)
		err = mark_chain_precision(env, BPF_REG_4);
	is->loop_simple = no_flags && (!is->loop_seen || is->loop_subprog == subprog);
	is->loop_seen = true;
	is->loop_subprog = subprog;
	return err;
}

static int check_loop_call(struct verifier_env *env, u32 insn_idx, const struct call_meta *meta)
{
	int err = note_loop(env, meta->subprog);

	/* Whether another iteration follows depends on R1. */
	if (!err)
		err = mark_chain_precision(env, BPF_REG_1);
	if (err)
		return err;
	if (cur_func(env)->cb_depth < cur_regs(env)[BPF_REG_1].umax)
		return push_callback_call(env, insn_idx, meta->subprog, set_loop_callback_state);
	cur_func(env)->cb_depth = 0;
	if (env->log->level & VLOG_LEVEL2)
		verbose(env, "frame%u bpf_loop iteration limit reached\n", env->cur->curframe);
	return 0;
}

static int check_snprintf_call(struct verifier_env *env)
{
	const struct reg_state *fmt = &cur_regs(env)[BPF_REG_3];
	u64 len = cur_regs(env)[BPF_REG_5].var_off.value;
	u64 addr;
	int err;

	/* the arguments are an array of u64 */
	if (len % 8)
		return -EINVAL;
	if (map_direct_value(fmt->map, (u32)fmt->off + (u32)fmt->var_off.value, &addr)) {
		verbose(env, "failed to retrieve map value address\n");
		return -EFAULT;
	}
	err = helper_check_format((const char *)(uintptr_t)addr, (u32)(len / 8));
	if (err)
		verbose(env, "Invalid format string\n");
	return err;
}

/* The dynptr argument of a helper: they have at most one. */
static const struct reg_state *dynptr_arg(struct verifier_env *env, const struct helper *helper)
{
	for (u32 i = 0; i < 5; i++)
		if (TYPE_BASE(helper->arg[i]) == ARG_PTR_TO_DYNPTR)
			return dynptr_of_reg(env, &cur_regs(env)[BPF_REG_1 + i]);
	return NULL;
}

/* What only one helper asks for. */
static int check_special_helper(struct verifier_env *env, u32 insn_idx, const struct helper *helper,
				struct call_meta *meta, bool *changes_pkt)
{
	const struct reg_state *regs = cur_regs(env), *dynptr;

	switch (meta->func_id) {
	case BPF_FUNC_tail_call:
		return check_resource_leak(env, false, true, "tail_call");
	case BPF_FUNC_for_each_map_elem:
		return push_callback_call(env, insn_idx, meta->subprog,
					  set_map_elem_callback_state);
	case BPF_FUNC_timer_set_callback:
		return push_async_callback(env, insn_idx, meta->subprog, false);
	case BPF_FUNC_user_ringbuf_drain:
		return push_callback_call(env, insn_idx, meta->subprog,
					  set_user_ringbuf_callback_state);
	case BPF_FUNC_loop:
		return check_loop_call(env, insn_idx, meta);
	case BPF_FUNC_snprintf:
		return check_snprintf_call(env);
	case BPF_FUNC_dynptr_from_mem:
		if (regs[BPF_REG_1].type == PTR_TO_MAP_VALUE)
			return 0;
		verbose(env, "Unsupported reg type %s for bpf_dynptr_from_mem data\n",
			reg_type_str(regs[BPF_REG_1].type));
		return -EACCES;
	case BPF_FUNC_dynptr_data:
		dynptr = dynptr_arg(env, helper);
		if (!dynptr)
			return -EFAULT;
		meta->dynptr_id = dynptr->id;
		meta->ref_obj_id = dynptr->ref_obj_id;
		return 0;
	case BPF_FUNC_dynptr_write:
		dynptr = dynptr_arg(env, helper);
		if (!dynptr)
			return -EFAULT;
		/* It may move the packet's data, and with it every slice. */
		if (dynptr->dynptr.kind == DYNPTR_SKB || dynptr->dynptr.kind == DYNPTR_SKB_META)
			*changes_pkt = true;
		return 0;
	default:
		return 0;
	}
}

static void return_map_value(struct verifier_env *env, const struct call_meta *meta, u32 flags)
{
	struct reg_state *r0 = &cur_regs(env)[BPF_REG_0];
	const struct map *map = meta->map;
	bool is_array = map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;

	if (meta->func_id == BPF_FUNC_map_lookup_elem && is_array && meta->const_map_key >= 0 &&
	    meta->const_map_key < map->max_entries)
		flags &= ~PTR_MAYBE_NULL;
	r0->type = PTR_TO_MAP_VALUE | flags;
	r0->map = meta->map;
	r0->map_uid = meta->map_uid;
	if (!(flags & PTR_MAYBE_NULL) && map->record &&
	    (map->record->mask & (BTF_FIELD_SPIN_LOCK | BTF_FIELD_RES_SPIN_LOCK)))
		r0->id = ++env->id_gen;
}

static int return_btf_ptr(struct verifier_env *env, const struct helper *helper,
			  const struct call_meta *meta)
{
	struct reg_state *r0 = &cur_regs(env)[BPF_REG_0];

	r0->type = PTR_TO_BTF_ID | TYPE_FLAGS(helper->ret);
	r0->btf = env->kernel_btf;
	r0->btf_id = helper->ret_btf_id;
	if (meta->func_id == BPF_FUNC_kptr_xchg) {
		r0->btf = meta->kptr_field->kptr_btf;
		r0->btf_id = meta->kptr_field->kptr_id;
		if (!r0->btf->kernel) {
			r0->type |= MEM_ALLOC;
			if (meta->kptr_field->type == BTF_FIELD_KPTR_PERCPU)
				r0->type |= MEM_PERCPU;
		}
	}
	if (r0->btf_id)
		return 0;
	verbose(env, "invalid return type %u of func %s#%d\n", TYPE_BASE(helper->ret),
		func_name((u32)meta->func_id), meta->func_id);
	return -EINVAL;
}

/* R0 by the helper's return type. */
static int set_return(struct verifier_env *env, const struct helper *helper,
		      const struct call_meta *meta)
{
	static const u32 sock_types[] = {
		[RET_PTR_TO_SOCKET] = PTR_TO_SOCKET,
		[RET_PTR_TO_TCP_SOCK] = PTR_TO_TCP_SOCK,
		[RET_PTR_TO_SOCK_COMMON] = PTR_TO_SOCK_COMMON,
	};
	struct reg_state *regs = cur_regs(env), *r0 = &regs[BPF_REG_0];
	u32 base = TYPE_BASE(helper->ret), flags = TYPE_FLAGS(helper->ret);
	int err = 0;

	if (base == RET_VOID)
		return 0;
	if (base == RET_INTEGER) {
		mark_reg_unknown(env, regs, BPF_REG_0);
		return 0;
	}
	mark_reg_known_zero(env, regs, BPF_REG_0);
	switch (base) {
	case RET_PTR_TO_MAP_VALUE:
		if (!meta->map)
			return verifier_bug(env, "map value returned without a map");
		return_map_value(env, meta, flags);
		break;
	case RET_PTR_TO_SOCKET:
	case RET_PTR_TO_TCP_SOCK:
	case RET_PTR_TO_SOCK_COMMON:
		r0->type = sock_types[base] | flags;
		break;
	case RET_PTR_TO_MEM:
		r0->type = PTR_TO_MEM | flags;
		r0->mem_size = meta->mem_size;
		break;
	case RET_PTR_TO_BTF_ID:
		err = return_btf_ptr(env, helper, meta);
		break;
	default:
		return verifier_bug(env, "unknown return type %u of func %s#%d", base,
				    func_name((u32)meta->func_id), meta->func_id);
	}
	if (!err && reg_may_be_null(r0))
		r0->id = ++env->id_gen;
	return err;
}

/* What R0 refers to: the reference of an argument, a new one, or a dynptr. */
static int set_return_reference(struct verifier_env *env, u32 insn_idx,
				const struct call_meta *meta)
{
	struct reg_state *r0 = &cur_regs(env)[BPF_REG_0];
	u32 func = (u32)meta->func_id;
	int id;

	if (func == BPF_FUNC_dynptr_data)
		r0->dynptr_id = meta->dynptr_id;
	if (is_cast(func) || func == BPF_FUNC_dynptr_data) {
		r0->ref_obj_id = meta->ref_obj_id;
		return 0;
	}
	if (!is_acquiring(func, meta->map))
		return 0;
	id = acquire_reference(env, insn_idx);
	if (id < 0)
		return id;
	r0->id = (u32)id;
	r0->ref_obj_id = (u32)id;
	return 0;
}

/* What is known of the number that a helper returns. */
static int refine_return(struct verifier_env *env, const struct helper *helper,
			 const struct call_meta *meta)
{
	struct reg_state *r0 = &cur_regs(env)[BPF_REG_0];

	if (helper->ret != RET_INTEGER)
		return 0;
	switch (meta->func_id) {
	case BPF_FUNC_get_stack:
	case BPF_FUNC_get_task_stack:
	case BPF_FUNC_probe_read_str:
	case BPF_FUNC_probe_read_kernel_str:
	case BPF_FUNC_probe_read_user_str:
		reg_set_unknown_in_range(r0, -4095, (s64)meta->msize_max);
		break;
	case BPF_FUNC_get_smp_processor_id:
		reg_set_unknown_in_range(r0, 0, (s64)vcpu_count() - 1);
		break;
	default:
		return 0;
	}
	return reg_check_invariants(env, r0, "retval");
}

/* Only the callbacks of work queues are in a place where one may sleep. */
static int check_may_sleep(struct verifier_env *env, u32 func)
{
	const struct verifier_state *st = env->cur;
	const char *where = st->active_rcu_locks       ? "rcu_read_lock"
			    : st->active_preempt_locks ? "non-preemptible"
			    : active_irq(st)	       ? "IRQ-disabled"
						       : NULL;

	if (!st->in_sleepable) {
		verbose(env, "helper call might sleep in a non-sleepable prog\n");
		return -EINVAL;
	}
	if (where) {
		verbose(env, "sleepable helper %s#%u in %s region\n", func_name(func), func, where);
		return -EINVAL;
	}
	return 0;
}

static const struct helper *resolve_helper(struct verifier_env *env, u32 func, int *err)
{
	const struct helper *helper = NULL;

	*err = -EINVAL;
	if (func >= HELPER_MAX) {
		verbose(env, "invalid func %s#%d\n", func_name(func), (s32)func);
		return NULL;
	}
	helper = helper_for(func, env->prog->type);
	if (helper_unsupported(func, env->prog->type)) {
		verbose(env, "espalier does not support helper %s#%u\n", func_name(func), func);
		*err = -EOPNOTSUPP;
		return NULL;
	}
	if (!helper) {
		verbose(env, "program of this type cannot use helper %s#%u\n", func_name(func),
			func);
		return NULL;
	}
	if (helper->gpl_only && !env->prog->gpl_compatible) {
		verbose(env,
			"cannot call GPL-restricted function from non-GPL compatible program\n");
		return NULL;
	}
	*err = helper->might_sleep ? check_may_sleep(env, func) : 0;
	if (*err)
		return NULL;
	return helper;
}

static int check_helper_args(struct verifier_env *env, const struct helper *helper, u32 insn_idx,
			     struct call_meta *meta)
{
	int err;

	for (u32 i = 0; i < 5; i++) {
		err = check_helper_arg(env, i, meta, helper, insn_idx);
		if (err)
			return err;
	}
	err = record_map(env, (u32)meta->func_id, meta->map);
	if (!err && meta->func_id == BPF_FUNC_tail_call)
		err = record_tail_call(env, meta->map);
	/* Memory that the helper fills in has unknown contents from here on. */
	for (s32 i = 0; !err && i < meta->access_size; i++)
		err = check_mem_access(env, insn_idx, (u32)meta->regno, i, 1, ACCESS_WRITE, -1,
				       false, false);
	return err;
}

/*
 * A tail call that is taken does not come back, except to the caller of the function that makes it:
 * with any value, and after the other program did what it liked to the packet. One that is not
 * taken goes on behind it: later.
 */
static int walk_taken_tail_call(struct verifier_env *env, u32 *insn_idx)
{
	int err;

	if (!env->cur->curframe)
		return 0;
	scratch_reg(env, BPF_REG_0);
	if (!push_branch(env, *insn_idx + 1, *insn_idx))
		return -ENOMEM;
	clear_all_pkt_pointers(env);
	mark_reg_unknown(env, cur_regs(env), BPF_REG_0);
	err = prepare_func_exit(env, insn_idx);
	(*insn_idx)--;
	return err;
}

int check_helper_call(struct verifier_env *env, const struct bpf_insn *insn, u32 *insn_idx)
{
	struct call_meta meta = {.func_id = insn->imm, .const_map_key = -1};
	const struct helper *helper;
	bool changes_pkt;
	int err;

	helper = resolve_helper(env, (u32)insn->imm, &err);
	if (!helper)
		return err;
	cur_aux(env)->helper = helper;
	meta.pkt_access = helper->pkt_access;
	changes_pkt = helper->changes_pkt;
	err = check_helper_args(env, helper, *insn_idx, &meta);
	if (!err)
		err = release_arg(env, helper, &meta);
	if (!err)
		err = check_special_helper(env, *insn_idx, helper, &meta, &changes_pkt);
	if (err)
		return err;
	clear_caller_saved(env, cur_regs(env));
	err = set_return(env, helper, &meta);
	if (!err)
		err = set_return_reference(env, *insn_idx, &meta);
	if (!err)
		err = refine_return(env, helper, &meta);
	if (!err)
		err = check_map_func_compatibility(env, meta.map, (u32)insn->imm);
	if (err)
		return err;
	if (meta.func_id == BPF_FUNC_tail_call)
		return walk_taken_tail_call(env, insn_idx);
	if (changes_pkt)
		clear_all_pkt_pointers(env);
	return 0;
}
