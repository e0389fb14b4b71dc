// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "private.h"

void (*map_kptr_release)(const struct btf_field *field, void *ptr);
void (*map_graph_release)(const struct btf_field *field, void *head, u32 *lock);

void map_words_in(void *shared, const void *src, size_t len)
{
	u8 *d = shared;
	const u8 *s = src;

	if (!((uintptr_t)d & 7)) {
		for (; len >= 8; len -= 8, d += 8, s += 8) {
			u64 word;

			memcpy(&word, s, 8);
			__atomic_store_n((u64 *)d, word, __ATOMIC_RELAXED);
		}
	}
	if (!((uintptr_t)d & 3)) {
		for (; len >= 4; len -= 4, d += 4, s += 4) {
			u32 word;

			memcpy(&word, s, 4);
			__atomic_store_n((u32 *)d, word, __ATOMIC_RELAXED);
		}
	}
	for (; len; len--)
		__atomic_store_n(d++, *s++, __ATOMIC_RELAXED);
}

void map_words_out(void *dst, const void *shared, size_t len)
{
	u8 *d = dst;
	const u8 *s = shared;

	if (!((uintptr_t)s & 7)) {
		for (; len >= 8; len -= 8, d += 8, s += 8) {
			u64 word = __atomic_load_n((const u64 *)s, __ATOMIC_RELAXED);

			memcpy(d, &word, 8);
		}
	}
	if (!((uintptr_t)s & 3)) {
		for (; len >= 4; len -= 4, d += 4, s += 4) {
			u32 word = __atomic_load_n((const u32 *)s, __ATOMIC_RELAXED);

			memcpy(d, &word, 4);
		}
	}
	for (; len; len--)
		*d++ = __atomic_load_n(s++, __ATOMIC_RELAXED);
}

static void copy_in(const struct map *map, void *shared, const void *src, u32 size)
{
	const struct btf_record *rec = map->record;
	u32 at = 0;

	for (u32 i = 0; rec && i < rec->nr; i++) {
		const struct btf_field *f = &rec->fields[i];

		map_words_in((u8 *)shared + at, (const u8 *)src + at, f->offset - at);
		at = f->offset + f->size;
	}
	map_words_in((u8 *)shared + at, (const u8 *)src + at, size - at);
}

static void copy_out(const struct map *map, void *dst, const void *shared, u32 size)
{
	const struct btf_record *rec = map->record;
	u32 at = 0;

	for (u32 i = 0; rec && i < rec->nr; i++) {
		const struct btf_field *f = &rec->fields[i];

		map_words_out((u8 *)dst + at, (const u8 *)shared + at, f->offset - at);
		memset((u8 *)dst + f->offset, 0, f->size);
		at = f->offset + f->size;
	}
	map_words_out((u8 *)dst + at, (const u8 *)shared + at, size - at);
}

void map_value_in(const struct map *map, void *shared, const void *src)
{
	copy_in(map, shared, src, map->value_size);
}

void map_value_out(const struct map *map, void *dst, const void *shared)
{
	copy_out(map, dst, shared, map->value_size);
}

void map_percpu_in(const struct map *map, void *shared, const void *src)
{
	copy_in(map, shared, src, (u32)round_up_to(map->value_size, 8));
}

void map_percpu_out(const struct map *map, void *dst, const void *shared)
{
	copy_out(map, dst, shared, (u32)round_up_to(map->value_size, 8));
}

void map_copy_value(struct map *map, void *dst, const void *src)
{
	map_value_in(map, dst, src);
}

static u32 *lock_word(const struct map *map, void *value)
{
	return (u32 *)((u8 *)value + map->record->spin_lock_off);
}

void map_lock_value(struct map *map, void *value)
{
	word_lock(lock_word(map, value));
}

void map_unlock_value(struct map *map, void *value)
{
	word_unlock(lock_word(map, value));
}

void map_value_in_locked(struct map *map, void *shared, const void *src)
{
	map_lock_value(map, shared);
	map_value_in(map, shared, src);
	map_unlock_value(map, shared);
}

void map_value_out_locked(struct map *map, void *dst, void *shared)
{
	map_lock_value(map, shared);
	map_value_out(map, dst, shared);
	map_unlock_value(map, shared);
}

void map_fields_init(const struct map *map, void *value)
{
	for (u32 i = 0; map->record && i < map->record->nr; i++) {
		const struct btf_field *f = &map->record->fields[i];

		memset((u8 *)value + f->offset, 0, f->size);
	}
}

void map_fields_free(const struct map *map, void *value)
{
	for (u32 i = 0; map->record && i < map->record->nr; i++) {
		const struct btf_field *f = &map->record->fields[i];
		void *ptr;

		if (f->type & (BTF_FIELD_LIST_HEAD | BTF_FIELD_RB_ROOT) && map_graph_release)
			map_graph_release(f, (u8 *)value + f->offset,
					  map_has_lock(map) ? lock_word(map, value) : NULL);
		if (!(f->type & BTF_FIELD_KPTR))
			continue;
		/* Programs may exchange the pointer until the element's grace period ends. */
		ptr = __atomic_exchange_n((void **)((u8 *)value + f->offset), NULL,
					  __ATOMIC_ACQ_REL);
		if (ptr && f->type != BTF_FIELD_KPTR_UNREF && map_kptr_release)
			map_kptr_release(f, ptr);
	}
}
