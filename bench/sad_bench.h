/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_SAD_BENCH_H
#define BENCH_SAD_BENCH_H

#include <jansson.h>

#include "base/types.h"

/*
 * Each prints its table, unless @quiet, and returns it.
 */

/* What a lookup costs, by the number of SAs. */
json_t *bench_lookups(const u32 *sas, u32 n, u32 rounds, bool quiet);
/* Bytes of memory per SA and insertions per second. */
json_t *bench_growth(const u32 *sas, u32 n, bool quiet);
/* The time of single lookups while the index is resized, and while it is not. */
json_t *bench_resize(bool quiet);
/* A reader's pace beside a writer, and without. */
json_t *bench_beside_writer(const u32 *sas, u32 n, u32 rounds, bool quiet);

#endif
