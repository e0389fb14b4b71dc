// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printf.h"
#include "protos.h"

#define TRACE_LINE_MAX 1024

void (*helper_trace_sink)(const char *line, void *arg);
void *helper_trace_arg;

/* Returns what the program sees: the length before the line is cut. */
static u64 trace(const char *fmt, u32 fmt_size, const u64 *args, u32 nr_args)
{
	char line[TRACE_LINE_MAX];
	size_t end;
	int len;

	if (strnlen(fmt, fmt_size) == fmt_size)
		return (u64)-EINVAL;
	len = printf_format(line, sizeof(line), fmt, args, nr_args);
	if (len < 0)
		return (u64)(s64)len;
	end = strlen(line);
	if (end && line[end - 1] == '\n')
		line[end - 1] = '\0';
	if (helper_trace_sink)
		helper_trace_sink(line, helper_trace_arg);
	else
		fprintf(stderr, "%s\n", line);
	return (u64)len;
}

static BPF_FN5(trace_printk, const char *, fmt, u32, size, u64, a1, u64, a2, u64, a3)
{
	u64 args[] = {a1, a2, a3};

	return trace(fmt, size, args, ARRAY_SIZE(args));
}

const struct helper helper_trace_printk = {
	.fn = trace_printk,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_IN, ARG_CONST_SIZE},
};

/* -EINVAL unless @size is that of an array of at most twelve words. */
static int check_args(const u64 *args, u32 size)
{
	if ((size & 7) || size > PRINTF_ARGS_MAX * 8 || (size && !args))
		return -EINVAL;
	return 0;
}

static BPF_FN4(trace_vprintk, const char *, fmt, u32, size, const u64 *, args, u32, args_size)
{
	int err = check_args(args, args_size);

	return err ? (u64)(s64)err : trace(fmt, size, args, args_size / 8);
}

const struct helper helper_trace_vprintk = {
	.fn = trace_vprintk,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_IN, ARG_CONST_SIZE, ARG_MEM_IN_OR_NULL, ARG_CONST_SIZE_OR_ZERO},
};

/* Returns the length with the NUL, of the whole text. */
static BPF_FN5(snprintf_, char *, out, u32, size, const char *, fmt, const u64 *, args, u32,
	       args_size)
{
	int len = check_args(args, args_size);

	if (len)
		return (u64)(s64)len;
	/* No buffer is none of size 0: the text is still measured. */
	len = printf_format(out ? out : "", size, fmt, args, args_size / 8);
	return len < 0 ? (u64)(s64)len : (u64)len + 1;
}

const struct helper helper_snprintf = {
	.fn = snprintf_,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_MEM_OR_NULL | MEM_WRITE, ARG_CONST_SIZE_OR_ZERO, ARG_PTR_TO_CONST_STR,
		ARG_MEM_IN_OR_NULL, ARG_CONST_SIZE_OR_ZERO},
};
