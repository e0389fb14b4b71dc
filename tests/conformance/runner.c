// SPDX-License-Identifier: BSD-2-Clause
/*
 * Loads each program of the kernel's BPF selftests that is annotated with what must come of it, on
 * its own, as their own loader does, and prints one line of tab-separated fields a program: object,
 * program, type, annotation, verdict ("accepted" or errno), messages met (ok, bad, -), return value
 * (ok, bad, -), microseconds, instructions processed, last line of the log, first message missing.
 * With --kernel the running kernel is asked, without it the user engine.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <regex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <espalier/libbpf.h>

#define LOG_SIZE     (64u << 20)
#define MESSAGES_MAX 64
#define RUN_BYTES    64
/* "POINTER_VALUE": any value will do. */
#define ANY_VALUE 0xcafe4a11
#define TIMEOUT_S 120

struct message {
	unsigned long order;
	const char *text;
};

struct annotation {
	bool failure, success, auxiliary, other_arch, has_retval, custom_btf;
	struct message messages[MESSAGES_MAX];
	int nr_messages;
	uint32_t log_level, flags;
	uint32_t retval;
};

static char *log_buf;

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static const char *behind(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) ? NULL : text + len;
}

static uint32_t flag_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t value;
	} flags[] = {
		{"BPF_F_STRICT_ALIGNMENT", 1u << 0},	{"BPF_F_ANY_ALIGNMENT", 1u << 1},
		{"BPF_F_TEST_RND_HI32", 1u << 2},	{"BPF_F_TEST_STATE_FREQ", 1u << 3},
		{"BPF_F_SLEEPABLE", 1u << 4},		{"BPF_F_XDP_HAS_FRAGS", 1u << 5},
		{"BPF_F_TEST_REG_INVARIANTS", 1u << 7},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (!strcmp(name, flags[i].name))
			return flags[i].value;
	}
	return (uint32_t)strtoul(name, NULL, 0);
}

static uint32_t retval_of(const char *text)
{
	if (!strcmp(text, "INT_MIN"))
		return (uint32_t)INT_MIN;
	if (!strcmp(text, "POINTER_VALUE"))
		return ANY_VALUE;
	if (!strcmp(text, "TEST_DATA_LEN"))
		return RUN_BYTES;
	return (uint32_t)strtoll(text, NULL, 0);
}

static void read_tag(struct annotation *a, const char *tag)
{
	const char *rest;
	char *end;

	if (!strcmp(tag, "comment:test_expect_failure"))
		a->failure = true;
	else if (!strcmp(tag, "comment:test_expect_success"))
		a->success = true;
	else if (!strcmp(tag, "comment:test_auxiliary"))
		a->auxiliary = true;
	else if ((rest = behind(tag, "comment:test_log_level=")))
		a->log_level = (uint32_t)strtoul(rest, NULL, 0);
	else if ((rest = behind(tag, "comment:test_prog_flags=")))
		a->flags |= flag_of(rest);
	else if ((rest = behind(tag, "comment:test_btf_path=")))
		a->custom_btf = true;
	else if ((rest = behind(tag, "comment:test_arch=")))
		a->other_arch = strcmp(rest, "X86_64") != 0;
	else if ((rest = behind(tag, "comment:test_retval="))) {
		a->has_retval = true;
		a->retval = retval_of(rest);
	} else if ((rest = behind(tag, "comment:test_expect_msg=")) &&
		   a->nr_messages < MESSAGES_MAX) {
		a->messages[a->nr_messages].order = strtoul(rest, &end, 10);
		a->messages[a->nr_messages++].text = *end == '=' ? end + 1 : end;
	}
}

static int by_order(const void *l, const void *r)
{
	const struct message *a = l, *b = r;

	return a->order < b->order ? -1 : a->order > b->order;
}

static void read_annotation(const struct btf *btf, const char *func, struct annotation *a)
{
	__s32 id = btf__find_by_name_kind(btf, func, BTF_KIND_FUNC);

	memset(a, 0, sizeof(*a));
	for (__u32 i = 1; id > 0 && i < btf__type_cnt(btf); i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);

		if (btf_is_decl_tag(t) && t->type == (__u32)id)
			read_tag(a, btf__name_by_offset(btf, t->name_off));
	}
	/* The compiler may emit tags in any order: the annotation counts them. */
	qsort(a->messages, (size_t)a->nr_messages, sizeof(a->messages[0]), by_order);
}

/* A pattern is text to be found, in which {{...}} is a regular expression. Returns what follows. */
static const char *find_pattern(const char *log, const char *pattern)
{
	char re[4096], *to = re;
	regmatch_t match[1];
	const char *at;
	regex_t compiled;
	bool in = false;
	int miss;

	if (!strstr(pattern, "{{")) {
		at = strstr(log, pattern);
		return at ? at + strlen(pattern) : NULL;
	}
	while (*pattern && to < re + sizeof(re) - 3) {
		if (!strncmp(pattern, in ? "}}" : "{{", 2)) {
			in = !in;
			pattern += 2;
			continue;
		}
		if (!in && strchr("[]\\()*+?{}|.^$", *pattern))
			*to++ = '\\';
		*to++ = *pattern++;
	}
	*to = '\0';
	if (regcomp(&compiled, re, REG_EXTENDED | REG_NEWLINE))
		return NULL;
	miss = regexec(&compiled, log, 1, match, 0);
	regfree(&compiled);
	return miss ? NULL : log + match[0].rm_eo;
}

/* NULL: all were found, in their order. */
static const char *missing_message(const struct annotation *a)
{
	const char *at = log_buf;

	for (int i = 0; i < a->nr_messages; i++) {
		at = find_pattern(at, a->messages[i].text);
		if (!at)
			return a->messages[i].text;
	}
	return NULL;
}

/* The line before "processed N insns ..."; *processed is that N. */
static void last_line(const char *log, char *out, size_t size, unsigned long *processed)
{
	const char *last = "";
	size_t len = 0;

	*processed = 0;
	for (const char *line = log; *line;) {
		size_t n = strcspn(line, "\n");

		if (behind(line, "processed ")) {
			*processed = strtoul(line + strlen("processed "), NULL, 10);
			break;
		}
		if (n) {
			last = line;
			len = n;
		}
		line += n + (line[n] == '\n');
	}
	snprintf(out, size, "%.*s", (int)len, last);
	for (char *p = out; *p; p++) {
		if (*p == '\t')
			*p = ' ';
	}
}

static const char *run_result(struct bpf_program *prog, const struct annotation *a)
{
	static char in[RUN_BYTES], out[4 * RUN_BYTES];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_size_in = sizeof(in),
		    .data_out = out, .data_size_out = sizeof(out), .repeat = 1);

	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		return "bad";
	return a->retval == ANY_VALUE || opts.retval == a->retval ? "ok" : "bad";
}

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000u + (uint64_t)ts.tv_nsec / 1000u;
}

static void check_program(const char *path, const char *name)
{
	const char *object = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct bpf_object *obj = bpf_object__open(path);
	const char *missing = NULL, *result = "-";
	struct bpf_program *prog, *wanted = NULL;
	struct annotation own, other;
	unsigned long processed;
	char line[1024], verdict[32] = "accepted";
	uint64_t began, took;
	int err;

	if (!obj)
		return;
	read_annotation(bpf_object__btf(obj), name, &own);
	bpf_object__for_each_program(prog, obj)
	{
		read_annotation(bpf_object__btf(obj), bpf_program__name(prog), &other);
		if (!strcmp(bpf_program__name(prog), name))
			wanted = prog;
		bpf_program__set_autoload(prog, prog == wanted || other.auxiliary);
	}
	bpf_program__set_log_level(wanted, own.log_level ? own.log_level : 1);
	bpf_program__set_log_buf(wanted, log_buf, LOG_SIZE);
	bpf_program__set_flags(wanted, bpf_program__flags(wanted) | own.flags);
	log_buf[0] = '\0';
	began = now_us();
	err = bpf_object__load(obj);
	took = now_us() - began;
	if (err)
		snprintf(verdict, sizeof(verdict), "%d", err);
	missing = missing_message(&own);
	if (!err && own.has_retval && !own.failure)
		result = run_result(wanted, &own);
	last_line(log_buf, line, sizeof(line), &processed);
	printf("%s\t%s\t%d\t%s\t%s\t%s\t%s\t%llu\t%lu\t%s\t%s\n", object, name,
	       bpf_program__type(wanted), own.failure ? "failure" : "success", verdict,
	       !own.nr_messages ? "-"
	       : missing	? "bad"
				: "ok",
	       result, (unsigned long long)took, processed, err ? line : "",
	       missing ? missing : "");
	bpf_object__close(obj);
}

/* A program that brings its checker down shall cost its own line only. */
static void check_in_child(const char *path, const char *name)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		alarm(TIMEOUT_S);
		check_program(path, name);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		printf("%s\t%s\t0\t-\tsignal %d\t-\t-\t0\t0\t\t\n",
		       strrchr(path, '/') ? strrchr(path, '/') + 1 : path, name, WTERMSIG(status));
}

static void check_object(const char *path)
{
	struct bpf_object *obj = bpf_object__open(path);
	struct bpf_program *prog;
	struct annotation a;

	if (!obj) {
		fprintf(stderr, "%s: cannot be opened: %s\n", path, strerror(errno));
		return;
	}
	bpf_object__for_each_program(prog, obj)
	{
		enum bpf_prog_type type = bpf_program__type(prog);

		if (type != BPF_PROG_TYPE_XDP && type != BPF_PROG_TYPE_SCHED_CLS &&
		    type != BPF_PROG_TYPE_SOCKET_FILTER)
			continue;
		read_annotation(bpf_object__btf(obj), bpf_program__name(prog), &a);
		if ((a.failure || a.success) && !a.other_arch && !a.custom_btf)
			check_in_child(path, bpf_program__name(prog));
	}
	bpf_object__close(obj);
}

int main(int argc, char **argv)
{
	static const char *const tc_sections[] = {"tcx/ingress", "tcx/egress", "tc/ingress",
						  "tc/egress"};
	int first = 1;

	if (argc > 1 && !strcmp(argv[1], "--kernel")) {
		espalier_set_engine(ESPALIER_ENGINE_KERNEL);
		first++;
	}
	log_buf = malloc(LOG_SIZE);
	if (!log_buf)
		return 1;
	libbpf_set_print(quiet);
	/* Sections that a newer libbpf than Debian 12's knows. */
	for (size_t i = 0; i < sizeof(tc_sections) / sizeof(tc_sections[0]); i++)
		libbpf_register_prog_handler(tc_sections[i], BPF_PROG_TYPE_SCHED_CLS, 0, NULL);
	for (int i = first; i < argc; i++)
		check_object(argv[i]);
	return 0;
}
