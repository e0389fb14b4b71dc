// SPDX-License-Identifier: BSD-2-Clause
/*
 * The kernel as the oracle: the same attributes and the same random operations go to bpf(2) and to
 * the map room, and every result must be the same. Skipped (exit 77) where bpf(2) is not permitted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/vcpu.h"
#include "blob.h"
#include "map/map.h"

#define SKIP   77
#define MAX_FD 1024

static unsigned int failures, checks;
static u64 rng = 0x9e3779b97f4a7c15ull;

static u32 rnd(u32 below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (u32)(rng >> 32) % below;
}

/* Ours by the kernel's descriptor, which both sides name objects by. */
static struct map *ours[MAX_FD];
/* One BTF, on both sides. */
static struct btf *our_btf;
static int kernel_btf;

static struct object *from_fd(int fd)
{
	if (fd < 0 || fd >= MAX_FD || !ours[fd])
		return NULL;
	object_get(&ours[fd]->obj);
	return &ours[fd]->obj;
}

static int kernel(int cmd, union bpf_attr *attr, u32 size)
{
	long r = syscall(SYS_bpf, cmd, attr, size);

	return r < 0 ? -errno : (int)r;
}

static const char *err_text(int err)
{
	static char text[4][40];
	static int turn;
	char *at = text[turn++ % 4];

	if (err >= 0)
		snprintf(at, 40, "%d", err);
	else
		snprintf(at, 40, "-%s", err == -ENOTSUPP ? "ENOTSUPP" : strerrorname_np(-err));
	return at;
}

#define SAME(k, u, ...)                                                       \
	do {                                                                  \
		int _k = (k), _u = (u);                                       \
		checks++;                                                     \
		if (_k == _u)                                                 \
			break;                                                \
		failures++;                                                   \
		printf("# kernel %s, here %s: ", err_text(_k), err_text(_u)); \
		printf(__VA_ARGS__);                                          \
		printf("\n");                                                 \
	} while (0)

static int create(union bpf_attr *attr)
{
	int fd = kernel(BPF_MAP_CREATE, attr, sizeof(*attr));
	struct map *map = NULL, *inner = NULL;
	int err;

	if (attr->inner_map_fd > 0 && attr->inner_map_fd < MAX_FD)
		inner = ours[attr->inner_map_fd];
	err = map_create(attr, our_btf, inner, &map);
	SAME(fd < 0 ? fd : 0, err,
	     "create type %u key %u value %u max %u flags %#x numa %d extra %llu inner %d btf %u "
	     "%u",
	     attr->map_type, attr->key_size, attr->value_size, attr->max_entries, attr->map_flags,
	     (int)attr->numa_node, attr->map_extra, (int)attr->inner_map_fd, attr->btf_key_type_id,
	     attr->btf_value_type_id);
	if (fd < 0 || err || fd >= MAX_FD) {
		if (fd >= 0)
			close(fd);
		if (!err)
			map_put(map);
		return -1;
	}
	ours[fd] = map;
	return fd;
}

static void destroy(int fd)
{
	if (fd < 0)
		return;
	map_put(ours[fd]);
	ours[fd] = NULL;
	close(fd);
}

static void compare_info(int fd)
{
	struct bpf_map_info info = {0};
	union bpf_attr attr = {0};
	struct map *map = ours[fd];

	attr.info.bpf_fd = (u32)fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (uintptr_t)&info;
	if (kernel(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)))
		return;
	SAME((int)info.max_entries, (int)map->max_entries, "max_entries of type %u", map->type);
	SAME((int)info.map_flags, (int)map->flags, "map_flags of type %u", map->type);
	SAME((int)info.key_size, (int)map->key_size, "key_size of type %u", map->type);
	SAME((int)info.value_size, (int)map->value_size, "value_size of type %u", map->type);
}

static u32 pick(const u32 *from, u32 n)
{
	return from[rnd(n)];
}
#define PICK(...)                                         \
	({                                                \
		static const u32 _from[] = {__VA_ARGS__}; \
		pick(_from, ARRAY_SIZE(_from));           \
	})

static u32 usual_key(u32 type)
{
	switch (type) {
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_USER_RINGBUF:
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
	case BPF_MAP_TYPE_BLOOM_FILTER:
		return 0;
	case BPF_MAP_TYPE_LPM_TRIE:
		return 8;
	default:
		return 4;
	}
}

/* Types that there is no emulation of are refused, whatever the kernel does. */
static bool supported(u32 type)
{
	switch (type) {
	case BPF_MAP_TYPE_STRUCT_OPS:
	case BPF_MAP_TYPE_ARENA_:
		return false;
	default:
		return true;
	}
}

static bool is_storage(u32 type)
{
	return type == BPF_MAP_TYPE_SK_STORAGE || type == BPF_MAP_TYPE_INODE_STORAGE ||
	       type == BPF_MAP_TYPE_TASK_STORAGE || type == BPF_MAP_TYPE_CGRP_STORAGE_;
}

/* BTF types beside all types of maps, sizes fitting or not. */
static void test_types(int inner)
{
	static const u32 sizes[BLOB_IDS] = {
		[BLOB_U32] = 4, [BLOB_LOCKED] = 12, [BLOB_PLAIN] = 12,
		[BLOB_U64] = 8, [BLOB_BSS] = 4,	    [BLOB_ALIAS] = 4,
	};

	for (int i = 0; i < 6000; i++) {
		union bpf_attr attr = {.inner_map_fd = (u32)inner, .btf_fd = (u32)kernel_btf};

		do
			attr.map_type = 1 + rnd(32);
		while (!supported(attr.map_type));
		attr.btf_key_type_id =
			PICK(0, BLOB_U32, BLOB_U64, BLOB_PLAIN, BLOB_ALIAS, BLOB_BSS, 99);
		attr.btf_value_type_id =
			PICK(0, BLOB_U32, BLOB_LOCKED, BLOB_PLAIN, BLOB_U64, BLOB_BSS, 99);
		attr.key_size = usual_key(attr.map_type);
		if (attr.map_type != BPF_MAP_TYPE_ARRAY && attr.btf_key_type_id < BLOB_IDS &&
		    rnd(3))
			attr.key_size = sizes[attr.btf_key_type_id];
		attr.value_size = PICK(4, 8, 12);
		if (attr.btf_value_type_id < BLOB_IDS && rnd(4))
			attr.value_size = sizes[attr.btf_value_type_id];
		attr.max_entries = PICK(1, 2, 4096);
		if (attr.map_type == BPF_MAP_TYPE_CPUMAP)
			attr.max_entries = 2;
		if (attr.map_type == BPF_MAP_TYPE_LPM_TRIE)
			attr.map_flags = BPF_F_NO_PREALLOC;
		else if (is_storage(attr.map_type) && rnd(8)) {
			attr.map_flags = BPF_F_NO_PREALLOC;
			attr.max_entries = 0;
		} else if (!rnd(4))
			attr.map_flags = PICK(BPF_F_RDONLY_PROG, BPF_F_WRONLY_PROG);
		destroy(create(&attr));
	}
}

/* Sizes that the kernel would really allocate are kept small. */
static void test_create(int inner)
{
	for (int i = 0; i < 4000; i++) {
		union bpf_attr attr = {0};
		bool huge;
		int fd;

		do
			attr.map_type = rnd(38);
		while (!supported(attr.map_type));
		attr.key_size = rnd(3) ? usual_key(attr.map_type)
				       : PICK(0, 1, 2, 4, 5, 8, 12, 260, 261, 4194251, 4194252);
		attr.value_size =
			rnd(3) ? PICK(0, 4, 8)
			       : PICK(0, 1, 4, 7, 8, 12, 32768, 32769, 4194024, 4194025, 4194247,
				      4194248, 4194304, 4194305, 0x80000000, 0xffffffff);
		huge = attr.value_size > 4096 || attr.key_size > 4096;
		attr.max_entries = PICK(0, 1, 2, 3, 5);
		if (!huge && !rnd(3))
			attr.max_entries = PICK(64, 100, 256, 2048, 4096, 8192, 12288);
		if (!rnd(2))
			attr.map_flags = 1u << rnd(16);
		if (!rnd(6))
			attr.map_flags |= 1u << rnd(16);
		if (attr.map_type == BPF_MAP_TYPE_LPM_TRIE && rnd(4))
			attr.map_flags |= BPF_F_NO_PREALLOC;
		/* NR_CPUS is the kernel's configuration. */
		if (attr.map_type == BPF_MAP_TYPE_CPUMAP && attr.max_entries > 256)
			attr.max_entries = 256;
		if (!rnd(4))
			attr.numa_node = PICK(0, 1, 50, 0xffffffff);
		if (!rnd(8))
			attr.map_extra = PICK(1, 15, 16);
		if (!rnd(30))
			attr.map_ifindex = PICK(1, 99999);
		attr.inner_map_fd = rnd(4) ? (u32)inner : MAX_FD - 1;
		if (!rnd(10))
			snprintf(attr.map_name, sizeof(attr.map_name), "%s",
				 rnd(2) ? "a_b.C9" : "a-b");
		fd = create(&attr);
		if (fd >= 0)
			compare_info(fd);
		destroy(fd);
	}
	test_types(inner);
	/* Only ever too many. */
	for (u32 type = 1; type < 33; type++) {
		static const u32 sizes[] = {BIT(27) + 1, BIT(28), BIT(31), BIT(31) + 1, U32_MAX};

		for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
			union bpf_attr attr = {.map_type = type,
					       .key_size = usual_key(type),
					       .value_size = 4,
					       .max_entries = sizes[i],
					       .inner_map_fd = (u32)inner};

			if (type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH ||
			    type == BPF_MAP_TYPE_LRU_HASH || type == BPF_MAP_TYPE_HASH_OF_MAPS)
				destroy(create(&attr));
		}
	}
}

/* One operation on both sides. Buffers are compared after what must have been written. */
static u8 key_buf[512], value_buf[4096], k_out[8192], u_out[8192];

static int elem(int cmd, int fd, void *key, void *value, u64 flags)
{
	union bpf_attr attr = {0};

	attr.map_fd = (u32)fd;
	attr.key = (uintptr_t)key;
	attr.value = (uintptr_t)value;
	if (cmd != BPF_MAP_DELETE_ELEM && cmd != BPF_MAP_GET_NEXT_KEY)
		attr.flags = flags;
	return kernel(cmd, &attr, sizeof(attr));
}

static void op_lookup(int fd, bool delete, u64 flags)
{
	struct map *map = ours[fd];
	u8 *key = map->key_size ? key_buf : NULL;
	u32 size = map_user_value_size(map);
	int k, u;

	/* A bloom filter is asked with the value. */
	memcpy(k_out, value_buf, size);
	memcpy(u_out, value_buf, size);
	k = elem(delete ? BPF_MAP_LOOKUP_AND_DELETE_ELEM : BPF_MAP_LOOKUP_ELEM, fd, key, k_out,
		 flags);
	u = delete ? map_user_lookup_and_delete(map, key, u_out, flags)
		   : map_user_lookup(map, key, u_out, flags);
	SAME(k, u, "%s type %u flags %llu", delete ? "take" : "lookup", map->type,
	     (unsigned long long)flags);
	/* Ids of what is inside differ. */
	if (!k && !u && !map->inner_meta)
		SAME(0, !!memcmp(k_out, u_out, size), "value after lookup, type %u", map->type);
}

static void op_update(int fd, u64 flags)
{
	struct map *map = ours[fd];
	u8 *key = map->key_size ? key_buf : NULL;
	int k = elem(BPF_MAP_UPDATE_ELEM, fd, key, value_buf, flags);
	int u = map_user_update(map, key, value_buf, flags);

	SAME(k, u, "update type %u flags %llu", map->type, (unsigned long long)flags);
}

static void op_delete(int fd)
{
	struct map *map = ours[fd];
	u8 *key = map->key_size ? key_buf : NULL;
	int k = elem(BPF_MAP_DELETE_ELEM, fd, key, NULL, 0);

	SAME(k, map_user_delete(map, key), "delete type %u", map->type);
}

static bool ordered(const struct map *map)
{
	switch (map->type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return false;
	default:
		return true;
	}
}

/* Whether a hash map has a next key depends on the order of its keys, but for the first. */
static void op_next(int fd)
{
	struct map *map = ours[fd];
	u8 *key = map->key_size && ordered(map) && rnd(4) ? key_buf : NULL;
	int k = elem(BPF_MAP_GET_NEXT_KEY, fd, key, k_out, 0);
	int u = map_user_next_key(map, key, u_out);

	SAME(k, u, "next key type %u", map->type);
	if (!k && !u && ordered(map))
		SAME(0, !!memcmp(k_out, u_out, map->key_size), "next key of type %u", map->type);
}

/* All elements by next key: as many here as there, and each there too. */
static void compare_all(int fd)
{
	struct map *map = ours[fd];
	u32 size = map_user_value_size(map), n[2] = {0, 0};
	u8 key[512], *prev = NULL;

	if (!map->key_size || elem(BPF_MAP_GET_NEXT_KEY, fd, NULL, key, 0) == -ENOTSUPP)
		return;
	while (n[0] < 100000 && !elem(BPF_MAP_GET_NEXT_KEY, fd, prev, key, 0)) {
		int k = elem(BPF_MAP_LOOKUP_ELEM, fd, key, k_out, 0);
		int u = map_user_lookup(map, key, u_out, 0);

		SAME(k, u, "lookup on a walk, type %u", map->type);
		if (!k && !u && !map->inner_meta)
			SAME(0, !!memcmp(k_out, u_out, size), "value on a walk, type %u",
			     map->type);
		prev = key;
		n[0]++;
	}
	prev = NULL;
	while (n[1] < 100000 && !map_user_next_key(map, prev, key)) {
		prev = key;
		n[1]++;
	}
	SAME((int)n[0], (int)n[1], "number of elements, type %u", map->type);
}

static void op_batch(int fd)
{
	static const int cmds[] = {BPF_MAP_LOOKUP_BATCH, BPF_MAP_LOOKUP_AND_DELETE_BATCH,
				   BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH};
	static u8 keys[4096], values[65536], k_keys[4096], k_values[65536], out[512];
	struct map *map = ours[fd];
	int cmd = cmds[rnd(4)], k, u;
	union bpf_attr attr = {0}, user;
	bool reads = cmd == BPF_MAP_LOOKUP_BATCH || cmd == BPF_MAP_LOOKUP_AND_DELETE_BATCH;

	for (u32 i = 0; i < sizeof(keys); i++)
		keys[i] = k_keys[i] = i % map->key_size ? 0 : (u8)rnd(12);
	if (map->type == BPF_MAP_TYPE_LPM_TRIE) {
		for (u32 i = 0; i < 8; i++) {
			keys[i * 8] = k_keys[i * 8] = (u8)rnd(34);
			keys[i * 8 + 4] = k_keys[i * 8 + 4] = (u8)rnd(256);
		}
	}
	for (u32 i = 0; i < sizeof(values); i++)
		values[i] = k_values[i] = (u8)rnd(256);
	attr.batch.map_fd = (u32)fd;
	/* Where a hash map's batch ends is a matter of its buckets: all of it, or nothing. */
	attr.batch.count = reads && !ordered(map) ? PICK(0, 64) : rnd(8);
	if (!rnd(8))
		attr.batch.flags = 1;
	if (!rnd(8))
		attr.batch.elem_flags = PICK(1, 2, 4, 8);
	attr.batch.keys = (uintptr_t)k_keys;
	attr.batch.values = (uintptr_t)k_values;
	attr.batch.out_batch = (uintptr_t)out;
	if (reads && ordered(map) && rnd(2))
		attr.batch.in_batch = (uintptr_t)key_buf;
	user = attr;
	user.batch.keys = (uintptr_t)keys;
	user.batch.values = (uintptr_t)values;
	k = kernel(cmd, &attr, sizeof(attr));
	u = map_user_batch(map, cmd, &user);
	SAME(k, u, "batch %d type %u count %u flags %llu elem_flags %llu", cmd, map->type,
	     attr.batch.count, attr.batch.flags, attr.batch.elem_flags);
	SAME((int)attr.batch.count, (int)user.batch.count, "batch count, command %d type %u", cmd,
	     map->type);
	if (reads && ordered(map) && !map->inner_meta && attr.batch.count == user.batch.count &&
	    k == u) {
		SAME(0, !!memcmp(keys, k_keys, attr.batch.count * map->key_size),
		     "keys of a batch, type %u", map->type);
		SAME(0, !!memcmp(values, k_values, attr.batch.count * map_user_value_size(map)),
		     "values of a batch, type %u", map->type);
	}
}

struct kind {
	u32 type, key_size, value_size, max_entries, flags, value_id;
};

static void random_key(const struct map *map, bool wide)
{
	u32 n = wide ? 40 : 12;

	memset(key_buf, 0, sizeof(key_buf));
	if (map->type == BPF_MAP_TYPE_LPM_TRIE) {
		u32 bits = (map->key_size - 4) * 8;
		u32 len = rnd(bits + 2);

		memcpy(key_buf, &len, 4);
		for (u32 i = 4; i < map->key_size; i++)
			key_buf[i] = (u8)(rnd(3) ? rnd(2) << 7 : rnd(256));
		return;
	}
	key_buf[0] = (u8)rnd(n);
	if (map->key_size > 4)
		key_buf[map->key_size - 1] = (u8)rnd(2);
}

static void random_value(const struct map *map, int inner, int other)
{
	u32 size = map_user_value_size(map);

	for (u32 i = 0; i < size; i++)
		value_buf[i] = (u8)rnd(256);
	if (map->type == BPF_MAP_TYPE_BLOOM_FILTER)
		memset(value_buf, (int)rnd(20), size);
	if (map->inner_meta || map->type == BPF_MAP_TYPE_PROG_ARRAY ||
	    map->type == BPF_MAP_TYPE_XSKMAP || map->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY) {
		u32 fd = rnd(3) ? (u32)inner : rnd(2) ? (u32)other : PICK(0, 1023, U32_MAX);

		memcpy(value_buf, &fd, 4);
	}
	if (map->type == BPF_MAP_TYPE_DEVMAP || map->type == BPF_MAP_TYPE_DEVMAP_HASH ||
	    map->type == BPF_MAP_TYPE_CPUMAP) {
		bool cpu = map->type == BPF_MAP_TYPE_CPUMAP;
		u32 v[2] = {cpu ? PICK(0, 1, 192, 16384, 16385) : PICK(0, 1, 1, 1, 99999),
			    rnd(4) ? 0 : PICK(1023, U32_MAX, 0)};

		if (!rnd(6))
			v[1] = (u32)inner;
		memcpy(value_buf, v, map->value_size);
	}
}

static u64 random_flags(void)
{
	if (rnd(3))
		return BPF_ANY;
	return rnd(6) ? rnd(5) : BIT64(rnd(40));
}

static void test_ops(const struct kind *kind, int inner, int other, int rounds)
{
	union bpf_attr attr = {.map_type = kind->type,
			       .key_size = kind->key_size,
			       .value_size = kind->value_size,
			       .max_entries = kind->max_entries,
			       .map_flags = kind->flags,
			       .inner_map_fd = (u32)inner,
			       .btf_fd = (u32)kernel_btf,
			       .btf_key_type_id = kind->value_id ? BLOB_U32 : 0,
			       .btf_value_type_id = kind->value_id};
	int fd = create(&attr);

	if (fd < 0)
		return;
	for (int i = 0; i < rounds; i++) {
		random_key(ours[fd], true);
		random_value(ours[fd], inner, other);
		switch (rnd(12)) {
		case 0 ... 4:
			op_update(fd, random_flags());
			break;
		case 5 ... 6:
			op_lookup(fd, false, rnd(6) ? 0 : random_flags());
			break;
		case 7:
			op_lookup(fd, true, rnd(6) ? 0 : random_flags());
			break;
		case 8 ... 9:
			op_delete(fd);
			break;
		case 10:
			op_next(fd);
			break;
		default:
			if (kind->key_size)
				op_batch(fd);
		}
		if (i % 64 == 0)
			compare_all(fd);
	}
	compare_all(fd);
	{
		union bpf_attr freeze = {.map_fd = (u32)fd};

		SAME(kernel(BPF_MAP_FREEZE, &freeze, sizeof(freeze)), map_user_freeze(ours[fd]),
		     "freeze type %u", kind->type);
		SAME(kernel(BPF_MAP_FREEZE, &freeze, sizeof(freeze)), map_user_freeze(ours[fd]),
		     "second freeze type %u", kind->type);
	}
	op_update(fd, 0);
	op_delete(fd);
	op_lookup(fd, false, 0);
	op_lookup(fd, true, 0);
	op_next(fd);
	if (kind->key_size)
		op_batch(fd);
	destroy(fd);
}

static const struct kind kinds[] = {
	{BPF_MAP_TYPE_ARRAY, 4, 8, 30, 0},
	{BPF_MAP_TYPE_ARRAY, 4, 13, 30, 0},
	{BPF_MAP_TYPE_ARRAY, 4, 8, 30, BPF_F_MMAPABLE},
	{BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 30, 0},
	{BPF_MAP_TYPE_HASH, 4, 8, 20, 0},
	{BPF_MAP_TYPE_HASH, 4, 8, 20, BPF_F_NO_PREALLOC},
	{BPF_MAP_TYPE_HASH, 8, 3, 100, 0},
	{BPF_MAP_TYPE_HASH, 37, 100, 30, 0},
	{BPF_MAP_TYPE_PERCPU_HASH, 4, 12, 20, 0},
	{BPF_MAP_TYPE_PERCPU_HASH, 5, 8, 20, BPF_F_NO_PREALLOC},
	{BPF_MAP_TYPE_LRU_HASH, 4, 8, 2000, 0},
	{BPF_MAP_TYPE_LRU_HASH, 4, 8, 2000, BPF_F_NO_COMMON_LRU},
	{BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 2000, 0},
	{BPF_MAP_TYPE_LPM_TRIE, 8, 8, 40, BPF_F_NO_PREALLOC},
	{BPF_MAP_TYPE_LPM_TRIE, 5, 1, 400, BPF_F_NO_PREALLOC},
	{BPF_MAP_TYPE_LPM_TRIE, 20, 4, 30, BPF_F_NO_PREALLOC},
	{BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 20, 0},
	{BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 20, 0},
	{BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0},
	{BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 20, 0},
	{BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 20, 0},
	{BPF_MAP_TYPE_HASH_OF_MAPS, 9, 4, 20, BPF_F_NO_PREALLOC},
	{BPF_MAP_TYPE_DEVMAP, 4, 4, 20, 0},
	{BPF_MAP_TYPE_DEVMAP, 4, 8, 20, 0},
	{BPF_MAP_TYPE_DEVMAP_HASH, 4, 4, 20, 0},
	{BPF_MAP_TYPE_DEVMAP_HASH, 4, 8, 20, 0},
	{BPF_MAP_TYPE_CPUMAP, 4, 4, 20, 0},
	{BPF_MAP_TYPE_CPUMAP, 4, 8, 20, 0},
	{BPF_MAP_TYPE_XSKMAP, 4, 4, 20, 0},
	{BPF_MAP_TYPE_QUEUE, 0, 8, 5, 0},
	{BPF_MAP_TYPE_STACK, 0, 8, 5, 0},
	{BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 100, 0},
	{BPF_MAP_TYPE_STACK_TRACE, 4, 16, 20, 0},
	{BPF_MAP_TYPE_CGROUP_ARRAY, 4, 4, 20, 0},
	{BPF_MAP_TYPE_SOCKMAP, 4, 4, 20, 0},
	{BPF_MAP_TYPE_SOCKMAP, 4, 8, 20, 0},
	{BPF_MAP_TYPE_SOCKHASH, 4, 4, 20, 0},
	{BPF_MAP_TYPE_SOCKHASH, 12, 8, 20, 0},
	{BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 4, 20, 0},
	{BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 8, 20, 0},
	{BPF_MAP_TYPE_SK_STORAGE, 4, 8, 0, BPF_F_NO_PREALLOC, BLOB_U64},
	{BPF_MAP_TYPE_TASK_STORAGE, 4, 8, 0, BPF_F_NO_PREALLOC, BLOB_U64},
	{BPF_MAP_TYPE_CGRP_STORAGE_, 4, 8, 0, BPF_F_NO_PREALLOC, BLOB_U64},
	{BPF_MAP_TYPE_USER_RINGBUF, 0, 0, 4096, 0},
	{BPF_MAP_TYPE_CGROUP_STORAGE, 8, 8, 0, 0},
	{BPF_MAP_TYPE_CGROUP_STORAGE, 16, 8, 0, 0},
	{BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, 16, 8, 0, 0},
	{BPF_MAP_TYPE_HASH, 4, 12, 20, 0, BLOB_LOCKED},
	{BPF_MAP_TYPE_HASH, 4, 12, 20, BPF_F_NO_PREALLOC, BLOB_LOCKED},
	{BPF_MAP_TYPE_ARRAY, 4, 12, 20, 0, BLOB_LOCKED},
};

/* Bug fixes and limits differ between kernels: the semantics are those of 6.18. */
static bool kernel_usable(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	struct utsname name;
	int fd;

	if (uname(&name) || strncmp(name.release, "6.18.", 5)) {
		printf("# skipped: the kernel is not 6.18\n");
		return false;
	}
	fd = kernel(BPF_MAP_CREATE, &attr, sizeof(attr));
	if (fd < 0) {
		printf("# skipped: bpf(2): %s\n", strerror(-fd));
		return false;
	}
	close(fd);
	return true;
}

static bool load_btf(void)
{
	union bpf_attr attr = {0};
	u32 size;
	void *blob = btf_blob(&size, false);

	attr.btf = (uintptr_t)blob;
	attr.btf_size = size;
	kernel_btf = kernel(BPF_BTF_LOAD, &attr, sizeof(attr));
	SAME(kernel_btf < 0 ? kernel_btf : 0, btf_parse(blob, size, NULL, &our_btf), "BTF_LOAD");
	free(blob);
	return kernel_btf >= 0 && our_btf;
}

int main(int argc, char **argv)
{
	union bpf_attr inner_attr = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 4, .max_entries = 1};
	union bpf_attr other_attr = inner_attr;
	int inner, other;

	if (argc > 1)
		rng += strtoull(argv[1], NULL, 0);
	if (!kernel_usable())
		return SKIP;
	object_from_fd = from_fd;
	other_attr.value_size = 8;
	inner = create(&inner_attr);
	other = create(&other_attr);
	if (inner < 0 || other < 0 || !load_btf())
		return 1;
	test_create(inner);
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++)
		/* The kernel waits for a grace period at each update of a map of maps. */
		test_ops(&kinds[i], inner, other,
			 kinds[i].type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
					 kinds[i].type == BPF_MAP_TYPE_HASH_OF_MAPS
				 ? 120
				 : 1200);
	destroy(inner);
	destroy(other);
	btf_put(our_btf);
	rcu_quiesce();
	SAME(0, (int)object_count(OBJECT_MAP), "maps left");
	printf("# %u results compared, %u differ\n", checks, failures);
	return failures != 0;
}
