// SPDX-License-Identifier: BSD-2-Clause
/* BPF functions: static, global, callbacks, exceptions. */
#include "kfuncs.h"

/* Weak, so that the compiler assumes nothing of one when it compiles the other. */
#define __global __attribute__((noinline, weak))
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#define __arg_nonnull __attribute__((btf_decl_tag("arg:nonnull")))
#define __arg_nullable __attribute__((btf_decl_tag("arg:nullable")))
#define __arg_trusted __attribute__((btf_decl_tag("arg:trusted")))
#define __arg_untrusted __attribute__((btf_decl_tag("arg:untrusted")))
#define __exception_cb(name) __attribute__((btf_decl_tag("exception_callback:" #name)))

__global int takes_number(int n)
{
	return n + 1;
}

SEC("xdp") ACCEPT int global_with_number(struct xdp_md *xdp)
{
	return takes_number(xdp->rx_queue_index);
}

SEC("xdp") REJECT(EINVAL, "Caller passes invalid args into func#1 ('takes_number')")
int global_with_pointer_for_number(struct xdp_md *xdp)
{
	return takes_number((long)xdp);
}

__global int takes_ctx(struct xdp_md *ctx)
{
	return ctx->rx_queue_index;
}

SEC("xdp") ACCEPT int global_with_ctx(struct xdp_md *xdp)
{
	return takes_ctx(xdp);
}

SEC("xdp") REJECT(EINVAL, "Caller passes invalid args into func#1 ('takes_ctx')")
int global_with_stack_for_ctx(struct xdp_md *xdp)
{
	u64 buf[8] = {};

	return takes_ctx((struct xdp_md *)buf);
}

__global int takes_tagged_ctx(void *ctx __arg_ctx)
{
	return ((struct xdp_md *)ctx)->rx_queue_index;
}

SEC("xdp") ACCEPT int global_with_tagged_ctx(struct xdp_md *xdp)
{
	return takes_tagged_ctx(xdp);
}

struct pair {
	u64 a, b;
};

__global int takes_mem(struct pair *p)
{
	return p ? p->a + p->b : 0;
}

SEC("xdp") ACCEPT int global_with_mem(struct xdp_md *xdp)
{
	struct pair p = {1, 2};

	return takes_mem(&p);
}

SEC("xdp") ACCEPT int global_with_null_mem(struct xdp_md *xdp)
{
	return takes_mem(NULL);
}

SEC("xdp") REJECT(EINVAL, "Caller passes invalid args into func#1 ('takes_mem')")
int global_with_small_mem(struct xdp_md *xdp)
{
	u64 a = 1;

	return takes_mem((struct pair *)&a);
}

__global int takes_unchecked(struct pair *p)
{
	return p->a;
}

SEC("xdp") REJECT(EACCES, "R1 invalid mem access 'mem_or_null'")
int global_does_not_check(struct xdp_md *xdp)
{
	struct pair p = {1, 2};

	return takes_unchecked(&p);
}

__global int takes_nonnull(struct pair *p __arg_nonnull)
{
	return p->a;
}

SEC("xdp") ACCEPT int global_with_nonnull(struct xdp_md *xdp)
{
	struct pair p = {1, 2};

	return takes_nonnull(&p);
}

SEC("xdp") STRICTER(EINVAL, "Caller passes invalid args into func#1 ('takes_nonnull')")
int global_with_null_for_nonnull(struct xdp_md *xdp)
{
	return takes_nonnull(NULL);
}

__global int takes_nullable_mem(struct pair *p __arg_nullable)
{
	return p ? p->a : 0;
}

SEC("xdp") REJECT(EINVAL, "Caller passes invalid args into func#1 ('takes_nullable_mem')")
int global_with_tag_of_trusted(struct xdp_md *xdp)
{
	return takes_nullable_mem(NULL);
}

__global int takes_state(struct xfrm_state *x __arg_trusted)
{
	return x->pcpu_num;
}

SEC("xdp") ACCEPT int global_with_state(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	int n;

	if (!x)
		return XDP_PASS;
	n = takes_state(x);
	bpf_xdp_xfrm_state_release(x);
	return n;
}

SEC("xdp") REJECT(EACCES, "Caller passes invalid args into func#1 ('takes_state')")
int global_with_state_unchecked(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);
	int n = takes_state(x);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return n;
}

__global int releases_state(struct xfrm_state *x __arg_trusted)
{
	bpf_xdp_xfrm_state_release(x);
	return 0;
}

SEC("xdp") REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference leak")
int global_releases_state(struct xdp_md *xdp)
{
	struct xfrm_state *x = get(xdp);

	if (x)
		releases_state(x);
	return XDP_PASS;
}

__global int takes_nullable_state(struct xfrm_state *x __arg_trusted __arg_nullable)
{
	return x ? x->pcpu_num : 0;
}

SEC("xdp") ACCEPT int global_with_nullable_state(struct xdp_md *xdp)
{
	return takes_nullable_state(NULL);
}

__global int takes_untrusted(struct xfrm_state *x __arg_untrusted)
{
	return x->pcpu_num;
}

SEC("xdp") ACCEPT int global_with_untrusted(struct xdp_md *xdp)
{
	return takes_untrusted((void *)0x1234);
}

__global void returns_nothing(int n)
{
	asm volatile("" ::"r"(n));
}

SEC("xdp")
REJECT(EINVAL, "Caller passes invalid args into func#1 ('returns_nothing')")
int global_returning_nothing(struct xdp_md *xdp)
{
	returns_nothing(1);
	return XDP_PASS;
}

__global int adjusts(struct xdp_md *xdp)
{
	return bpf_xdp_adjust_head(xdp, 4);
}

SEC("xdp") REJECT(EACCES, "R* invalid mem access 'scalar'")
int packet_after_global_adjust(struct xdp_md *xdp)
{
	u8 *p = (void *)(long)xdp->data;

	if ((void *)(p + 1) > (void *)(long)xdp->data_end)
		return XDP_PASS;
	adjusts(xdp);
	return *p;
}

static __noinline int static_adjusts(struct xdp_md *xdp)
{
	return bpf_xdp_adjust_head(xdp, 4);
}

SEC("xdp") REJECT(EACCES, "R* invalid mem access 'scalar'")
int packet_after_static_adjust(struct xdp_md *xdp)
{
	u8 *p = (void *)(long)xdp->data;

	if ((void *)(p + 1) > (void *)(long)xdp->data_end)
		return XDP_PASS;
	static_adjusts(xdp);
	return *p;
}

static __noinline u64 *returns_stack(u64 *p)
{
	hide(p);
	return p;
}

SEC("xdp") REJECT(EINVAL, "cannot return stack pointer to the caller")
int stack_pointer_returned(struct xdp_md *xdp)
{
	u64 v = 1;

	return *returns_stack(&v);
}

#define DEEP(n, next)                                                                              \
	static __noinline int deep##n(int i)                                                       \
	{                                                                                          \
		volatile u64 buf[20];                                                            \
		buf[i & 15] = 1;                                                                  \
		return next(i + 1) + buf[0];                                                       \
	}
static __noinline int deep5(int i)
{
	return i;
}
DEEP(4, deep5)
DEEP(3, deep4)
DEEP(2, deep3)
DEEP(1, deep2)

SEC("xdp") REJECT(EACCES, "combined stack size of * calls is *. Too large")
int stack_too_deep(struct xdp_md *xdp)
{
	return deep1(xdp->rx_queue_index);
}

#define CHAIN(n, next)                                                                             \
	static __noinline int chain##n(int i)                                                      \
	{                                                                                          \
		hide(i);                                                                           \
		i = next(i);                                                                       \
		hide(i);                                                                           \
		return i;                                                                          \
	}
static __noinline int chain8(int i)
{
	hide(i);
	return i;
}
CHAIN(7, chain8)
CHAIN(6, chain7)
CHAIN(5, chain6)
CHAIN(4, chain5)
CHAIN(3, chain4)
CHAIN(2, chain3)
CHAIN(1, chain2)

SEC("xdp") REJECT(E2BIG, "the call stack of 9 frames is too deep") int calls_too_deep(struct xdp_md *xdp)
{
	return chain1(xdp->rx_queue_index);
}

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__type(key, u32);
	__type(value, u64);
} table SEC(".maps");

static long add_value(void *map, u32 *key, u64 *value, u64 *sum)
{
	*sum += *value;
	return 0;
}

SEC("xdp") ACCEPT int each_element(struct xdp_md *xdp)
{
	u64 sum = 0;

	bpf_for_each_map_elem(&table, add_value, &sum, 0);
	return sum;
}

static long write_key(void *map, u32 *key, u64 *value, void *ctx)
{
	*key = 1;
	return 0;
}

SEC("xdp") REJECT(EACCES, "write to change key R* not allowed") int each_element_changing_key(struct xdp_md *xdp)
{
	bpf_for_each_map_elem(&table, write_key, NULL, 0);
	return XDP_PASS;
}

static long returns_two(u32 i, void *ctx)
{
	return 2;
}

SEC("xdp")
REJECT(EINVAL, "At callback return the register R0 has smin=2 smax=2 should have been in [0, 1]")
int callback_returning_two(struct xdp_md *xdp)
{
	bpf_loop(4, returns_two, NULL, 0);
	return XDP_PASS;
}

static long counts(u32 i, u64 *n)
{
	(*n)++;
	return 0;
}

SEC("xdp") ACCEPT int loop_of_unknown_length(struct xdp_md *xdp)
{
	u64 n = 0;

	bpf_loop(xdp->rx_queue_index, counts, &n, 0);
	return n;
}

static long index_counts(u32 i, u32 *n)
{
	*n += 1;
	return 0;
}

char bytes[8];

SEC("xdp") REJECT(EACCES, "R* unbounded memory access, make sure to bounds check any such access")
int loop_result_as_index(struct xdp_md *xdp)
{
	u32 n = 0;

	bpf_loop(4, index_counts, &n, 0);
	return bytes[n];
}

__noinline long global_callback(u32 i, void *ctx)
{
	return 0;
}

SEC("xdp") REJECT(EINVAL, "callback function not static") int loop_with_global_callback(struct xdp_md *xdp)
{
	bpf_loop(4, global_callback, NULL, 0);
	return XDP_PASS;
}

static long throws(u32 i, void *ctx)
{
	bpf_throw(0);
	return 0;
}

SEC("xdp") REJECT(EINVAL, "bpf_throw kfunc (insn *) cannot be called from callback subprog *")
int throw_in_callback(struct xdp_md *xdp)
{
	bpf_loop(4, throws, NULL, 0);
	return XDP_PASS;
}

SEC("xdp") __exception_cb(nowhere)
REJECT(ENOENT, "exception callback 'nowhere' could not be found in BTF")
int exception_callback_missing(struct xdp_md *xdp)
{
	if (xdp->rx_queue_index)
		bpf_throw(1);
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
