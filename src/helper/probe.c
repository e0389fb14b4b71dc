// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "object/run.h"
#include "protos.h"

#define USER_END 0x7ffffffff000ull

/*
 * Reads at an address of the program's making. "Kernel memory" is what programs can legitimately
 * walk to or load from. There is no user memory behind a packet.
 */
static u64 fail_read(void *to, u32 size)
{
	memset(to, 0, size);
	return (u64)-EFAULT;
}

/* In the kernel an address of a process is out of range: NULL, and what lies behind it. */
static u64 fail_kernel_read(void *to, u32 size, u64 from)
{
	fail_read(to, size);
	return from < USER_END ? (u64)-ERANGE : (u64)-EFAULT;
}

static BPF_FN3(probe_read_kernel, void *, to, u32, size, u64, from)
{
	if (!run_may_read(from, size))
		return fail_kernel_read(to, size, from);
	memcpy(to, (const void *)from, size);
	return 0;
}

const struct helper helper_probe_read_kernel = {
	.fn = probe_read_kernel,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_OUT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING},
};

/* Returns the length with the NUL, of what fits. */
static BPF_FN3(probe_read_kernel_str, char *, to, u32, size, u64, from)
{
	const char *s = (const char *)from;
	u32 n;

	if (!size)
		return 0;
	if (!run_may_read(from, 1))
		return fail_kernel_read(to, size, from);
	for (n = 0; n < size - 1; n++) {
		if (!run_may_read(from + n, 1))
			return fail_kernel_read(to, size, from);
		to[n] = s[n];
		if (!to[n])
			break;
	}
	to[n] = '\0';
	return n + 1;
}

const struct helper helper_probe_read_kernel_str = {
	.fn = probe_read_kernel_str,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_OUT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING},
};

static BPF_FN2(probe_read_user, void *, to, u32, size)
{
	return fail_read(to, size);
}

const struct helper helper_probe_read_user = {
	.fn = probe_read_user,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_OUT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING},
};

/* Only the callback of a work queue may sleep, and none runs here. */
const struct helper helper_copy_from_user = {
	.fn = probe_read_user,
	.might_sleep = true,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_OUT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING},
};

struct helper helper_copy_from_user_task = {
	.fn = probe_read_user,
	.gpl_only = true,
	.might_sleep = true,
	.ret = RET_INTEGER,
	.arg = {ARG_MEM_OUT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING, ARG_PTR_TO_BTF_ID, ARG_ANYTHING},
};
