/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stdarg.h>

#include "base/types.h"

/*
 * A growing string with a sticky error: appends after a failed allocation do nothing, and the
 * caller asks once, at the end.
 */
struct strbuf {
	char *text; /* NUL-terminated once anything was appended; else NULL */
	size_t len;
	size_t room;
	bool failed;
};

#define STRBUF_INIT ((struct strbuf){0})

void strbuf_vaddf(struct strbuf *b, const char *fmt, va_list ap) __printf_like(2, 0);
void strbuf_addf(struct strbuf *b, const char *fmt, ...) __printf_like(2, 3);
void strbuf_add(struct strbuf *b, const void *data, size_t len);
void strbuf_free(struct strbuf *b);

/* The text (never NULL, "" when empty or failed); still owned by @b. */
const char *strbuf_text(const struct strbuf *b);

#endif
