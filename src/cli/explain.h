/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include <espalier/bpf.h>
#include <stdbool.h>
#include <stdio.h>

/* The story of a rejection, for a person: places, path, advice. Nothing for an accepted program. */
void explain_text(FILE *out, const struct espalier_report *report, bool colour);

#endif
