/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VERIFIER_BOUNDS_H
#define VERIFIER_BOUNDS_H

#include "state.h"

/* Pieces of reg_sync_bounds() that the arithmetic in scalar.c needs one by one. */
void reg_unbound_64(struct reg_state *reg);
void reg_unbound_32(struct reg_state *reg);
void reg_bounds_from_tnum(struct reg_state *reg);   /* all four ranges */
void reg_bounds32_from_tnum(struct reg_state *reg); /* the 32-bit ones */

#endif
