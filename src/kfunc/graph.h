/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KFUNC_GRAPH_H
#define KFUNC_GRAPH_H

#include "btf/btf.h"
#include "object/call.h"

/*
 * The kfuncs of graph.c, for the registry. The executor passes the node's offset in its object as
 * the last argument (off) of those that add.
 */
BPF_FN_DECLARE(kfunc_list_push_front) __hidden;
BPF_FN_DECLARE(kfunc_list_push_back) __hidden;
BPF_FN_DECLARE(kfunc_list_pop_front) __hidden;
BPF_FN_DECLARE(kfunc_list_pop_back) __hidden;
BPF_FN_DECLARE(kfunc_list_front) __hidden;
BPF_FN_DECLARE(kfunc_list_back) __hidden;
BPF_FN_DECLARE(kfunc_rbtree_add) __hidden;
BPF_FN_DECLARE(kfunc_rbtree_remove) __hidden;
BPF_FN_DECLARE(kfunc_rbtree_first) __hidden;
BPF_FN_DECLARE(kfunc_rbtree_root) __hidden;
BPF_FN_DECLARE(kfunc_rbtree_left) __hidden;
BPF_FN_DECLARE(kfunc_rbtree_right) __hidden;

/* Drop all that hangs on a list head or tree root; @lock: that guards it, or NULL if nobody else
 * can get at it any more. */
void graph_drop(const struct btf_field *field, void *head, u32 *lock) __hidden;

#endif
