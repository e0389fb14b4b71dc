// SPDX-License-Identifier: BSD-2-Clause
#include "suites.h"

#define HEAD "src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x00000001 reqid 0 mode tunnel\n"

/* The n-th state, newest first, as ip lists them. */
static const struct xfrm_state *nth(u32 n)
{
	const struct xfrm_state *x = sad->newest;

	while (n--)
		x = sad_state_at(x->older);
	return x;
}

static const char *const outputs[] = {
	"sa/ip-6.1.txt",
	"sa/ip-6.1-s.txt",
	"sa/ip-6.1-o-s.txt",
	"sa/ip-6.1-s-nokeys.txt",
};

/* What iproute2 6.1 made of eight states that hold one of everything. */
START_TEST(real_output)
{
	const struct xfrm_state *x;
	size_t len;
	char *text = read_data(outputs[_i], &len);

	import_is(text, 8);
	free(text);
	x = nth(0);
	ck_assert_uint_eq(ntohl(x->id.spi), 0x100);
	ck_assert_uint_eq(x->props.reqid, 7);
	ck_assert_uint_eq(x->props.replay_window, 32);
	ck_assert_uint_eq(x->props.flags, XFRM_STATE_WILDRECV | XFRM_STATE_AF_UNSPEC);
	ck_assert_uint_eq(x->mark.v, 0x1ff);
	ck_assert_uint_eq(x->mark.m, 0xff);
	ck_assert_uint_eq(x->props.smark.v, 3);
	ck_assert_uint_eq(x->props.smark.m, 0xf);
	ck_assert_str_eq(x->aalg->alg_name, "hmac(sha1)");
	ck_assert_uint_eq(x->aalg->alg_trunc_len, 96);
	/* The last sample hides the keys, and their lengths with them. */
	ck_assert_uint_eq(x->aalg->alg_key_len, _i < 3 ? 160 : 0);
	ck_assert_uint_eq(x->ealg->alg_key_len, _i < 3 ? 128 : 0);
	ck_assert_uint_eq(x->encap->encap_type, 2);
	ck_assert_uint_eq(ntohs(x->encap->encap_dport), 4501);
	ck_assert_uint_eq(ntohl(x->encap->encap_oa.a4), 0x01020304);
	ck_assert_uint_eq(x->replay.seq, 9);
	ck_assert_uint_eq(x->replay.oseq, 7);
	ck_assert_uint_eq(x->replay.bitmap, 0x1ff);
	ck_assert_str_eq(x->xso.dev->name, "lo");
	ck_assert_uint_eq(x->xso.dir, XFRM_DEV_OFFLOAD_OUT);
	ck_assert_uint_eq(x->if_id, 0x10);
	ck_assert_uint_eq(x->tfcpad, 99);

	x = nth(1);
	ck_assert_uint_eq(x->props.family, AF_INET6);
	ck_assert_uint_eq(x->props.flags, XFRM_STATE_NOECN | XFRM_STATE_ESN);
	ck_assert_uint_eq(x->aead->alg_icv_len, 128);
	ck_assert_uint_eq(x->replay_esn->replay_window, 250);
	ck_assert_uint_eq(x->replay_esn->bmp_len, 8);
	ck_assert_uint_eq(x->replay_esn->seq_hi, 4);
	ck_assert_uint_eq(x->replay_esn->oseq, 1);
	ck_assert_uint_eq(x->replay_esn->bmp[0], 1);
	ck_assert_uint_eq(x->replay_esn->bmp[7], 8);

	x = nth(2);
	ck_assert_uint_eq(x->id.proto, IPPROTO_AH);
	ck_assert_uint_eq(x->replay_esn->bmp_len, 9);
	ck_assert_uint_eq(x->replay_esn->bmp[8], 9);
	ck_assert_str_eq((const char *)(x->security + 1), "unconfin");

	x = nth(3);
	ck_assert_uint_eq(x->id.proto, IPPROTO_COMP);
	ck_assert_str_eq(x->calg->alg_name, "deflate");
	ck_assert_uint_eq(x->sel.proto, IPPROTO_TCP);
	ck_assert_uint_eq(ntohs(x->sel.dport), 80);
	ck_assert_str_eq(x->sel_dev->name, "lo");

	x = nth(4);
	ck_assert_uint_eq(x->sel.sport_mask, 0xffff);
	ck_assert_uint_eq(ntohs(x->sel.dport), 8);
	ck_assert_str_eq(x->aalg->alg_name, "hmac(md5)");
	ck_assert_uint_eq(x->aalg->alg_trunc_len, 96);
	x = nth(5);
	ck_assert_uint_eq(x->props.mode, XFRM_MODE_BEET);
	ck_assert_uint_eq(ntohs(x->sel.sport), 2);
	x = nth(6);
	ck_assert_uint_eq(x->id.proto, IPPROTO_ROUTING);
	ck_assert_uint_eq(x->coaddr->in6.s6_addr[15], 9);
	ck_assert_uint_eq(nth(7)->props.mode, XFRM_MODE_IN_TRIGGER);
}
END_TEST

/* What -s adds. */
START_TEST(statistics)
{
	const struct xfrm_state *x;
	size_t len;
	char *text = read_data("sa/ip-6.1-s.txt", &len);

	setenv("TZ", "UTC", 1);
	import_is(text, 8);
	free(text);
	x = nth(4);
	ck_assert_uint_eq(x->lft.soft_byte_limit, 1);
	ck_assert_uint_eq(x->lft.hard_byte_limit, 2);
	ck_assert_uint_eq(x->lft.soft_packet_limit, 3);
	ck_assert_uint_eq(x->lft.hard_packet_limit, 4);
	ck_assert_uint_eq(x->lft.soft_add_expires_seconds, 5);
	ck_assert_uint_eq(x->lft.hard_add_expires_seconds, 6);
	ck_assert_uint_eq(x->lft.soft_use_expires_seconds, 7);
	ck_assert_uint_eq(x->lft.hard_use_expires_seconds, 8);
	ck_assert_uint_eq(x->curlft.bytes, 9);
	ck_assert_uint_eq(x->curlft.packets, 10);
	ck_assert_uint_eq(x->curlft.add_time, 1700000000);
	ck_assert_uint_eq(x->curlft.use_time, 1700000001);
	ck_assert_uint_eq(x->stats.replay_window, 1);
	ck_assert_uint_eq(x->stats.replay, 2);
	ck_assert_uint_eq(x->stats.integrity_failed, 3);
	ck_assert_uint_eq(ntohl(nth(0)->km.seq), 5);
	ck_assert_uint_eq(nth(0)->props.extra_flags, 3);
	ck_assert_uint_eq(nth(1)->props.extra_flags, 1);
	ck_assert_uint_eq(nth(0)->lft.soft_byte_limit, XFRM_INF);
}
END_TEST

/* Lines of later versions. */
START_TEST(later_versions)
{
	const struct xfrm_state *x;

	import_is(HEAD "\treplay-window 0 flag esn\n"
		       "\tlastused 2023-11-14 22:13:20\n"
		       "\tanti-replay esn context:\n"
		       "\t seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0\n"
		       "\t replay_window 32, bitmap-length 1\n\t 00000000 \n"
		       "\tcrypto offload parameters: dev eth0 dir in mode packet\n"
		       "\tdir in\n\tpcpu-num 3\n",
		  1);
	x = only();
	ck_assert_uint_eq(x->replay_esn->replay_window, 32);
	ck_assert_uint_eq(x->xso.type, XFRM_DEV_OFFLOAD_PACKET);
	ck_assert_uint_eq(x->dir, XFRM_SA_DIR_IN);
	ck_assert_uint_eq(x->pcpu_num, 3);
	ck_assert_int_ne(x->lastused, 0);
}
END_TEST

/* Of several that a mark fits, that which was listed first was added last, and is found. */
START_TEST(order_is_kept)
{
	struct sad_key key = esp_key(1);

	import_is(HEAD "\tmark 0x1/0x1 \n" HEAD "\tmark 0x2/0x2 \n", 2);
	rcu_enter();
	ck_assert_uint_eq(sad_peek(sad, &key, 3)->mark.v, 1);
	rcu_leave();
	import_is("xfrm state flush\n"
		  "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 mark 1 mask 1\n"
		  "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 mark 2 mask 2\n",
		  2);
	rcu_enter();
	ck_assert_uint_eq(sad_peek(sad, &key, 3)->mark.v, 2);
	rcu_leave();
}
END_TEST

START_TEST(mixed_with_batch_lines)
{
	import_is("xfrm state flush\n" HEAD "\n# comment\n\treplay-window 0 \n"
		  "xfrm state add dst 10.0.0.9 proto esp spi 1\n" HEAD "\tmark 1/1\n",
		  -EEXIST);
	ck_assert_str_eq(import_error.text,
			 "t:8: there is an SA of this dst, proto, spi and mark already");
}
END_TEST

static const struct {
	const char *text;
	const char *error;
} refused[] = {
	{"src 10.0.0.1\n", "t:1: dst is missing, but the line ends"},
	{"src 10.0.0.1 dst ::1\n", "t:1: not an IPv4 address: \"::1\""},
	{"src 10.0.0.1 dst 10.0.0.2\n", "t:1: this SA has no line with its proto"},
	{"src 10.0.0.1 dst 10.0.0.2\n\tproto esp spi 0x1\n", "t:2: mode is missing, but the line "
							     "ends"},
	{HEAD "\tfrobnicate 1\n", "t:3: not a line that ip xfrm state prints: \"frobnicate\""},
	{HEAD "\tflag\n", "t:3: not a line that ip xfrm state prints: \"flag\""},
	{HEAD "\treplay-window 0 flag foo\n", "t:3: unknown flag: \"foo\""},
	{HEAD "\tif_id 1 2\n", "t:3: more than ip prints in such a line: \"2\""},
	{HEAD "\tenc cbc(aes) 0x00112233445566778899aabbccddeeff 0xfeedfacefeed\n",
	 "t:3: more than ip prints in such a line (word 4 of the line)"},
	{HEAD "\tenc cbc(aes) feedfacefeed\n",
	 "t:3: more than ip prints in such a line (word 3 of the line)"},
	{HEAD "\tenc cbc(xyz) 0x00\n", "t:3: unknown enc algorithm"},
	{HEAD "\tanti-replay esn context:\n\t seq-hi 0x0, seq 0x0, oseq-hi 0x0\n",
	 "t:4: not as ip shows a replay context, but the line ends"},
	{HEAD "\tanti-replay esn context:\n\t replay_window 64, bitmap-length 2\n\t 00000000\n",
	 "t:1: the replay bitmap of this SA is not all there"},
	{HEAD "\tanti-replay esn context:\n\t replay_window 64, bitmap-length 2\n\t 0000000x\n",
	 "t:5: not a word of a replay bitmap: \"0000000x\""},
	{HEAD "\t replay_window 64, bitmap-length 129\n", "t:3: a replay bitmap is over 128 words"},
	{HEAD "\t replay_window 64, bitmap-length 1\n\t 0\n",
	 "t:1: a bitmap of 1 words does not hold a replay-window of 64"},
	{HEAD "\tlastused yesterday\n", "t:3: not a date and time"},
	{HEAD "\tlifetime config:\n\t  limit: soft 1(sheep), hard 2(sheep)\n",
	 "t:4: a limit is of neither bytes nor packets"},
	{HEAD "\tpcpu-num 1\n", "t:1: pcpu-num needs a dir"},
	{HEAD HEAD, "t:1: there is an SA of this dst, proto, spi and mark already"},
};

START_TEST(refuses)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		import_is(refused[i].text, i == ARRAY_SIZE(refused) - 1 ? -EEXIST : -EINVAL);
		ck_assert_str_eq(import_error.text, refused[i].error);
		ck_assert_uint_eq(sad_count(sad), 0);
	}
}
END_TEST

TCase *show_case(void)
{
	TCase *tc = tcase_create("show");

	tcase_add_checked_fixture(tc, make_sad, drop_sad);
	tcase_add_loop_test(tc, real_output, 0, ARRAY_SIZE(outputs));
	tcase_add_test(tc, statistics);
	tcase_add_test(tc, later_versions);
	tcase_add_test(tc, order_is_kept);
	tcase_add_test(tc, mixed_with_batch_lines);
	tcase_add_test(tc, refuses);
	return tc;
}
