// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <espalier/sad.h>
#include <string.h>

#include "packet/xdp.h"
#include "suites.h"
#include "kfunc/xfrm.h"

/* The rows of the table that a running Linux 6.18 filled in. */

static struct xdp_ctx ctx;

static void make(void)
{
	make_sad();
	ck_assert_int_eq(sad_add_netns(sad, 4), 0);
	import_is("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 replay-window 32 "
		  "flag esn\n"
		  "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x101 mark 1 mask 0xff\n"
		  "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x102 mark 0x1ff mask "
		  "0xff\n"
		  "xfrm state add src ::1 dst a00:2:: proto esp spi 0x103\n",
		  4);
	espalier_set_sad((struct espalier_sad *)sad);
	ctx.netns_id = 0;
}

static void drop(void)
{
	espalier_set_sad(NULL);
	drop_sad();
}

static struct bpf_xfrm_state_opts opts_for(u32 spi)
{
	struct bpf_xfrm_state_opts opts = {
		.error = 77,
		.netns_id = -1,
		.spi = htonl(spi),
		.proto = IPPROTO_ESP,
		.family = AF_INET,
	};

	opts.daddr.a4 = htonl(0x0a000002);
	return opts;
}

static struct xfrm_state *get(struct bpf_xfrm_state_opts *opts, u64 size)
{
	return (struct xfrm_state *)(uintptr_t)kfunc_xdp_get_xfrm_state(
		(uintptr_t)&ctx, (uintptr_t)opts, size, 0, 0);
}

static void release(struct xfrm_state *x)
{
	ck_assert_uint_eq(kfunc_xdp_xfrm_state_release((uintptr_t)x, 0, 0, 0, 0), 0);
}

START_TEST(found)
{
	struct bpf_xfrm_state_opts opts = opts_for(0x100);
	struct xfrm_state *x = get(&opts, sizeof(opts));
	struct xfrm_state *again;

	ck_assert_ptr_nonnull(x);
	ck_assert_int_eq(opts.error, 77);
	ck_assert_int_eq(x->refcnt.refs.counter, 2);
	ck_assert_uint_eq(x->replay_esn->replay_window, 32);
	again = get(&opts, sizeof(opts));
	ck_assert_ptr_eq(again, x);
	ck_assert_int_eq(x->refcnt.refs.counter, 3);
	release(again);
	release(x);
	ck_assert_int_eq(x->refcnt.refs.counter, 1);
	/* Only the lower half of the register is the size. */
	x = get(&opts, 0xdead00000000ull + sizeof(opts));
	ck_assert_ptr_nonnull(x);
	release(x);
}
END_TEST

START_TEST(sizes)
{
	static const struct {
		u32 size;
		s32 error;
	} rows[] = {{0, 77},	  {1, 77},	 {3, 77},	{4, -EINVAL},
		    {8, -EINVAL}, {35, -EINVAL}, {37, -EINVAL}, {40, -EINVAL}};
	struct {
		struct bpf_xfrm_state_opts opts;
		u8 more[8];
	} mem;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		mem.opts = opts_for(0x100);
		ck_assert_ptr_null(get(&mem.opts, rows[i].size));
		ck_assert_int_eq(mem.opts.error, rows[i].error);
	}
	ck_assert_ptr_null(get(NULL, 0));
}
END_TEST

START_TEST(namespaces)
{
	static const struct {
		s32 netns;
		u32 own;
		s32 error; /* 0: found */
	} rows[] = {
		{-1, 0, 0},	  {-1, 4, -ENOENT},	   {-1, 5, -ENOENT},
		{0, 4, 0},	  {4, 0, -ENOENT},	   {5, 0, -ENONET},
		{-2, 0, -EINVAL}, {INT32_MIN, 0, -EINVAL}, {INT32_MAX, 0, -ENONET},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bpf_xfrm_state_opts opts = opts_for(0x100);
		struct xfrm_state *x;

		opts.netns_id = rows[i].netns;
		ctx.netns_id = rows[i].own;
		x = get(&opts, sizeof(opts));
		ck_assert_int_eq(!x, rows[i].error != 0);
		ck_assert_int_eq(opts.error, rows[i].error ? rows[i].error : 77);
		if (x)
			release(x);
	}
}
END_TEST

START_TEST(matches)
{
	static const struct {
		u32 spi;
		u32 mark;
		u16 family;
		u8 proto;
		bool found;
	} rows[] = {
		{0x100, 0, AF_INET, IPPROTO_ESP, true},
		{0x100, 0xabc, AF_INET, IPPROTO_ESP, true},
		{0x100, 0, AF_INET, IPPROTO_AH, false},
		{0x100, 0, AF_INET6, IPPROTO_ESP, false},
		{0x100, 0, 0, IPPROTO_ESP, false},
		{0x100, 0, AF_UNIX, IPPROTO_ESP, false},
		{0x1000, 0, AF_INET, IPPROTO_ESP, false},
		{0, 0, AF_INET, IPPROTO_ESP, false},
		{0x101, 1, AF_INET, IPPROTO_ESP, true},
		{0x101, 0xf01, AF_INET, IPPROTO_ESP, true},
		{0x101, 0, AF_INET, IPPROTO_ESP, false},
		{0x101, 3, AF_INET, IPPROTO_ESP, false},
		{0x102, 0x1ff, AF_INET, IPPROTO_ESP, false},
		{0x102, 0xff, AF_INET, IPPROTO_ESP, false},
		{0x103, 0, AF_INET6, IPPROTO_ESP, true},
		{0x103, 0, AF_INET, IPPROTO_ESP, false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct bpf_xfrm_state_opts opts = opts_for(rows[i].spi);
		struct xfrm_state *x;

		opts.mark = rows[i].mark;
		opts.family = rows[i].family;
		opts.proto = rows[i].proto;
		if (opts.family == AF_INET6)
			inet_pton(AF_INET6, "a00:2::", &opts.daddr);
		x = get(&opts, sizeof(opts));
		ck_assert_msg(!x == !rows[i].found, "row %zu", i);
		ck_assert_int_eq(opts.error, rows[i].found ? 77 : -ENOENT);
		if (x)
			release(x);
	}
}
END_TEST

/* A larval state, as XFRM_MSG_ALLOCSPI makes them, is found; a dead one that is held is not. */
START_TEST(states_of_states)
{
	struct bpf_xfrm_state_opts opts = opts_for(0x100);
	struct xfrm_state *x = get(&opts, sizeof(opts));

	x->km.state = XFRM_STATE_ACQ;
	release(x);
	x = get(&opts, sizeof(opts));
	ck_assert_ptr_nonnull(x);
	import_is("xfrm state delete dst 10.0.0.2 proto esp spi 0x100", 0);
	ck_assert_ptr_null(get(&opts, sizeof(opts)));
	ck_assert_int_eq(opts.error, -ENOENT);
	ck_assert_int_eq(x->km.state, XFRM_STATE_DEAD);
	ck_assert_uint_eq(x->replay_esn->replay_window, 32);
	release(x);
}
END_TEST

/* Options in a packet lie at any address. */
START_TEST(unaligned_options)
{
	struct bpf_xfrm_state_opts opts = opts_for(0x100);
	u8 mem[sizeof(opts) + 4];
	s32 error;

	for (u32 shift = 1; shift < 4; shift++) {
		struct xfrm_state *x;

		memcpy(mem + shift, &opts, sizeof(opts));
		x = get((void *)(mem + shift), sizeof(opts));
		ck_assert_ptr_nonnull(x);
		release(x);
		ck_assert_ptr_null(get((void *)(mem + shift), 4));
		memcpy(&error, mem + shift, sizeof(error));
		ck_assert_int_eq(error, -EINVAL);
	}
}
END_TEST

START_TEST(no_database)
{
	struct bpf_xfrm_state_opts opts = opts_for(0x100);

	espalier_set_sad(NULL);
	ck_assert_ptr_null(get(&opts, sizeof(opts)));
	ck_assert_int_eq(opts.error, -ENOENT);
	opts.netns_id = -2;
	ck_assert_ptr_null(get(&opts, sizeof(opts)));
	ck_assert_int_eq(opts.error, -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("xfrm kfuncs");
	TCase *tc = tcase_create("xfrm");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, found);
	tcase_add_test(tc, sizes);
	tcase_add_test(tc, namespaces);
	tcase_add_test(tc, matches);
	tcase_add_test(tc, states_of_states);
	tcase_add_test(tc, unaligned_options);
	tcase_add_test(tc, no_database);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
