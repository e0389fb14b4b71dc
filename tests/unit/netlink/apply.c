// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <arpa/inet.h>

static struct espalier_sad *sad;

static void set_up(void)
{
	ck_assert_int_eq(espalier_sad_new(&sad), 0);
}

static void tear_down(void)
{
	espalier_sad_free(sad);
}

static int apply(enum xfrm_nl_kind kind, const char *what)
{
	struct xfrm_nl_event event = {.kind = kind};
	struct sad_keys keys;
	char text[512];

	snprintf(text, sizeof(text),
		 "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100 %s\n", what);
	text_read(text, &event.sa.spec, &keys);
	return xfrm_nl_apply(sad, 0, &event);
}

/* reqid of what a packet with that mark finds; 0: nothing. */
static u32 found(u32 mark)
{
	struct espalier_sa_id id = {
		.family = AF_INET,
		.proto = IPPROTO_ESP,
		.spi = 0x100,
		.mark = mark,
		.daddr = {10, 0, 0, 2},
	};
	struct espalier_sa sa;

	return espalier_sad_lookup(sad, &id, &sa) ? 0 : sa.reqid;
}

START_TEST(new_update_delete)
{
	ck_assert_int_eq(apply(XFRM_NL_NEW, "reqid 1"), 0);
	ck_assert_uint_eq(found(0), 1);
	/* Told twice, by a dump and by an event: once there. */
	ck_assert_int_eq(apply(XFRM_NL_NEW, "reqid 1"), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 1);
	ck_assert_int_eq(apply(XFRM_NL_UPDATE, "reqid 2"), 0);
	ck_assert_uint_eq(found(0), 2);
	ck_assert_uint_eq(espalier_sad_count(sad), 1);
	ck_assert_int_eq(apply(XFRM_NL_DELETE, "reqid 2"), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 0);
	ck_assert_int_eq(apply(XFRM_NL_DELETE, "reqid 2"), 0);
}
END_TEST

START_TEST(expire_soft_and_hard)
{
	struct xfrm_nl_event event = {.kind = XFRM_NL_EXPIRE};
	struct sad_keys keys;

	ck_assert_int_eq(apply(XFRM_NL_NEW, "reqid 1"), 0);
	text_read("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100\n", &event.sa.spec,
		  &keys);
	ck_assert_int_eq(xfrm_nl_apply(sad, 0, &event), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 1);
	event.hard = true;
	ck_assert_int_eq(xfrm_nl_apply(sad, 0, &event), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 0);
}
END_TEST

/* SAs that differ in the mark only: the one that is meant goes, though a lookup finds the other. */
START_TEST(by_mark)
{
	ck_assert_int_eq(apply(XFRM_NL_NEW, "reqid 1 mark 1 mask 0xff"), 0);
	ck_assert_int_eq(apply(XFRM_NL_NEW, "reqid 2"), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 2);
	ck_assert_uint_eq(found(1), 2);
	ck_assert_int_eq(apply(XFRM_NL_DELETE, "reqid 1 mark 1 mask 0xff"), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 1);
	ck_assert_uint_eq(found(0), 2);
	ck_assert_int_eq(apply(XFRM_NL_DELETE, "reqid 2"), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 0);
}
END_TEST

START_TEST(flush_and_migrate)
{
	struct xfrm_nl_event event = {.kind = XFRM_NL_FLUSH, .proto = IPPROTO_AH};

	ck_assert_int_eq(apply(XFRM_NL_NEW, "reqid 1"), 0);
	ck_assert_int_eq(xfrm_nl_apply(sad, 0, &event), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 1);
	event.proto = 0;
	ck_assert_int_eq(xfrm_nl_apply(sad, 0, &event), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 0);
	event.kind = XFRM_NL_MIGRATE;
	ck_assert_int_eq(xfrm_nl_apply(sad, 0, &event), -EAGAIN);
}
END_TEST

START_TEST(namespaces)
{
	struct xfrm_nl_event event = {.kind = XFRM_NL_NEW};
	struct sad_keys keys;

	text_read("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x100\n", &event.sa.spec,
		  &keys);
	ck_assert_int_eq(xfrm_nl_apply(sad, 7, &event), -ENOENT);
	ck_assert_int_eq(espalier_sad_add_netns(sad, 7), 0);
	ck_assert_int_eq(xfrm_nl_apply(sad, 7, &event), 0);
	ck_assert_uint_eq(espalier_sad_count(sad), 1);
	ck_assert_uint_eq(found(0), 0);
}
END_TEST

TCase *apply_case(void)
{
	TCase *c = tcase_create("apply");

	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_add_test(c, new_update_delete);
	tcase_add_test(c, expire_soft_and_hard);
	tcase_add_test(c, by_mark);
	tcase_add_test(c, flush_and_migrate);
	tcase_add_test(c, namespaces);
	return c;
}
