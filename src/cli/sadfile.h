/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_SADFILE_H
#define CLI_SADFILE_H

#include <espalier/sad.h>

#include "options.h"

/* Read all files (iproute2 text) into a new SAD. An exit status; on failure the line is printed and
 * *@out is NULL. No files: *@out is NULL, EXIT_DONE. */
int sadfile_load(const struct text_list *files, struct espalier_sad **out);

/* All of a file, or of standard input ("-"). NULL: the complaint was made. */
char *sadfile_read(const char *path, size_t *len);
/* Wipe it, there may be keys in it, and free it. */
void sadfile_drop(char *text, size_t len);

#endif
