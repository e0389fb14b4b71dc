// SPDX-License-Identifier: BSD-2-Clause
/*
 * Which references the programs of an object leave uncounted, as their names say: elided_*,
 * counted_*, mixed_*. What they do is executors.c' business. TAP on stdout.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

#include <espalier/bpf.h>
#include <espalier/libbpf.h>

#include "facts.h"
#include "handle.h"

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

static const char *counting_of(const struct facts *facts)
{
	u32 elided = 0;

	for (u32 i = 0; i < facts->nr_lookups; i++)
		elided += facts->insn[facts->lookups[i].insn] & FACT_UNCOUNTED;
	return elided == facts->nr_lookups ? "elided" : elided ? "mixed" : "counted";
}

static bool check(const struct bpf_program *p)
{
	const char *name = bpf_program__name(p), *found;
	struct facts facts;
	struct prog *prog;

	if (prog_from_fd(bpf_program__fd(p), &prog) || facts_find(prog, &facts))
		return false;
	found = facts.nr_lookups ? counting_of(&facts) : "none";
	facts_free(&facts);
	prog_put(prog);
	if (!strncmp(name, found, strlen(found)))
		return true;
	printf("# %s: %s\n", name, found);
	return false;
}

int main(int argc, char **argv)
{
	struct bpf_object *obj;
	struct bpf_program *p;
	int tests = 0, failures = 0;

	libbpf_set_print(quiet);
	espalier_set_exec(ESPALIER_EXEC_INTERP);
	obj = argc == 2 ? bpf_object__open(argv[1]) : NULL;
	if (!obj || bpf_object__load(obj)) {
		fprintf(stderr, "usage: elision OBJECT\n");
		return 1;
	}
	bpf_object__for_each_program(p, obj)
	{
		bool ok = check(p);

		failures += !ok;
		printf("%sok %d - %s\n", ok ? "" : "not ", ++tests, bpf_program__name(p));
	}
	printf("1..%d\n", tests);
	bpf_object__close(obj);
	return failures || !tests;
}
