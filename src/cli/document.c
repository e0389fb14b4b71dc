// SPDX-License-Identifier: BSD-2-Clause
#include "document.h"

#include <errno.h>
#include <fcntl.h>
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
	int fd = open(doc->path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write_all(fd, doc->text, doc->len);
	if (close(fd) && !err)
		err = -errno;
	return err;
}

static int write_and_rename(const struct document *doc)
{
	mode_t mask = umask(0);
	char *temp;
	int fd, err;

	umask(mask);
	if (asprintf(&temp, "%s.XXXXXX", doc->path) < 0)
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
	if (!err && rename(temp, doc->path))
		err = -errno;
	if (err)
		unlink(temp);
	free(temp);
	return err;
}

int document_close(struct document *doc)
{
	bool bad = fclose(doc->stream) != 0;
	const char *path = doc->path;
	struct stat st;
	int err = bad ? -ENOMEM : 0;

	doc->stream = NULL;
	/* Standard output is checked once more when the tool ends. */
	if (!err && !path)
		err = fwrite(doc->text, 1, doc->len, stdout) == doc->len ? 0 : -EIO;
	/* What is no regular file cannot be replaced by one. */
	else if (!err && !stat(path, &st) && !S_ISREG(st.st_mode))
		err = write_in_place(doc);
	else if (!err)
		err = write_and_rename(doc);
	document_drop(doc);
	if (err)
		return complain(EXIT_BAD_INPUT, "%s: %s", path ?: "standard output",
				strerror(-err));
	return EXIT_DONE;
}
