// SPDX-License-Identifier: BSD-2-Clause
#include <espalier/host.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/vcpu.h"
#include "fd.h"
#include "map/map.h"
#include "perf.h"
#include "ringbuf_fd.h"

int espalier_mmap_prepare(int fd, size_t length, off_t offset)
{
	struct object *obj;
	int err = 0;

	/* Most mappings of a process are of no concern to us: ask for no more than one fstat(2). */
	if (fd < 0 || fd_object(fd, OBJECT_KINDS, &obj, NULL))
		return -ENOSYS;
	if (obj->kind == OBJECT_PERF)
		err = perf_mmap_prepare(obj, length, offset);
	object_put(obj);
	return err;
}

static bool is_ringbuf(const struct map *map)
{
	return map->type == BPF_MAP_TYPE_RINGBUF || map->type == BPF_MAP_TYPE_USER_RINGBUF;
}

int espalier_epoll_fd(int fd)
{
	struct object *obj;
	int err = -ENOSYS;

	if (fd_object(fd, OBJECT_KINDS, &obj, NULL))
		return -ENOSYS;
	if (obj->kind == OBJECT_PERF)
		err = perf_epoll_fd(obj);
	else if (obj->kind == OBJECT_MAP && is_ringbuf(map_of(obj)))
		err = ringbuf_epoll_fd(map_of(obj));
	object_put(obj);
	return err;
}

int espalier_open(const char *path)
{
	char text[32];
	int fd, len;

	if (!path || (strcmp(path, "/sys/devices/system/cpu/possible") &&
		      strcmp(path, "/sys/devices/system/cpu/online")))
		return -ENOSYS;
	len = vcpu_count() > 1 ? snprintf(text, sizeof(text), "0-%u\n", vcpu_count() - 1)
			       : snprintf(text, sizeof(text), "0\n");
	fd = memfd_create("cpus", MFD_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (pwrite(fd, text, (size_t)len, 0) != len) {
		close(fd);
		return -EIO;
	}
	return fd;
}
