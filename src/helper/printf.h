/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_PRINTF_H
#define HELPER_PRINTF_H

#include "base/types.h"

#define PRINTF_ARGS_MAX 12

/**
 * printf_format - what a program's printf writes
 * @out: gets at most @room bytes with the NUL, nothing on an error; NULL: only check the format
 * @fmt: NUL-terminated
 * @args: one 64-bit word per conversion; strings and addresses as pointers that need not be good
 *
 * %d %i %u %x %X with l or ll, %c, %s, %p, %px %pK, %ps %pS %pB, %pks %pus, %pi4 %pI4 %pi6 %pI6,
 * each with "[0 +-][width]".
 *
 * Return: length of the whole text without the NUL (0 if @out is NULL), -EINVAL for a format that
 * is not allowed or wants more than @nr_args, -ENOSPC if strings and addresses exceed what the
 * kernel keeps them in.
 */
int printf_format(char *out, size_t room, const char *fmt, const u64 *args, u32 nr_args) __hidden;

#endif
