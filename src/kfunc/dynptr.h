/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_DYNPTR_FN_H
#define KFUNC_DYNPTR_FN_H

#include "kfunc/dynptr.h"
#include "object/call.h"

/* The kfuncs of dynptr.c, for the registry. */
BPF_FN_DECLARE(kfunc_dynptr_from_skb) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_from_skb_rdonly) __hidden; /* where programs may not write packets */
BPF_FN_DECLARE(kfunc_dynptr_from_skb_meta) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_from_xdp) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_slice) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_slice_rdwr) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_adjust) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_is_null) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_is_rdonly) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_size) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_clone) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_copy) __hidden;
BPF_FN_DECLARE(kfunc_dynptr_memset) __hidden;

#endif
