// SPDX-License-Identifier: BSD-2-Clause
/* Objects of a program's own types, in memory that other programs may walk to. */
#include "alloc.h"

#include <stdalign.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "btf/btf.h"
#include "graph.h"
#include "map/map.h"

/* In front of every object. */
struct header {
	struct rcu_head rcu;
	struct btf *btf;	      /* describes the object: held */
	const struct btf_record *rec; /* or NULL */
	u64 size;		      /* in all */
	struct header *next;	      /* to be dropped */
} __attribute__((aligned(16)));

static void free_rcu(struct rcu_head *rcu)
{
	struct header *h = container_of(rcu, struct header, rcu);
	struct btf *btf = h->btf;

	arena_free(h, h->size);
	btf_put(btf);
}

/* A new object has one owner. */
static void init_fields(const struct header *h)
{
	for (u32 i = 0; h->rec && i < h->rec->nr; i++) {
		const struct btf_field *f = &h->rec->fields[i];

		if (f->type == BTF_FIELD_REFCOUNT)
			*(u32 *)((u8 *)(h + 1) + f->offset) = 1;
	}
}

static void drop_fields(const struct header *h)
{
	for (u32 i = 0; h->rec && i < h->rec->nr; i++) {
		const struct btf_field *f = &h->rec->fields[i];
		void **at = (void **)((u8 *)(h + 1) + f->offset);
		void *ptr;

		if (f->type & (BTF_FIELD_LIST_HEAD | BTF_FIELD_RB_ROOT))
			graph_drop(f, at, NULL);
		if (!(f->type & (BTF_FIELD_KPTR_REF | BTF_FIELD_KPTR_PERCPU)))
			continue;
		ptr = __atomic_exchange_n(at, NULL, __ATOMIC_ACQ_REL);
		if (ptr)
			map_kptr_release(f, ptr);
	}
}

BPF_FN2(kfunc_obj_new, u32, type_id, struct btf *, btf)
{
	struct header *h;
	u64 size;
	u32 bytes;

	if (btf_size(btf, type_id, &bytes))
		return 0;
	size = sizeof(*h) + (u64)bytes;
	h = arena_alloc(size, alignof(struct header));
	if (!h)
		return 0;
	btf_get(btf);
	h->btf = btf;
	h->rec = btf_struct_record(btf, type_id);
	h->size = size;
	init_fields(h);
	return (uintptr_t)(h + 1);
}

static u32 *refcount_of(const struct header *h)
{
	for (u32 i = 0; h->rec && i < h->rec->nr; i++)
		if (h->rec->fields[i].type == BTF_FIELD_REFCOUNT)
			return (u32 *)((u8 *)(h + 1) + h->rec->fields[i].offset);
	return NULL;
}

/*
 * An object may own another, and that one a third: they are dropped in a row, not within each
 * other, however many there are. Readers inside their RCU section may still look at them.
 */
void object_drop(void *obj)
{
	static _Thread_local struct header *pending;
	static _Thread_local bool busy;
	struct header *h = (struct header *)obj - 1;
	u32 *refcount = refcount_of(h);

	if (refcount && __atomic_sub_fetch(refcount, 1, __ATOMIC_ACQ_REL))
		return;
	h->next = pending;
	pending = h;
	if (busy)
		return;
	busy = true;
	while ((h = pending)) {
		pending = h->next;
		drop_fields(h);
		rcu_defer(&h->rcu, free_rcu);
	}
	busy = false;
}

BPF_FN1(kfunc_obj_drop, void *, obj)
{
	object_drop(obj);
	return 0;
}

/* NULL: the last owner is gone. Only a non-owning reference can come to that. */
BPF_FN1(kfunc_refcount_acquire, void *, obj)
{
	u32 *refcount = refcount_of((struct header *)obj - 1);
	u32 count = __atomic_load_n(refcount, __ATOMIC_RELAXED);

	do {
		if (!count || count == U32_MAX)
			return 0;
	} while (!__atomic_compare_exchange_n(refcount, &count, count + 1, true, __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	return (uintptr_t)obj;
}
