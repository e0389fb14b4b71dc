/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_ITER_H
#define KFUNC_ITER_H

#include "object/call.h"

/* The kfuncs of iter.c, for the registry. */
BPF_FN_DECLARE(kfunc_iter_num_new) __hidden;
BPF_FN_DECLARE(kfunc_iter_num_next) __hidden;
BPF_FN_DECLARE(kfunc_iter_num_destroy) __hidden;
BPF_FN_DECLARE(kfunc_iter_bits_new) __hidden;
BPF_FN_DECLARE(kfunc_iter_bits_next) __hidden;
BPF_FN_DECLARE(kfunc_iter_bits_destroy) __hidden;

#endif
