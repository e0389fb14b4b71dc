// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

#include <arpa/inet.h>
#include <libmnl/libmnl.h>

/* What we send is what ip sends for the same text: the struct byte for byte, and each attribute,
 * in whatever order. */
static void same_as_ip(const char *name, u32 nr_attrs)
{
	const size_t head = sizeof(struct xfrm_usersa_info);
	struct attrs ours, theirs;
	struct sad_spec spec;
	struct sad_keys keys;
	struct message m;
	struct build b;
	u32 n = 0;

	message_load(name, &m);
	text_load(name, &spec, &keys);
	if (spec.offload)
		spec.offload_ifindex = 1;
	ck_assert_int_eq(build_new(&b, &spec, &keys, NULL), 0);
	ck_assert_uint_eq(b.nlh.nlmsg_type, m.nlh.nlmsg_type);
	ck_assert_mem_eq(mnl_nlmsg_get_payload(&b.nlh), mnl_nlmsg_get_payload(&m.nlh), head);
	ck_assert_int_eq(attrs_read(&ours, &b.nlh, b.nlh.nlmsg_len, head), 0);
	ck_assert_int_eq(attrs_read(&theirs, &m.nlh, m.len, head), 0);
	for (u32 i = 0; i <= XFRM_A_MAX; i++) {
		ck_assert_msg(!ours.at[i] == !theirs.at[i], "%s: attribute %u", name, i);
		if (!ours.at[i])
			continue;
		ck_assert_uint_eq(ours.at[i]->nla_len, theirs.at[i]->nla_len);
		ck_assert_mem_eq(ours.at[i], theirs.at[i], ours.at[i]->nla_len);
		n++;
	}
	ck_assert_uint_eq(n, nr_attrs);
}

START_TEST(as_ip_sends_it)
{
	same_as_ip("esp-esn", 9);
	same_as_ip("ah6", 2);
	same_as_ip("esp-auth", 2);
	same_as_ip("comp6", 1);
	same_as_ip("route2", 1);
	same_as_ip("offload", 3);
}
END_TEST

static void has_attr(const struct build *b, size_t head, u32 type, const void *payload, size_t len)
{
	struct attrs attrs;

	ck_assert_int_eq(attrs_read(&attrs, &b->nlh, b->nlh.nlmsg_len, head), 0);
	ck_assert_ptr_nonnull(attrs.at[type]);
	ck_assert_uint_eq(mnl_attr_get_payload_len(attrs.at[type]), len);
	ck_assert_mem_eq(mnl_attr_get_payload(attrs.at[type]), payload, len);
}

/* What iproute2 6.1 does not know yet. */
START_TEST(dir_owner_keepalive)
{
	const size_t head = sizeof(struct xfrm_usersa_info);
	struct sad_spec spec;
	struct sad_keys keys;
	struct build b;

	text_read(RICH, &spec, &keys);
	ck_assert_int_eq(build_new(&b, &spec, &keys, NULL), 0);
	ck_assert_uint_eq(b.nlh.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	has_attr(&b, head, 33, "\1", 1);
	has_attr(&b, head, 34, "\24\0\0\0", 4);
	has_attr(&b, head, 35, "\3\0\0\0", 4);
}
END_TEST

START_TEST(larval_request)
{
	const struct xfrm_userspi_info *spi;
	struct sad_spec spec;
	struct sad_keys keys;
	struct build b;

	text_read(RICH, &spec, &keys);
	ck_assert_int_eq(build_larval(&b, &spec, NULL), 0);
	ck_assert_uint_eq(b.nlh.nlmsg_len, 16 + 232 + 12 + 8 + 8 + 8);
	ck_assert_uint_eq(b.nlh.nlmsg_type, 0x16);
	ck_assert_uint_eq(b.nlh.nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK);
	spi = mnl_nlmsg_get_payload(&b.nlh);
	ck_assert_uint_eq(spi->min, 0x100);
	ck_assert_uint_eq(spi->max, 0x100);
	ck_assert_uint_eq(spi->info.id.spi, 0);
	ck_assert_uint_eq(spi->info.id.proto, IPPROTO_ESP);
	ck_assert_uint_eq(spi->info.id.daddr.a4, htonl(0x0a000002));
	ck_assert_uint_eq(spi->info.saddr.a4, htonl(0x0a000001));
	ck_assert_uint_eq(spi->info.reqid, 7);
	ck_assert_uint_eq(spi->info.mode, XFRM_MODE_TUNNEL);
	ck_assert_uint_eq(spi->info.family, AF_INET);
	has_attr(&b, sizeof(*spi), XFRMA_MARK, "\5\0\0\0\377\0\0\0", 8);
	has_attr(&b, sizeof(*spi), XFRMA_IF_ID, "\11\0\0\0", 4);
	has_attr(&b, sizeof(*spi), 33, "\1", 1);
	has_attr(&b, sizeof(*spi), 35, "\3\0\0\0", 4);
}
END_TEST

START_TEST(by_identity)
{
	/* clang-format off */
	static const u8 want[] = {
		52, 0, 0, 0, 0x11, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 1, 0, 2, 0, 50, 0,
		12, 0, 21, 0, 5, 0, 0, 0, 255, 0, 0, 0,
	};
	/* clang-format on */
	struct sad_spec spec;
	struct sad_keys keys;
	struct build_id id;
	struct build b;

	text_read(RICH, &spec, &keys);
	id = build_id_of(&spec);
	build_by_id(&b, XFRM_MSG_DELSA, &id);
	ck_assert_uint_eq(b.nlh.nlmsg_len, sizeof(want));
	ck_assert_mem_eq(b.bytes, want, sizeof(want));
	/* Without an SPI the source address tells them apart. */
	text_load("route2", &spec, &keys);
	id = build_id_of(&spec);
	build_by_id(&b, XFRM_MSG_DELSA, &id);
	has_attr(&b, sizeof(struct xfrm_usersa_id), XFRMA_SRCADDR, &spec.saddr, 16);
}
END_TEST

START_TEST(not_without_a_key)
{
	struct espalier_error e = {0};
	struct sad_spec spec;
	struct sad_keys keys;
	struct build b;

	/* As ip shows an SA with its keys hidden. */
	text_read("src 10.0.0.1 dst 10.0.0.2\n"
		  "\tproto esp spi 0x00000100 reqid 1 mode tunnel\n"
		  "\treplay-window 0\n"
		  "\tenc cbc(aes) <<Keys hidden>>\n",
		  &spec, &keys);
	ck_assert_int_eq(build_new(&b, &spec, &keys, &e), -EINVAL);
	ck_assert_str_eq(e.text, "the key of cbc(aes) is not there");
	for (size_t i = 0; i < sizeof(b); i++)
		ck_assert_int_eq(b.bytes[i], 0);
	/* With them shown it will do. */
	text_read("src 10.0.0.1 dst 10.0.0.2\n"
		  "\tproto esp spi 0x00000100 reqid 1 mode tunnel\n"
		  "\treplay-window 0\n"
		  "\tenc cbc(aes) 0xff00\n",
		  &spec, &keys);
	ck_assert_int_eq(build_new(&b, &spec, &keys, &e), 0);
	ck_assert_uint_eq(keys.of[SAD_ALGO_ENC].len, 2);
	ck_assert_mem_eq(keys.of[SAD_ALGO_ENC].key, "\377\0", 2);
	text_load("route2", &spec, &keys);
	ck_assert_int_eq(build_larval(&b, &spec, &e), -EINVAL);
}
END_TEST

TCase *build_case(void)
{
	TCase *c = tcase_create("build");

	tcase_add_test(c, as_ip_sends_it);
	tcase_add_test(c, dir_owner_keepalive);
	tcase_add_test(c, larval_request);
	tcase_add_test(c, by_identity);
	tcase_add_test(c, not_without_a_key);
	return c;
}
