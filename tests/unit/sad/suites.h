/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_SUITES_H
#define SAD_SUITES_H

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A macro of check.h that is a function of base/error.h. */
#undef fail

#include "base/arena.h"
#include "base/rcu.h"
#include "sad/text.h"

/* For inner loops: Check's own assertions write to a pipe, passed or not. */
#define must(expr)                                 \
	do {                                       \
		if (!(expr))                       \
			ck_abort_msg("%s", #expr); \
	} while (0)

TCase *state_case(void);
TCase *index_case(void);
TCase *twin_case(void);
TCase *database_case(void);
TCase *batch_case(void);
TCase *show_case(void);
TCase *export_case(void);

/* A database, and what the arena held before it: fixture.c. */
extern struct sad *sad;
void make_sad(void);
void drop_sad(void);

/* Import into namespace 0; the test fails if it is not @want. The error is in @import_error. */
extern struct espalier_error import_error;
int import(const char *text);
void import_is(const char *text, int want);

/* An ESP state to 10.0.0.2, in namespace 0, not linked. */
struct xfrm_state *esp_state(u32 spi, u32 mark, u32 mask);
struct sad_key esp_key(u32 spi);
/* The only state there is. */
struct xfrm_state *only(void);

/* A file under tests/data. */
char *read_data(const char *name, size_t *len);

#endif
