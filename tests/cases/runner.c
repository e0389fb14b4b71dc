// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loads each annotated program of the objects named on the command line, on its own, and compares
 * the verdict, the error and the last line of the log with the annotation (expect.h). TAP on
 * stdout. With --kernel the running kernel is asked instead: skipped where it is not the one that
 * the annotations are about, or where bpf(2) is not permitted.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <espalier/libbpf.h>

#define PREFIX		 "expect:"
#define STRICTER	 "stricter:"
#define REFERENCE_KERNEL "6.18."
#define LOG_SIZE	 (16u << 20)
#define SKIPPED		 77

struct expectation {
	bool accept;
	int err;
	char message[512];
};

static int tests, failures;
static bool ask_kernel;
static char *log_buf;

static const struct {
	const char *name;
	int err;
} errors[] = {
	{"EINVAL", EINVAL}, {"EACCES", EACCES}, {"EPERM", EPERM},   {"E2BIG", E2BIG},
	{"EEXIST", EEXIST}, {"ENOENT", ENOENT}, {"EFAULT", EFAULT}, {"EOPNOTSUPP", EOPNOTSUPP},
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

/* Shell-like, with '*' only: messages are full of brackets. */
static bool matches(const char *pattern, const char *text)
{
	for (; *pattern && *pattern != '*'; pattern++, text++)
		if (*pattern != *text)
			return false;
	if (!*pattern)
		return !*text;
	do {
		if (matches(pattern + 1, text))
			return true;
	} while (*text++);
	return false;
}

static bool parse_expectation(const char *text, struct expectation *out)
{
	memset(out, 0, sizeof(*out));
	if (!strcmp(text, "accept")) {
		out->accept = true;
		return true;
	}
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		size_t len = strlen(errors[i].name);

		if (strncmp(text, errors[i].name, len) || text[len] != ':')
			continue;
		out->err = errors[i].err;
		snprintf(out->message, sizeof(out->message), "%s", text + len + 1);
		return true;
	}
	return false;
}

/* The "expect:" decl tag of a function. */
static bool find_expectation(const struct btf *btf, const char *func, struct expectation *out)
{
	__s32 id = btf__find_by_name_kind(btf, func, BTF_KIND_FUNC);

	for (__u32 i = 1; id > 0 && i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *text;

		if (!btf_is_decl_tag(t) || t->type != (__u32)id)
			continue;
		text = btf__name_by_offset(btf, t->name_off);
		if (!strncmp(text, PREFIX, strlen(PREFIX)))
			return parse_expectation(text + strlen(PREFIX), out);
		if (!strncmp(text, STRICTER, strlen(STRICTER)))
			return parse_expectation(ask_kernel ? "accept" : text + strlen(STRICTER),
						 out);
	}
	return false;
}

/* The line before "processed N insns ...". */
static const char *last_line(char *log)
{
	const char *last = "";

	for (char *line = strtok(log, "\n"); line; line = strtok(NULL, "\n")) {
		if (!strncmp(line, "processed ", strlen("processed ")))
			break;
		last = line;
	}
	return last;
}

/* Only the program named so. 0 or -errno. */
static int load_one(const char *path, const char *name)
{
	struct bpf_object *obj = bpf_object__open(path);
	struct bpf_program *prog;
	int err;

	if (!obj)
		return -errno;
	bpf_object__for_each_program(prog, obj)
	{
		bool wanted = !strcmp(bpf_program__name(prog), name);

		bpf_program__set_autoload(prog, wanted);
		if (!wanted)
			continue;
		bpf_program__set_log_level(prog, 1);
		bpf_program__set_log_buf(prog, log_buf, LOG_SIZE);
	}
	log_buf[0] = 0;
	err = bpf_object__load(obj);
	bpf_object__close(obj);
	return err;
}

static void check_program(const char *path, const char *name, const struct expectation *want)
{
	int err = load_one(path, name);
	const char *line = err ? last_line(log_buf) : "";
	bool ok = want->accept ? !err : err == -want->err && matches(want->message, line);

	printf("%sok %d - %s: %s\n", ok ? "" : "not ", ++tests, path, name);
	if (ok)
		return;
	failures++;
	if (want->accept)
		printf("# expected: accepted\n");
	else
		printf("# expected: %d %s\n", -want->err, want->message);
	printf("# got:      %d %s\n", err, line);
}

static int check_object(const char *path)
{
	struct bpf_object *obj = bpf_object__open(path);
	struct bpf_program *prog;

	if (!obj) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	bpf_object__for_each_program(prog, obj)
	{
		const char *name = bpf_program__name(prog);
		struct expectation want;

		if (find_expectation(bpf_object__btf(obj), name, &want)) {
			check_program(path, name, &want);
		} else {
			fprintf(stderr, "%s: %s: no expectation\n", path, name);
			failures++;
		}
	}
	bpf_object__close(obj);
	return 0;
}

/* Why the running kernel cannot be asked, or NULL. */
static const char *kernel_unfit(void)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	struct utsname uts;
	int fd;

	uname(&uts);
	if (strncmp(uts.release, REFERENCE_KERNEL, strlen(REFERENCE_KERNEL)))
		return "the running kernel is not " REFERENCE_KERNEL "x";
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, &opts);
	if (fd < 0)
		return "bpf(2) is not permitted";
	return NULL;
}

int main(int argc, char **argv)
{
	int first = 1;

	libbpf_set_print(quiet);
	if (argc > 1 && !strcmp(argv[1], "--kernel")) {
		const char *why;

		espalier_set_engine(ESPALIER_ENGINE_KERNEL);
		ask_kernel = true;
		first = 2;
		why = kernel_unfit();
		if (why) {
			printf("1..0 # SKIP %s\n", why);
			return SKIPPED;
		}
	}
	log_buf = malloc(LOG_SIZE);
	if (!log_buf)
		return 1;
	for (int i = first; i < argc; i++)
		if (check_object(argv[i]))
			failures++;
	printf("1..%d\n", tests);
	free(log_buf);
	return failures ? 1 : 0;
}
