/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_OUTFILE_H
#define CLI_OUTFILE_H

#include <stddef.h>

/**
 * outfile_write - write a whole file: it is there complete, or not at all
 * @path: replaced if it is a regular file; anything else (a device, a pipe) is written to
 *
 * Return: an exit status, with the line already printed where it is not EXIT_DONE.
 */
int outfile_write(const char *path, const void *data, size_t len);

#endif
