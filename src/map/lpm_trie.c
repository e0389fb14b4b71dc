// SPDX-License-Identifier: BSD-2-Clause
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "pool.h"
#include "private.h"

#define LPM_FLAGS (BPF_F_NO_PREALLOC | BPF_F_NUMA_NODE | MAP_ACCESS_FLAGS)
#define DATA_MAX  256u
/* The kernel's largest allocation less its node and the longest key. */
#define LPM_VALUE_MAX ((4u << 20) - DATA_MAX - 24)

/*
 * A binary trie whose paths without a fork are one edge. A node stands for a prefix: of an element,
 * or (@real is false) of the fork of two longer ones, and then it has both children. Readers walk
 * down without a lock; a changed node is replaced by a copy, so the prefix, the data and the value
 * of a node that was linked stay what they are.
 */
struct lpm_node {
	struct pool_elem pool; /* first */
	struct lpm_node *child[2];
	u32 prefixlen;
	bool real;
	u8 data[]; /* rounded up to 8, then the value */
};

struct lpm_map {
	struct map map;
	struct lpm_node *root;
	struct pool pool;
	u32 lock; /* writers */
	u32 count;
	u32 data_size;
	u32 max_prefixlen;
	u32 value_off;
};

struct lpm_key {
	u32 prefixlen;
	const u8 *data;
};

static inline struct lpm_map *lpm_of(const struct map *map)
{
	return container_of(map, struct lpm_map, map);
}

static struct lpm_key key_of(const void *key)
{
	struct lpm_key k;

	memcpy(&k.prefixlen, key, sizeof(k.prefixlen));
	k.data = (const u8 *)key + sizeof(k.prefixlen);
	return k;
}

static inline void *value_of(const struct lpm_map *lpm, const struct lpm_node *node)
{
	return (u8 *)node + lpm->value_off;
}

static inline u32 bit_at(const u8 *data, u32 index)
{
	return data[index / 8] >> (7 - index % 8) & 1;
}

static inline struct lpm_node *follow(struct lpm_node *const *link)
{
	return __atomic_load_n(link, __ATOMIC_ACQUIRE);
}

static inline void set_link(struct lpm_node **link, struct lpm_node *node)
{
	__atomic_store_n(link, node, __ATOMIC_RELEASE);
}

static inline bool is_real(const struct lpm_node *node)
{
	return __atomic_load_n(&node->real, __ATOMIC_RELAXED);
}

/* Leading bits that node and key have in common, at most the shorter prefix of the two. */
static u32 common_bits(const struct lpm_map *lpm, const struct lpm_node *node,
		       const struct lpm_key *key)
{
	u32 limit = min(node->prefixlen, key->prefixlen), i = 0;

	for (; i + 8 <= lpm->data_size && i * 8 < limit; i += 8) {
		u64 a, b;

		memcpy(&a, node->data + i, 8);
		memcpy(&b, key->data + i, 8);
		if (a != b)
			return min(i * 8 + (u32)__builtin_clzll(be64toh(a ^ b)), limit);
	}
	for (; i < lpm->data_size && i * 8 < limit; i++) {
		u32 differ = node->data[i] ^ key->data[i];

		if (differ)
			return min(i * 8 + (u32)__builtin_clz(differ) - 24, limit);
	}
	return limit;
}

static int lpm_check(const union bpf_attr *attr)
{
	if (!attr->max_entries || !(attr->map_flags & BPF_F_NO_PREALLOC) ||
	    attr->map_flags & ~LPM_FLAGS || !map_access_flags_ok(attr->map_flags) ||
	    attr->key_size < sizeof(u32) + 1 || attr->key_size > sizeof(u32) + DATA_MAX ||
	    !attr->value_size || attr->value_size > LPM_VALUE_MAX)
		return -EINVAL;
	return 0;
}

static int lpm_alloc(const union bpf_attr *attr, struct map **out)
{
	struct lpm_map *lpm = calloc(1, sizeof(*lpm));
	int err;

	if (!lpm)
		return -ENOMEM;
	lpm->data_size = attr->key_size - (u32)sizeof(u32);
	lpm->max_prefixlen = lpm->data_size * 8;
	lpm->value_off = (u32)round_up_to(sizeof(struct lpm_node) + lpm->data_size, 8);
	err = pool_init(&lpm->pool, &lpm->map, (u64)lpm->value_off + attr->value_size, 0, 0);
	if (err) {
		free(lpm);
		return err;
	}
	*out = &lpm->map;
	return 0;
}

static void lpm_free(struct map *map)
{
	struct lpm_map *lpm = lpm_of(map);

	pool_destroy(&lpm->pool);
	free(lpm);
}

static int lpm_check_btf(const struct map *map, const struct btf *btf, u32 key_id)
{
	const struct btf_type *t = btf_skip_modifiers(btf, key_id, NULL);

	(void)map;
	return t && btf_kind_of(t) == BTF_KIND_STRUCT ? 0 : -EINVAL;
}

static void *lpm_lookup(struct map *map, const void *key)
{
	struct lpm_map *lpm = lpm_of(map);
	struct lpm_key k = key_of(key);
	struct lpm_node *node, *found = NULL;

	if (k.prefixlen > lpm->max_prefixlen)
		return NULL;
	for (node = follow(&lpm->root); node;
	     node = follow(&node->child[bit_at(k.data, node->prefixlen)])) {
		if (common_bits(lpm, node, &k) < node->prefixlen)
			break;
		if (is_real(node))
			found = node;
		/* Nothing longer matches, and there is no bit to go by. */
		if (node->prefixlen == k.prefixlen)
			break;
	}
	return found ? value_of(lpm, found) : NULL;
}

/* A node, not linked, that takes its data from @data. */
static struct lpm_node *make(struct lpm_map *lpm, u32 prefixlen, const u8 *data)
{
	struct pool_elem *raw = pool_alloc(&lpm->pool);
	struct lpm_node *node;

	if (!raw)
		return NULL;
	node = container_of(raw, struct lpm_node, pool);
	node->child[0] = node->child[1] = NULL;
	node->prefixlen = prefixlen;
	node->real = false;
	memcpy(node->data, data, lpm->data_size);
	return node;
}

/*
 * Where the key belongs: the link to the node of its prefix, or to the node above which or in whose
 * (empty) place one of its prefix must come. *@common: bits that this node shares with it.
 */
static struct lpm_node **find_link(struct lpm_map *lpm, const struct lpm_key *key, u32 *common)
{
	struct lpm_node **link = &lpm->root, *node;

	*common = 0;
	while ((node = *link)) {
		*common = common_bits(lpm, node, key);
		if (*common != node->prefixlen || node->prefixlen == key->prefixlen)
			break;
		link = &node->child[bit_at(key->data, node->prefixlen)];
	}
	return link;
}

/* Put @node above, or beside, what @link leads to, with which it shares @common bits. */
static int graft(struct lpm_map *lpm, struct lpm_node **link, struct lpm_node *node, u32 common)
{
	struct lpm_node *there = *link, *fork;
	u32 bit;

	if (common == node->prefixlen) {
		node->child[bit_at(there->data, common)] = there;
		set_link(link, node);
		return 0;
	}
	fork = make(lpm, common, node->data);
	if (!fork)
		return -ENOMEM;
	bit = bit_at(node->data, common);
	fork->child[bit] = node;
	fork->child[!bit] = there;
	set_link(link, fork);
	return 0;
}

static int put_locked(struct lpm_map *lpm, struct lpm_node *node, u64 flags)
{
	struct lpm_key key = {node->prefixlen, node->data};
	struct lpm_node **link, *there;
	u32 common;
	bool exact;
	int err;

	link = find_link(lpm, &key, &common);
	there = *link;
	exact = there && there->prefixlen == key.prefixlen && common == key.prefixlen;
	err = map_check_exists(exact && there->real, flags);
	if (err)
		return err;
	if (!(exact && there->real) && lpm->count == lpm->map.max_entries)
		return -ENOSPC;
	if (exact) {
		node->child[0] = there->child[0];
		node->child[1] = there->child[1];
		set_link(link, node);
		lpm->count += !there->real;
		pool_retire(&there->pool);
		return 0;
	}
	err = 0;
	if (there)
		err = graft(lpm, link, node, common);
	else
		set_link(link, node);
	lpm->count += !err;
	return err;
}

static long lpm_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct lpm_map *lpm = lpm_of(map);
	struct lpm_key k = key_of(key);
	struct lpm_node *node;
	int err;

	if (flags > BPF_EXIST || k.prefixlen > lpm->max_prefixlen)
		return -EINVAL;
	node = make(lpm, k.prefixlen, k.data);
	if (!node)
		return -ENOMEM;
	node->real = true;
	map_value_in(map, value_of(lpm, node), value);
	word_lock(&lpm->lock);
	err = put_locked(lpm, node, flags);
	word_unlock(&lpm->lock);
	if (err)
		pool_free(&node->pool);
	return err;
}

static int remove_locked(struct lpm_map *lpm, const struct lpm_key *key)
{
	struct lpm_node **link = &lpm->root, **parent_link = NULL, *node, *parent;

	while ((node = *link)) {
		u32 common = common_bits(lpm, node, key);

		if (common != node->prefixlen)
			return -ENOENT;
		if (node->prefixlen == key->prefixlen)
			break;
		parent_link = link;
		link = &node->child[bit_at(key->data, node->prefixlen)];
	}
	if (!node || !node->real)
		return -ENOENT;
	lpm->count--;
	if (node->child[0] && node->child[1]) {
		/* From now on a mere fork. Its value stays for those who have found it. */
		__atomic_store_n(&node->real, false, __ATOMIC_RELAXED);
		return 0;
	}
	parent = parent_link ? *parent_link : NULL;
	if (parent && !parent->real && !node->child[0] && !node->child[1]) {
		/* A fork of which one way is left. */
		set_link(parent_link, parent->child[link == &parent->child[0]]);
		pool_retire(&parent->pool);
	} else {
		set_link(link, node->child[0] ? node->child[0] : node->child[1]);
	}
	pool_retire(&node->pool);
	return 0;
}

static long lpm_remove(struct map *map, const void *key)
{
	struct lpm_map *lpm = lpm_of(map);
	struct lpm_key k = key_of(key);
	int err;

	if (k.prefixlen > lpm->max_prefixlen)
		return -EINVAL;
	word_lock(&lpm->lock);
	err = remove_locked(lpm, &k);
	word_unlock(&lpm->lock);
	return err;
}

/* First element, in post-order, of the subtree. */
static struct lpm_node *first_below(struct lpm_node *node)
{
	struct lpm_node *child;

	while (node) {
		child = follow(&node->child[0]);
		if (!child)
			child = follow(&node->child[1]);
		if (!child)
			break;
		node = child;
	}
	return node;
}

/*
 * Post-order: what is below a prefix comes before it, zeroes before ones. On the way down to the
 * key, @next is always what follows the whole subtree of @node.
 */
static int lpm_next_key(struct map *map, const void *key, void *next_key)
{
	struct lpm_map *lpm = lpm_of(map);
	struct lpm_node *root = follow(&lpm->root), *node, *next = NULL;
	struct lpm_key k = {.prefixlen = U32_MAX};

	if (key)
		k = key_of(key);
	node = k.prefixlen <= lpm->max_prefixlen ? root : NULL;
	while (node && common_bits(lpm, node, &k) == node->prefixlen &&
	       node->prefixlen != k.prefixlen) {
		struct lpm_node *sibling = NULL;
		u32 bit = bit_at(k.data, node->prefixlen);

		if (!bit)
			sibling = follow(&node->child[1]);
		if (sibling)
			next = first_below(sibling);
		else if (is_real(node))
			next = node;
		node = follow(&node->child[bit]);
	}
	/* A key that is no element's begins the walk anew. */
	if (!node || node->prefixlen != k.prefixlen || !is_real(node) ||
	    common_bits(lpm, node, &k) != k.prefixlen)
		next = first_below(root);
	if (!next)
		return -ENOENT;
	memcpy(next_key, &next->prefixlen, sizeof(next->prefixlen));
	memcpy((u8 *)next_key + sizeof(next->prefixlen), next->data, lpm->data_size);
	return 0;
}

const struct map_ops lpm_trie_ops = {
	.check = lpm_check,
	.alloc = lpm_alloc,
	.free = lpm_free,
	.check_btf = lpm_check_btf,
	.lookup = lpm_lookup,
	.update = lpm_update,
	.remove = lpm_remove,
	.next_key = lpm_next_key,
	.batch = MAP_BATCH_LOOKUP | MAP_BATCH_UPDATE | MAP_BATCH_DELETE,
	.meta_equal = map_meta_like,
};
