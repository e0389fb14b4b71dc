// SPDX-License-Identifier: BSD-2-Clause
/* Programs whose results, left in globals, are the same from every engine. */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "xfrm_kfuncs.h"

extern int bpf_dynptr_adjust(const struct bpf_dynptr *ptr, __u32 start, __u32 end) __ksym;
extern __u32 bpf_dynptr_size(const struct bpf_dynptr *ptr) __ksym;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

#define SLOTS 16

__u64 r[SLOTS];

/* Every packet leaves its mark. */
static void keep(__u32 slot, __u64 value)
{
	r[slot] = (r[slot] ^ value) * 0x100000001b3ull;
}

/* An error as it is, or another 32-bit result. */
#define keep_int(slot, value) keep(slot, (__u64)(__s64)(__s32)(value))

SEC("xdp") int checksums(struct xdp_md *xdp)
{
	void *data = (void *)(long)xdp->data, *end = (void *)(long)xdp->data_end;

	if (data + 80 > end)
		return XDP_DROP;
	for (__u32 i = 0; i < SLOTS; i++) {
		keep_int(i, bpf_csum_diff(data + i, 4 * (i & 3), data + 20, 4 * (i >> 2), i));
		keep_int(i, bpf_csum_diff(data + i, 40, 0, 0, -i));
		keep_int(i, bpf_csum_diff(0, 0, data + i, 16, i));
	}
	return XDP_PASS;
}

SEC("xdp") int sizes(struct xdp_md *xdp)
{
	keep_int(0, bpf_xdp_adjust_head(xdp, -256));
	keep_int(1, bpf_xdp_adjust_head(xdp, -257));
	keep_int(2, bpf_xdp_get_buff_len(xdp));
	keep_int(3, bpf_xdp_adjust_head(xdp, bpf_xdp_get_buff_len(xdp) - 14));
	keep_int(4, bpf_xdp_adjust_head(xdp, 1));
	keep_int(5, bpf_xdp_adjust_tail(xdp, 16));
	keep_int(6, bpf_xdp_adjust_tail(xdp, 1 << 20));
	keep_int(7, bpf_xdp_adjust_tail(xdp, -(int)bpf_xdp_get_buff_len(xdp) + 13));
	keep_int(8, bpf_xdp_adjust_meta(xdp, -32));
	keep_int(9, bpf_xdp_adjust_meta(xdp, -3));
	keep_int(10, bpf_xdp_adjust_meta(xdp, -252));
	keep_int(11, xdp->data_end - xdp->data);
	keep_int(12, xdp->data - xdp->data_meta);
	return XDP_TX;
}

SEC("xdp") int dynptrs(struct xdp_md *xdp)
{
	__u32 value = 0xdeadbeef, size;
	struct bpf_dynptr ptr;
	char buffer[20] = {};
	struct iphdr *iph;

	keep_int(0, bpf_dynptr_from_xdp(xdp, 0, &ptr));
	keep_int(1, bpf_dynptr_read(&value, 4, &ptr, 14, 0));
	keep_int(2, value);
	keep_int(3, bpf_dynptr_read(&value, 4, &ptr, 100000, 0));
	keep_int(4, bpf_dynptr_read(&value, 4, &ptr, 0, 1));
	iph = bpf_dynptr_slice(&ptr, sizeof(struct ethhdr), buffer, sizeof(buffer));
	keep_int(5, iph ? iph->daddr : 0);
	keep_int(6, bpf_dynptr_write(&ptr, 0, &value, 4, 0));
	keep_int(7, bpf_xdp_adjust_tail(xdp, -20));
	size = bpf_dynptr_size(&ptr);
	keep_int(8, size);
	keep_int(9, !!bpf_dynptr_slice(&ptr, size - 8, buffer, 8));
	keep_int(10, bpf_dynptr_read(&value, 4, &ptr, size - 8, 0));
	keep_int(11, bpf_dynptr_adjust(&ptr, 14, 34));
	keep_int(12, bpf_dynptr_size(&ptr));
	keep_int(13, bpf_dynptr_adjust(&ptr, 21, 22));
	keep_int(14, bpf_dynptr_from_xdp(xdp, 1, &ptr));
	keep_int(15, bpf_dynptr_size(&ptr));
	return XDP_PASS;
}

/* Whatever is wrong with the options is said in the same order. */
SEC("xdp") int lookups(struct xdp_md *xdp)
{
	static const struct {
		__s32 netns_id;
		__u32 size;
		__u16 family;
	} tries[] = {
		{-1, 36, 2}, {-1, 36, 10}, {-1, 36, 99}, {-1, 0, 2}, {-1, 3, 2},
		{-1, 4, 2},  {-1, 35, 2},  {-2, 36, 2},	 {-2, 4, 2}, {99999, 36, 2},
	};

	for (__u32 i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct bpf_xfrm_state_opts opts = {
			.error = 77,
			.netns_id = tries[i].netns_id,
			.family = tries[i].family,
			.proto = 50,
		};
		struct xfrm_state *x = bpf_xdp_get_xfrm_state(xdp, &opts, tries[i].size);

		keep_int(i, opts.error);
		if (x)
			bpf_xdp_xfrm_state_release(x);
	}
	return XDP_PASS;
}

static long add_up(__u32 i, __u64 *sum)
{
	*sum += i;
	return i == 7;
}

SEC("xdp") int loops(struct xdp_md *xdp)
{
	struct bpf_iter_num it;
	__u64 sum = 0;

	keep_int(0, bpf_loop(10, add_up, &sum, 0));
	keep_int(1, bpf_loop(0, add_up, &sum, 0));
	keep_int(2, bpf_loop(1 << 24, add_up, &sum, 0));
	keep_int(3, bpf_loop(3, add_up, &sum, 1));
	keep(4, sum);
	keep_int(5, bpf_iter_num_new(&it, 10, 5));
	keep_int(6, !!bpf_iter_num_next(&it));
	bpf_iter_num_destroy(&it);
	keep_int(7, bpf_iter_num_new(&it, 0, 1 << 30));
	keep_int(8, !!bpf_iter_num_next(&it));
	bpf_iter_num_destroy(&it);
	return XDP_PASS;
}

SEC("xdp") int unreadable(struct xdp_md *xdp)
{
	__u64 value = 7;

	keep_int(0, bpf_probe_read_kernel(&value, sizeof(value), NULL));
	keep(1, value);
	keep_int(2, bpf_probe_read_kernel_str(&value, sizeof(value), NULL));
	keep_int(3, bpf_probe_read_user(&value, sizeof(value), (void *)8));
	keep_int(4, bpf_xdp_load_bytes(xdp, 0xffff, &value, sizeof(value)));
	keep_int(5, bpf_xdp_store_bytes(xdp, 0xffff, &value, sizeof(value)));
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
