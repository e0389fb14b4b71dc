// SPDX-License-Identifier: BSD-2-Clause
/* RCU sections, sections without preemption or interrupts, spin locks. */
#include "kfuncs.h"

extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;

#define IN_SECTION(what, section)                                                                  \
	REJECT(EINVAL, what " cannot be used inside " section " region")

SEC("xdp") ACCEPT int rcu_balanced(struct xdp_md *xdp)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return XDP_PASS;
}

SEC("xdp") IN_SECTION("BPF_EXIT instruction in main prog", "bpf_rcu_read_lock-ed")
int rcu_not_unlocked(struct xdp_md *xdp)
{
	bpf_rcu_read_lock();
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "unmatched rcu read unlock (kernel function bpf_rcu_read_unlock)")
int rcu_not_locked(struct xdp_md *xdp)
{
	bpf_rcu_read_unlock();
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "nested rcu read lock (kernel function bpf_rcu_read_lock)")
int rcu_nested(struct xdp_md *xdp)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	bpf_rcu_read_unlock();
	return XDP_PASS;
}

static __noinline int lock_rcu(void)
{
	bpf_rcu_read_lock();
	return 1;
}

SEC("xdp") ACCEPT int rcu_locked_in_subprogram(struct xdp_md *xdp)
{
	lock_rcu();
	bpf_rcu_read_unlock();
	return XDP_PASS;
}

SEC("xdp") IN_SECTION("bpf_throw", "bpf_rcu_read_lock-ed") int throw_in_rcu(struct xdp_md *xdp)
{
	bpf_rcu_read_lock();
	bpf_throw(0);
	bpf_rcu_read_unlock();
	return XDP_PASS;
}

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, 4);
	__uint(value_size, 4);
} programs SEC(".maps");

SEC("xdp") IN_SECTION("tail_call", "bpf_rcu_read_lock-ed") int tail_call_in_rcu(struct xdp_md *xdp)
{
	bpf_rcu_read_lock();
	bpf_tail_call(xdp, &programs, 0);
	bpf_rcu_read_unlock();
	return XDP_PASS;
}

SEC("tc") ACCEPT int walk_in_rcu(struct __sk_buff *skb)
{
	struct task_struct *t = bpf_task_from_pid(1), *parent;
	int pid = 0;

	if (!t)
		return 0;
	bpf_rcu_read_lock();
	parent = t->real_parent;
	if (parent)
		pid = parent->pid;
	bpf_rcu_read_unlock();
	bpf_task_release(t);
	return pid;
}

SEC("xdp") ACCEPT int preempt_balanced(struct xdp_md *xdp)
{
	bpf_preempt_disable();
	bpf_preempt_disable();
	bpf_preempt_enable();
	bpf_preempt_enable();
	return XDP_PASS;
}

SEC("xdp") IN_SECTION("BPF_EXIT instruction in main prog", "bpf_preempt_disable-ed")
int preempt_not_enabled(struct xdp_md *xdp)
{
	bpf_preempt_disable();
	bpf_preempt_disable();
	bpf_preempt_enable();
	return XDP_PASS;
}

SEC("xdp")
REJECT(EINVAL, "unmatched attempt to enable preemption (kernel function bpf_preempt_enable)")
int preempt_not_disabled(struct xdp_md *xdp)
{
	bpf_preempt_enable();
	return XDP_PASS;
}

struct locked {
	u64 before;
	struct bpf_spin_lock lock;
	u32 n;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct locked);
} locks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, u64);
} plain SEC(".maps");

static __always_inline struct locked *locked_at(u32 key)
{
	return bpf_map_lookup_elem(&locks, &key);
}

SEC("xdp") ACCEPT int lock_balanced(struct xdp_md *xdp)
{
	struct locked *l = locked_at(0);

	if (!l)
		return XDP_PASS;
	bpf_spin_lock(&l->lock);
	l->n++;
	bpf_spin_unlock(&l->lock);
	return XDP_PASS;
}

SEC("xdp") IN_SECTION("BPF_EXIT instruction in main prog", "bpf_spin_lock-ed")
int lock_not_unlocked(struct xdp_md *xdp)
{
	struct locked *l = locked_at(0);

	if (l)
		bpf_spin_lock(&l->lock);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "bpf_spin_unlock without taking a lock")
int lock_not_locked(struct xdp_md *xdp)
{
	struct locked *l = locked_at(0);

	if (l)
		bpf_spin_unlock(&l->lock);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "bpf_spin_unlock of different lock")
int lock_of_another_value(struct xdp_md *xdp)
{
	struct locked *a = locked_at(xdp->rx_queue_index), *b = locked_at(xdp->ingress_ifindex);

	if (!a || !b)
		return XDP_PASS;
	bpf_spin_lock(&a->lock);
	bpf_spin_unlock(&b->lock);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "function calls are not allowed while holding a lock")
int lock_two(struct xdp_md *xdp)
{
	struct locked *a = locked_at(xdp->rx_queue_index), *b = locked_at(xdp->ingress_ifindex);

	if (!a || !b)
		return XDP_PASS;
	bpf_spin_lock(&a->lock);
	bpf_spin_lock(&b->lock);
	bpf_spin_unlock(&b->lock);
	bpf_spin_unlock(&a->lock);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "off 0 doesn't point to 'struct bpf_spin_lock' that is at 8")
int lock_elsewhere(struct xdp_md *xdp)
{
	struct locked *l = locked_at(0);

	if (!l)
		return XDP_PASS;
	bpf_spin_lock((struct bpf_spin_lock *)l);
	bpf_spin_unlock((struct bpf_spin_lock *)l);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "map 'plain' has no valid bpf_spin_lock")
int lock_in_plain_map(struct xdp_md *xdp)
{
	u32 key = 0;
	void *v = bpf_map_lookup_elem(&plain, &key);

	if (!v)
		return XDP_PASS;
	bpf_spin_lock(v);
	bpf_spin_unlock(v);
	return XDP_PASS;
}

SEC("socket") REJECT(EINVAL, "socket filter progs cannot use bpf_spin_lock yet")
int lock_in_socket_filter(struct __sk_buff *skb)
{
	struct locked *l = locked_at(0);

	return l ? l->n : 0;
}

SEC("xdp") REJECT(EACCES, "bpf_spin_lock cannot be accessed directly by load/store")
int lock_read(struct xdp_md *xdp)
{
	struct locked *l = locked_at(0);

	return l ? *(volatile u32 *)&l->lock : 0;
}

static __noinline int count(struct locked *l)
{
	l->n++;
	return 0;
}

SEC("xdp") ACCEPT int static_call_under_lock(struct xdp_md *xdp)
{
	struct locked *l = locked_at(0);

	if (!l)
		return XDP_PASS;
	bpf_spin_lock(&l->lock);
	count(l);
	bpf_spin_unlock(&l->lock);
	return XDP_PASS;
}

__noinline int global_count(int n)
{
	return n + 1;
}

SEC("xdp") REJECT(EINVAL, "use static function instead") int global_call_under_lock(struct xdp_md *xdp)
{
	struct locked *l = locked_at(0);

	if (!l)
		return XDP_PASS;
	bpf_spin_lock(&l->lock);
	l->n = global_count(l->n);
	bpf_spin_unlock(&l->lock);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
