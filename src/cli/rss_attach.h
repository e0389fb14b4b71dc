/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_RSS_ATTACH_H
#define CLI_RSS_ATTACH_H

#include "rss/attach.h"

#include "options.h"

/* An error of the library as an exit status, with its line. */
int rss_complain(int err, const struct espalier_error *e);

#define RSS_MAX_ATTACH_ROWS 24

/**
 * struct rss_attach_text - what the options of attach set
 *
 * One table for the command line and for /etc/espalier/rss/IFACE.conf.
 */
struct rss_attach_text {
	struct rss_attach a;
	const char *config;
	int mode;  /* enum rss_xdp_mode */
	int stack; /* enum rss_stack */
};
/* Fills @rows in, terminated; they point into @t. */
void rss_attach_rows(struct rss_attach_text *t, struct option_row rows[RSS_MAX_ATTACH_ROWS]);

#endif
