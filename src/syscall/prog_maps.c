// SPDX-License-Identifier: BSD-2-Clause
#include "prog_maps.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "attr.h"
#include "handle.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int prog_copy_map_ids(struct prog *prog, u32 *ids, u32 *nr)
{
	u32 room = *nr;

	pthread_mutex_lock(&lock);
	*nr = prog->nr_used_maps;
	room = min(room, *nr);
	for (u32 i = 0; ids && i < room; i++)
		ids[i] = prog->used_maps[i]->obj.id;
	pthread_mutex_unlock(&lock);
	return room && !ids ? -EFAULT : 0;
}

int prog_bind_map(struct prog *prog, struct map *map)
{
	struct map **maps;
	int err = 0;

	pthread_mutex_lock(&lock);
	for (u32 i = 0; i < prog->nr_used_maps; i++) {
		if (prog->used_maps[i] == map)
			goto out;
	}
	maps = realloc(prog->used_maps, (prog->nr_used_maps + 1) * sizeof(struct map *));
	if (!maps) {
		err = -ENOMEM;
		goto out;
	}
	object_get(&map->obj);
	maps[prog->nr_used_maps++] = map;
	prog->used_maps = maps;
out:
	pthread_mutex_unlock(&lock);
	return err;
}

long cmd_prog_bind_map(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	struct prog *prog;
	struct map *map;
	int err;

	(void)user;
	(void)size;
	if (a->prog_bind_map.flags)
		return -EINVAL;
	err = prog_from_fd((int)a->prog_bind_map.prog_fd, &prog);
	if (err)
		return err;
	err = map_from_fd((int)a->prog_bind_map.map_fd, &map, NULL);
	if (!err) {
		err = prog_bind_map(prog, map);
		map_put(map);
	}
	prog_put(prog);
	return err;
}
