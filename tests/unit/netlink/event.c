// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>

START_TEST(what_the_kernel_told)
{
	struct xfrm_nl_event event;
	struct message m;

	message_load("delete", &m);
	ck_assert_int_eq(xfrm_nl_read_event(&m.nlh, m.len, &event), 0);
	ck_assert_int_eq(event.kind, XFRM_NL_DELETE);
	ck_assert(!event.id_only);
	ck_assert_uint_eq(event.sa.spec.id.spi, htonl(0x101));
	ck_assert_uint_eq(event.sa.spec.mark.v, 5);
	ck_assert_uint_eq(event.sa.spec.mark.m, 0xff);
	ck_assert_uint_eq(event.sa.spec.if_id, 7);
	ck_assert_uint_eq(event.sa.spec.reqid, 1);

	message_load("expire", &m);
	ck_assert_int_eq(xfrm_nl_read_event(&m.nlh, m.len, &event), 0);
	ck_assert_int_eq(event.kind, XFRM_NL_EXPIRE);
	ck_assert(event.hard);
	ck_assert_uint_eq(event.sa.spec.pcpu_num, 1);
	ck_assert_uint_eq(event.sa.spec.dir, XFRM_SA_DIR_IN);

	message_load("flush", &m);
	ck_assert_int_eq(xfrm_nl_read_event(&m.nlh, m.len, &event), 0);
	ck_assert_int_eq(event.kind, XFRM_NL_FLUSH);
	ck_assert_uint_eq(event.proto, 0);
}
END_TEST

START_TEST(new_and_update)
{
	struct xfrm_nl_event event;
	struct message m;

	message_load("larval-0", &m);
	ck_assert_int_eq(xfrm_nl_read_event(&m.nlh, m.len, &event), 0);
	ck_assert_int_eq(event.kind, XFRM_NL_NEW);
	m.nlh.nlmsg_type = XFRM_MSG_UPDSA;
	ck_assert_int_eq(xfrm_nl_read_event(&m.nlh, m.len, &event), 0);
	ck_assert_int_eq(event.kind, XFRM_NL_UPDATE);
	ck_assert_uint_eq(event.sa.spec.pcpu_num, 1);
	m.nlh.nlmsg_type = XFRM_MSG_ACQUIRE;
	ck_assert_int_eq(xfrm_nl_read_event(&m.nlh, m.len, &event), -ENOMSG);
}
END_TEST

START_TEST(delete_that_tells_little)
{
	struct xfrm_nl_event event;
	struct sad_spec spec;
	struct sad_keys keys;
	struct build_id id;
	struct build b;

	text_read(RICH, &spec, &keys);
	id = build_id_of(&spec);
	build_by_id(&b, XFRM_MSG_DELSA, &id);
	ck_assert_int_eq(xfrm_nl_read_event(&b.nlh, b.nlh.nlmsg_len, &event), 0);
	ck_assert_int_eq(event.kind, XFRM_NL_DELETE);
	ck_assert(event.id_only);
	ck_assert_uint_eq(event.sa.spec.id.spi, htonl(0x100));
	ck_assert_uint_eq(event.sa.spec.mark.m, 0xff);
	b.nlh.nlmsg_len -= 1;
	ck_assert_int_eq(xfrm_nl_read_event(&b.nlh, b.nlh.nlmsg_len, &event), -EBADMSG);
}
END_TEST

START_TEST(migrate)
{
	struct xfrm_user_migrate moves[2] = {
		{.proto = IPPROTO_ESP,
		 .mode = XFRM_MODE_TUNNEL,
		 .reqid = 5,
		 .old_family = AF_INET,
		 .new_family = AF_INET6},
	};
	struct message m = {0};
	struct xfrm_nl_event event;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(m.bytes);

	moves[0].old_daddr.a4 = htonl(0x0a000002);
	moves[0].new_daddr.a6[3] = htonl(9);
	nlh->nlmsg_type = XFRM_MSG_MIGRATE;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct xfrm_userpolicy_id));
	mnl_attr_put(nlh, XFRMA_MIGRATE, sizeof(moves), moves);
	ck_assert_int_eq(xfrm_nl_read_event(nlh, nlh->nlmsg_len, &event), 0);
	ck_assert_int_eq(event.kind, XFRM_NL_MIGRATE);
	ck_assert_uint_eq(event.old_family, AF_INET);
	ck_assert_uint_eq(event.old_daddr.a4, htonl(0x0a000002));
	ck_assert_uint_eq(event.sa.spec.family, AF_INET6);
	ck_assert_uint_eq(event.sa.spec.id.daddr.a6[3], htonl(9));
	ck_assert_uint_eq(event.sa.spec.reqid, 5);
	ck_assert_int_eq(xfrm_nl_read_event(nlh, nlh->nlmsg_len - sizeof(moves), &event), -EBADMSG);
}
END_TEST

START_TEST(cut_short)
{
	static const char *const names[] = {"delete", "expire", "flush"};
	struct xfrm_nl_event event;
	struct message m;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		message_load(names[i], &m);
		for (size_t n = 0; n < m.len; n++) {
			char *copy = malloc(n ? n : 1);

			memcpy(copy, &m, n);
			ck_assert_int_eq(xfrm_nl_read_event((struct nlmsghdr *)copy, n, &event),
					 -EBADMSG);
			free(copy);
		}
	}
}
END_TEST

TCase *event_case(void)
{
	TCase *c = tcase_create("event");

	tcase_add_test(c, what_the_kernel_told);
	tcase_add_test(c, new_and_update);
	tcase_add_test(c, delete_that_tells_little);
	tcase_add_test(c, migrate);
	tcase_add_test(c, cut_short);
	return c;
}
