/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_RBTREE_H
#define KFUNC_RBTREE_H

#include "base/types.h"

/*
 * Red-black trees in the memory of struct bpf_rb_root and struct bpf_rb_node. The caller finds the
 * place and holds the lock.
 */
struct rb_node {
	uintptr_t parent; /* lowest bit: red */
	struct rb_node *child[2];
	void *owner; /* the root that it is in; NULL: none */
};

struct rb_root {
	struct rb_node *top;
	struct rb_node *leftmost;
};

static inline struct rb_node *rb_parent(const struct rb_node *node)
{
	return (struct rb_node *)(node->parent & ~(uintptr_t)1);
}

/* @node becomes child @side of @parent, which has none there; NULL: the tree is empty. */
void rb_insert(struct rb_root *root, struct rb_node *node, struct rb_node *parent,
	       int side) __hidden;
void rb_erase(struct rb_root *root, struct rb_node *node) __hidden;

#endif
