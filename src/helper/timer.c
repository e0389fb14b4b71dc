// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>

#include "protos.h"

/* No clock runs programs here: timers are verified, and cannot be had. */
static BPF_FN0(no_timer)
{
	return (u64)-EOPNOTSUPP;
}

const struct helper helper_timer_init = {
	.fn = no_timer,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_TIMER, ARG_CONST_MAP_PTR, ARG_ANYTHING},
};

const struct helper helper_timer_set_callback = {
	.fn = no_timer,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_TIMER, ARG_PTR_TO_FUNC},
};

const struct helper helper_timer_start = {
	.fn = no_timer,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_TIMER, ARG_ANYTHING, ARG_ANYTHING},
};

const struct helper helper_timer_cancel = {
	.fn = no_timer,
	.gpl_only = true,
	.ret = RET_INTEGER,
	.arg = {ARG_PTR_TO_TIMER},
};
