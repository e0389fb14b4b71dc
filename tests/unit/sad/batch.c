// SPDX-License-Identifier: BSD-2-Clause
#include "suites.h"

#define ESP "xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 "

/* Lines that are taken. */
static const char *const accepted[] = {
	ESP,
	"ip " ESP,
	"  \t" ESP "  \r\n",
	"x s a src 10.0.0.1 dst 10.0.0.2 proto esp spi 1",
	"xfrm sa add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1",
	"# comment\n\n   # another\n" ESP "# and one more",
	"xfrm state add \\\n src 10.0.0.1 dst 10.0.0.2 \\\r\n proto esp \\\nspi 1",
	"xfrm state add src 10.0.0.1 dst 10.0.0.2 pro\\\nto esp spi 1",
	"xfrm state add proto esp spi 1",
	"xfrm state add src any dst 10.0.0.2/32 proto esp spi 0x1",
	"xfrm state add src fe80::1 dst fe80::2/128 proto esp spi 01",
	"xfrm state add src fe80::1 dst fe80::2 proto ah spi 1 auth 'hmac(sha1)' ''",
	"xfrm state add dst 10.0.0.2 proto comp spi 0xffff comp deflate",
	"xfrm state add src fe80::1 dst fe80::2 proto route2 mode ro coa fe80::3",
	"xfrm state add src fe80::1 dst fe80::2 proto hao mode in_trigger coa fe80::3",
	ESP "mode transport",
	ESP "mode tun",
	ESP "mode beet",
	ESP "mode iptfs dir out",
	ESP "reqid 4294967295 seq 5",
	ESP "mark 1",
	ESP "mark 0x10 mask 0xf0",
	ESP "mark 0x10/0xf0",
	ESP "output-mark 3",
	ESP "output-mark 3 mask 7",
	ESP "if_id 0xffffffff",
	ESP "mode tunnel tfcpad 100",
	ESP "nat_keepalive_interval 20",
	ESP "replay-window 32 replay-seq 1 replay-oseq 2",
	ESP "replay-window 32 flag esn replay-seq-hi 1 replay-oseq-hi 2",
	ESP "flag esn dir out",
	ESP "flag noecn decap-dscp nopmtudisc wildrecv icmp af-unspec align4",
	ESP "flag 0x03 reqid 1",
	ESP "flag noecn flag icmp",
	ESP "extra-flag dont-encap-dscp oseq-may-wrap",
	ESP "extra-flag 0x3",
	ESP "sel src 10.0.0.0/8 dst any",
	ESP "sel src 10.0.0.0/8 dst 0/0 proto tcp sport 1 dport 2",
	ESP "sel proto icmp type 8 code 0",
	ESP "sel proto ipv6-icmp type 8 mode tunnel",
	ESP "sel proto gre key 1.2.3.4",
	ESP "sel proto gre key 77",
	ESP "sel proto 253 dev eth0 reqid 5",
	ESP "sel proto any",
	ESP "limit time-soft 1 limit time-hard 2 limit time-use-soft 3 limit time-use-hard 4",
	ESP "limit byte-soft 18446744073709551615 limit byte-hard 2 limit packet-soft 3 limit "
	    "packet-hard 4",
	ESP "encap espinudp 4500 4500 0.0.0.0",
	ESP "encap espinudp-nonike 500 500 ::1",
	ESP "encap espintcp 4500 4500 any",
	ESP "ctx system_u:system_r:ipsec_t",
	ESP "offload dev eth0 dir in",
	ESP "offload crypto dev eth0 dir out",
	ESP "offload packet dev eth0 dir in",
	ESP "dir in pcpu-num 0",
	ESP "pcpu-num 1023 dir out",
	ESP "aead 'rfc4106(gcm(aes))' 0x0102030405060708090a0b0c0d0e0f1011121314 128",
	ESP "aead rfc7539esp(chacha20,poly1305) \"sixteen  letters\" 128",
	ESP "enc aes 0x123 auth-trunc sha256 '# no comment' 128",
	ESP "enc 'ecb(cipher_null)' '' auth digest_null ''",
};

START_TEST(takes)
{
	for (size_t i = 0; i < ARRAY_SIZE(accepted); i++) {
		import_is(accepted[i], 1);
		import_is("xfrm state flush", 0);
	}
}
END_TEST

/* Lines that are not, and the very words in which it is said. */
static const struct {
	const char *text;
	const char *error;
} refused[] = {
	{"xfrm",
	 "t:1: neither \"xfrm state\" nor the beginning of what ip xfrm state prints, but the "
	 "line ends"},
	{"link show", "t:1: neither \"xfrm state\" nor the beginning of what ip xfrm state prints: "
		      "\"link\""},
	{"xfrm policy add",
	 "t:1: neither \"xfrm state\" nor the beginning of what ip xfrm state prints: \"policy\""},
	{"\txfrm state list", "t:1: not one of add, update, delete, deleteall, flush: \"list\""},
	{"xfrm state allocspi proto esp",
	 "t:1: an SA without a fixed SPI cannot be imported: \"allocspi\""},
	{"\n\n# x\nxfrm state add", "t:4: proto is missing"},
	{"xfrm state add proto",
	 "t:1: proto is not one of esp, ah, comp, route2, hao, but the line "
	 "ends"},
	{"xfrm state add proto tcp",
	 "t:1: proto is not one of esp, ah, comp, route2, hao: \"tcp\""},
	{"xfrm state add proto esp proto ah", "t:1: given twice: \"proto\""},
	{"xfrm state add src 1.2.3. proto esp", "t:1: not an IP address: \"1.2.3.\""},
	{"xfrm state add src 1.2.3.256 proto esp", "t:1: not an IP address: \"1.2.3.256\""},
	{"xfrm state add src 1.2.3.4.5 proto esp", "t:1: not an IP address: \"1.2.3.4.5\""},
	{"xfrm state add src 1.2.3.4 dst ::1", "t:1: not an IPv4 address: \"::1\""},
	{"xfrm state add src ::1 dst 1.2.3.4", "t:1: not an IPv6 address: \"1.2.3.4\""},
	{"xfrm state add src 1.2.3.0/24 proto esp", "t:1: src and dst are addresses, not networks"},
	{"xfrm state add src 1.2.3.0/33 proto esp", "t:1: not an IP address: \"1.2.3.0/33\""},
	{"xfrm state add proto esp spi 0x100000000",
	 "t:1: spi is not a number up to 4294967295 (word 7 of the line)"},
	{"xfrm state add proto esp spi -1", "t:1: spi is not a number up to 4294967295: \"-1\""},
	{"xfrm state add proto esp spi 1x", "t:1: spi is not a number up to 4294967295: \"1x\""},
	{"xfrm state add proto esp spi", "t:1: spi is not a number up to 4294967295, but the line "
					 "ends"},
	{"xfrm state add proto comp spi 0x10000", "t:1: the spi of proto comp is below 0x10000"},
	{"xfrm state add proto hao spi 1", "t:1: proto route2 and hao have no spi"},
	{"xfrm state add proto hao mode ro coa 1.2.3.4",
	 "t:1: proto route2 and hao are for IPv6 only"},
	{"xfrm state add dst ::1 proto hao mode ro",
	 "t:1: coa goes with proto route2 and hao, and with those only"},
	{ESP "coa 1.2.3.4", "t:1: coa goes with proto route2 and hao, and with those only"},
	{ESP "mode",
	 "t:1: mode is not one of transport, tunnel, beet, iptfs, ro, in_trigger, but the "
	 "line ends"},
	{ESP "mode fast", "t:1: mode is not one of transport, tunnel, beet, iptfs, ro, in_trigger: "
			  "\"fast\""},
	{ESP "mode ro", "t:1: that mode does not go with that proto"},
	{ESP "mode iptfs", "t:1: mode iptfs needs a dir"},
	{ESP "mark x", "t:1: mark is not a number or NUMBER/MASK: \"x\""},
	{ESP "mark 1 mask", "t:1: mask is not a number up to 4294967295, but the line ends"},
	{ESP "flag esn", "t:1: flag esn needs a replay-window"},
	{ESP "flag", "t:1: unknown flag, but the line ends"},
	{ESP "flag esm", "t:1: unknown flag: \"esm\""},
	{ESP "flag 0x100", "t:1: not flags: \"0x100\""},
	{ESP "replay-window 4097", "t:1: replay-window 4097 is over 4096"},
	{ESP "replay-seq-hi 1", "t:1: the upper half of a sequence number needs flag esn"},
	{ESP "replay-window 1 dir out", "t:1: replay-window must be 0 with dir out"},
	{ESP "replay-seq 1 dir out", "t:1: replay-seq must be 0 with dir out"},
	{ESP "replay-window 64 replay-oseq 1 dir in", "t:1: replay-oseq must be 0 with dir in"},
	{ESP "flag icmp dir out",
	 "t:1: flags decap-dscp, icmp and wildrecv do not go with dir out"},
	{ESP "flag nopmtudisc dir in", "t:1: flag nopmtudisc does not go with dir in"},
	{ESP "extra-flag oseq-may-wrap dir in",
	 "t:1: extra flags dont-encap-dscp and oseq-may-wrap do not go with dir in"},
	{ESP "dir up", "t:1: dir is neither in nor out: \"up\""},
	{ESP "pcpu-num 1", "t:1: pcpu-num needs a dir"},
	{ESP "tfcpad 1", "t:1: tfcpad goes with proto esp mode tunnel only"},
	{ESP "sel", "t:1: a selector is missing, but the line ends"},
	{ESP "sel proto tcp type 1",
	 "t:1: type and code go with proto icmp, ipv6-icmp or mobility-header"},
	{ESP "sel proto icmp dport 1", "t:1: sport and dport go with proto tcp, udp, sctp or dccp"},
	{ESP "sel proto tcp key 1", "t:1: key goes with proto gre"},
	{ESP "sel proto icmp type 256", "t:1: type is over 255"},
	{ESP "sel src 1.2.3.4 dst ::1", "t:1: not an IPv4 address: \"::1\""},
	{ESP "limit time 1", "t:1: unknown limit: \"time\""},
	{ESP "limit byte-soft 18446744073709551616",
	 "t:1: byte-soft is not a number up to 18446744073709551615 (word 14 of the line)"},
	{ESP "encap espinudp 4500 65536 0.0.0.0",
	 "t:1: dport of encap is not a number up to 65535: \"65536\""},
	{ESP "encap gre 1 2 0.0.0.0",
	 "t:1: encap is not one of espinudp, espinudp-nonike, espintcp: \"gre\""},
	{"xfrm state add proto ah spi 1 encap espinudp 1 2 any",
	 "t:1: encap goes with proto esp only"},
	{ESP "offload dev eth0", "t:1: dir is missing after offload, but the line ends"},
	{ESP "offload dev averylongdevicename dir in",
	 "t:1: not a name for a device: \"averylongdevicename\""},
	{ESP "bogus", "t:1: unknown word: \"bogus\""},
	{ESP "comp deflate", "t:1: that kind of algorithm does not go with that proto"},
	{"xfrm state add proto ah spi 1 enc aes ''",
	 "t:1: that kind of algorithm does not go with that proto"},
	{ESP "'never closed", "t:1: a quote is not closed"},
	{ESP "mode \\\n\\\n fast", "t:3: mode is not one of transport, tunnel, beet, iptfs, ro, "
				   "in_trigger: \"fast\""},
	{"xfrm state delete dst 1.2.3.4 proto esp spi 1 mode tunnel",
	 "t:1: unknown word: \"mode\""},
	{"xfrm state delete dst 1.2.3.4 spi 1", "t:1: proto is missing"},
	{"xfrm state flush proto",
	 "t:1: proto is not one of esp, ah, comp, route2, hao, but the line "
	 "ends"},
	{"xfrm state flush all", "t:1: unknown word: \"all\""},
	{"xfrm state deleteall sport 5", "t:1: unknown word: \"sport\""},
};

START_TEST(refuses)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		import_is(refused[i].text, -EINVAL);
		ck_assert_str_eq(import_error.text, refused[i].error);
		ck_assert_uint_eq(sad_count(sad), 0);
	}
}
END_TEST

/* Wherever a key ends up by mistake, no error quotes it. SECRET stands for it in each. */
#define SECRET "0xfeedfacefeedfacefeedfacefeedface"
#define WORDS  "correcthorsebatterystaple"

static const struct {
	const char *text;
	const char *error;
} near_keys[] = {
	{ESP "enc aes " SECRET " " SECRET, "t:1: unknown word (word 15 of the line)"},
	{ESP "enc aes " WORDS " horse", "t:1: unknown word (word 15 of the line)"},
	{ESP "enc " SECRET, "t:1: unknown enc algorithm"},
	{ESP "enc " SECRET " mode", "t:1: unknown enc algorithm"},
	{ESP "enc", "t:1: the name of the enc algorithm is missing"},
	{ESP "enc aes", "t:1: the key is missing"},
	{ESP "enc aes 0x12g4", "t:1: a key that begins with 0x is not hexadecimal"},
	{ESP "enc aes '" WORDS, "t:1: a quote is not closed"},
	{ESP "enc aes " SECRET " enc aes " SECRET, "t:1: a second enc algorithm"},
	{ESP "aead rfc4106(gcm(aes)) " SECRET,
	 "t:1: the length of the ICV is not a number up to 4294967295, but the line ends"},
	{ESP "aead rfc4106(gcm(aes)) 128 " SECRET,
	 "t:1: the length of the ICV is not a number up to 4294967295 (word 15 of the line)"},
	{ESP "aead rfc4106(gcm(aes)) " SECRET " 100",
	 "t:1: that aead algorithm has no ICV of 100 bits"},
	{ESP "aead rfc4106(gcm(aes)) " SECRET " 128 enc aes " SECRET,
	 "t:1: aead goes with neither auth nor enc"},
	{ESP "auth-trunc sha1 " SECRET " 161", "t:1: an ICV of 161 bits is longer than hmac(sha1) "
					       "gives"},
	{ESP SECRET, "t:1: unknown word (word 12 of the line)"},
	{ESP "feedfacefeedface", "t:1: unknown word (word 12 of the line)"},
	{SECRET,
	 "t:1: neither \"xfrm state\" nor the beginning of what ip xfrm state prints (word 1 "
	 "of the line)"},
	{ESP "comp " SECRET, "t:1: unknown comp algorithm"},
	{ESP "spi " SECRET, "t:1: given twice: \"spi\""},
};

START_TEST(keys_stay_unsaid)
{
	for (size_t i = 0; i < ARRAY_SIZE(near_keys); i++) {
		import_is(near_keys[i].text, -EINVAL);
		ck_assert_str_eq(import_error.text, near_keys[i].error);
		ck_assert_ptr_null(strstr(import_error.text, "feed"));
		ck_assert_ptr_null(strstr(import_error.text, "horse"));
	}
}
END_TEST

/* Nor is one in memory that a program can read. */
START_TEST(keys_stay_unkept)
{
	char *text;

	import_is(ESP "enc 'cbc(aes)' 'qX7unlikely-bytes' auth-trunc 'hmac(sha1)' "
		      "0x7158376e6c696b656c792d6279746573 96",
		  1);
	text = malloc(arena_size > 1 << 22 ? 1 << 22 : arena_size);
	memcpy(text, (const void *)arena_base, 1 << 22);
	ck_assert_ptr_null(memmem(text, 1 << 22, "unlikely-bytes", 14));
	ck_assert_ptr_null(memmem(text, 1 << 22, "likely-bytes", 12));
	free(text);
}
END_TEST

START_TEST(binary_garbage)
{
	struct espalier_error e;

	ck_assert_int_eq(sad_import(sad, "t", ESP "\0", sizeof(ESP), 0, &e), -EINVAL);
	ck_assert_str_eq(e.text, "t:1: a NUL byte");
	ck_assert_int_eq(sad_import(sad, "t", "", 0, 0, &e), 0);
}
END_TEST

START_TEST(too_many_words)
{
	char text[4096] = "xfrm state add";

	for (u32 i = 0; i < 1100; i++)
		strcat(text, " x");
	import_is(text, -EINVAL);
	ck_assert_str_eq(import_error.text, "t:1: too many words in a line");
}
END_TEST

/* More lines that look at every SA than are worth waiting for: a bounded time, then an error. */
START_TEST(too_much_deleting)
{
	enum {
		LINES = 30000
	};
	struct strbuf b = STRBUF_INIT;

	for (u32 i = 0; i < LINES; i++)
		strbuf_addf(&b, "x s a proto esp spi %u\nx s f proto ah\n", i + 1);
	ck_assert_int_eq(sad_import(sad, "t", b.text, b.len, 0, &import_error), -E2BIG);
	ck_assert_ptr_nonnull(
		strstr(import_error.text, ": the lines up to here look at too many SAs too often"));
	ck_assert_uint_eq(sad_count(sad), 0);
	strbuf_free(&b);
}
END_TEST

START_TEST(values)
{
	const struct xfrm_state *x;

	import_is("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x12345678 reqid 7 "
		  "seq 3 mark 0x10 mask 0xf0 output-mark 5 mask 7 if_id 9 mode tunnel tfcpad 11 "
		  "extra-flag 3 flag noecn align4 limit time-use-hard 6 "
		  "sel src 10.1.0.0/16 dst 10.2.0.0/15 proto gre key 1.2.3.4",
		  -EINVAL);
	import_is("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x12345678 reqid 7 "
		  "seq 3 mark 0x10 mask 0xf0 output-mark 5 mask 7 if_id 9 mode tunnel tfcpad 11 "
		  "extra-flag 0x3 flag noecn align4 limit time-use-hard 6 "
		  "sel src 10.1.0.0/16 dst 10.2.0.0/15 proto gre key 1.2.3.4",
		  1);
	x = only();
	ck_assert_uint_eq(ntohl(x->id.spi), 0x12345678);
	ck_assert_uint_eq(ntohl(x->id.daddr.a4), 0x0a000002);
	ck_assert_uint_eq(ntohl(x->props.saddr.a4), 0x0a000001);
	ck_assert_uint_eq(x->props.reqid, 7);
	ck_assert_uint_eq(ntohl(x->km.seq), 3);
	ck_assert_uint_eq(x->mark.v, 0x10);
	ck_assert_uint_eq(x->mark.m, 0xf0);
	ck_assert_uint_eq(x->props.smark.v, 5);
	ck_assert_uint_eq(x->props.smark.m, 7);
	ck_assert_uint_eq(x->if_id, 9);
	ck_assert_uint_eq(x->tfcpad, 11);
	ck_assert_uint_eq(x->props.extra_flags, 3);
	ck_assert_uint_eq(x->props.flags, XFRM_STATE_NOECN | XFRM_STATE_ALIGN4);
	ck_assert_uint_eq(x->lft.hard_use_expires_seconds, 6);
	ck_assert_uint_eq(x->lft.hard_byte_limit, XFRM_INF);
	ck_assert_uint_eq(x->sel.prefixlen_d, 15);
	ck_assert_uint_eq(x->sel.family, AF_INET);
	ck_assert_uint_eq(ntohs(x->sel.sport), 0x102);
	ck_assert_uint_eq(ntohs(x->sel.dport), 0x304);
	ck_assert_uint_eq(x->pcpu_num, U32_MAX);
	ck_assert_uint_eq(x->outer_mode.encap, XFRM_MODE_TUNNEL);
	ck_assert_int_eq(x->km.state, XFRM_STATE_VALID);
	ck_assert_uint_ne(x->curlft.add_time, 0);
}
END_TEST

TCase *batch_case(void)
{
	TCase *tc = tcase_create("batch");

	tcase_add_checked_fixture(tc, make_sad, drop_sad);
	tcase_add_test(tc, takes);
	tcase_add_test(tc, refuses);
	tcase_add_test(tc, keys_stay_unsaid);
	tcase_add_test(tc, keys_stay_unkept);
	tcase_add_test(tc, binary_garbage);
	tcase_add_test(tc, too_many_words);
	tcase_add_test(tc, too_much_deleting);
	tcase_add_test(tc, values);
	return tc;
}
