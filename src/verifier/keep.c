// SPDX-License-Identifier: BSD-2-Clause
#include "keep.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 16384u

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	_Alignas(16) char bytes[];
};

struct keep {
	struct chunk *chunks;
};

struct keep *keep_new(void)
{
	return calloc(1, sizeof(struct keep));
}

void keep_free(struct keep *keep)
{
	struct chunk *next;

	if (!keep)
		return;
	for (struct chunk *c = keep->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	free(keep);
}

void *keep_alloc(struct keep *keep, size_t size)
{
	struct chunk *c = keep ? keep->chunks : NULL;
	void *at;

	if (!keep)
		return NULL;
	size = (size + 15) & ~(size_t)15;
	if (!c || c->size - c->used < size) {
		size_t room = max(size, (size_t)CHUNK_SIZE);

		c = calloc(1, sizeof(*c) + room);
		if (!c)
			return NULL;
		c->size = room;
		c->next = keep->chunks;
		keep->chunks = c;
	}
	at = c->bytes + c->used;
	c->used += size;
	return at;
}

const char *keep_text(struct keep *keep, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = len >= 0 ? keep_alloc(keep, (size_t)len + 1) : NULL;
	if (!text)
		return "";
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}
