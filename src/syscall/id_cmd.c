// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <limits.h>

#include "attr.h"
#include "handle.h"

static long next_id(union attr *attr, union bpf_attr *user, enum object_kind kind)
{
	u32 id;

	if (attr->uapi.start_id >= INT_MAX)
		return -EINVAL;
	id = object_next_id(kind, attr->uapi.start_id);
	if (!id)
		return -ENOENT;
	user->next_id = id;
	return 0;
}

long cmd_prog_next_id(union attr *attr, union bpf_attr *user, u32 size)
{
	(void)size;
	return next_id(attr, user, OBJECT_PROG);
}

long cmd_map_next_id(union attr *attr, union bpf_attr *user, u32 size)
{
	(void)size;
	return next_id(attr, user, OBJECT_MAP);
}

long cmd_btf_next_id(union attr *attr, union bpf_attr *user, u32 size)
{
	(void)size;
	return next_id(attr, user, OBJECT_BTF);
}

long cmd_prog_fd_by_id(union attr *attr, union bpf_attr *user, u32 size)
{
	struct object *obj = object_by_id(OBJECT_PROG, attr->uapi.prog_id);
	int fd;

	(void)user;
	(void)size;
	if (!obj)
		return -ENOENT;
	fd = prog_new_fd(prog_of(obj));
	object_put(obj);
	return fd;
}

long cmd_map_fd_by_id(union attr *attr, union bpf_attr *user, u32 size)
{
	struct object *obj;
	int mode, fd;

	(void)user;
	(void)size;
	if (attr->uapi.open_flags & ~(BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	mode = fd_mode_from_flags(attr->uapi.open_flags);
	if (mode < 0)
		return mode;
	obj = object_by_id(OBJECT_MAP, attr->uapi.map_id);
	if (!obj)
		return -ENOENT;
	fd = map_new_fd(map_of(obj), (u32)mode);
	object_put(obj);
	return fd;
}

long cmd_btf_fd_by_id(union attr *attr, union bpf_attr *user, u32 size)
{
	struct object *obj;
	int fd;

	(void)user;
	(void)size;
	if (attr->uapi.open_flags & ~BPF_F_TOKEN_FD)
		return -EINVAL;
	if (attr->uapi.open_flags & BPF_F_TOKEN_FD)
		return -EBADF;
	obj = object_by_id(OBJECT_BTF, attr->uapi.btf_id);
	if (!obj)
		return -ENOENT;
	fd = btf_new_fd(container_of(obj, struct btf, obj));
	object_put(obj);
	return fd;
}

/* There are never any links: nothing can be attached to. */
long cmd_link_by_id(union attr *attr, union bpf_attr *user, u32 size)
{
	(void)user;
	(void)size;
	return attr->uapi.start_id >= INT_MAX ? -EINVAL : -ENOENT;
}
