// SPDX-License-Identifier: BSD-2-Clause
#include "object/object.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "object/run.h"

struct object *(*object_from_fd)(int fd);
void (*object_prog_traits)(const struct object *prog, struct prog_traits *out);
__thread_hot struct run *run_current;

/*
 * Ids: an array indexed by id, per kind. Ids go up and are reused only after the array was walked
 * once round, so a stale id is unlikely to name another object.
 */
struct id_table {
	struct object **at;
	u32 size;
	u32 next;
	u32 count;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct id_table tables[OBJECT_KINDS];

static int grow(struct id_table *t)
{
	u32 size = t->size ? t->size * 2 : 64;
	struct object **at = realloc(t->at, size * sizeof(*at));

	if (!at)
		return -ENOMEM;
	for (u32 i = t->size; i < size; i++)
		at[i] = NULL;
	t->at = at;
	t->size = size;
	return 0;
}

static int id_alloc(struct id_table *t, struct object *obj)
{
	if (t->count + 1 >= t->size && grow(t))
		return -ENOMEM;
	for (;;) {
		t->next++;
		if (t->next >= t->size)
			t->next = 1;
		if (!t->at[t->next])
			break;
	}
	t->at[t->next] = obj;
	t->count++;
	obj->id = t->next;
	return 0;
}

void object_init_unlisted(struct object *obj, enum object_kind kind,
			  void (*release)(struct object *), void (*free)(struct object *))
{
	obj->kind = kind;
	obj->id = 0;
	obj->refs = 1;
	obj->release = release;
	obj->free = free;
}

int object_list(struct object *obj)
{
	int err;

	pthread_mutex_lock(&lock);
	err = id_alloc(&tables[obj->kind], obj);
	pthread_mutex_unlock(&lock);
	return err;
}

int object_init(struct object *obj, enum object_kind kind, void (*release)(struct object *),
		void (*free)(struct object *))
{
	object_init_unlisted(obj, kind, release, free);
	return object_list(obj);
}

void object_get(struct object *obj)
{
	__atomic_fetch_add(&obj->refs, 1, __ATOMIC_RELAXED);
}

bool object_get_unless_zero(struct object *obj)
{
	u32 refs = __atomic_load_n(&obj->refs, __ATOMIC_RELAXED);

	while (refs) {
		if (__atomic_compare_exchange_n(&obj->refs, &refs, refs + 1, true, __ATOMIC_ACQUIRE,
						__ATOMIC_RELAXED))
			return true;
	}
	return false;
}

static void free_rcu(struct rcu_head *head)
{
	struct object *obj = container_of(head, struct object, rcu);

	obj->free(obj);
}

void object_put(struct object *obj)
{
	struct id_table *t;

	if (!obj || __atomic_sub_fetch(&obj->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (obj->id) {
		t = &tables[obj->kind];
		pthread_mutex_lock(&lock);
		t->at[obj->id] = NULL;
		t->count--;
		pthread_mutex_unlock(&lock);
	}
	if (obj->release)
		obj->release(obj);
	rcu_defer(&obj->rcu, free_rcu);
}

struct object *object_by_id(enum object_kind kind, u32 id)
{
	struct id_table *t = &tables[kind];
	struct object *obj = NULL;

	pthread_mutex_lock(&lock);
	if (id && id < t->size && t->at[id] && object_get_unless_zero(t->at[id]))
		obj = t->at[id];
	pthread_mutex_unlock(&lock);
	return obj;
}

u32 object_next_id(enum object_kind kind, u32 after)
{
	struct id_table *t = &tables[kind];
	u32 found = 0;

	pthread_mutex_lock(&lock);
	for (u32 id = after < UINT32_MAX ? after + 1 : after; id < t->size; id++) {
		if (!t->at[id])
			continue;
		found = id;
		break;
	}
	pthread_mutex_unlock(&lock);
	return found;
}

u32 object_count(enum object_kind kind)
{
	u32 n;

	pthread_mutex_lock(&lock);
	n = tables[kind].count;
	pthread_mutex_unlock(&lock);
	return n;
}
