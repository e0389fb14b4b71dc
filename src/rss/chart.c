// SPDX-License-Identifier: BSD-2-Clause
#include "rss/chart.h"

#include <string.h>

/* Eighths of a column, from the left. */
static const char *const eighths[] = {
	"",
	"\xe2\x96\x8f",
	"\xe2\x96\x8e",
	"\xe2\x96\x8d",
	"\xe2\x96\x8c",
	"\xe2\x96\x8b",
	"\xe2\x96\x8a",
	"\xe2\x96\x89",
	"\xe2\x96\x88",
};
#define MARK_UTF8 "\xe2\x94\x8a"

void rss_chart_colour(struct strbuf *out, const struct rss_chart_style *style,
		      enum rss_colour colour)
{
	static const char *const codes[] = {
		[RSS_PLAIN] = "0",   [RSS_BOLD] = "1", [RSS_GREEN] = "32",
		[RSS_YELLOW] = "33", [RSS_RED] = "31", [RSS_DIM] = "2",
	};

	if (style->colour)
		strbuf_addf(out, "\033[%sm", codes[colour]);
}

void rss_chart_bar(struct strbuf *out, const struct rss_chart_style *style, u32 columns,
		   double part, double mark, enum rss_colour colour)
{
	u32 filled, rest, at = mark < 1 ? (u32)(mark * columns) : columns;
	u32 full = columns * 8;

	part = min(max(part, 0.0), 1.0);
	filled = (u32)(part * full + 0.5);
	if (!style->utf8)
		filled = (filled + 4) / 8 * 8;
	if (!filled && part > 0)
		filled = style->utf8 ? 1 : 8;
	rss_chart_colour(out, style, colour);
	for (u32 i = 0; i < filled / 8; i++)
		strbuf_addf(out, "%s", style->utf8 ? eighths[8] : "#");
	strbuf_addf(out, "%s", eighths[filled % 8]);
	rss_chart_colour(out, style, RSS_PLAIN);
	rest = (filled + 7) / 8;
	for (u32 i = rest; i < columns; i++)
		strbuf_addf(out, "%s", i != at ? " " : style->utf8 ? MARK_UTF8 : ":");
}

void rss_chart_wrap(struct strbuf *out, const struct rss_chart_style *style, const char *text,
		    u32 indent)
{
	u32 column = indent;
	bool first = true;

	while (*text) {
		u32 len = (u32)strcspn(text, " ");

		if (!first && column + 1 + len > style->width) {
			strbuf_addf(out, "\n%*s", (int)indent, "");
			column = indent;
		} else if (!first) {
			strbuf_addf(out, " ");
			column++;
		}
		strbuf_add(out, text, len);
		column += len;
		first = false;
		text += len;
		text += strspn(text, " ");
	}
}
