/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef RSS_CHART_H
#define RSS_CHART_H

#include "base/strbuf.h"
#include "base/types.h"

/* Bars of text. */

enum rss_colour {
	RSS_PLAIN,
	RSS_BOLD,
	RSS_GREEN,
	RSS_YELLOW,
	RSS_RED,
	RSS_DIM,
};

/**
 * struct rss_chart_style - what the terminal can do
 * @width: columns of a whole line
 * @utf8: block elements, with eighths; else '#'
 * @colour: escape sequences
 */
struct rss_chart_style {
	u32 width;
	bool utf8;
	bool colour;
};

/**
 * rss_chart_bar - append one bar, padded with blanks to its full length
 * @columns: its full length
 * @part: of it that is filled, 0 to 1; whatever is not nothing shows
 * @mark: where a mark stands behind the bar, 0 to 1; beyond: none
 */
void rss_chart_bar(struct strbuf *out, const struct rss_chart_style *style, u32 columns,
		   double part, double mark, enum rss_colour colour);

/* Begin and end of a colour; nothing where there are none. */
void rss_chart_colour(struct strbuf *out, const struct rss_chart_style *style,
		      enum rss_colour colour);

/* @text in lines of at most the style's width, broken between words; @indent blanks before each but
 * the first. */
void rss_chart_wrap(struct strbuf *out, const struct rss_chart_style *style, const char *text,
		    u32 indent);

#endif
