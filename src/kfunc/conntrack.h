/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_CONNTRACK_H
#define KFUNC_CONNTRACK_H

#include "object/call.h"

/* The kfuncs of conntrack.c, for the registry. */
BPF_FN_DECLARE(kfunc_ct_lookup) __hidden;
BPF_FN_DECLARE(kfunc_ct_alloc) __hidden;
BPF_FN_DECLARE(kfunc_no_object) __hidden;

#endif
