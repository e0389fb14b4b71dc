/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_ADVICE_H
#define VERIFIER_ADVICE_H

#include "base/strbuf.h"
#include "story.h"

/* One rejection being explained. */
struct explain {
	struct verifier_env *env;
	struct espalier_report *report;
	struct keep *keep;
	/* Read to its end, the instruction that was rejected; NULL: it has no place on a path */
	struct story *story;
	const struct advice *advice;
	struct strbuf captures[8]; /* what the '*' of the pattern stood for */
	s32 subject;		   /* the register that the message is about; -1: none */
	/* The reference that the message is about, as the path tells it; NO_POS where it does not
	 */
	const char *ref_name; /* variable that it was acquired into, or NULL */
	u32 ref_born;
	u32 ref_lost; /* its last copy was overwritten */
};

/*
 * One kind of message. In @pattern '*' stands for any text; it must match the whole message. In
 * @text {1}... is what the first... '*' stood for, and:
 *
 *   {R}      the register that the message is about: "x (R6)", or "R6"
 *   {Rfrom}  the same with where its value comes from: "x (R6, from f() at line 7)"
 *   {name}   its name in the source for a piece of code, or "p"
 *   {is}     what it holds, in words
 *   {r0} {r6} what R0, R6 hold, in words
 *   {call}   what is called at the instruction: "f()"
 *   {here}   "line 7" or "instruction 7"
 *   {number} "i * 8, a number from 0 to 60," that is added to a pointer at the instruction
 *   {added}  " i * 4, a number from 0 to 60, was added to it at line 7." or nothing
 *   {acquired} " by f() at line 7" of the reference in question, or nothing
 *   {stacks} stack use of the program's functions
 */
struct advice {
	const char *rule;
	const char *title;
	const char *pattern;
	const char *text; /* or NULL: @why writes it */
	void (*why)(struct explain *x, struct strbuf *out);
	/* Register that the message is about where it names none; 0: as the instruction says */
	u8 subject;
};

/* The rows, tried in this order; each table ends with an empty one. */
extern const struct advice advice_of_data[];
extern const struct advice advice_of_calls[];

/* The row for a message, or NULL. */
const struct advice *advice_find(const char *message);
/* Sets x->advice, captures and x->subject from the message. */
void advice_begin(struct explain *x);
/* Fills in rule, rule_text and explanation. */
void advice_write(struct explain *x);
void advice_end(struct explain *x);

/* For the functions below: append @text with its {...} filled in; and what those stand for. */
void advice_expand(struct explain *x, struct strbuf *out, const char *text);
const struct reg_state *explain_reg(const struct explain *x, u32 regno);
const char *explain_place(const struct explain *x, u32 insn);
/* "f()" of what the call at @insn calls, "the call" if that has no name */
const char *explain_callee(const struct explain *x, u32 insn);
/* "from f() at line 7", "read at line 7" of a value made at @born; "" if that is not known. */
const char *explain_origin(const struct explain *x, u32 born);

/* advice_why.c */
void advice_leak(struct explain *x, struct strbuf *out);
void advice_not_object(struct explain *x, struct strbuf *out);
void advice_null_argument(struct explain *x, struct strbuf *out);
void advice_not_pointer(struct explain *x, struct strbuf *out);
void advice_packet(struct explain *x, struct strbuf *out);
void advice_context(struct explain *x, struct strbuf *out);
void advice_bounds(struct explain *x, struct strbuf *out);
void advice_region(struct explain *x, struct strbuf *out);
void advice_memory_length(struct explain *x, struct strbuf *out);
void advice_stack_read(struct explain *x, struct strbuf *out);
void advice_unset(struct explain *x, struct strbuf *out);
void advice_constant(struct explain *x, struct strbuf *out);
void advice_argument(struct explain *x, struct strbuf *out);
void advice_global_call(struct explain *x, struct strbuf *out);
void advice_map_helper(struct explain *x, struct strbuf *out);
void advice_helper_type(struct explain *x, struct strbuf *out);
void advice_kfunc_type(struct explain *x, struct strbuf *out);
void advice_section(struct explain *x, struct strbuf *out);
void advice_field_argument(struct explain *x, struct strbuf *out);

/* advice_lock.c */
void advice_lock_order(struct explain *x, struct strbuf *out);
void advice_lock_other(struct explain *x, struct strbuf *out);
void advice_lock_again(struct explain *x, struct strbuf *out);
void advice_irq_order(struct explain *x, struct strbuf *out);
void advice_irq_kind(struct explain *x, struct strbuf *out);
void advice_sleep(struct explain *x, struct strbuf *out);
void advice_timer_map(struct explain *x, struct strbuf *out);

/* Who gives back what a call acquired: "bpf_sk_release()"; and what that is: "socket". */
const char *advice_release_of(const char *acquire, const char **what);

/* Name of what the call at @insn calls, with "bpf_"; NULL if it is no call of a helper or kfunc. */
const char *advice_call_name(const struct verifier_env *env, u32 insn);

#endif
