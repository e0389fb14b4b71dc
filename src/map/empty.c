// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "private.h"
#include "vmlinux/vmlinux.h"

/*
 * Maps whose contents do not exist here: sockets, cgroups, stack traces, tables of functions. They
 * can be made, so that objects that declare them load and programs that use them are verified; a
 * lookup finds nothing, and an update gets what a kernel says to a descriptor that is of no use to
 * it.
 */
#define STACK_DEPTH_MAX 127u
#define BUILD_ID_SIZE	32u
#define KEY_MAX		512u
/* Measured on 6.18. */
#define STORAGE_VALUE_MAX 65464u

static int empty_alloc(const union bpf_attr *attr, struct map **out)
{
	(void)attr;
	*out = calloc(1, sizeof(**out));
	return *out ? 0 : -ENOMEM;
}

static void empty_free(struct map *map)
{
	free(map);
}

static void *empty_lookup(struct map *map, const void *key)
{
	(void)map;
	(void)key;
	return NULL;
}

static u32 index_of(const void *key)
{
	u32 index;

	memcpy(&index, key, sizeof(index));
	return index;
}

/* -EBADF for no descriptor, -ENOTSOCK for one of something else, @err for a socket. */
static int refuse_socket(int fd, int err)
{
	socklen_t len = sizeof(int);
	int type;

	if (fcntl(fd, F_GETFD) < 0)
		return -EBADF;
	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) ? -errno : err;
}

static int no_next(struct map *map, const void *key, void *next)
{
	(void)map;
	(void)key;
	(void)next;
	return -ENOENT;
}

/* Values of sockets are descriptors on the way in and cookies, if they fit, on the way out. */
static bool is_socket_value(u32 size)
{
	return size == sizeof(u32) || size == sizeof(u64);
}

static int socket_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	(void)key;
	(void)value;
	(void)flags;
	return map->value_size == sizeof(u64) ? -ENOENT : -ENOSPC;
}

/* -EINVAL for what cannot be one. */
static int value_fd(const struct map *map, const void *value, int *fd)
{
	u64 wide = 0;

	memcpy(&wide, value, map->value_size);
	if (wide > S32_MAX)
		return -EINVAL;
	*fd = (int)wide;
	return 0;
}

/* ------------------------------------------------------------------------- SOCKMAP, SOCKHASH */

static int sock_check(const union bpf_attr *attr)
{
	if (!attr->max_entries || !attr->key_size || !is_socket_value(attr->value_size) ||
	    attr->map_flags & ~(u32)(BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	return 0;
}

static int sockmap_check(const union bpf_attr *attr)
{
	return attr->key_size == sizeof(u32) ? sock_check(attr) : -EINVAL;
}

static int sockhash_check(const union bpf_attr *attr)
{
	int err = sock_check(attr);

	if (err)
		return err;
	if (attr->key_size > KEY_MAX)
		return -E2BIG;
	return attr->max_entries > BIT(30) ? -EINVAL : 0;
}

static int sock_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	int fd, err = value_fd(map, value, &fd);

	(void)key;
	(void)flags;
	return err ? err : refuse_socket(fd, -EOPNOTSUPP);
}

/* By a program: it has no socket to pass. */
static long sock_update(struct map *map, const void *key, const void *value, u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	(void)flags;
	return -EOPNOTSUPP;
}

static long sockmap_remove(struct map *map, const void *key)
{
	(void)map;
	(void)key;
	return -EINVAL;
}

static long sockhash_remove(struct map *map, const void *key)
{
	(void)map;
	(void)key;
	return -ENOENT;
}

const struct map_ops sockmap_ops = {
	.check = sockmap_check,
	.alloc = empty_alloc,
	.free = empty_free,
	.check_btf = map_no_btf,
	.lookup = empty_lookup,
	.update = sock_update,
	.remove = sockmap_remove,
	.user_lookup = socket_user_lookup,
	.user_update = sock_user_update,
	.next_key = array_next_key,
	.meta_equal = map_meta_like,
};

const struct map_ops sockhash_ops = {
	.check = sockhash_check,
	.alloc = empty_alloc,
	.free = empty_free,
	.check_btf = map_no_btf,
	.lookup = empty_lookup,
	.update = sock_update,
	.remove = sockhash_remove,
	.user_lookup = socket_user_lookup,
	.user_update = sock_user_update,
	.next_key = no_next,
	.meta_equal = map_meta_like,
};

/* ----------------------------------------------------------------------- REUSEPORT_SOCKARRAY */

static int reuseport_check(const union bpf_attr *attr)
{
	const u32 flags = BPF_F_NUMA_NODE | MAP_ACCESS_FLAGS;

	if (!attr->max_entries || attr->key_size != sizeof(u32) ||
	    !is_socket_value(attr->value_size) || attr->map_flags & ~flags ||
	    !map_access_flags_ok(attr->map_flags))
		return -EINVAL;
	return 0;
}

static int reuseport_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	int fd, err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (index_of(key) >= map->max_entries)
		return -E2BIG;
	if (map->value_size == sizeof(u32)) {
		fd = (int)index_of(value);
	} else {
		err = value_fd(map, value, &fd);
		if (err)
			return err;
	}
	return refuse_socket(fd, flags == BPF_EXIST ? -ENOENT : -EINVAL);
}

static int index_user_delete(struct map *map, const void *key)
{
	return index_of(key) >= map->max_entries ? -E2BIG : -ENOENT;
}

const struct map_ops reuseport_array_ops = {
	.check = reuseport_check,
	.alloc = empty_alloc,
	.free = empty_free,
	.user_lookup = socket_user_lookup,
	.user_update = reuseport_user_update,
	.user_delete = index_user_delete,
	.next_key = array_next_key,
	.meta_equal = map_meta_like,
};

/* ------------------------------------------------------------------------------ CGROUP_ARRAY */

static int cgroup_check(const union bpf_attr *attr)
{
	const u32 flags = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY;

	if (!attr->max_entries || attr->key_size != sizeof(u32) ||
	    attr->value_size != sizeof(u32) || attr->map_flags & ~flags)
		return -EINVAL;
	return 0;
}

static int cgroup_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	(void)flags;
	return -ENOTSUPP;
}

static int cgroup_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	(void)value;
	if (flags != BPF_ANY)
		return -EINVAL;
	return index_of(key) >= map->max_entries ? -E2BIG : -EBADF;
}

const struct map_ops cgroup_array_ops = {
	.check = cgroup_check,
	.alloc = empty_alloc,
	.free = empty_free,
	.check_btf = map_no_btf,
	.user_lookup = cgroup_user_lookup,
	.user_update = cgroup_user_update,
	.user_delete = index_user_delete,
	.next_key = array_next_key,
	.meta_equal = map_meta_like,
};

/* ------------------------------------------------------------------------------- STACK_TRACE */

static int stack_trace_check(const union bpf_attr *attr)
{
	const u32 flags = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_STACK_BUILD_ID;
	u32 frame = attr->map_flags & BPF_F_STACK_BUILD_ID ? BUILD_ID_SIZE : sizeof(u64);

	if (attr->map_flags & ~flags || !attr->max_entries || attr->key_size != sizeof(u32) ||
	    !attr->value_size || attr->value_size % frame ||
	    attr->value_size / frame > STACK_DEPTH_MAX)
		return -EINVAL;
	return attr->max_entries > BIT(31) ? -E2BIG : 0;
}

static int nothing_found(struct map *map, const void *key, void *value, u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	(void)flags;
	return -ENOENT;
}

static int stack_trace_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	(void)flags;
	return -EINVAL;
}

/* Ids are indices of buckets, a power of two. */
static int stack_trace_user_delete(struct map *map, const void *key)
{
	u64 buckets = 1;

	while (buckets < map->max_entries)
		buckets *= 2;
	return index_of(key) >= buckets ? -E2BIG : -ENOENT;
}

static int no_value_to_take(struct map *map, const void *key, void *value, u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	(void)flags;
	return -ENOENT;
}

const struct map_ops stack_trace_ops = {
	.check = stack_trace_check,
	.alloc = empty_alloc,
	.free = empty_free,
	.check_btf = map_no_btf,
	.user_lookup = nothing_found,
	.user_update = stack_trace_user_update,
	.user_delete = stack_trace_user_delete,
	.user_lookup_and_delete = no_value_to_take,
	.next_key = no_next,
	.meta_equal = map_meta_like,
};

/* ------------------------------------------------------------------------------ *_STORAGE */

static int storage_check(const union bpf_attr *attr)
{
	if (!(attr->map_flags & BPF_F_NO_PREALLOC) ||
	    attr->map_flags & ~(u32)(BPF_F_NO_PREALLOC | BPF_F_CLONE) || attr->max_entries ||
	    attr->key_size != sizeof(int) || !attr->value_size || !attr->btf_key_type_id ||
	    !attr->btf_value_type_id)
		return -EINVAL;
	return attr->value_size > STORAGE_VALUE_MAX ? -E2BIG : 0;
}

static int storage_check_btf(const struct map *map, const struct btf *btf, u32 key_id)
{
	const struct btf_type *t = btf_skip_modifiers(btf, key_id, NULL);
	u32 size;

	(void)map;
	if (!t || btf_kind_of(t) != BTF_KIND_INT || btf_size(btf, key_id, &size) || size != 4)
		return -EINVAL;
	return 0;
}

/* The key is what owns the value: a socket, or, for the other types, a descriptor of something that
 * is never one here. */
static int refuse_owner(const struct map *map, const void *key, int err)
{
	int fd = (int)index_of(key);

	if (map->type == BPF_MAP_TYPE_SK_STORAGE)
		return refuse_socket(fd, err);
	return fcntl(fd, F_GETFD) < 0 || map->type != BPF_MAP_TYPE_INODE_STORAGE ? -EBADF : err;
}

static int storage_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	(void)value;
	(void)flags;
	return refuse_owner(map, key, -ENOENT);
}

static int storage_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	(void)value;
	(void)flags;
	return refuse_owner(map, key, -EOPNOTSUPP);
}

static int storage_user_delete(struct map *map, const void *key)
{
	return refuse_owner(map, key, -ENOENT);
}

const struct map_ops storage_ops = {
	.check = storage_check,
	.alloc = empty_alloc,
	.free = empty_free,
	.check_btf = storage_check_btf,
	.user_lookup = storage_user_lookup,
	.user_update = storage_user_update,
	.user_delete = storage_user_delete,
	.meta_equal = map_meta_like,
};

/* ------------------------------------------------------------ CGROUP_STORAGE, and per CPU */

#define CGROUP_KEY_SIZE 16u /* struct bpf_cgroup_storage_key; or a u64 */

static int cgroup_storage_check(const union bpf_attr *attr)
{
	const u32 flags = BPF_F_NUMA_NODE | MAP_ACCESS_FLAGS;
	u32 most = attr->map_type == BPF_MAP_TYPE_CGROUP_STORAGE ? MAP_PAGE : MAP_PERCPU_VALUE_MAX;

	if (attr->key_size != CGROUP_KEY_SIZE && attr->key_size != sizeof(u64))
		return -EINVAL;
	if (!attr->value_size)
		return -EINVAL;
	if (attr->value_size > most)
		return -E2BIG;
	return attr->map_flags & ~flags || !map_access_flags_ok(attr->map_flags) ||
			       attr->max_entries
		       ? -EINVAL
		       : 0;
}

static int cgroup_storage_check_btf(const struct map *map, const struct btf *btf, u32 key_id)
{
	const struct btf_type *t = btf_skip_modifiers(btf, key_id, NULL);
	u32 kind = map->key_size == CGROUP_KEY_SIZE ? BTF_KIND_STRUCT : BTF_KIND_INT;
	u32 size;

	if (!t || btf_kind_of(t) != kind || btf_size(btf, key_id, &size) || size != map->key_size)
		return -EINVAL;
	return 0;
}

static int cgroup_storage_user_update(struct map *map, const void *key, const void *value,
				      u64 flags)
{
	(void)key;
	(void)value;
	if (flags & ~(u64)(BPF_F_LOCK | BPF_EXIST) || (flags & BPF_F_LOCK && !map_has_lock(map)))
		return -EINVAL;
	return -ENOENT;
}

static int cgroup_storage_user_delete(struct map *map, const void *key)
{
	(void)map;
	(void)key;
	return -EINVAL;
}

const struct map_ops cgroup_storage_ops = {
	.check = cgroup_storage_check,
	.alloc = empty_alloc,
	.free = empty_free,
	.check_btf = cgroup_storage_check_btf,
	.user_lookup = nothing_found,
	.user_update = cgroup_storage_user_update,
	.user_delete = cgroup_storage_user_delete,
	.next_key = no_next,
};

/* -------------------------------------------------------------------------------- STRUCT_OPS */

/* BPF_F_LINK and the descriptor of a module's BTF, of which there is none. */
#define STRUCT_OPS_LINK BIT(13)

static int struct_ops_check(const union bpf_attr *attr)
{
	if (attr->key_size != sizeof(u32) || attr->max_entries != 1 ||
	    attr->map_flags & ~(u32)STRUCT_OPS_LINK || !attr->btf_vmlinux_value_type_id)
		return -EINVAL;
	return 0;
}

static int struct_ops_alloc(const union bpf_attr *attr, struct map **out)
{
	static const char prefix[] = "bpf_struct_ops_";
	const struct btf *btf = vmlinux_btf();
	const struct btf_type *t = btf_type(btf, attr->btf_vmlinux_value_type_id);

	if (!t || btf_kind_of(t) != BTF_KIND_STRUCT ||
	    strncmp(btf_name(btf, t), prefix, strlen(prefix)))
		return -ENOTSUPP;
	if (t->size != attr->value_size)
		return -EINVAL;
	return empty_alloc(attr, out);
}

/* Nothing was registered yet. */
static int struct_ops_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	(void)flags;
	if (index_of(key))
		return -ENOENT;
	memset(value, 0, map->value_size);
	return 0;
}

static int struct_ops_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	return flags ? -EINVAL : -EOPNOTSUPP;
}

static int struct_ops_user_delete(struct map *map, const void *key)
{
	(void)map;
	(void)key;
	return -ENOENT;
}

static int struct_ops_next_key(struct map *map, const void *key, void *next)
{
	(void)map;
	if (key && !index_of(key))
		return -ENOENT;
	memset(next, 0, sizeof(u32));
	return 0;
}

const struct map_ops struct_ops_ops = {
	.check = struct_ops_check,
	.alloc = struct_ops_alloc,
	.free = empty_free,
	.user_lookup = struct_ops_user_lookup,
	.user_update = struct_ops_user_update,
	.user_delete = struct_ops_user_delete,
	.next_key = struct_ops_next_key,
};
