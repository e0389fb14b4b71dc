/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_RINGBUF_H
#define MAP_RINGBUF_H

#include "private.h"

/* The memory of a ring buffer, whichever side of it produces. */
#define RINGBUF_HDR_SIZE 8u
/* Pages before the data, counted from struct ring as the headers of records do. */
#define CONSUMER_PAGE 1
#define PRODUCER_PAGE 2
#define DATA_PAGE     3
#define FILE_PAGES    2 /* of these, those that are in the file */

struct record {
	u32 len;  /* of the sample, with the BPF_RINGBUF_*_BITs */
	u32 page; /* of this header: so many pages behind struct ring */
};

/*
 * A private page, and right behind it the file (see map.h) that user space maps too. Nothing that
 * is read from the file is trusted but to be somewhere in the ring: positions that count are kept
 * here.
 */
struct ring {
	struct map *map;
	u64 size; /* of the data */
	u64 prod_pos;
	u64 pending_pos; /* all before it is committed */
	u64 cons_pos;	 /* USER_RINGBUF: programs consume */
	u32 lock;
	int fd;
	void (*wake)(struct map *map, void *arg);
	void *wake_arg;
};

struct ringbuf_map {
	struct map map;
	struct ring *ring;
};

static inline struct ring *ring_of(const struct map *map)
{
	return container_of(map, struct ringbuf_map, map)->ring;
}

static inline u64 *ring_consumer_pos(struct ring *ring)
{
	return (u64 *)((u8 *)ring + CONSUMER_PAGE * MAP_PAGE);
}

static inline u64 *ring_producer_pos(struct ring *ring)
{
	return (u64 *)((u8 *)ring + PRODUCER_PAGE * MAP_PAGE);
}

static inline u8 *ring_data(struct ring *ring)
{
	return (u8 *)ring + DATA_PAGE * MAP_PAGE;
}

static inline struct record *ring_record_at(struct ring *ring, u64 pos)
{
	return (struct record *)(ring_data(ring) + (pos & (ring->size - 1)));
}

/* What both types of map have in common. */
int ringbuf_check(const union bpf_attr *attr) __hidden;
int ringbuf_alloc(const union bpf_attr *attr, struct map **out) __must_check __hidden;
void ringbuf_free(struct map *map) __hidden;
int ringbuf_mmap_fd(struct map *map) __hidden;
int ringbuf_no_value(struct map *map, const void *key, void *value, u64 flags) __hidden;

#endif
