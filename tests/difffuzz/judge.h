/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DIFFFUZZ_JUDGE_H
#define DIFFFUZZ_JUDGE_H

#include "side.h"

/* How the sides differ over a case. */
enum difference {
	SAME,
	WE_ACCEPT,  /* what the kernel rejects */
	WE_REJECT,  /* what the kernel accepts */
	LIMITS,	    /* one has had enough of it, -E2BIG, where the other accepts */
	KERNEL_BUG, /* the kernel's verifier says so itself */
	RESULT,	    /* both accept, and it does something else */
	MESSAGE,    /* both reject, for another reason */
	CRASH,	    /* of ours */
	DIFFERENCES,
};
extern const char *const difference_names[DIFFERENCES];

#define KIND_TEXT (2 * MESSAGE_MAX + 80)

struct judgement {
	enum difference difference;
	bool accepted;	       /* by the kernel */
	bool compared;	       /* was run on all sides */
	char kind[KIND_TEXT];  /* messages without their numbers, so that like comes to like */
	char words[KIND_TEXT]; /* with them */
};

/* One '#' for each number. */
void without_numbers(char *to, const char *from);

/* Ask all sides. With @messages those that both reject are compared in the reason, too. */
void judge(const struct fuzz_case *c, bool messages, struct judgement *j);

/* Make @c small while the kind of its difference, which is @j's, stays. */
void shrink(struct fuzz_case *c, const struct judgement *j);

#endif
