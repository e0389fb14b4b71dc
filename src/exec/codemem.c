// SPDX-License-Identifier: BSD-2-Clause
#include "codemem.h"

#include <errno.h>
#include <sys/mman.h>

#define PAGE 4096ull
/* Where to look around @near: far enough from it for a heap that grows, and well within 2 GiB. */
#define STEP  (64ull << 20)
#define STEPS 24

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static u8 *map_at(uintptr_t hint, size_t size)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | (hint ? MAP_FIXED_NOREPLACE : 0);
	u8 *p = mmap((void *)hint, size, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	/* A kernel that does not know the flag takes the address for a wish. */
	if (hint && (uintptr_t)p != hint) {
		munmap(p, size);
		return NULL;
	}
	return p;
}

/* The address that served last, so that programs line up instead of each searching anew. Racing
 * threads at worst search. */
static uintptr_t next_hint;

static u8 *map_near(uintptr_t near, size_t size)
{
	uintptr_t hint = __atomic_load_n(&next_hint, __ATOMIC_RELAXED);
	u8 *p;

	near &= ~(PAGE - 1);
	if (hint && (hint > near ? hint - near : near - hint) < STEP * STEPS) {
		p = map_at(hint, size);
		if (p)
			return p;
	}
	for (u64 i = 1; i <= STEPS; i++) {
		p = near > i * STEP ? map_at(near - i * STEP, size) : NULL;
		if (!p)
			p = map_at(near + i * STEP, size);
		if (p)
			return p;
	}
	return map_at(0, size);
}

int codemem_alloc(struct codemem *mem, size_t size, const void *near)
{
	mem->size = round_up_to(size, PAGE);
	mem->addr = map_near((uintptr_t)near, mem->size);
	return mem->addr ? 0 : -ENOMEM;
}

int codemem_seal(struct codemem *mem, size_t used)
{
	size_t keep = round_up_to(used, PAGE);

	if (keep < mem->size)
		munmap(mem->addr + keep, mem->size - keep);
	mem->size = keep;
	if (mprotect(mem->addr, mem->size, PROT_READ | PROT_EXEC))
		return -errno;
	__builtin___clear_cache((char *)mem->addr, (char *)mem->addr + used);
	__atomic_store_n(&next_hint, (uintptr_t)mem->addr + mem->size, __ATOMIC_RELAXED);
	return 0;
}

void codemem_free(const struct codemem *mem)
{
	if (mem->addr)
		munmap(mem->addr, mem->size);
}
