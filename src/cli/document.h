/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_DOCUMENT_H
#define CLI_DOCUMENT_H

#include <stdio.h>

/*
 * A document for standard output or a file. It is kept in memory until it is complete; a file is
 * written beside the target and renamed, so that there never is half of one.
 */
struct document;

/* @path NULL: standard output. An exit status, with the line printed where it is not EXIT_DONE. */
int document_open(const char *path, struct document **out);
FILE *document_stream(struct document *doc);
/* Writes it out, and frees @doc in any case. */
int document_close(struct document *doc);
/* Nothing is written. */
void document_drop(struct document *doc);

#endif
