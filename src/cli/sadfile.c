// SPDX-License-Identifier: BSD-2-Clause
#include "sadfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* Ten million SAs of two hundred bytes each. */
#define SAD_SIZE_MAX (2048ull << 20)

/* All of a stream: malloc'd, or NULL with errno set. */
static char *slurp(FILE *f, size_t *len)
{
	size_t room = 1 << 16;
	char *text = malloc(room), *more;

	*len = 0;
	while (text && !feof(f)) {
		*len += fread(text + *len, 1, room - *len, f);
		if (ferror(f))
			break;
		if (*len < room)
			continue;
		errno = EFBIG;
		more = room < SAD_SIZE_MAX ? realloc(text, room * 2) : NULL;
		if (!more)
			break;
		text = more;
		room *= 2;
	}
	if (text && feof(f))
		return text;
	free(text);
	return NULL;
}

static char *read_all(const char *path, size_t *len)
{
	FILE *f = strcmp(path, "-") ? fopen(path, "re") : stdin;
	char *text = f ? slurp(f, len) : NULL;

	if (!text)
		complain(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
	if (f && f != stdin)
		fclose(f);
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
		size_t len;
		char *text = read_all(files->at[i], &len);
		int ret = text ? espalier_sad_import(*out, files->at[i], text, len, 0, &e) : -1;

		if (text && ret < 0)
			complain(EXIT_BAD_INPUT, "%s", e.text);
		free(text);
		if (ret < 0) {
			espalier_sad_free(*out);
			*out = NULL;
			return EXIT_BAD_INPUT;
		}
	}
	return EXIT_DONE;
}
