// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "suites.h"

/*
 * The oracle: each helper number is called by a program of each type that is loaded into the
 * running kernel, where that is a 6.18 and permits it.
 */
static char log_text[4096];

/* Loads "call func; exit" and, to see whether that outdates packet pointers, nothing more. */
static int load_call(enum bpf_prog_type type, u32 func, const char *license)
{
	struct bpf_insn insns[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = (s32)func},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.insns = (u64)insns;
	attr.insn_cnt = ARRAY_SIZE(insns);
	attr.license = (u64)license;
	attr.log_level = 1;
	attr.log_buf = (u64)log_text;
	attr.log_size = sizeof(log_text);
	log_text[0] = '\0';
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static bool kernel_is_an_oracle(void)
{
	struct utsname name;

	if (uname(&name) || strncmp(name.release, "6.18.", 5)) {
		printf("# kernel: skipped, the running kernel is no 6.18\n");
		return false;
	}
	if (load_call(BPF_PROG_TYPE_XDP, BPF_FUNC_ktime_get_ns, "GPL")) {
		printf("# kernel: skipped, bpf(2) is not permitted\n");
		return false;
	}
	return true;
}

static bool kernel_allows(enum bpf_prog_type type, u32 func)
{
	load_call(type, func, "GPL");
	return !strstr(log_text, "cannot use helper") && !strstr(log_text, "invalid func") &&
	       !strstr(log_text, "not supported for program type");
}

static const enum bpf_prog_type types[] = {
	BPF_PROG_TYPE_XDP,	     BPF_PROG_TYPE_SCHED_CLS,	   BPF_PROG_TYPE_SCHED_ACT,
	BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_RAW_TRACEPOINT,
};

START_TEST(sets_are_the_kernels)
{
	enum bpf_prog_type type = types[_i];

	if (!kernel_is_an_oracle())
		return;
	for (u32 func = 0; func < HELPER_MAX + 2; func++) {
		bool ours = helper_for(func, type) || helper_unsupported(func, type);

		ck_assert_msg(kernel_allows(type, func) == ours, "type %d, helper %u: %s", type,
			      func, log_text);
	}
}
END_TEST

START_TEST(licences_are_the_kernels)
{
	enum bpf_prog_type type = types[_i];

	if (!kernel_is_an_oracle())
		return;
	for (u32 func = 0; func < HELPER_MAX; func++) {
		const struct helper *helper = helper_for(func, type);

		if (!helper || helper->might_sleep)
			continue;
		load_call(type, func, "BSD");
		ck_assert_msg(helper->gpl_only == !!strstr(log_text, "GPL-restricted"),
			      "type %d, helper %u: %s", type, func, log_text);
	}
}
END_TEST

/* The kernel names each helper in its log. */
START_TEST(names_are_the_kernels)
{
	char expected[80];

	if (!kernel_is_an_oracle())
		return;
	for (u32 func = 0; func < HELPER_MAX; func++) {
		snprintf(expected, sizeof(expected), "%s#%u", helper_name(func), func);
		load_call(BPF_PROG_TYPE_CGROUP_DEVICE, func, "GPL");
		if (strstr(log_text, "cannot use helper"))
			ck_assert_msg(strstr(log_text, expected), "%s: %s", expected, log_text);
	}
}
END_TEST

TCase *kernel_case(void)
{
	TCase *tc = tcase_create("kernel");

	tcase_add_loop_test(tc, sets_are_the_kernels, 0, ARRAY_SIZE(types));
	tcase_add_loop_test(tc, licences_are_the_kernels, 0, ARRAY_SIZE(types));
	tcase_add_test(tc, names_are_the_kernels);
	return tc;
}
