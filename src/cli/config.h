/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include "options.h"

/**
 * config_read - options from a file: "NAME = VALUE" lines
 * @path: "#" begins a comment, blank lines are nothing; a flag's value is yes or no
 * @rows: the table that the command line is parsed with
 * @except: names of rows that belong on the command line, NULL-terminated
 * @text: set to what the rows point into, free()d when they are used no more
 *
 * A name may be given once. Errors are printed as "PATH:LINE: WHY".
 *
 * Return: 0 or -1.
 */
int config_read(const char *path, const struct option_row *rows, const char *const *except,
		char **text);

#endif
