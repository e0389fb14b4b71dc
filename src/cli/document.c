// SPDX-License-Identifier: BSD-2-Clause
#include "document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/outfile.h"
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

int document_close(struct document *doc)
{
	bool bad = fclose(doc->stream) != 0;
	struct espalier_error e = {0};
	int err = 0;

	doc->stream = NULL;
	/* The verdicts first; standard output is checked once more when the tool ends. */
	fflush(stdout);
	if (bad)
		err = fail(&e, ENOMEM, "%s: out of memory", doc->path ?: "standard output");
	else if (doc->path)
		err = outfile_write(doc->path, doc->text, doc->len, &e);
	else if (fwrite(doc->text, 1, doc->len, stdout) != doc->len)
		err = fail(&e, EIO, "standard output: %s", strerror(EIO));
	document_drop(doc);
	return err ? complain(EXIT_BAD_INPUT, "%s", e.text) : EXIT_DONE;
}
