// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "options.h"
#include "sadfile.h"

static int print_sad(const struct text_list *files, enum espalier_sad_form form)
{
	struct espalier_sad *sad;
	char *text;
	size_t len;
	int status = sadfile_load(files, &sad);
	int err;

	if (status != EXIT_DONE)
		return status;
	err = espalier_sad_export(sad, 0, form, &text, &len);
	if (err) {
		status = complain(EXIT_BAD_INPUT, "sad: %s", strerror(-err));
	} else {
		fwrite(text, 1, len, stdout);
		free(text);
	}
	espalier_sad_free(sad);
	return status;
}

int cmd_sad(int argc, char **argv)
{
	struct text_list files = {0};
	bool json = false;
	const struct option_row rows[] = {
		{OPTION_FLAG, "json", 0, NULL, "show: one JSON document on standard output", &json,
		 0, 0, NULL},
		{0},
	};
	const struct command_help help = {
		"sad show|export [--json] FILE...",
		"Reads Security Associations (ip -batch lines, or output of ip -d xfrm state; - "
		"for\n"
		"standard input) and shows them, or prints them as ip -batch lines. Keys are "
		"dropped.",
	};
	int first, ret = options_parse(argc, argv, rows, &help, &first);
	bool show;

	if (ret)
		return ret > 0 ? EXIT_DONE : EXIT_BAD_INPUT;
	if (first == argc)
		return complain(EXIT_BAD_INPUT, "sad: show or export? (see espalier sad --help)");
	show = !strcmp(argv[first], "show");
	if (!show && strcmp(argv[first], "export"))
		return complain(EXIT_BAD_INPUT, "sad: %s: neither show nor export", argv[first]);
	if (json && !show)
		return complain(EXIT_BAD_INPUT, "sad: export prints ip -batch lines, not JSON");
	if (first + 1 == argc)
		return complain(EXIT_BAD_INPUT, "sad %s: no file named", argv[first]);
	if (argc - first - 1 > TEXT_LIST_MAX)
		return complain(EXIT_BAD_INPUT, "sad %s: more than %d files", argv[first],
				TEXT_LIST_MAX);
	while (++first < argc)
		files.at[files.nr++] = argv[first];
	return print_sad(&files, json	? ESPALIER_SAD_JSON
				 : show ? ESPALIER_SAD_TEXT
					: ESPALIER_SAD_BATCH);
}
