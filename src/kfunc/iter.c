// SPDX-License-Identifier: BSD-2-Clause
#include "iter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "object/run.h"

/* Iterators live in the program's stack, where it may not look. */
#define MAX_LOOPS (1 << 23)

/* Next to come is @cur + 1; both are 0 when there is none. */
struct iter_num {
	s32 cur;
	s32 end;
};

BPF_FN3(kfunc_iter_num_new, struct iter_num *, it, s32, start, s32, end)
{
	it->cur = it->end = 0;
	if (start > end)
		return kfunc_int(-EINVAL);
	if ((s64)end - start > MAX_LOOPS)
		return kfunc_int(-E2BIG);
	/* May wrap: next() wraps it back. */
	it->cur = (s32)((u32)start - 1);
	it->end = end;
	return 0;
}

BPF_FN1(kfunc_iter_num_next, struct iter_num *, it)
{
	s32 next = (s32)((u32)it->cur + 1);

	if (next >= it->end) {
		it->cur = it->end = 0;
		return 0;
	}
	it->cur = next;
	return (u64)&it->cur;
}

BPF_FN1(kfunc_iter_num_destroy, struct iter_num *, it)
{
	it->cur = it->end = 0;
	return 0;
}

/* The set bits of an array of words, lowest first. */
struct iter_bits {
	union {
		u64 *copy; /* of more than one word; owned */
		u64 word;
	};
	s32 nr_bits;
	s32 bit;
};

#define BITS_WORDS_MAX 511

BPF_FN3(kfunc_iter_bits_new, struct iter_bits *, it, u64, from, u32, nr_words)
{
	size_t size = nr_words * sizeof(u64);

	it->word = 0;
	it->nr_bits = 0;
	it->bit = -1;
	if (!from || !nr_words)
		return kfunc_int(-EINVAL);
	if (nr_words > BITS_WORDS_MAX)
		return kfunc_int(-E2BIG);
	if (!run_may_read(from, size))
		return kfunc_int(-EFAULT);
	if (nr_words > 1) {
		it->copy = malloc(size);
		if (!it->copy)
			return kfunc_int(-ENOMEM);
		memcpy(it->copy, (const void *)from, size);
	} else {
		memcpy(&it->word, (const void *)from, size);
	}
	it->nr_bits = (s32)(nr_words * 64);
	return 0;
}

BPF_FN1(kfunc_iter_bits_next, struct iter_bits *, it)
{
	const u64 *words = it->nr_bits > 64 ? it->copy : &it->word;

	if (it->bit >= it->nr_bits)
		return 0;
	for (it->bit++; it->bit < it->nr_bits; it->bit++)
		if (words[it->bit / 64] & BIT64(it->bit % 64))
			return (u64)&it->bit;
	return 0;
}

BPF_FN1(kfunc_iter_bits_destroy, struct iter_bits *, it)
{
	if (it->nr_bits > 64)
		free(it->copy);
	return 0;
}
