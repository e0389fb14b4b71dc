// SPDX-License-Identifier: BSD-2-Clause
#include "kfunc/dynptr.h"

#include <string.h>

#include "object/run.h"
#include "packet/skb.h"
#include "packet/xdp.h"
#include "suites.h"

static struct xdp_ctx *xdp;
static struct skb_ctx *skb;
static struct run run;
static struct dynptr ptr;
static u8 packet[64];

static void begin(void)
{
	for (u32 i = 0; i < sizeof(packet); i++)
		packet[i] = (u8)i;
	ck_assert_int_eq(xdp_ctx_new(64, &xdp), 0);
	xdp_ctx_load(xdp, packet, 64);
	ck_assert_int_eq(skb_ctx_new(64, &skb), 0);
	ck_assert_int_eq(skb_ctx_load(skb, packet, 64, true), 0);
	memset(&ptr, 0xee, sizeof(ptr));
	run.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	run_current = &run;
}

static void end(void)
{
	run_current = NULL;
	xdp_ctx_free(xdp);
	skb_ctx_free(skb);
}

static void *slice(u32 off, void *buffer, u32 len)
{
	return (void *)CALL4("bpf_dynptr_slice", &ptr, off, buffer, len);
}

static void *slice_rdwr(u32 off, void *buffer, u32 len)
{
	return (void *)CALL4("bpf_dynptr_slice_rdwr", &ptr, off, buffer, len);
}

START_TEST(null)
{
	u8 buffer[8];

	/* An int: the upper half of R0 is zero. */
	ck_assert_uint_eq(CALL3("bpf_dynptr_from_xdp", xdp, 1, &ptr), (u32)-EINVAL);
	ck_assert(CALL1("bpf_dynptr_is_null", &ptr));
	ck_assert(!CALL1("bpf_dynptr_is_rdonly", &ptr));
	ck_assert_int_eq(INT(CALL1("bpf_dynptr_size", &ptr)), -EINVAL);
	ck_assert_ptr_null(slice(0, buffer, 8));
	ck_assert_ptr_null(slice_rdwr(0, buffer, 8));
	ck_assert_uint_eq(CALL3("bpf_dynptr_adjust", &ptr, 0, 0), (u32)-EINVAL);
	ck_assert_int_eq(dynptr_read(buffer, 1, &ptr, 0, 0), -EINVAL);
	ck_assert_int_eq(dynptr_write(&ptr, 0, buffer, 1, 0), -EINVAL);
	ck_assert_ptr_null(dynptr_data(&ptr, 0, 1));
	ck_assert_int_eq(INT(CALL2("bpf_dynptr_clone", &ptr, &ptr)), -EINVAL);
	ck_assert_int_eq(INT(CALL3("bpf_dynptr_from_skb", skb, 1, &ptr)), -EINVAL);
	ck_assert(CALL1("bpf_dynptr_is_null", &ptr));
}
END_TEST

START_TEST(of_xdp)
{
	u8 buffer[64] = {0};

	ck_assert_int_eq(INT(CALL3("bpf_dynptr_from_xdp", xdp, 0, &ptr)), 0);
	ck_assert(!CALL1("bpf_dynptr_is_null", &ptr));
	ck_assert(!CALL1("bpf_dynptr_is_rdonly", &ptr));
	ck_assert_uint_eq(CALL1("bpf_dynptr_size", &ptr), 64);
	ck_assert_ptr_eq(slice(14, buffer, 20), (u8 *)xdp->buff.data + 14);
	ck_assert_ptr_eq(slice(14, NULL, 20), (u8 *)xdp->buff.data + 14);
	ck_assert_ptr_eq(slice_rdwr(0, buffer, 64), xdp->buff.data);
	ck_assert_ptr_null(slice(45, buffer, 20));
	ck_assert_ptr_null(slice(65, buffer, 0));
	ck_assert_ptr_null(dynptr_data(&ptr, 0, 1));
	ck_assert_int_eq(dynptr_read(buffer, 8, &ptr, 56, 0), 0);
	ck_assert_mem_eq(buffer, packet + 56, 8);
	ck_assert_int_eq(dynptr_read(buffer, 8, &ptr, 57, 0), -E2BIG);
	ck_assert_int_eq(dynptr_read(buffer, 8, &ptr, U32_MAX, 0), -E2BIG);
	ck_assert_int_eq(dynptr_read(buffer, 65, &ptr, 0, 0), -E2BIG);
	ck_assert_int_eq(dynptr_read(buffer, 8, &ptr, 0, 1), -EINVAL);
	ck_assert_int_eq(dynptr_write(&ptr, 60, "ESPA", 4, 0), 0);
	ck_assert_mem_eq((u8 *)xdp->buff.data + 60, "ESPA", 4);
	ck_assert_int_eq(dynptr_write(&ptr, 61, "ESPA", 4, 0), -E2BIG);
	ck_assert_int_eq(dynptr_write(&ptr, 0, "ESPA", 4, 1), -EINVAL);
}
END_TEST

/* The size stays what it was when the dynptr was made. */
START_TEST(of_xdp_after_the_packet_changed)
{
	u8 buffer[8] = "buffer!";

	ck_assert_int_eq(INT(CALL3("bpf_dynptr_from_xdp", xdp, 0, &ptr)), 0);
	ck_assert_int_eq(xdp_adjust_tail(&xdp->buff, -30), 0);
	ck_assert_uint_eq(CALL1("bpf_dynptr_size", &ptr), 64);
	/* beyond the packet's end: the buffer, with nothing copied into it */
	ck_assert_ptr_eq(slice(30, buffer, 8), buffer);
	ck_assert_str_eq((char *)buffer, "buffer!");
	ck_assert_ptr_null(slice(30, NULL, 8));
	ck_assert_ptr_eq(slice(26, NULL, 8), (u8 *)xdp->buff.data + 26);
	ck_assert_int_eq(dynptr_read(buffer, 8, &ptr, 30, 0), -EINVAL);
	ck_assert_int_eq(xdp_adjust_tail(&xdp->buff, 100), 0);
	ck_assert_ptr_null(slice(60, buffer, 8));
	ck_assert_int_eq(dynptr_read(buffer, 8, &ptr, 60, 0), -E2BIG);
}
END_TEST

START_TEST(of_skb)
{
	u8 buffer[8] = {1, 1, 1};

	ck_assert_int_eq(INT(CALL3("bpf_dynptr_from_skb", skb, 0, &ptr)), 0);
	ck_assert_uint_eq(CALL1("bpf_dynptr_size", &ptr), 64);
	ck_assert_ptr_eq(slice_rdwr(4, buffer, 8), skb->skb.data + 4);
	ck_assert_int_eq(dynptr_write(&ptr, 0, "x", 1, BPF_F_RECOMPUTE_CSUM), 0);
	ck_assert_int_eq(dynptr_write(&ptr, 0, "x", 1, 4), -EINVAL);
	ck_assert_uint_eq(skb->skb.data[0], 'x');
	ck_assert_int_eq(skb_set_len(skb, 20), 0);
	ck_assert_ptr_null(slice(16, buffer, 8));
	ck_assert_int_eq(dynptr_read(buffer, 3, &ptr, 18, 0), -EFAULT);
	ck_assert_uint_eq(buffer[0], 0);
}
END_TEST

START_TEST(socket_filters_only_look)
{
	u8 buffer[8];

	run.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	ck_assert_int_eq(INT(CALL3("bpf_dynptr_from_skb", skb, 0, &ptr)), 0);
	ck_assert(CALL1("bpf_dynptr_is_rdonly", &ptr));
	ck_assert_uint_eq(CALL1("bpf_dynptr_size", &ptr), 64);
	ck_assert_ptr_nonnull(slice(0, buffer, 8));
	ck_assert_ptr_null(slice_rdwr(0, buffer, 8));
	ck_assert_int_eq(dynptr_read(buffer, 8, &ptr, 0, 0), 0);
	ck_assert_int_eq(dynptr_write(&ptr, 0, buffer, 8, 0), -EINVAL);
	ck_assert_int_eq(INT(CALL4("bpf_dynptr_memset", &ptr, 0, 8, 1)), -EINVAL);
}
END_TEST

START_TEST(of_memory)
{
	char memory[] = "espalier";

	dynptr_init(&ptr, memory, DYNPTR_RUN_LOCAL, 8);
	ck_assert_ptr_eq(dynptr_data(&ptr, 3, 5), memory + 3);
	ck_assert_ptr_null(dynptr_data(&ptr, 3, 6));
	ck_assert_ptr_eq(slice(2, NULL, 4), memory + 2);
	ck_assert_int_eq(dynptr_write(&ptr, 0, memory + 1, 7, 0), 0);
	ck_assert_str_eq(memory, "spalierr");
	ck_assert_int_eq(dynptr_write(&ptr, 0, memory, 1, 1), -EINVAL);
	ptr.size |= DYNPTR_RDONLY;
	ck_assert_ptr_null(dynptr_data(&ptr, 0, 1));
}
END_TEST

START_TEST(adjust_and_clone)
{
	struct dynptr clone;
	u8 buffer[8];

	ck_assert_int_eq(INT(CALL3("bpf_dynptr_from_xdp", xdp, 0, &ptr)), 0);
	ck_assert_int_eq(INT(CALL2("bpf_dynptr_clone", &ptr, &clone)), 0);
	ck_assert_int_eq(INT(CALL3("bpf_dynptr_adjust", &ptr, 14, 34)), 0);
	ck_assert_uint_eq(CALL1("bpf_dynptr_size", &ptr), 20);
	ck_assert_ptr_eq(slice(0, buffer, 8), (u8 *)xdp->buff.data + 14);
	ck_assert_ptr_null(slice(13, buffer, 8));
	ck_assert_int_eq(INT(CALL3("bpf_dynptr_adjust", &ptr, 1, 21)), -ERANGE);
	ck_assert_int_eq(INT(CALL3("bpf_dynptr_adjust", &ptr, 21, 21)), -ERANGE);
	ck_assert_int_eq(INT(CALL3("bpf_dynptr_adjust", &ptr, 2, 1)), -EINVAL);
	ck_assert_int_eq(INT(CALL3("bpf_dynptr_adjust", &ptr, 4, 20)), 0);
	ck_assert_int_eq(dynptr_read(buffer, 8, &ptr, 8, 0), 0);
	ck_assert_mem_eq(buffer, packet + 26, 8);
	ck_assert_uint_eq(CALL1("bpf_dynptr_size", &clone), 64);
}
END_TEST

START_TEST(copy_and_memset)
{
	char memory[300];
	struct dynptr local;

	memset(memory, 'm', sizeof(memory));
	dynptr_init(&local, memory, DYNPTR_RUN_LOCAL, sizeof(memory));
	ck_assert_int_eq(INT(CALL3("bpf_dynptr_from_xdp", xdp, 0, &ptr)), 0);
	ck_assert_int_eq(INT(CALL5("bpf_dynptr_copy", &local, 2, &ptr, 4, 60)), 0);
	ck_assert_mem_eq(memory + 2, packet + 4, 60);
	ck_assert_int_eq(INT(CALL5("bpf_dynptr_copy", &local, 2, &ptr, 5, 60)), -E2BIG);
	ck_assert_int_eq(INT(CALL5("bpf_dynptr_copy", &ptr, 5, &local, 2, 60)), -E2BIG);
	ck_assert_int_eq(INT(CALL4("bpf_dynptr_memset", &ptr, 10, 54, 0x5a)), 0);
	ck_assert_uint_eq(((u8 *)xdp->buff.data)[9], 9);
	ck_assert_uint_eq(((u8 *)xdp->buff.data)[10], 0x5a);
	ck_assert_uint_eq(((u8 *)xdp->buff.data)[63], 0x5a);
	ck_assert_int_eq(INT(CALL4("bpf_dynptr_memset", &ptr, 11, 54, 0)), -E2BIG);
}
END_TEST

TCase *dynptr_case(void)
{
	TCase *tc = tcase_create("dynptr");

	tcase_add_checked_fixture(tc, begin, end);
	tcase_add_test(tc, null);
	tcase_add_test(tc, of_xdp);
	tcase_add_test(tc, of_xdp_after_the_packet_changed);
	tcase_add_test(tc, of_skb);
	tcase_add_test(tc, socket_filters_only_look);
	tcase_add_test(tc, of_memory);
	tcase_add_test(tc, adjust_and_clone);
	tcase_add_test(tc, copy_and_memset);
	return tc;
}
