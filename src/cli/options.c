// SPDX-License-Identifier: BSD-2-Clause
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define MAX_ROWS 40

static void print_help(const struct option_row *rows, const struct command_help *help)
{
	printf("usage: espalier %s\n\n%s\n\noptions:\n", help->usage, help->what);
	for (const struct option_row *r = rows; r->kind != OPTION_END; r++) {
		char left[64];
		int n = r->letter ? snprintf(left, sizeof(left), "  -%c, --%s", r->letter, r->name)
				  : snprintf(left, sizeof(left), "      --%s", r->name);

		if (r->arg)
			snprintf(left + n, sizeof(left) - (size_t)n, " %s", r->arg);
		printf("%-28s %s\n", left, r->help);
	}
	printf("%-28s %s\n", "  -h, --help", "this text");
	if (help->more)
		fputs(help->more, stdout);
}

static int parse_number(const struct option_row *r, const char *text, const char *where)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || v < r->min || v > r->max) {
		complain(EXIT_BAD_INPUT, "%s%s %s: not a number from %llu to %llu", where, r->name,
			 text, (unsigned long long)r->min, (unsigned long long)r->max);
		return -1;
	}
	*(uint64_t *)r->target = v;
	return 0;
}

static int parse_choice(const struct option_row *r, const char *text, const char *where)
{
	char all[128] = "";

	for (int i = 0; r->choices[i]; i++) {
		if (!strcmp(r->choices[i], text)) {
			*(int *)r->target = i;
			return 0;
		}
		if (i)
			strncat(all, ", ", sizeof(all) - strlen(all) - 1);
		strncat(all, r->choices[i], sizeof(all) - strlen(all) - 1);
	}
	complain(EXIT_BAD_INPUT, "%s%s %s: not one of %s", where, r->name, text, all);
	return -1;
}

int option_set(const struct option_row *r, const char *text, const char *where)
{
	struct text_list *list;

	switch (r->kind) {
	case OPTION_FLAG:
		*(bool *)r->target = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)r->target = text;
		return 0;
	case OPTION_LIST:
		list = r->target;
		if (list->nr == TEXT_LIST_MAX) {
			complain(EXIT_BAD_INPUT, "%s%s: given more than %d times", where, r->name,
				 TEXT_LIST_MAX);
			return -1;
		}
		list->at[list->nr++] = text;
		return 0;
	case OPTION_NUMBER:
		return parse_number(r, text, where);
	case OPTION_CHOICE:
		return parse_choice(r, text, where);
	default:
		return -1;
	}
}

int options_parse(int argc, char **argv, const struct option_row *rows,
		  const struct command_help *help, int *first)
{
	struct option longs[MAX_ROWS + 2] = {0};
	char letters[2 * MAX_ROWS + 4] = ":h";
	int n = 0, c, at;

	/* getopt's value for a row is 256 + its index, so that letters stay letters. */
	for (; rows[n].kind != OPTION_END; n++) {
		bool has_arg = rows[n].kind != OPTION_FLAG;

		longs[n] = (struct option){rows[n].name, has_arg, NULL, 256 + n};
		if (rows[n].letter) {
			char more[3] = {rows[n].letter, has_arg ? ':' : '\0', '\0'};

			strcat(letters, more);
		}
	}
	longs[n] = (struct option){"help", no_argument, NULL, 'h'};
	optind = 0;
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		if (c == 'h') {
			print_help(rows, help);
			return 1;
		}
		if (c == '?') {
			const char *bad = argv[optind - 1];

			if (optopt && optopt < 256)
				complain(EXIT_BAD_INPUT,
					 "%s: no option -%c (see espalier %s --help)", argv[0],
					 optopt, argv[0]);
			else
				complain(EXIT_BAD_INPUT,
					 "%s: no option %s (see espalier %s --help)", argv[0], bad,
					 argv[0]);
			return -1;
		}
		if (c == ':') {
			complain(EXIT_BAD_INPUT, "%s: %s needs an argument", argv[0],
				 argv[optind - 1]);
			return -1;
		}
		for (at = 0; at < n; at++) {
			if (c == 256 + at || (c < 256 && rows[at].letter == c))
				break;
		}
		if (at == n || option_set(&rows[at], optarg, "--"))
			return -1;
	}
	*first = optind;
	return 0;
}
