// SPDX-License-Identifier: BSD-2-Clause
#include <espalier/sad.h>

#include "suites.h"

START_TEST(delete_while_held)
{
	struct sad_key key = esp_key(1);
	struct sad_id id = {.key = key};
	struct xfrm_state *x;
	size_t in_use;

	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1 replay-window 64", 1);
	x = sad_lookup(sad, &key, 0);
	ck_assert_ptr_nonnull(x);
	ck_assert_int_eq(x->refcnt.refs.counter, 2);
	in_use = arena_in_use();
	ck_assert_int_eq(sad_delete(sad, &id), 0);
	ck_assert_int_eq(sad_delete(sad, &id), -ESRCH);
	ck_assert_ptr_null(sad_lookup(sad, &key, 0));
	rcu_quiesce();
	ck_assert_uint_eq(arena_in_use(), in_use);
	ck_assert_int_eq(x->refcnt.refs.counter, 1);
	ck_assert_int_eq(x->km.state, XFRM_STATE_DEAD);
	ck_assert_uint_eq(x->replay_esn->replay_window, 64);
	sad_state_put(x);
	rcu_quiesce();
	ck_assert_uint_lt(arena_in_use(), in_use);
}
END_TEST

/* A state outlives the database, and its namespace with it. */
START_TEST(free_while_held)
{
	struct sad_key key = esp_key(1);
	struct xfrm_state *x;

	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1", 1);
	x = sad_lookup(sad, &key, 0);
	sad_free(sad);
	rcu_quiesce();
	ck_assert_int_eq(x->refcnt.refs.counter, 1);
	ck_assert_uint_eq(x->xs_net.net->ns.inum, 0xf0000000u);
	sad_state_put(x);
	ck_assert_int_eq(sad_new(&sad), 0);
}
END_TEST

START_TEST(namespaces)
{
	struct sad_key key = esp_key(1);
	struct espalier_error e;
	const char *sa = "xfrm state add dst 10.0.0.2 proto esp spi 1";

	ck_assert_int_eq(sad_add_netns(sad, -1), -EINVAL);
	ck_assert_int_eq(sad_add_netns(sad, 0), -EEXIST);
	ck_assert_int_eq(sad_add_netns(sad, 7), 0);
	ck_assert_int_eq(sad_add_netns(sad, 3), 0);
	ck_assert_int_eq(sad_add_netns(sad, 7), -EEXIST);
	ck_assert_ptr_nonnull(sad_netns(sad, 3));
	ck_assert_ptr_null(sad_netns(sad, 4));
	ck_assert_int_eq(sad_import(sad, "f", sa, strlen(sa), 7, &e), 1);
	ck_assert_int_eq(sad_import(sad, "f", sa, strlen(sa), 4, &e), -ENOENT);
	ck_assert_str_eq(e.text, "f: there is no namespace 4");
	ck_assert_ptr_null(sad_lookup(sad, &key, 0));
	key.netns_id = 7;
	rcu_enter();
	ck_assert_ptr_nonnull(sad_peek(sad, &key, 0));
	ck_assert_uint_eq(sad_peek(sad, &key, 0)->xs_net.net->net_cookie, 8);
	rcu_leave();
	ck_assert_int_eq(sad_del_netns(sad, 7), 0);
	ck_assert_int_eq(sad_del_netns(sad, 7), -ENOENT);
	ck_assert_uint_eq(sad_count(sad), 0);
	ck_assert_ptr_null(sad_lookup(sad, &key, 0));
}
END_TEST

START_TEST(no_spi_no_lookup)
{
	struct sad_key key = esp_key(0);

	import_is("xfrm state add dst 10.0.0.2 proto esp spi 0", 1);
	ck_assert_ptr_null(sad_lookup(sad, &key, 0));
}
END_TEST

/* Only the first four bytes of an IPv4 address count, whatever is behind them. */
START_TEST(ipv4_address_is_four_bytes)
{
	struct sad_key key = esp_key(1);

	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1", 1);
	memset(&key.daddr.a6[1], 0xff, 12);
	rcu_enter();
	ck_assert_ptr_eq(sad_peek(sad, &key, 0), only());
	rcu_leave();
}
END_TEST

START_TEST(update)
{
	const struct xfrm_state *x;

	import_is("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 reqid 5 if_id 3 "
		  "encap espinudp 1 2 0.0.0.0 limit byte-hard 10",
		  1);
	x = only();
	import_is("xfrm state update src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 reqid 6 if_id 4 "
		  "encap espinudp 3 4 0.0.0.0 limit byte-hard 20 output-mark 0x10",
		  0);
	ck_assert_ptr_eq(only(), x);
	ck_assert_uint_eq(x->props.reqid, 5);
	ck_assert_uint_eq(x->if_id, 4);
	ck_assert_uint_eq(ntohs(x->encap->encap_dport), 4);
	ck_assert_uint_eq(x->lft.hard_byte_limit, 20);
	ck_assert_uint_eq(x->props.smark.v, 0x10);
	import_is("xfrm state update dst 10.0.0.2 proto esp spi 2", -ESRCH);
	ck_assert_str_eq(import_error.text, "t:1: there is no such SA");
}
END_TEST

START_TEST(all_or_nothing)
{
	const struct xfrm_state *x;

	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1 if_id 1", 1);
	x = only();
	import_is("xfrm state add dst 10.0.0.2 proto esp spi 2\n"
		  "xfrm state update dst 10.0.0.2 proto esp spi 1 if_id 2\n"
		  "xfrm state delete dst 10.0.0.2 proto esp spi 1\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 1\n"
		  "xfrm state flush\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 3\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 3\n",
		  -EEXIST);
	ck_assert_str_eq(import_error.text,
			 "t:7: there is an SA of this dst, proto, spi and mark already");
	ck_assert_ptr_eq(only(), x);
	ck_assert_uint_eq(x->if_id, 1);
	ck_assert_int_eq(x->km.state, XFRM_STATE_VALID);
}
END_TEST

START_TEST(each_line_sees_those_before)
{
	struct sad_key key = esp_key(2);

	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1", 1);
	import_is("xfrm state add dst 10.0.0.2 proto esp spi 2\n"
		  "xfrm state update dst 10.0.0.2 proto esp spi 2 if_id 2\n"
		  "xfrm state delete dst 10.0.0.2 proto esp spi 1\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 1 reqid 9\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 3\n"
		  "xfrm state delete dst 10.0.0.2 proto esp spi 3\n",
		  2);
	ck_assert_uint_eq(sad_count(sad), 2);
	rcu_enter();
	ck_assert_uint_eq(sad_peek(sad, &key, 0)->if_id, 2);
	key = esp_key(1);
	ck_assert_uint_eq(sad_peek(sad, &key, 0)->props.reqid, 9);
	rcu_leave();
	import_is("xfrm state flush\nxfrm state add dst 10.0.0.2 proto esp spi 5", 1);
	ck_assert_uint_eq(ntohl(only()->id.spi), 5);
}
END_TEST

START_TEST(deleteall)
{
	const char *four = "xfrm state flush\n"
			   "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 reqid 1\n"
			   "xfrm state add src 10.0.1.1 dst 10.0.0.2 proto ah spi 1 mode tunnel\n"
			   "xfrm state add src 10.0.0.1 dst 10.0.0.3 proto esp spi 1 flag noecn\n"
			   "xfrm state add src fe80::1 dst fe80::2 proto esp spi 1\n";
	static const struct {
		const char *what;
		u32 left;
	} cases[] = {
		{"deleteall", 0},
		{"deleteall proto esp", 1},
		{"deleteall src 10.0.0.0/24", 2},
		{"deleteall dst 10.0.0.2", 2},
		{"deleteall dst 10.0.0.2 proto ah", 3},
		{"deleteall dst fe80::/10", 3},
		{"deleteall reqid 1", 3},
		{"deleteall mode tunnel", 3},
		{"deleteall mode transport", 1},
		{"deleteall flag noecn", 3},
		{"deleteall spi 2", 4},
		{"flush", 0},
		{"flush proto ah", 3},
		{"flush proto ipsec-any", 0},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char line[128];

		import_is(four, 4);
		snprintf(line, sizeof(line), "xfrm state %s", cases[i].what);
		import_is(line, 0);
		ck_assert_msg(sad_count(sad) == cases[i].left, "%s leaves %zu", line,
			      sad_count(sad));
	}
}
END_TEST

/* Mobile IPv6 states have no SPI: the source address tells them apart. */
START_TEST(states_without_spi)
{
	import_is("xfrm state add src fe80::1 dst fe80::2 proto hao mode ro coa fe80::9\n"
		  "xfrm state add src fe80::3 dst fe80::2 proto hao mode ro coa fe80::9\n",
		  2);
	import_is("xfrm state add src fe80::3 dst fe80::2 proto hao mode ro coa fe80::8", -EEXIST);
	import_is("xfrm state delete src fe80::1 dst fe80::2 proto hao", 0);
	ck_assert_uint_eq(only()->props.saddr.in6.s6_addr[15], 3);
}
END_TEST

/* Numbers of namespaces that the index does not keep whole. */
START_TEST(far_namespaces)
{
	static const s32 ids[] = {1, 1 + 8192, 1 + 2 * 8192, 0x7fffffff};

	for (u32 i = 0; i < ARRAY_SIZE(ids); i++) {
		struct sad_key key = esp_key(7);
		char text[] = "xfrm state add dst 10.0.0.2 proto esp spi 7";

		key.netns_id = ids[i];
		ck_assert_int_eq(sad_add_netns(sad, ids[i]), 0);
		ck_assert_ptr_null(sad_peek(sad, &key, 0));
		ck_assert_int_eq(sad_import(sad, "t", text, strlen(text), ids[i], &import_error),
				 1);
		ck_assert_int_eq(sad_peek(sad, &key, 0)->netns_id, ids[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(ids); i++) {
		struct sad_id id = {.key = esp_key(7)};

		id.key.netns_id = ids[i];
		ck_assert_int_eq(sad_peek(sad, &id.key, 0)->netns_id, ids[i]);
		ck_assert_int_eq(sad_delete(sad, &id), 0);
		ck_assert_ptr_null(sad_peek(sad, &id.key, 0));
	}
}
END_TEST

/* Another family number is none of the index's two. */
START_TEST(other_families)
{
	struct sad_key key = esp_key(1);

	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1", 1);
	for (u32 family = 0; family < 64; family++) {
		key.family = (u16)family;
		ck_assert_int_eq(sad_peek(sad, &key, 0) != NULL, family == AF_INET);
	}
}
END_TEST

START_TEST(public_bulk)
{
	enum {
		N = 100
	};
	struct espalier_sad *s = (struct espalier_sad *)sad;
	struct espalier_sa_id ids[N];
	struct espalier_sa sas[N];
	int errors[N];

	import_is("xfrm state add dst 10.0.0.2 proto esp spi 1 reqid 11\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 2 reqid 12 mark 5 mask 7\n"
		  "xfrm state add dst fe80::2 proto esp spi 3 reqid 13\n",
		  3);
	for (u32 i = 0; i < N; i++) {
		ids[i] = (struct espalier_sa_id){
			.netns = i % 5 == 4,
			.family = i % 5 == 2 ? AF_INET6 : AF_INET,
			.proto = IPPROTO_ESP,
			.spi = 1 + i % 5,
			.mark = 0xd,
		};
		memcpy(ids[i].daddr, "\x0a\0\0\x02", 4);
		if (i % 5 == 2)
			memcpy(ids[i].daddr, "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\2", 16);
	}
	for (u32 n = 0; n <= N; n += 10) {
		memset(sas, 0, sizeof(sas));
		ck_assert_uint_eq(espalier_sad_lookup_bulk(s, ids, n, sas, errors), n / 5 * 3);
		for (u32 i = 0; i < n; i++) {
			ck_assert_int_eq(errors[i], espalier_sad_lookup(s, &ids[i], NULL));
			ck_assert_uint_eq(sas[i].reqid, i % 5 < 3 ? 11 + i % 5 : 0);
		}
	}
	ck_assert_uint_eq(espalier_sad_lookup_bulk(s, ids, N, NULL, NULL), N / 5 * 3);
}
END_TEST

static int delete_visited(const struct espalier_sa *sa, void *arg)
{
	++*(int *)arg;
	return espalier_sad_delete((struct espalier_sad *)sad, &sa->id);
}

START_TEST(public_api)
{
	struct espalier_sad *s = (struct espalier_sad *)sad;
	struct espalier_sa_id id = {.family = AF_INET, .proto = IPPROTO_ESP, .spi = 1};
	struct espalier_sa sa;
	char *text;
	size_t len;
	int n = 0;

	memcpy(id.daddr, "\x0a\0\0\x02", 4);
	import_is("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 mode tunnel reqid 8 "
		  "replay-window 64 dir in pcpu-num 3 encap espinudp 4500 4501 0.0.0.0\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 2\n",
		  2);
	ck_assert_int_eq(espalier_sad_lookup(s, &id, &sa), 0);
	ck_assert_uint_eq(sa.id.spi, 1);
	ck_assert_uint_eq(sa.mode, XFRM_MODE_TUNNEL);
	ck_assert_uint_eq(sa.reqid, 8);
	ck_assert_uint_eq(sa.replay_window, 64);
	ck_assert_uint_eq(sa.pcpu_num, 3);
	ck_assert_uint_eq(sa.dir, 1);
	ck_assert_uint_eq(sa.encap_dport, 4501);
	ck_assert_uint_eq(sa.references, 1);
	ck_assert_int_eq(memcmp(sa.saddr, "\x0a\0\0\x01", 4), 0);
	id.netns = 5;
	ck_assert_int_eq(espalier_sad_lookup(s, &id, NULL), -ENONET);
	ck_assert_int_eq(espalier_sad_add_netns(s, 5), 0);
	ck_assert_int_eq(espalier_sad_lookup(s, &id, NULL), -ENOENT);
	ck_assert_int_eq(espalier_sad_del_netns(s, 5), 0);
	ck_assert_int_eq(espalier_sad_export(s, -1, (enum espalier_sad_form)9, &text, &len),
			 -EINVAL);
	ck_assert_int_eq(espalier_sad_walk(s, delete_visited, &n), 0);
	ck_assert_int_eq(n, 2);
	ck_assert_uint_eq(espalier_sad_count(s), 0);
	ck_assert_int_eq(espalier_sad_export(s, -1, ESPALIER_SAD_BATCH, &text, &len), 0);
	ck_assert_str_eq(text, "");
	ck_assert_uint_eq(len, 0);
	free(text);
	import_is("xfrm state add dst 10.0.0.2 proto esp spi 2", 1);
	ck_assert_uint_eq(espalier_sad_flush(s, 0, IPPROTO_AH), 0);
	ck_assert_uint_eq(espalier_sad_flush(s, 0, 0), 1);
}
END_TEST

TCase *database_case(void)
{
	TCase *tc = tcase_create("database");

	tcase_add_checked_fixture(tc, make_sad, drop_sad);
	tcase_add_test(tc, delete_while_held);
	tcase_add_test(tc, free_while_held);
	tcase_add_test(tc, namespaces);
	tcase_add_test(tc, no_spi_no_lookup);
	tcase_add_test(tc, ipv4_address_is_four_bytes);
	tcase_add_test(tc, update);
	tcase_add_test(tc, all_or_nothing);
	tcase_add_test(tc, each_line_sees_those_before);
	tcase_add_test(tc, deleteall);
	tcase_add_test(tc, states_without_spi);
	tcase_add_test(tc, far_namespaces);
	tcase_add_test(tc, other_families);
	tcase_add_test(tc, public_api);
	tcase_add_test(tc, public_bulk);
	return tc;
}
