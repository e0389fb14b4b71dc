// SPDX-License-Identifier: BSD-2-Clause
#include "private.h"
#include "slots.h"

/* Slots hold a reference to a program each. A tail call reads them in its read-side section. */

static int prog_array_check(const union bpf_attr *attr)
{
	return slots_check_fds(attr, BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY);
}

static void drop(void *entry)
{
	object_put(entry);
}

static void clear(struct map *map)
{
	slots_clear(map, drop);
}

static void prog_array_free(struct map *map)
{
	clear(map);
	slots_free(map);
}

struct object *map_prog_array_at(struct map *map, u32 index)
{
	return slots_get(map, index);
}

int map_prog_from_fd(struct map *map, int fd, struct object **out)
{
	struct object *obj = object_from_fd ? object_from_fd(fd) : NULL;
	struct prog_traits traits = {0};

	if (!obj)
		return slots_bad_fd(fd);
	if (obj->kind != OBJECT_PROG) {
		object_put(obj);
		return -EINVAL;
	}
	if (object_prog_traits)
		object_prog_traits(obj, &traits);
	if (!map_prog_fits(map, &traits)) {
		object_put(obj);
		return -EINVAL;
	}
	*out = obj;
	return 0;
}

static int prog_array_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	struct object *obj = slots_get(map, slots_index(key));

	(void)flags;
	if (!obj)
		return -ENOENT;
	__builtin_memcpy(value, &obj->id, sizeof(obj->id));
	return 0;
}

static int prog_array_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	u32 index = slots_index(key);
	struct object *obj;
	int err;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	err = map_prog_from_fd(map, (int)slots_index(value), &obj);
	if (err)
		return err;
	object_put(slots_swap(map, index, obj));
	return 0;
}

static int prog_array_user_delete(struct map *map, const void *key)
{
	u32 index = slots_index(key);
	struct object *old;

	if (index >= map->max_entries)
		return -E2BIG;
	old = slots_swap(map, index, NULL);
	object_put(old);
	return old ? 0 : -ENOENT;
}

const struct map_ops prog_array_ops = {
	.check = prog_array_check,
	.alloc = slots_alloc,
	.free = prog_array_free,
	.user_lookup = prog_array_user_lookup,
	.user_update = prog_array_user_update,
	.user_delete = prog_array_user_delete,
	.next_key = array_next_key,
	/* A program in the array may refer to the array: nobody can reach it any more to break up
	 * the circle. */
	.release_user = clear,
};
