// SPDX-License-Identifier: BSD-2-Clause
#include <arpa/inet.h>
#include <stdlib.h>

#include "planner_state.h"
#include "suites.h"

/*
 * What decides was captured if, and only if, no padding can change the decision. The program itself
 * is asked, on every frame, at every length, with paddings that tempt it.
 */

#define SPI 0xc0010203

enum kind {
	KIND_OTHER,  /* cut short, nothing says that it is IPsec */
	KIND_IPSEC,  /* once its protocol is there */
	KIND_TUNNEL, /* UDP that may be IPsec: once its ports are there */
};

struct shape {
	const char *name;
	void (*build)(struct bytes *b);
	enum kind kind;
	u32 known;  /* bytes from which on @kind shows */
	u32 enough; /* bytes from which on the program may be asked */
	u32 reason;
};

static void v4_esp(struct bytes *b)
{
	esp_frame(b, SPI, 7, 40);
}

static void v4_ah(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 51, 0, 64);
	put32(b, 0x32040000);
	put_esp(b, SPI, 7, 52);
}

static void v4_options(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 12, 50, 0, 48);
	put_esp(b, SPI, 7, 40);
}

static void qinq(struct bytes *b)
{
	put_ethernet(b, 2, 0x0800);
	put_ipv4(b, 0, 50, 0, 48);
	put_esp(b, SPI, 7, 40);
}

static void nine_tags(struct bytes *b)
{
	put_ethernet(b, 9, 0x0800);
	put_ipv4(b, 0, 50, 0, 48);
	put_esp(b, SPI, 7, 40);
}

static void natt(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 17, 0, 56);
	put_udp(b, 40000, 4500, 48);
	put_esp(b, SPI, 7, 40);
}

static void natt_ike(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 17, 0, 56);
	put_udp(b, 4500, 4500, 48);
	put_esp(b, 0, 7, 40);
}

static void keepalive(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 17, 0, 9);
	put_udp(b, 4500, 4500, 1);
	put8(b, 0xff);
}

static void ike(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 17, 0, 56);
	put_udp(b, 500, 500, 48);
	put_esp(b, 1, 7, 40);
}

static void dns(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 17, 0, 56);
	put_udp(b, 53, 53, 48);
	put_esp(b, 1, 7, 40);
}

static void short_udp(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 17, 0, 56);
	put_udp(b, 4500, 4500, 100);
	put_esp(b, 1, 7, 40);
}

static void tcp(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 6, 0, 48);
	put_esp(b, 1, 7, 40);
}

static void first_fragment(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 50, 0x2000, 48);
	put_esp(b, SPI, 7, 40);
}

static void last_fragment(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 50, 6, 48);
	put_esp(b, SPI, 7, 40);
}

static void too_long(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 50, 0, 400);
	put_esp(b, SPI, 7, 40);
}

static void no_header(struct bytes *b)
{
	put_ethernet(b, 0, 0x0800);
	put_ipv4(b, 0, 50, 0, 4);
	put32(b, SPI);
	put_esp(b, 0, 0, 40);
}

static void arp(struct bytes *b)
{
	put_ethernet(b, 0, 0x0806);
	put_esp(b, SPI, 7, 40);
}

static void v6_esp(struct bytes *b)
{
	put_ethernet(b, 0, 0x86dd);
	put_ipv6(b, 50, 48);
	put_esp(b, SPI, 7, 40);
}

static void v6_headers(struct bytes *b)
{
	put_ethernet(b, 0, 0x86dd);
	put_ipv6(b, 0, 72);
	put(b, "\x3c\0\1\4\0\0\0\0", 8);
	put(b, "\x32\1\1\4\0\0\0\0\1\4\0\0\0\0\0\0", 16);
	put_esp(b, SPI, 7, 40);
}

static void v6_first(struct bytes *b)
{
	put_ethernet(b, 0, 0x86dd);
	put_ipv6(b, 44, 56);
	put(b, "\x32\0\0\1\0\0\0\1", 8);
	put_esp(b, SPI, 7, 40);
}

static void v6_atomic(struct bytes *b)
{
	put_ethernet(b, 0, 0x86dd);
	put_ipv6(b, 44, 56);
	put(b, "\x32\0\0\0\0\0\0\1", 8);
	put_esp(b, SPI, 7, 40);
}

static const struct shape shapes[] = {
	{"ESP", v4_esp, KIND_IPSEC, 24, 38, RSS_UNKNOWN_SA},
	{"AH", v4_ah, KIND_IPSEC, 24, 42, RSS_UNKNOWN_SA},
	{"options", v4_options, KIND_IPSEC, 24, 50, RSS_UNKNOWN_SA},
	{"QinQ", qinq, KIND_IPSEC, 32, 46, RSS_UNKNOWN_SA},
	{"nine tags", nine_tags, KIND_OTHER, 0, 46, RSS_TOO_MANY_TAGS},
	{"NAT-T", natt, KIND_TUNNEL, 38, 46, RSS_UNKNOWN_SA},
	{"NAT-T, IKE", natt_ike, KIND_TUNNEL, 38, 46, RSS_IKE},
	{"keepalive", keepalive, KIND_TUNNEL, 38, 43, RSS_KEEPALIVE},
	{"IKE", ike, KIND_OTHER, 0, 38, RSS_IKE},
	{"DNS", dns, KIND_OTHER, 0, 38, RSS_NOT_IPSEC},
	{"UDP length beyond the packet", short_udp, KIND_TUNNEL, 38, 40, RSS_MALFORMED},
	{"TCP", tcp, KIND_OTHER, 0, 34, RSS_NOT_IPSEC},
	{"first fragment", first_fragment, KIND_IPSEC, 24, 34, RSS_FRAGMENT},
	{"last fragment", last_fragment, KIND_IPSEC, 24, 34, RSS_FRAGMENT},
	{"length beyond the frame", too_long, KIND_IPSEC, 24, 34, RSS_MALFORMED},
	{"no room for ESP", no_header, KIND_IPSEC, 24, 34, RSS_MALFORMED},
	{"ARP", arp, KIND_OTHER, 0, 14, RSS_NOT_IPSEC},
	{"IPv6 ESP", v6_esp, KIND_IPSEC, 21, 58, RSS_UNKNOWN_SA},
	{"IPv6 headers", v6_headers, KIND_IPSEC, 64, 82, RSS_UNKNOWN_SA},
	{"IPv6 first fragment", v6_first, KIND_IPSEC, 55, 58, RSS_FRAGMENT},
	{"IPv6 atomic fragment", v6_atomic, KIND_IPSEC, 55, 66, RSS_UNKNOWN_SA},
};

static const u16 ports[] = {0x9411}; /* 4500 */

static struct rss_bench bench;
static struct espalier_sad *sad;

/* SAs whose SPIs are what a half SPI and zeroes make. */
static const char halves[] =
	"xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0xc0000000 mode tunnel\n"
	"xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0xc0010000 mode tunnel\n"
	"xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0xc0010200 mode tunnel\n";

static void set_up(void)
{
	struct rss_planner_options o = {.nr_cpus = 4, .nr_ports = 1, .ports = {htons(4500)}};
	struct rss_marks marks = {.nr = 1};
	struct espalier_error e;

	ck_assert_int_eq(espalier_set_cpus(4), 0);
	ck_assert_int_eq(espalier_sad_new(&sad), 0);
	ck_assert_int_eq(espalier_sad_import(sad, "halves", halves, sizeof(halves) - 1, 0, &e), 3);
	espalier_set_sad(sad);
	ck_assert_msg(!rss_bench_open(&bench, &o, RSS_BALANCE, &marks, &e), "%s", e.text);
}

static void tear_down(void)
{
	rss_bench_close(&bench);
	espalier_set_sad(NULL);
	espalier_sad_free(sad);
}

static struct rss_decision decide(const struct bytes *b)
{
	const struct rss_decision *d;
	struct espalier_error e;

	ck_assert_msg(!rss_bench_run(&bench, b->at, b->len, &d, &e), "%s", e.text);
	return *d;
}

static struct bytes padded(const struct bytes *whole, u32 captured, u32 how)
{
	struct bytes b = *whole;

	for (u32 i = captured; i < b.len; i++)
		b.at[i] = how == 0 ? 0 : how == 1 ? 0xff : (u8)random();
	return b;
}

static bool same(const struct rss_decision *a, const struct rss_decision *b)
{
	return a->reason == b->reason && a->cpu == b->cpu &&
	       (a->reason == RSS_FRAGMENT || !memcmp(&a->key, &b->key, sizeof(a->key)));
}

START_TEST(decided)
{
	const struct shape *s = &shapes[_i];
	struct bytes whole = {0};
	struct rss_decision d;

	s->build(&whole);
	d = decide(&whole);
	ck_assert_msg(d.reason == s->reason, "%s: reason %u", s->name, d.reason);
	for (u32 captured = s->enough; captured <= whole.len; captured++) {
		struct rss_headers h;

		rss_headers_read(whole.at, captured, whole.len, ports, 1, &h);
		ck_assert_msg(h.extent == RSS_EXTENT_ENOUGH, "%s at %u", s->name, captured);
		ck_assert_uint_le(h.usable, captured);
		for (u32 how = 0; how < 12; how++) {
			struct bytes b = padded(&whole, captured, how);
			struct rss_decision other = decide(&b);

			ck_assert_msg(same(&d, &other), "%s at %u, padding %u: %u, not %u", s->name,
				      captured, how, other.reason, d.reason);
		}
	}
}
END_TEST

START_TEST(undecided)
{
	const struct shape *s = &shapes[_i];
	struct bytes whole = {0};

	s->build(&whole);
	for (u32 captured = 0; captured < s->enough; captured++) {
		enum rss_extent want = s->kind != KIND_OTHER && captured >= s->known
					       ? RSS_EXTENT_IPSEC
					       : RSS_EXTENT_OTHER;
		struct rss_headers h;

		rss_headers_read(whole.at, captured, whole.len, ports, 1, &h);
		ck_assert_msg(h.extent == want, "%s at %u: %d", s->name, captured, h.extent);
	}
}
END_TEST

/* Nor may half an SPI of a first fragment name an SA: its fragment counter would move. */
START_TEST(half_an_spi)
{
	struct bytes whole = {0};

	first_fragment(&whole);
	for (u32 captured = 35; captured < 38; captured++) {
		struct rss_headers h;
		struct bytes b;

		rss_headers_read(whole.at, captured, whole.len, ports, 1, &h);
		ck_assert_uint_eq(h.usable, 34);
		b = padded(&whole, h.usable, 0);
		ck_assert_uint_eq(decide(&b).key.spi, 0);
	}
}
END_TEST

START_TEST(ends)
{
	struct rss_headers h;
	struct bytes b = {0};

	natt(&b);
	rss_headers_read(b.at, b.len, b.len, ports, 1, &h);
	ck_assert_uint_eq(h.family, AF_INET);
	ck_assert_uint_eq(h.source[0], htonl(0x0a000001));
	ck_assert_uint_eq(h.dest[0], htonl(0x0a000002));
	ck_assert(h.has_ports);
	ck_assert_uint_eq(h.sport, htons(40000));
	ck_assert_uint_eq(h.dport, htons(4500));
	b.len = 0;
	v6_first(&b);
	rss_headers_read(b.at, b.len, b.len, ports, 1, &h);
	ck_assert_uint_eq(h.family, AF_INET6);
	ck_assert(!h.has_ports);
	ck_assert_uint_eq(h.source[3], htonl(1));
	ck_assert_uint_eq(h.dest[3], htonl(2));
	b.len = 0;
	arp(&b);
	rss_headers_read(b.at, b.len, b.len, ports, 1, &h);
	ck_assert_uint_eq(h.family, 0);
}
END_TEST

TCase *cut_case(void)
{
	TCase *tc = tcase_create("cut");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 60);
	tcase_add_loop_test(tc, decided, 0, ARRAY_SIZE(shapes));
	tcase_add_loop_test(tc, undecided, 0, ARRAY_SIZE(shapes));
	tcase_add_test(tc, half_an_spi);
	tcase_add_test(tc, ends);
	return tc;
}
