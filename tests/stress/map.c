// SPDX-License-Identifier: BSD-2-Clause
/*
 * Maps under programs and user space at once. Every value says what it was written as, so a reader
 * that meets a mixture, a freed element or another key's value fails. To be run under
 * ThreadSanitizer too.
 *
 *	stress-map [rounds per thread]
 */
#include <endian.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/vcpu.h"
#include "map/map.h"
#include "packet/netdev.h"

#define WRITERS	   2
#define READERS	   2
#define USERS	   1
#define KEYS	   512
#define INNER_MAPS 3

struct value {
	u64 key;
	u64 count;
	u64 seal;
};

/* Named by the places in this array. */
static struct map *inner[INNER_MAPS];
static struct map *hash, *nopre, *lru, *own_lru, *trie, *outer_hash, *outer_array, *percpu, *devs;
static u32 rounds = 40000;

#define EXPECT(cond)                                                               \
	do {                                                                       \
		if (cond)                                                          \
			break;                                                     \
		fprintf(stderr, "%s:%d: not so: %s\n", __func__, __LINE__, #cond); \
		abort();                                                           \
	} while (0)

struct worker {
	pthread_t thread;
	struct run run;
	u64 rng;
};

static u32 rnd(struct worker *w, u32 below)
{
	w->rng ^= w->rng << 13;
	w->rng ^= w->rng >> 7;
	w->rng ^= w->rng << 17;
	return (u32)(w->rng >> 32) % below;
}

static struct value seal(u64 key, u64 count)
{
	return (struct value){key, count, hash_u64(key, count)};
}

static void check_value(const struct value *v, u64 key)
{
	EXPECT(v->key == key);
	EXPECT(v->seal == hash_u64(key, v->count));
}

static struct object *from_fd(int fd)
{
	if (fd < 0 || fd >= INNER_MAPS)
		return NULL;
	object_get(&inner[fd]->obj);
	return &inner[fd]->obj;
}

static u64 call(struct run *run, u64 func, u64 map, u64 key, u64 value, u64 ctx, u64 unused)
{
	(void)run;
	(void)func;
	(void)map;
	(void)ctx;
	(void)unused;
	check_value((const struct value *)(uintptr_t)value, *(const u32 *)(uintptr_t)key);
	return 0;
}

static const struct run_ops run_ops = {.callback = call};

static void write_plain(struct worker *w, struct map *map, u32 round)
{
	u32 key = rnd(w, KEYS);
	struct value v = seal(key, round);
	long err;

	if (rnd(w, 3)) {
		err = map->ops->update(map, &key, &v, BPF_ANY);
		EXPECT(!err || err == -E2BIG || err == -ENOMEM);
	} else {
		err = map->ops->remove(map, &key);
		EXPECT(!err || err == -ENOENT);
	}
}

static void read_plain(struct worker *w, struct map *map)
{
	u32 key = rnd(w, KEYS);
	struct value *v = map->ops->lookup(map, &key);

	if (v)
		check_value(v, key);
	if (!rnd(w, 1000))
		map->ops->for_each(map, 1, 0, 0);
}

/* What a prefix of that length writes, its longer keys must not find in another's place. */
struct prefix {
	u32 len;
	u8 data[4];
};

static struct prefix random_prefix(struct worker *w)
{
	struct prefix p = {.len = rnd(w, 33)};

	for (u32 i = 0; i < 4; i++)
		p.data[i] = (u8)(rnd(w, 4) << 6);
	for (u32 i = p.len; i < 32; i++)
		p.data[i / 8] &= (u8) ~(0x80 >> i % 8);
	return p;
}

static u64 prefix_id(const struct prefix *p)
{
	u32 data;

	memcpy(&data, p->data, 4);
	return (u64)p->len << 32 | data;
}

static void write_trie(struct worker *w, u32 round)
{
	struct prefix p = random_prefix(w);
	struct value v = seal(prefix_id(&p), round);
	long err;

	if (rnd(w, 3)) {
		err = trie->ops->update(trie, &p, &v, BPF_ANY);
		EXPECT(!err || err == -ENOSPC);
	} else {
		err = trie->ops->remove(trie, &p);
		EXPECT(!err || err == -ENOENT);
	}
}

static void read_trie(struct worker *w)
{
	struct prefix p = random_prefix(w);
	struct value *v = trie->ops->lookup(trie, &p);
	u32 len, found, mine;

	if (!v)
		return;
	check_value(v, v->key);
	len = (u32)(v->key >> 32);
	found = be32toh((u32)v->key);
	memcpy(&mine, p.data, 4);
	mine = be32toh(mine);
	EXPECT(len <= p.len);
	EXPECT(!len || (found ^ mine) >> (32 - len) == 0);
}

static void use_inner(struct worker *w, struct map *outer, u32 round)
{
	u32 slot = rnd(w, 4);
	struct map *map = outer->ops->lookup(outer, &slot);

	if (!map)
		return;
	if (rnd(w, 2))
		write_plain(w, map, round);
	else
		read_plain(w, map);
}

static void count_percpu(struct worker *w)
{
	u32 key = rnd(w, 16);
	u64 *at = percpu->ops->lookup(percpu, &key), one[3] = {1};

	if (at)
		__atomic_fetch_add(at, 1, __ATOMIC_RELAXED);
	else
		percpu->ops->update(percpu, &key, one, BPF_NOEXIST);
}

static void redirect(struct worker *w)
{
	long verdict = devs->ops->redirect(devs, rnd(w, 8), XDP_DROP);
	struct map_device dev;

	EXPECT(verdict == XDP_DROP || verdict == XDP_REDIRECT);
	if (map_devmap_at(devs, rnd(w, 8), &dev))
		EXPECT(dev.ifindex == NETDEV_LOOPBACK);
}

/* Programs: one read-side section per round, as the executor does it. */
static void *program(void *arg)
{
	struct worker *w = arg;
	bool writer = w->run.cpu < WRITERS;

	run_current = &w->run;
	for (u32 round = 0; round < rounds; round++) {
		rcu_enter();
		if (writer) {
			write_plain(w, hash, round);
			write_plain(w, nopre, round);
			write_plain(w, lru, round);
			write_plain(w, own_lru, round);
			write_trie(w, round);
		} else {
			read_plain(w, hash);
			read_plain(w, nopre);
			read_plain(w, lru);
			read_plain(w, own_lru);
			read_trie(w);
			redirect(w);
		}
		use_inner(w, outer_hash, round);
		use_inner(w, outer_array, round);
		count_percpu(w);
		rcu_leave();
	}
	run_current = NULL;
	return NULL;
}

static void walk_by_user(struct map *map)
{
	u32 key, *prev = NULL;
	struct value v;

	for (u32 n = 0; n < 200 && !map_user_next_key(map, prev, &key); n++) {
		if (!map_user_lookup(map, &key, &v, 0))
			check_value(&v, key);
		prev = &key;
	}
}

static void batch_by_user(struct worker *w, struct map *map)
{
	static u32 keys[KEYS];
	static struct value values[KEYS];
	union bpf_attr attr = {0};
	u32 where;
	int err;

	attr.batch.keys = (uintptr_t)keys;
	attr.batch.values = (uintptr_t)values;
	attr.batch.out_batch = (uintptr_t)&where;
	attr.batch.count = KEYS;
	err = map_user_batch(
		map, rnd(w, 4) ? BPF_MAP_LOOKUP_BATCH : BPF_MAP_LOOKUP_AND_DELETE_BATCH, &attr);
	EXPECT(!err || err == -ENOENT || err == -ENOSPC);
	for (u32 i = 0; i < attr.batch.count; i++)
		check_value(&values[i], keys[i]);
}

static void *user(void *arg)
{
	struct worker *w = arg;
	struct map *plain[] = {hash, nopre, lru, own_lru};
	u64 counts[3 * VCPU_MAX];

	for (u32 round = 0; round < rounds / 20; round++) {
		struct bpf_devmap_val dev = {.ifindex = NETDEV_LOOPBACK};
		struct map *map = plain[rnd(w, ARRAY_SIZE(plain))];
		u32 slot = rnd(w, 4), fd = rnd(w, INNER_MAPS), key = rnd(w, KEYS);
		struct value v = seal(key, round);

		walk_by_user(map);
		batch_by_user(w, map);
		(void)!map_user_update(map, &key, &v, BPF_ANY);
		if (!map_user_lookup_and_delete(map, &key, &v, 0))
			check_value(&v, key);
		(void)!map_user_update(outer_hash, &slot, &fd, BPF_ANY);
		(void)!map_user_update(outer_array, &slot, &fd, BPF_ANY);
		slot = rnd(w, 4);
		if (!rnd(w, 3))
			(void)!map_user_delete(outer_hash, &slot);
		if (!rnd(w, 3))
			(void)!map_user_delete(outer_array, &slot);
		key = rnd(w, 8);
		(void)!map_user_update(devs, &key, &dev, BPF_ANY);
		key = rnd(w, 8);
		(void)!map_user_delete(devs, &key);
		key = rnd(w, 16);
		(void)!map_user_lookup(percpu, &key, counts, 0);
		if (!rnd(w, 10))
			(void)!map_user_delete(percpu, &key);
	}
	return NULL;
}

static struct map *make(u32 type, u32 key_size, u32 value_size, u32 max, u32 flags)
{
	union bpf_attr attr = {.map_type = type,
			       .key_size = key_size,
			       .value_size = value_size,
			       .max_entries = max,
			       .map_flags = flags};
	struct map *map;
	int err = map_create(&attr, NULL, inner[0], &map);

	if (err) {
		fprintf(stderr, "map type %u: %s\n", type, strerror(-err));
		exit(1);
	}
	return map;
}

static u32 count_keys(struct map *map)
{
	u8 key[8], *prev = NULL;
	u32 n = 0;

	for (; !map_user_next_key(map, prev, key); n++)
		prev = key;
	return n;
}

/* The count that limits a map must be that of its elements: it still takes exactly as many. */
static void check_room(struct map *map, long full)
{
	struct value v = {0};
	u32 n = count_keys(map);
	long err = 0;

	EXPECT(n <= map->max_entries);
	rcu_enter();
	for (u32 i = 0; i < 2 * map->max_entries; i++) {
		u32 key[2] = {map == trie ? 32 : KEYS + i, htobe32(0x10101010 + i)};

		err = map->ops->update(map, key, &v, BPF_ANY);
		if (err)
			break;
	}
	rcu_leave();
	EXPECT(err == full);
	EXPECT(count_keys(map) == map->max_entries);
}

int main(int argc, char **argv)
{
	struct worker workers[WRITERS + READERS + USERS] = {0};
	u32 size = sizeof(struct value);

	if (argc > 1)
		rounds = (u32)strtoul(argv[1], NULL, 0);
	if (vcpu_set_count(WRITERS + READERS))
		return 1;
	object_from_fd = from_fd;
	for (u32 i = 0; i < INNER_MAPS; i++)
		inner[i] = make(BPF_MAP_TYPE_HASH, 4, size, KEYS / 2, 0);
	hash = make(BPF_MAP_TYPE_HASH, 4, size, KEYS / 2, 0);
	nopre = make(BPF_MAP_TYPE_HASH, 4, size, KEYS, BPF_F_NO_PREALLOC);
	lru = make(BPF_MAP_TYPE_LRU_HASH, 4, size, KEYS / 4, 0);
	own_lru = make(BPF_MAP_TYPE_LRU_HASH, 4, size, KEYS / 4, BPF_F_NO_COMMON_LRU);
	trie = make(BPF_MAP_TYPE_LPM_TRIE, 8, size, KEYS, BPF_F_NO_PREALLOC);
	outer_hash = make(BPF_MAP_TYPE_HASH_OF_MAPS, 4, 4, 4, 0);
	outer_array = make(BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 4, 0);
	percpu = make(BPF_MAP_TYPE_PERCPU_HASH, 4, size, 16, 0);
	devs = make(BPF_MAP_TYPE_DEVMAP_HASH, 4, 4, 8, 0);
	for (u32 i = 0; i < ARRAY_SIZE(workers); i++) {
		workers[i].rng = hash_u64(i, 1);
		workers[i].run = (struct run){.ops = &run_ops, .cpu = i};
		pthread_create(&workers[i].thread, NULL, i < WRITERS + READERS ? program : user,
			       &workers[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(workers); i++)
		pthread_join(workers[i].thread, NULL);

	check_room(hash, -E2BIG);
	check_room(nopre, -E2BIG);
	check_room(trie, -ENOSPC);
	check_room(lru, 0);
	EXPECT(count_keys(own_lru) <= own_lru->max_entries);
	map_put(hash);
	map_put(nopre);
	map_put(lru);
	map_put(own_lru);
	map_put(trie);
	map_put(outer_hash);
	map_put(outer_array);
	map_put(percpu);
	map_put(devs);
	for (u32 i = 0; i < INNER_MAPS; i++)
		map_put(inner[i]);
	/* An element may wait for a batch before its own, and hold a map that holds more. */
	for (u32 i = 0; i < 4; i++)
		rcu_quiesce();
	EXPECT(!object_count(OBJECT_MAP));
	return 0;
}
