/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_TASK_FN_H
#define KFUNC_TASK_FN_H

#include "object/call.h"

/* The kfuncs of task.c, for the registry. */
BPF_FN_DECLARE(kfunc_task_acquire) __hidden;
BPF_FN_DECLARE(kfunc_task_release) __hidden;
BPF_FN_DECLARE(kfunc_task_from_pid) __hidden;

#endif
