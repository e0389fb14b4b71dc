/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXEC_FACTS_H
#define EXEC_FACTS_H

#include "exec/prog.h"
#include "kfunc/xfrm.h"

/* Of one instruction, in every execution of it. */
enum {
	FACT_UNCOUNTED =
		1,	/* a lookup or release: nobody can tell whether it counts the reference */
	FACT_SLICE = 4, /* a slice of all of the packet, at a known place */
	FACT_STATE = 2, /* a load: of a state that the program holds */
};

struct lookup_facts {
	u32 insn;
	struct xfrm_opts_known known;
};

struct slice_facts {
	u16 offset;
	u16 len;
};

/**
 * struct facts - what a dataflow analysis found out about an accepted program
 * @insn: FACT_* by instruction; NULL: nothing
 * @slice: by instruction: for FACT_SLICE
 * @lookups: calls of bpf_xdp_get_xfrm_state(), in the order of the program
 */
struct facts {
	u8 *insn;
	struct slice_facts *slice;
	struct lookup_facts *lookups;
	u32 nr_lookups;
};

/**
 * facts_find - analyse a program that the verifier accepted
 * @prog: its @aux is filled in
 * @out: to be freed with facts_free()
 *
 * A program that neither looks an SA up nor slices a packet, or is too large (FACTS_MAX_BLOCKS), has no facts.
 *
 * Return: 0 or -ENOMEM.
 */
int facts_find(const struct prog *prog, struct facts *out) __must_check;
void facts_free(struct facts *facts);
const struct lookup_facts *facts_of_lookup(const struct facts *facts, u32 insn);

/* Places where a state is kept, 3 KB each. Few programs have a thousand. */
#define FACTS_MAX_BLOCKS 16384
/* Lookups told apart; those after them are counted. */
#define FACTS_MAX_SITES 64

#endif
