// SPDX-License-Identifier: BSD-2-Clause
/* Lists and trees of allocated objects, counted ones among them. */
#include "kfuncs.h"
#include <bpf/bpf_core_read.h>

#define __contains(name, node) __attribute__((btf_decl_tag("contains:" #name ":" #node)))
#define __kptr		       __attribute__((btf_type_tag("kptr")))
#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))

extern void *bpf_obj_new_impl(__u64 local_type_id, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *kptr, void *meta) __ksym;
extern void *bpf_refcount_acquire_impl(void *kptr, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node,
				    void *meta, __u64 off) __ksym;
extern int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node,
				   void *meta, __u64 off) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_pop_back(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_front(struct bpf_list_head *head) __ksym;
extern struct bpf_list_node *bpf_list_back(struct bpf_list_head *head) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node,
			       bool(less)(struct bpf_rb_node *a, const struct bpf_rb_node *b),
			       void *meta, __u64 off) __ksym;
extern struct bpf_rb_node *bpf_rbtree_remove(struct bpf_rb_root *root,
					     struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_root(struct bpf_rb_root *root) __ksym;
extern struct bpf_rb_node *bpf_rbtree_left(struct bpf_rb_root *root,
					   struct bpf_rb_node *node) __ksym;
extern struct bpf_rb_node *bpf_rbtree_right(struct bpf_rb_root *root,
					    struct bpf_rb_node *node) __ksym;

#define make(type) ((type *)bpf_obj_new_impl(bpf_core_type_id_local(type), NULL))
#define drop(ptr)  bpf_obj_drop_impl(ptr, NULL)

struct item {
	u64 key;
	struct bpf_list_node link;
};

struct leaf {
	u64 key;
	struct bpf_rb_node node;
};

struct counted {
	u64 key;
	struct bpf_refcount refs;
	struct bpf_rb_node node;
	struct bpf_list_node link;
};

private(A) struct bpf_spin_lock list_lock;
private(A) struct bpf_list_head list __contains(item, link);
private(B) struct bpf_spin_lock tree_lock;
private(B) struct bpf_rb_root tree __contains(leaf, node);
private(C) struct bpf_spin_lock counted_lock;
private(C) struct bpf_rb_root counted_tree __contains(counted, node);
private(C) struct bpf_list_head counted_list __contains(counted, link);

struct inner {
	u64 number;
};

struct outer {
	u64 number;
	struct inner __kptr *inner;
};

struct stash {
	struct counted __kptr *kept;
	struct outer __kptr *outer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct stash);
} stashes SEC(".maps");

SEC("xdp") ACCEPT int list_push_and_pop(struct xdp_md *xdp)
{
	struct bpf_list_node *n;
	struct item *i = make(struct item);

	if (!i)
		return XDP_DROP;
	i->key = 7;
	bpf_spin_lock(&list_lock);
	bpf_list_push_front_impl(&list, &i->link, NULL, 0);
	n = bpf_list_pop_back(&list);
	bpf_spin_unlock(&list_lock);
	if (n)
		drop(container_of(n, struct item, link));
	return XDP_PASS;
}

SEC("tc")
REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference "
	       "leak")
int list_popped_and_lost(struct __sk_buff *skb)
{
	struct bpf_list_node *n;

	bpf_spin_lock(&list_lock);
	n = bpf_list_pop_back(&list);
	bpf_spin_unlock(&list_lock);
	return !n;
}

SEC("tc")
REJECT(EINVAL, "bpf_spin_lock at off=0 must be held for bpf_list_head")
int list_without_lock(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	bpf_list_push_front_impl(&list, &i->link, NULL, 0);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_spin_lock at off=0 must be held for bpf_list_head")
int list_with_other_lock(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	bpf_spin_lock(&tree_lock);
	bpf_list_push_front_impl(&list, &i->link, NULL, 0);
	bpf_spin_unlock(&tree_lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "arg#1 expected pointer to allocated object")
int list_pushed_twice(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	bpf_spin_lock(&list_lock);
	bpf_list_push_front_impl(&list, &i->link, NULL, 0);
	bpf_list_push_front_impl(&list, &i->link, NULL, 0);
	bpf_spin_unlock(&list_lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "R* must be referenced or trusted")
int list_pushed_and_dropped(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	bpf_spin_lock(&list_lock);
	bpf_list_push_front_impl(&list, &i->link, NULL, 0);
	bpf_spin_unlock(&list_lock);
	drop(i);
	return 0;
}

SEC("tc") ACCEPT int list_pushed_and_used(struct __sk_buff *skb)
{
	struct item *i = make(struct item);
	u64 key;

	if (!i)
		return 0;
	bpf_spin_lock(&list_lock);
	bpf_list_push_front_impl(&list, &i->link, NULL, 0);
	i->key = 5;
	key = i->key;
	bpf_spin_unlock(&list_lock);
	return key;
}

SEC("tc")
REJECT(EACCES, "R* invalid mem access 'scalar'")
int list_pushed_and_used_unlocked(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	bpf_spin_lock(&list_lock);
	bpf_list_push_front_impl(&list, &i->link, NULL, 0);
	bpf_spin_unlock(&list_lock);
	return i->key;
}

SEC("tc")
REJECT(EACCES, "R* pointer arithmetic on ptr_or_null_ prohibited, null-check it "
	       "first")
int list_push_unchecked(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	bpf_spin_lock(&list_lock);
	bpf_list_push_front_impl(&list, (void *)i + 8, NULL, 0);
	bpf_spin_unlock(&list_lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_list_node not found at offset=0")
int list_push_head_of_object(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	bpf_spin_lock(&list_lock);
	bpf_list_push_front_impl(&list, (void *)i, NULL, 0);
	bpf_spin_unlock(&list_lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL,
       "operation on bpf_list_head expects arg#1 bpf_list_node at offset=8 in struct item, but arg "
       "is at offset=48 in struct counted")
int list_push_wrong_type(struct __sk_buff *skb)
{
	struct counted *c = make(struct counted);

	if (!c)
		return 0;
	bpf_spin_lock(&list_lock);
	bpf_list_push_front_impl(&list, &c->link, NULL, 0);
	bpf_spin_unlock(&list_lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_list_head not found at offset=8") int list_push_to_tree(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	bpf_spin_lock(&tree_lock);
	bpf_list_push_front_impl((void *)&tree, &i->link, NULL, 0);
	bpf_spin_unlock(&tree_lock);
	return 0;
}

SEC("tc")
REJECT(EACCES, "direct access to bpf_list_node is disallowed")
int list_node_written(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	*(volatile u64 *)&i->link = 0;
	drop(i);
	return 0;
}

SEC("tc")
REJECT(EACCES, "direct access to bpf_refcount is disallowed")
int refcount_read(struct __sk_buff *skb)
{
	struct counted *c = make(struct counted);
	u32 n;

	if (!c)
		return 0;
	n = *(volatile u32 *)&c->refs;
	drop(c);
	return n;
}

SEC("tc")
REJECT(EACCES, "bpf_list_head cannot be accessed directly by load/store")
int list_head_read(struct __sk_buff *skb)
{
	return *(volatile u64 *)&list;
}

SEC("tc") ACCEPT int list_peek(struct __sk_buff *skb)
{
	struct bpf_list_node *n;
	int key = 0;

	bpf_spin_lock(&list_lock);
	n = bpf_list_front(&list);
	if (n)
		key = container_of(n, struct item, link)->key;
	bpf_spin_unlock(&list_lock);
	return key;
}

SEC("tc")
REJECT(EACCES, "R* invalid mem access 'scalar'") int list_peek_later(struct __sk_buff *skb)
{
	struct bpf_list_node *n;

	bpf_spin_lock(&list_lock);
	n = bpf_list_back(&list);
	bpf_spin_unlock(&list_lock);
	return n ? container_of(n, struct item, link)->key : 0;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a lock")
int list_peek_and_drop(struct __sk_buff *skb)
{
	struct bpf_list_node *n;

	bpf_spin_lock(&list_lock);
	n = bpf_list_front(&list);
	if (n)
		drop(container_of(n, struct item, link));
	bpf_spin_unlock(&list_lock);
	return 0;
}

SEC("tc") ACCEPT int list_drained_in_a_loop(struct __sk_buff *skb)
{
	struct bpf_list_node *n;
	int sum = 0;

	for (int i = 0; i < 4; i++) {
		struct item *at;

		bpf_spin_lock(&list_lock);
		n = bpf_list_pop_front(&list);
		bpf_spin_unlock(&list_lock);
		if (!n)
			break;
		at = container_of(n, struct item, link);
		sum += at->key;
		drop(at);
	}
	return sum;
}

static bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct leaf, node)->key < container_of(b, struct leaf, node)->key;
}

SEC("xdp") ACCEPT int tree_add_and_remove(struct xdp_md *xdp)
{
	struct leaf *l = make(struct leaf);
	struct bpf_rb_node *n;

	if (!l)
		return XDP_DROP;
	l->key = 5;
	bpf_spin_lock(&tree_lock);
	bpf_rbtree_add_impl(&tree, &l->node, less, NULL, 0);
	n = bpf_rbtree_first(&tree);
	if (!n) {
		bpf_spin_unlock(&tree_lock);
		return XDP_PASS;
	}
	n = bpf_rbtree_remove(&tree, n);
	bpf_spin_unlock(&tree_lock);
	if (n)
		drop(container_of(n, struct leaf, node));
	return XDP_PASS;
}

SEC("tc")
REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference "
	       "leak")
int tree_removed_and_lost(struct __sk_buff *skb)
{
	struct bpf_rb_node *n;

	bpf_spin_lock(&tree_lock);
	n = bpf_rbtree_first(&tree);
	if (n)
		n = bpf_rbtree_remove(&tree, n);
	bpf_spin_unlock(&tree_lock);
	return 0;
}

SEC("tc") ACCEPT int tree_walked(struct __sk_buff *skb)
{
	struct bpf_rb_node *n;
	int depth = 0;

	bpf_spin_lock(&tree_lock);
	n = bpf_rbtree_root(&tree);
	while (n && depth < 8) {
		n = depth & 1 ? bpf_rbtree_left(&tree, n) : bpf_rbtree_right(&tree, n);
		depth++;
	}
	bpf_spin_unlock(&tree_lock);
	return depth;
}

SEC("tc")
REJECT(EINVAL, "bpf_spin_lock at off=0 must be held for bpf_rb_root")
int tree_walked_without_lock(struct __sk_buff *skb)
{
	return bpf_rbtree_root(&tree) != NULL;
}

SEC("tc") ACCEPT int tree_remove_owned(struct __sk_buff *skb)
{
	struct leaf *l = make(struct leaf);
	struct bpf_rb_node *n;

	if (!l)
		return 0;
	bpf_spin_lock(&tree_lock);
	n = bpf_rbtree_remove(&tree, &l->node);
	bpf_spin_unlock(&tree_lock);
	if (n)
		drop(container_of(n, struct leaf, node));
	drop(l);
	return 0;
}

static bool less_drops(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	drop(container_of(a, struct leaf, node));
	return 1;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a lock")
int tree_less_drops(struct __sk_buff *skb)
{
	struct leaf *l = make(struct leaf);

	if (!l)
		return 0;
	bpf_spin_lock(&tree_lock);
	bpf_rbtree_add_impl(&tree, &l->node, less_drops, NULL, 0);
	bpf_spin_unlock(&tree_lock);
	return 0;
}

static bool less_writes(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	container_of(a, struct leaf, node)->key = 1;
	return container_of(b, struct leaf, node)->key++;
}

SEC("tc") ACCEPT int tree_less_writes(struct __sk_buff *skb)
{
	struct leaf *l = make(struct leaf);

	if (!l)
		return 0;
	bpf_spin_lock(&tree_lock);
	bpf_rbtree_add_impl(&tree, &l->node, less_writes, NULL, 0);
	bpf_spin_unlock(&tree_lock);
	return 0;
}

static bool less_in_rcu(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return 1;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a lock")
int tree_less_in_rcu(struct __sk_buff *skb)
{
	struct leaf *l = make(struct leaf);

	if (!l)
		return 0;
	bpf_spin_lock(&tree_lock);
	bpf_rbtree_add_impl(&tree, &l->node, less_in_rcu, NULL, 0);
	bpf_spin_unlock(&tree_lock);
	return 0;
}

static bool less_counted(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct counted, node)->key <
	       container_of(b, struct counted, node)->key;
}

SEC("tc") ACCEPT int counted_in_both(struct __sk_buff *skb)
{
	struct counted *c = make(struct counted), *again;

	if (!c)
		return 0;
	again = bpf_refcount_acquire_impl(c, NULL);
	bpf_spin_lock(&counted_lock);
	bpf_rbtree_add_impl(&counted_tree, &c->node, less_counted, NULL, 0);
	bpf_list_push_back_impl(&counted_list, &again->link, NULL, 0);
	bpf_spin_unlock(&counted_lock);
	return 0;
}

SEC("tc") ACCEPT int counted_taken_from_tree(struct __sk_buff *skb)
{
	struct bpf_rb_node *n;
	struct counted *c = NULL;
	int key = 0;

	bpf_spin_lock(&counted_lock);
	n = bpf_rbtree_first(&counted_tree);
	if (n)
		c = bpf_refcount_acquire_impl(container_of(n, struct counted, node), NULL);
	bpf_spin_unlock(&counted_lock);
	if (c) {
		key = c->key;
		drop(c);
	}
	return key;
}

SEC("tc")
REJECT(EACCES, "Possibly NULL pointer passed to trusted arg0")
int counted_taken_unchecked(struct __sk_buff *skb)
{
	struct bpf_rb_node *n;
	struct counted *c;

	bpf_spin_lock(&counted_lock);
	n = bpf_rbtree_first(&counted_tree);
	if (!n) {
		bpf_spin_unlock(&counted_lock);
		return 0;
	}
	c = bpf_refcount_acquire_impl(container_of(n, struct counted, node), NULL);
	bpf_spin_unlock(&counted_lock);
	drop(c);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference leak")
int counted_leaked(struct __sk_buff *skb)
{
	struct counted *c = make(struct counted);

	if (!c)
		return 0;
	bpf_refcount_acquire_impl(c, NULL);
	drop(c);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "arg#0 doesn't point to a type with bpf_refcount field")
int not_counted_acquired(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	bpf_refcount_acquire_impl(i, NULL);
	drop(i);
	return 0;
}

SEC("tc") ACCEPT int counted_stashed_read_in_rcu(struct __sk_buff *skb)
{
	u32 key = 0;
	struct stash *s = bpf_map_lookup_elem(&stashes, &key);
	struct counted *c;
	int n = 0;

	if (!s)
		return 0;
	c = s->kept;
	if (c)
		n = c->key;
	return n;
}

SEC("tc") ACCEPT int counted_stashed_acquired(struct __sk_buff *skb)
{
	u32 key = 0;
	struct stash *s = bpf_map_lookup_elem(&stashes, &key);
	struct counted *c;

	if (!s)
		return 0;
	c = s->kept;
	if (!c)
		return 0;
	c = bpf_refcount_acquire_impl(c, NULL);
	if (c)
		drop(c);
	return 0;
}

SEC("tc") ACCEPT int counted_stashed_after_rcu(struct __sk_buff *skb)
{
	u32 key = 0;
	struct stash *s = bpf_map_lookup_elem(&stashes, &key);
	struct counted *c;
	int n;

	if (!s)
		return 0;
	bpf_rcu_read_lock();
	c = s->kept;
	if (!c) {
		bpf_rcu_read_unlock();
		return 0;
	}
	n = c->key;
	bpf_rcu_read_unlock();
	return n + c->key;
}

SEC("tc") ACCEPT int counted_stashed_written(struct __sk_buff *skb)
{
	u32 key = 0;
	struct stash *s = bpf_map_lookup_elem(&stashes, &key);
	struct counted *c;

	if (!s)
		return 0;
	c = s->kept;
	if (c)
		c->key = 4;
	return 0;
}

SEC("tc") ACCEPT int stash_swap(struct __sk_buff *skb)
{
	u32 key = 0;
	struct stash *s = bpf_map_lookup_elem(&stashes, &key);
	struct counted *c = make(struct counted);

	if (!c)
		return 0;
	if (!s) {
		drop(c);
		return 0;
	}
	c = bpf_kptr_xchg(&s->kept, c);
	if (c)
		drop(c);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a lock")
int helper_under_list_lock(struct __sk_buff *skb)
{
	u64 t;

	bpf_spin_lock(&list_lock);
	t = bpf_ktime_get_ns();
	bpf_spin_unlock(&list_lock);
	return t;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a lock")
int new_under_lock(struct __sk_buff *skb)
{
	struct item *i;

	bpf_spin_lock(&list_lock);
	i = make(struct item);
	bpf_spin_unlock(&list_lock);
	if (i)
		drop(i);
	return 0;
}

SEC("socket")
REJECT(EACCES, "calling kernel function bpf_obj_new_impl is not allowed")
int new_in_socket_filter(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (i)
		drop(i);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "R* must be referenced or trusted") int dropped_twice(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	drop(i);
	drop(i);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "R* must have zero offset when passed to release func or trusted arg to "
	       "kfunc")
int dropped_in_the_middle(struct __sk_buff *skb)
{
	struct item *i = make(struct item);

	if (!i)
		return 0;
	drop(&i->link);
	return 0;
}

SEC("tc")
REJECT(EACCES, "R* type=rcu_ptr_ expected=map_value, ptr_")
int exchanged_in_stashed(struct __sk_buff *skb)
{
	u32 key = 0;
	struct stash *s = bpf_map_lookup_elem(&stashes, &key);
	struct outer *o = s ? s->outer : NULL;
	struct inner *i;

	if (!o)
		return 0;
	i = bpf_kptr_xchg(&o->inner, NULL);
	if (i) {
		o->number = i->number;
		drop(i);
	}
	return 0;
}

SEC("tc")
REJECT(EACCES, "only read is supported") int stashed_written_after_rcu(struct __sk_buff *skb)
{
	u32 key = 0;
	struct stash *s = bpf_map_lookup_elem(&stashes, &key);
	struct outer *o;

	if (!s)
		return 0;
	bpf_rcu_read_lock();
	o = s->outer;
	bpf_rcu_read_unlock();
	if (o)
		o->number = 4;
	return 0;
}

SEC("tc") ACCEPT int stash_one_in_another(struct __sk_buff *skb)
{
	u32 key = 0;
	struct stash *s = bpf_map_lookup_elem(&stashes, &key);
	struct outer *o = make(struct outer);
	struct inner *i = make(struct inner);

	if (!o || !i) {
		if (o)
			drop(o);
		if (i)
			drop(i);
		return 0;
	}
	i = bpf_kptr_xchg(&o->inner, i);
	if (i)
		drop(i);
	if (s)
		o = bpf_kptr_xchg(&s->outer, o);
	if (o)
		drop(o);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
