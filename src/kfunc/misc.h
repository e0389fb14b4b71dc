/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_MISC_H
#define KFUNC_MISC_H

#include "object/call.h"

/* The kfuncs of misc.c, for the registry. */
BPF_FN_DECLARE(kfunc_local_irq_save) __hidden;
BPF_FN_DECLARE(kfunc_local_irq_restore) __hidden;
BPF_FN_DECLARE(kfunc_xdp_pull_data) __hidden;
BPF_FN_DECLARE(kfunc_wq_unsupported) __hidden;

#endif
