// SPDX-License-Identifier: BSD-2-Clause
/* Kernel pointers kept in map values. The type tag needs clang 15 or later. */
#include "kfuncs.h"

#define __kptr __attribute__((btf_type_tag("kptr")))
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))

extern struct task_struct *bpf_task_from_pid(s32 pid) __ksym;

struct holder {
	struct task_struct __kptr *task;
	struct task_struct __kptr_untrusted *seen;
	u64 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct holder);
} holders SEC(".maps");

static __always_inline struct holder *holder(void)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&holders, &key);
}

#define LEAK REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference leak")

SEC("tc") ACCEPT int stash_and_drop_the_old(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t;

	if (!h)
		return 0;
	t = bpf_task_from_pid(1);
	if (!t)
		return 0;
	t = bpf_kptr_xchg(&h->task, t);
	if (t)
		bpf_task_release(t);
	return 0;
}

SEC("tc") LEAK int stash_and_lose_the_old(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t;

	if (!h)
		return 0;
	t = bpf_task_from_pid(1);
	if (!t)
		return 0;
	t = bpf_kptr_xchg(&h->task, t);
	hide(t);
	return 0;
}

SEC("tc") ACCEPT int take_out(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t;
	int pid = 0;

	if (!h)
		return 0;
	t = bpf_kptr_xchg(&h->task, NULL);
	if (t) {
		pid = t->pid;
		bpf_task_release(t);
	}
	return pid;
}

SEC("tc") REJECT(EACCES, "R* invalid mem access 'scalar'")
int use_after_stash(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t, *old;

	if (!h)
		return 0;
	t = bpf_task_from_pid(1);
	if (!t)
		return 0;
	old = bpf_kptr_xchg(&h->task, t);
	if (old)
		bpf_task_release(old);
	return t->pid;
}

SEC("tc") ACCEPT int read_in_place(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t;

	if (!h)
		return 0;
	t = h->task;
	return t ? t->pid : 0;
}

SEC("tc") REJECT(EACCES, "R* invalid mem access 'rcu_ptr_or_null_'")
int read_in_place_unchecked(struct __sk_buff *skb)
{
	struct holder *h = holder();

	return h ? h->task->pid : 0;
}

SEC("tc") REJECT(EINVAL, "R1 must be referenced or trusted")
int release_in_place(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t;

	if (!h)
		return 0;
	t = h->task;
	if (t)
		bpf_task_release(t);
	return 0;
}

SEC("tc") REJECT(EACCES, "store to referenced kptr disallowed")
int store_to_referenced(struct __sk_buff *skb)
{
	struct holder *h = holder();

	if (h)
		h->task = NULL;
	return 0;
}

SEC("tc") REJECT(EACCES, "off=8 kptr isn't referenced kptr")
int exchange_unreferenced(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t;

	if (!h)
		return 0;
	t = bpf_kptr_xchg(&h->seen, NULL);
	if (t)
		bpf_task_release(t);
	return 0;
}

SEC("tc") REJECT(EACCES, "off=16 doesn't point to kptr")
int exchange_number(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t;

	if (!h)
		return 0;
	t = bpf_kptr_xchg((void **)&h->number, NULL);
	if (t)
		bpf_task_release(t);
	return 0;
}

SEC("tc") REJECT(EACCES, "R2 type=untrusted_ptr_ expected=ptr_, trusted_ptr_, rcu_ptr_")
int stash_in_place_pointer(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t;

	if (!h)
		return 0;
	t = h->seen;
	if (!t)
		return 0;
	t = bpf_kptr_xchg(&h->task, t);
	if (t)
		bpf_task_release(t);
	return 0;
}

SEC("tc") ACCEPT int store_untrusted(struct __sk_buff *skb)
{
	struct holder *h = holder();
	struct task_struct *t;

	if (!h)
		return 0;
	t = bpf_task_from_pid(1);
	if (!t)
		return 0;
	h->seen = t;
	bpf_task_release(t);
	return 0;
}

SEC("tc") REJECT(EACCES, "kptr access size must be BPF_DW")
int load_half_a_pointer(struct __sk_buff *skb)
{
	struct holder *h = holder();

	return h ? *(volatile u32 *)&h->task : 0;
}

SEC("tc") REJECT(EACCES, "kptr access misaligned expected=0 off=4")
int load_across_pointers(struct __sk_buff *skb)
{
	struct holder *h = holder();

	return h ? *(volatile u64 *)((void *)h + 4) : 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
