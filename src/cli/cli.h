/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include <espalier/error.h>

/* Exit status; the same for every subcommand. */
enum {
	EXIT_DONE = 0,
	EXIT_REJECTED = 1,   /* a program was rejected, a check failed */
	EXIT_BAD_INPUT = 2,  /* wrong usage, unreadable or malformed input */
	EXIT_NO_SUPPORT = 3, /* not permitted, or not supported on this machine */
};

/* "espalier: WHAT: WHY" on stderr. Returns @status, for `return complain(...)`. */
int complain(int status, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A positive errno as an exit status. */
int status_of_errno(int err);

/* One subcommand each; argv[0] is its name. */
int cmd_verify(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_rss(int argc, char **argv);
int cmd_sad(int argc, char **argv);
int cmd_info(int argc, char **argv);

/* Colour on this stream? A terminal, and NO_COLOR is not set. */
bool use_colour(FILE *stream);

#endif
