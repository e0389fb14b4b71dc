/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_REPLAY_H
#define SAD_REPLAY_H

#include "sad/state.h"

/*
 * Two forms of anti-replay state: the legacy one inside the struct, for windows up to 32 without
 * extended sequence numbers, and a bitmap of its own (x->replay_esn) for all else.
 */

/* Which of them the spec asks for. */
bool replay_wants_bitmap(const struct sad_spec *spec);
/* Words of that bitmap. */
u32 replay_bitmap_words(const struct sad_spec *spec);
/* Bytes of x->replay_esn; 0 for the legacy form. */
size_t replay_bytes(const struct sad_spec *spec);

/* Set a new state up; @esn: replay_bytes() of zeroed memory. */
void replay_init(struct xfrm_state *x, const struct sad_spec *spec,
		 struct xfrm_replay_state_esn *esn);

int replay_check(const struct sad_spec *spec, struct espalier_error *e) __must_check;

#endif
