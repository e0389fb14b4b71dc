// SPDX-License-Identifier: BSD-2-Clause
#include "test_run.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "attr.h"
#include "base/vcpu.h"
#include "handle.h"

#define ENOTSUPP 524

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000u + (u64)ts.tv_nsec;
}

void test_repeat(struct prog *prog, void *ctx, const union bpf_attr *attr,
		 struct test_result *result)
{
	u32 repeat = max(attr->test.repeat, 1u);
	/* A thread that runs a test now and then must not keep a CPU from others for good. */
	bool held = vcpu_is_held();
	u64 start;

	vcpu_self();
	start = now_ns();
	for (u32 i = 0; i < repeat; i++)
		result->retval = prog_run(prog, ctx, NULL);
	result->duration = (u32)min((now_ns() - start) / repeat, (u64)U32_MAX);
	if (!held)
		vcpu_release();
}

int test_context_in(const union bpf_attr *attr, void *ctx, u32 size)
{
	const void *in = attr_ptr(attr->test.ctx_in);
	int err;

	memset(ctx, 0, size);
	if (!in)
		return attr->test.ctx_out != 0;
	err = check_tail_zero(in, size, attr->test.ctx_size_in);
	if (err)
		return err;
	memcpy(ctx, in, min(size, attr->test.ctx_size_in));
	return 1;
}

static int finish_data(const union bpf_attr *attr, union bpf_attr *user, const void *head,
		       u32 head_len, const void *tail, u32 tail_len)
{
	u32 size = head_len + tail_len;
	u32 room = attr->test.data_size_out;
	u8 *out = attr_ptr(attr->test.data_out);
	/* Callers from before there was a size are taken to have room for all. */
	u32 n = room ? min(size, room) : size;
	u32 n_head = min(n, head_len);

	if (out) {
		memcpy(out, head, n_head);
		if (n > n_head)
			memcpy(out + n_head, tail, n - n_head);
	}
	user->test.data_size_out = size;
	return n < size ? -ENOSPC : 0;
}

static int finish_context(const union bpf_attr *attr, union bpf_attr *user, const void *ctx,
			  u32 size)
{
	void *out = attr_ptr(attr->test.ctx_out);
	u32 n = min(size, attr->test.ctx_size_out);

	if (!ctx || !out)
		return 0;
	memcpy(out, ctx, n);
	user->test.ctx_size_out = size;
	return n < size ? -ENOSPC : 0;
}

int test_finish(const union bpf_attr *attr, union bpf_attr *user, const struct test_result *result,
		const void *head, u32 head_len, const void *tail, u32 tail_len, const void *ctx,
		u32 ctx_size)
{
	int err = finish_data(attr, user, head, head_len, tail, tail_len);

	user->test.retval = result->retval;
	user->test.duration = result->duration;
	return err ? err : finish_context(attr, user, ctx, ctx_size);
}

long cmd_prog_test_run(union attr *attr, union bpf_attr *user, u32 size)
{
	const union bpf_attr *a = &attr->uapi;
	struct prog *prog;
	int err;

	(void)size;
	if (!a->test.ctx_in != !a->test.ctx_size_in || !a->test.ctx_out != !a->test.ctx_size_out)
		return -EINVAL;
	err = prog_from_fd((int)a->test.prog_fd, &prog);
	if (err)
		return err;
	switch (prog->type) {
	case BPF_PROG_TYPE_XDP:
		err = test_run_xdp(prog, a, user);
		break;
	case BPF_PROG_TYPE_SCHED_CLS:
	case BPF_PROG_TYPE_SCHED_ACT:
	case BPF_PROG_TYPE_SOCKET_FILTER:
		err = test_run_skb(prog, a, user);
		break;
	default:
		err = -ENOTSUPP;
	}
	prog_put(prog);
	return err;
}
