/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <espalier/error.h>

#include "base/types.h"

/**
 * fail - record why, and return the error to hand on
 * @e: where the line goes; may be NULL
 * @err: a positive errno
 * @fmt: printf format of the line, no newline
 *
 * Return: -@err, always, so that callers write `return fail(e, EINVAL, ...)`.
 */
int fail(struct espalier_error *e, int err, const char *fmt, ...) __printf_like(3, 4);

#endif
