// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"verify", cmd_verify, "check BPF objects as the kernel's verifier would, and explain"},
	{"run", cmd_run, "run an XDP or tc program on a capture, made-up packets or live ports"},
	{"rss", cmd_rss, "spread IPsec over CPUs, by Security Association"},
	{"sad", cmd_sad, "show, convert, import and follow Security Associations"},
	{"info", cmd_info, "what this build and this machine's kernel can do"},
};

int complain(int status, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("espalier: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

int status_of_errno(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
	case EOPNOTSUPP:
	case ENOSYS:
		return EXIT_NO_SUPPORT;
	default:
		return EXIT_BAD_INPUT;
	}
}

bool use_colour(FILE *stream)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fileno(stream)) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

static void usage(FILE *out)
{
	fputs("usage: espalier COMMAND [OPTION...] [OPERAND...]\n\n"
	      "XDP programs that know IPsec, in the kernel or out of it.\n\ncommands:\n",
	      out);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].what);
	fputs("\nespalier COMMAND --help tells its options; espalier --version the version.\n"
	      "Exit status: 0 done or accepted, 1 rejected or a check failed, 2 wrong usage or\n"
	      "malformed input, 3 not permitted or not supported here.\n",
	      out);
}

/* A full disk or a closed pipe must not pass for success. */
static int flush_stdout(int status)
{
	if (fflush(stdout) || ferror(stdout))
		return complain(EXIT_BAD_INPUT, "standard output: %s", strerror(errno));
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		usage(stderr);
		return EXIT_BAD_INPUT;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		usage(stdout);
		return flush_stdout(EXIT_DONE);
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		printf("espalier %s\n", ESPALIER_VERSION);
		return flush_stdout(EXIT_DONE);
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return flush_stdout(commands[i].run(argc - 1, argv + 1));
	}
	return complain(EXIT_BAD_INPUT, "%s: no such command (see espalier --help)", argv[1]);
}
