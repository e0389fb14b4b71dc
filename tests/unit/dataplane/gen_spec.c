// SPDX-License-Identifier: BSD-2-Clause
#include <string.h>

#include "dataplane/gen.h"
#include "suites.h"

static const struct {
	const char *spec;
	const char *why; /* part of the line */
} wrong[] = {
	{"esp", "not KEY=VALUE"},
	{"=esp", "not KEY=VALUE"},
	{"kind=esp,", "not KEY=VALUE"},
	{",kind=esp", "not KEY=VALUE"},
	{"kind=esq", "not one of esp, esp-udp"},
	{"colour=red", "no such key"},
	{"family=5", "neither 4 nor 6"},
	{"size=59", "not a number from 60"},
	{"size=65536", "not a number from 60 to 65535"},
	{"size=300-200", "not a number from 300"},
	{"size=100-", "not a number"},
	{"size=-100", "not a number"},
	{"sas=0", "not a number from 1"},
	{"sas=sad", "there are no SAs"},
	{"dist=zipf:-1", "not a number above 0"},
	{"dist=zipf:nan", "not a number above 0"},
	{"dist=roundrobin:1", "only zipf has an exponent"},
	{"vlan=4095", "not a number from 0 to 4094"},
	{"vlan=1.2.3", "not a number"},
	{"src=localhost", "not an IP address"},
	{"src=10.0.0.1,dst=::1", "not an address of family 4"},
	{"family=6,src=10.0.0.1", "not an address of family 6"},
	{"spi=0", "not a number from 1"},
	{"spi=0xfffffff0,sas=17", "no room for 17 SPIs"},
	{"frag=101", "not a number from 0 to 100"},
	{"count=0", "not a number from 1"},
	{"count=-5", "not a number from 1"},
	{"seed=18446744073709551616", "not a number from 0"},
	{"kind=m\nix", "not plain ASCII text"},
	{"kind=\xc3\xa9", "not plain ASCII text"},
	{"rate=0", "not a number from 1"},
};

START_TEST(wrong_ones_are_told)
{
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct espalier_error e = {0};
		struct gen *g = NULL;

		ck_assert_msg(gen_open(wrong[i].spec, NULL, &g, &e) == -EINVAL, "%s",
			      wrong[i].spec);
		ck_assert_ptr_null(g);
		ck_assert_msg(strstr(e.text, wrong[i].why) && !strncmp(e.text, "gen: ", 5),
			      "%s: %s", wrong[i].spec, e.text);
	}
}
END_TEST

static const char *const right[] = {
	"",
	"spi=0xfffffff0,sas=16",
	"seed=18446744073709551615",
	"size=60-60",
	"size=imix,size=100",
	"vlan=0",
	"dist=zipf:10,sas=2",
	"dst=::1",
	"dst=::1,family=6,src=::2",
};

START_TEST(right_ones_are_taken)
{
	for (u32 i = 0; i < ARRAY_SIZE(right); i++) {
		struct espalier_error e = {0};
		struct frame f;
		struct gen *g;

		ck_assert_msg(!gen_open(right[i], NULL, &g, &e), "%s: %s", right[i], e.text);
		ck_assert_uint_eq(gen_burst(g, &f, 1), 1);
		gen_close(g);
	}
}
END_TEST

TCase *gen_spec_case(void)
{
	TCase *tc = tcase_create("gen_spec");

	tcase_add_test(tc, wrong_ones_are_told);
	tcase_add_test(tc, right_ones_are_taken);
	return tc;
}
