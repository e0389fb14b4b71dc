/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_STRINGS_H
#define KFUNC_STRINGS_H

#include "object/call.h"

/* The kfuncs of strings.c, for the registry. */
BPF_FN_DECLARE(kfunc_strcmp) __hidden;
BPF_FN_DECLARE(kfunc_strcasecmp) __hidden;
BPF_FN_DECLARE(kfunc_strchr) __hidden;
BPF_FN_DECLARE(kfunc_strchrnul) __hidden;
BPF_FN_DECLARE(kfunc_strnchr) __hidden;
BPF_FN_DECLARE(kfunc_strrchr) __hidden;
BPF_FN_DECLARE(kfunc_strlen) __hidden;
BPF_FN_DECLARE(kfunc_strnlen) __hidden;
BPF_FN_DECLARE(kfunc_strspn) __hidden;
BPF_FN_DECLARE(kfunc_strcspn) __hidden;
BPF_FN_DECLARE(kfunc_strstr) __hidden;
BPF_FN_DECLARE(kfunc_strnstr) __hidden;

#endif
