/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Options as tables: one table parses and prints the help, so neither can forget what the other
 * knows.
 */
enum option_kind {
	OPTION_END = 0,
	OPTION_FLAG,   /* bool */
	OPTION_TEXT,   /* const char * */
	OPTION_LIST,   /* struct text_list: may be given several times */
	OPTION_NUMBER, /* uint64_t within [min, max] */
	OPTION_CHOICE, /* int: index into @choices */
};

#define TEXT_LIST_MAX 64
struct text_list {
	const char *at[TEXT_LIST_MAX];
	int nr;
};

struct option_row {
	enum option_kind kind;
	const char *name; /* without "--" */
	char letter;	  /* or 0 */
	const char *arg;  /* name of the argument in the help */
	const char *help;
	void *target;
	uint64_t min, max;
	const char *const *choices; /* NULL-terminated */
};

struct command_help {
	const char *usage; /* behind "usage: espalier " */
	const char *what;
	const char *more; /* behind the options; or NULL */
};

/**
 * option_set - set what a row points at
 * @text: its argument; NULL for a flag
 * @where: before the name in the line that is printed on an error: "--", or a place in a file
 *
 * Return: 0 or -1.
 */
int option_set(const struct option_row *r, const char *text, const char *where);

/**
 * options_parse - parse a subcommand's options
 * @argc, @argv: argv[0] is the subcommand
 * @rows: ends with an OPTION_END row
 * @help: for --help
 * @first: set to the index of the first operand
 *
 * Options and operands may be mixed; "--" ends the options.
 *
 * Return: 0 go on; 1 help was printed, exit with 0; -1 wrong usage, the line is printed.
 */
int options_parse(int argc, char **argv, const struct option_row *rows,
		  const struct command_help *help, int *first);

#endif
