/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_EXEC_SAS_H
#define BENCH_EXEC_SAS_H

/* SPIs in the list that is gone through: more than there are SAs, and a power of two. */
#define ORDER (1u << 17)

/* All of the object's .bss. */
struct exec_sas {
	unsigned int next;
	unsigned int found;
	int window;
	unsigned int order[ORDER]; /* SPIs, as in packets */
};

#ifndef __bpf__
/**
 * exec_sas_measure - the example program with many SAs: table on stdout
 * @object: exec_sas.bpf.o
 * @fill_seconds: what it may take to give the kernel its SAs; else it is left out
 *
 * Machine code with references elided and counted, the interpreter, C on raw pointers and the same
 * table, and where it may be asked the running kernel, in @rounds rounds.
 */
void exec_sas_measure(const char *object, int rounds, unsigned int fill_seconds);
#endif

#endif
