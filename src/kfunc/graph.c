// SPDX-License-Identifier: BSD-2-Clause
/*
 * Lists and trees of allocated objects. The verifier has seen to it that the lock beside the head
 * is held. A node's owner is the head that it hangs on: an object that several references lead to
 * can be given to one of them only, and may be asked for by the wrong one.
 */
#include "graph.h"

#include <errno.h>

#include "alloc.h"
#include "map/lock.h"
#include "object/run.h"
#include "rbtree.h"

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct list_node {
	struct list_head link; /* first */
	void *owner;
};

/* Between NULL and the head, while a node is being linked in. */
#define BEING_ADDED ((void *)1)

/* A head in fresh memory is all zeroes. */
static void init_head(struct list_head *head)
{
	if (!head->next)
		head->next = head->prev = head;
}

static bool claim(void **owner)
{
	void *none = NULL;

	return __atomic_compare_exchange_n(owner, &none, BEING_ADDED, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

static void set_owner(void **owner, void *head)
{
	__atomic_store_n(owner, head, __ATOMIC_RELEASE);
}

static bool is_owner(void *const *owner, const void *head)
{
	return __atomic_load_n(owner, __ATOMIC_ACQUIRE) == head;
}

/* -EINVAL: it is in a list or tree already, and the reference that was given is dropped. */
static u64 refuse(void *node, u64 off)
{
	object_drop((u8 *)node - off);
	return (u64)-EINVAL;
}

static void link_between(struct list_head *node, struct list_head *prev, struct list_head *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

BPF_FN4(kfunc_list_push_front, struct list_head *, head, struct list_node *, node, u64, meta, u64,
	off)
{
	(void)meta;
	init_head(head);
	if (!claim(&node->owner))
		return refuse(node, off);
	link_between(&node->link, head, head->next);
	set_owner(&node->owner, head);
	return 0;
}

BPF_FN4(kfunc_list_push_back, struct list_head *, head, struct list_node *, node, u64, meta, u64,
	off)
{
	(void)meta;
	init_head(head);
	if (!claim(&node->owner))
		return refuse(node, off);
	link_between(&node->link, head->prev, head);
	set_owner(&node->owner, head);
	return 0;
}

static struct list_node *end_of(struct list_head *head, bool back)
{
	init_head(head);
	if (head->next == head)
		return NULL;
	return (struct list_node *)(back ? head->prev : head->next);
}

static u64 pop(struct list_head *head, bool back)
{
	struct list_node *node = end_of(head, back);

	if (!node)
		return 0;
	node->link.prev->next = node->link.next;
	node->link.next->prev = node->link.prev;
	node->link.next = node->link.prev = NULL;
	set_owner(&node->owner, NULL);
	return (uintptr_t)node;
}

BPF_FN1(kfunc_list_pop_front, struct list_head *, head)
{
	return pop(head, false);
}

BPF_FN1(kfunc_list_pop_back, struct list_head *, head)
{
	return pop(head, true);
}

BPF_FN1(kfunc_list_front, struct list_head *, head)
{
	return (uintptr_t)end_of(head, false);
}

BPF_FN1(kfunc_list_back, struct list_head *, head)
{
	return (uintptr_t)end_of(head, true);
}

BPF_FN5(kfunc_rbtree_add, struct rb_root *, root, struct rb_node *, node, u64, less, u64, meta, u64,
	off)
{
	struct rb_node *parent = NULL, *at = root->top;
	int side = 0;

	(void)meta;
	if (!claim(&node->owner))
		return refuse(node, off);
	while (at) {
		parent = at;
		side = !run_callback(less, (uintptr_t)node, (uintptr_t)at, 0, 0, 0);
		at = at->child[side];
	}
	rb_insert(root, node, parent, side);
	set_owner(&node->owner, root);
	return 0;
}

BPF_FN2(kfunc_rbtree_remove, struct rb_root *, root, struct rb_node *, node)
{
	if (!is_owner(&node->owner, root))
		return 0;
	rb_erase(root, node);
	set_owner(&node->owner, NULL);
	return (uintptr_t)node;
}

BPF_FN1(kfunc_rbtree_first, const struct rb_root *, root)
{
	return (uintptr_t)root->leftmost;
}

BPF_FN1(kfunc_rbtree_root, const struct rb_root *, root)
{
	return (uintptr_t)root->top;
}

BPF_FN2(kfunc_rbtree_left, const struct rb_root *, root, const struct rb_node *, node)
{
	return is_owner(&node->owner, root) ? (uintptr_t)node->child[0] : 0;
}

BPF_FN2(kfunc_rbtree_right, const struct rb_root *, root, const struct rb_node *, node)
{
	return is_owner(&node->owner, root) ? (uintptr_t)node->child[1] : 0;
}

static void drop_list(struct list_head *head, u32 *lock, u32 off)
{
	struct list_head *at, *next;

	if (lock)
		word_lock(lock);
	at = head->next;
	if (at && at != head)
		head->prev->next = NULL;
	else
		at = NULL;
	head->next = head->prev = NULL;
	if (lock)
		word_unlock(lock);
	for (; at; at = next) {
		struct list_node *node = (struct list_node *)at;

		next = at->next;
		at->next = at->prev = NULL;
		set_owner(&node->owner, NULL);
		object_drop((u8 *)node - off);
	}
}

static void drop_tree(struct rb_root *root, u32 *lock, u32 off)
{
	struct rb_node *at, *parent;

	if (lock)
		word_lock(lock);
	at = root->top;
	root->top = root->leftmost = NULL;
	if (lock)
		word_unlock(lock);
	/* From the leaves up: what is dropped is not looked at again. */
	while (at) {
		if (at->child[0] || at->child[1]) {
			at = at->child[!at->child[0]];
			continue;
		}
		parent = rb_parent(at);
		if (parent)
			parent->child[parent->child[1] == at] = NULL;
		at->parent = 0;
		set_owner(&at->owner, NULL);
		object_drop((u8 *)at - off);
		at = parent;
	}
}

void graph_drop(const struct btf_field *field, void *head, u32 *lock)
{
	if (field->type == BTF_FIELD_LIST_HEAD)
		drop_list(head, lock, field->graph_node_off);
	else
		drop_tree(head, lock, field->graph_node_off);
}
