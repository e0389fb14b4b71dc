// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "private.h"
#include "slots.h"

#ifndef AF_XDP
#define AF_XDP 44
#endif

/* AF_XDP sockets, each by a descriptor of our own to the socket that user space named. */
struct xsk_entry {
	struct rcu_head rcu;
	int fd;
	u64 cookie; /* which socket it is */
	/* What a program reads through a lookup. A socket does not tell its queue: it is taken to
	 * be the one that the index names, as redirection demands. */
	struct bpf_xdp_sock shown;
};

static int xskmap_check(const union bpf_attr *attr)
{
	return slots_check_fds(attr, BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY);
}

static void free_entry(struct rcu_head *head)
{
	struct xsk_entry *entry = container_of(head, struct xsk_entry, rcu);

	close(entry->fd);
	free(entry);
}

static void drop(void *unlinked)
{
	struct xsk_entry *entry = unlinked;

	if (entry)
		rcu_defer(&entry->rcu, free_entry);
}

static void xskmap_free(struct map *map)
{
	slots_clear(map, drop);
	slots_free(map);
}

static int make_entry(int fd, u32 index, struct xsk_entry **out)
{
	struct xsk_entry *entry;
	socklen_t len = sizeof(int);
	int domain;

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len))
		return -errno;
	if (domain != AF_XDP)
		return -EOPNOTSUPP;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	len = sizeof(entry->cookie);
	entry->shown.queue_id = index;
	entry->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (entry->fd < 0) {
		free(entry);
		return -ENOMEM;
	}
	/* Known to every socket since long before AF_XDP. */
	getsockopt(fd, SOL_SOCKET, SO_COOKIE, &entry->cookie, &len);
	*out = entry;
	return 0;
}

static int xskmap_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	(void)map;
	(void)key;
	(void)value;
	(void)flags;
	return -EOPNOTSUPP;
}

static int xskmap_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	struct xsk_entry *entry = NULL, *old;
	u32 index = slots_index(key);
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	err = make_entry((int)slots_index(value), index, &entry);
	if (err)
		return err;
	old = slots_get(map, index);
	if (!old || old->cookie != entry->cookie)
		err = map_check_exists(old, flags);
	if (err)
		drop(entry);
	else
		drop(slots_swap(map, index, entry));
	return err;
}

static int xskmap_user_delete(struct map *map, const void *key)
{
	u32 index = slots_index(key);

	if (index >= map->max_entries)
		return -EINVAL;
	drop(slots_swap(map, index, NULL));
	return 0;
}

static void *xskmap_lookup(struct map *map, const void *key)
{
	struct xsk_entry *entry = slots_get(map, slots_index(key));

	return entry ? &entry->shown : NULL;
}

static long xskmap_redirect(struct map *map, u64 key, u64 flags)
{
	return map_redirect_to(map, slots_get(map, (u32)key), key, flags, 0);
}

int map_xskmap_at(struct map *map, u32 index)
{
	struct xsk_entry *entry = slots_get(map, index);

	return entry ? entry->fd : -1;
}

static bool xskmap_meta_equal(const struct map *a, const struct map *b)
{
	return map_meta_like(a, b) && a->max_entries == b->max_entries;
}

const struct map_ops xskmap_ops = {
	.check = xskmap_check,
	.alloc = slots_alloc,
	.free = xskmap_free,
	.check_btf = map_no_btf,
	.lookup = xskmap_lookup,
	.user_lookup = xskmap_user_lookup,
	.user_update = xskmap_user_update,
	.user_delete = xskmap_user_delete,
	.next_key = array_next_key,
	.redirect = xskmap_redirect,
	.meta_equal = xskmap_meta_equal,
};
