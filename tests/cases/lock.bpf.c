// SPDX-License-Identifier: BSD-2-Clause
/* Spin locks, and resilient ones, which can fail; saved interrupt flags. */
#include "kfuncs.h"

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern int bpf_res_spin_lock_irqsave(struct bpf_res_spin_lock *lock, unsigned long *flags) __ksym;
extern void bpf_res_spin_unlock_irqrestore(struct bpf_res_spin_lock *lock,
					   unsigned long *flags) __ksym;
extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;

struct locked {
	struct bpf_res_spin_lock lock;
	u64 value;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct locked);
} first SEC(".maps"), second SEC(".maps");

struct plain {
	struct bpf_spin_lock lock;
	u32 value;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct plain);
} third SEC(".maps");

#define VALUE(name, map)                                       \
	struct locked *name = bpf_map_lookup_elem(&map, &key); \
	if (!name)                                             \
	return 0

SEC("xdp") ACCEPT int res_lock_and_unlock(struct xdp_md *xdp)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return XDP_DROP;
	v->value++;
	bpf_res_spin_unlock(&v->lock);
	return XDP_PASS;
}

SEC("tc") ACCEPT int res_two_locks(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);
	VALUE(w, second);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	if (bpf_res_spin_lock(&w->lock)) {
		bpf_res_spin_unlock(&v->lock);
		return 0;
	}
	bpf_res_spin_unlock(&w->lock);
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_res_spin_unlock cannot be out of order")
int res_out_of_order(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);
	VALUE(w, second);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	if (bpf_res_spin_lock(&w->lock)) {
		bpf_res_spin_unlock(&v->lock);
		return 0;
	}
	bpf_res_spin_unlock(&v->lock);
	bpf_res_spin_unlock(&w->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "Acquiring the same lock again, AA deadlock detected")
int res_same_twice(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	if (bpf_res_spin_lock(&v->lock)) {
		bpf_res_spin_unlock(&v->lock);
		return 0;
	}
	bpf_res_spin_unlock(&v->lock);
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_res_spin_unlock without taking a lock")
int res_result_ignored(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	bpf_res_spin_lock(&v->lock);
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed "
	       "region")
int res_never_unlocked(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	return 1;
}

SEC("tc")
REJECT(EINVAL, "bpf_res_spin_unlock without taking a lock")
int res_unlock_only(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_res_spin_unlock of different lock")
int res_other_unlocked(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);
	VALUE(w, second);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	bpf_res_spin_unlock(&w->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "off 4 doesn't point to 'struct bpf_res_spin_lock' that is at "
	       "0")
int res_wrong_offset(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock((void *)v + 4))
		return 0;
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "arg#0 doesn't point to map value or allocated object")
int res_on_stack(struct __sk_buff *skb)
{
	struct bpf_res_spin_lock lock = {};

	if (bpf_res_spin_lock(&lock))
		return 0;
	bpf_res_spin_unlock(&lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "map 'third' has no valid bpf_res_spin_lock")
int res_of_plain_lock(struct __sk_buff *skb)
{
	u32 key = 0;
	struct plain *p = bpf_map_lookup_elem(&third, &key);

	if (!p || bpf_res_spin_lock((void *)&p->lock))
		return 0;
	bpf_res_spin_unlock((void *)&p->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "map 'first' has no valid bpf_spin_lock")
int plain_of_res_lock(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	bpf_spin_lock((void *)&v->lock);
	bpf_spin_unlock((void *)&v->lock);
	return 0;
}

SEC("tc") ACCEPT int res_under_plain(struct __sk_buff *skb)
{
	u32 key = 0;
	struct plain *p = bpf_map_lookup_elem(&third, &key);
	VALUE(v, first);

	if (!p)
		return 0;
	bpf_spin_lock(&p->lock);
	if (!bpf_res_spin_lock(&v->lock))
		bpf_res_spin_unlock(&v->lock);
	bpf_spin_unlock(&p->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a lock")
int plain_under_res(struct __sk_buff *skb)
{
	u32 key = 0;
	struct plain *p = bpf_map_lookup_elem(&third, &key);
	VALUE(v, first);

	if (!p || bpf_res_spin_lock(&v->lock))
		return 0;
	bpf_spin_lock(&p->lock);
	bpf_spin_unlock(&p->lock);
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a lock")
int helper_under_res(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	v->value = bpf_ktime_get_ns();
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc")
REJECT(EACCES, "bpf_res_spin_lock cannot be accessed directly by "
	       "load/store")
int res_in_socket_program(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	v->lock.val = 0;
	return 0;
}

SEC("socket")
REJECT(EINVAL, "socket filter progs cannot use bpf_spin_lock yet")
int res_in_socket_filter(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc") ACCEPT int res_irqsave(struct __sk_buff *skb)
{
	unsigned long flags;
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock_irqsave(&v->lock, &flags))
		return 0;
	bpf_res_spin_unlock_irqrestore(&v->lock, &flags);
	return 0;
}

SEC("tc") ACCEPT int res_irqsave_two(struct __sk_buff *skb)
{
	unsigned long flags, more;
	u32 key = 0;
	VALUE(v, first);
	VALUE(w, second);

	if (bpf_res_spin_lock_irqsave(&v->lock, &flags))
		return 0;
	if (bpf_res_spin_lock_irqsave(&w->lock, &more)) {
		bpf_res_spin_unlock_irqrestore(&v->lock, &flags);
		return 0;
	}
	bpf_res_spin_unlock_irqrestore(&w->lock, &more);
	bpf_res_spin_unlock_irqrestore(&v->lock, &flags);
	return 0;
}

SEC("tc")
REJECT(EACCES, "cannot restore irq state out of order, expected id=* acquired at "
	       "insn_idx=*")
int res_irqsave_swapped(struct __sk_buff *skb)
{
	unsigned long flags, more;
	u32 key = 0;
	VALUE(v, first);
	VALUE(w, second);

	if (bpf_res_spin_lock_irqsave(&v->lock, &flags))
		return 0;
	if (bpf_res_spin_lock_irqsave(&w->lock, &more)) {
		bpf_res_spin_unlock_irqrestore(&v->lock, &flags);
		return 0;
	}
	bpf_res_spin_unlock_irqrestore(&w->lock, &flags);
	bpf_res_spin_unlock_irqrestore(&v->lock, &more);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_res_spin_unlock of different lock")
int res_irqsave_plain_unlock(struct __sk_buff *skb)
{
	unsigned long flags;
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock_irqsave(&v->lock, &flags))
		return 0;
	bpf_res_spin_unlock(&v->lock);
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a "
	       "lock")
int res_flags_restored_natively(struct __sk_buff *skb)
{
	unsigned long flags;
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock_irqsave(&v->lock, &flags))
		return 0;
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "irq flag acquired by native kfuncs cannot be restored with lock "
	       "kfuncs")
int native_flags_restored_by_lock(struct __sk_buff *skb)
{
	unsigned long flags, own;
	u32 key = 0;
	VALUE(v, first);

	bpf_local_irq_save(&own);
	if (bpf_res_spin_lock_irqsave(&v->lock, &flags)) {
		bpf_local_irq_restore(&own);
		return 0;
	}
	bpf_res_spin_unlock_irqrestore(&v->lock, &own);
	bpf_local_irq_restore(&flags);
	return 0;
}

static __noinline int locked_add(struct locked *v)
{
	v->value++;
	return 0;
}

SEC("tc") ACCEPT int static_call_under_res(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	locked_add(v);
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

__attribute__((noinline)) int global_nothing(int n)
{
	hide(n);
	return n;
}

SEC("tc")
REJECT(EINVAL, "use static function instead") int global_call_under_res(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	global_nothing(1);
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a lock")
int throw_under_res(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	bpf_throw(1);
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc") ACCEPT int iterating_under_res(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	bpf_iter_num_new(&it, 0, 10);
	while (bpf_iter_num_next(&it))
		v->value++;
	bpf_iter_num_destroy(&it);
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "function calls are not allowed while holding a lock")
int rcu_under_res(struct __sk_buff *skb)
{
	u32 key = 0;
	VALUE(v, first);

	if (bpf_res_spin_lock(&v->lock))
		return 0;
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	bpf_res_spin_unlock(&v->lock);
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
