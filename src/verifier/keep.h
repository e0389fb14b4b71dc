/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_KEEP_H
#define VERIFIER_KEEP_H

#include "base/types.h"

/*
 * What a report points to: memory that is freed all at once, with the report. Without memory an
 * explanation is shorter: texts become "", arrays NULL.
 */
struct keep;

struct keep *keep_new(void);
void keep_free(struct keep *keep);
/* Zeroed, aligned for anything; NULL without memory. */
void *keep_alloc(struct keep *keep, size_t size);
const char *keep_text(struct keep *keep, const char *fmt, ...) __printf_like(2, 3);

#endif
