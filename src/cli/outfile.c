// SPDX-License-Identifier: BSD-2-Clause
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

/* 0, or -1 with errno set. */
static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int finish(int fd, const void *data, size_t len)
{
	int err = write_all(fd, data, len) ? errno : 0;

	/* A full disk may show only now. */
	if (close(fd) && !err)
		err = errno;
	return err;
}

static int replace(const char *path, const void *data, size_t len)
{
	mode_t mask = umask(0);
	char *temp;
	int fd, err;

	umask(mask);
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return ENOMEM;
	/* Beside the target, so that the last step is a rename within one directory. */
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0) {
		err = errno;
		free(temp);
		return err;
	}
	fchmod(fd, 0666 & ~mask);
	err = finish(fd, data, len);
	if (!err && rename(temp, path))
		err = errno;
	if (err)
		unlink(temp);
	free(temp);
	return err;
}

int outfile_write(const char *path, const void *data, size_t len)
{
	struct stat st;
	int err, fd;

	if (stat(path, &st) || S_ISREG(st.st_mode)) {
		err = replace(path, data, len);
	} else {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		err = fd < 0 ? errno : finish(fd, data, len);
	}
	return err ? complain(EXIT_BAD_INPUT, "%s: %s", path, strerror(err)) : EXIT_DONE;
}
