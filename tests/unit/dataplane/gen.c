// SPDX-License-Identifier: BSD-2-Clause
#include "dataplane/gen.h"

#include <espalier/sad.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "suites.h"

static struct gen *open_gen(const char *spec, struct espalier_sad *sad)
{
	struct espalier_error e = {0};
	struct gen *g = NULL;

	ck_assert_msg(!gen_open(spec, sad, &g, &e), "%s: %s", spec, e.text);
	return g;
}

/* Every frame of a specification through the parser and then through @look. */
static u32 each_of(const char *spec, struct espalier_sad *sad,
		   void (*look)(const struct frame *f, const struct parsed *p, u32 i, void *arg),
		   void *arg)
{
	struct gen *g = open_gen(spec, sad);
	struct frame frames[64];
	u32 n, all = 0;

	while ((n = gen_burst(g, frames, 64))) {
		for (u32 i = 0; i < n; i++) {
			struct parsed p;

			parse(&frames[i], &p);
			if (look)
				look(&frames[i], &p, all + i, arg);
		}
		all += n;
	}
	ck_assert_uint_eq(gen_burst(g, frames, 64), 0);
	gen_close(g);
	return all;
}

static void is_kind(const struct frame *f, const struct parsed *p, u32 i, void *arg)
{
	const char *kind = arg;

	(void)f;
	(void)i;
	if (!strcmp(kind, "esp"))
		ck_assert_uint_eq(p->proto, 50);
	else if (!strcmp(kind, "ah"))
		ck_assert_uint_eq(p->proto, 51);
	else if (!strcmp(kind, "tcp"))
		ck_assert_uint_eq(p->proto, 6);
	else
		ck_assert_uint_eq(p->proto, 17);
	ck_assert_int_eq(p->esp_udp, !strcmp(kind, "esp-udp"));
	ck_assert_int_eq(p->ike, !strncmp(kind, "ike", 3));
	ck_assert_int_eq(p->keepalive, !strcmp(kind, "keepalive"));
	if (!strcmp(kind, "ike"))
		ck_assert_uint_eq(p->dport, 500);
	if (!strcmp(kind, "ike-natt"))
		ck_assert_uint_eq(p->dport, 4500);
}

static const char *const kinds[] = {"esp", "esp-udp", "ah",	  "udp",
				    "tcp", "ike",     "ike-natt", "keepalive"};

START_TEST(every_kind_parses)
{
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (u32 family = 4; family <= 6; family += 2) {
			char spec[128];

			snprintf(spec, sizeof(spec),
				 "kind=%s,family=%u,count=500,size=60-1600,sas=7", kinds[i],
				 family);
			ck_assert_uint_eq(each_of(spec, NULL, is_kind, (void *)kinds[i]), 500);
		}
	}
}
END_TEST

START_TEST(extreme_sizes_parse)
{
	ck_assert_uint_eq(each_of("size=65535,count=50", NULL, NULL, NULL), 50);
	ck_assert_uint_eq(each_of("size=65535,count=50,kind=mix,family=6", NULL, NULL, NULL), 50);
	ck_assert_uint_eq(each_of("size=65535,count=50,kind=tcp,frag=100,family=6,vlan=1.2", NULL,
				  NULL, NULL),
			  50);
	ck_assert_uint_eq(each_of("size=60,count=500,kind=mix,frag=50", NULL, NULL, NULL), 500);
}
END_TEST

static void size_fits(const struct frame *f, const struct parsed *p, u32 i, void *arg)
{
	u32 size = *(u32 *)arg;

	(void)p;
	(void)i;
	ck_assert_uint_le(f->len, size);
	ck_assert_uint_gt(f->len + 4, size);
}

START_TEST(size_is_that_of_the_frame)
{
	u32 size = 201;

	each_of("size=201,count=10", NULL, size_fits, &size);
	each_of("size=201,count=10,kind=esp-udp,vlan=7,family=6", NULL, size_fits, &size);
	size = 1518;
	each_of("size=1518,count=10,kind=ah", NULL, size_fits, &size);
}
END_TEST

static void count_imix(const struct frame *f, const struct parsed *p, u32 i, void *arg)
{
	u32 *n = arg;

	(void)p;
	(void)i;
	n[f->len < 100 ? 0 : f->len < 600 ? 1 : 2]++;
}

START_TEST(imix)
{
	u32 n[3] = {0};

	each_of("size=imix,count=12000", NULL, count_imix, n);
	ck_assert_uint_gt(n[0], 6600);
	ck_assert_uint_lt(n[0], 7400);
	ck_assert_uint_gt(n[1], 3600);
	ck_assert_uint_lt(n[1], 4400);
	ck_assert_uint_gt(n[2], 800);
	ck_assert_uint_lt(n[2], 1200);
}
END_TEST

static void tagged(const struct frame *f, const struct parsed *p, u32 i, void *arg)
{
	(void)f;
	(void)i;
	(void)arg;
	ck_assert_uint_eq(p->vlans, 2);
	ck_assert_uint_eq(p->vlan[0], 100);
	ck_assert_uint_eq(p->vlan[1], 7);
}

START_TEST(vlan_tags)
{
	each_of("vlan=100.7,count=20,kind=mix", NULL, tagged, NULL);
}
END_TEST

static void in_sequence(const struct frame *f, const struct parsed *p, u32 i, void *arg)
{
	(void)arg;
	ck_assert_uint_eq(p->spi, 0x1000 + i % 4);
	ck_assert_uint_eq(p->seq, 0xfffffffe + i / 4); /* and wraps */
	ck_assert_uint_eq(f->time_ns, i * 1000000000ull / 3000000);
}

START_TEST(sequence_numbers_count_up_per_sa)
{
	each_of("sas=4,spi=0x1000,seq=0xfffffffe,count=40,rate=3000000", NULL, in_sequence, NULL);
}
END_TEST

static void from_there(const struct frame *f, const struct parsed *p, u32 i, void *arg)
{
	static const u8 src[4] = {10, 1, 2, 3}, dst[4] = {10, 4, 5, 6};

	(void)f;
	(void)i;
	(void)arg;
	ck_assert_mem_eq(p->src, src, 4);
	ck_assert_mem_eq(p->dst, dst, 4);
}

START_TEST(addresses)
{
	each_of("src=10.1.2.3,dst=10.4.5.6,count=10,kind=mix", NULL, from_there, NULL);
}
END_TEST

static void count_spi(const struct frame *f, const struct parsed *p, u32 i, void *arg)
{
	u32 *n = arg;

	(void)f;
	(void)i;
	ck_assert_uint_lt(p->spi - 1000, 50);
	n[p->spi - 1000]++;
}

START_TEST(distributions)
{
	u32 even[50] = {0}, uniform[50] = {0}, zipf[50] = {0};

	each_of("sas=50,spi=1000,count=20000", NULL, count_spi, even);
	each_of("sas=50,spi=1000,count=20000,dist=uniform", NULL, count_spi, uniform);
	each_of("sas=50,spi=1000,count=20000,dist=zipf", NULL, count_spi, zipf);
	for (u32 i = 0; i < 50; i++) {
		ck_assert_uint_eq(even[i], 400);
		ck_assert_uint_gt(uniform[i], 300);
		ck_assert_uint_lt(uniform[i], 500);
	}
	/* 1 / (k * H(50)), H(50) = 4.4992 */
	for (u32 k = 1; k <= 50; k++) {
		double want = 20000 / (k * 4.4992);

		ck_assert_double_gt(zipf[k - 1], want * 0.6);
		ck_assert_double_lt(zipf[k - 1], want * 1.4);
	}
}
END_TEST

/* A first fragment waits for its second. */
struct halves {
	u32 cut;
	u32 first_len;
	u32 pairs;
	u8 proto;
	u8 whole[2048];
};

static void reassemble(const struct frame *f, const struct parsed *p, u32 i, void *arg)
{
	struct halves *h = arg;
	struct frame whole;
	struct parsed again;

	(void)i;
	if (!p->fragment) {
		ck_assert_uint_eq(h->cut, 0);
		return;
	}
	if (p->more) {
		ck_assert_uint_eq(h->cut, 0);
		ck_assert_uint_eq(p->frag_off, 0);
		ck_assert_uint_eq(p->l4_len % 8, 0);
		h->cut = p->l4_len;
		/* As it was before it was cut: without the fragment header, and with DF. */
		h->first_len = p->family == 6 ? 54 : 34;
		memcpy(h->whole, f->data, h->first_len);
		memcpy(h->whole + h->first_len, p->l4, p->l4_len);
		return;
	}
	ck_assert_uint_eq(p->frag_off, h->cut);
	memcpy(h->whole + h->first_len + h->cut, p->l4, p->l4_len);
	if (p->family == 6) {
		h->whole[14 + 4] = (u8)((h->cut + p->l4_len) >> 8);
		h->whole[14 + 5] = (u8)(h->cut + p->l4_len);
		h->whole[14 + 6] = p->proto;
	} else {
		u32 len = 20 + h->cut + p->l4_len, sum = 0;

		h->whole[14 + 2] = (u8)(len >> 8);
		h->whole[14 + 3] = (u8)len;
		memset(h->whole + 14 + 6, 0, 2);
		memset(h->whole + 14 + 10, 0, 2);
		for (u32 k = 0; k < 20; k += 2)
			sum += (u32)(h->whole[14 + k] << 8 | h->whole[15 + k]);
		sum = (sum & 0xffff) + (sum >> 16);
		sum = ~((sum & 0xffff) + (sum >> 16));
		h->whole[14 + 10] = (u8)(sum >> 8);
		h->whole[14 + 11] = (u8)sum;
	}
	whole = (struct frame){.data = h->whole, .len = h->first_len + h->cut + p->l4_len};
	whole.wire_len = whole.len;
	parse(&whole, &again); /* its checksums hold again */
	ck_assert(!again.fragment);
	h->cut = 0;
	h->pairs++;
}

START_TEST(fragments_make_the_packet)
{
	static const char *const specs[] = {
		"kind=udp,frag=30,count=2000,size=300-900", "kind=tcp,frag=100,count=2000,family=6",
		"kind=ah,frag=30,count=2000,size=333,family=6", "kind=esp,frag=30,count=2000"};

	for (u32 i = 0; i < ARRAY_SIZE(specs); i++) {
		struct halves h = {0};

		ck_assert_uint_eq(each_of(specs[i], NULL, reassemble, &h), 2000);
		ck_assert_uint_gt(h.pairs, i == 1 ? 999 : 350);
		ck_assert_uint_lt(h.pairs, i == 1 ? 1001 : 550);
	}
}
END_TEST

static void hash_all(const struct frame *f, const struct parsed *p, u32 i, void *arg)
{
	u64 *h = arg;

	(void)p;
	(void)i;
	for (u32 k = 0; k < f->len; k++)
		*h = (*h ^ f->data[k]) * 0x100000001b3ull;
	*h ^= f->time_ns;
}

#define ALL_SORTS "kind=mix,size=60-1500,sas=9,dist=zipf:1.2,frag=5,count=3000"

START_TEST(a_seed_makes_the_same_frames)
{
	u64 a = 0, b = 0, c = 0;

	each_of(ALL_SORTS, NULL, hash_all, &a);
	each_of(ALL_SORTS ",seed=1", NULL, hash_all, &b);
	each_of(ALL_SORTS ",seed=2", NULL, hash_all, &c);
	ck_assert_uint_eq(a, b);
	ck_assert_uint_ne(a, c);
}
END_TEST

START_TEST(bursts_do_not_change_them)
{
	struct gen *one = open_gen(ALL_SORTS, NULL), *many = open_gen(ALL_SORTS, NULL);
	struct frame f, frames[64];
	u32 n;

	while ((n = gen_burst(many, frames, 64))) {
		for (u32 i = 0; i < n; i++) {
			ck_assert_uint_eq(gen_burst(one, &f, 1), 1);
			ck_assert_uint_eq(f.len, frames[i].len);
			ck_assert_mem_eq(f.data, frames[i].data, f.len);
		}
	}
	ck_assert_uint_eq(gen_burst(one, &f, 1), 0);
	gen_close(one);
	gen_close(many);
}
END_TEST

#define SAS                                                                                   \
	"xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x1111 mode tunnel\n"         \
	"xfrm state add src 2001:db8::9 dst 2001:db8::a proto ah spi 0x2222 mode transport\n" \
	"xfrm state add src 10.0.0.3 dst 10.0.0.4 proto esp spi 0x3333 mode tunnel "          \
	"encap espinudp 4500 41234 0.0.0.0\n"                                                 \
	"xfrm state add src 10.0.0.5 dst 10.0.0.6 proto comp spi 0x44 mode transport\n"       \
	"xfrm state add src 10.0.0.7 dst 10.0.0.8 proto esp spi 0x5555 mode tunnel dir out\n"

static struct espalier_sad *make_sad(void)
{
	struct espalier_error e = {0};
	struct espalier_sad *sad;

	ck_assert_int_eq(espalier_sad_new(&sad), 0);
	ck_assert_msg(espalier_sad_import(sad, "sas", SAS, strlen(SAS), 0, &e) == 5, "%s", e.text);
	return sad;
}

/* Ports of ESP in UDP are the SA's: the parser knows 4500 only. */
static void is_in_udp(const struct frame *f)
{
	const u8 *udp = f->data + 34;

	ck_assert_uint_eq(f->data[30 + 3], 4);
	ck_assert_uint_eq(udp[0] << 8 | udp[1], 4500);
	ck_assert_uint_eq(udp[2] << 8 | udp[3], 41234);
	ck_assert_uint_eq(udp[10] << 8 | udp[11], 0x3333);
}

static u32 is_of_the_database(const struct frame *f)
{
	struct parsed p;

	if (f->data[13] == 0 && f->data[23] == 17) {
		is_in_udp(f);
		return 4;
	}
	parse(f, &p);
	if (p.spi == 0x1111) {
		ck_assert_uint_eq(p.proto, 50);
		ck_assert_uint_eq(p.src[3], 1);
		ck_assert_uint_eq(p.dst[3], 2);
		return 1;
	}
	ck_assert_uint_eq(p.spi, 0x2222);
	ck_assert_uint_eq(p.proto, 51);
	ck_assert_uint_eq(p.family, 6);
	ck_assert_uint_eq(p.dst[15], 0xa);
	return 2;
}

/* Neither IPComp nor what is for output. */
START_TEST(sas_of_a_database)
{
	struct espalier_sad *sad = make_sad();
	struct gen *g = open_gen("count=6", sad);
	struct frame frames[6];
	u32 seen = 0;

	espalier_sad_free(sad);
	ck_assert_uint_eq(gen_burst(g, frames, 6), 6);
	for (u32 i = 0; i < 6; i++)
		seen += is_of_the_database(&frames[i]);
	ck_assert_uint_eq(seen, 2 * (1 + 2 + 4));
	gen_close(g);
}
END_TEST

TCase *gen_case(void)
{
	TCase *tc = tcase_create("gen");

	tcase_add_test(tc, every_kind_parses);
	tcase_add_test(tc, extreme_sizes_parse);
	tcase_add_test(tc, size_is_that_of_the_frame);
	tcase_add_test(tc, imix);
	tcase_add_test(tc, vlan_tags);
	tcase_add_test(tc, sequence_numbers_count_up_per_sa);
	tcase_add_test(tc, addresses);
	tcase_add_test(tc, distributions);
	tcase_add_test(tc, fragments_make_the_packet);
	tcase_add_test(tc, a_seed_makes_the_same_frames);
	tcase_add_test(tc, bursts_do_not_change_them);
	tcase_add_test(tc, sas_of_a_database);
	return tc;
}
