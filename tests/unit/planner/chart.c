// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "rss/chart.h"
#include "rss/svg.h"
#include "suites.h"

static u32 columns(const char *text)
{
	u32 n = 0;

	for (; *text; text++)
		n += ((u8)*text & 0xc0) != 0x80;
	return n;
}

static char *bar(bool utf8, u32 width, double part, double mark)
{
	struct rss_chart_style style = {.width = 80, .utf8 = utf8};
	struct strbuf b = STRBUF_INIT;

	rss_chart_bar(&b, &style, width, part, mark, RSS_GREEN);
	ck_assert_ptr_nonnull(b.text);
	return b.text;
}

static void expect(bool utf8, u32 width, double part, double mark, const char *want)
{
	char *text = bar(utf8, width, part, mark);

	ck_assert_str_eq(text, want);
	free(text);
}

START_TEST(bars)
{
	expect(false, 10, 0, 2, "          ");
	expect(false, 10, 1, 2, "##########");
	expect(false, 10, 0.5, 2, "#####     ");
	expect(false, 10, 0.001, 2, "#         ");
	expect(false, 10, 0.3, 0.5, "###  :    ");
	expect(false, 10, 0.8, 0.5, "########  ");
	/* Whatever was computed, the bar stays in its place. */
	expect(false, 10, 7, 2, "##########");
	expect(false, 10, -1, 2, "          ");
	expect(true, 4, 0.5, 2, "\xe2\x96\x88\xe2\x96\x88  ");
	expect(true, 4, 0.375, 0.75, "\xe2\x96\x88\xe2\x96\x8c \xe2\x94\x8a");
	expect(true, 4, 0.001, 2, "\xe2\x96\x8f   ");
	for (u32 i = 0; i <= 1000; i++) {
		char *text = bar(true, 37, i / 1000.0, 0.4);

		ck_assert_uint_eq(columns(text), 37);
		free(text);
	}
}
END_TEST

START_TEST(colours)
{
	struct rss_chart_style style = {.width = 80, .colour = true};
	struct strbuf b = STRBUF_INIT;

	rss_chart_bar(&b, &style, 4, 0.5, 2, RSS_RED);
	ck_assert_str_eq(b.text, "\033[31m##\033[0m  ");
	strbuf_free(&b);
	style.colour = false;
	rss_chart_colour(&b, &style, RSS_RED);
	ck_assert_str_eq(strbuf_text(&b), "");
	strbuf_free(&b);
}
END_TEST

START_TEST(wrapped)
{
	struct rss_chart_style style = {.width = 12};
	struct strbuf b = STRBUF_INIT;

	rss_chart_wrap(&b, &style, "one two three four", 2);
	ck_assert_str_eq(b.text, "one two\n  three four");
	strbuf_free(&b);
	rss_chart_wrap(&b, &style, "averyveryverylongword x", 0);
	ck_assert_str_eq(b.text, "averyveryverylongword\nx");
	strbuf_free(&b);
	rss_chart_wrap(&b, &style, "", 0);
	ck_assert_str_eq(strbuf_text(&b), "");
	strbuf_free(&b);
}
END_TEST

/* Names of files are any bytes; a document with them is still one. */
START_TEST(foreign_names)
{
	struct rss_tally cpus[2] = {{0}}, fragments[2] = {{0}};
	struct rss_plan_result r = {
		.nr_cpus = 2,
		.cpus = cpus,
		.fragments = fragments,
		.spread = {.imbalance = 1, .speedup = 1},
	};
	struct strbuf b = STRBUF_INIT;

	rss_svg(&r, "a<b>&\"c\x01\xff\xc3\xa4\xc3", &b);
	ck_assert(!b.failed);
	ck_assert_ptr_nonnull(strstr(b.text, "a&lt;b&gt;&amp;&quot;c??\xc3\xa4?<"));
	ck_assert_ptr_null(strstr(b.text, "nan"));
	ck_assert_str_eq(b.text + b.len - 7, "</svg>\n");
	strbuf_free(&b);
}
END_TEST

TCase *chart_case(void)
{
	TCase *tc = tcase_create("chart");

	tcase_add_test(tc, bars);
	tcase_add_test(tc, colours);
	tcase_add_test(tc, wrapped);
	tcase_add_test(tc, foreign_names);
	return tc;
}
