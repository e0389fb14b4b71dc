// SPDX-License-Identifier: BSD-2-Clause
/* Dynptrs over the packet, their slices, and what becomes of them. */
#include "kfuncs.h"

SEC("xdp") ACCEPT int slice_of_packet(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	if (bpf_dynptr_from_xdp(xdp, 0, &ptr))
		return XDP_DROP;
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	return p ? p[13] : 0;
}

SEC("xdp") ACCEPT int slice_without_buffer(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, NULL, 14);
	return p ? p[13] : 0;
}

SEC("xdp") ACCEPT int writable_slice(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice_rdwr(&ptr, 0, buf, sizeof(buf));
	if (p)
		p[0] = 1;
	return XDP_PASS;
}

SEC("tc") ACCEPT int writable_slice_of_skb(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	p = bpf_dynptr_slice_rdwr(&ptr, 0, buf, sizeof(buf));
	if (p)
		p[0] = 1;
	return 0;
}

SEC("socket") REJECT(EINVAL, "the prog does not allow writes to packet data")
int writable_slice_in_socket_filter(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	p = bpf_dynptr_slice_rdwr(&ptr, 0, buf, sizeof(buf));
	if (p)
		p[0] = 1;
	return 0;
}

SEC("xdp") REJECT(EINVAL, "Expected an initialized dynptr as arg #0")
int slice_of_nothing(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	return p ? p[0] : 0;
}

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64[4]);
} values SEC(".maps");

SEC("xdp") REJECT(EINVAL, "arg#2 expected pointer to stack or const struct bpf_dynptr")
int dynptr_in_map_value(struct xdp_md *xdp)
{
	u32 key = 0;
	struct bpf_dynptr *ptr = bpf_map_lookup_elem(&values, &key);

	if (ptr)
		bpf_dynptr_from_xdp(xdp, 0, ptr);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "Expected an initialized dynptr as arg #0")
int dynptr_misaligned(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	return bpf_dynptr_size((void *)&ptr + 4);
}

SEC("xdp") REJECT(EINVAL, "Dynptr has to be an uninitialized dynptr")
int dynptr_made_misaligned(struct xdp_md *xdp)
{
	u64 buf[4];

	bpf_dynptr_from_xdp(xdp, 0, (void *)buf + 4);
	return XDP_PASS;
}

SEC("xdp") REJECT(EACCES, "R* cannot write into rdonly_mem")
int write_into_read_only_slice(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	if (p)
		p[0] = 1;
	return XDP_PASS;
}

SEC("xdp")
REJECT(EINVAL, "arg#2 arg#3 memory, len pair leads to invalid memory access")
int slice_longer_than_buffer(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, 40);
	return p ? p[0] : 0;
}

SEC("xdp") REJECT(EINVAL, "R4 must be a known constant")
int slice_of_variable_length(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u32 len = xdp->rx_queue_index;
	u8 buf[14], *p;

	if (len > sizeof(buf))
		return XDP_PASS;
	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, len);
	return p ? p[0] : 0;
}

SEC("xdp") REJECT(EACCES, "R* min value is outside of the allowed memory range")
int read_beyond_slice(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	return p ? p[14] : 0;
}

SEC("xdp") REJECT(EACCES, "R* invalid mem access 'rdonly_mem_or_null'")
int slice_unchecked(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	return p[0];
}

#define GONE REJECT(EACCES, "R* invalid mem access 'scalar'")

SEC("xdp") GONE int slice_after_adjust_head(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	if (!p)
		return XDP_PASS;
	bpf_xdp_adjust_head(xdp, 4);
	return p[0];
}

SEC("xdp") GONE int slice_after_adjust_tail(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	if (!p)
		return XDP_PASS;
	bpf_xdp_adjust_tail(xdp, -4);
	return p[0];
}

SEC("xdp") GONE int slice_of_clone_after_adjust(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr, clone;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	bpf_dynptr_clone(&ptr, &clone);
	p = bpf_dynptr_slice(&clone, 0, buf, sizeof(buf));
	if (!p)
		return XDP_PASS;
	bpf_xdp_adjust_head(xdp, 4);
	return p[0];
}

SEC("xdp") ACCEPT int new_slice_after_adjust(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	bpf_xdp_adjust_head(xdp, 4);
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	return p ? p[0] : 0;
}

SEC("xdp") ACCEPT int slice_after_new_dynptr(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	if (!p)
		return XDP_PASS;
	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	return p[0];
}

SEC("xdp") ACCEPT int slice_after_dynptr_write(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p, byte = 1;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	if (!p)
		return XDP_PASS;
	bpf_dynptr_write(&ptr, 0, &byte, 1, 0);
	return p[0];
}

SEC("tc") GONE int skb_slice_after_dynptr_write(struct __sk_buff *skb)
{
	struct bpf_dynptr ptr;
	u8 buf[14], *p, byte = 1;

	bpf_dynptr_from_skb(skb, 0, &ptr);
	p = bpf_dynptr_slice(&ptr, 0, buf, sizeof(buf));
	if (!p)
		return 0;
	bpf_dynptr_write(&ptr, 0, &byte, 1, 0);
	return p[0];
}

SEC("xdp") ACCEPT int data_of_xdp_dynptr(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u8 *p;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	p = bpf_dynptr_data(&ptr, 0, 8);
	return p ? p[7] : 0;
}

SEC("xdp") ACCEPT int properties(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	bpf_dynptr_adjust(&ptr, 1, 10);
	return bpf_dynptr_size(&ptr) + bpf_dynptr_is_null(&ptr) + bpf_dynptr_is_rdonly(&ptr);
}

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

#define LEAK REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference leak")

SEC("xdp") LEAK int ringbuf_dynptr_not_submitted(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ring, 8, 0, &ptr);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int ringbuf_dynptr_submitted(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u64 *p;

	bpf_ringbuf_reserve_dynptr(&ring, 8, 0, &ptr);
	p = bpf_dynptr_data(&ptr, 0, 8);
	if (p)
		*p = 1;
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return XDP_PASS;
}

SEC("xdp") GONE int ringbuf_data_after_submit(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u64 *p;

	bpf_ringbuf_reserve_dynptr(&ring, 8, 0, &ptr);
	p = bpf_dynptr_data(&ptr, 0, 8);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	if (p)
		*p = 1;
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "arg 1 is an unacquired reference")
int packet_dynptr_submitted(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "cannot overwrite referenced dynptr")
int ringbuf_dynptr_overwritten(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;

	bpf_ringbuf_reserve_dynptr(&ring, 8, 0, &ptr);
	*(volatile u64 *)&ptr = 0;
	bpf_ringbuf_submit_dynptr(&ptr, 0);
	return XDP_PASS;
}

SEC("xdp") ACCEPT int local_dynptr(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u32 key = 0;
	u64 *value = bpf_map_lookup_elem(&values, &key), out;

	if (!value)
		return XDP_PASS;
	bpf_dynptr_from_mem(value, 32, 0, &ptr);
	bpf_dynptr_read(&out, 8, &ptr, 8, 0);
	return out;
}

SEC("xdp") REJECT(EACCES, "Unsupported reg type fp for bpf_dynptr_from_mem data")
int local_dynptr_of_stack(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	u64 mem[4] = {};

	bpf_dynptr_from_mem(mem, 32, 0, &ptr);
	return XDP_PASS;
}

static __noinline int use(struct bpf_dynptr *ptr)
{
	return bpf_dynptr_size(ptr);
}

SEC("xdp") ACCEPT int dynptr_passed_to_static(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	return use(&ptr);
}

__noinline int global_use(const struct bpf_dynptr *ptr)
{
	return bpf_dynptr_size(ptr);
}

SEC("xdp") ACCEPT int dynptr_passed_to_global(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;

	bpf_dynptr_from_xdp(xdp, 0, &ptr);
	return global_use(&ptr);
}

char _license[] SEC("license") = "Dual BSD/GPL";
