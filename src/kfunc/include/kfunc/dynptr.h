/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_DYNPTR_H
#define KFUNC_DYNPTR_H

#include <string.h>

#include "base/types.h"

/*
 * A dynptr at run time: the sixteen bytes that a program holds as an opaque struct bpf_dynptr. What
 * helpers (helper/dynptr.c) and kfuncs (dynptr.c here) have in common. Kind and read-only bit live
 * in the upper bits of @size. data is NULL in a null dynptr.
 */
struct dynptr {
	void *data; /* memory, or the context of a packet */
	u32 size;
	u32 offset;
};

enum dynptr_run_kind {
	DYNPTR_RUN_LOCAL = 1,
	DYNPTR_RUN_RINGBUF,
	DYNPTR_RUN_SKB,	     /* data is a struct skb_ctx */
	DYNPTR_RUN_XDP,	     /* data is a struct xdp_ctx */
	DYNPTR_RUN_SKB_META, /* data is a struct skb_ctx */
};

#define DYNPTR_MAX_SIZE	  0xffffffu
#define DYNPTR_KIND_SHIFT 28
#define DYNPTR_RDONLY	  BIT(31)

static inline void dynptr_set_null(struct dynptr *ptr)
{
	memset(ptr, 0, sizeof(*ptr));
}

static inline void dynptr_init(struct dynptr *ptr, void *data, enum dynptr_run_kind kind, u32 size)
{
	ptr->data = data;
	ptr->size = (size & DYNPTR_MAX_SIZE) | (u32)kind << DYNPTR_KIND_SHIFT;
	ptr->offset = 0;
}

static inline u32 dynptr_len(const struct dynptr *ptr)
{
	return ptr->size & DYNPTR_MAX_SIZE;
}

/* 0; -EINVAL for a null or read-only dynptr, or flags; -E2BIG out of its range; and what reading or
 * writing the packet gives. */
int dynptr_read(void *to, u32 len, const struct dynptr *ptr, u32 offset, u64 flags);
int dynptr_write(const struct dynptr *ptr, u32 offset, const void *from, u32 len, u64 flags);

/* Writable memory at @offset, or NULL: out of range, read-only, or a packet. */
void *dynptr_data(const struct dynptr *ptr, u32 offset, u32 len);

#endif
