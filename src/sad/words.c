// SPDX-License-Identifier: BSD-2-Clause
#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void words_init(struct words *w, const char *name, const char *text, size_t len,
		struct espalier_error *e)
{
	w->name = name;
	w->e = e;
	w->p = text;
	w->end = text + len;
	w->line = 1;
	w->buf = NULL;
	w->room = 0;
	w->used = 0;
	w->n = 0;
	w->at = 0;
	w->keys = NULL;
	w->secret = false;
}

static void wipe(struct words *w)
{
	if (w->used)
		explicit_bzero(w->buf, w->used);
	w->used = 0;
}

void words_fini(struct words *w)
{
	wipe(w);
	free(w->buf);
	w->buf = NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_comment(struct words *w)
{
	while (w->p < w->end && *w->p != '\n')
		w->p++;
}

bool words_more(struct words *w)
{
	const char *p;

	for (;;) {
		for (p = w->p; p < w->end && is_blank(*p); p++)
			;
		if (p == w->end)
			return false;
		/* Indentation tells something, but not that of a line of which only blanks are
		 * left. */
		if (*p == '#') {
			skip_comment(w);
			if (w->p == w->end)
				return false;
			p = w->p;
		}
		if (*p != '\n')
			return true;
		w->p = p + 1;
		w->line++;
	}
}

bool words_indented(const struct words *w)
{
	return w->p < w->end && is_blank(*w->p);
}

bool words_begin(const struct words *w, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(w->end - w->p) > len && !memcmp(w->p, word, len) && is_blank(w->p[len]);
}

/* A line that ends in a backslash goes on: its length if it does so here, else 0. */
static size_t continuation(const struct words *w)
{
	size_t left = (size_t)(w->end - w->p);

	if (left >= 2 && w->p[0] == '\\' && w->p[1] == '\n')
		return 2;
	if (left >= 3 && !memcmp(w->p, "\\\r\n", 3))
		return 3;
	return 0;
}

static int keep(struct words *w, char c)
{
	if (w->used == w->room) {
		size_t room = w->room ? w->room * 2 : 256;
		char *bigger = malloc(room);

		if (!bigger)
			return -ENOMEM;
		/* Not realloc(): that might leave a copy behind. */
		if (w->used)
			memcpy(bigger, w->buf, w->used);
		for (u32 i = 0; i < w->n; i++)
			w->word[i].text = bigger + (w->word[i].text - w->buf);
		if (w->used)
			explicit_bzero(w->buf, w->used);
		free(w->buf);
		w->buf = bigger;
		w->room = room;
	}
	w->buf[w->used++] = c;
	return 0;
}

static int read_fail(struct words *w, const char *why)
{
	return fail(w->e, EINVAL, "%.100s:%u: %s", w->name, w->line, why);
}

/* At the word's first byte; leaves @p behind its last. */
static int read_word(struct words *w, enum words_form form)
{
	size_t start = w->used;
	char quote = 0;
	size_t skip;
	int err = 0;

	if (w->n == WORDS_MAX)
		return read_fail(w, "too many words in a line");
	w->word[w->n].line = w->line;
	if (form == WORDS_BATCH && (*w->p == '\'' || *w->p == '"'))
		quote = *w->p++;
	for (; w->p < w->end && !err; w->p++) {
		if (form == WORDS_BATCH && (skip = continuation(w))) {
			w->p += skip - 1;
			w->line++;
			continue;
		}
		if (*w->p == '\n' || (quote ? *w->p == quote : is_blank(*w->p) || *w->p == '#'))
			break;
		if (form == WORDS_SHOWN && *w->p == '\\')
			break;
		if (!*w->p)
			return read_fail(w, "a NUL byte");
		err = keep(w, *w->p);
	}
	if (quote) {
		if (w->p == w->end || *w->p != quote)
			return read_fail(w, "a quote is not closed");
		w->p++;
	}
	if (!err)
		err = keep(w, '\0');
	if (!err)
		w->word[w->n++].text = w->buf + start;
	return err;
}

int words_read(struct words *w, enum words_form form)
{
	size_t skip;
	int err;

	wipe(w);
	w->n = 0;
	w->secret = false;
	while (w->p < w->end) {
		if (form == WORDS_BATCH && (skip = continuation(w))) {
			w->p += skip;
			w->line++;
		} else if (*w->p == '\n') {
			w->p++;
			w->line++;
			break;
		} else if (form == WORDS_SHOWN && *w->p == '\\') {
			w->p++;
			break;
		} else if (is_blank(*w->p)) {
			w->p++;
		} else if (*w->p == '#') {
			skip_comment(w);
		} else {
			err = read_word(w, form);
			if (err)
				return err;
		}
	}
	w->at = 0;
	return 0;
}

bool words_is(const struct words *w, const char *word)
{
	return w->at < w->n && !strcmp(w->word[w->at].text, word);
}

bool words_take(struct words *w, const char *word)
{
	if (!words_is(w, word))
		return false;
	w->at++;
	return true;
}

const char *words_next(struct words *w)
{
	return w->at < w->n ? w->word[w->at++].text : NULL;
}

static u32 line_of(const struct words *w, u32 at)
{
	return w->n ? w->word[at < w->n ? at : w->n - 1].line : w->line;
}

int words_fail(struct words *w, const char *fmt, ...)
{
	char why[384];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return fail(w->e, EINVAL, "%.100s:%u: %s", w->name, line_of(w, w->at ? w->at - 1 : 0), why);
}

/* Short, plain, and nothing that could be a piece of a key. */
static bool may_quote(const struct words *w, const char *word)
{
	size_t len = strlen(word);

	if (w->secret || len > 40 || (!strncmp(word, "0x", 2) && len > 10) ||
	    (len > 8 && strspn(word, "0123456789abcdefABCDEF") == len))
		return false;
	for (; *word; word++) {
		if (!isalnum((unsigned char)*word) && !strchr("-_.:/+", *word))
			return false;
	}
	return true;
}

int words_fail_at(struct words *w, const char *why)
{
	const char *word = words_peek(w);
	u32 line = line_of(w, w->at);

	if (!word)
		return fail(w->e, EINVAL, "%.100s:%u: %s, but the line ends", w->name, line, why);
	if (!may_quote(w, word))
		return fail(w->e, EINVAL, "%.100s:%u: %s (word %u of the line)", w->name, line, why,
			    w->at + 1);
	return fail(w->e, EINVAL, "%.100s:%u: %s: \"%s\"", w->name, line, why, word);
}
