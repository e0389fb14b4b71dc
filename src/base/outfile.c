// SPDX-License-Identifier: BSD-2-Clause
#include "base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct outfile {
	int fd;
	char *path; /* as errors call it */
	char *real; /* that the rename makes; NULL: written in place */
	char *temp;
};

static bool leads_to_what_is_open(const char *path)
{
	return !strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6);
}

/* Where a rename would have to go. NULL: there is something that cannot be replaced by a file. */
static int find_target(const char *path, char **real)
{
	struct stat st;

	*real = NULL;
	if (lstat(path, &st)) {
		if (errno != ENOENT)
			return -errno;
		*real = strdup(path);
		return *real ? 0 : -ENOMEM;
	}
	if (S_ISLNK(st.st_mode)) {
		if (leads_to_what_is_open(path))
			return 0;
		*real = realpath(path, NULL);
		if (!*real)
			return -errno;
		if (stat(*real, &st))
			return -errno;
	} else {
		*real = strdup(path);
		if (!*real)
			return -ENOMEM;
	}
	if (!S_ISREG(st.st_mode)) {
		free(*real);
		*real = NULL;
	}
	return 0;
}

/* Beside the target, so that the last step is a rename within one directory. */
static int open_temp(struct outfile *f)
{
	mode_t mask = umask(0);

	umask(mask);
	if (asprintf(&f->temp, "%s.XXXXXX", f->real) < 0) {
		f->temp = NULL;
		return -ENOMEM;
	}
	f->fd = mkostemp(f->temp, O_CLOEXEC);
	if (f->fd < 0) {
		int err = -errno;

		free(f->temp);
		f->temp = NULL;
		return err;
	}
	return fchmod(f->fd, 0666 & ~mask) ? -errno : 0;
}

int outfile_open(const char *path, struct outfile **out, struct espalier_error *e)
{
	struct outfile *f = calloc(1, sizeof(*f));
	int err = -ENOMEM;

	if (!f)
		return fail(e, ENOMEM, "%s: out of memory", path);
	f->fd = -1;
	f->path = strdup(path);
	if (f->path)
		err = find_target(path, &f->real);
	if (!err && f->real) {
		err = open_temp(f);
	} else if (!err) {
		/* Behind what may be there: standard output by another name, say. */
		f->fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
		err = f->fd < 0 ? -errno : 0;
	}
	if (err) {
		outfile_abort(f);
		return fail(e, -err, "%s: %s", path, strerror(-err));
	}
	*out = f;
	return 0;
}

int outfile_fd(const struct outfile *f)
{
	return f->fd;
}

void outfile_abort(struct outfile *f)
{
	if (!f)
		return;
	if (f->fd >= 0)
		close(f->fd);
	if (f->temp)
		unlink(f->temp);
	free(f->temp);
	free(f->real);
	free(f->path);
	free(f);
}

int outfile_commit(struct outfile *f, struct espalier_error *e)
{
	/* Some file systems tell of a full disk only here. */
	int err = close(f->fd) ? -errno : 0;

	f->fd = -1;
	if (!err && f->temp && rename(f->temp, f->real))
		err = -errno;
	if (err) {
		fail(e, -err, "%s: %s", f->path, strerror(-err));
	} else {
		/* It has its name: nothing for outfile_abort() to remove. */
		free(f->temp);
		f->temp = NULL;
	}
	outfile_abort(f);
	return err;
}

static int write_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = write(fd, at, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int outfile_write(const char *path, const void *data, size_t len, struct espalier_error *e)
{
	struct outfile *f;
	int err = outfile_open(path, &f, e);

	if (err)
		return err;
	err = write_all(f->fd, data, len);
	if (!err)
		return outfile_commit(f, e);
	outfile_abort(f);
	return fail(e, -err, "%s: %s", path, strerror(-err));
}
