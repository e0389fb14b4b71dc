/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_SLOTS_H
#define MAP_SLOTS_H

#include "map/map.h"

/*
 * Arrays of pointers to something counted: programs, maps, events, devices. Slots are exchanged
 * atomically; readers are in a read-side section.
 */
struct slots {
	struct map map;
	void **at;
	size_t mapped;
	u32 filled; /* slots; a long array that is almost empty is quickly cleared */
};

static inline struct slots *slots_of(const struct map *map)
{
	return container_of(map, struct slots, map);
}

/* 0, or -ENOMEM where so many slots do not fit. */
int slots_alloc(const union bpf_attr *attr, struct map **out) __must_check __hidden;

/* Frees the slots only, whose contents the type has dropped. */
void slots_free(struct map *map) __hidden;

/* NULL for an empty slot and beyond the end. */
static inline void *slots_get(const struct map *map, u32 index)
{
	if (index >= map->max_entries)
		return NULL;
	return __atomic_load_n(&slots_of(map)->at[index], __ATOMIC_ACQUIRE);
}

/* What was in the slot, for the caller to drop. */
static inline void *slots_swap(struct map *map, u32 index, void *with)
{
	struct slots *slots = slots_of(map);
	void *old = __atomic_exchange_n(&slots->at[index], with, __ATOMIC_ACQ_REL);

	if (with && !old)
		__atomic_fetch_add(&slots->filled, 1, __ATOMIC_RELAXED);
	else if (!with && old)
		__atomic_fetch_sub(&slots->filled, 1, __ATOMIC_RELAXED);
	return old;
}

/* Empty all slots. */
void slots_clear(struct map *map, void (*drop)(void *entry)) __hidden;

static inline u32 slots_index(const void *key)
{
	u32 index;

	__builtin_memcpy(&index, key, sizeof(index));
	return index;
}

/* Attributes of the types whose values are descriptors. */
int slots_check_fds(const union bpf_attr *attr, u32 flags) __hidden;

/* -EBADF for no descriptor at all, -EINVAL for one of something else. */
int slots_bad_fd(int fd) __hidden;

#endif
