/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_PRIVATE_H
#define MAP_PRIVATE_H

#include <errno.h>

#include "map/lock.h"
#include "map/map.h"

/* Attribute limits, measured on 6.18 (x86-64). */
#define MAP_ACCESS_FLAGS     (BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)
#define MAP_PERCPU_VALUE_MAX 32768u
#define MAP_PAGE	     4096u

#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/* One table of operations per type, or per few types that differ in flags only. */
extern const struct map_ops array_ops __hidden;
extern const struct map_ops percpu_array_ops __hidden;
extern const struct map_ops hash_ops __hidden;
extern const struct map_ops percpu_hash_ops __hidden;
extern const struct map_ops lru_ops __hidden;
extern const struct map_ops percpu_lru_ops __hidden;
extern const struct map_ops lpm_trie_ops __hidden;
extern const struct map_ops prog_array_ops __hidden;
extern const struct map_ops perf_array_ops __hidden;
extern const struct map_ops ringbuf_ops __hidden;
extern const struct map_ops array_of_maps_ops __hidden;
extern const struct map_ops hash_of_maps_ops __hidden;
extern const struct map_ops devmap_ops __hidden;
extern const struct map_ops devmap_hash_ops __hidden;
extern const struct map_ops cpumap_ops __hidden;
extern const struct map_ops xskmap_ops __hidden;
extern const struct map_ops queue_ops __hidden;
extern const struct map_ops stack_ops __hidden;
extern const struct map_ops bloom_filter_ops __hidden;
extern const struct map_ops user_ringbuf_ops __hidden;
extern const struct map_ops stack_trace_ops __hidden;
extern const struct map_ops cgroup_array_ops __hidden;
extern const struct map_ops sockmap_ops __hidden;
extern const struct map_ops sockhash_ops __hidden;
extern const struct map_ops reuseport_array_ops __hidden;
extern const struct map_ops storage_ops __hidden;
extern const struct map_ops cgroup_storage_ops __hidden;
extern const struct map_ops struct_ops_ops __hidden;

/* BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other. */
static inline bool map_access_flags_ok(u32 flags)
{
	u32 prog = flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG);

	return prog != (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG);
}

/* Types whose keys and values are no BTF types. */
int map_no_btf(const struct map *map, const struct btf *btf, u32 key_id) __hidden;

bool map_meta_like(const struct map *a, const struct map *b) __hidden;

/*
 * A map's memory outlives its object while elements that were taken out of it wait for their grace
 * period: each such element holds the memory.
 */
static inline void map_hold_memory(struct map *map)
{
	__atomic_fetch_add(&map->memory_refs, 1, __ATOMIC_RELAXED);
}
void map_drop_memory(struct map *map) __hidden;

/* Virtual CPU of the running program. Threads of user space have none and must not lease one. */
static inline u32 map_run_cpu(void)
{
	return run_current ? run_current->cpu : 0;
}

static inline bool map_has_lock(const struct map *map)
{
	return map->record && map->record->spin_lock_off >= 0;
}

/*
 * Values are shared with programs that read and write them at any time: copies are made of whole
 * aligned words, so that a counter is never seen half written. @shared is the side in the map.
 */
void map_words_in(void *shared, const void *src, size_t len) __hidden;
void map_words_out(void *dst, const void *shared, size_t len) __hidden;

/* Copy a value into the map, leaving its special fields as they are. */
void map_value_in(const struct map *map, void *shared, const void *src) __hidden;
/* Copy a value out; special fields read as zeroes. */
void map_value_out(const struct map *map, void *dst, const void *shared) __hidden;
/* One CPU's part of a per-CPU value, which is value_size rounded up to 8 on either side. */
void map_percpu_in(const struct map *map, void *shared, const void *src) __hidden;
void map_percpu_out(const struct map *map, void *dst, const void *shared) __hidden;
/* The same under the value's spin lock. */
void map_value_in_locked(struct map *map, void *shared, const void *src) __hidden;
void map_value_out_locked(struct map *map, void *dst, void *shared) __hidden;
/* Zero the special fields of memory that nobody else sees. */
void map_fields_init(const struct map *map, void *value) __hidden;
/* Release what the special fields hold. May run more than once on one value. */
void map_fields_free(const struct map *map, void *value) __hidden;

/* BPF_ANY, BPF_NOEXIST or BPF_EXIST against what was found; BPF_F_LOCK is for the caller. */
static inline int map_check_exists(bool found, u64 flags)
{
	if (found && (flags & ~(u64)BPF_F_LOCK) == BPF_NOEXIST)
		return -EEXIST;
	if (!found && (flags & ~(u64)BPF_F_LOCK) == BPF_EXIST)
		return -ENOENT;
	return 0;
}

/* Count one more, unless the limit is reached. */
static inline bool map_count_below(u32 *counter, u32 limit)
{
	u32 count = __atomic_load_n(counter, __ATOMIC_RELAXED);

	while (count < limit) {
		if (__atomic_compare_exchange_n(counter, &count, count + 1, true, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

static inline void map_uncount(u32 *counter)
{
	__atomic_fetch_sub(counter, 1, __ATOMIC_RELAXED);
}

/* Is a program, as an entry, like the map's owner (which it becomes if there is none)? */
bool map_prog_fits(struct map *map, const struct prog_traits *traits) __must_check __hidden;

/* The program that user space names, as an entry of @map: a new reference. */
int map_prog_from_fd(struct map *map, int fd, struct object **out) __must_check __hidden;

/* Array types answer these alike. */
int array_next_key(struct map *map, const void *key, void *next) __hidden;

/* XDP redirect through a map: see map_ops.redirect. @found: the entry exists. */
long map_redirect_to(struct map *map, bool found, u64 index, u64 flags, u64 allowed) __hidden;

#endif
