/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_FIXTURE_H
#define MAP_FIXTURE_H

#include <check.h>
#include <errno.h>
#include <string.h>

#include "map/map.h"
#include "object/run.h"

#define CPUS 4

TCase *array_case(void);
TCase *fields_case(void);
TCase *hash_case(void);
TCase *lpm_case(void);
TCase *lru_case(void);
TCase *maps_case(void);
TCase *progs_case(void);
TCase *queue_case(void);
TCase *redirect_case(void);
TCase *ringbuf_case(void);

/* A test case whose tests run as a program on CPU 0 and must leave no object behind. */
TCase *map_tcase(const char *name);

/* The run that the test is in. */
extern struct run test_run;

/* What for_each calls: pass its address as the callback. */
typedef u64 (*test_callback)(struct map *map, void *key, void *value, void *ctx);

/* Everything but the name; a failure is the test's. */
struct map *make_map(u32 type, u32 key_size, u32 value_size, u32 max_entries, u32 flags);
int try_map(u32 type, u32 key_size, u32 value_size, u32 max_entries, u32 flags, struct map *inner,
	    struct map **out);

/* A descriptor number that names the object from now on; takes no reference. */
int name_fd(struct object *obj);

/* A program that is nothing but an object. */
struct object *make_prog(u32 type, u32 attach_type);

/* Let everything deferred run, and what that defers in turn. */
void settle(void);

/* xorshift, the same in every run. */
u32 rnd(u32 below);

#define u32_key(v) (&(u32){v})

#endif
