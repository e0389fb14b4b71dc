/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_CHANGE_H
#define SAD_CHANGE_H

#include "sad/sad.h"
#include "words.h"

/*
 * A list of operations that is carried out as a whole or not at all. Each sees the effect of those
 * before it. Readers of the database see the additions before the deletions, so that an SA that is
 * replaced is never missing.
 */
enum change_kind {
	CHANGE_ADD,
	CHANGE_UPDATE,
	CHANGE_DELETE,
	CHANGE_FLUSH,
};

struct change_op {
	enum change_kind kind;
	u32 line;		   /* where it was asked for */
	struct xfrm_state *x;	   /* ADD, UPDATE: owned */
	struct xfrm_state *target; /* UPDATE: what it is to be applied to */
	union {
		struct sad_id *id;	   /* DELETE: owned */
		struct sad_filter *filter; /* FLUSH: owned */
	};
};

struct change {
	struct sad *sad;
	struct change_op *op;
	size_t n;
	size_t room;
	struct xfrm_state **doomed; /* linked states to be unlinked */
	size_t nr_doomed;
	size_t doomed_room;
	u64 visits; /* of SAs, while planning */

	/* For sad_read(): takes each spec to be added, and no list is made. */
	int (*take)(struct words *w, const struct sad_spec *spec, u32 line, void *arg);
	void *take_arg;
};

#define CHANGE_INIT(s) ((struct change){.sad = (s)})

/* Append; @op's pointers are taken over, also on failure. 0 or -ENOMEM. */
int change_append(struct change *c, const struct change_op *op) __must_check;

/**
 * change_carry_out - do it
 * @bad_line: where the operation is that failed; 0 if it is none's fault
 *
 * Return: number of states added; -EEXIST, -ESRCH, -ENOENT (the namespace is gone), -E2BIG (it
 * would look at too many SAs too often) or -ENOMEM, and then nothing was changed.
 */
int change_carry_out(struct change *c, u32 *bad_line) __must_check;

/* Free the list, carried out or not. */
void change_fini(struct change *c);

#endif
