/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_WORDS_H
#define VERIFIER_WORDS_H

#include "env.h"
#include "keep.h"

/* What is known of a register in words of C: "a pointer to struct xfrm_state, or NULL". */
const char *reg_words(struct keep *keep, const struct verifier_env *env,
		      const struct reg_state *reg);
/* The same for a number alone: "5", "a number from 0 to 255". */
const char *number_words(struct keep *keep, const struct reg_state *reg);
/* "counter" where a map value is a global variable of the program; else NULL. */
const char *global_variable(struct keep *keep, const struct reg_state *reg, s64 off);
/* Member of @id of @btf at @off: "replay_esn", "data_end"; NULL if there is none. */
const char *member_name(struct keep *keep, const struct btf *btf, u32 id, u32 off);
/* "struct xdp_md *" of the program's context */
const char *ctx_type_name(const struct verifier_env *env);

/*
 * What a line of source says of names. The compiler's line table says which line an instruction
 * comes from, not which variable a register holds; these read it off where a line leaves no doubt.
 */
/* `x = (T *)callee(...)`: "x"; false if the line is no such thing. */
bool text_assigned_from_call(const char *text, const char *callee, char *out, size_t size);
/* `T x = (U)a->b;`: "x", where all that is on the right is one access to member @member. */
bool text_assigned_from_member(const char *text, const char *member, char *out, size_t size);
/* `x = (T)y;`: "x" */
bool text_assigned_plainly(const char *text, char *out, size_t size);
/* `if (!x)`, `a || !x`, with the compiler's column at the operand: "x" */
bool text_tested(const char *text, u32 column, char *out, size_t size);
/* `callee(a, (T)b)`: "b" for 1; false also for constants and what is too long to be a name. */
bool text_argument(const char *text, const char *callee, u32 nr, char *out, size_t size);
/* `... a->b ...`: "a->b", if there is one access to a member in the line and no other. */
bool text_only_member(const char *text, char *out, size_t size);

#endif
