/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_STORY_H
#define VERIFIER_STORY_H

#include "keep.h"
#include "trace.h"
#include "env.h"

/*
 * The recorded path read from its beginning: what each register and stack slot is called in the
 * source, which instruction its value comes from, and which call made it unusable. A name is given
 * only where types, BTF or the line leave no doubt.
 */
#define NO_POS U32_MAX

struct tag {
	const char *name; /* NULL: none is known */
	u32 born; /* position of the instruction that made the value; NO_POS: before the path */
	u32 lost; /* position of the call that made a plain number of the pointer; or NO_POS */
	const struct reg_state *was; /* what it was before that */
	/* Of a pointer: the last number known only at run time that was added to it */
	const char *added;
	const struct reg_state *added_reg; /* NULL: none was */
	bool high;			   /* a number shifted up by 32, to be shifted down again */
};

struct story {
	struct verifier_env *env;
	struct keep *keep;
	u32 pos; /* the tags are those before this position's instruction */
	struct tag regs[MAX_FRAMES][MAX_REGS];
	struct tag slots[MAX_FRAMES][STACK_SLOTS];
};

/* At the oldest position of env->trace, which must not be empty. */
void story_begin(struct story *s, struct verifier_env *env, struct keep *keep);
/* On to the next position; false at the last one. */
bool story_next(struct story *s);
/* For the last position, where the arguments matter. */
void story_name_arguments(struct story *s);

static inline const struct moment *story_moment(const struct story *s)
{
	return trace_at(s->env->trace, s->pos);
}
/* The frame that runs at the story's position */
static inline const struct func_state *story_frame(const struct story *s)
{
	const struct moment *m = story_moment(s);

	return m->frame[m->nr_frames - 1];
}
/* Of the running frame */
static inline const struct tag *story_tag(const struct story *s, u32 regno)
{
	return &s->regs[story_moment(s)->nr_frames - 1][regno];
}

/* "x", "data + 14", "5", or "R3" where nothing better is known. */
const char *story_operand(const struct story *s, u32 regno);
/* Why the conditional jump at the story's position goes that way: "x is NULL", "i < 10". */
const char *story_condition(const struct story *s, bool taken);
/* Source text of an instruction, "" without line info. */
const char *source_text(const struct verifier_env *env, u32 insn);

#endif
