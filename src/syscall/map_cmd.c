// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "attr.h"
#include "handle.h"

/* The kernel's own -ENOTSUPP, which has no name in user space. */
#define ENOTSUPP 524

static bool takes_inner_map(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* What must be right before descriptors are looked up; the rest is for map_create() to judge. */
static int check_create(const union bpf_attr *attr)
{
	/* Tokens delegate rights to unprivileged loaders; every caller here has them. */
	if (attr->map_flags & BPF_F_TOKEN_FD)
		return -EBADF;
	if (attr->btf_vmlinux_value_type_id && (attr->map_type != BPF_MAP_TYPE_STRUCT_OPS ||
						attr->btf_key_type_id || attr->btf_value_type_id))
		return -EINVAL;
	if (attr->btf_key_type_id && !attr->btf_value_type_id)
		return -EINVAL;
	return fd_mode_from_flags(attr->map_flags);
}

static int create_with(union bpf_attr *attr, struct btf *btf, struct map **out)
{
	struct map *inner = NULL;
	int err;

	if (takes_inner_map(attr->map_type)) {
		err = map_from_fd((int)attr->inner_map_fd, &inner, NULL);
		if (err)
			return err;
	}
	err = map_create(attr, btf, inner, out);
	map_put(inner);
	return err;
}

long cmd_map_create(union attr *attr, union bpf_attr *user, u32 size)
{
	struct btf *btf = NULL;
	struct map *map;
	int mode, err, fd;

	(void)user;
	(void)size;
	if (attr->map.excl_prog_hash || attr->map.excl_prog_hash_size)
		return -EOPNOTSUPP; /* a map bound to one signed program */
	mode = check_create(&attr->uapi);
	if (mode < 0)
		return mode;
	if (attr->uapi.btf_key_type_id || attr->uapi.btf_value_type_id) {
		err = btf_from_fd((int)attr->uapi.btf_fd, &btf);
		if (err)
			return err;
		if (btf->kernel) {
			btf_put(btf);
			return -EACCES;
		}
	}
	err = create_with(&attr->uapi, btf, &map);
	btf_put(btf);
	if (err)
		return err;
	fd = map_new_fd(map, (u32)mode);
	map_put(map);
	return fd;
}

/*
 * What every command on elements begins with: the map, if the descriptor permits @need, and the key
 * as user space must pass it (none where the map has no keys).
 */
static int begin(union attr *attr, u32 need, bool key_may_be_null, struct map **map)
{
	u32 mode;
	int err = map_from_fd((int)attr->uapi.map_fd, map, &mode);

	if (err)
		return err;
	if ((mode & need) != need)
		err = -EPERM;
	else if (!(*map)->key_size && attr->uapi.key)
		err = -EINVAL;
	else if ((*map)->key_size && !attr->uapi.key && !key_may_be_null)
		err = -EFAULT;
	if (err)
		map_put(*map);
	return err;
}

static int check_lock_flag(const struct map *map, u64 flags)
{
	if (flags & BPF_F_LOCK && !(map->record && map->record->mask & BTF_FIELD_SPIN_LOCK))
		return -EINVAL;
	return 0;
}

long cmd_map_lookup(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	struct map *map;
	int err;

	(void)user;
	(void)size;
	if (a->flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	err = begin(attr, FD_READ, false, &map);
	if (err)
		return err;
	err = check_lock_flag(map, a->flags);
	if (!err && !a->value)
		err = -EFAULT;
	if (!err)
		err = map_user_lookup(map, attr_ptr(a->key), attr_ptr(a->value), a->flags);
	map_put(map);
	return err;
}

long cmd_map_update(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	struct map *map;
	int err;

	(void)user;
	(void)size;
	err = begin(attr, FD_WRITE, false, &map);
	if (err)
		return err;
	err = check_lock_flag(map, a->flags);
	if (!err && map->value_size && !a->value)
		err = -EFAULT;
	if (!err)
		err = map_user_update(map, attr_ptr(a->key), attr_ptr(a->value), a->flags);
	map_put(map);
	return err;
}

long cmd_map_delete(union attr *attr, union bpf_attr *user, u32 size)
{
	struct map *map;
	int err;

	(void)user;
	(void)size;
	err = begin(attr, FD_WRITE, false, &map);
	if (err)
		return err;
	err = map_user_delete(map, attr_ptr(attr->uapi.key));
	map_put(map);
	return err;
}

long cmd_map_next_key(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	struct map *map;
	int err;

	(void)user;
	(void)size;
	err = begin(attr, FD_READ, true, &map);
	if (err)
		return err;
	if (!a->next_key)
		err = -EFAULT;
	else
		err = map_user_next_key(map, attr_ptr(a->key), attr_ptr(a->next_key));
	map_put(map);
	return err;
}

long cmd_map_lookup_and_delete(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	struct map *map;
	int err;

	(void)user;
	(void)size;
	if (a->flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	err = begin(attr, FD_READ | FD_WRITE, false, &map);
	if (err)
		return err;
	if (a->flags && (map->type == BPF_MAP_TYPE_QUEUE || map->type == BPF_MAP_TYPE_STACK))
		err = -EINVAL;
	else
		err = check_lock_flag(map, a->flags);
	if (!err && !a->value)
		err = -EFAULT;
	if (!err)
		err = map_user_lookup_and_delete(map, attr_ptr(a->key), attr_ptr(a->value),
						 a->flags);
	map_put(map);
	return err;
}

/*
 * Writable shared mappings of the file behind a map: each line of /proc/self/maps is one. The map's
 * own, through which programs write, is among them.
 */
static u32 writable_mappings(int memory)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	struct stat st;
	char line[512];
	u32 n = 0;

	if (!maps)
		return 0;
	if (fstat(memory, &st)) {
		fclose(maps);
		return 0;
	}
	while (fgets(line, sizeof(line), maps)) {
		unsigned int major_nr, minor_nr;
		uint64_t inode;
		char perms[5];

		if (sscanf(line, "%*x-%*x %4s %*x %x:%x %" SCNu64, perms, &major_nr, &minor_nr,
			   &inode) != 4)
			continue;
		if (perms[1] == 'w' && perms[3] == 's' && inode == st.st_ino &&
		    makedev(major_nr, minor_nr) == st.st_dev)
			n++;
	}
	fclose(maps);
	return n;
}

long cmd_map_freeze(union attr *attr, union bpf_attr *user, u32 size)
{
	struct map *map;
	u32 mode;
	int err, memory;

	(void)user;
	(void)size;
	err = map_from_fd((int)attr->uapi.map_fd, &map, &mode);
	if (err)
		return err;
	memory = map->ops->mmap_fd ? map->ops->mmap_fd(map) : -1;
	if (map->record)
		err = -ENOTSUPP;
	else if (!(mode & FD_WRITE))
		err = -EPERM;
	else if (memory >= 0 && writable_mappings(memory) > 1)
		err = -EBUSY;
	else
		err = map_user_freeze(map);
	/* Existing mappings are read-only by now; new ones must be too. */
	if (!err && memory >= 0)
		fcntl(memory, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	map_put(map);
	return err;
}

static long batch(union attr *attr, union bpf_attr *user, int cmd, u32 need)
{
	struct map *map;
	u32 mode;
	int err;

	err = map_from_fd((int)attr->uapi.batch.map_fd, &map, &mode);
	if (err)
		return err;
	if ((mode & need) != need)
		err = -EPERM;
	else
		err = map_user_batch(map, cmd, &attr->uapi);
	/* How many were done is told even, and above all, when it ended early. */
	user->batch.count = attr->uapi.batch.count;
	map_put(map);
	return err;
}

long cmd_map_lookup_batch(union attr *attr, union bpf_attr *user, u32 size)
{
	(void)size;
	return batch(attr, user, BPF_MAP_LOOKUP_BATCH, FD_READ);
}

long cmd_map_lookup_and_delete_batch(union attr *attr, union bpf_attr *user, u32 size)
{
	(void)size;
	return batch(attr, user, BPF_MAP_LOOKUP_AND_DELETE_BATCH, FD_READ | FD_WRITE);
}

long cmd_map_update_batch(union attr *attr, union bpf_attr *user, u32 size)
{
	(void)size;
	return batch(attr, user, BPF_MAP_UPDATE_BATCH, FD_WRITE);
}

long cmd_map_delete_batch(union attr *attr, union bpf_attr *user, u32 size)
{
	(void)size;
	return batch(attr, user, BPF_MAP_DELETE_BATCH, FD_WRITE);
}
