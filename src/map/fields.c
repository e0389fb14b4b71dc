// SPDX-License-Identifier: BSD-2-Clause
#include "fields.h"

#include <string.h>

#include "private.h"
#include "vmlinux/vmlinux.h"

#define TYPE(t) BIT64(BPF_MAP_TYPE_##t)
#define LOCAL_STORAGE \
	(TYPE(SK_STORAGE) | TYPE(INODE_STORAGE) | TYPE(TASK_STORAGE) | TYPE(CGRP_STORAGE_))
#define FIELDS_LOCK  (BTF_FIELD_SPIN_LOCK | BTF_FIELD_RES_SPIN_LOCK)
#define FIELDS_LATER (BTF_FIELD_TIMER | BTF_FIELD_WORKQUEUE)
#define FIELDS_GRAPH (BTF_FIELD_LIST_HEAD | BTF_FIELD_RB_ROOT)
#define FIELDS_ALL   (FIELDS_LOCK | FIELDS_LATER | BTF_FIELD_KPTR | FIELDS_GRAPH | BTF_FIELD_REFCOUNT)

/* Which map types have room for which fields in their values. */
static const struct {
	u32 fields;
	u64 types;
} homes[] = {
	{FIELDS_LOCK, TYPE(HASH) | TYPE(ARRAY) | LOCAL_STORAGE},
	{FIELDS_LATER, TYPE(HASH) | TYPE(LRU_HASH) | TYPE(ARRAY)},
	{BTF_FIELD_KPTR | BTF_FIELD_REFCOUNT, TYPE(HASH) | TYPE(PERCPU_HASH) | TYPE(LRU_HASH) |
						      TYPE(LRU_PERCPU_HASH) | TYPE(ARRAY) |
						      TYPE(PERCPU_ARRAY) | LOCAL_STORAGE},
	{FIELDS_GRAPH, TYPE(HASH) | TYPE(LRU_HASH) | TYPE(ARRAY)},
};

static int check_homes(const struct map *map)
{
	u32 left = map->record->mask;

	for (u32 i = 0; i < ARRAY_SIZE(homes); i++) {
		if (left & homes[i].fields && !(BIT64(map->type) & homes[i].types))
			return -EOPNOTSUPP;
		left &= ~homes[i].fields;
	}
	return left ? -EOPNOTSUPP : 0;
}

static int check_size(const struct btf *btf, u32 id, u32 want)
{
	u32 size;

	return btf_size(btf, id, &size) || size != want ? -EINVAL : 0;
}

int map_check_types(struct map *map)
{
	struct btf *btf = map->btf;
	int err;

	if (map->btf_key_id)
		err = check_size(btf, map->btf_key_id, map->key_size);
	else
		err = map->ops->check_btf ? 0 : -EINVAL;
	if (!err)
		err = check_size(btf, map->btf_value_id, map->value_size);
	if (err)
		return err;
	/*
	 * A value whose fields make no sense is a value without fields: it is the program that
	 * wants to use one which is refused.
	 */
	if (btf_parse_fields(btf, map->btf_value_id, FIELDS_ALL, map->value_size, vmlinux_btf(),
			     &map->record))
		map->record = NULL;
	if (map->record) {
		if (map->flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
			return -EACCES;
		err = check_homes(map);
		if (err)
			return err;
	}
	return map->ops->check_btf ? map->ops->check_btf(map, btf, map->btf_key_id) : 0;
}

static bool fields_equal(const struct btf_field *a, const struct btf_field *b)
{
	return a->offset == b->offset && a->size == b->size && a->type == b->type &&
	       a->kptr_id == b->kptr_id && a->kptr_btf == b->kptr_btf;
}

bool map_records_equal(const struct btf_record *a, const struct btf_record *b)
{
	if (!a || !b)
		return a == b;
	if (a->nr != b->nr || a->mask != b->mask || a->spin_lock_off != b->spin_lock_off)
		return false;
	for (u32 i = 0; i < a->nr; i++) {
		if (!fields_equal(&a->fields[i], &b->fields[i]))
			return false;
	}
	return true;
}
