// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/capture.h"
#include "subject.h"

/* Captures from life. The SA of the first two is 192.1.2.23 to .45, SPI 0x12345678. */
static const struct {
	const char *file;
	bool is_known; /* what is in it; the others are damaged */
	u32 counts[RSS_NR_REASONS];
} captures[] = {
	{"02-sunrise-sunset-esp.pcap", true, {[RSS_OWNER] = 8}},
	{"espudp1.pcap", true, {[RSS_OWNER] = 8}},
	{"ikev2four.pcap", true, {[RSS_IKE] = 21}},
	{"isakmp-rfc3948-oobr.pcap", false, {0}},
	{"esp_truncated.pcap", false, {0}},
};

static void run_capture(u32 nr)
{
	struct rss_count *reasons = subject.twin.reasons;
	struct espalier_error e;
	struct capture *cap;
	struct frame frame;
	char path[512];
	u32 n = 0;

	snprintf(path, sizeof(path), "%s/tests/data/pcap/%s", getenv("SOURCE"), captures[nr].file);
	ck_assert_msg(!capture_open(path, &cap, &e), "%s", e.text);
	while (capture_next(cap, &frame, &e) > 0) {
		if (frame.len < 14)
			continue;
		subject_run(frame.data, frame.len);
		n++;
	}
	capture_close(cap);
	ck_assert_uint_gt(n, 0);
	for (u32 i = 0; i < RSS_NR_REASONS; i++) {
		u32 expected = captures[nr].counts[i];

		/* By the policy where nothing names an owner. */
		if (reasons[RSS_POLICY].packets && (i == RSS_OWNER || i == RSS_POLICY))
			expected = captures[nr].counts[i == RSS_OWNER ? RSS_POLICY : RSS_OWNER];
		if (captures[nr].is_known)
			ck_assert_msg(reasons[i].packets == expected, "%s: reason %u: %llu packets",
				      path, i, reasons[i].packets);
	}
}

START_TEST(captures_from_life)
{
	struct twin_state x = esp_state(4, 0x12345678, 0);

	subject_begin(_i & 1 ? RSS_LOOKUP_MAP : RSS_LOOKUP_KFUNC, 0);
	inet_pton(AF_INET, "192.1.2.23", x.info.saddr);
	inet_pton(AF_INET, "192.1.2.45", x.key.daddr);
	if (!on_kernel && subject.lookup == RSS_LOOKUP_KFUNC) {
		/* Files of SAs, as an operator would write them, know no owner here. */
		x.info.pcpu_num = RSS_NO_CPU;
		x.info.reqid = 16385;
		subject_import(_i / 2 == 1 ? "espudp.conf" : "sunrise-sunset.conf", &x);
	} else {
		subject_add(&x);
	}
	run_capture((u32)_i / 2);
	subject_audit();
	subject_end();
}
END_TEST

TCase *capture_case(void)
{
	TCase *tc = tcase_create("capture");

	tcase_add_loop_test(tc, captures_from_life, 0, 2 * ARRAY_SIZE(captures));
	return tc;
}
