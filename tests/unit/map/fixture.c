// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <stdlib.h>

#include "base/vcpu.h"

#define FD_BASE 100000

struct run test_run;
static struct object *named[64];
static u32 nr_named;
static u64 rng = 88172645463325252ull;

struct test_prog {
	struct object obj;
	struct prog_traits traits;
};

u32 rnd(u32 below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (u32)(rng >> 32) % below;
}

static u64 call(struct run *run, u64 func, u64 a1, u64 a2, u64 a3, u64 a4, u64 a5)
{
	(void)run;
	(void)a5;
	return ((test_callback)(uintptr_t)func)((struct map *)(uintptr_t)a1, (void *)(uintptr_t)a2,
						(void *)(uintptr_t)a3, (void *)(uintptr_t)a4);
}

static const struct run_ops ops = {.callback = call};

static struct object *from_fd(int fd)
{
	u32 i = (u32)(fd - FD_BASE);

	if (i >= nr_named)
		return NULL;
	object_get(named[i]);
	return named[i];
}

int name_fd(struct object *obj)
{
	ck_assert_uint_lt(nr_named, ARRAY_SIZE(named));
	named[nr_named] = obj;
	return FD_BASE + (int)nr_named++;
}

static void traits_of(const struct object *obj, struct prog_traits *out)
{
	*out = container_of(obj, struct test_prog, obj)->traits;
}

static void free_prog(struct object *obj)
{
	free(container_of(obj, struct test_prog, obj));
}

struct object *make_prog(u32 type, u32 attach_type)
{
	struct test_prog *prog = calloc(1, sizeof(*prog));

	ck_assert_ptr_nonnull(prog);
	prog->traits = (struct prog_traits){.type = type, .expected_attach_type = attach_type};
	ck_assert_int_eq(object_init(&prog->obj, OBJECT_PROG, NULL, free_prog), 0);
	return &prog->obj;
}

static void setup(void)
{
	ck_assert_int_eq(vcpu_set_count(CPUS), 0);
	object_from_fd = from_fd;
	object_prog_traits = traits_of;
	test_run = (struct run){.ops = &ops};
	run_current = &test_run;
}

void settle(void)
{
	/* An element may wait for a batch before its own, and hold a map that holds more. */
	for (int i = 0; i < 4; i++)
		rcu_quiesce();
}

static void teardown(void)
{
	settle();
	ck_assert_uint_eq(object_count(OBJECT_MAP), 0);
	ck_assert_uint_eq(object_count(OBJECT_PROG), 0);
}

TCase *map_tcase(const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	return tc;
}

int try_map(u32 type, u32 key_size, u32 value_size, u32 max_entries, u32 flags, struct map *inner,
	    struct map **out)
{
	union bpf_attr attr = {.map_type = type,
			       .key_size = key_size,
			       .value_size = value_size,
			       .max_entries = max_entries,
			       .map_flags = flags};

	return map_create(&attr, NULL, inner, out);
}

struct map *make_map(u32 type, u32 key_size, u32 value_size, u32 max_entries, u32 flags)
{
	struct map *map;

	ck_assert_int_eq(try_map(type, key_size, value_size, max_entries, flags, NULL, &map), 0);
	return map;
}
