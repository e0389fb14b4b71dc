/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SAD_WORDS_H
#define SAD_WORDS_H

#include "base/error.h"
#include "base/types.h"

/*
 * Text cut into lines and lines into words, as `ip -batch` does it: blanks separate words, quotes
 * keep them together, # begins a comment, a backslash at the end of a line continues it. What `ip
 * xfrm state` prints is cut the same way; there a backslash ends a line (`ip -oneline`).
 *
 * The words of one line at a time are copied; the copy is wiped before it is used again, since
 * there may be keys among them.
 */
#define WORDS_MAX 1024

struct sad_keys;

struct word {
	char *text;
	u32 line;
};

struct words {
	const char *name; /* of the input, for errors */
	struct espalier_error *e;
	const char *p; /* next byte */
	const char *end;
	u32 line; /* of @p */

	char *buf;
	size_t room;
	size_t used;
	u32 n;
	u32 at; /* the word that is looked at; @n: past the last */
	struct word word[WORDS_MAX];
	struct sad_keys *keys; /* where keys go; NULL: nowhere */
	bool secret; /* an algorithm was named: what follows may be a key and is not to be quoted */
};

enum words_form {
	WORDS_BATCH,
	WORDS_SHOWN,
};

void words_init(struct words *w, const char *name, const char *text, size_t len,
		struct espalier_error *e);
void words_fini(struct words *w);

/* True if a line can be read; blank lines and comments are passed over. */
bool words_more(struct words *w);
/* What the line to come begins with. Words of a line that is not indented are a new statement's. */
bool words_indented(const struct words *w);
bool words_begin(const struct words *w, const char *word);

/* Read a line: 0; -EINVAL (unbalanced quotes, too many words, a NUL byte); -ENOMEM. */
int words_read(struct words *w, enum words_form form) __must_check;

/* The word looked at; NULL past the last. */
static inline const char *words_peek(const struct words *w)
{
	return w->at < w->n ? w->word[w->at].text : NULL;
}

bool words_is(const struct words *w, const char *word);
/* Pass over the word looked at if it is this one. */
bool words_take(struct words *w, const char *word);
/* The word looked at, and go on; NULL past the last. */
const char *words_next(struct words *w);

/* "NAME:LINE: ..." of the line that the last word passed, or the first one, is on. -EINVAL. */
int words_fail(struct words *w, const char *fmt, ...) __printf_like(2, 3);
/* The same, about the word looked at, quoted if it is certain to be no key. */
int words_fail_at(struct words *w, const char *why);

#endif
