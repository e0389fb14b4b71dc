/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef OBJECT_OBJECT_H
#define OBJECT_OBJECT_H

#include "base/rcu.h"
#include "base/types.h"

/*
 * What maps, programs and BTF have in common: a kind, an id that is never 0 and never given out
 * twice while in use, and a reference count. An object lives until its last descriptor, pin or user
 * is gone; it disappears from the id table at once and its memory is freed a grace period later.
 */
enum object_kind {
	OBJECT_MAP,
	OBJECT_PROG,
	OBJECT_BTF,
	OBJECT_PERF,  /* an emulated perf event: see syscall/ */
	OBJECT_STATS, /* a descriptor of BPF_ENABLE_STATS */
	OBJECT_KINDS,
};

struct object {
	enum object_kind kind;
	u32 id;
	u32 refs; /* atomic */
	/* Last reference gone: drop what the object refers to. Runs on the thread that put it. */
	void (*release)(struct object *obj);
	/* A grace period later: free the memory. */
	void (*free)(struct object *obj);
	struct rcu_head rcu;
};

/**
 * object_init - give an object its id and first reference
 * @obj: embedded in the map, program or BTF
 * @kind: which of them
 * @release: may be NULL
 * @free: must not be NULL
 *
 * Return: 0 or -ENOMEM (then @obj is untouched and the caller still owns its memory).
 */
int object_init(struct object *obj, enum object_kind kind, void (*release)(struct object *),
		void (*free)(struct object *)) __must_check;

/*
 * The same in two steps, for an object that must not be found before it is complete: it has no id
 * (0) until it is listed. object_list() fails with -ENOMEM only, and the reference stays the
 * caller's.
 */
void object_init_unlisted(struct object *obj, enum object_kind kind,
			  void (*release)(struct object *), void (*free)(struct object *));
int object_list(struct object *obj) __must_check;

/* Another reference to an object that the caller already holds one of. */
void object_get(struct object *obj);

/* A reference, unless the count already reached zero. */
bool object_get_unless_zero(struct object *obj) __must_check;

/* Give a reference back. NULL is allowed. */
void object_put(struct object *obj);

/* A new reference to the object of that kind and id, or NULL. */
struct object *object_by_id(enum object_kind kind, u32 id) __must_check;

/* The smallest id in use above @after, or 0. */
u32 object_next_id(enum object_kind kind, u32 after);

/* Objects of that kind now alive: what leak tests compare. */
u32 object_count(enum object_kind kind);

/*
 * Descriptors belong to a higher room (syscall/). Maps that hold other objects take their values as
 * descriptors from user space; this is how they resolve one. NULL until syscall/ sets it.
 */
extern struct object *(*object_from_fd)(int fd);

/* What maps that hold programs compare. */
struct prog_traits {
	u32 type;		  /* enum bpf_prog_type */
	u32 expected_attach_type; /* enum bpf_attach_type */
	bool jited;
	bool xdp_has_frags;
};

/* The traits of an OBJECT_PROG; set by the room that programs belong to. */
extern void (*object_prog_traits)(const struct object *prog, struct prog_traits *out);

#endif
