// SPDX-License-Identifier: BSD-2-Clause
#include "document.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

struct document {
	const char *path; /* the caller's; NULL: standard output */
	char *text;
	size_t len;
	FILE *stream;
};

int document_open(const char *path, struct document **out)
{
	struct document *doc = calloc(1, sizeof(*doc));

	if (doc)
		doc->stream = open_memstream(&doc->text, &doc->len);
	if (!doc || !doc->stream) {
		free(doc);
		return complain(EXIT_BAD_INPUT, "%s: out of memory", path ?: "standard output");
	}
	doc->path = path;
	*out = doc;
	return EXIT_DONE;
}

FILE *document_stream(struct document *doc)
{
	return doc->stream;
}

void document_drop(struct document *doc)
{
	if (!doc)
		return;
	if (doc->stream)
		fclose(doc->stream);
	free(doc->text);
	free(doc);
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int write_in_place(const struct document *doc)
{
	/* Behind what may be there: standard output by another name, say. */
	int fd = open(doc->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, doc->text, doc->len);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static int write_and_rename(const struct document *doc, const char *path)
{
	mode_t mask = umask(0);
	char *temp;
	int fd, err;

	umask(mask);
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		free(temp);
		return err;
	}
	err = write_all(fd, doc->text, doc->len);
	if (!err && fchmod(fd, 0666 & ~mask))
		err = -errno;
	if (close(fd) && !err)
		err = -errno;
	if (!err && rename(temp, path))
		err = -errno;
	if (err)
		unlink(temp);
	free(temp);
	return err;
}

/*
 * What is no regular file cannot be replaced by one. A link stays, and what it leads to is
 * replaced; but the links of /dev and /proc (stdout, fd/1) lead to what is open, not to a name.
 */
static int write_file(const struct document *doc)
{
	const char *path = doc->path;
	char real[PATH_MAX];
	struct stat st;

	if (lstat(path, &st))
		return errno == ENOENT ? write_and_rename(doc, path) : -errno;
	if (S_ISLNK(st.st_mode)) {
		if (!strncmp(path, "/dev/", 5) || !strncmp(path, "/proc/", 6))
			return write_in_place(doc);
		if (!realpath(path, real) || stat(real, &st))
			return -errno;
		path = real;
	}
	return S_ISREG(st.st_mode) ? write_and_rename(doc, path) : write_in_place(doc);
}

int document_close(struct document *doc)
{
	bool bad = fclose(doc->stream) != 0;
	const char *path = doc->path;
	int err = bad ? -ENOMEM : 0;

	doc->stream = NULL;
	/* The verdicts first; standard output is checked once more when the tool ends. */
	fflush(stdout);
	if (!err && !path)
		err = fwrite(doc->text, 1, doc->len, stdout) == doc->len ? 0 : -EIO;
	else if (!err)
		err = write_file(doc);
	document_drop(doc);
	if (err)
		return complain(EXIT_BAD_INPUT, "%s: %s", path ?: "standard output",
				strerror(-err));
	return EXIT_DONE;
}
