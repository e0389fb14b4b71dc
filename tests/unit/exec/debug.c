// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rcu.h"

/* What debuggers and perf find out about machine code: by the layout that they know. */
struct entry {
	struct entry *next, *prev;
	const char *symfile;
	u64 size;
};
extern struct {
	u32 version;
	u32 action;
	struct entry *relevant;
	struct entry *first;
} __jit_debug_descriptor;

static const struct bpf_insn insns[] = {CALL_BPF(1), EXIT(), MOV_K(0, 7), EXIT()};

static struct prog *named_prog(void)
{
	struct prog *prog;

	test_executor = EXEC_JIT;
	prog = MAKE_PROG(insns);
	strcpy(prog->name, "two");
	return prepared(prog);
}

static u32 nr_entries(void)
{
	u32 n = 0;

	for (const struct entry *e = __jit_debug_descriptor.first; e; e = e->next)
		n++;
	return n;
}

/* A symbol's address in an object file whose text is loaded already. */
static u64 address_of(const struct entry *entry, const char *name)
{
	const Elf64_Ehdr *ehdr = (const void *)entry->symfile;
	const Elf64_Shdr *shdr = (const void *)(entry->symfile + ehdr->e_shoff);

	ck_assert_int_eq(memcmp(ehdr->e_ident, ELFMAG, SELFMAG), 0);
	ck_assert_uint_le(ehdr->e_shoff + ehdr->e_shnum * sizeof(*shdr), entry->size);
	for (u32 i = 0; i < ehdr->e_shnum; i++) {
		const Elf64_Sym *sym = (const void *)(entry->symfile + shdr[i].sh_offset);
		const char *names = entry->symfile + shdr[shdr[i].sh_link].sh_offset;

		if (shdr[i].sh_type == SHT_NOBITS)
			continue;
		ck_assert_uint_le(shdr[i].sh_offset + shdr[i].sh_size, entry->size);
		if (shdr[i].sh_type != SHT_SYMTAB)
			continue;
		for (u32 k = 1; k < shdr[i].sh_size / sizeof(*sym); k++) {
			if (!strcmp(names + sym[k].st_name, name))
				return shdr[sym[k].st_shndx].sh_addr + sym[k].st_value;
		}
	}
	return 0;
}

static void name_for(const struct prog *prog, const char *suffix, char *out)
{
	out += sprintf(out, "bpf_prog_");
	for (u32 i = 0; i < sizeof(prog->tag); i++)
		out += sprintf(out, "%02x", prog->tag[i]);
	strcpy(out, suffix);
}

START_TEST(debuggers_are_told)
{
	u32 before = nr_entries();
	struct prog *first = named_prog(), *second = named_prog();
	const struct entry *entry = __jit_debug_descriptor.first;
	const void *at;
	char name[128];

	ck_assert_uint_eq(__jit_debug_descriptor.version, 1);
	ck_assert_uint_eq(nr_entries(), before + 2);
	name_for(second, "_two", name);
	ck_assert_uint_gt(prog_native(second, 0, &at), 0);
	ck_assert_uint_eq(address_of(entry, name), (uintptr_t)at);
	name_for(second, "_F1", name);
	ck_assert_uint_gt(prog_native(second, 1, &at), 0);
	ck_assert_uint_eq(address_of(entry, name), (uintptr_t)at);
	/* In whatever order they go. */
	prog_put(first);
	rcu_quiesce();
	ck_assert_uint_eq(nr_entries(), before + 1);
	ck_assert_ptr_eq(__jit_debug_descriptor.first, entry);
	prog_put(second);
	rcu_quiesce();
	ck_assert_uint_eq(nr_entries(), before);
}
END_TEST

/* Only if asked for. */
START_TEST(perf_map)
{
	char path[64], line[256], want[300], name[128];
	struct prog *prog;
	const void *at;
	bool found = false;
	FILE *f;
	u32 len;

	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	unsetenv("ESPALIER_PERF_MAP");
	prog_put(named_prog());
	ck_assert_int_ne(access(path, F_OK), 0);
	setenv("ESPALIER_PERF_MAP", "1", 1);
	prog = named_prog();
	name_for(prog, "_two", name);
	len = prog_native(prog, 0, &at);
	snprintf(want, sizeof(want), "%lx %x %s\n", (unsigned long)(uintptr_t)at, len, name);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		found |= !strcmp(line, want);
	fclose(f);
	unlink(path);
	ck_assert(found);
	prog_put(prog);
}
END_TEST

TCase *debug_tests(void)
{
	TCase *tc = tcase_create("debug");

	tcase_add_test(tc, debuggers_are_told);
	tcase_add_test(tc, perf_map);
	return tc;
}
