/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_LOCK_H
#define KFUNC_LOCK_H

#include "object/call.h"

/* The kfuncs of lock.c, for the registry. */
BPF_FN_DECLARE(kfunc_res_spin_lock) __hidden;
BPF_FN_DECLARE(kfunc_res_spin_lock_irqsave) __hidden;
BPF_FN_DECLARE(kfunc_res_spin_unlock) __hidden;

#endif
