// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <espalier/xdp.h>

#include "base/arena.h"
#include "kfunc/task.h"
#include "suites.h"

START_TEST(clocks)
{
	s64 before = CALL0(ktime_get_ns), after;
	struct timespec ts;

	ck_assert_int_gt(before, 0);
	after = CALL0(ktime_get_ns);
	ck_assert_int_ge(after, before);
	ck_assert_int_ge(CALL0(ktime_get_boot_ns), after);
	ck_assert_int_ge(CALL0(ktime_get_coarse_ns), before - 100000000);
	clock_gettime(CLOCK_TAI, &ts);
	ck_assert_int_le(CALL0(ktime_get_tai_ns) / 1000000000 - ts.tv_sec, 1);
	ck_assert_int_gt(CALL0(jiffies64), 0);
}
END_TEST

START_TEST(stopped_clock)
{
	espalier_set_clock(1234567890123456789ull);
	ck_assert_int_eq(CALL0(ktime_get_ns), 1234567890123456789);
	ck_assert_int_eq(CALL0(ktime_get_boot_ns), 1234567890123456789);
	ck_assert_int_eq(CALL0(ktime_get_coarse_ns), 1234567890123456789);
	ck_assert_int_eq(CALL0(ktime_get_tai_ns), 1234567890123456789);
	/* 250 a second, from where the kernel begins to count. */
	ck_assert_int_eq(CALL0(jiffies64), 1234567890123456789 / 4000000 + (u32)(-300 * 250));
	espalier_set_clock(1);
	ck_assert_int_eq(CALL0(ktime_get_ns), 1);
	espalier_set_clock(0);
	ck_assert_int_gt(CALL0(ktime_get_ns), 1);
	ck_assert_int_ne(CALL0(ktime_get_ns), 1234567890123456789);
}
END_TEST

START_TEST(random_numbers)
{
	u64 ones = 0, zeroes = 0;

	for (u32 i = 0; i < 64; i++) {
		u64 x = (u64)CALL0(get_prandom_u32);

		ck_assert_uint_le(x, U32_MAX);
		ones |= x;
		zeroes |= ~x;
	}
	ck_assert_uint_eq((u32)ones, U32_MAX);
	ck_assert_uint_eq((u32)zeroes, U32_MAX);
}
END_TEST

START_TEST(where_it_runs)
{
	char comm[20];

	ck_assert_int_eq(CALL0(get_smp_processor_id), 3);
	ck_assert_int_eq(CALL0(get_numa_node_id), 0);
	ck_assert_int_eq(CALL0(get_current_pid_tgid), (s64)getpid() << 32 | gettid());
	ck_assert_int_eq(CALL0(get_current_uid_gid), (s64)getgid() << 32 | getuid());
	prctl(PR_SET_NAME, "a-long-name-of-x");
	ck_assert_int_eq(CALL2(get_current_comm, comm, 20), 0);
	ck_assert_str_eq(comm, "a-long-name-of-");
	ck_assert_int_eq(CALL2(get_current_comm, comm, 4), 0);
	ck_assert_str_eq(comm, "a-l");
	ck_assert_int_eq(CALL0(get_current_cgroup_id), 1);
	ck_assert_int_eq(CALL1(get_current_ancestor_cgroup_id, 0), 1);
	ck_assert_int_eq(CALL1(get_current_ancestor_cgroup_id, 1), 0);
	ck_assert_int_eq(CALL0(get_cgroup_classid), 0);
	ck_assert_ptr_eq((void *)CALL0(get_current_task), task_current());
	ck_assert_ptr_eq((void *)CALL0(get_current_task_btf), task_current());
	ck_assert_uint_ne(helper_for(BPF_FUNC_get_current_task_btf, BPF_PROG_TYPE_XDP)->ret_btf_id,
			  0);
}
END_TEST

static u64 count_to(u64 i, u64 ctx, u64 r3, u64 r4, u64 r5)
{
	(void)r3, (void)r4, (void)r5;
	return i + 1 == *(u64 *)ctx;
}

START_TEST(loops)
{
	u64 stop = 5;

	ck_assert_int_eq(CALL4(loop, 100, count_to, &stop, 0), 5);
	stop = 0;
	ck_assert_int_eq(CALL4(loop, 100, count_to, &stop, 0), 100);
	ck_assert_int_eq(CALL4(loop, 0, count_to, &stop, 0), 0);
	ck_assert_int_eq(CALL4(loop, 1, count_to, &stop, 1), -EINVAL);
	ck_assert_int_eq(CALL4(loop, (1 << 23) + 1, count_to, &stop, 0), -E2BIG);
}
END_TEST

START_TEST(probing)
{
	char *text = arena_alloc(64, 8), to[8];

	strcpy(text, "arena");
	run_current = NULL; /* nothing but the arena is readable */
	ck_assert_int_eq(CALL3(probe_read_kernel, to, 6, text), 0);
	ck_assert_str_eq(to, "arena");
	ck_assert_int_eq(CALL3(probe_read_kernel, to, 8, "literal"), -ERANGE);
	ck_assert_uint_eq(to[0], 0);
	ck_assert_int_eq(CALL3(probe_read_kernel, to, 8, NULL), -ERANGE);
	ck_assert_int_eq(CALL3(probe_read_kernel, to, 8, arena_base + arena_size - 7), -ERANGE);
	ck_assert_int_eq(CALL3(probe_read_kernel_str, to, 8, text), 6);
	ck_assert_str_eq(to, "arena");
	ck_assert_int_eq(CALL3(probe_read_kernel_str, to, 4, text), 4);
	ck_assert_str_eq(to, "are");
	ck_assert_int_eq(CALL3(probe_read_kernel_str, to, 0, text), 0);
	ck_assert_int_eq(CALL3(probe_read_kernel_str, to, 8, "literal"), -ERANGE);
	memset(to, 1, sizeof(to));
	ck_assert_int_eq(CALL3(probe_read_user, to, 8, text), -EFAULT);
	ck_assert_uint_eq(to[7], 0);
	arena_free(text, 64);
}
END_TEST

START_TEST(dynptrs_of_memory)
{
	u64 ptr[2];
	char memory[8] = "dynamic", to[8];

	ck_assert_int_eq(CALL4(dynptr_from_mem, memory, 8, 1, ptr), -EINVAL);
	ck_assert_uint_eq(ptr[0], 0);
	ck_assert_int_eq(CALL5(dynptr_read, to, 1, ptr, 0, 0), -EINVAL);
	ck_assert_int_eq(CALL4(dynptr_from_mem, memory, 1 << 24, 0, ptr), -E2BIG);
	ck_assert_int_eq(CALL4(dynptr_from_mem, memory, 8, 0, ptr), 0);
	ck_assert_int_eq(CALL5(dynptr_read, to, 8, ptr, 0, 0), 0);
	ck_assert_str_eq(to, "dynamic");
	ck_assert_int_eq(CALL5(dynptr_read, to, 1, ptr, 8, 0), -E2BIG);
	ck_assert_int_eq(CALL5(dynptr_read, to, 1, ptr, 0, 1), -EINVAL);
	ck_assert_int_eq(CALL5(dynptr_write, ptr, 0, "k", 1, 0), 0);
	ck_assert_str_eq(memory, "kynamic");
	ck_assert_ptr_eq((void *)CALL3(dynptr_data, ptr, 1, 7), memory + 1);
	ck_assert_int_eq(CALL3(dynptr_data, ptr, 1, 8), 0);
}
END_TEST

START_TEST(names)
{
	ck_assert_str_eq(helper_name(0), "bpf_unspec");
	ck_assert_str_eq(helper_name(1), "bpf_map_lookup_elem");
	ck_assert_str_eq(helper_name(HELPER_MAX - 1), "bpf_cgrp_storage_delete");
	ck_assert_ptr_null(helper_name(HELPER_MAX));
	ck_assert_ptr_null(helper_for(HELPER_MAX, BPF_PROG_TYPE_XDP));
	ck_assert_ptr_null(helper_for(BPF_FUNC_redirect_map, BPF_PROG_TYPE_KPROBE));
	ck_assert(!helper_unsupported(BPF_FUNC_map_lookup_elem, BPF_PROG_TYPE_XDP));
	ck_assert(helper_unsupported(BPF_FUNC_snprintf_btf, BPF_PROG_TYPE_XDP));
	ck_assert(!helper_unsupported(BPF_FUNC_skb_under_cgroup, BPF_PROG_TYPE_XDP));
}
END_TEST

TCase *misc_case(void)
{
	TCase *tc = tcase_create("misc");

	tcase_add_checked_fixture(tc, fixture_begin_xdp, fixture_end);
	tcase_add_test(tc, clocks);
	tcase_add_test(tc, stopped_clock);
	tcase_add_test(tc, random_numbers);
	tcase_add_test(tc, where_it_runs);
	tcase_add_test(tc, loops);
	tcase_add_test(tc, probing);
	tcase_add_test(tc, dynptrs_of_memory);
	tcase_add_test(tc, names);
	return tc;
}
