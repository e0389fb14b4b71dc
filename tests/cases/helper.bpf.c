// SPDX-License-Identifier: BSD-2-Clause
/* Arguments and results of helpers; sockets, ring buffers. */
#include "kfuncs.h"

#define LEAK REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference leak")

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, u32);
	__type(value, u64);
} array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, u64);
	__type(value, u64);
} hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 4);
	__type(value, u64);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__uint(map_flags, 1 << 7); /* BPF_F_RDONLY_PROG */
	__type(key, u32);
	__type(value, u64);
} read_only SEC(".maps");

SEC("xdp") ACCEPT int constant_key_in_array(struct xdp_md *xdp)
{
	u32 key __attribute__((aligned(8))) = 3;

	return *(u64 *)bpf_map_lookup_elem(&array, &key);
}

SEC("xdp") REJECT(EACCES, "R0 invalid mem access 'map_value_or_null'")
int constant_key_beyond_array(struct xdp_md *xdp)
{
	u32 key __attribute__((aligned(8))) = 4;

	return *(u64 *)bpf_map_lookup_elem(&array, &key);
}

SEC("xdp") REJECT(EACCES, "R0 invalid mem access 'map_value_or_null'")
int variable_key_in_array(struct xdp_md *xdp)
{
	u32 key = xdp->rx_queue_index;

	return *(u64 *)bpf_map_lookup_elem(&array, &key);
}

SEC("xdp") REJECT(EINVAL, "invalid read from stack R2 off=-4 size=8")
int key_too_short(struct xdp_md *xdp)
{
	u32 key = 1;

	return bpf_map_delete_elem(&hash, &key);
}

SEC("xdp") REJECT(EACCES, "invalid zero-sized read") int lookup_in_queue(struct xdp_md *xdp)
{
	u32 key = 1;

	return bpf_map_lookup_elem(&queue, &key) != NULL;
}

SEC("xdp") REJECT(EINVAL, "cannot pass map_type 2 into func bpf_map_push_elem#87")
int push_into_array(struct xdp_md *xdp)
{
	u64 value = 1;

	return bpf_map_push_elem(&array, &value, 0);
}

SEC("xdp") REJECT(EACCES, "write into map forbidden") int update_read_only(struct xdp_md *xdp)
{
	u32 key = 1;
	u64 value = 1;

	return bpf_map_update_elem(&read_only, &key, &value, 0);
}

SEC("xdp") REJECT(EACCES, "R1 type=ctx expected=map_ptr") int lookup_in_ctx(struct xdp_md *xdp)
{
	u32 key = 1;

	return bpf_map_lookup_elem(xdp, &key) != NULL;
}

SEC("xdp") REJECT(EACCES, "R1 type=fp expected=ctx") int adjust_stack(struct xdp_md *xdp)
{
	u64 buf[2] = {};

	return bpf_xdp_adjust_head((struct xdp_md *)buf, 0);
}

SEC("xdp") REJECT(EACCES, "R1 !read_ok") int argument_not_set(struct xdp_md *xdp)
{
	long ret;

	asm volatile("r1 = 0; call %[print]; call %[print]; %[ret] = r0"
		     : [ret] "=r"(ret)
		     : [print] "i"(BPF_FUNC_ktime_get_ns)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
	asm volatile("call %[print]; %[ret] = r0"
		     : [ret] "=r"(ret)
		     : [print] "i"(BPF_FUNC_map_lookup_elem)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
	return ret;
}

SEC("xdp") REJECT(EINVAL, "program of this type cannot use helper bpf_skb_load_bytes#26")
int helper_of_another_type(struct xdp_md *xdp)
{
	u32 v;

	return bpf_skb_load_bytes((struct __sk_buff *)xdp, 0, &v, sizeof(v));
}

SEC("xdp") REJECT(EINVAL, "invalid func unknown#100000") int no_such_helper(struct xdp_md *xdp)
{
	return ((long (*)(void))100000)();
}

SEC("tc") ACCEPT int load_bytes_bounded(struct __sk_buff *skb)
{
	u64 len = skb->len & 63;
	u8 buf[64];

	hide(len);
	if (!len)
		return 0;
	bpf_skb_load_bytes(skb, 0, buf, len);
	return buf[0];
}

SEC("tc") REJECT(EACCES, "R4 unbounded memory access, use 'var &= const' or 'if (var < const)'")
int load_bytes_unbounded(struct __sk_buff *skb)
{
	u32 len = skb->len;
	u8 buf[64];

	if (!len)
		return 0;
	hide(len);
	bpf_skb_load_bytes(skb, 0, buf, len);
	return buf[0];
}

SEC("tc") REJECT(EACCES, "R4 invalid zero-sized read: u64=[0,64]")
int load_bytes_maybe_none(struct __sk_buff *skb)
{
	u32 len = skb->len;
	u8 buf[64];

	if (len > sizeof(buf))
		return 0;
	bpf_skb_load_bytes(skb, 0, buf, len);
	return buf[0];
}

SEC("tc") REJECT(EACCES, "R* invalid mem access 'scalar'")
int packet_after_store_bytes(struct __sk_buff *skb)
{
	u8 *p = (void *)(long)skb->data, v = 0;

	if ((void *)(p + 1) > (void *)(long)skb->data_end)
		return 0;
	bpf_skb_store_bytes(skb, 0, &v, 1, 0);
	return *p;
}

SEC("xdp") LEAK int ringbuf_not_submitted(struct xdp_md *xdp)
{
	u64 *p = bpf_ringbuf_reserve(&ring, 8, 0);

	if (p)
		*p = 1;
	return XDP_PASS;
}

SEC("xdp") ACCEPT int ringbuf_submitted(struct xdp_md *xdp)
{
	u64 *p = bpf_ringbuf_reserve(&ring, 8, 0);

	if (!p)
		return XDP_PASS;
	*p = 1;
	bpf_ringbuf_submit(p, 0);
	return XDP_PASS;
}

SEC("xdp") REJECT(EACCES, "R* invalid mem access 'scalar'")
int ringbuf_after_submit(struct xdp_md *xdp)
{
	u64 *p = bpf_ringbuf_reserve(&ring, 8, 0);

	if (!p)
		return XDP_PASS;
	bpf_ringbuf_submit(p, 0);
	*p = 1;
	return XDP_PASS;
}

SEC("xdp") REJECT(EACCES, "R1 type=scalar expected=ringbuf_mem")
int ringbuf_submitted_twice(struct xdp_md *xdp)
{
	u64 *p = bpf_ringbuf_reserve(&ring, 8, 0);

	if (!p)
		return XDP_PASS;
	bpf_ringbuf_submit(p, 0);
	bpf_ringbuf_discard(p, 0);
	return XDP_PASS;
}

SEC("xdp")
REJECT(EINVAL, "R1 must have zero offset when passed to release func or trusted arg to kfunc")
int ringbuf_submitted_with_offset(struct xdp_md *xdp)
{
	u64 *p = bpf_ringbuf_reserve(&ring, 16, 0);

	if (!p)
		return XDP_PASS;
	bpf_ringbuf_submit(p + 1, 0);
	return XDP_PASS;
}

SEC("xdp") REJECT(EACCES, "R2 is not a known constant'")
int ringbuf_of_variable_size(struct xdp_md *xdp)
{
	u64 *p = bpf_ringbuf_reserve(&ring, xdp->rx_queue_index, 0);

	if (p)
		bpf_ringbuf_discard(p, 0);
	return XDP_PASS;
}

SEC("tc") ACCEPT int socket_released(struct __sk_buff *skb)
{
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &t, sizeof(t.ipv4), -1, 0);
	u32 family = 0;

	if (sk) {
		family = sk->family;
		bpf_sk_release(sk);
	}
	return family;
}

SEC("tc") LEAK int socket_leaked(struct __sk_buff *skb)
{
	struct bpf_sock_tuple t = {};

	return bpf_sk_lookup_tcp(skb, &t, sizeof(t.ipv4), -1, 0) != NULL;
}

SEC("xdp") ACCEPT int socket_in_xdp(struct xdp_md *xdp)
{
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk = bpf_skc_lookup_tcp(xdp, &t, sizeof(t.ipv4), -1, 0);

	if (sk)
		bpf_sk_release(sk);
	return XDP_PASS;
}

SEC("tc") REJECT(EACCES, "R* invalid mem access 'scalar'")
int tcp_socket_after_release(struct __sk_buff *skb)
{
	struct bpf_sock_tuple t = {};
	struct bpf_sock *sk = bpf_sk_lookup_tcp(skb, &t, sizeof(t.ipv4), -1, 0);
	struct bpf_tcp_sock *tp;

	if (!sk)
		return 0;
	tp = bpf_tcp_sock(sk);
	bpf_sk_release(sk);
	return tp ? tp->snd_cwnd : 0;
}

SEC("tc") REJECT(EINVAL, "R1 must be referenced when passed to release function")
int socket_of_packet_released(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (sk)
		bpf_sk_release(sk);
	return 0;
}

SEC("xdp") ACCEPT int cpu_as_index(struct xdp_md *xdp)
{
	static const char text[] = "%d";
	char buf[16];
	u64 arg = bpf_get_smp_processor_id();

	bpf_snprintf(buf, sizeof(buf), text, &arg, sizeof(arg));
	return buf[0];
}

SEC("xdp") REJECT(EINVAL, "Invalid format string") int bad_format(struct xdp_md *xdp)
{
	static const char text[] = "%d %z";
	u64 args[2] = {1, 2};
	char buf[16];

	bpf_snprintf(buf, sizeof(buf), text, args, sizeof(args));
	return buf[0];
}

SEC("xdp") REJECT(EINVAL, "Invalid format string") int too_few_arguments(struct xdp_md *xdp)
{
	static const char text[] = "%d %d";
	u64 arg = 1;
	char buf[16];

	bpf_snprintf(buf, sizeof(buf), text, &arg, sizeof(arg));
	return buf[0];
}

SEC("xdp") REJECT(EACCES, "R3 type=fp expected=map_value") int format_on_stack(struct xdp_md *xdp)
{
	char text[] = "%d", buf[16];
	u64 arg = 1;

	bpf_snprintf(buf, sizeof(buf), text, &arg, sizeof(arg));
	return buf[0];
}

SEC("xdp") REJECT(EACCES, "R3 does not point to a readonly map'")
int format_in_writable_map(struct xdp_md *xdp)
{
	u32 key = 0;
	char buf[16], *text = bpf_map_lookup_elem(&array, &key);
	u64 arg = 1;

	if (text)
		bpf_snprintf(buf, sizeof(buf), text, &arg, sizeof(arg));
	return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
