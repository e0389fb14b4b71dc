// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "uring.skel.h"

/*
 * libbpf's user_ring_buffer on top of a map of ours: linked as skel.c is. Exit status 77: the real
 * kernel was asked, and does not let us.
 */
#define CHECK(cond)                                                                              \
	do {                                                                                     \
		if (!(cond)) {                                                                   \
			fprintf(stderr, "%s:%d: %s (errno %d, %s)\n", __FILE__, __LINE__, #cond, \
				errno, strerror(errno));                                         \
			exit(1);                                                                 \
		}                                                                                \
	} while (0)

struct order {
	__u64 seq;
	__u64 value;
};

static struct uring_bpf *skel;
static __u64 seq;

static int drain(void)
{
	unsigned char packet[60] = {0};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .repeat = 1);

	CHECK(!bpf_prog_test_run_opts(bpf_program__fd(skel->progs.drain), &opts));
	return (int)opts.retval;
}

/* Samples of many lengths, so that some run over the end of the data. */
static void produce(struct user_ring_buffer *rb, __u32 extra)
{
	struct order *order = user_ring_buffer__reserve(rb, sizeof(*order) + extra);

	CHECK(order);
	*order = (struct order){.seq = seq, .value = seq * 3};
	memset(order + 1, 0xa5, extra);
	seq++;
	user_ring_buffer__submit(rb, order);
}

static void check_wrapping(struct user_ring_buffer *rb)
{
	__u64 sum = 0;

	for (int round = 0; round < 200; round++) {
		int n = 1 + round % 9;

		for (int i = 0; i < n; i++)
			produce(rb, (__u32)(round * 7 + i * 13) % 300);
		CHECK(drain() == n);
	}
	for (__u64 i = 0; i < seq; i++)
		sum += i * 3;
	CHECK(skel->bss->count == seq && !skel->bss->out_of_order && skel->bss->sum == sum);
}

static void check_discard(struct user_ring_buffer *rb)
{
	void *sample;

	produce(rb, 0);
	sample = user_ring_buffer__reserve(rb, 100);
	CHECK(sample);
	user_ring_buffer__discard(rb, sample);
	produce(rb, 0);
	CHECK(drain() == 2);
	CHECK(!skel->bss->out_of_order);
	/* One that is not submitted yet holds up what comes behind it. */
	sample = user_ring_buffer__reserve(rb, sizeof(struct order));
	CHECK(sample);
	seq++;
	produce(rb, 0);
	CHECK(drain() == 0);
	*(struct order *)sample = (struct order){.seq = seq - 2};
	user_ring_buffer__submit(rb, sample);
	CHECK(drain() == 2);
	CHECK(!skel->bss->out_of_order);
}

static void check_limits(struct user_ring_buffer *rb)
{
	errno = 0;
	CHECK(!user_ring_buffer__reserve(rb, 5000) && errno == E2BIG);
	for (int i = 0; i < 4096 / 24; i++)
		produce(rb, 0);
	errno = 0;
	CHECK(!user_ring_buffer__reserve(rb, 4000) && errno == ENOSPC);
	/* The callback says when to stop. */
	skel->data->stop_after = (__u32)skel->bss->count + 10;
	CHECK(drain() == 10);
	skel->data->stop_after = 1000000;
	CHECK(drain() == 4096 / 24 - 10);
	skel->bss->drain_flags = 1ull << 40;
	CHECK(drain() == -EINVAL);
	skel->bss->drain_flags = 0;
}

static void *drain_later(void *arg)
{
	usleep(100000);
	CHECK(drain() > 0);
	return arg;
}

/* The program has to make room before the producer can go on. */
static void check_blocking(struct user_ring_buffer *rb)
{
	struct order *order;
	pthread_t thread;

	while ((order = user_ring_buffer__reserve(rb, sizeof(*order)))) {
		*order = (struct order){.seq = seq++};
		user_ring_buffer__submit(rb, order);
	}
	CHECK(errno == ENOSPC);
	CHECK(!pthread_create(&thread, NULL, drain_later, NULL));
	order = user_ring_buffer__reserve_blocking(rb, sizeof(*order), 10000);
	CHECK(order);
	*order = (struct order){.seq = seq++};
	user_ring_buffer__submit(rb, order);
	CHECK(!pthread_join(thread, NULL));
	/* The thread may have taken it with the others. */
	CHECK(drain() >= 0);
	CHECK(skel->bss->count == seq && !skel->bss->out_of_order);
}

/* A producer that writes nonsense gets an error, and reaches nothing else. */
static void check_nonsense(void)
{
	int fd = bpf_map__fd(skel->maps.orders);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	__u64 *cons, *prod, at;
	__u32 *header;

	cons = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(cons != MAP_FAILED);
	prod = mmap(NULL, page + 2 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)page);
	CHECK(prod != MAP_FAILED);
	at = *cons;
	CHECK(at == *prod);
	header = (__u32 *)((char *)prod + page + at % 4096);
	*prod = at + 12; /* positions are multiples of eight */
	CHECK(drain() == -EINVAL);
	*prod = at + 24;
	*header = 100; /* beyond what was produced */
	CHECK(drain() == -EINVAL);
	*prod = at + (1u << 20);
	*header = 1u << 18; /* larger than the ring */
	CHECK(drain() == -E2BIG);
	*prod = at;
	CHECK(drain() == 0);
	munmap(cons, page);
	munmap(prod, page + 2 * 4096);
}

int main(void)
{
	struct user_ring_buffer *rb;

	skel = uring_bpf__open_and_load();
	if (!skel && (errno == EPERM || errno == ENOSYS))
		return 77;
	CHECK(skel);
	rb = user_ring_buffer__new(bpf_map__fd(skel->maps.orders), NULL);
	CHECK(rb);
	CHECK(drain() == 0);
	check_wrapping(rb);
	check_discard(rb);
	check_limits(rb);
	check_blocking(rb);
	check_nonsense();
	user_ring_buffer__free(rb);
	uring_bpf__destroy(skel);
	return 0;
}
