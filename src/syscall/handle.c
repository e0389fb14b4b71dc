// SPDX-License-Identifier: BSD-2-Clause
#include "handle.h"

int map_from_fd(int fd, struct map **out, u32 *mode)
{
	struct object *obj;
	int err = fd_object(fd, OBJECT_MAP, &obj, mode);

	if (err)
		return err;
	*out = map_of(obj);
	if (mode && __atomic_load_n(&(*out)->frozen, __ATOMIC_ACQUIRE))
		*mode &= ~FD_WRITE;
	return 0;
}

int prog_from_fd(int fd, struct prog **out)
{
	struct object *obj;
	int err = fd_object(fd, OBJECT_PROG, &obj, NULL);

	if (err)
		return err;
	*out = prog_of(obj);
	return 0;
}

int btf_from_fd(int fd, struct btf **out)
{
	struct object *obj;
	int err = fd_object(fd, OBJECT_BTF, &obj, NULL);

	if (err)
		return err;
	*out = container_of(obj, struct btf, obj);
	return 0;
}

int map_new_fd(struct map *map, u32 mode)
{
	return fd_install(&map->obj, mode, map->ops->mmap_fd ? map->ops->mmap_fd(map) : -1);
}

int prog_new_fd(struct prog *prog)
{
	return fd_install(&prog->obj, FD_READ | FD_WRITE, -1);
}

int btf_new_fd(struct btf *btf)
{
	return fd_install(&btf->obj, FD_READ, -1);
}
