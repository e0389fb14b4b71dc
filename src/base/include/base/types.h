/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_TYPES_H
#define BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define U32_MAX UINT32_MAX
#define S32_MAX INT32_MAX
#define S32_MIN INT32_MIN
#define U64_MAX UINT64_MAX
#define S64_MAX INT64_MAX
#define S64_MIN INT64_MIN

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1u << (n))
#define BIT64(n) (1ull << (n))

#define __must_check __attribute__((warn_unused_result))
#define __hidden __attribute__((visibility("hidden")))
#define __printf_like(f, a) __attribute__((format(printf, f, a)))
/* A variable of a thread that every run of a program looks at: found without a function call, also in
 * a shared library. What the library has of these must stay small, or dlopen(3) finds no room. */
#define __thread_hot _Thread_local __attribute__((tls_model("initial-exec")))
#define __cacheline_aligned __attribute__((aligned(64)))

#ifndef likely
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#endif

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))

#define min(a, b)                                                                                  \
	({                                                                                         \
		__auto_type _a = (a);                                                              \
		__auto_type _b = (b);                                                              \
		_a < _b ? _a : _b;                                                                 \
	})
#define max(a, b)                                                                                  \
	({                                                                                         \
		__auto_type _a = (a);                                                              \
		__auto_type _b = (b);                                                              \
		_a > _b ? _a : _b;                                                                 \
	})

static inline u64 round_up_to(u64 v, u64 align)
{
	return (v + align - 1) / align * align;
}

#endif
