// SPDX-License-Identifier: BSD-2-Clause
#include <pthread.h>
#include <stdlib.h>

#include "blob.h"
#include "fixture.h"
#include "map/lock.h"
#include "vmlinux/vmlinux.h"

static struct btf *make_btf(void)
{
	struct btf *btf;
	u32 size;
	void *blob = btf_blob(&size, true);

	ck_assert_int_eq(btf_parse(blob, size, NULL, &btf), 0);
	free(blob);
	return btf;
}

static int typed_map(u32 type, u32 value_size, u32 flags, struct btf *btf, u32 value_id,
		     struct map **out)
{
	union bpf_attr attr = {.map_type = type,
			       .key_size = 4,
			       .value_size = value_size,
			       .max_entries = 4,
			       .map_flags = flags,
			       .btf_key_type_id = 1,
			       .btf_value_type_id = value_id};

	return map_create(&attr, btf, NULL, out);
}

START_TEST(types_must_fit)
{
	struct btf *btf = make_btf();
	struct map *map;

	ck_assert_int_eq(typed_map(BPF_MAP_TYPE_HASH, 12, 0, btf, BLOB_PLAIN, &map), 0);
	ck_assert_ptr_null(map->record);
	ck_assert_ptr_eq(map->btf, btf);
	ck_assert_uint_eq(map->btf_value_id, BLOB_PLAIN);
	map_put(map);
	ck_assert_int_eq(typed_map(BPF_MAP_TYPE_HASH, 13, 0, btf, BLOB_PLAIN, &map), -EINVAL);
	ck_assert_int_eq(typed_map(BPF_MAP_TYPE_HASH, 12, 0, btf, 99, &map), -EINVAL);
	ck_assert_int_eq(typed_map(BPF_MAP_TYPE_HASH, 12, 0, NULL, BLOB_PLAIN, &map), -EBADF);
	ck_assert_int_eq(typed_map(BPF_MAP_TYPE_HASH, 12, 0, vmlinux_btf(), BLOB_PLAIN, &map),
			 -EACCES);
	ck_assert_int_eq(typed_map(BPF_MAP_TYPE_DEVMAP, 4, 0, btf, 1, &map), -ENOTSUPP);
	btf_put(btf);
}
END_TEST

START_TEST(spin_locks)
{
	struct {
		u32 a, lock, b;
	} v = {1, 0xffffffff, 2}, *at;
	struct btf *btf = make_btf();
	static const u32 homes[] = {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY};
	struct map *map;

	ck_assert_int_eq(typed_map(BPF_MAP_TYPE_PERCPU_HASH, 12, 0, btf, BLOB_LOCKED, &map),
			 -EOPNOTSUPP);
	ck_assert_int_eq(typed_map(BPF_MAP_TYPE_LRU_HASH, 12, 0, btf, BLOB_LOCKED, &map),
			 -EOPNOTSUPP);
	ck_assert_int_eq(
		typed_map(BPF_MAP_TYPE_HASH, 12, BPF_F_RDONLY_PROG, btf, BLOB_LOCKED, &map),
		-EACCES);
	for (u32 i = 0; i < ARRAY_SIZE(homes); i++) {
		ck_assert_int_eq(typed_map(homes[i], 12, 0, btf, BLOB_LOCKED, &map), 0);
		ck_assert_int_eq(map->record->spin_lock_off, 4);
		ck_assert_int_eq(map_user_update(map, u32_key(1), &v, 0), 0);
		at = map->ops->lookup(map, u32_key(1));
		ck_assert_uint_eq(at->a, 1);
		ck_assert_uint_eq(at->lock, 0);
		ck_assert_uint_eq(at->b, 2);
		/* In place under the lock, which is free again then; and never read out. */
		ck_assert_int_eq(map_user_update(map, u32_key(1), &v, BPF_F_LOCK | BPF_EXIST), 0);
		ck_assert_ptr_eq(map->ops->lookup(map, u32_key(1)), at);
		ck_assert_uint_eq(at->lock, 0);
		map_lock_value(map, at);
		ck_assert_uint_ne(at->lock, 0);
		v.lock = 7;
		ck_assert_int_eq(map_user_lookup(map, u32_key(1), &v, 0), 0);
		ck_assert_uint_eq(v.lock, 0);
		v.lock = 7;
		map_copy_value(map, at, &v);
		ck_assert_uint_ne(at->lock, 7);
		map_unlock_value(map, at);
		ck_assert_int_eq(map_user_lookup(map, u32_key(1), &v, BPF_F_LOCK), 0);
		ck_assert_int_eq(map_user_freeze(map), -ENOTSUPP);
		ck_assert(!map->ops->mmap_fd || map->ops->mmap_fd(map) < 0);
		map_put(map);
	}
	btf_put(btf);
}
END_TEST

static u32 released;

static void release(const struct btf_field *field, void *ptr)
{
	ck_assert_uint_eq(field->offset, 8);
	ck_assert_ptr_nonnull(ptr);
	released++;
}

static bool has_dtor(u32 id)
{
	(void)id;
	return true;
}

struct holder {
	u64 a;
	void *x;
	u32 b, c;
};

static void put_kptr(struct map *map, u32 key)
{
	struct holder *at = map->ops->lookup(map, &key);

	ck_assert_ptr_nonnull(at);
	ck_assert_ptr_null(at->x);
	at->x = &released;
}

static void kptrs_of(u32 type, struct btf *btf)
{
	struct holder v[CPUS] = {{1, (void *)-1l, 2, 3}};
	struct map *map;

	released = 0;
	ck_assert_int_eq(typed_map(type, sizeof(struct holder), 0, btf, BLOB_HOLDER, &map), 0);
	ck_assert_ptr_nonnull(map->record);
	ck_assert_int_eq(map_user_update(map, u32_key(1), v, 0), 0);
	put_kptr(map, 1);
	/* User space sees no pointer and cannot make one. */
	ck_assert_int_eq(map_user_lookup(map, u32_key(1), v, 0), 0);
	ck_assert_ptr_null(v[0].x);
	ck_assert_uint_eq(v[0].c, 3);
	v[0].x = (void *)-1l;
	ck_assert_int_eq(map_user_update(map, u32_key(1), v, 0), 0);
	ck_assert_uint_eq(released, 1);
	put_kptr(map, 1);
	if (type == BPF_MAP_TYPE_HASH) {
		struct holder *at;

		rcu_enter();
		at = map->ops->lookup(map, u32_key(1));
		ck_assert_int_eq(map->ops->remove(map, u32_key(1)), 0);
		ck_assert_uint_eq(released, 2);
		/* A program that still has the value may put another there. */
		at->x = &released;
		rcu_leave();
		settle();
		ck_assert_uint_eq(released, 3);
		ck_assert_int_eq(map_user_update(map, u32_key(2), v, 0), 0);
		put_kptr(map, 2);
		released--;
	}
	map_put(map);
	settle();
	ck_assert_uint_eq(released, type == BPF_MAP_TYPE_HASH ? 3 : 2);
}

START_TEST(kptrs)
{
	struct btf *btf;

	btf_kptr_has_dtor = has_dtor;
	map_kptr_release = release;
	btf = make_btf();
	kptrs_of(BPF_MAP_TYPE_ARRAY, btf);
	kptrs_of(BPF_MAP_TYPE_HASH, btf);
	kptrs_of(BPF_MAP_TYPE_PERCPU_ARRAY, btf);
	kptrs_of(BPF_MAP_TYPE_LRU_HASH, btf);
	kptrs_of(BPF_MAP_TYPE_PERCPU_HASH, btf);
	btf_put(btf);
}
END_TEST

#define ROUNDS 100000

static void *count_up(void *arg)
{
	static u32 lock;
	u64 *counter = arg;

	for (int i = 0; i < ROUNDS; i++) {
		word_lock(&lock);
		++*counter;
		word_unlock(&lock);
	}
	return NULL;
}

START_TEST(locks_exclude)
{
	pthread_t threads[4];
	u64 counter = 0;

	for (u32 i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_create(&threads[i], NULL, count_up, &counter);
	for (u32 i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(counter, ROUNDS * ARRAY_SIZE(threads));
}
END_TEST

TCase *fields_case(void)
{
	TCase *tc = map_tcase("special fields");

	tcase_add_test(tc, types_must_fit);
	tcase_add_test(tc, spin_locks);
	tcase_add_test(tc, kptrs);
	tcase_add_test(tc, locks_exclude);
	return tc;
}
