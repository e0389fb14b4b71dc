/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef OBJECT_CALL_H
#define OBJECT_CALL_H

#include "base/types.h"

/*
 * Functions that programs call take five 64-bit registers and return one. `static BPF_FN2(name,
 * u32, off, void *, to)` defines such a function whose body sees its arguments by their types; a
 * u32 takes the register's low half.
 */
#define BPF_FN_REGS                                                             \
	u64 r1 __attribute__((unused)), u64 r2 __attribute__((unused)),         \
		u64 r3 __attribute__((unused)), u64 r4 __attribute__((unused)), \
		u64 r5 __attribute__((unused))

#define BPF_FN_DEFINE(name, params, args)     \
	u64 name(u64, u64, u64, u64, u64);    \
	static inline u64 name##_body params; \
	u64 name(BPF_FN_REGS)                 \
	{                                     \
		return name##_body args;      \
	}                                     \
	static inline u64 name##_body params

#define BPF_FN0(name)		      BPF_FN_DEFINE(name, (void), ())
#define BPF_FN1(name, t1, a1)	      BPF_FN_DEFINE(name, (t1 a1), ((t1)r1))
#define BPF_FN2(name, t1, a1, t2, a2) BPF_FN_DEFINE(name, (t1 a1, t2 a2), ((t1)r1, (t2)r2))
#define BPF_FN3(name, t1, a1, t2, a2, t3, a3) \
	BPF_FN_DEFINE(name, (t1 a1, t2 a2, t3 a3), ((t1)r1, (t2)r2, (t3)r3))
#define BPF_FN4(name, t1, a1, t2, a2, t3, a3, t4, a4) \
	BPF_FN_DEFINE(name, (t1 a1, t2 a2, t3 a3, t4 a4), ((t1)r1, (t2)r2, (t3)r3, (t4)r4))
#define BPF_FN5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)    \
	BPF_FN_DEFINE(name, (t1 a1, t2 a2, t3 a3, t4 a4, t5 a5), \
		      ((t1)r1, (t2)r2, (t3)r3, (t4)r4, (t5)r5))

/* What a kernel function that returns an int leaves in R0 on Linux 6.18: the upper half is zero.
 * Helpers return u64, and -errno as such. */
static inline u64 kfunc_int(int value)
{
	return (u32)value;
}

/* For declarations. */
#define BPF_FN_DECLARE(name) u64 name(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)

#endif
