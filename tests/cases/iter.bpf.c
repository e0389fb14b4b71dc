// SPDX-License-Identifier: BSD-2-Clause
/* Open-coded iterators over numbers. */
#include "kfuncs.h"

#define LEAK REJECT(EINVAL, "BPF_EXIT instruction in main prog would lead to reference leak")

SEC("xdp") ACCEPT int sum(struct xdp_md *xdp)
{
	struct bpf_iter_num it;
	int *n, total = 0;

	bpf_iter_num_new(&it, 0, 100);
	while ((n = bpf_iter_num_next(&it)))
		total += *n;
	bpf_iter_num_destroy(&it);
	return total;
}

SEC("xdp") ACCEPT int nested(struct xdp_md *xdp)
{
	struct bpf_iter_num a, b;
	int total = 0;

	bpf_iter_num_new(&a, 0, 100);
	while (bpf_iter_num_next(&a)) {
		bpf_iter_num_new(&b, 0, 100);
		while (bpf_iter_num_next(&b))
			total++;
		bpf_iter_num_destroy(&b);
	}
	bpf_iter_num_destroy(&a);
	return total;
}

SEC("xdp") LEAK int not_destroyed(struct xdp_md *xdp)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "expected an initialized iter_num as arg #0")
int not_made(struct xdp_md *xdp)
{
	struct bpf_iter_num it;

	bpf_iter_num_next(&it);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "expected uninitialized iter_num as arg #0")
int made_twice(struct xdp_md *xdp)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_destroy(&it);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "expected an initialized iter_num as arg #0")
int destroyed_twice(struct xdp_md *xdp)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	bpf_iter_num_destroy(&it);
	bpf_iter_num_destroy(&it);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "expected an initialized iter_num as arg #0")
int overwritten(struct xdp_md *xdp)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, 0, 10);
	*(volatile u64 *)&it = 0;
	bpf_iter_num_destroy(&it);
	return XDP_PASS;
}

u64 storage[4];

SEC("xdp") REJECT(EINVAL, "arg#0 expected pointer to an iterator on stack")
int not_on_stack(struct xdp_md *xdp)
{
	bpf_iter_num_new((struct bpf_iter_num *)storage, 0, 10);
	bpf_iter_num_destroy((struct bpf_iter_num *)storage);
	return XDP_PASS;
}

SEC("xdp") REJECT(EACCES, "R* invalid mem access 'scalar'")
int element_unchecked(struct xdp_md *xdp)
{
	struct bpf_iter_num it;
	int n;

	bpf_iter_num_new(&it, 0, 10);
	n = *bpf_iter_num_next(&it);
	bpf_iter_num_destroy(&it);
	return n;
}

SEC("xdp") REJECT(EACCES, "R* invalid mem access 'scalar'")
int element_after_destroy(struct xdp_md *xdp)
{
	struct bpf_iter_num it;
	int *n;

	bpf_iter_num_new(&it, 0, 10);
	n = bpf_iter_num_next(&it);
	bpf_iter_num_destroy(&it);
	return n ? *n : 0;
}

SEC("xdp") REJECT(EACCES, "R* cannot write into rdonly_mem") int element_written(struct xdp_md *xdp)
{
	struct bpf_iter_num it;
	int *n;

	bpf_iter_num_new(&it, 0, 10);
	n = bpf_iter_num_next(&it);
	if (n)
		*n = 1;
	bpf_iter_num_destroy(&it);
	return XDP_PASS;
}

SEC("xdp") REJECT(EINVAL, "R* is not a scalar") int bounds_not_numbers(struct xdp_md *xdp)
{
	struct bpf_iter_num it;

	bpf_iter_num_new(&it, (long)xdp, 10);
	bpf_iter_num_destroy(&it);
	return XDP_PASS;
}

static __noinline int walk(struct bpf_iter_num *it)
{
	int n = 0;

	while (bpf_iter_num_next(it))
		n++;
	return n;
}

SEC("xdp") ACCEPT int walked_in_subprogram(struct xdp_md *xdp)
{
	struct bpf_iter_num it;
	int n;

	bpf_iter_num_new(&it, 0, 10);
	n = walk(&it);
	bpf_iter_num_destroy(&it);
	return n;
}

SEC("xdp") ACCEPT int left_early(struct xdp_md *xdp)
{
	struct bpf_iter_num it;
	int *n;

	bpf_iter_num_new(&it, 0, 1000000);
	while ((n = bpf_iter_num_next(&it)))
		if (*n == xdp->rx_queue_index)
			break;
	bpf_iter_num_destroy(&it);
	return XDP_PASS;
}

char table[16];

SEC("xdp") ACCEPT int index_checked(struct xdp_md *xdp)
{
	struct bpf_iter_num it;
	int *n, total = 0;

	bpf_iter_num_new(&it, 0, 16);
	while ((n = bpf_iter_num_next(&it))) {
		u32 i = *n;

		if (i >= sizeof(table))
			break;
		total += table[i];
	}
	bpf_iter_num_destroy(&it);
	return total;
}

SEC("xdp") REJECT(EACCES, "R* unbounded memory access, make sure to bounds check any such access")
int index_unchecked(struct xdp_md *xdp)
{
	struct bpf_iter_num it;
	int *n, total = 0;

	bpf_iter_num_new(&it, 0, 16);
	while ((n = bpf_iter_num_next(&it))) {
		u32 i = *n;

		total += table[i];
	}
	bpf_iter_num_destroy(&it);
	return total;
}

char _license[] SEC("license") = "Dual BSD/GPL";
