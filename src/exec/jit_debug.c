// SPDX-License-Identifier: BSD-2-Clause
#include "jit_debug.h"

#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "jit.h"

/* The GDB JIT interface: names and layout are the debugger's. */
struct jit_code_entry {
	struct jit_code_entry *next_entry;
	struct jit_code_entry *prev_entry;
	const char *symfile_addr;
	u64 symfile_size;
};

enum {
	JIT_NOACTION,
	JIT_REGISTER,
	JIT_UNREGISTER
};

struct jit_descriptor {
	u32 version;
	u32 action_flag;
	struct jit_code_entry *relevant_entry;
	struct jit_code_entry *first_entry;
};

void __jit_debug_register_code(void);
struct jit_descriptor __jit_debug_descriptor = {.version = 1};

/* Debuggers put a breakpoint here and look at the descriptor. */
__attribute__((noinline)) void __jit_debug_register_code(void)
{
	__asm__ volatile("" ::: "memory");
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

enum {
	SECTION_NONE,
	SECTION_TEXT,
	SECTION_SYMTAB,
	SECTION_STRTAB,
	SECTIONS
};

static const char section_names[] = "\0.text\0.symtab\0.strtab";
#define NAME_MAX_LEN 128

/* An object file with one symbol per function, for code that is loaded already. */
struct jit_symbols {
	struct jit_code_entry entry;
	Elf64_Ehdr ehdr;
	Elf64_Shdr shdr[SECTIONS];
	Elf64_Sym sym[]; /* then the names */
};

static void name_of(const struct prog *prog, u32 func, char *out)
{
	const char *name = prog->subprogs[func].name ? prog->subprogs[func].name : "";
	int n = snprintf(out, NAME_MAX_LEN, "bpf_prog_");

	for (size_t i = 0; i < sizeof(prog->tag); i++)
		n += snprintf(out + n, NAME_MAX_LEN - (size_t)n, "%02x", prog->tag[i]);
	if (func && !*name)
		snprintf(out + n, NAME_MAX_LEN - (size_t)n, "_F%u", func);
	else if (*name || *prog->name)
		snprintf(out + n, NAME_MAX_LEN - (size_t)n, "_%s", *name ? name : prog->name);
}

static void fill_headers(struct jit_symbols *s, const struct jit_code *jit, u32 nr, size_t names)
{
	size_t start = offsetof(struct jit_symbols, ehdr);
	size_t sym_size = (nr + 1) * sizeof(Elf64_Sym);

	s->ehdr = (Elf64_Ehdr)
	{
		.e_ident = {ELFMAG0,	ELFMAG1,     ELFMAG2,	ELFMAG3,
			    ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_REL,
#if defined(__x86_64__)
		.e_machine = EM_X86_64,
#else
		.e_machine = EM_AARCH64,
#endif
		.e_version = EV_CURRENT, .e_shoff = offsetof(struct jit_symbols, shdr) - start,
		.e_ehsize = sizeof(Elf64_Ehdr), .e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = SECTIONS, .e_shstrndx = SECTION_STRTAB,
	};
	s->shdr[SECTION_TEXT] = (Elf64_Shdr){
		.sh_name = 1,
		.sh_type = SHT_NOBITS,
		.sh_flags = SHF_ALLOC | SHF_EXECINSTR,
		.sh_addr = (uintptr_t)jit->mem.addr,
		.sh_size = jit->len,
		.sh_addralign = 16,
	};
	s->shdr[SECTION_SYMTAB] = (Elf64_Shdr){
		.sh_name = 7,
		.sh_type = SHT_SYMTAB,
		.sh_offset = offsetof(struct jit_symbols, sym) - start,
		.sh_size = sym_size,
		.sh_link = SECTION_STRTAB,
		.sh_info = 1,
		.sh_addralign = 8,
		.sh_entsize = sizeof(Elf64_Sym),
	};
	s->shdr[SECTION_STRTAB] = (Elf64_Shdr){
		.sh_name = 15,
		.sh_type = SHT_STRTAB,
		.sh_offset = offsetof(struct jit_symbols, sym) - start + sym_size,
		.sh_size = names,
		.sh_addralign = 1,
	};
}

static struct jit_symbols *make_symbols(const struct exec_code *code)
{
	u32 nr = code->nr_funcs;
	size_t room = sizeof(section_names) + (size_t)nr * NAME_MAX_LEN;
	struct jit_symbols *s = calloc(1, sizeof(*s) + (nr + 1) * sizeof(Elf64_Sym) + room);
	size_t used = sizeof(section_names);
	char *names;

	if (!s)
		return NULL;
	names = (char *)&s->sym[nr + 1];
	memcpy(names, section_names, sizeof(section_names));
	for (u32 i = 0; i < nr; i++) {
		const struct exec_func *f = &code->funcs[i];

		name_of(code->prog, i, names + used);
		s->sym[i + 1] = (Elf64_Sym){
			.st_name = (Elf64_Word)used,
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = SECTION_TEXT,
			.st_value = (uintptr_t)f->native - (uintptr_t)code->jit.mem.addr,
			.st_size = f->native_len,
		};
		used += strlen(names + used) + 1;
	}
	fill_headers(s, &code->jit, nr, used);
	s->entry.symfile_addr = (const char *)&s->ehdr;
	s->entry.symfile_size = (u64)(names + used - (const char *)&s->ehdr);
	return s;
}

/* Lines "start size name" in hexadecimal, appended in one write so that threads do not mix. */
static void write_perf_map(const struct exec_code *code)
{
	char path[64], name[NAME_MAX_LEN];
	FILE *f;
	int fd;

	if (!secure_getenv("ESPALIER_PERF_MAP"))
		return;
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	/* Anybody may have put something there. */
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	f = fd < 0 ? NULL : fdopen(fd, "a");
	if (!f) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (u32 i = 0; i < code->nr_funcs; i++) {
		name_of(code->prog, i, name);
		fprintf(f, "%lx %x %s\n", (unsigned long)(uintptr_t)code->funcs[i].native,
			code->funcs[i].native_len, name);
	}
	fclose(f);
}

static void tell(struct jit_code_entry *entry, u32 action)
{
	__jit_debug_descriptor.relevant_entry = entry;
	__jit_debug_descriptor.action_flag = action;
	__jit_debug_register_code();
	__jit_debug_descriptor.action_flag = JIT_NOACTION;
	__jit_debug_descriptor.relevant_entry = NULL;
}

void jit_debug_add(struct exec_code *code)
{
	struct jit_symbols *s = make_symbols(code);
	struct jit_code_entry *first;

	pthread_mutex_lock(&lock);
	write_perf_map(code);
	if (s) {
		first = __jit_debug_descriptor.first_entry;
		s->entry.next_entry = first;
		if (first)
			first->prev_entry = &s->entry;
		__jit_debug_descriptor.first_entry = &s->entry;
		tell(&s->entry, JIT_REGISTER);
	}
	pthread_mutex_unlock(&lock);
	code->jit.symbols = s;
}

void jit_debug_remove(const struct jit_code *jit)
{
	struct jit_symbols *s = jit->symbols;

	if (!s)
		return;
	pthread_mutex_lock(&lock);
	if (s->entry.prev_entry)
		s->entry.prev_entry->next_entry = s->entry.next_entry;
	else
		__jit_debug_descriptor.first_entry = s->entry.next_entry;
	if (s->entry.next_entry)
		s->entry.next_entry->prev_entry = s->entry.prev_entry;
	tell(&s->entry, JIT_UNREGISTER);
	pthread_mutex_unlock(&lock);
	free(s);
}
