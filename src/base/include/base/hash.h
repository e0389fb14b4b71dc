/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <string.h>

#include "base/types.h"

/*
 * A multiply-and-fold hash: the two halves of a 128-bit product, xored. Two multiplications per
 * sixteen bytes, every input bit reaches every output bit, and sequential keys spread.
 */
#define HASH_K0 0x9e3779b97f4a7c15ull
#define HASH_K1 0xd6e8feb86659fd93ull

static inline u64 hash_fold(u64 a, u64 b)
{
	unsigned __int128 p = (unsigned __int128)a * b;

	return (u64)p ^ (u64)(p >> 64);
}

static inline u64 hash_u64(u64 v, u64 seed)
{
	return hash_fold(v ^ HASH_K0, seed ^ HASH_K1);
}

static inline u64 hash_bytes(const void *data, size_t len, u64 seed)
{
	const u8 *p = data;
	u64 h = seed ^ (len * HASH_K0);
	u64 a, b;

	for (; len > 16; len -= 16, p += 16) {
		memcpy(&a, p, 8);
		memcpy(&b, p + 8, 8);
		h = hash_fold(a ^ HASH_K1, b ^ h);
	}
	if (len >= 8) {
		memcpy(&a, p, 8);
		memcpy(&b, p + len - 8, 8);
	} else if (len >= 4) {
		u32 lo, hi;

		memcpy(&lo, p, 4);
		memcpy(&hi, p + len - 4, 4);
		a = lo;
		b = hi;
	} else if (len) {
		a = (u64)p[0] << 16 | (u64)p[len >> 1] << 8 | p[len - 1];
		b = len;
	} else {
		a = b = 0;
	}
	return hash_fold(a ^ HASH_K1, b ^ h ^ HASH_K0);
}

#endif
