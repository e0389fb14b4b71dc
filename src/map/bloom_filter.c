// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <sys/mman.h>

#include "base/hash.h"
#include "private.h"
#include "table.h"

#define BLOOM_FLAGS    (BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | MAP_ACCESS_FLAGS)
#define VALUE_MAX      (4u << 20)
#define HASHES_MASK    0xfu
#define HASHES_DEFAULT 5u
#define BITS_MAX       BIT64(32)

/* A set that answers "no" or "perhaps". Bits are only ever set, so there is nothing to lock. */
struct bloom_map {
	struct map map;
	u64 *bits;
	size_t mapped;
	u64 mask; /* number of bits - 1 */
	u64 seed;
	u32 hashes;
};

static inline struct bloom_map *bloom_of(const struct map *map)
{
	return container_of(map, struct bloom_map, map);
}

static int bloom_check(const union bpf_attr *attr)
{
	if (attr->value_size > VALUE_MAX)
		return -E2BIG;
	if (attr->key_size || !attr->value_size || !attr->max_entries ||
	    attr->map_flags & ~BLOOM_FLAGS || !map_access_flags_ok(attr->map_flags) ||
	    attr->map_extra & ~(u64)HASHES_MASK)
		return -EINVAL;
	return 0;
}

static int bloom_alloc(const union bpf_attr *attr, struct map **out)
{
	struct bloom_map *bloom = calloc(1, sizeof(*bloom));
	u64 want, bits = 64;
	void *p;

	if (!bloom)
		return -ENOMEM;
	bloom->hashes = attr->map_extra ? (u32)attr->map_extra : HASHES_DEFAULT;
	/* entries * hashes / ln 2 makes half of the bits set when the filter is full. */
	want = (u64)attr->max_entries * bloom->hashes / 5 * 7 + 7;
	while (bits < want && bits < BITS_MAX)
		bits <<= 1;
	bloom->mask = bits - 1;
	bloom->seed = attr->map_flags & BPF_F_ZERO_SEED ? 0 : table_random(bloom);
	bloom->mapped = round_up_to(bits / 8, MAP_PAGE);
	p = mmap(NULL, bloom->mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		free(bloom);
		return -ENOMEM;
	}
	bloom->bits = p;
	*out = &bloom->map;
	return 0;
}

static void bloom_free(struct map *map)
{
	struct bloom_map *bloom = bloom_of(map);

	munmap(bloom->bits, bloom->mapped);
	free(bloom);
}

static int bloom_check_btf(const struct map *map, const struct btf *btf, u32 key_id)
{
	(void)map;
	(void)btf;
	return key_id ? -EINVAL : 0;
}

static long bloom_push(struct map *map, const void *value, u64 flags)
{
	struct bloom_map *bloom = bloom_of(map);

	if (flags != BPF_ANY)
		return -EINVAL;
	for (u32 i = 0; i < bloom->hashes; i++) {
		u64 bit = hash_bytes(value, map->value_size, bloom->seed + i) & bloom->mask;

		__atomic_fetch_or(&bloom->bits[bit / 64], BIT64(bit % 64), __ATOMIC_RELAXED);
	}
	return 0;
}

static long bloom_peek(struct map *map, void *value)
{
	struct bloom_map *bloom = bloom_of(map);

	for (u32 i = 0; i < bloom->hashes; i++) {
		u64 bit = hash_bytes(value, map->value_size, bloom->seed + i) & bloom->mask;
		u64 word = __atomic_load_n(&bloom->bits[bit / 64], __ATOMIC_RELAXED);

		if (!(word & BIT64(bit % 64)))
			return -ENOENT;
	}
	return 0;
}

/* User space asks with the value in the place where others get theirs. */
static int bloom_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	(void)key;
	(void)flags;
	return (int)bloom_peek(map, value);
}

static int bloom_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	(void)key;
	return (int)bloom_push(map, value, flags);
}

static int bloom_user_delete(struct map *map, const void *key)
{
	(void)map;
	(void)key;
	return -EOPNOTSUPP;
}

static int bloom_next_key(struct map *map, const void *key, void *next)
{
	(void)map;
	(void)key;
	(void)next;
	return -EOPNOTSUPP;
}

const struct map_ops bloom_filter_ops = {
	.check = bloom_check,
	.alloc = bloom_alloc,
	.free = bloom_free,
	.check_btf = bloom_check_btf,
	.push = bloom_push,
	.peek = bloom_peek,
	.user_lookup = bloom_user_lookup,
	.user_update = bloom_user_update,
	.user_delete = bloom_user_delete,
	.next_key = bloom_next_key,
	.meta_equal = map_meta_like,
};
