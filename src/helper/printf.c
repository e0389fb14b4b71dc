// SPDX-License-Identifier: BSD-2-Clause
#include "printf.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/hash.h"
#include "helper/helper.h"
#include "object/run.h"

/* What the kernel stages arguments in before it formats them: a limit that programs can see. */
#define STAGE_SIZE   512
#define WIDTH_MAX    ((1 << 23) - 1)
#define ADDRESS_TEXT 40

/* A conversion, cut out of the format. */
struct conversion {
	enum {
		CONV_INT,
		CONV_CHAR,
		CONV_STRING,
		CONV_HASHED,
		CONV_POINTER,
		CONV_SYMBOL,
		CONV_CALLER,
		CONV_KERNEL_STRING,
		CONV_USER_STRING,
		CONV_ADDRESS,
	} kind;
	char flags[5];
	u32 width;
	bool wide;   /* a 64-bit integer */
	char letter; /* CONV_INT: as for printf(3); CONV_ADDRESS: i or I */
	u32 address; /* CONV_ADDRESS: 4 or 6 */
};

struct writer {
	char *out;
	size_t room;
	size_t len;
	u32 staged;
};

static void put(struct writer *w, const char *text, size_t len)
{
	if (w->len + 1 < w->room)
		memcpy(w->out + w->len, text, min(len, w->room - 1 - w->len));
	w->len += len;
}

/* A conversion ends a word, so that "%pfoo" is no pointer followed by text. */
static bool ends_word(char c)
{
	return !c || isspace((unsigned char)c) || ispunct((unsigned char)c);
}

static const char *parse_flags(const char *p, struct conversion *c)
{
	u32 n = 0;

	for (; *p && strchr("0+- ", *p); p++)
		if (!memchr(c->flags, *p, n))
			c->flags[n++] = *p;
	c->flags[n] = '\0';
	c->width = 0;
	for (; isdigit((unsigned char)*p); p++)
		c->width = min(c->width * 10 + (u32)(*p - '0'), (u32)WIDTH_MAX);
	return p;
}

/* @p is behind "%p"; the end of the conversion, or NULL. Letters after a pointer belong to it. */
static const char *parse_pointer(const char *p, struct conversion *c)
{
	if (ends_word(*p)) {
		c->kind = CONV_HASHED;
		return p;
	}
	if ((p[0] == 'k' || p[0] == 'u') && p[1] == 's') {
		c->kind = p[0] == 'k' ? CONV_KERNEL_STRING : CONV_USER_STRING;
		return ends_word(p[2]) ? p + 2 : NULL;
	}
	switch (*p) {
	case 'K':
		c->kind = CONV_HASHED;
		break;
	case 'x':
		c->kind = CONV_POINTER;
		break;
	case 's':
	case 'S':
		c->kind = CONV_SYMBOL;
		break;
	case 'B':
		c->kind = CONV_CALLER;
		break;
	case 'i':
	case 'I':
		if (p[1] != '4' && p[1] != '6')
			return NULL;
		c->kind = CONV_ADDRESS;
		c->letter = *p;
		c->address = (u32)(p[1] - '0');
		break;
	default:
		return NULL;
	}
	while (isalnum((unsigned char)*p))
		p++;
	return p;
}

/* @p is behind the '%'; the end of the conversion, or NULL if it is not allowed. */
static const char *parse(const char *p, struct conversion *c)
{
	p = parse_flags(p, c);
	c->wide = false;
	switch (*p) {
	case 'p':
		return parse_pointer(p + 1, c);
	case 's':
		c->kind = CONV_STRING;
		return ends_word(p[1]) ? p + 1 : NULL;
	case 'c':
		c->kind = CONV_CHAR;
		return p + 1;
	}
	if (*p == 'l') {
		c->wide = true;
		p += p[1] == 'l' ? 2 : 1;
	}
	if (!*p || !strchr("diuxX", *p))
		return NULL;
	c->kind = CONV_INT;
	c->letter = *p;
	return p + 1;
}

/* Formats one value with the conversion's flags and width. */
static void put_spec(struct writer *w, const struct conversion *c, const char *type, ...)
	__attribute__((noinline));
static void put_spec(struct writer *w, const struct conversion *c, const char *type, ...)
{
	char spec[32], small[64], *text = small;
	size_t room = sizeof(small);
	va_list ap;
	int len;

	if (c->width)
		snprintf(spec, sizeof(spec), "%%%s%u%s", c->flags, c->width, type);
	else
		snprintf(spec, sizeof(spec), "%%%s%s", c->flags, type);
	for (;;) {
		va_start(ap, type);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		len = vsnprintf(text, room, spec, ap);
#pragma GCC diagnostic pop
		va_end(ap);
		if (len < 0 || (size_t)len < room)
			break;
		room = (size_t)len + 1;
		text = malloc(room);
		if (!text)
			return;
	}
	if (len > 0)
		put(w, text, (size_t)len);
	if (text != small)
		free(text);
}

static void put_int(struct writer *w, const struct conversion *c, u64 arg)
{
	bool is_signed = c->letter == 'd' || c->letter == 'i';
	char type[4] = {'l', 'l', is_signed ? 'd' : c->letter, '\0'};

	if (!c->wide)
		arg = is_signed ? (u64)(s64)(s32)arg : (u32)arg;
	put_spec(w, c, type, arg);
}

/* The zero flag pads numbers only. */
static void put_text(struct writer *w, const struct conversion *c, const char *text)
{
	struct conversion plain = *c;
	u32 n = 0;

	for (const char *f = c->flags; *f; f++)
		if (*f == '-')
			plain.flags[n++] = '-';
	plain.flags[n] = '\0';
	put_spec(w, &plain, "s", text);
}

/* Copies a string of the program's, as much of it as @room holds with the NUL; "" where it may not
 * be read. Returns the bytes used. */
static u32 copy_string(char *to, u32 room, u64 from)
{
	const char *s = (const char *)from;
	u32 n;

	for (n = 0; n < room - 1; n++) {
		if (!run_may_read(from + n, 1)) {
			n = 0;
			break;
		}
		to[n] = s[n];
		if (!to[n])
			return n + 1;
	}
	to[n] = '\0';
	return n + 1;
}

static void address_text(char text[ADDRESS_TEXT], const struct conversion *c, u64 arg)
{
	u8 a[16] = {0};
	u32 size = c->address == 4 ? 4 : 16, len = 0;

	if (run_may_read(arg, size))
		memcpy(a, (const void *)arg, size);
	if (c->address == 4) {
		snprintf(text, ADDRESS_TEXT,
			 c->letter == 'I' ? "%u.%u.%u.%u" : "%03u.%03u.%03u.%03u", a[0], a[1], a[2],
			 a[3]);
		return;
	}
	for (u32 i = 0; i < size; i += 2)
		len += (u32)snprintf(text + len, ADDRESS_TEXT - len, "%s%02x%02x",
				     i && c->letter == 'I' ? ":" : "", a[i], a[i + 1]);
}

/* Addresses of the host are none of a log reader's business: the kernel hashes them, too. */
static u64 hashed(u64 pointer)
{
	static u64 seed; /* atomic; odd once chosen */
	u64 chosen = __atomic_load_n(&seed, __ATOMIC_RELAXED);

	if (!pointer)
		return 0;
	if (!chosen) {
		u64 fresh = 0;

		if (getrandom(&fresh, sizeof(fresh), GRND_NONBLOCK) != sizeof(fresh))
			fresh = (u64)(uintptr_t)&seed;
		if (__atomic_compare_exchange_n(&seed, &chosen, fresh | 1, false, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			chosen = fresh | 1;
	}
	return (u32)hash_u64(pointer, chosen);
}

/* What the kernel turns into text before it formats: strings, addresses, characters. */
static int put_staged(struct writer *w, const struct conversion *c, u64 arg)
{
	u32 left = STAGE_SIZE - w->staged;
	char text[STAGE_SIZE] = "";

	if (left < (c->kind != CONV_ADDRESS ? 1 : c->address == 4 ? 4 : 16))
		return -ENOSPC;
	switch (c->kind) {
	case CONV_STRING:
	case CONV_KERNEL_STRING:
		w->staged += copy_string(text, left, arg);
		break;
	case CONV_CHAR:
		text[0] = (char)arg;
		w->staged++;
		break;
	case CONV_ADDRESS:
		address_text(text, c, arg);
		w->staged += min(left, (u32)strlen(text) + 1);
		break;
	case CONV_CALLER:
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)arg);
		w->staged += min(left, (u32)strlen(text) + 1);
		break;
	default:
		w->staged++;
	}
	/* A quirk: what belongs to a %p is not padded, and not counted behind the end. */
	if (c->kind == CONV_STRING || c->kind == CONV_CHAR)
		put_text(w, c, text);
	else if (w->len < w->room)
		put(w, text, strlen(text));
	return 0;
}

static int put_number(struct writer *w, const struct conversion *c, u64 arg)
{
	u32 size = c->kind == CONV_INT && !c->wide ? 4 : 8;
	struct conversion pointer = *c;
	char text[32];

	w->staged = (u32)round_up_to(w->staged, sizeof(u32));
	if (w->staged + size > STAGE_SIZE)
		return -ENOSPC;
	w->staged += size;
	switch (c->kind) {
	case CONV_INT:
		put_int(w, c, arg);
		return 0;
	case CONV_SYMBOL:
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)arg);
		put_text(w, c, text);
		return 0;
	default:
		if (!pointer.width) {
			pointer.width = 16;
			strcpy(pointer.flags, "0");
		}
		put_spec(w, &pointer, "llx", c->kind == CONV_HASHED ? hashed(arg) : arg);
		return 0;
	}
}

static int put_conversion(struct writer *w, const struct conversion *c, u64 arg)
{
	switch (c->kind) {
	case CONV_INT:
	case CONV_HASHED:
	case CONV_POINTER:
	case CONV_SYMBOL:
		return put_number(w, c, arg);
	default:
		return put_staged(w, c, arg);
	}
}

/* @args NULL: the format alone is looked at. */
static int format(struct writer *w, const char *fmt, const u64 *args, u32 nr_args)
{
	struct conversion c;
	u32 used = 0;
	int err = 0;

	for (const char *p = fmt; *p && !err;) {
		const char *plain = p;

		p += strcspn(p, "%");
		put(w, plain, (size_t)(p - plain));
		if (!*p)
			break;
		if (p[1] == '%') {
			put(w, "%", 1);
			p += 2;
			continue;
		}
		if (used >= nr_args)
			return -EINVAL;
		p = parse(p + 1, &c);
		if (!p)
			return -EINVAL;
		if (args)
			err = put_conversion(w, &c, args[used]);
		used++;
	}
	return err;
}

int printf_format(char *out, size_t room, const char *fmt, const u64 *args, u32 nr_args)
{
	struct writer dry = {0}, w = {.out = out, .room = room};
	int err;

	for (const char *p = fmt; *p; p++) {
		if (isascii((unsigned char)*p) && !isprint((unsigned char)*p) &&
		    !isspace((unsigned char)*p))
			return -EINVAL;
	}
	/* On an error nothing is written. */
	err = format(&dry, fmt, args, nr_args);
	if (err || !out)
		return err;
	err = format(&w, fmt, args, nr_args);
	if (err)
		return err;
	if (room)
		out[min(w.len, room - 1)] = '\0';
	return (int)min(w.len, (size_t)S32_MAX);
}

int helper_check_format(const char *fmt, u32 nr_args)
{
	if (nr_args > PRINTF_ARGS_MAX)
		return -EINVAL;
	return printf_format(NULL, 0, fmt, NULL, nr_args);
}
