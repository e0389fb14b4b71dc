// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ringbuf.h"

#define RECORD_MAX (U32_MAX / 4)

static u64 file_size(u64 data_size)
{
	return FILE_PAGES * MAP_PAGE + 2 * data_size;
}

int ringbuf_check(const union bpf_attr *attr)
{
	u32 size = attr->max_entries;

	if (attr->key_size || attr->value_size || attr->map_flags & ~(u32)BPF_F_NUMA_NODE)
		return -EINVAL;
	return size & (size - 1) || size < MAP_PAGE ? -EINVAL : 0;
}

static int make_file(u64 size)
{
	int fd = memfd_create("bpf-ringbuf", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -ENOMEM;
	if (ftruncate(fd, (off_t)size) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)) {
		close(fd);
		return -ENOMEM;
	}
	return fd;
}

static int make_ring(u64 data_size, struct ring **out)
{
	u64 size = file_size(data_size);
	u8 *base;
	int fd;

	fd = make_file(size);
	if (fd < 0)
		return fd;
	base = mmap(NULL, MAP_PAGE + size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED) {
		close(fd);
		return -ENOMEM;
	}
	if (mmap(base + MAP_PAGE, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
	    MAP_FAILED) {
		munmap(base, MAP_PAGE + size);
		close(fd);
		return -ENOMEM;
	}
	*out = (struct ring *)base;
	(*out)->size = data_size;
	(*out)->fd = fd;
	return 0;
}

int ringbuf_alloc(const union bpf_attr *attr, struct map **out)
{
	struct ringbuf_map *rb = calloc(1, sizeof(*rb));
	int err;

	if (!rb)
		return -ENOMEM;
	err = make_ring(attr->max_entries, &rb->ring);
	if (err) {
		free(rb);
		return err;
	}
	rb->ring->map = &rb->map;
	*out = &rb->map;
	return 0;
}

void ringbuf_free(struct map *map)
{
	struct ring *ring = ring_of(map);

	close(ring->fd);
	munmap(ring, MAP_PAGE + file_size(ring->size));
	free(container_of(map, struct ringbuf_map, map));
}

/* Step over records that were committed since the last reservation. */
static void advance_pending(struct ring *ring)
{
	while (ring->pending_pos < ring->prod_pos) {
		struct record *rec = ring_record_at(ring, ring->pending_pos);
		u32 len = __atomic_load_n(&rec->len, __ATOMIC_ACQUIRE);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		len &= ~BPF_RINGBUF_DISCARD_BIT;
		ring->pending_pos += round_up_to((u64)len + RINGBUF_HDR_SIZE, 8);
	}
}

static struct record *reserve_locked(struct ring *ring, u64 size, u64 room)
{
	u64 cons = __atomic_load_n(ring_consumer_pos(ring), __ATOMIC_ACQUIRE);
	u64 next = ring->prod_pos + room;
	struct record *rec;

	advance_pending(ring);
	/* A consumer position that makes no sense leaves no room. */
	if (next - cons > ring->size - 1 || next - ring->pending_pos > ring->size - 1)
		return NULL;
	rec = ring_record_at(ring, ring->prod_pos);
	__atomic_store_n(&rec->len, (u32)size | BPF_RINGBUF_BUSY_BIT, __ATOMIC_RELAXED);
	rec->page = (u32)(((u8 *)rec - (u8 *)ring) / MAP_PAGE);
	__atomic_store_n(&ring->prod_pos, next, __ATOMIC_RELEASE);
	/* The consumer must find the record busy. */
	__atomic_store_n(ring_producer_pos(ring), next, __ATOMIC_RELEASE);
	return rec;
}

static struct record *reserve(struct ring *ring, u64 size)
{
	u64 room = round_up_to(size + RINGBUF_HDR_SIZE, 8);
	struct record *rec;

	if (size > RECORD_MAX || room > ring->size)
		return NULL;
	word_lock(&ring->lock);
	rec = reserve_locked(ring, size, room);
	word_unlock(&ring->lock);
	return rec;
}

void *map_ringbuf_reserve(struct map *map, u64 size, u64 flags)
{
	struct record *rec = flags ? NULL : reserve(ring_of(map), size);

	return rec ? rec + 1 : NULL;
}

static struct ring *ring_of_record(struct record *rec)
{
	u8 *page = (u8 *)((uintptr_t)rec & ~(uintptr_t)(MAP_PAGE - 1));

	return (struct ring *)(page - (size_t)rec->page * MAP_PAGE);
}

/*
 * What runs on into the second half of the data belongs to the beginning of the first as well: for
 * consumers that mask every position.
 */
static void wrap(struct ring *ring, struct record *rec, u32 len)
{
	u64 off = (u64)((u8 *)rec - ring_data(ring));
	u64 end = off + min(round_up_to((u64)len + RINGBUF_HDR_SIZE, 8), ring->size);

	if (end > ring->size)
		memcpy(ring_data(ring), ring_data(ring) + ring->size, end - ring->size);
}

static void commit(void *sample, u64 flags, u32 bits)
{
	struct record *rec = (struct record *)sample - 1;
	struct ring *ring = ring_of_record(rec);
	u32 len = __atomic_load_n(&rec->len, __ATOMIC_RELAXED) & ~BPF_RINGBUF_BUSY_BIT;
	void (*wake)(struct map * map, void *arg);
	u64 cons;

	wrap(ring, rec, len);
	/* Ordered against the consumer, which stores its position and then looks for a record: one
	 * of the two sees the other's. */
	__atomic_exchange_n(&rec->len, len | bits, __ATOMIC_SEQ_CST);
	cons = __atomic_load_n(ring_consumer_pos(ring), __ATOMIC_SEQ_CST);
	wake = __atomic_load_n(&ring->wake, __ATOMIC_ACQUIRE);
	if (!wake)
		return;
	if (flags & BPF_RB_FORCE_WAKEUP ||
	    (ring_record_at(ring, cons) == rec && !(flags & BPF_RB_NO_WAKEUP)))
		wake(ring->map, ring->wake_arg);
}

void map_ringbuf_submit(void *sample, u64 flags)
{
	commit(sample, flags, 0);
}

void map_ringbuf_discard(void *sample, u64 flags)
{
	commit(sample, flags, BPF_RINGBUF_DISCARD_BIT);
}

long map_ringbuf_output(struct map *map, const void *data, u64 size, u64 flags)
{
	struct record *rec;

	if (flags & ~(u64)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return -EINVAL;
	rec = reserve(ring_of(map), size);
	if (!rec)
		return -EAGAIN;
	memcpy(rec + 1, data, size);
	commit(rec + 1, flags, 0);
	return 0;
}

static u64 available(struct ring *ring)
{
	u64 cons = __atomic_load_n(ring_consumer_pos(ring), __ATOMIC_ACQUIRE);

	return __atomic_load_n(&ring->prod_pos, __ATOMIC_ACQUIRE) - cons;
}

u64 map_ringbuf_query(struct map *map, u64 flags)
{
	struct ring *ring = ring_of(map);

	switch (flags) {
	case BPF_RB_AVAIL_DATA:
		return available(ring);
	case BPF_RB_RING_SIZE:
		return ring->size;
	case BPF_RB_CONS_POS:
		return __atomic_load_n(ring_consumer_pos(ring), __ATOMIC_ACQUIRE);
	case BPF_RB_PROD_POS:
		return __atomic_load_n(&ring->prod_pos, __ATOMIC_ACQUIRE);
	default:
		return 0;
	}
}

bool map_ringbuf_has_data(struct map *map)
{
	return available(ring_of(map)) != 0;
}

void map_ringbuf_set_wakeup(struct map *map, void (*wake)(struct map *map, void *arg), void *arg)
{
	struct ring *ring = ring_of(map);

	if (wake)
		ring->wake_arg = arg;
	__atomic_store_n(&ring->wake, wake, __ATOMIC_RELEASE);
}

void map_ringbuf_memory(struct map *map, struct map_ringbuf_memory *out)
{
	struct ring *ring = ring_of(map);

	out->fd = ring->fd;
	out->file_size = file_size(ring->size);
	out->data_size = ring->size;
}

int ringbuf_mmap_fd(struct map *map)
{
	return ring_of(map)->fd;
}

/* There are no elements to look up, update, delete or walk: bpf(2) is told so. */
int ringbuf_no_value(struct map *map, const void *key, void *value, u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	(void)flags;
	return -ENOTSUPP;
}

const struct map_ops ringbuf_ops = {
	.check = ringbuf_check,
	.alloc = ringbuf_alloc,
	.free = ringbuf_free,
	.user_lookup = ringbuf_no_value,
	.meta_equal = map_meta_like,
	.mmap_fd = ringbuf_mmap_fd,
};
