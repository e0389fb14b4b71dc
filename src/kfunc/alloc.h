/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_ALLOC_H
#define KFUNC_ALLOC_H

#include "object/call.h"

/*
 * void *bpf_obj_new_impl(u64 local_type_id__k, void *meta__ign)
 * void bpf_obj_drop_impl(void *p__alloc, void *meta__ign)
 * void *bpf_refcount_acquire_impl(void *p__refcounted_kptr, void *meta__ign)
 *
 * The executor passes the program's BTF for @meta__ign of the first.
 */
BPF_FN_DECLARE(kfunc_obj_new) __hidden;
BPF_FN_DECLARE(kfunc_obj_drop) __hidden;
BPF_FN_DECLARE(kfunc_refcount_acquire) __hidden;

/* One owner less; the last one frees it, with all that it owns. */
void object_drop(void *obj) __hidden;

#endif
