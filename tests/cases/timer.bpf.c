// SPDX-License-Identifier: BSD-2-Clause
/* Timers and work queues: verified, though nothing here runs them. */
#include "kfuncs.h"

extern int bpf_wq_init(struct bpf_wq *wq, void *p__map, unsigned int flags) __ksym;
extern int bpf_wq_start(struct bpf_wq *wq, unsigned int flags) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *wq,
				    int (*callback)(void *map, int *key, void *value),
				    unsigned int flags, void *aux) __ksym;

struct timed {
	u64 count;
	struct bpf_timer timer;
};

struct queued {
	u64 count;
	struct bpf_wq work;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct timed);
} timers SEC(".maps"), others SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10);
	__type(key, u32);
	__type(value, struct queued);
} queues SEC(".maps");

#define VALUE(type, name, map)                               \
	u32 key = 0;                                         \
	struct type *name = bpf_map_lookup_elem(&map, &key); \
	if (!name)                                           \
	return 0

static int tick(void *map, int *key, struct timed *v)
{
	v->count++;
	bpf_timer_start(&v->timer, 1000, 0);
	return 0;
}

SEC("xdp") ACCEPT int timer_periodic(struct xdp_md *xdp)
{
	VALUE(timed, v, timers);
	bpf_timer_init(&v->timer, &timers, 1);
	bpf_timer_set_callback(&v->timer, tick);
	bpf_timer_start(&v->timer, 1000, 0);
	return XDP_PASS;
}

SEC("tc") ACCEPT int timer_cancelled(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_cancel(&v->timer);
}

SEC("tc")
REJECT(EINVAL, "timer pointer in R* map_uid=0 doesn't match map pointer in R* "
	       "map_uid=0")
int timer_of_another_map(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_init(&v->timer, &others, 1);
}

SEC("tc")
REJECT(EINVAL, "off 0 doesn't point to 'struct bpf_timer' that is at 8")
int timer_wrong_offset(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_init((void *)v, &timers, 1);
}

SEC("tc") REJECT(EACCES, "R* type=fp expected=map_value") int timer_on_stack(struct __sk_buff *skb)
{
	struct bpf_timer t = {};

	return bpf_timer_init(&t, &timers, 1);
}

SEC("tc")
REJECT(EINVAL, "map 'queues' has no valid bpf_timer")
int timer_in_map_without(struct __sk_buff *skb)
{
	VALUE(queued, v, queues);
	return bpf_timer_init((void *)&v->work, &queues, 1);
}

SEC("tc")
REJECT(EACCES, "bpf_timer cannot be accessed directly by load/store")
int timer_written(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	*(volatile u64 *)&v->timer = 0;
	return 0;
}

static int returns_one(void *map, int *key, struct timed *v)
{
	return 1;
}

SEC("tc")
REJECT(EINVAL, "At async callback return the register R* has smin=1 smax=1 should have been in [0, "
	       "0]")
int timer_callback_returns_one(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, returns_one);
}

static int returns_any(void *map, int *key, struct timed *v)
{
	return v->count;
}

SEC("tc")
REJECT(EINVAL, "At async callback return the register R* has unknown scalar value should have been "
	       "in [0, 0]")
int timer_callback_returns_any(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, returns_any);
}

static int sets_itself(void *map, int *key, struct timed *v)
{
	bpf_timer_set_callback(&v->timer, sets_itself);
	bpf_timer_start(&v->timer, 1, 0);
	return 0;
}

SEC("tc") ACCEPT int timer_callback_sets_itself(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, sets_itself);
}

static int loops(void *map, int *key, struct timed *v)
{
	while (v)
		v->count++;
	return 0;
}

SEC("tc") REJECT(EINVAL, "old state: *") int timer_callback_loops(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, loops);
}

static int reads_key(void *map, int *key, struct timed *v)
{
	u64 *other = bpf_map_lookup_elem(map, key);

	v->count = *key;
	if (other)
		*other = 1;
	return 0;
}

SEC("tc") ACCEPT int timer_callback_uses_all(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, reads_key);
}

static int beyond(void *map, int *key, struct timed *v)
{
	return ((volatile u64 *)v)[10];
}

SEC("tc")
REJECT(EACCES, "R* min value is outside of the allowed memory range")
int timer_callback_beyond(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, beyond);
}

static int leaks(void *map, int *key, struct timed *v)
{
	bpf_rcu_read_lock();
	return 0;
}

SEC("tc")
REJECT(EINVAL, "BPF_EXIT instruction in main prog cannot be used inside bpf_rcu_read_lock-ed "
	       "region")
int timer_callback_leaks(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, leaks);
}

static int throws(void *map, int *key, struct timed *v)
{
	bpf_throw(0);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_throw kfunc (insn *) cannot be called from callback subprog "
	       "1")
int timer_callback_throws(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, throws);
}

static int deep(void *map, int *key, struct timed *v)
{
	volatile char on_stack[400];

	on_stack[0] = 1;
	return on_stack[0] - 1 & 0;
}

SEC("tc") ACCEPT int timer_callback_has_own_stack(struct __sk_buff *skb)
{
	volatile char on_stack[400];
	VALUE(timed, v, timers);

	on_stack[0] = 1;
	return bpf_timer_set_callback(&v->timer, deep) + on_stack[0];
}

SEC("tc") ACCEPT int timer_callback_also_called(struct __sk_buff *skb)
{
	volatile char on_stack[400];
	VALUE(timed, v, timers);

	on_stack[0] = 1;
	bpf_timer_set_callback(&v->timer, deep);
	return deep(&timers, (int *)&key, v) + on_stack[0];
}

static int work(void *map, int *key, void *value)
{
	struct queued *v = value;

	v->count++;
	return 0;
}

SEC("tc") ACCEPT int wq_used(struct __sk_buff *skb)
{
	VALUE(queued, v, queues);
	if (bpf_wq_init(&v->work, &queues, 0))
		return 0;
	if (bpf_wq_set_callback_impl(&v->work, work, 0, NULL))
		return 0;
	return bpf_wq_start(&v->work, 0);
}

SEC("xdp") ACCEPT int wq_of_another_map(struct xdp_md *xdp)
{
	VALUE(queued, v, queues);
	return bpf_wq_init(&v->work, &timers, 0);
}

SEC("tc")
REJECT(EINVAL, "off 0 doesn't point to 'struct bpf_wq' that is at 8")
int wq_wrong_offset(struct __sk_buff *skb)
{
	VALUE(queued, v, queues);
	return bpf_wq_init((void *)v, &queues, 0);
}

SEC("tc")
REJECT(EINVAL, "arg#0 doesn't point to a map value") int wq_on_stack(struct __sk_buff *skb)
{
	struct bpf_wq wq = {};

	return bpf_wq_init(&wq, &queues, 0);
}

static int sleeps(void *map, int *key, void *value)
{
	char buf[8];

	bpf_copy_from_user(buf, sizeof(buf), NULL);
	return 0;
}

SEC("tc") ACCEPT int wq_callback_sleeps(struct __sk_buff *skb)
{
	VALUE(queued, v, queues);
	return bpf_wq_set_callback_impl(&v->work, sleeps, 0, NULL);
}

static int sleeps_locked(void *map, int *key, void *value)
{
	char buf[8];

	bpf_rcu_read_lock();
	bpf_copy_from_user(buf, sizeof(buf), NULL);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("tc")
REJECT(EINVAL, "sleepable helper bpf_copy_from_user#148 in rcu_read_lock "
	       "region")
int wq_callback_sleeps_in_rcu(struct __sk_buff *skb)
{
	VALUE(queued, v, queues);
	return bpf_wq_set_callback_impl(&v->work, sleeps_locked, 0, NULL);
}

static int timer_sleeps(void *map, int *key, struct timed *value)
{
	char buf[8];

	bpf_copy_from_user(buf, sizeof(buf), NULL);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "helper call might sleep in a non-sleepable prog")
int timer_callback_sleeps(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, timer_sleeps);
}

SEC("tc")
REJECT(EACCES, "R* type=scalar expected=func") int timer_callback_is_a_number(struct __sk_buff *skb)
{
	VALUE(timed, v, timers);
	return bpf_timer_set_callback(&v->timer, (void *)(long)skb->len);
}

char LICENSE[] SEC("license") = "GPL";
