// SPDX-License-Identifier: BSD-2-Clause
#include "engine.h"

#include <espalier/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/rcu.h"
#include "exec/prog.h"
#include "fd.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE		 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* A main function, and one that it calls. */
#define CALL_BPF(delta) INSN(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, delta)
static const struct bpf_insn calls[] = {CALL_BPF(1), EXIT(), MOV_K(0, 2), EXIT()};

static int load_with(enum espalier_exec exec)
{
	ck_assert_int_eq(espalier_set_exec(exec), 0);
	return load_insns(BPF_PROG_TYPE_XDP, calls, ARRAY_SIZE(calls));
}

static long prog_info(int fd, struct bpf_prog_info *info)
{
	union attr attr = {
		.uapi.info = {.bpf_fd = (u32)fd, .info_len = sizeof(*info), .info = ptr(info)}};

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
}

static u32 jited_len(int fd)
{
	struct bpf_prog_info info = {0};

	ck_assert_int_eq(prog_info(fd, &info), 0);
	return info.jited_prog_len;
}

START_TEST(chosen_per_load)
{
	int interp, jit, usual;

	engine_use(ENGINE_OURS);
	ck_assert_int_eq(espalier_set_exec((enum espalier_exec)3), -EINVAL);
	interp = load_with(ESPALIER_EXEC_INTERP);
	usual = load_with(ESPALIER_EXEC_DEFAULT);
	ck_assert_uint_eq(jited_len(interp), 0);
	if (!EXEC_HAS_JIT) {
		ck_assert_int_eq(espalier_set_exec(ESPALIER_EXEC_JIT), -EOPNOTSUPP);
		ck_assert_uint_eq(jited_len(usual), 0);
	} else {
		jit = load_with(ESPALIER_EXEC_JIT);
		ck_assert_uint_gt(jited_len(jit), 0);
		ck_assert_uint_gt(jited_len(usual), 0);
		close(jit);
	}
	close(usual);
	close(interp);
}
END_TEST

#if EXEC_HAS_JIT
/* Functions in their order, and their bytes, as far as there is room. */
START_TEST(machine_code_is_shown)
{
	u8 code[512], part[8] = {0};
	u64 at[3] = {0};
	u32 len[3] = {0};
	struct bpf_prog_info info = {.jited_prog_len = sizeof(code),
				     .jited_prog_insns = ptr(code),
				     .nr_jited_ksyms = 3,
				     .jited_ksyms = ptr(at),
				     .nr_jited_func_lens = 3,
				     .jited_func_lens = ptr(len)};
	int prog;

	engine_use(ENGINE_OURS);
	prog = load_with(ESPALIER_EXEC_JIT);
	ck_assert_int_eq(prog_info(prog, &info), 0);
	ck_assert_uint_eq(info.nr_jited_ksyms, 2);
	ck_assert_uint_eq(info.nr_jited_func_lens, 2);
	ck_assert_uint_eq(info.nr_jited_line_info, 0);
	ck_assert_uint_eq(info.jited_prog_len, len[0] + len[1]);
	ck_assert_int_eq(memcmp(code, (void *)(uintptr_t)at[0], len[0]), 0);
	ck_assert_int_eq(memcmp(code + len[0], (void *)(uintptr_t)at[1], len[1]), 0);

	info = (struct bpf_prog_info){.jited_prog_len = 4, .jited_prog_insns = ptr(part)};
	ck_assert_int_eq(prog_info(prog, &info), 0);
	ck_assert_int_eq(memcmp(part, code, 4), 0);
	ck_assert_uint_eq(part[4], 0);
	info = (struct bpf_prog_info){.jited_prog_len = 4};
	ck_assert_int_eq(prog_info(prog, &info), -EFAULT);
	info = (struct bpf_prog_info){.nr_jited_ksyms = 1};
	ck_assert_int_eq(prog_info(prog, &info), -EFAULT);
	close(prog);
}
END_TEST

/* Permissions of the mapping that has @addr, as /proc/self/maps shows them; "" if there is none. */
static const char *permissions(u64 addr)
{
	static char perms[8];
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	bool found = false;

	ck_assert_ptr_nonnull(f);
	while (!found && fgets(line, sizeof(line), f)) {
		unsigned long from, to;

		found = sscanf(line, "%lx-%lx %7s", &from, &to, perms) == 3 && addr >= from &&
			addr < to;
	}
	fclose(f);
	return found ? perms : "";
}

/* Executable and not writable; gone a grace period after the program. */
START_TEST(memory_of_code)
{
	u64 at = 0;
	struct bpf_prog_info info = {.nr_jited_ksyms = 1, .jited_ksyms = ptr(&at)};
	int prog;

	engine_use(ENGINE_OURS);
	prog = load_with(ESPALIER_EXEC_JIT);
	ck_assert_int_eq(prog_info(prog, &info), 0);
	ck_assert_str_eq(permissions(at), "r-xp");
	close(prog);
	fd_collect();
	rcu_quiesce();
	ck_assert_str_ne(permissions(at), "r-xp");
}
END_TEST

/* Where memory may not become executable, the load fails, and says why. */
START_TEST(refused_without_executable_memory)
{
	static char log[4096];
	union attr attr = {.uapi = {.prog_type = BPF_PROG_TYPE_XDP,
				    .insns = ptr(calls),
				    .insn_cnt = ARRAY_SIZE(calls),
				    .license = ptr("GPL"),
				    .log_level = 1,
				    .log_buf = ptr(log),
				    .log_size = sizeof(log)}};
	int prog;

	engine_use(ENGINE_OURS);
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
		return; /* a kernel before 6.3 cannot be told to */
	ck_assert_int_eq(espalier_set_exec(ESPALIER_EXEC_JIT), 0);
	ck_assert_int_eq(bpf(BPF_PROG_LOAD, &attr), -EACCES);
	ck_assert_ptr_nonnull(strstr(log, "JIT: no machine code: Permission denied\n"));
	ck_assert_str_eq(espalier_last_report()->message,
			 "JIT: no machine code: Permission denied");
	ck_assert_int_eq(espalier_last_report()->err, -EACCES);
	prog = load_with(ESPALIER_EXEC_INTERP);
	ck_assert_int_ge(prog, 0);
	close(prog);
}
END_TEST

/* As in the kernel, programs that call each other have one executor. */
START_TEST(prog_arrays_do_not_mix)
{
	int map, interp, jit;
	u32 key = 0;
	union attr attr = {.uapi = {.key = ptr(&key), .value = ptr(&interp)}};

	engine_use(ENGINE_OURS);
	map = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, 0);
	interp = load_with(ESPALIER_EXEC_INTERP);
	jit = load_with(ESPALIER_EXEC_JIT);
	attr.uapi.map_fd = (u32)map;
	ck_assert_int_eq(bpf(BPF_MAP_UPDATE_ELEM, &attr), 0);
	attr.uapi.value = ptr(&jit);
	ck_assert_int_eq(bpf(BPF_MAP_UPDATE_ELEM, &attr), -EINVAL);
	close(map);
	close(interp);
	close(jit);
}
END_TEST
#endif

TCase *jit_tests(void)
{
	TCase *tc = tcase_create("jit");

	tcase_add_test(tc, chosen_per_load);
#if EXEC_HAS_JIT
	tcase_add_test(tc, machine_code_is_shown);
	tcase_add_test(tc, memory_of_code);
	tcase_add_test(tc, refused_without_executable_memory);
	tcase_add_test(tc, prog_arrays_do_not_mix);
#endif
	return tc;
}
