/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_RSS_TOP_H
#define CLI_RSS_TOP_H

#include "rss/speed.h"

/* What `espalier rss top` shows: one page for the terminal and for --batch. */

enum top_sort {
	TOP_BY_PACKETS,
	TOP_BY_BITS,
	TOP_BY_CPU,
	TOP_BY_SPI,
	TOP_BY_PEER,
	TOP_BY_FRAGMENTS,
	TOP_BY_CHANGES,
	TOP_NR_SORTS,
};

enum top_look {
	TOP_PLAIN,
	TOP_TITLE, /* of a table */
	TOP_GOOD,
	TOP_WARN,
	TOP_BAD,
};

#define TOP_MAX_WIDTH 255

struct top_line {
	enum top_look look;
	char text[TOP_MAX_WIDTH + 1];
};

/* @nr_head: lines that stay where they are; behind them those that can be scrolled */
struct top_page {
	struct top_line *at;
	u32 nr;
	u32 nr_head;
	bool failed; /* out of memory */
};

/**
 * struct top_view - what is to be shown, and how
 * @st: NULL: nothing to be seen, @note says why
 * @speeds: of @st
 * @note: a line that an operator should see now; "" or NULL: none
 * @width: columns
 * @cpu_rows: lines for CPUs; 0: all
 */
struct top_view {
	const struct rss_status *st;
	const struct rss_speeds *speeds;
	const char *note;
	enum top_sort sort;
	u32 width;
	u32 cpu_rows;
};

/* @page: freed with top_page_free() */
void top_page_make(const struct top_view *v, struct top_page *page);
void top_page_free(struct top_page *page);

/**
 * struct top - looks at what is attached, one after the other
 * @st: the last; NULL: nothing to be seen
 * @speeds: between the last two
 * @note: see struct top_view
 */
struct top {
	const char *bpffs;
	struct rss_status *st;
	struct rss_speeds speeds;
	char note[300];
	u64 at;		/* CLOCK_MONOTONIC, of the last look */
	u32 note_looks; /* for which the note stays */
};

/* Look again. 0; -ENOMEM; or why nothing is to be seen, which @t->note tells as well. */
int top_look_again(struct top *t);
void top_free(struct top *t);

/* On the terminal until somebody quits. An exit status. */
int top_screen(struct top *t, double interval);

#endif
