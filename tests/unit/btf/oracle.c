// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loads at random places of the running kernel's structs, judged by its verifier and, on the same
 * BTF, by btf_struct_walk(). Skipped where the kernel cannot be asked.
 */
#include "blob.h"
#include "suites.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct btf *kernel;
static u32 *structs;
static u32 nr_structs;
static u32 rng = 1;

static u32 rnd(u32 below)
{
	rng = rng * 1664525 + 1013904223;
	return (u32)((u64)rng * below >> 32);
}

static bool read_kernel_btf(void)
{
	FILE *f = fopen("/sys/kernel/btf/vmlinux", "r");
	struct stat st;
	void *data;

	if (!f)
		return false;
	ck_assert_int_eq(fstat(fileno(f), &st), 0);
	data = malloc((size_t)st.st_size);
	ck_assert_ptr_nonnull(data);
	ck_assert_uint_eq(fread(data, 1, (size_t)st.st_size, f), (size_t)st.st_size);
	fclose(f);
	ck_assert_int_eq(btf_parse(data, (u32)st.st_size, NULL, &kernel), 0);
	free(data);
	structs = calloc(kernel->nr_types, sizeof(*structs));
	ck_assert_ptr_nonnull(structs);
	for (u32 id = 1; id < kernel->nr_types; id++) {
		const struct btf_type *t = btf_type(kernel, id);

		if (btf_kind_of(t) == BTF_KIND_STRUCT && t->size)
			structs[nr_structs++] = id;
	}
	return true;
}

/* The last line of a log before its statistics. */
static void last_line(const char *log, char *out, size_t size)
{
	const char *end;

	out[0] = '\0';
	for (; (end = strchr(log, '\n')); log = end + 1) {
		if (!strncmp(log, "processed ", 10))
			break;
		snprintf(out, size, "%.*s", (int)(end - log), log);
	}
}

struct answer {
	int err;
	char message[512];
	char reg[128]; /* type of the register that was loaded */
};

/* r1 = *(size *)((struct id *)0 + off) */
static void ask(u32 id, u32 off, u32 size, struct answer *out)
{
	static const u8 sizes[] = {[1] = BPF_B, [2] = BPF_H, [4] = BPF_W, [8] = BPF_DW};
	static char log[65536];
	s32 cast = btf_find(kernel, "bpf_rdonly_cast", BTF_KIND_FUNC);
	struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = (s32)id},
		{.code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = cast},
		{.code = BPF_LDX | BPF_MEM | sizes[size], .dst_reg = 1, .off = (s16)off},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {0};
	const char *reg;
	int fd;

	attr.prog_type = BPF_PROG_TYPE_XDP;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = ARRAY_SIZE(insns);
	attr.license = (uintptr_t) "GPL";
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 2;
	log[0] = '\0';
	memset(out, 0, sizeof(*out));
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0) {
		out->err = -errno;
		last_line(log, out->message, sizeof(out->message));
		return;
	}
	close(fd);
	reg = strstr(log, "3: (");
	reg = reg ? strstr(reg, "R1=") : NULL;
	if (reg)
		sscanf(reg, "R1=%127[^ (\n]", out->reg);
}

static void expect_same(u32 id, u32 off, u32 size)
{
	char text[2048], message[512], reg[128] = "";
	struct answer theirs;
	struct vlog log;
	u32 next, flags;
	int res;

	ask(id, off, size, &theirs);
	ck_assert_int_eq(vlog_init(&log, 1, text, sizeof(text)), 0);
	res = btf_struct_walk(&log, kernel, id, off, size, &next, &flags, NULL);
	vlog_finish(&log, NULL);
	last_line(text, message, sizeof(message));
	ck_assert_int_eq(min(res, 0), theirs.err);
	if (res < 0) {
		ck_assert_str_eq(message, theirs.message);
		return;
	}
	if (res == BTF_WALK_PTR)
		snprintf(reg, sizeof(reg), "untrusted_ptr_%s",
			 btf_name(kernel, btf_type(kernel, next)));
	else if (res == BTF_WALK_MEM)
		snprintf(reg, sizeof(reg), "rdonly_untrusted_mem");
	else
		snprintf(reg, sizeof(reg), "scalar");
	ck_assert_str_eq(reg, theirs.reg);
}

START_TEST(random_loads)
{
	if (!kernel_answers() || !read_kernel_btf())
		return;
	for (u32 round = 0; round < 5000; round++) {
		u32 id = structs[rnd(nr_structs)];
		u32 end = btf_type(kernel, id)->size;
		u32 off = rnd(8) ? rnd(min(end, 4096u)) : end + rnd(64);

		if (rnd(2))
			off &= ~7u;
		expect_same(id, min(off, 32000u), 1u << rnd(4));
	}
	btf_put(kernel);
	free(structs);
}
END_TEST

TCase *oracle_case(void)
{
	TCase *tc = tcase_create("oracle");

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, random_loads);
	return tc;
}
