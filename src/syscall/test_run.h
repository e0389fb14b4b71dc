/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_TEST_RUN_H
#define SYSCALL_TEST_RUN_H

#include "exec/prog.h"

/*
 * PROG_TEST_RUN: what the program types share. test_xdp.c and test_skb.c know how a packet and its
 * context become what the program sees, and back.
 */
struct test_result {
	u32 retval;
	u32 duration; /* mean, ns */
};

/* Run @prog attr->test.repeat times on the same context, as it leaves it. */
void test_repeat(struct prog *prog, void *ctx, const union bpf_attr *attr,
		 struct test_result *result);

/**
 * test_context_in - the caller's context
 * @ctx: @size bytes, zeroed and filled from attr->test.ctx_in
 *
 * Return: 1 if the caller gave one or wants one back, 0 if not, -E2BIG.
 */
int test_context_in(const union bpf_attr *attr, void *ctx, u32 size) __must_check;

/**
 * test_finish - hand packet, result and context to the caller
 * @head, @head_len: what the program left of the packet
 * @tail, @tail_len: what comes behind it, untouched
 * @ctx: NULL: none
 *
 * Return: 0 or -ENOSPC; the result and the sizes are written in either case.
 */
int test_finish(const union bpf_attr *attr, union bpf_attr *user, const struct test_result *result,
		const void *head, u32 head_len, const void *tail, u32 tail_len, const void *ctx,
		u32 ctx_size) __must_check;

int test_run_xdp(struct prog *prog, const union bpf_attr *attr, union bpf_attr *user) __must_check;
int test_run_skb(struct prog *prog, const union bpf_attr *attr, union bpf_attr *user) __must_check;

#define TEST_ETH_HLEN 14u

#endif
