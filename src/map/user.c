// SPDX-License-Identifier: BSD-2-Clause
#include <fcntl.h>

#include "base/vcpu.h"
#include "private.h"

u32 map_user_value_size(const struct map *map)
{
	if (map_is_percpu(map))
		return (u32)round_up_to(map->value_size, 8) * vcpu_count();
	return map->value_size;
}

/* A key pointer must be there exactly if the map has keys. */
static int check_key(const struct map *map, const void *key)
{
	if (map->key_size)
		return key ? 0 : -EFAULT;
	return key ? -EINVAL : 0;
}

static int check_lock_flag(const struct map *map, u64 flags)
{
	return flags & BPF_F_LOCK && !map_has_lock(map) ? -EINVAL : 0;
}

/* Freezing waits for no one: it is -EBUSY while a write is under way. */
static int write_begin(struct map *map)
{
	__atomic_fetch_add(&map->user_writers, 1, __ATOMIC_SEQ_CST);
	if (!__atomic_load_n(&map->frozen, __ATOMIC_SEQ_CST))
		return 0;
	__atomic_fetch_sub(&map->user_writers, 1, __ATOMIC_SEQ_CST);
	return -EPERM;
}

static void write_end(struct map *map)
{
	__atomic_fetch_sub(&map->user_writers, 1, __ATOMIC_SEQ_CST);
	/* A flood of updates must not outrun the grace periods that free what it replaces. */
	if (unlikely(__atomic_load_n(&map->backlog, __ATOMIC_RELAXED)))
		rcu_quiesce();
}

static int lookup(struct map *map, const void *key, void *value, u64 flags)
{
	void *at;

	if (map->ops->user_lookup)
		return map->ops->user_lookup(map, key, value, flags);
	if (!map->ops->lookup)
		return -ENOTSUPP;
	at = map->ops->lookup(map, key);
	if (!at)
		return -ENOENT;
	if (flags & BPF_F_LOCK)
		map_value_out_locked(map, value, at);
	else
		map_value_out(map, value, at);
	return 0;
}

static int update(struct map *map, const void *key, const void *value, u64 flags)
{
	if (map->ops->user_update)
		return map->ops->user_update(map, key, value, flags);
	if (!map->ops->update)
		return -ENOTSUPP;
	return (int)map->ops->update(map, key, value, flags);
}

static int delete (struct map *map, const void *key)
{
	if (map->ops->user_delete)
		return map->ops->user_delete(map, key);
	if (!map->ops->remove)
		return -ENOTSUPP;
	return (int)map->ops->remove(map, key);
}

int map_user_lookup(struct map *map, const void *key, void *value, u64 flags)
{
	int err;

	if (flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	err = check_lock_flag(map, flags);
	if (!err)
		err = check_key(map, key);
	if (err)
		return err;
	if (!value)
		return -EFAULT;
	rcu_enter();
	err = lookup(map, key, value, flags);
	rcu_leave();
	return err;
}

int map_user_update(struct map *map, const void *key, const void *value, u64 flags)
{
	int err = write_begin(map);

	if (err)
		return err;
	err = check_lock_flag(map, flags);
	if (!err)
		err = check_key(map, key);
	if (!err && !value)
		err = -EFAULT;
	if (!err) {
		rcu_enter();
		err = update(map, key, value, flags);
		rcu_leave();
	}
	write_end(map);
	return err;
}

int map_user_delete(struct map *map, const void *key)
{
	int err = write_begin(map);

	if (err)
		return err;
	err = check_key(map, key);
	if (!err) {
		rcu_enter();
		err = delete (map, key);
		rcu_leave();
	}
	write_end(map);
	return err;
}

int map_user_lookup_and_delete(struct map *map, const void *key, void *value, u64 flags)
{
	bool queue = map->type == BPF_MAP_TYPE_QUEUE || map->type == BPF_MAP_TYPE_STACK;
	int err;

	if (flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	err = write_begin(map);
	if (err)
		return err;
	err = flags && queue ? -EINVAL : check_lock_flag(map, flags);
	if (!err)
		err = check_key(map, key);
	if (!err && !value)
		err = -EFAULT;
	if (!err && !map->ops->user_lookup_and_delete)
		err = -ENOTSUPP;
	if (!err) {
		rcu_enter();
		err = map->ops->user_lookup_and_delete(map, key, value, flags);
		rcu_leave();
	}
	write_end(map);
	return err;
}

int map_user_next_key(struct map *map, const void *key, void *next)
{
	int err;

	if (key && !map->key_size)
		return -EINVAL;
	if (!next)
		return -EFAULT;
	if (!map->ops->next_key)
		return -ENOTSUPP;
	rcu_enter();
	err = map->ops->next_key(map, key, next);
	rcu_leave();
	return err;
}

int map_user_freeze(struct map *map)
{
	bool thawed = false;
	int fd;

	if (map->record)
		return -ENOTSUPP;
	if (!__atomic_compare_exchange_n(&map->frozen, &thawed, true, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_SEQ_CST))
		return -EPERM;
	if (__atomic_load_n(&map->user_writers, __ATOMIC_SEQ_CST)) {
		__atomic_store_n(&map->frozen, false, __ATOMIC_SEQ_CST);
		return -EBUSY;
	}
	/* From now on the descriptor cannot be mapped writable; the map's own mapping stays. */
	fd = map->ops->mmap_fd ? map->ops->mmap_fd(map) : -1;
	if (fd >= 0)
		fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE);
	return 0;
}
