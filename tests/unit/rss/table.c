// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <string.h>

#include "subject.h"

/* Frames made by hand, each with the reason that it has to count under. */
enum {
	SPI = 0x12345678,
	OTHER_PORT = 10000
};

#define E(...)	   .content = CONTENT_ESP, .payload = 64, .spi = SPI, __VA_ARGS__
#define U(s, d, p) .spi = SPI, .sport = s, .dport = d, .payload = p
#define EXTS(...)  .ext = {__VA_ARGS__}
#define DST(l)                       \
	{                            \
		.type = 60, .len = l \
	}
#define FRAG(o, m)                                        \
	{                                                 \
		.type = 44, .frag = (u16)((o) << 3 | (m)) \
	}
#define TAGS8 0x8100, 0x88a8, 0x9100, 0x8100, 0x8100, 0x8100, 0x8100, 0x8100

static const struct entry {
	const char *name;
	enum rss_reason reason;
	bool has_key;
	struct shape shape;
} table[] = {
	{"esp", RSS_OWNER, true, {.version = 4, E()}},
	{"ah", RSS_OWNER, true, {.version = 4, .content = CONTENT_AH, .spi = SPI}},
	{"one tag", RSS_OWNER, true, {.nr_tags = 1, .tpid = {0x8100}, .version = 4, E()}},
	{"QinQ", RSS_OWNER, true, {.nr_tags = 2, .tpid = {0x88a8, 0x8100}, .version = 4, E()}},
	{"QinQ before 802.1ad",
	 RSS_OWNER,
	 true,
	 {.nr_tags = 2, .tpid = {0x9100, 0x9100}, .version = 4, E()}},
	{"eight tags", RSS_OWNER, true, {.nr_tags = 8, .tpid = {TAGS8}, .version = 4, E()}},
	{"nine tags",
	 RSS_TOO_MANY_TAGS,
	 false,
	 {.nr_tags = 9, .tpid = {TAGS8, 0x88a8}, .version = 4, E()}},
	{"twelve tags",
	 RSS_TOO_MANY_TAGS,
	 false,
	 {.nr_tags = 12, .tpid = {TAGS8, 0x88a8, 0x8100, 0x8100, 0x8100}, .version = 4, E()}},
	{"nine tags, the last cut",
	 RSS_TOO_MANY_TAGS,
	 false,
	 {.nr_tags = 9, .tpid = {TAGS8, 0x88a8}, .ethertype = 0x806, .cut = 4}},
	{"a tag and nothing",
	 RSS_MALFORMED,
	 false,
	 {.nr_tags = 1, .tpid = {0x8100}, .ethertype = 0x800, .cut = 2}},
	{"eight tags, ARP",
	 RSS_NOT_IPSEC,
	 false,
	 {.nr_tags = 8, .tpid = {TAGS8}, .ethertype = 0x806, .payload = 28}},
	{"ARP", RSS_NOT_IPSEC, false, {.ethertype = 0x806, .payload = 28}},
	{"an unknown tag",
	 RSS_NOT_IPSEC,
	 false,
	 {.nr_tags = 1, .tpid = {0x9200}, .version = 4, E()}},
	{"IPv4 by EtherType only", RSS_MALFORMED, false, {.ethertype = 0x800, .payload = 60}},
	{"IPv6 by EtherType only", RSS_MALFORMED, false, {.ethertype = 0x86dd, .payload = 60}},
	{"EtherType alone", RSS_NOT_IPSEC, false, {.ethertype = 0x806}},

	{"options", RSS_OWNER, true, {.version = 4, .options = 1, E()}},
	{"most options", RSS_OWNER, true, {.version = 4, .options = 10, E()}},
	{"don't fragment", RSS_OWNER, true, {.version = 4, .frag = 0x4000, E()}},
	{"reserved flag", RSS_OWNER, true, {.version = 4, .frag = 0x8000, E()}},
	{"first fragment", RSS_FRAGMENT, true, {.version = 4, .frag = 0x2000, E()}},
	{"first fragment, AH",
	 RSS_FRAGMENT,
	 true,
	 {.version = 4, .frag = 0x2000, .content = CONTENT_AH, .spi = SPI}},
	{"first fragment without SPI",
	 RSS_FRAGMENT,
	 false,
	 {.version = 4, .frag = 0x2000, .content = CONTENT_RAW, .payload = 7}},
	{"middle fragment", RSS_FRAGMENT, false, {.version = 4, .frag = 0x20b9, E()}},
	{"last fragment", RSS_FRAGMENT, false, {.version = 4, .frag = 0x00b9, E()}},
	{"last fragment, AH",
	 RSS_FRAGMENT,
	 false,
	 {.version = 4, .frag = 0x1fff, .content = CONTENT_AH}},
	{"empty fragment",
	 RSS_FRAGMENT,
	 false,
	 {.version = 4, .frag = 0x00b9, .content = CONTENT_RAW}},
	{"fragment of UDP",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 4, .frag = 0x2000, .content = CONTENT_UDP_ESP, U(4500, 4500, 64)}},
	{"fragment of TCP",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 4, .frag = 0x2000, .content = CONTENT_RAW, .proto = 6, .payload = 64}},
	{"TCP",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 4, .content = CONTENT_RAW, .proto = 6, .payload = 64}},
	{"ICMP",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 4, .content = CONTENT_RAW, .proto = 1, .payload = 64}},
	{"IPComp",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 4, .content = CONTENT_RAW, .proto = 108, .payload = 64}},
	{"no payload", RSS_MALFORMED, false, {.version = 4, .content = CONTENT_RAW}},
	{"SPI without sequence number",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_RAW, .payload = 7}},
	{"SPI and sequence number",
	 RSS_UNKNOWN_SA,
	 true,
	 {.version = 4, .content = CONTENT_RAW, .payload = 8}},
	{"AH without its SPI",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_RAW, .proto = 51, .payload = 11}},
	{"length beyond the frame", RSS_MALFORMED, false, {.version = 4, .ip_lie = 1, E()}},
	{"length ends before the SPI", RSS_MALFORMED, false, {.version = 4, .ip_lie = -65, E()}},
	{"length ends behind the sequence number",
	 RSS_OWNER,
	 true,
	 {.version = 4, .ip_lie = -64, E()}},
	{"length below the header", RSS_MALFORMED, false, {.version = 4, .ip_lie = -73, E()}},
	{"length 0", RSS_MALFORMED, false, {.version = 4, .ip_lie = -92, E()}},
	{"trailer", RSS_OWNER, true, {.version = 4, .pad = 40, E()}},
	{"SPI only in the trailer",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_RAW, .pad = 46}},
	{"unknown SPI",
	 RSS_UNKNOWN_SA,
	 true,
	 {.version = 4, .content = CONTENT_ESP, .spi = 7, .payload = 64}},
	{"SPI 0",
	 RSS_UNKNOWN_SA,
	 true,
	 {.version = 4, .content = CONTENT_ESP, .spi = 0, .payload = 64}},

	{"NAT-T", RSS_OWNER, true, {.version = 4, .content = CONTENT_UDP_ESP, U(4500, 4500, 64)}},
	{"NAT-T from a random port",
	 RSS_OWNER,
	 true,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(61234, 4500, 64)}},
	{"NAT-T to a random port",
	 RSS_OWNER,
	 true,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(4500, 61234, 64)}},
	{"NAT-T to a configured port",
	 RSS_OWNER,
	 true,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(61234, OTHER_PORT, 64)}},
	{"NAT-T from a configured port",
	 RSS_OWNER,
	 true,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(OTHER_PORT, 61234, 64)}},
	{"other ports",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(61234, 53, 64)}},
	{"port 4500 in the other byte order",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(0x9411, 0x9411, 64)}},
	{"IKE behind the marker",
	 RSS_IKE,
	 false,
	 {.version = 4, .content = CONTENT_UDP_IKE, U(4500, 4500, 64)}},
	{"marker alone",
	 RSS_IKE,
	 false,
	 {.version = 4, .content = CONTENT_UDP_IKE, U(4500, 4500, 0)}},
	{"IKE",
	 RSS_IKE,
	 false,
	 {.version = 4, .content = CONTENT_UDP, .sport = 500, .dport = 500, .payload = 200}},
	{"IKE from a NAT",
	 RSS_IKE,
	 false,
	 {.version = 4, .content = CONTENT_UDP, .sport = 40000, .dport = 500, .payload = 200}},
	{"IKE from 500 to 4500",
	 RSS_IKE,
	 false,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(500, 4500, 64)}},
	{"keepalive",
	 RSS_KEEPALIVE,
	 false,
	 {.version = 4, .content = CONTENT_KEEPALIVE, U(4500, 4500, 64)}},
	{"keepalive, padded",
	 RSS_KEEPALIVE,
	 false,
	 {.version = 4, .content = CONTENT_KEEPALIVE, U(4500, 4500, 64), .pad = 17}},
	{"keepalive elsewhere",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 4, .content = CONTENT_KEEPALIVE, .sport = 53, .dport = 53}},
	{"one byte that is no keepalive",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_UDP, U(4500, 4500, 1)}},
	{"three bytes",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_UDP, U(4500, 4500, 3)}},
	{"SPI alone in UDP",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_UDP, U(4500, 4500, 4)}},
	{"empty datagram",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_UDP, U(4500, 4500, 0)}},
	{"UDP header cut",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_RAW, .proto = 17, .payload = 7}},
	{"UDP length beyond the packet",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(4500, 4500, 64), .udp_lie = 1, .pad = 20}},
	{"UDP length below the header",
	 RSS_MALFORMED,
	 false,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(4500, 4500, 64), .udp_lie = -73}},
	{"UDP length before the packet's end",
	 RSS_OWNER,
	 true,
	 {.version = 4, .content = CONTENT_UDP_ESP, U(4500, 4500, 64), .udp_lie = -64}},

	{"IPv6", RSS_OWNER, true, {.version = 6, E()}},
	{"IPv6, AH", RSS_OWNER, true, {.version = 6, .content = CONTENT_AH, .spi = SPI}},
	{"IPv6 in a VLAN",
	 RSS_OWNER,
	 true,
	 {.nr_tags = 2, .tpid = {0x88a8, 0x8100}, .version = 6, E()}},
	{"IPv6, NAT-T",
	 RSS_OWNER,
	 true,
	 {.version = 6, .content = CONTENT_UDP_ESP, U(4500, 4500, 64)}},
	{"IPv6, keepalive",
	 RSS_KEEPALIVE,
	 false,
	 {.version = 6, .content = CONTENT_KEEPALIVE, U(4500, 4500, 64)}},
	{"IPv6, marker",
	 RSS_IKE,
	 false,
	 {.version = 6, .content = CONTENT_UDP_IKE, U(4500, 4500, 64)}},
	{"hop-by-hop", RSS_OWNER, true, {.version = 6, .nr_exts = 1, EXTS({.type = 0}), E()}},
	{"routing",
	 RSS_OWNER,
	 true,
	 {.version = 6, .nr_exts = 1, EXTS({.type = 43, .len = 2}), E()}},
	{"destination options", RSS_OWNER, true, {.version = 6, .nr_exts = 1, EXTS(DST(3)), E()}},
	{"all of them",
	 RSS_OWNER,
	 true,
	 {.version = 6, .nr_exts = 4, EXTS({.type = 0}, DST(0), {.type = 43}, DST(1)), E()}},
	{"eight extension headers",
	 RSS_OWNER,
	 true,
	 {.version = 6,
	  .nr_exts = 8,
	  EXTS(DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), DST(0)),
	  E()}},
	{"nine extension headers",
	 RSS_MALFORMED,
	 false,
	 {.version = 6,
	  .nr_exts = 9,
	  EXTS(DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), DST(0)),
	  E()}},
	{"the ninth is a fragment header",
	 RSS_MALFORMED,
	 false,
	 {.version = 6,
	  .nr_exts = 9,
	  EXTS(DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), FRAG(0, 1)),
	  E()}},
	{"the eighth is a fragment header",
	 RSS_FRAGMENT,
	 true,
	 {.version = 6,
	  .nr_exts = 8,
	  EXTS(DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), DST(0), FRAG(0, 1)),
	  E()}},
	{"extension headers up to the last offset",
	 RSS_OWNER,
	 true,
	 {.version = 6,
	  .nr_exts = 8,
	  EXTS(DST(255), DST(255), DST(255), DST(255), DST(255), DST(255), DST(255), DST(230)),
	  E()}},
	{"extension headers beyond it",
	 RSS_MALFORMED,
	 false,
	 {.version = 6,
	  .nr_exts = 8,
	  EXTS(DST(255), DST(255), DST(255), DST(255), DST(255), DST(255), DST(255), DST(255)),
	  E()}},
	{"extension header beyond the packet",
	 RSS_MALFORMED,
	 false,
	 {.version = 6, .nr_exts = 1, EXTS(DST(20)), .ip_lie = -80, E()}},
	{"extension header cut",
	 RSS_MALFORMED,
	 false,
	 {.version = 6, .proto = 60, .content = CONTENT_RAW, .payload = 7}},
	{"first fragment, IPv6",
	 RSS_FRAGMENT,
	 true,
	 {.version = 6, .nr_exts = 1, EXTS(FRAG(0, 1)), E()}},
	{"middle fragment, IPv6",
	 RSS_FRAGMENT,
	 false,
	 {.version = 6, .nr_exts = 1, EXTS(FRAG(185, 1)), E()}},
	{"last fragment, IPv6",
	 RSS_FRAGMENT,
	 false,
	 {.version = 6, .nr_exts = 1, EXTS(FRAG(185, 0)), E()}},
	{"fragment behind options",
	 RSS_FRAGMENT,
	 true,
	 {.version = 6, .nr_exts = 3, EXTS({.type = 0}, DST(1), FRAG(0, 1)), E()}},
	{"fragment of options",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 6, .nr_exts = 2, EXTS(FRAG(0, 1), DST(0)), E()}},
	{"fragment of UDP, IPv6",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 6,
	  .nr_exts = 1,
	  EXTS(FRAG(0, 1)),
	  .content = CONTENT_UDP_ESP,
	  U(4500, 4500, 64)}},
	{"atomic fragment", RSS_OWNER, true, {.version = 6, .nr_exts = 1, EXTS(FRAG(0, 0)), E()}},
	{"atomic fragment, reserved bits",
	 RSS_OWNER,
	 true,
	 {.version = 6, .nr_exts = 1, EXTS(FRAG(0, 6)), E()}},
	{"atomic fragment, options behind it",
	 RSS_OWNER,
	 true,
	 {.version = 6, .nr_exts = 2, EXTS(FRAG(0, 0), DST(0)), E()}},
	{"fragment header cut",
	 RSS_MALFORMED,
	 false,
	 {.version = 6, .proto = 44, .content = CONTENT_RAW, .payload = 7}},
	{"IPv6, no next header",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 6, .content = CONTENT_RAW, .proto = 59}},
	{"IPv6, mobility",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 6, .content = CONTENT_RAW, .proto = 135, .payload = 64}},
	{"IPv6, length beyond the frame", RSS_MALFORMED, false, {.version = 6, .ip_lie = 1, E()}},
	{"IPv6, length 0", RSS_MALFORMED, false, {.version = 6, .ip_lie = -72, E()}},
	{"IPv6, ICMPv6",
	 RSS_NOT_IPSEC,
	 false,
	 {.version = 6, .content = CONTENT_RAW, .proto = 58, .payload = 64}},
	{"jumbo",
	 RSS_OWNER,
	 true,
	 {.version = 4, .content = CONTENT_ESP, .spi = SPI, .payload = 8900}},
	{"as large as it gets",
	 RSS_OWNER,
	 true,
	 {.version = 4, .content = CONTENT_ESP, .spi = SPI, .payload = 65507}},
};

static void ends_of(struct shape *s)
{
	struct shape esp = shape_esp(s->version == 6 ? 6 : 4, 0);

	memcpy(s->saddr, esp.saddr, 16);
	memcpy(s->daddr, esp.daddr, 16);
}

static void begin(enum rss_lookup lookup)
{
	static const struct {
		u8 version, proto;
	} all[] = {{4, 50}, {4, 51}, {6, 50}, {6, 51}};

	subject_begin(lookup, 0);
	subject.twin.config.nr_ports = 2;
	subject.twin.config.ports[1] = htons(OTHER_PORT);
	subject.twin.config.ports[2] = htons(53); /* not in use */
	subject_sync();
	for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
		struct twin_state x = esp_state(all[i].version, SPI, 0);

		/* An SPI is unique to a protocol in the kernel: IPv6 gets its SAs in place of. */
		x.key.proto = all[i].proto;
		if (on_kernel && subject.lookup == RSS_LOOKUP_KFUNC && all[i].version == 6)
			x.key.spi = htonl(SPI + 1);
		subject_add(&x);
	}
}

/* Without per-CPU SAs all are on the policy. */
static enum rss_reason expected(enum rss_reason reason)
{
	return reason == RSS_OWNER && subject.twin.owners_hidden ? RSS_POLICY : reason;
}

static void run_table(enum rss_lookup lookup)
{
	begin(lookup);
	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		struct shape s = table[i].shape;
		struct rss_decision d;

		ends_of(&s);
		if (on_kernel && subject.lookup == RSS_LOOKUP_KFUNC && s.version == 6 &&
		    s.spi == SPI)
			s.spi++;
		d = subject_shape(&s);
		ck_assert_msg(d.reason == expected(table[i].reason) &&
				      d.has_key == table[i].has_key,
			      "%s: reason %u, key %u", table[i].name, d.reason, d.has_key);
		if (d.reason == RSS_OWNER)
			ck_assert_uint_eq(d.cpu, 0);
		else
			ck_assert_uint_eq(d.cpu == RSS_NO_CPU,
					  d.reason != RSS_FRAGMENT && d.reason != RSS_POLICY);
	}
	subject_audit();
	subject_end();
}

START_TEST(every_shape_has_its_reason)
{
	run_table(_i ? RSS_LOOKUP_MAP : RSS_LOOKUP_KFUNC);
}
END_TEST

/* Cut at every byte, and every byte another. */
START_TEST(every_byte_is_cut_and_changed)
{
	static u8 frame[FRAME_MAX];

	begin(_i ? RSS_LOOKUP_MAP : RSS_LOOKUP_KFUNC);
	for (u32 i = 0; i < ARRAY_SIZE(table); i++) {
		struct shape s = table[i].shape;
		u32 len;

		ends_of(&s);
		len = min(shape_frame(&s, frame), 220u);
		for (u32 cut = 14; cut < len; cut++)
			subject_run(frame, cut);
		for (u32 at = 12; at < len && at < 100; at++) {
			u8 was = frame[at];

			frame[at] ^= (u8)(1u << (at + i) % 8);
			subject_run(frame, len);
			frame[at] = 0xff;
			subject_run(frame, len);
			frame[at] = 0;
			subject_run(frame, len);
			frame[at] = was;
		}
	}
	subject_audit();
	subject_end();
}
END_TEST

/* All fragments of two hosts meet on one CPU, whichever SA they are of, and in both families. */
START_TEST(fragments_meet)
{
	struct shape s = shape_esp(4, SPI), all[4];
	u32 cpu = RSS_NO_CPU, met[2] = {0};

	begin(RSS_LOOKUP_MAP);
	for (u32 host = 0; host < 64; host++) {
		for (u32 i = 0; i < ARRAY_SIZE(all); i++) {
			struct rss_decision d;

			all[i] = s;
			all[i].saddr[3] = (u8)host;
			all[i].spi = SPI + i;
			all[i].content = i == 3 ? CONTENT_AH : CONTENT_ESP;
			all[i].frag = (u16)(i ? 0x2000 | i * 100 : 0x2000);
			d = subject_shape(&all[i]);
			ck_assert_uint_eq(d.reason, RSS_FRAGMENT);
			if (i)
				ck_assert_uint_eq(d.cpu, cpu);
			cpu = d.cpu;
		}
		ck_assert_uint_lt(cpu, subject_queues());
		met[cpu]++;
	}
	if (subject_queues() == 2)
		ck_assert(met[0] > 16 && met[1] > 16);
	subject_end();
}
END_TEST

TCase *table_case(void)
{
	TCase *tc = tcase_create("table");

	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, every_shape_has_its_reason, 0, 2);
	tcase_add_loop_test(tc, every_byte_is_cut_and_changed, 0, 2);
	tcase_add_test(tc, fragments_meet);
	return tc;
}
