// SPDX-License-Identifier: BSD-2-Clause
#include "rbtree.h"

static bool is_red(const struct rb_node *node)
{
	return node && node->parent & 1;
}

static void set_parent(struct rb_node *node, struct rb_node *parent)
{
	node->parent = (uintptr_t)parent | (node->parent & 1);
}

static void set_red(struct rb_node *node, bool red)
{
	node->parent = (node->parent & ~(uintptr_t)1) | red;
}

/* @with takes the place of @node under its parent. */
static void replace(struct rb_root *root, const struct rb_node *node, struct rb_node *with)
{
	struct rb_node *parent = rb_parent(node);

	if (!parent)
		root->top = with;
	else
		parent->child[parent->child[1] == node] = with;
	if (with)
		set_parent(with, parent);
}

/* @node goes down to @side, its other child comes up. */
static void rotate(struct rb_root *root, struct rb_node *node, int side)
{
	struct rb_node *up = node->child[!side];

	node->child[!side] = up->child[side];
	if (up->child[side])
		set_parent(up->child[side], node);
	replace(root, node, up);
	up->child[side] = node;
	set_parent(node, up);
}

void rb_insert(struct rb_root *root, struct rb_node *node, struct rb_node *parent, int side)
{
	node->child[0] = node->child[1] = NULL;
	node->parent = (uintptr_t)parent | 1;
	if (!parent)
		root->top = node;
	else
		parent->child[side] = node;
	if (!root->leftmost || (root->leftmost == parent && !side))
		root->leftmost = node;

	while (is_red(parent = rb_parent(node))) {
		struct rb_node *grand = rb_parent(parent);
		int at = grand->child[1] == parent;
		struct rb_node *uncle = grand->child[!at];

		if (is_red(uncle)) {
			set_red(parent, false);
			set_red(uncle, false);
			set_red(grand, true);
			node = grand;
			continue;
		}
		if (node == parent->child[!at]) {
			rotate(root, parent, at);
			parent = node;
		}
		set_red(parent, false);
		set_red(grand, true);
		rotate(root, grand, !at);
		break;
	}
	set_red(root->top, false);
}

static struct rb_node *first_below(struct rb_node *node)
{
	while (node->child[0])
		node = node->child[0];
	return node;
}

/* The node that follows in order, of a node that has nothing before it. */
static struct rb_node *after_leftmost(const struct rb_node *node)
{
	return node->child[1] ? first_below(node->child[1]) : rb_parent(node);
}

/* Below @parent, on the side of @node (which may be NULL), one black node is missing. */
static void restore_black(struct rb_root *root, struct rb_node *node, struct rb_node *parent)
{
	while (parent && !is_red(node)) {
		int side = parent->child[1] == node;
		struct rb_node *sibling = parent->child[!side];

		if (is_red(sibling)) {
			set_red(sibling, false);
			set_red(parent, true);
			rotate(root, parent, side);
			sibling = parent->child[!side];
		}
		if (!is_red(sibling->child[0]) && !is_red(sibling->child[1])) {
			set_red(sibling, true);
			node = parent;
			parent = rb_parent(node);
			continue;
		}
		if (!is_red(sibling->child[!side])) {
			set_red(sibling->child[side], false);
			set_red(sibling, true);
			rotate(root, sibling, !side);
			sibling = parent->child[!side];
		}
		set_red(sibling, is_red(parent));
		set_red(parent, false);
		set_red(sibling->child[!side], false);
		rotate(root, parent, side);
		return;
	}
	if (node)
		set_red(node, false);
}

void rb_erase(struct rb_root *root, struct rb_node *node)
{
	struct rb_node *parent = rb_parent(node), *child, *next;
	bool red = is_red(node);

	if (root->leftmost == node)
		root->leftmost = after_leftmost(node);
	if (!node->child[0] || !node->child[1]) {
		child = node->child[!node->child[0]];
		replace(root, node, child);
	} else {
		next = first_below(node->child[1]);
		red = is_red(next);
		child = next->child[1];
		parent = rb_parent(next);
		if (parent == node) {
			parent = next;
		} else {
			replace(root, next, child);
			next->child[1] = node->child[1];
			set_parent(next->child[1], next);
		}
		replace(root, node, next);
		next->child[0] = node->child[0];
		set_parent(next->child[0], next);
		set_red(next, is_red(node));
	}
	if (!red)
		restore_black(root, child, parent);
	node->parent = 0;
	node->child[0] = node->child[1] = NULL;
}
