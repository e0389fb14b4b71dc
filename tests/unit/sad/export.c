// SPDX-License-Identifier: BSD-2-Clause
#include "suites.h"

static char *export(enum sad_export_form form)
{
	struct strbuf b = STRBUF_INIT;

	ck_assert_int_eq(sad_export(sad, -1, form, &b), 0);
	return b.text;
}

static const char *const samples[] = {
	"sa/ip-6.1.txt",
	"sa/ip-6.1-s.txt",
	"../../examples/sa/gateway.conf",
	"../../examples/sa/sunrise-sunset.conf",
	"../../examples/sa/espudp.conf",
};

/* Out, in, and out again: the same. */
START_TEST(round_trip)
{
	size_t len;
	char *text = read_data(samples[_i], &len);
	int n = import(text);
	char *first, *again;

	ck_assert_msg(n > 0, "%s", import_error.text);
	first = export(SAD_EXPORT_BATCH);
	import_is("xfrm state flush", 0);
	import_is(first, n);
	again = export(SAD_EXPORT_BATCH);
	ck_assert_str_eq(first, again);
	free(text);
	free(first);
	free(again);
}
END_TEST

START_TEST(everything_in_a_line)
{
	const char *line =
		"xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000001 reqid 2 mode "
		"tunnel mark 0x1 mask 0xff output-mark 0x3 mask 0xf auth-trunc 'hmac(sha1)' '' 96 "
		"enc 'cbc(aes)' '' seq 4 replay-window 64 replay-seq 5 replay-seq-hi 6 flag noecn "
		"esn encap espinudp 4500 4501 1.2.3.4 ctx 'a b' limit time-hard 9 limit byte-soft "
		"10 offload packet dev eth0 dir in if_id 0xc tfcpad 13 nat_keepalive_interval 14 "
		"dir in pcpu-num 15 sel src 10.0.0.0/8 dst 0.0.0.0/0 dev eth1 proto tcp sport 1 "
		"dport 2\n";
	char *text;

	import_is(line, 1);
	text = export(SAD_EXPORT_BATCH);
	ck_assert_str_eq(text, line);
	free(text);
}
END_TEST

START_TEST(text_for_people)
{
	char *text;

	import_is("xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 mode tunnel mark 1 "
		  "enc aes 0x00112233445566778899aabbccddeeff replay-window 32 flag esn",
		  1);
	text = export(SAD_EXPORT_TEXT);
	ck_assert_str_eq(text,
			 "src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000001 mode tunnel mark "
			 "0x1 mask 0xffffffff replay-window 32 flag esn\n");
	free(text);
}
END_TEST

START_TEST(json)
{
	char *text;

	text = export(SAD_EXPORT_JSON);
	ck_assert_str_eq(text, "[]\n");
	free(text);
	import_is("xfrm state add src ::1 dst ::2 proto ah spi 1 auth sha1 ''\n"
		  "xfrm state add dst 10.0.0.2 proto esp spi 2 dir in pcpu-num 1",
		  2);
	text = export(SAD_EXPORT_JSON);
	ck_assert_str_eq(
		text,
		"[{\"src\": \"::1\", \"dst\": \"::2\", \"proto\": \"ah\", \"spi\": 1, \"reqid\": "
		"0, "
		"\"mode\": \"transport\", \"netns\": 0, \"mark\": 0, \"mask\": 0, \"output_mark\": "
		"0, \"output_mask\": 0, \"replay_window\": 0, \"esn\": false, \"seq\": 0, "
		"\"oseq\": "
		"0, \"flags\": [], \"if_id\": 0, \"auth\": \"hmac(sha1)\", \"bytes\": 0, "
		"\"packets\": 0},\n"
		" {\"src\": \"0.0.0.0\", \"dst\": \"10.0.0.2\", \"proto\": \"esp\", \"spi\": 2, "
		"\"reqid\": 0, \"mode\": \"transport\", \"netns\": 0, \"mark\": 0, \"mask\": 0, "
		"\"output_mark\": 0, \"output_mask\": 0, \"replay_window\": 0, \"esn\": false, "
		"\"seq\": 0, \"oseq\": 0, \"flags\": [], \"if_id\": 0, \"dir\": \"in\", "
		"\"pcpu_num\": 1, \"bytes\": 0, \"packets\": 0}]\n");
	free(text);
}
END_TEST

TCase *export_case(void)
{
	TCase *tc = tcase_create("export");

	tcase_add_checked_fixture(tc, make_sad, drop_sad);
	tcase_add_loop_test(tc, round_trip, 0, ARRAY_SIZE(samples));
	tcase_add_test(tc, everything_in_a_line);
	tcase_add_test(tc, text_for_people);
	tcase_add_test(tc, json);
	return tc;
}
