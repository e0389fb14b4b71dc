// SPDX-License-Identifier: BSD-2-Clause
#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct strbuf *b, size_t more)
{
	size_t room = b->room ? b->room : 64;
	char *text;

	if (b->failed)
		return false;
	while (room < b->len + more + 1)
		room *= 2;
	if (room == b->room)
		return true;
	text = realloc(b->text, room);
	if (!text) {
		b->failed = true;
		return false;
	}
	b->text = text;
	b->room = room;
	return true;
}

void strbuf_add(struct strbuf *b, const void *data, size_t len)
{
	if (!make_room(b, len))
		return;
	memcpy(b->text + b->len, data, len);
	b->len += len;
	b->text[b->len] = '\0';
}

void strbuf_vaddf(struct strbuf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return;
	}
	if (!make_room(b, (size_t)n))
		return;
	vsnprintf(b->text + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void strbuf_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(b, fmt, ap);
	va_end(ap);
}

void strbuf_free(struct strbuf *b)
{
	free(b->text);
	*b = STRBUF_INIT;
}

const char *strbuf_text(const struct strbuf *b)
{
	return b->text && !b->failed ? b->text : "";
}
