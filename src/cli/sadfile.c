// SPDX-License-Identifier: BSD-2-Clause
#include "sadfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Ten million SAs of two hundred bytes each. */
#define SAD_SIZE_MAX (2048ull << 20)

/* There may be keys in it: neither a longer copy nor a buffered stream leaves any behind. */
static char *grow(char *text, size_t len, size_t room)
{
	char *more = room < SAD_SIZE_MAX ? malloc(room * 2) : NULL;

	if (!more) {
		errno = room < SAD_SIZE_MAX ? ENOMEM : EFBIG;
		return NULL;
	}
	memcpy(more, text, len);
	explicit_bzero(text, len);
	free(text);
	return more;
}

/* All of a file: malloc'd, or NULL with errno set. */
static char *slurp(int fd, size_t *len)
{
	size_t room = 1 << 16;
	char *text = malloc(room), *more;
	ssize_t n = 0;

	*len = 0;
	while (text) {
		n = read(fd, text + *len, room - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*len += (size_t)n;
		if (*len < room)
			continue;
		more = grow(text, *len, room);
		if (!more) {
			n = -1;
			break;
		}
		text = more;
		room *= 2;
	}
	if (text && !n)
		return text;
	sadfile_drop(text, *len);
	return NULL;
}

void sadfile_drop(char *text, size_t len)
{
	int err = errno;

	if (text)
		explicit_bzero(text, len);
	free(text);
	errno = err;
}

char *sadfile_read(const char *path, size_t *len)
{
	int fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
	char *text = fd >= 0 ? slurp(fd, len) : NULL;

	if (!text)
		complain(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
	if (fd > STDIN_FILENO)
		close(fd);
	return text;
}

int sadfile_load(const struct text_list *files, struct espalier_sad **out)
{
	struct espalier_error e;

	*out = NULL;
	if (!files->nr)
		return EXIT_DONE;
	if (espalier_sad_new(out))
		return complain(EXIT_BAD_INPUT, "out of memory");
	for (int i = 0; i < files->nr; i++) {
		size_t len = 0;
		char *text = sadfile_read(files->at[i], &len);
		int ret = text ? espalier_sad_import(*out, files->at[i], text, len, 0, &e) : -1;

		if (text && ret < 0)
			complain(EXIT_BAD_INPUT, "%s", e.text);
		sadfile_drop(text, len);
		if (ret < 0) {
			espalier_sad_free(*out);
			*out = NULL;
			return EXIT_BAD_INPUT;
		}
	}
	return EXIT_DONE;
}
