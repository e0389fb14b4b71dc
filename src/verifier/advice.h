/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_ADVICE_H
#define VERIFIER_ADVICE_H

#include "env.h"

/* Fills in report->explanation from the message and the places already in the report. */
void advice_write(const struct verifier_env *env, struct espalier_report *report);

/* Name of what the call at @insn calls, with "bpf_"; NULL if it is no call of a helper or kfunc. */
const char *advice_call_name(const struct verifier_env *env, u32 insn);

#endif
