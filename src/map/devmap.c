// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "packet/netdev.h"
#include "private.h"
#include "slots.h"
#include "table.h"

/*
 * DEVMAP and DEVMAP_HASH: devices to redirect to, by index or by key, each with the XDP program
 * that runs on what goes there. Programs may read an entry's value, never write it.
 */
struct dev_entry {
	struct table_node node; /* DEVMAP_HASH */
	struct rcu_head rcu;
	u32 key;
	struct bpf_devmap_val val; /* the program as an id: what user space reads */
	struct object *prog;
};

struct devmap_hash {
	struct map map;
	struct table table;
	u32 count;
};

static inline struct devmap_hash *devhash_of(const struct map *map)
{
	return container_of(map, struct devmap_hash, map);
}

static int devmap_check(const union bpf_attr *attr)
{
	if (!attr->max_entries || attr->key_size != sizeof(u32) ||
	    (attr->value_size != offsetofend(struct bpf_devmap_val, ifindex) &&
	     attr->value_size != offsetofend(struct bpf_devmap_val, bpf_prog.fd)) ||
	    attr->map_flags & ~(u32)(BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	/* Buckets are as many as entries, rounded up to a power of two. */
	if (attr->map_type == BPF_MAP_TYPE_DEVMAP_HASH && attr->max_entries > BIT(31))
		return -EINVAL;
	return 0;
}

static int devmap_alloc(const union bpf_attr *attr, struct map **out)
{
	int err = slots_alloc(attr, out);

	if (!err)
		(*out)->flags = BPF_F_RDONLY_PROG;
	return err;
}

static int devmap_hash_alloc(const union bpf_attr *attr, struct map **out)
{
	struct devmap_hash *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	err = table_init(&h->table, attr->max_entries, true);
	if (err) {
		free(h);
		return err;
	}
	h->map.flags = BPF_F_RDONLY_PROG;
	*out = &h->map;
	return 0;
}

static void free_entry(struct rcu_head *head)
{
	struct dev_entry *entry = container_of(head, struct dev_entry, rcu);

	object_put(entry->prog);
	free(entry);
}

static void drop(void *unlinked)
{
	struct dev_entry *entry = unlinked;

	if (entry)
		rcu_defer(&entry->rcu, free_entry);
}

static void devmap_free(struct map *map)
{
	slots_clear(map, drop);
	slots_free(map);
}

static void devmap_hash_free(struct map *map)
{
	struct devmap_hash *h = devhash_of(map);

	for (u32 b = 0; h->count && b < table_buckets(&h->table); b++) {
		struct table_node *node = table_first(&h->table, b);

		while (node) {
			struct dev_entry *entry = container_of(node, struct dev_entry, node);

			node = table_next(node);
			drop(entry);
			h->count--;
		}
	}
	table_free(&h->table);
	free(h);
}

static struct bpf_devmap_val read_value(const struct map *map, const void *value)
{
	struct bpf_devmap_val val = {0};

	memcpy(&val, value, map->value_size);
	return val;
}

/* The program of an entry must have been loaded for the place it is to run in. */
static int prog_from_fd(struct map *map, int fd, struct object **out)
{
	struct prog_traits traits = {0};
	struct object *obj;

	if (map_prog_from_fd(map, fd, &obj))
		return -EINVAL;
	if (object_prog_traits)
		object_prog_traits(obj, &traits);
	if (traits.type != BPF_PROG_TYPE_XDP || traits.expected_attach_type != BPF_XDP_DEVMAP) {
		object_put(obj);
		return -EINVAL;
	}
	*out = obj;
	return 0;
}

static int make_entry(struct map *map, u32 key, const struct bpf_devmap_val *val,
		      struct dev_entry **out)
{
	struct dev_entry *entry = calloc(1, sizeof(*entry));
	int err = 0;

	if (!entry)
		return -ENOMEM;
	if (!netdev_by_index(val->ifindex))
		err = -EINVAL;
	else if (val->bpf_prog.fd > 0)
		err = prog_from_fd(map, val->bpf_prog.fd, &entry->prog);
	if (err) {
		free(entry);
		return err;
	}
	entry->key = key;
	entry->node.hash = key;
	entry->val.ifindex = val->ifindex;
	entry->val.bpf_prog.id = entry->prog ? entry->prog->id : 0;
	*out = entry;
	return 0;
}

static void *devmap_lookup(struct map *map, const void *key)
{
	struct dev_entry *entry = slots_get(map, slots_index(key));

	return entry ? &entry->val : NULL;
}

static int devmap_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct bpf_devmap_val val = read_value(map, value);
	struct dev_entry *entry = NULL;
	u32 index = slots_index(key);
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	if (flags == BPF_NOEXIST)
		return -EEXIST;
	if (!val.ifindex && val.bpf_prog.fd > 0)
		return -EINVAL;
	/* No device empties the slot. */
	if (val.ifindex) {
		err = make_entry(map, index, &val, &entry);
		if (err)
			return err;
	}
	drop(slots_swap(map, index, entry));
	return 0;
}

static int devmap_user_delete(struct map *map, const void *key)
{
	u32 index = slots_index(key);

	if (index >= map->max_entries)
		return -EINVAL;
	drop(slots_swap(map, index, NULL));
	return 0;
}

/* The key is its own hash. */
static struct dev_entry *find(const struct devmap_hash *h, u32 key)
{
	struct table_node *node = table_first(&h->table, key & h->table.mask);

	for (; node; node = table_next(node)) {
		if (node->hash == key)
			return container_of(node, struct dev_entry, node);
	}
	return NULL;
}

static void *devmap_hash_lookup(struct map *map, const void *key)
{
	struct dev_entry *entry = find(devhash_of(map), slots_index(key));

	return entry ? &entry->val : NULL;
}

static int devmap_hash_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct bpf_devmap_val val = read_value(map, value);
	struct devmap_hash *h = devhash_of(map);
	u32 index = slots_index(key);
	struct dev_entry *old, *entry;
	int err;

	if (flags > BPF_EXIST || !val.ifindex)
		return -EINVAL;
	table_lock(&h->table, index);
	old = find(h, index);
	err = old && flags == BPF_NOEXIST ? -EEXIST : make_entry(map, index, &val, &entry);
	if (!err && !old && !map_count_below(&h->count, map->max_entries)) {
		drop(entry);
		err = -E2BIG;
	}
	if (!err) {
		table_link(&h->table, &entry->node);
		if (old)
			table_unlink(&h->table, &old->node);
	}
	table_unlock(&h->table, index);
	if (!err)
		drop(old);
	return err;
}

static int devmap_hash_user_delete(struct map *map, const void *key)
{
	struct devmap_hash *h = devhash_of(map);
	u32 index = slots_index(key);
	struct dev_entry *old;

	table_lock(&h->table, index);
	old = find(h, index);
	if (old) {
		table_unlink(&h->table, &old->node);
		map_uncount(&h->count);
	}
	table_unlock(&h->table, index);
	drop(old);
	return old ? 0 : -ENOENT;
}

static int devmap_hash_next_key(struct map *map, const void *key, void *next)
{
	struct devmap_hash *h = devhash_of(map);
	struct dev_entry *entry = key ? find(h, slots_index(key)) : NULL;
	struct table_node *node = entry ? table_next(&entry->node) : NULL;
	u32 b = entry ? (entry->key & h->table.mask) + 1 : 0;

	for (; !node && b < table_buckets(&h->table); b++)
		node = table_first(&h->table, b);
	if (!node)
		return -ENOENT;
	memcpy(next, &node->hash, sizeof(node->hash));
	return 0;
}

static struct dev_entry *entry_at(const struct map *map, u32 key)
{
	if (map->type == BPF_MAP_TYPE_DEVMAP)
		return slots_get(map, key);
	return find(devhash_of(map), key);
}

static long devmap_redirect(struct map *map, u64 key, u64 flags)
{
	return map_redirect_to(map, entry_at(map, (u32)key), key, flags,
			       BPF_F_BROADCAST | BPF_F_EXCLUDE_INGRESS);
}

bool map_devmap_at(struct map *map, u32 key, struct map_device *out)
{
	struct dev_entry *entry = entry_at(map, key);

	if (!entry)
		return false;
	*out = (struct map_device){.ifindex = entry->val.ifindex, .prog = entry->prog};
	return true;
}

static void visit_entry(const struct dev_entry *entry,
			void (*visit)(const struct map_device *dev, void *arg), void *arg)
{
	struct map_device dev = {.ifindex = entry->val.ifindex, .prog = entry->prog};

	visit(&dev, arg);
}

void map_devmap_each(struct map *map, void (*visit)(const struct map_device *dev, void *arg),
		     void *arg)
{
	struct devmap_hash *h;

	if (map->type == BPF_MAP_TYPE_DEVMAP) {
		for (u32 i = 0; i < map->max_entries; i++) {
			struct dev_entry *entry = slots_get(map, i);

			if (entry)
				visit_entry(entry, visit, arg);
		}
		return;
	}
	h = devhash_of(map);
	for (u32 b = 0; b < table_buckets(&h->table); b++) {
		struct table_node *node = table_first(&h->table, b);

		for (; node; node = table_next(node))
			visit_entry(container_of(node, struct dev_entry, node), visit, arg);
	}
}

const struct map_ops devmap_ops = {
	.check = devmap_check,
	.alloc = devmap_alloc,
	.free = devmap_free,
	.check_btf = map_no_btf,
	.lookup = devmap_lookup,
	.user_update = devmap_user_update,
	.user_delete = devmap_user_delete,
	.next_key = array_next_key,
	.redirect = devmap_redirect,
	.meta_equal = map_meta_like,
};

const struct map_ops devmap_hash_ops = {
	.check = devmap_check,
	.alloc = devmap_hash_alloc,
	.free = devmap_hash_free,
	.check_btf = map_no_btf,
	.lookup = devmap_hash_lookup,
	.user_update = devmap_hash_user_update,
	.user_delete = devmap_hash_user_delete,
	.next_key = devmap_hash_next_key,
	.redirect = devmap_redirect,
	.meta_equal = map_meta_like,
};
