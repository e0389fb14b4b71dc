/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "verdict.h"

/* page.css and page.js, embedded. */
extern const char page_css[];
extern const char page_js[];

/*
 * The page that --explain html writes: one section per rejected program, complete in itself. Begin,
 * one call per program as its verdict comes (its report need not outlive the call), end.
 */
struct page;

/* NULL without memory. */
struct page *page_begin(void);
void page_program(struct page *page, const struct verdict *v);
/* Writes it to @out and frees @page. */
void page_end(struct page *page, FILE *out);

#endif
