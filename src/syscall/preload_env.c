// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <espalier/bpf.h>
#include <espalier/sad.h>

/*
 * A preloaded program calls nothing of ours, so its surroundings say what it runs in:
 *
 *   ESPALIER_CPUS=N      how many virtual CPUs there are
 *   ESPALIER_SAD=FILE    SAs, as iproute2 writes them
 *   ESPALIER_EXEC=NAME   interp or jit
 *   ESPALIER_ELIDE=0     references are counted even where nobody can tell
 *   ESPALIER_EXTENDED=1  kfuncs for more program types than Linux registers them for
 *
 * What cannot be had ends the program before it begins.
 */
static void __attribute__((noreturn, format(printf, 1, 2))) stop(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("espalier: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	_Exit(2);
}

static void set_cpus(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || n > 1024 || espalier_set_cpus((unsigned int)n))
		stop("ESPALIER_CPUS: not a number of CPUs: %s", text);
}

static void set_exec(const char *text)
{
	bool jit = !strcmp(text, "jit");

	if (!jit && strcmp(text, "interp"))
		stop("ESPALIER_EXEC: neither interp nor jit: %s", text);
	if (espalier_set_exec(jit ? ESPALIER_EXEC_JIT : ESPALIER_EXEC_INTERP))
		stop("ESPALIER_EXEC: this build has no JIT for this machine");
}

static char *read_all(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text = NULL, *more;
	size_t room = 0, n;

	if (!f)
		stop("%s: %s", path, strerror(errno));
	*len = 0;
	do {
		room = room ? room * 2 : 65536;
		more = realloc(text, room);
		if (!more)
			stop("%s: %s", path, strerror(ENOMEM));
		text = more;
		n = fread(text + *len, 1, room - *len, f);
		*len += n;
	} while (*len == room);
	if (ferror(f))
		stop("%s: %s", path, strerror(errno));
	fclose(f);
	return text;
}

static void load_sad(const char *path)
{
	struct espalier_error e = {.text = ""};
	struct espalier_sad *sad; /* as long as the process */
	size_t len;
	char *text = read_all(path, &len);

	if (espalier_sad_new(&sad))
		stop("%s: %s", path, strerror(ENOMEM));
	if (espalier_sad_import(sad, path, text, len, 0, &e) < 0)
		stop("%s", e.text);
	espalier_set_sad(sad);
	free(text);
}

static void __attribute__((constructor)) read_surroundings(void)
{
	const char *value;

	value = getenv("ESPALIER_CPUS");
	if (value)
		set_cpus(value);
	value = getenv("ESPALIER_EXEC");
	if (value)
		set_exec(value);
	value = getenv("ESPALIER_ELIDE");
	if (value)
		espalier_set_elide(strcmp(value, "0") != 0);
	value = getenv("ESPALIER_EXTENDED");
	if (value)
		espalier_set_extended(!strcmp(value, "1"));
	value = getenv("ESPALIER_SAD");
	if (value)
		load_sad(value);
}
