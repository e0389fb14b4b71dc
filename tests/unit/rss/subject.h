/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_RSS_SUBJECT_H
#define TEST_RSS_SUBJECT_H

#include "rss/prog.h"

/* Its macro fail() is ours by name. */
#include <check.h>
#undef fail

#include "shape.h"
#include "twin.h"

/*
 * esp_rss, loaded into whichever engine was chosen, and its twin: settings, SAs and packets go to
 * both, and what they make of them must be the same.
 */
struct subject {
	struct rss_prog *prog;
	enum rss_lookup lookup;
	struct twin twin; /* its settings are the program's after subject_sync() */
	u64 split;	  /* state of the random numbers that place the end of the linear part */
};

/* What the object was made for: a kernel without the kfuncs, or without xfrm_state::pcpu_num. */
#ifdef NO_KFUNC
static const bool has_kfunc = false;
#else
static const bool has_kfunc = true;
#endif
#ifdef NO_PCPU
static const bool has_owners = false;
#else
static const bool has_owners = true;
#endif

extern struct subject subject;

/* Chosen once, before the first program is loaded. */
extern bool on_kernel;
/* CPUs that have queues: all that there are, two at most. */
u32 subject_queues(void);

/* Without the kfuncs, RSS_LOOKUP_KFUNC must fail to load, and RSS_LOOKUP_MAP takes its place. */
void subject_begin(enum rss_lookup lookup, u32 max_sas);
void subject_end(void);
/* Hands settings, CPUs and policy of the twin to the program. */
void subject_sync(void);
/* Adds an SA to the SAD. */
void subject_add(const struct twin_state *state);
/* Adds the SA of a file of examples/sa, which is that of @state. User engine only. */
void subject_import(const char *file, const struct twin_state *state);
/* Deletes, or changes what the lookup tells of, the twin's @i-th SA. */
void subject_delete(u32 i);
void subject_change(u32 i);

/* An SA: ESP over IPv4 or IPv6 between the ends of shape_esp(). */
struct twin_state esp_state(u8 version, u32 spi, u32 owner);
struct rss_sa_key shape_key(const struct shape *s);

/* Both decide; differences fail the test and show the frame. */
struct rss_decision subject_run(const u8 *frame, u32 len);
/* The program alone, for what the twin does not know: time, queues. */
struct rss_decision subject_program(const u8 *frame, u32 len, int *verdict);
struct rss_decision subject_program_esp(u32 spi);
struct rss_decision subject_shape(const struct shape *s);
/* An ESP packet of IPv4 with that SPI. */
struct rss_decision subject_esp(u32 spi);
/* All counters and assignments are the same, too. */
void subject_audit(void);

/* The program's entry of an SA. */
struct rss_sa subject_sa(const struct rss_sa_key *key);
void subject_set_sa(const struct rss_sa_key *key, const struct rss_sa *sa);

TCase *table_case(void);
TCase *random_case(void);
TCase *change_case(void);
TCase *capture_case(void);

#endif
