// SPDX-License-Identifier: BSD-2-Clause
/*
 * enumerate PROPERTY: runs a property, built for narrow registers, with every combination of
 * inputs. An input that assume() refuses is not combined with what would have come after it. Exit
 * status 0 and the number of combinations, or 1 and the first that breaks a goal, or 2.
 */
#include <dlfcn.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "logic.h"

#define MAX_INPUTS 64

static struct {
	const char *name;
	unsigned int value;
	unsigned int count;
} inputs[MAX_INPUTS];
static unsigned int known, at;
static jmp_buf refused;
static bool broken;

static unsigned int any(const char *name, unsigned int count)
{
	if (at == known) {
		if (known == MAX_INPUTS)
			__builtin_trap();
		inputs[known].name = name;
		inputs[known].value = 0;
		inputs[known++].count = count;
	}
	return inputs[at++].value;
}

u64 any_u64(const char *name)
{
	return (u64)any(name, 1u << REG_BITS);
}

u32 any_u32(const char *name)
{
	return (u32)any(name, 1u << SUBREG_BITS);
}

/* Amounts and flags: no property takes greater ones. */
u8 any_u8(const char *name)
{
	return (u8)any(name, REG_BITS + 1);
}

void assume(bool cond)
{
	if (!cond)
		longjmp(refused, 1);
}

void check(bool cond, const char *what)
{
	if (cond || broken)
		return;
	broken = true;
	printf("%s:", what);
	for (unsigned int i = 0; i < at; i++)
		printf(" %s=%#x", inputs[i].name, inputs[i].value);
	printf("\n");
}

/* Contracts are for proofs: here every function is itself. */
void ghost_set(u8 i, u64 v)
{
	(void)i;
	(void)v;
}

u64 ghost(u8 i)
{
	(void)i;
	return 0;
}

/* The next combination; what was asked for after the input that changes is forgotten. */
static bool next(void)
{
	known = at;
	while (known && ++inputs[known - 1].value == inputs[known - 1].count)
		known--;
	return known;
}

int main(int argc, char **argv)
{
	char name[128];
	void (*property)(void);
	unsigned long long tried = 0;

	if (argc != 2) {
		fprintf(stderr, "usage: enumerate PROPERTY\n");
		return 2;
	}
	snprintf(name, sizeof(name), "prove_%s", argv[1]);
	property = (void (*)(void))dlsym(NULL, name);
	if (!property) {
		fprintf(stderr, "enumerate: %s: no such property\n", argv[1]);
		return 2;
	}
	do {
		at = 0;
		if (!setjmp(refused)) {
			property();
			tried++;
		}
	} while (!broken && next());
	if (!broken)
		printf("%llu combinations\n", tried);
	return broken;
}
