// SPDX-License-Identifier: BSD-2-Clause
#include "ringbuf.h"

/*
 * Ring buffers that user space writes and programs drain: the same memory, the other way round. The
 * producer may write anything anywhere at any time, so each header is read once and believed only
 * as far as it stays inside of what the producer has published.
 */
int map_user_ringbuf_begin(struct map *map)
{
	return __atomic_exchange_n(&ring_of(map)->lock, 1, __ATOMIC_ACQUIRE) ? -EBUSY : 0;
}

static void consume(struct ring *ring, u64 bytes)
{
	ring->cons_pos += bytes;
	__atomic_store_n(ring_consumer_pos(ring), ring->cons_pos, __ATOMIC_RELEASE);
}

int map_user_ringbuf_peek(struct map *map, void **sample, u32 *size)
{
	struct ring *ring = ring_of(map);
	u64 prod = __atomic_load_n(ring_producer_pos(ring), __ATOMIC_ACQUIRE);
	u64 cons = ring->cons_pos, total;
	u32 len, bits;

	if (prod % 8)
		return -EINVAL;
	if (cons >= prod)
		return -ENODATA;
	len = __atomic_load_n(&ring_record_at(ring, cons)->len, __ATOMIC_ACQUIRE);
	bits = len & (BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
	len &= ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
	total = round_up_to((u64)len + RINGBUF_HDR_SIZE, 8);
	if (total > prod - cons)
		return -EINVAL;
	if (total > ring->size || len > MAP_USER_SAMPLE_MAX)
		return -E2BIG;
	if (bits & BPF_RINGBUF_DISCARD_BIT) {
		consume(ring, total);
		return -EAGAIN;
	}
	if (bits & BPF_RINGBUF_BUSY_BIT)
		return -ENODATA;
	/* The second half of the data is not the first once more, so a sample is read from where
	 * the producer's own mapping had it: behind its header, both masked. */
	*sample = ring_record_at(ring, cons + RINGBUF_HDR_SIZE);
	*size = len;
	return 0;
}

void map_user_ringbuf_release(struct map *map, u32 size)
{
	consume(ring_of(map), round_up_to((u64)size + RINGBUF_HDR_SIZE, 8));
}

void map_user_ringbuf_end(struct map *map, bool wake)
{
	struct ring *ring = ring_of(map);
	void (*call)(struct map * map, void *arg);

	__atomic_store_n(&ring->lock, 0, __ATOMIC_RELEASE);
	call = wake ? __atomic_load_n(&ring->wake, __ATOMIC_ACQUIRE) : NULL;
	if (call)
		call(map, ring->wake_arg);
}

const struct map_ops user_ringbuf_ops = {
	.check = ringbuf_check,
	.alloc = ringbuf_alloc,
	.free = ringbuf_free,
	.user_lookup = ringbuf_no_value,
	.meta_equal = map_meta_like,
	.mmap_fd = ringbuf_mmap_fd,
};
