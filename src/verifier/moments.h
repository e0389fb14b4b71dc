/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_MOMENTS_H
#define VERIFIER_MOMENTS_H

#include "advice.h"

/* The source line of an instruction. */
struct espalier_source source_at(const struct verifier_env *env, struct keep *keep, u32 insn);

/*
 * Reads the recorded path to its end: sets x->story and what it tells of the reference in question
 * and, for a detailed report, the report's moments and listing.
 */
void moments_build(struct explain *x);
/* The report's subject: the register that the message is about, or the arguments of the call. */
void moments_subject(struct explain *x);
/* Whether the instruction at @pos stores the reference in question on the stack. */
bool moments_spills(const struct explain *x, u32 pos);
/* "x is NULL or a pointer...": what the instruction at the story's position gave its register. */
const char *moments_value_note(struct explain *x, const struct story *story);

#endif
