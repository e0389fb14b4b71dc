// SPDX-License-Identifier: BSD-2-Clause
#include "dynptr.h"

#include <errno.h>

#include "object/run.h"
#include "packet/skb.h"
#include "packet/xdp.h"

static enum dynptr_run_kind kind_of(const struct dynptr *ptr)
{
	return (ptr->size & ~DYNPTR_RDONLY) >> DYNPTR_KIND_SHIFT;
}

static bool is_rdonly(const struct dynptr *ptr)
{
	return ptr->size & DYNPTR_RDONLY;
}

static int check_range(const struct dynptr *ptr, u32 offset, u32 len)
{
	u32 size = dynptr_len(ptr);

	return len > size || offset > size - len ? -E2BIG : 0;
}

static int read_xdp(const struct xdp_ctx *ctx, u32 offset, void *to, u32 len)
{
	void *at;
	int err = xdp_range(&ctx->buff, offset, len, &at);

	if (!err)
		memmove(to, at, len);
	return err;
}

static int write_xdp(const struct xdp_ctx *ctx, u32 offset, const void *from, u32 len)
{
	void *at;
	int err = xdp_range(&ctx->buff, offset, len, &at);

	if (!err)
		memmove(at, from, len);
	return err;
}

static u8 *skb_meta(const struct dynptr *ptr)
{
	return ((const struct skb_ctx *)ptr->data)->data_meta;
}

int dynptr_read(void *to, u32 len, const struct dynptr *ptr, u32 offset, u64 flags)
{
	int err;

	if (!ptr->data || flags)
		return -EINVAL;
	err = check_range(ptr, offset, len);
	if (err)
		return err;
	offset += ptr->offset;
	switch (kind_of(ptr)) {
	case DYNPTR_RUN_LOCAL:
	case DYNPTR_RUN_RINGBUF:
		memmove(to, (u8 *)ptr->data + offset, len);
		return 0;
	case DYNPTR_RUN_SKB:
		return skb_read(ptr->data, offset, to, len);
	case DYNPTR_RUN_XDP:
		return read_xdp(ptr->data, offset, to, len);
	case DYNPTR_RUN_SKB_META:
		memmove(to, skb_meta(ptr) + offset, len);
		return 0;
	}
	return -EFAULT;
}

int dynptr_write(const struct dynptr *ptr, u32 offset, const void *from, u32 len, u64 flags)
{
	int err;

	if (!ptr->data || is_rdonly(ptr))
		return -EINVAL;
	err = check_range(ptr, offset, len);
	if (err)
		return err;
	if (flags && kind_of(ptr) != DYNPTR_RUN_SKB)
		return -EINVAL;
	offset += ptr->offset;
	switch (kind_of(ptr)) {
	case DYNPTR_RUN_LOCAL:
	case DYNPTR_RUN_RINGBUF:
		memmove((u8 *)ptr->data + offset, from, len);
		return 0;
	case DYNPTR_RUN_SKB:
		return skb_write(ptr->data, offset, from, len, flags);
	case DYNPTR_RUN_XDP:
		return write_xdp(ptr->data, offset, from, len);
	case DYNPTR_RUN_SKB_META:
		memmove(skb_meta(ptr) + offset, from, len);
		return 0;
	}
	return -EFAULT;
}

void *dynptr_data(const struct dynptr *ptr, u32 offset, u32 len)
{
	if (!ptr->data || check_range(ptr, offset, len) || is_rdonly(ptr))
		return NULL;
	switch (kind_of(ptr)) {
	case DYNPTR_RUN_LOCAL:
	case DYNPTR_RUN_RINGBUF:
		return (u8 *)ptr->data + ptr->offset + offset;
	default:
		return NULL;
	}
}

/* The size is that of now: growing or shrinking the packet later does not change it. */
static int from_skb(struct skb_ctx *ctx, u64 flags, struct dynptr *ptr)
{
	if (flags) {
		dynptr_set_null(ptr);
		return -EINVAL;
	}
	dynptr_init(ptr, ctx, DYNPTR_RUN_SKB, ctx->skb.len);
	return 0;
}

BPF_FN3(kfunc_dynptr_from_skb, struct skb_ctx *, ctx, u64, flags, struct dynptr *, ptr)
{
	return kfunc_int(from_skb(ctx, flags, ptr));
}

BPF_FN3(kfunc_dynptr_from_skb_rdonly, struct skb_ctx *, ctx, u64, flags, struct dynptr *, ptr)
{
	int err = from_skb(ctx, flags, ptr);

	if (!err)
		ptr->size |= DYNPTR_RDONLY;
	return kfunc_int(err);
}

BPF_FN3(kfunc_dynptr_from_skb_meta, struct skb_ctx *, ctx, u64, flags, struct dynptr *, ptr)
{
	if (flags) {
		dynptr_set_null(ptr);
		return kfunc_int(-EINVAL);
	}
	dynptr_init(ptr, ctx, DYNPTR_RUN_SKB_META, (u32)(ctx->skb.data - (u8 *)ctx->data_meta));
	return 0;
}

BPF_FN3(kfunc_dynptr_from_xdp, struct xdp_ctx *, ctx, u64, flags, struct dynptr *, ptr)
{
	if (flags) {
		dynptr_set_null(ptr);
		return kfunc_int(-EINVAL);
	}
	dynptr_init(ptr, ctx, DYNPTR_RUN_XDP, xdp_len(&ctx->buff));
	return 0;
}

/*
 * Packets are linear, so a slice is always the packet itself. The one exception is a quirk of the
 * kernel that programs see: an XDP packet that was cut since the dynptr was made yields the
 * caller's buffer, with nothing copied into it.
 */
static void *slice(const struct dynptr *ptr, u32 offset, void *buffer, u32 len)
{
	const struct skb_ctx *skb = ptr->data;
	const struct xdp_ctx *xdp = ptr->data;
	void *at;

	if (!ptr->data || check_range(ptr, offset, len))
		return NULL;
	offset += ptr->offset;
	switch (kind_of(ptr)) {
	case DYNPTR_RUN_LOCAL:
	case DYNPTR_RUN_RINGBUF:
		return (u8 *)ptr->data + offset;
	case DYNPTR_RUN_SKB:
		return skb_covers(&skb->skb, offset, len) ? skb->skb.data + offset : NULL;
	case DYNPTR_RUN_XDP:
		return xdp_range(&xdp->buff, offset, len, &at) ? buffer : at;
	case DYNPTR_RUN_SKB_META:
		return skb_meta(ptr) + offset;
	}
	return NULL;
}

BPF_FN4(kfunc_dynptr_slice, const struct dynptr *, ptr, u32, offset, void *, buffer, u32, len)
{
	return (u64)slice(ptr, offset, buffer, len);
}

BPF_FN4(kfunc_dynptr_slice_rdwr, const struct dynptr *, ptr, u32, offset, void *, buffer, u32, len)
{
	if (!ptr->data || is_rdonly(ptr))
		return 0;
	return (u64)slice(ptr, offset, buffer, len);
}

BPF_FN3(kfunc_dynptr_adjust, struct dynptr *, ptr, u32, start, u32, end)
{
	u32 size = dynptr_len(ptr);

	if (!ptr->data || start > end)
		return kfunc_int(-EINVAL);
	if (start > size || end > size)
		return kfunc_int(-ERANGE);
	ptr->offset += start;
	ptr->size = (ptr->size & ~DYNPTR_MAX_SIZE) | (end - start);
	return 0;
}

BPF_FN1(kfunc_dynptr_is_null, const struct dynptr *, ptr)
{
	return !ptr->data;
}

BPF_FN1(kfunc_dynptr_is_rdonly, const struct dynptr *, ptr)
{
	return ptr->data && is_rdonly(ptr);
}

BPF_FN1(kfunc_dynptr_size, const struct dynptr *, ptr)
{
	return ptr->data ? dynptr_len(ptr) : kfunc_int(-EINVAL);
}

BPF_FN2(kfunc_dynptr_clone, const struct dynptr *, ptr, struct dynptr *, clone)
{
	if (!ptr->data) {
		dynptr_set_null(clone);
		return kfunc_int(-EINVAL);
	}
	*clone = *ptr;
	return 0;
}

/* In pieces, through a buffer: source and destination may be parts of one packet. */
static int copy(const struct dynptr *dst, u32 dst_off, const struct dynptr *src, u32 src_off,
		u32 size)
{
	u8 piece[256];
	u32 n;
	int err;

	for (u32 done = 0; done < size; done += n) {
		n = min(size - done, (u32)sizeof(piece));
		err = dynptr_read(piece, n, src, src_off + done, 0);
		if (!err)
			err = dynptr_write(dst, dst_off + done, piece, n, 0);
		if (err)
			return err;
	}
	return 0;
}

BPF_FN5(kfunc_dynptr_copy, const struct dynptr *, dst, u32, dst_off, const struct dynptr *, src,
	u32, src_off, u32, size)
{
	u8 *to = slice(dst, dst_off, NULL, size);
	const u8 *from = slice(src, src_off, NULL, size);

	if (to && is_rdonly(dst))
		to = NULL;
	if (from && to) {
		memmove(to, from, size);
		return 0;
	}
	if (check_range(dst, dst_off, size) || check_range(src, src_off, size))
		return kfunc_int(-E2BIG);
	return kfunc_int(copy(dst, dst_off, src, src_off, size));
}

BPF_FN4(kfunc_dynptr_memset, const struct dynptr *, ptr, u32, offset, u32, size, u8, byte)
{
	u8 *to;

	if (is_rdonly(ptr))
		return kfunc_int(-EINVAL);
	if (check_range(ptr, offset, size))
		return kfunc_int(-E2BIG);
	to = slice(ptr, offset, NULL, size);
	if (!to)
		return kfunc_int(-EINVAL);
	memset(to, byte, size);
	return 0;
}
