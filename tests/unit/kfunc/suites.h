/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_SUITES_H
#define KFUNC_SUITES_H

#include <check.h>
#include <errno.h>

#include "kfunc/kfunc.h"

TCase *alloc_case(void);
TCase *dynptr_case(void);
TCase *graph_case(void);
TCase *iter_case(void);
TCase *registry_case(void);
TCase *task_case(void);

/* Calls the registered kfunc of that name, whose arguments are padded with zeroes. */
u64 call_kfunc(const char *name, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
#define CALL1(name, a)		call_kfunc(name, (u64)(a), 0, 0, 0, 0)
#define CALL2(name, a, b)	call_kfunc(name, (u64)(a), (u64)(b), 0, 0, 0)
#define CALL3(name, a, b, c)	call_kfunc(name, (u64)(a), (u64)(b), (u64)(c), 0, 0)
#define CALL4(name, a, b, c, d) call_kfunc(name, (u64)(a), (u64)(b), (u64)(c), (u64)(d), 0)
#define CALL5(name, a, b, c, d, e) \
	call_kfunc(name, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e))

/* What an int-returning kfunc returned. */
#define INT(x) ((int)(u32)(x))

#endif
