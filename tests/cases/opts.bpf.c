// SPDX-License-Identifier: BSD-2-Clause
/* Where the options of the lookup may lie, and how many bytes of them may be promised. */
#include "kfuncs.h"

#define BAD_PAIR(err) REJECT(err, "arg#1 arg#2 memory, len pair leads to invalid memory access")

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct bpf_xfrm_state_opts);
} stored SEC(".maps");

struct bpf_xfrm_state_opts global_opts;
const volatile u32 configured_size = 36;
u32 variable_size = 36;

static __always_inline int get_with(struct xdp_md *xdp, void *opts, u32 size)
{
	struct xfrm_state *x = bpf_xdp_get_xfrm_state(xdp, opts, size);

	if (x)
		bpf_xdp_xfrm_state_release(x);
	return XDP_PASS;
}

#define SIZE(name, verdict, size)                       \
	SEC("xdp") verdict int name(struct xdp_md *xdp) \
	{                                               \
		struct bpf_xfrm_state_opts opts = {};   \
                                                        \
		return get_with(xdp, &opts, size);      \
	}

SIZE(size_0, ACCEPT, 0)
SIZE(size_1, ACCEPT, 1)
SIZE(size_8, ACCEPT, 8)
SIZE(size_41, BAD_PAIR(EINVAL), 41)
SIZE(size_of_a_page, BAD_PAIR(EINVAL), 4096)
SIZE(size_masked, ACCEPT, xdp->rx_queue_index & 31)
SIZE(size_masked_too_wide, BAD_PAIR(EINVAL), xdp->rx_queue_index & 63)
SIZE(size_configured, ACCEPT, configured_size)
SIZE(size_variable, BAD_PAIR(EACCES), variable_size)

SEC("xdp") ACCEPT int null_of_size_0(struct xdp_md *xdp)
{
	return get_with(xdp, NULL, 0);
}

SEC("xdp") BAD_PAIR(EACCES) int null_of_full_size(struct xdp_md *xdp)
{
	return get_with(xdp, NULL, 36);
}

SEC("xdp") ACCEPT int in_globals(struct xdp_md *xdp)
{
	return get_with(xdp, &global_opts, sizeof(global_opts));
}

#define STORED(name, verdict, check, offset, size)               \
	SEC("xdp") verdict int name(struct xdp_md *xdp)          \
	{                                                        \
		u32 key = 0;                                     \
		void *opts = bpf_map_lookup_elem(&stored, &key); \
                                                                 \
		if (check && !opts)                              \
			return XDP_PASS;                         \
		return get_with(xdp, opts + (offset), size);     \
	}

STORED(in_value, ACCEPT, 1, 0, 36)
STORED(in_value_at_offset, BAD_PAIR(EACCES), 1, 4, 36)
STORED(in_value_variable, ACCEPT, 1, xdp->rx_queue_index & 7, 28)
STORED(in_value_variable_too_far, BAD_PAIR(EACCES), 1, xdp->rx_queue_index & 7, 36)
/* Memory that may be NULL will do: the kfunc looks. */
STORED(in_value_or_null, ACCEPT, 0, 0, 36)

#define IN_PACKET(name, verdict, checked)                           \
	SEC("xdp") verdict int name(struct xdp_md *xdp)             \
	{                                                           \
		void *data = (void *)(long)xdp->data;               \
                                                                    \
		if (data + (checked) > (void *)(long)xdp->data_end) \
			return XDP_PASS;                            \
		return get_with(xdp, data, 36);                     \
	}

IN_PACKET(in_packet, ACCEPT, 36)
IN_PACKET(in_packet_cut_short, BAD_PAIR(EACCES), 35)

SEC("xdp") ACCEPT int in_slice(struct xdp_md *xdp)
{
	struct bpf_dynptr ptr;
	char buffer[36];
	void *slice;

	if (bpf_dynptr_from_xdp(xdp, 0, &ptr))
		return XDP_PASS;
	slice = bpf_dynptr_slice_rdwr(&ptr, 0, buffer, sizeof(buffer));
	return slice ? get_with(xdp, slice, 36) : XDP_PASS;
}

SEC("xdp") BAD_PAIR(EACCES) int is_a_scalar(struct xdp_md *xdp)
{
	u64 number = 77;

	hide(number);
	return get_with(xdp, (void *)number, 36);
}

SEC("xdp") BAD_PAIR(EACCES) int is_the_packet_end(struct xdp_md *xdp)
{
	return get_with(xdp, (void *)(long)xdp->data_end, 36);
}

char _license[] SEC("license") = "Dual BSD/GPL";
