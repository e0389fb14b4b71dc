/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_GEN_H
#define DATAPLANE_GEN_H

#include "base/error.h"
#include "dataplane/frame.h"

struct espalier_sad;

/*
 * Traffic between two IPsec gateways, made up: ESP, ESP in UDP, AH and what surrounds them. The
 * same specification gives the same bytes everywhere. Checksums and lengths are right; what would
 * be ciphertext is random.
 */
struct gen;

/**
 * gen_open - make a generator
 * @spec: "KEY=VALUE,..." as espalier-run(1) lists; "" is all defaults
 * @sad: SAs to make traffic for, unless @spec says otherwise; may be NULL. Not needed afterwards
 * @out: owned by the caller
 * @e: "gen: WHAT: WHY" on failure
 *
 * Return: 0; -EINVAL for a bad specification; -ENOENT if @sad has no SA to make traffic for;
 * -ENOMEM.
 */
int gen_open(const char *spec, struct espalier_sad *sad, struct gen **out,
	     struct espalier_error *e) __must_check;
void gen_close(struct gen *g);

/* The next frames, at most @max: how many, 0 at the end. Valid until the next call. */
u32 gen_burst(struct gen *g, struct frame *frames, u32 max);

/* Frames given so far and in all. */
void gen_progress(const struct gen *g, u64 *done, u64 *total);

#endif
