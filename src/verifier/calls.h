/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_CALLS_H
#define VERIFIER_CALLS_H

#include "env.h"

/* What the files about calls share among themselves. */

/* helper_args.c: one argument of a helper; the type of a register against an argument type. */
int check_helper_arg(struct verifier_env *env, u32 arg, struct call_meta *meta,
		     const struct helper *helper, u32 insn_idx);
int check_reg_type(struct verifier_env *env, u32 regno, u32 arg_type, u32 arg_btf_id,
		   const struct call_meta *meta);
/* "bpf_map_lookup_elem", "unknown" */
const char *func_name(u32 func);
int check_const_str(struct verifier_env *env, const struct reg_state *reg, u32 regno);

/* helper_compat.c: may that helper be called with that map? */
int check_map_func_compatibility(struct verifier_env *env, const struct map *map, u32 func);

/* call.c: a frame for @subprog on top of @st; @set_callee gives it its arguments */
int enter_subprog(struct verifier_env *env, struct verifier_state *st, u32 subprog, u32 callsite,
		  set_callee_state_fn set_callee);

/* global_func.c */
int func_sigs_init(struct verifier_env *env);
void func_sigs_free(struct verifier_env *env);

/* callback.c */
int set_map_elem_callback_state(struct verifier_env *env, struct func_state *caller,
				struct func_state *callee, u32 insn_idx);
int set_user_ringbuf_callback_state(struct verifier_env *env, struct func_state *caller,
				    struct func_state *callee, u32 insn_idx);
int set_loop_callback_state(struct verifier_env *env, struct func_state *caller,
			    struct func_state *callee, u32 insn_idx);

/* dynptr.c: slots of an object of @nr_slots that @reg points to: the highest, or -EINVAL after a
 * message, or -ERANGE if the stack does not reach that far down yet. */
int stack_object_slot(struct verifier_env *env, const struct reg_state *reg, u32 nr_slots,
		      const char *what);
void mark_dynptr_reg(struct reg_state *reg, enum dynptr_kind kind, bool first_slot, u32 id);
u32 dynptr_kind_flag(enum dynptr_kind kind);
/* What is known of the dynptr that an argument points to; NULL if there is none. */
const struct reg_state *dynptr_of_reg(struct verifier_env *env, const struct reg_state *reg);
int release_dynptr(struct verifier_env *env, const struct reg_state *reg);

/* iter.c: the iterator that a call to next() or destroy() was given */
struct reg_state *iter_of_call(struct verifier_state *st, const struct call_meta *meta);

/* graph.c: lists and trees of allocated objects */
bool is_graph_kfunc(const struct kfunc *kf);
/* In the less() of a bpf_rbtree_add(), where the lock stays as it is. */
bool in_rbtree_callback(const struct verifier_env *env);
/* @type: the kind of head, root or node that argument @arg, in @regno, must be */
int process_graph_root_arg(struct verifier_env *env, const struct reg_state *reg, u32 regno,
			   u32 arg, enum btf_field_type type, struct call_meta *meta);
int process_graph_node_arg(struct verifier_env *env, const struct reg_state *reg, u32 regno,
			   u32 arg, enum btf_field_type type, struct call_meta *meta);
/* R0 is an element of the list or tree. */
void return_graph_node(struct verifier_env *env, const struct call_meta *meta);
/* The object in R2 has a new owner: its pointers become non-owning. */
int give_to_graph(struct verifier_env *env, u32 insn_idx);
int set_rbtree_add_callback_state(struct verifier_env *env, struct func_state *caller,
				  struct func_state *callee, u32 insn_idx);

/* timer.c: a timer or work queue in a map value */
int process_timer_arg(struct verifier_env *env, u32 regno, struct call_meta *meta);
int process_wq_arg(struct verifier_env *env, u32 regno, u32 arg, struct call_meta *meta);

/* irq.c */
/* @by_lock: one of those that a resilient lock saves and restores */
int process_irq_arg(struct verifier_env *env, u32 regno, bool is_save, bool by_lock);
/* What was saved last and not restored yet, or NULL. */
const struct reference *active_irq(const struct verifier_state *st);

/* lock.c: the kfuncs of resilient locks */
bool is_res_lock_kfunc(const struct kfunc *kf);
int process_res_spin_lock_arg(struct verifier_env *env, u32 regno, u32 arg, const struct kfunc *kf);
int walk_failed_res_lock(struct verifier_env *env, u32 insn_idx);

/* kfunc_args.c */
int check_kfunc_args(struct verifier_env *env, struct call_meta *meta, u32 insn_idx);

/* R0..R5 after a call: unreadable. */
void clear_caller_saved(struct verifier_env *env, struct reg_state *regs);

#endif
