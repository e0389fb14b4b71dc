/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_ACCESS_H
#define VERIFIER_ACCESS_H

#include "env.h"

/*
 * One load or store on its way from mem.c to the file that knows what the pointer points to.
 */
struct access {
	u32 insn_idx;
	u32 regno; /* the pointer */
	s32 off;   /* the instruction's and the register's own */
	u32 size;  /* 1, 2, 4 or 8; a call's argument may have any */
	enum access_kind kind;
	s32 value_regno; /* loaded into or stored from; -1: a constant, or no register at all */
	bool sign_extend;
};

static inline struct reg_state *access_reg(struct verifier_env *env, const struct access *a)
{
	return &cur_regs(env)[a->regno];
}

static inline bool access_loads(const struct access *a)
{
	return a->kind == ACCESS_READ && a->value_regno >= 0;
}

/* The pointer's value if it is known to be 0: a NULL that is a plain scalar. */
static inline bool reg_is_null(const struct reg_state *reg)
{
	return reg->type == SCALAR_VALUE && tnum_equals_const(reg->var_off, 0);
}

/* region.c */
int access_map_key(struct verifier_env *env, const struct access *a);
int access_map_value(struct verifier_env *env, const struct access *a);
int access_mem(struct verifier_env *env, const struct access *a);
int access_packet(struct verifier_env *env, const struct access *a);
int check_map_access_type(struct verifier_env *env, u32 regno, s32 off, u32 size,
			  enum access_kind kind);

/* stack.c */
int access_stack(struct verifier_env *env, const struct access *a);

/* ctx.c */
int access_ctx(struct verifier_env *env, const struct access *a);
int access_sock(struct verifier_env *env, const struct access *a);

/* btf_access.c */
int access_btf(struct verifier_env *env, const struct access *a);
int access_map_ptr(struct verifier_env *env, const struct access *a);
int access_map_kptr(struct verifier_env *env, const struct access *a,
		    const struct btf_field *field);

#endif
