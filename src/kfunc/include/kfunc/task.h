/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_TASK_H
#define KFUNC_TASK_H

#include "vmlinux/task.h"

/*
 * The task of the calling thread, as programs walk it, in the arena. The thread owns a reference
 * until it exits; memory goes a grace period after the last reference. Never NULL: where there is
 * no memory, all threads share one task that never goes.
 */
struct task_struct *task_current(void);

/* Another reference, unless the count is zero. */
bool task_get(struct task_struct *task) __must_check;
void task_put(struct task_struct *task);

#endif
