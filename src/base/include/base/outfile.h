/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_OUTFILE_H
#define BASE_OUTFILE_H

#include "base/error.h"

/*
 * A file that appears under its name when it is whole, and not before. What is there already and is
 * no regular file (a pipe, a terminal) is written to as it stands.
 */
struct outfile;

/**
 * outfile_open - begin
 * @path: a link stays a link, and what it leads to is replaced; but the links of /dev and /proc
 *	(stdout, fd/1) lead to what is open, not to a name
 * @out: ended by outfile_commit() or outfile_abort()
 * @e: "PATH: WHY" on failure
 *
 * Return: 0, -ENOMEM, or what open(2) says.
 */
int outfile_open(const char *path, struct outfile **out, struct espalier_error *e) __must_check;
/* To write to; stays @f's. */
int outfile_fd(const struct outfile *f);

/* All is written: give the file its name, and free @f. 0 or -errno with @e; then nothing is there.
 */
int outfile_commit(struct outfile *f, struct espalier_error *e) __must_check;
/* NULL is allowed. */
void outfile_abort(struct outfile *f);

/* A whole file at once: 0 or -errno with @e. */
int outfile_write(const char *path, const void *data, size_t len,
		  struct espalier_error *e) __must_check;

#endif
