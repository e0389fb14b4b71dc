// SPDX-License-Identifier: BSD-2-Clause
#include <unistd.h>

#include "fixture.h"

START_TEST(prog_array)
{
	struct map *map = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, 0);
	struct object *xdp = make_prog(BPF_PROG_TYPE_XDP, BPF_XDP);
	struct object *tc = make_prog(BPF_PROG_TYPE_SCHED_CLS, 0);
	struct object *devmap = make_prog(BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP);
	int fd = name_fd(xdp), fd_tc = name_fd(tc), fd_devmap = name_fd(devmap), none = -1;
	int fd_map = name_fd(&map->obj), open_fd = dup(0);
	u32 id;

	ck_assert_int_eq(map_user_update(map, u32_key(0), &fd, 0), 0);
	ck_assert_ptr_eq(map_prog_array_at(map, 0), xdp);
	ck_assert_ptr_null(map_prog_array_at(map, 1));
	ck_assert_ptr_null(map_prog_array_at(map, 2));
	ck_assert_int_eq(map_user_lookup(map, u32_key(0), &id, 0), 0);
	ck_assert_uint_eq(id, xdp->id);
	/* The first program decides on the others. */
	ck_assert_int_eq(map_user_update(map, u32_key(1), &fd_tc, 0), -EINVAL);
	ck_assert_int_eq(map_user_update(map, u32_key(1), &fd_devmap, 0), -EINVAL);
	ck_assert_int_eq(map_user_update(map, u32_key(1), &none, 0), -EBADF);
	ck_assert_int_eq(map_user_update(map, u32_key(1), &open_fd, 0), -EINVAL);
	ck_assert_int_eq(map_user_update(map, u32_key(1), &fd_map, 0), -EINVAL);
	ck_assert_int_eq(map_user_update(map, u32_key(2), &fd, 0), -E2BIG);
	ck_assert_int_eq(map_user_update(map, u32_key(1), &fd, BPF_NOEXIST), -EINVAL);
	ck_assert_int_eq(map_user_delete(map, u32_key(1)), -ENOENT);
	ck_assert_int_eq(map_user_delete(map, u32_key(2)), -E2BIG);
	ck_assert_int_eq(map_user_delete(map, u32_key(0)), 0);
	ck_assert_uint_eq(xdp->refs, 1);
	ck_assert_int_eq(map_user_update(map, u32_key(1), &fd, 0), 0);
	object_put(xdp);
	object_put(tc);
	object_put(devmap);
	map_put(map);
	close(open_fd);
}
END_TEST

/* A program in an array that it refers to itself would keep both alive for ever. */
START_TEST(last_user_breaks_the_circle)
{
	struct map *map = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, 0);
	struct object *prog = make_prog(BPF_PROG_TYPE_XDP, BPF_XDP);
	int fd = name_fd(prog);

	map_user_get(map);
	map_user_get(map);
	ck_assert_int_eq(map_user_update(map, u32_key(0), &fd, 0), 0);
	object_put(prog);
	map_user_put(map);
	ck_assert_ptr_eq(map_prog_array_at(map, 0), prog);
	map_user_put(map);
	ck_assert_ptr_null(map_prog_array_at(map, 0));
	settle();
	ck_assert_uint_eq(object_count(OBJECT_PROG), 0);
	map_put(map);
}
END_TEST

START_TEST(owner)
{
	struct map *array = make_map(BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 1, 0);
	struct map *devmap = make_map(BPF_MAP_TYPE_DEVMAP, 4, 8, 1, 0);
	struct map *hash = make_map(BPF_MAP_TYPE_HASH, 4, 8, 1, 0);
	struct prog_traits xdp = {.type = BPF_PROG_TYPE_XDP, .jited = true}, other = xdp;

	ck_assert(map_prog_compatible(array, &xdp));
	ck_assert(map_prog_compatible(array, &xdp));
	ck_assert(map_prog_compatible(devmap, &xdp));
	other.jited = false;
	ck_assert(!map_prog_compatible(array, &other));
	other = xdp;
	other.xdp_has_frags = true;
	ck_assert(!map_prog_compatible(devmap, &other));
	other = xdp;
	other.expected_attach_type = BPF_XDP_DEVMAP;
	ck_assert(!map_prog_compatible(array, &other));
	ck_assert(map_prog_compatible(devmap, &other));
	other.type = BPF_PROG_TYPE_SCHED_CLS;
	ck_assert(map_prog_compatible(hash, &xdp) && map_prog_compatible(hash, &other));
	map_put(array);
	map_put(devmap);
	map_put(hash);
}
END_TEST

struct test_sink {
	struct perf_sink sink;
	int refs;
	u32 size, pkt_len;
};

static int sink_output(struct perf_sink *sink, const void *data, u32 size, const void *pkt,
		       u32 pkt_len)
{
	struct test_sink *s = container_of(sink, struct test_sink, sink);

	ck_assert_mem_eq(data, "abc", 3);
	ck_assert_mem_eq(pkt, "de", 2);
	s->size = size;
	s->pkt_len = pkt_len;
	return 0;
}

static void sink_put(struct perf_sink *sink)
{
	container_of(sink, struct test_sink, sink)->refs--;
}

static struct test_sink sinks[2] = {
	{.sink = {.output = sink_output, .put = sink_put}},
	{.sink = {.output = sink_output, .put = sink_put}},
};

static struct perf_sink *sink_from_fd(int fd)
{
	if (fd < 500 || fd > 501)
		return NULL;
	sinks[fd - 500].refs++;
	return &sinks[fd - 500].sink;
}

START_TEST(perf_array)
{
	struct map *map = make_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, CPUS, 0);
	struct map *keep =
		make_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, CPUS, BPF_F_PRESERVE_ELEMS);
	u32 v;

	map_perf_sink_from_fd = sink_from_fd;
	map_user_get(map);
	map_user_get(keep);
	ck_assert_int_eq(map_user_update(map, u32_key(0), u32_key(7), 0), -EBADF);
	ck_assert_int_eq(map_user_update(map, u32_key(1), u32_key(500), 0), 0);
	ck_assert_int_eq(map_user_update(map, u32_key(2), u32_key(501), 0), 0);
	ck_assert_int_eq(map_user_lookup(map, u32_key(2), &v, 0), -ENOTSUPP);
	ck_assert_int_eq(map_perf_output(map, 0, "abc", 3, "de", 2), -ENOENT);
	ck_assert_int_eq(map_perf_output(map, CPUS, "abc", 3, "de", 2), -E2BIG);
	ck_assert_int_eq(map_perf_output(map, 1, "abc", 3, "de", 2), 0);
	ck_assert_uint_eq(sinks[0].size, 3);
	ck_assert_uint_eq(sinks[0].pkt_len, 2);
	test_run.cpu = 2;
	ck_assert_int_eq(map_perf_output(map, BPF_F_CURRENT_CPU, "abc", 3, "de", 2), 0);
	ck_assert_uint_eq(sinks[1].size, 3);
	/* Replaced, deleted, and the map closed. */
	ck_assert_int_eq(map_user_update(map, u32_key(1), u32_key(501), 0), 0);
	settle();
	ck_assert_int_eq(sinks[0].refs, 0);
	ck_assert_int_eq(sinks[1].refs, 2);
	ck_assert_int_eq(map_user_delete(map, u32_key(1)), 0);
	ck_assert_int_eq(map_user_delete(map, u32_key(1)), -ENOENT);
	ck_assert_int_eq(map_user_update(keep, u32_key(1), u32_key(500), 0), 0);
	map_user_put(map);
	map_user_put(keep);
	settle();
	ck_assert_int_eq(sinks[1].refs, 0);
	ck_assert_int_eq(sinks[0].refs, 1);
	map_put(map);
	map_put(keep);
	settle();
	ck_assert_int_eq(sinks[0].refs, 0);
}
END_TEST

TCase *progs_case(void)
{
	TCase *tc = map_tcase("programs and events");

	tcase_add_test(tc, prog_array);
	tcase_add_test(tc, last_user_breaks_the_circle);
	tcase_add_test(tc, owner);
	tcase_add_test(tc, perf_array);
	return tc;
}
