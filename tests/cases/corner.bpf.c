// SPDX-License-Identifier: BSD-2-Clause
/* Corners in which sections, callbacks, tail calls, exceptions and iterators meet. */
#include "kfuncs.h"

#define NO_PREALLOC 1
#define F_CREATE    1

extern void bpf_local_irq_save(unsigned long *flags) __ksym;
extern void bpf_local_irq_restore(unsigned long *flags) __ksym;
extern int bpf_strlen(const char *s) __ksym;
extern int bpf_xdp_pull_data(struct xdp_md *xdp, __u32 len) __ksym;
extern int bpf_iter_bits_new(struct bpf_iter_bits *it, const u64 *words, u32 nr) __ksym;
extern int *bpf_iter_bits_next(struct bpf_iter_bits *it) __ksym;
extern void bpf_iter_bits_destroy(struct bpf_iter_bits *it) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u32);
} jumps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} values SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u32);
} socks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} storage SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} uring SEC(".maps");

#define __global __attribute__((noinline))

static __noinline int tail(void *ctx)
{
	bpf_tail_call(ctx, &jumps, 1);
	return 1;
}

SEC("xdp")
REJECT(EACCES,
       "R* invalid mem access 'scalar'") int packet_over_static_tail_call(struct xdp_md *xdp)
{
	u8 *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;

	if (data + 1 > end)
		return XDP_DROP;
	tail(xdp);
	return *data;
}

SEC("xdp")
REJECT(EINVAL, "tail_call cannot be used inside bpf_preempt_disable-ed "
	       "region") int tail_call_under_preempt(struct xdp_md *xdp)
{
	bpf_preempt_disable();
	tail(xdp);
	bpf_preempt_enable();
	return XDP_PASS;
}

SEC("xdp")
REJECT(EINVAL, "tail_call cannot be used inside bpf_rcu_read_lock-ed "
	       "region") int tail_call_under_rcu(struct xdp_md *xdp)
{
	bpf_rcu_read_lock();
	bpf_tail_call(xdp, &jumps, 1);
	bpf_rcu_read_unlock();
	return XDP_PASS;
}

static long cb_tail(u32 i, void *ctx)
{
	bpf_tail_call(*(void **)ctx, &jumps, 1);
	return 0;
}

SEC("xdp")
REJECT(EFAULT,
       "verifier bug: callback unexpected regs 1") int tail_call_in_callback(struct xdp_md *xdp)
{
	void *ctx = xdp;

	bpf_loop(3, cb_tail, &ctx, 0);
	return XDP_PASS;
}

static long cb_throw(u32 i, void *ctx)
{
	bpf_throw(1);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_throw kfunc (insn *) cannot be called from callback subprog "
	       "1") int throw_in_callback(struct __sk_buff *skb)
{
	bpf_loop(3, cb_throw, NULL, 0);
	return 0;
}

static __noinline int throws(int n)
{
	if (n)
		bpf_throw(n);
	return 0;
}

SEC("tc") ACCEPT int throw_in_subprog(struct __sk_buff *skb)
{
	return throws(skb->len);
}

SEC("tc")
REJECT(EINVAL,
       "bpf_throw would lead to reference leak") int throw_with_iterator(struct __sk_buff *skb)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 3);
	throws(skb->len);
	bpf_iter_num_destroy(&it);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_throw cannot be used inside bpf_local_irq_save-ed region") int throw_with_irq(
	struct __sk_buff *skb)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	throws(skb->len);
	bpf_local_irq_restore(&flags);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "bpf_throw cannot be used inside bpf_rcu_read_lock-ed region") int throw_with_rcu(
	struct __sk_buff *skb)
{
	bpf_rcu_read_lock();
	throws(skb->len);
	bpf_rcu_read_unlock();
	return 0;
}

static __noinline int saves(unsigned long *flags)
{
	bpf_local_irq_save(flags);
	return 0;
}

SEC("tc") ACCEPT int irq_saved_in_subprog(struct __sk_buff *skb)
{
	unsigned long flags;

	saves(&flags);
	bpf_local_irq_restore(&flags);
	return 0;
}

static __noinline int leaves_irq(void)
{
	unsigned long flags;

	bpf_local_irq_save(&flags);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "BPF_EXIT instruction in main prog cannot be used inside bpf_local_irq_save-ed "
	       "region") int irq_lost_in_subprog(struct __sk_buff *skb)
{
	return leaves_irq();
}

static __noinline int enables(void)
{
	bpf_preempt_enable();
	return 0;
}

SEC("tc") ACCEPT int preempt_enabled_in_subprog(struct __sk_buff *skb)
{
	bpf_preempt_disable();
	return enables();
}

__global int global_enables(int n)
{
	bpf_preempt_enable();
	return n;
}

SEC("tc")
REJECT(EINVAL, "BPF_EXIT instruction in main prog cannot be used inside bpf_preempt_disable-ed "
	       "region") int preempt_enabled_in_global(struct __sk_buff *skb)
{
	bpf_preempt_disable();
	return global_enables(1);
}

__global int global_plain(int n)
{
	hide(n);
	return n;
}

SEC("tc") ACCEPT int global_in_sections(struct __sk_buff *skb)
{
	unsigned long flags;
	int n;

	bpf_preempt_disable();
	bpf_rcu_read_lock();
	bpf_local_irq_save(&flags);
	n = global_plain(skb->len);
	bpf_local_irq_restore(&flags);
	bpf_rcu_read_unlock();
	bpf_preempt_enable();
	return n;
}

__global int global_throws(int n)
{
	bpf_throw(n);
	return 0;
}

SEC("tc") ACCEPT int global_throw_with_rcu(struct __sk_buff *skb)
{
	bpf_rcu_read_lock();
	global_throws(1);
	bpf_rcu_read_unlock();
	return 0;
}

SEC("tc") ACCEPT int iterators_nested_four(struct __sk_buff *skb)
{
	struct bpf_iter_num a, b, c, d;
	int *i, sum = 0;

	bpf_iter_num_new(&a, 0, 3);
	bpf_iter_num_new(&b, 0, 3);
	bpf_iter_num_new(&c, 0, 3);
	bpf_iter_num_new(&d, 0, 3);
	while ((i = bpf_iter_num_next(&a)))
		while ((i = bpf_iter_num_next(&b)))
			while ((i = bpf_iter_num_next(&c)))
				while ((i = bpf_iter_num_next(&d)))
					sum += *i;
	bpf_iter_num_destroy(&d);
	bpf_iter_num_destroy(&c);
	bpf_iter_num_destroy(&b);
	bpf_iter_num_destroy(&a);
	return sum;
}

SEC("tc") ACCEPT int iterator_over_bits(struct __sk_buff *skb)
{
	struct bpf_iter_bits it;
	u64 word = skb->len;
	int *bit, sum = 0;

	bpf_iter_bits_new(&it, &word, 1);
	while ((bit = bpf_iter_bits_next(&it)))
		sum += *bit;
	bpf_iter_bits_destroy(&it);
	return sum;
}

SEC("tc") ACCEPT int iterator_element_after_next(struct __sk_buff *skb)
{
	struct bpf_iter_num it;
	int *a, *b, sum = 0;

	bpf_iter_num_new(&it, 0, 3);
	a = bpf_iter_num_next(&it);
	b = bpf_iter_num_next(&it);
	if (a && b)
		sum = *a + *b;
	bpf_iter_num_destroy(&it);
	return sum;
}

static long take(struct bpf_dynptr *sample, void *ctx)
{
	u64 v;

	bpf_dynptr_read(&v, sizeof(v), sample, 0, 0);
	return v & 1;
}

static long take_writes(struct bpf_dynptr *sample, void *ctx)
{
	u64 v = 1;

	return bpf_dynptr_write(sample, 0, &v, sizeof(v), 0) != 0;
}

static long take_slices(struct bpf_dynptr *sample, void *ctx)
{
	u64 *v = bpf_dynptr_data(sample, 0, 8);

	return v ? *v & 1 : 0;
}

static long take_submits(struct bpf_dynptr *sample, void *ctx)
{
	bpf_ringbuf_submit_dynptr(sample, 0);
	return 0;
}

static long take_returns_two(struct bpf_dynptr *sample, void *ctx)
{
	return 2;
}

static long take_reads_raw(struct bpf_dynptr *sample, void *ctx)
{
	return *(volatile u64 *)sample;
}

SEC("xdp") ACCEPT int uring_read(struct xdp_md *xdp)
{
	return bpf_user_ringbuf_drain(&uring, take, NULL, 0);
}

SEC("xdp") ACCEPT int uring_write(struct xdp_md *xdp)
{
	return bpf_user_ringbuf_drain(&uring, take_writes, NULL, 0);
}

SEC("xdp") ACCEPT int uring_slice(struct xdp_md *xdp)
{
	return bpf_user_ringbuf_drain(&uring, take_slices, NULL, 0);
}

SEC("xdp")
REJECT(EINVAL, "cannot release unowned const bpf_dynptr") int uring_submit(struct xdp_md *xdp)
{
	return bpf_user_ringbuf_drain(&uring, take_submits, NULL, 0);
}

SEC("xdp")
REJECT(EINVAL, "At callback return the register R* has smin=2 smax=2 should have been in [0, "
	       "1]") int uring_two(struct xdp_md *xdp)
{
	return bpf_user_ringbuf_drain(&uring, take_returns_two, NULL, 0);
}

SEC("xdp") REJECT(EACCES, "R* invalid mem access 'dynptr_ptr'") int uring_raw(struct xdp_md *xdp)
{
	return bpf_user_ringbuf_drain(&uring, take_reads_raw, NULL, 0);
}

SEC("xdp")
REJECT(EINVAL, "cannot pass map_type 2 into func bpf_user_ringbuf_drain#209") int uring_of_array(
	struct xdp_md *xdp)
{
	return bpf_user_ringbuf_drain(&values, take, NULL, 0);
}

SEC("xdp") REJECT(EACCES, "invalid zero-sized read") int uring_looked_into(struct xdp_md *xdp)
{
	u32 key = 0;

	return bpf_map_lookup_elem(&uring, &key) != NULL;
}

SEC("tc") ACCEPT int sock_found_and_released(struct __sk_buff *skb)
{
	u32 key = 0;
	struct bpf_sock *sk = bpf_map_lookup_elem(&socks, &key);

	if (sk)
		bpf_sk_release(sk);
	return 0;
}

SEC("tc")
REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference "
	       "leak") int sock_found_and_kept(struct __sk_buff *skb)
{
	u32 key = 0;
	struct bpf_sock *sk = bpf_map_lookup_elem(&socks, &key);

	return sk ? sk->family : 0;
}

SEC("tc") ACCEPT int sock_put_in(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	u32 key = 0;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	return bpf_map_update_elem(&socks, &key, sk, 0);
}

SEC("tc")
REJECT(EACCES, "R* type=fp expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, "
	       "trusted_ptr_") int sock_put_number(struct __sk_buff *skb)
{
	u32 key = 0, value = 1;

	return bpf_map_update_elem(&socks, &key, &value, 0);
}

SEC("tc") ACCEPT int storage_of_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	u64 *v;

	if (!sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	v = bpf_sk_storage_get(&storage, sk, NULL, F_CREATE);
	if (v)
		*v += 1;
	return bpf_sk_storage_delete(&storage, sk);
}

SEC("tc")
REJECT(EACCES,
       "R* invalid mem access 'map_value_or_null'") int storage_unchecked(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	u64 *v;

	if (!sk)
		return 0;
	v = bpf_sk_storage_get(&storage, sk, NULL, 0);
	return *v;
}

SEC("tc")
REJECT(EACCES, "R* type=scalar expected=sock_common, sock, tcp_sock, xdp_sock, ptr_, "
	       "trusted_ptr_") int storage_of_null(struct __sk_buff *skb)
{
	return bpf_sk_storage_get(&storage, NULL, NULL, 0) != NULL;
}

SEC("xdp")
REJECT(EINVAL, "program of this type cannot use helper bpf_sk_storage_get#107") int storage_in_xdp(
	struct xdp_md *xdp)
{
	return bpf_sk_storage_get(&storage, NULL, NULL, 0) != NULL;
}

SEC("tc")
REJECT(EINVAL, "cannot pass map_type 24 into func bpf_map_lookup_elem#1") int storage_looked_up(
	struct __sk_buff *skb)
{
	int key = 0;

	return bpf_map_lookup_elem(&storage, &key) != NULL;
}

SEC("tc") ACCEPT int sock_cast(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct tcp_sock *tp;

	if (!sk)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	return tp ? tp->snd_cwnd : 0;
}

SEC("tc")
REJECT(EACCES,
       "R* invalid mem access 'ptr_or_null_'") int sock_cast_unchecked(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;
	struct tcp_sock *tp;

	if (!sk)
		return 0;
	tp = bpf_skc_to_tcp_sock(sk);
	return tp->snd_cwnd;
}

SEC("tc") ACCEPT int string_of_number(struct __sk_buff *skb)
{
	return bpf_strlen((const char *)(long)skb->len);
}

SEC("tc") ACCEPT int string_on_stack(struct __sk_buff *skb)
{
	char s[8] = "abc";

	return bpf_strlen(s);
}

SEC("xdp") REJECT(EACCES, "R* invalid mem access 'scalar'") int packet_over_pull(struct xdp_md *xdp)
{
	u8 *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;

	if (data + 1 > end)
		return XDP_DROP;
	bpf_xdp_pull_data(xdp, 10);
	return *data;
}

SEC("tc")
REJECT(EACCES, "R* invalid mem access 'scalar'") int packet_over_write(struct __sk_buff *skb)
{
	u8 *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct bpf_dynptr p;
	u8 b = 1;

	if (data + 1 > end)
		return 0;
	bpf_dynptr_from_skb(skb, 0, &p);
	bpf_dynptr_write(&p, 0, &b, 1, 0);
	return *data;
}

SEC("xdp") ACCEPT int packet_over_xdp_write(struct xdp_md *xdp)
{
	u8 *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;
	struct bpf_dynptr p;
	u8 b = 1;

	if (data + 1 > end)
		return 0;
	bpf_dynptr_from_xdp(xdp, 0, &p);
	bpf_dynptr_write(&p, 0, &b, 1, 0);
	return *data;
}

SEC("socket") ACCEPT int dynptr_write_in_filter(struct __sk_buff *skb)
{
	struct bpf_dynptr p;
	u8 b = 1;

	bpf_dynptr_from_skb(skb, 0, &p);
	return bpf_dynptr_write(&p, 0, &b, 1, 0);
}

SEC("tc") ACCEPT int lookup_in_sections(struct __sk_buff *skb)
{
	unsigned long flags;
	u32 key = 0;
	u64 *v;

	bpf_local_irq_save(&flags);
	v = bpf_map_lookup_elem(&values, &key);
	if (v)
		*v += 1;
	bpf_local_irq_restore(&flags);
	return 0;
}

static long cb_leaks_rcu(u32 i, void *ctx)
{
	bpf_rcu_read_lock();
	return 0;
}

SEC("tc")
REJECT(EINVAL, "unmatched rcu read unlock (kernel function "
	       "bpf_rcu_read_unlock)") int rcu_left_in_callback(struct __sk_buff *skb)
{
	bpf_loop(1, cb_leaks_rcu, NULL, 0);
	bpf_rcu_read_unlock();
	return 0;
}

static long cb_leaks_preempt(u32 i, void *ctx)
{
	bpf_preempt_disable();
	return 0;
}

SEC("tc")
REJECT(EINVAL, "unmatched attempt to enable preemption (kernel function "
	       "bpf_preempt_enable)") int preempt_left_in_callback(struct __sk_buff *skb)
{
	bpf_loop(1, cb_leaks_preempt, NULL, 0);
	bpf_preempt_enable();
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
