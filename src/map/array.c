// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/vcpu.h"
#include "private.h"

#define ARRAY_FLAGS (BPF_F_NUMA_NODE | BPF_F_MMAPABLE | BPF_F_INNER_MAP | MAP_ACCESS_FLAGS)

/*
 * ARRAY: elements in a row. PERCPU_ARRAY: such a row per CPU, each beginning on a cache line of its
 * own, so that CPUs that count into neighbouring elements do not share lines.
 */
struct array_map {
	struct map map;
	u8 *values;
	u32 elem_size;
	u64 row; /* bytes from one CPU's row to the next */
	size_t mapped;
	int memfd; /* BPF_F_MMAPABLE; else -1 */
};

static inline struct array_map *array_of(const struct map *map)
{
	return container_of(map, struct array_map, map);
}

static int check_common(const union bpf_attr *attr, u32 flags)
{
	if (!attr->max_entries || attr->key_size != 4 || !attr->value_size ||
	    attr->map_flags & ~flags || !map_access_flags_ok(attr->map_flags))
		return -EINVAL;
	return attr->value_size > INT_MAX ? -E2BIG : 0;
}

static int array_check(const union bpf_attr *attr)
{
	return check_common(attr, ARRAY_FLAGS);
}

static int percpu_array_check(const union bpf_attr *attr)
{
	int err;

	/* Each CPU's row lies on its own node. */
	if (attr->map_flags & BPF_F_NUMA_NODE && (int)attr->numa_node != -1)
		return -EINVAL;
	err = check_common(attr, MAP_ACCESS_FLAGS | BPF_F_NUMA_NODE);
	if (err)
		return err;
	return round_up_to(attr->value_size, 8) > MAP_PERCPU_VALUE_MAX ? -E2BIG : 0;
}

/*
 * The memory of an mmapable array is a file without a name. Its size is sealed, since a file cut
 * short would make every access to the map a SIGBUS.
 */
static int map_memfd(struct array_map *array, size_t size)
{
	void *p;
	int fd;

	fd = memfd_create("bpf-map", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW))
		goto fail;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		goto fail;
	array->memfd = fd;
	array->values = p;
	return 0;
fail:
	close(fd);
	return -ENOMEM;
}

/* Touched lazily, but what is obviously more than the machine has is refused here. */
static int map_private(struct array_map *array, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return -ENOMEM;
	array->values = p;
	return 0;
}

static int alloc_rows(const union bpf_attr *attr, u32 rows, struct map **out)
{
	struct array_map *array = calloc(1, sizeof(*array));
	u64 row, size;
	int err;

	if (!array)
		return -ENOMEM;
	array->memfd = -1;
	array->elem_size = (u32)round_up_to(attr->value_size, 8);
	/* Below 2^31 * 2^32: no overflow, unlike what the rows come to. */
	row = round_up_to((u64)array->elem_size * attr->max_entries, 64);
	if (__builtin_mul_overflow(row, rows, &size) || size > SSIZE_MAX - MAP_PAGE) {
		free(array);
		return -ENOMEM;
	}
	array->row = row;
	array->mapped = round_up_to(size, MAP_PAGE);
	err = attr->map_flags & BPF_F_MMAPABLE ? map_memfd(array, array->mapped)
					       : map_private(array, array->mapped);
	if (err) {
		free(array);
		return err;
	}
	*out = &array->map;
	return 0;
}

static int array_alloc(const union bpf_attr *attr, struct map **out)
{
	return alloc_rows(attr, 1, out);
}

static int percpu_array_alloc(const union bpf_attr *attr, struct map **out)
{
	return alloc_rows(attr, vcpu_count(), out);
}

static inline u8 *value_at(const struct array_map *array, u32 index, u32 cpu)
{
	return array->values + cpu * array->row + (u64)index * array->elem_size;
}

static u32 rows_of(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_PERCPU_ARRAY ? vcpu_count() : 1;
}

static void array_free(struct map *map)
{
	struct array_map *array = array_of(map);

	if (map->record) {
		for (u32 cpu = 0; cpu < rows_of(map); cpu++) {
			for (u32 i = 0; i < map->max_entries; i++)
				map_fields_free(map, value_at(array, i, cpu));
		}
	}
	munmap(array->values, array->mapped);
	if (array->memfd >= 0)
		close(array->memfd);
	free(array);
}

static int array_check_btf(const struct map *map, const struct btf *btf, u32 key_id)
{
	const struct btf_type *t;
	u32 info;

	if (!key_id) {
		/* A .bss or .data map: the section is the one value's type, the key has none. */
		t = btf_type(btf, map->btf_value_id);
		return map->type == BPF_MAP_TYPE_ARRAY && map->max_entries == 1 && t &&
				       btf_kind_of(t) == BTF_KIND_DATASEC
			       ? 0
			       : -EINVAL;
	}
	t = btf_skip_modifiers(btf, key_id, NULL);
	if (!t || btf_kind_of(t) != BTF_KIND_INT)
		return -EINVAL;
	info = *(const u32 *)(t + 1);
	return BTF_INT_BITS(info) != 32 || BTF_INT_OFFSET(info) ? -EINVAL : 0;
}

static inline u32 index_of(const void *key)
{
	u32 index;

	memcpy(&index, key, 4);
	return index;
}

static void *array_lookup(struct map *map, const void *key)
{
	u32 index = index_of(key);

	return index < map->max_entries ? value_at(array_of(map), index, 0) : NULL;
}

static void *percpu_array_lookup(struct map *map, const void *key)
{
	u32 index = index_of(key);

	return index < map->max_entries ? value_at(array_of(map), index, map_run_cpu()) : NULL;
}

static void *percpu_array_lookup_cpu(struct map *map, const void *key, u32 cpu)
{
	u32 index = index_of(key);

	if (index >= map->max_entries || cpu >= vcpu_count())
		return NULL;
	return value_at(array_of(map), index, cpu);
}

static int check_update(const struct map *map, u32 index, u64 flags)
{
	if ((flags & ~(u64)BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	if (flags & BPF_NOEXIST)
		return -EEXIST;
	if (flags & BPF_F_LOCK && !map_has_lock(map))
		return -EINVAL;
	return 0;
}

static long array_update(struct map *map, const void *key, const void *value, u64 flags)
{
	u32 index = index_of(key);
	int err = check_update(map, index, flags);
	void *at;

	if (err)
		return err;
	at = value_at(array_of(map), index, 0);
	if (flags & BPF_F_LOCK)
		map_value_in_locked(map, at, value);
	else
		map_value_in(map, at, value);
	map_fields_free(map, at);
	return 0;
}

static long percpu_array_update(struct map *map, const void *key, const void *value, u64 flags)
{
	u32 index = index_of(key);
	int err = check_update(map, index, flags);
	void *at;

	if (err)
		return err;
	at = value_at(array_of(map), index, map_run_cpu());
	map_value_in(map, at, value);
	map_fields_free(map, at);
	return 0;
}

static long array_remove(struct map *map, const void *key)
{
	(void)map;
	(void)key;
	return -EINVAL;
}

static long array_for_each(struct map *map, u64 callback, u64 ctx, u64 flags)
{
	struct array_map *array = array_of(map);
	u32 cpu = map->type == BPF_MAP_TYPE_PERCPU_ARRAY ? map_run_cpu() : 0;
	long n = 0;

	if (flags)
		return -EINVAL;
	for (u32 i = 0; i < map->max_entries; i++) {
		u32 key = i;

		n++;
		if (run_callback(callback, (uintptr_t)map, (uintptr_t)&key,
				 (uintptr_t)value_at(array, i, cpu), ctx, 0))
			break;
	}
	return n;
}

int array_next_key(struct map *map, const void *key, void *next)
{
	u32 index = key ? index_of(key) : U32_MAX;

	if (index >= map->max_entries)
		index = U32_MAX;
	else if (index == map->max_entries - 1)
		return -ENOENT;
	index++;
	memcpy(next, &index, 4);
	return 0;
}

static int percpu_array_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct array_map *array = array_of(map);
	u32 index = index_of(key);
	u32 size = array->elem_size;

	(void)flags;
	if (index >= map->max_entries)
		return -ENOENT;
	for (u32 cpu = 0; cpu < vcpu_count(); cpu++)
		map_percpu_out(map, (u8 *)value + (size_t)cpu * size, value_at(array, index, cpu));
	return 0;
}

static int percpu_array_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct array_map *array = array_of(map);
	u32 index = index_of(key);
	u32 size = array->elem_size;

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	if (flags == BPF_NOEXIST)
		return -EEXIST;
	for (u32 cpu = 0; cpu < vcpu_count(); cpu++) {
		void *at = value_at(array, index, cpu);

		map_percpu_in(map, at, (const u8 *)value + (size_t)cpu * size);
		map_fields_free(map, at);
	}
	return 0;
}

static bool array_meta_equal(const struct map *a, const struct map *b)
{
	return map_meta_like(a, b) &&
	       (a->flags & BPF_F_INNER_MAP || a->max_entries == b->max_entries);
}

static int array_mmap_fd(struct map *map)
{
	return map->record ? -1 : array_of(map)->memfd;
}

int map_direct_value(struct map *map, u32 off, u64 *addr)
{
	if (map->type != BPF_MAP_TYPE_ARRAY)
		return -EINVAL;
	if (map->max_entries != 1)
		return -ENOTSUPP;
	if (off >= map->value_size)
		return -EINVAL;
	*addr = (uintptr_t)array_of(map)->values + off;
	return 0;
}

bool map_array_layout(const struct map *map, struct map_array_layout *out)
{
	const struct array_map *array = array_of(map);

	if (map->type != BPF_MAP_TYPE_ARRAY && map->type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return false;
	out->values = array->values;
	out->elem_size = array->elem_size;
	out->cpu_stride = map->type == BPF_MAP_TYPE_PERCPU_ARRAY ? array->row : 0;
	return true;
}

const struct map_ops array_ops = {
	.check = array_check,
	.alloc = array_alloc,
	.free = array_free,
	.check_btf = array_check_btf,
	.lookup = array_lookup,
	.update = array_update,
	.remove = array_remove,
	.for_each = array_for_each,
	.next_key = array_next_key,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE,
	.meta_equal = array_meta_equal,
	.mmap_fd = array_mmap_fd,
};

const struct map_ops percpu_array_ops = {
	.check = percpu_array_check,
	.alloc = percpu_array_alloc,
	.free = array_free,
	.check_btf = array_check_btf,
	.lookup = percpu_array_lookup,
	.lookup_percpu = percpu_array_lookup_cpu,
	.update = percpu_array_update,
	.remove = array_remove,
	.for_each = array_for_each,
	.user_lookup = percpu_array_user_lookup,
	.user_update = percpu_array_user_update,
	.next_key = array_next_key,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE,
	.meta_equal = map_meta_like,
};

bool map_values_cover(const struct map *map, u64 addr, size_t size)
{
	const struct array_map *array = array_of(map);

	if (map->ops != &array_ops && map->ops != &percpu_array_ops)
		return false;
	return size <= array->mapped && addr - (uintptr_t)array->values <= array->mapped - size;
}
