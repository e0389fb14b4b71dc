// SPDX-License-Identifier: BSD-2-Clause
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define FILE_MAX  (64u << 10)
#define MAX_NAMES 64

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = f ? malloc(FILE_MAX + 1) : NULL;
	size_t n = 0;

	if (text)
		n = fread(text, 1, FILE_MAX + 1, f);
	if (!text || ferror(f)) {
		complain(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
	} else if (n > FILE_MAX) {
		complain(EXIT_BAD_INPUT, "%s: longer than %u bytes", path, FILE_MAX);
	} else if (memchr(text, '\0', n)) {
		complain(EXIT_BAD_INPUT, "%s: is no text", path);
	} else {
		text[n] = '\0';
		fclose(f);
		return text;
	}
	free(text);
	if (f)
		fclose(f);
	return NULL;
}

static int find_row(const struct option_row *rows, const char *const *except, const char *name)
{
	for (int i = 0; except[i]; i++) {
		if (!strcmp(except[i], name))
			return -2;
	}
	for (int i = 0; rows[i].kind != OPTION_END; i++) {
		if (!strcmp(rows[i].name, name))
			return i;
	}
	return -1;
}

static int set(const struct option_row *row, const char *value, const char *where)
{
	if (row->kind != OPTION_FLAG)
		return option_set(row, value, where);
	if (!strcmp(value, "yes"))
		return option_set(row, NULL, where);
	if (!strcmp(value, "no"))
		return 0;
	complain(EXIT_BAD_INPUT, "%s%s %s: neither yes nor no", where, row->name, value);
	return -1;
}

static int take_line(char *line, const struct option_row *rows, const char *const *except,
		     const char *where, bool seen[MAX_NAMES])
{
	char *value = strchr(line, '='), *name;
	int at;

	if (!value) {
		complain(EXIT_BAD_INPUT, "%s\"%.64s\" is no NAME = VALUE", where, line);
		return -1;
	}
	*value++ = '\0';
	name = trim(line);
	value = trim(value);
	at = find_row(rows, except, name);
	if (at < 0 || at >= MAX_NAMES) {
		complain(EXIT_BAD_INPUT,
			 at == -2 ? "%s%.64s belongs on the command line" : "%sno option %.64s",
			 where, name);
		return -1;
	}
	if (!*value) {
		complain(EXIT_BAD_INPUT, "%s%s has no value", where, name);
		return -1;
	}
	if (seen[at]) {
		complain(EXIT_BAD_INPUT, "%s%s is given twice", where, name);
		return -1;
	}
	seen[at] = true;
	return set(&rows[at], value, where);
}

int config_read(const char *path, const struct option_row *rows, const char *const *except,
		char **text)
{
	bool seen[MAX_NAMES] = {0};
	char where[512], *line, *next;
	int nr = 0, ret = 0;

	*text = read_file(path);
	if (!*text)
		return -1;
	for (line = *text; line && !ret; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		nr++;
		line[strcspn(line, "#")] = '\0';
		line = trim(line);
		snprintf(where, sizeof(where), "%s:%d: ", path, nr);
		if (*line)
			ret = take_line(line, rows, except, where, seen);
	}
	if (ret) {
		free(*text);
		*text = NULL;
	}
	return ret;
}
