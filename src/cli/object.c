// SPDX-License-Identifier: BSD-2-Clause
#include "object.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <espalier/bpf.h>

#include <espalier/libbpf.h>

/* Larger than any BPF object in the field by far; libbpf reads the whole file into memory. */
#define OBJECT_SIZE_MAX (256ll << 20)
/* A load is bounded by the verifier's million instructions; a parser gone astray is not. */
#define VET_CPU_SECONDS 120

const char *const engine_names[] = {"user", "kernel", NULL};

static char complaint[512];

/* libbpf explains a failure from the inside out: the first warning is nearest to the cause. */
static int remember(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[512];
	const char *from = text;
	size_t len;

	if (level != LIBBPF_WARN || complaint[0])
		return 0;
	vsnprintf(text, sizeof(text), fmt, ap);
	if (!strncmp(from, "libbpf: ", 8))
		from += 8;
	len = strcspn(from, "\n");
	memcpy(complaint, from, len);
	complaint[len] = '\0';
	return 0;
}

const char *object_complaint(void)
{
	return complaint;
}

void object_forget_complaint(void)
{
	complaint[0] = '\0';
}

/* Sections that libbpf 1.1 does not know yet and later ones do. */
static void learn_sections(void)
{
	static const char *const tc[] = {"tcx/ingress", "tcx/egress",	  "tc/ingress",
					 "tc/egress",	"netkit/primary", "netkit/peer"};
	static bool learnt;

	for (size_t i = 0; !learnt && i < sizeof(tc) / sizeof(tc[0]); i++)
		libbpf_register_prog_handler(tc[i], BPF_PROG_TYPE_SCHED_CLS, 0, NULL);
	learnt = true;
}

void engine_choose(enum engine engine)
{
	espalier_set_engine(engine == ENGINE_KERNEL ? ESPALIER_ENGINE_KERNEL
						    : ESPALIER_ENGINE_USER);
	libbpf_set_print(remember);
	learn_sections();
}

static int check_file(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return complain(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return complain(EXIT_BAD_INPUT, "%s: %s", path, strerror(EISDIR));
	if (!S_ISREG(st.st_mode))
		return complain(EXIT_BAD_INPUT, "%s: not a regular file", path);
	if (!st.st_size)
		return complain(EXIT_BAD_INPUT, "%s: the file is empty", path);
	if (st.st_size > OBJECT_SIZE_MAX)
		return complain(EXIT_BAD_INPUT, "%s: %lld MiB are more than an object can have",
				path, (long long)st.st_size >> 20);
	if (access(path, R_OK))
		return complain(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
	return EXIT_DONE;
}

int object_open(const char *path, struct bpf_object **out)
{
	int status = check_file(path);
	int err;

	if (status != EXIT_DONE)
		return status;
	object_forget_complaint();
	*out = bpf_object__open_file(path, NULL);
	if (*out)
		return EXIT_DONE;
	err = errno;
	return complain(EXIT_BAD_INPUT, "%s: not a BPF object: %s", path,
			complaint[0] ? complaint : strerror(err));
}

static void vet_child(const char *path, bool extended)
{
	struct rlimit cpu = {VET_CPU_SECONDS, VET_CPU_SECONDS};
	struct rlimit core = {0, 0};
	struct bpf_object *obj;

	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &core);
	espalier_set_extended(extended);
	obj = bpf_object__open_file(path, NULL);
	if (obj)
		bpf_object__load(obj);
	_exit(0);
}

int object_vet(const char *path, bool extended)
{
	int status = check_file(path);
	pid_t pid;

	if (status != EXIT_DONE)
		return status;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return complain(EXIT_NO_SUPPORT, "%s: cannot start a process to read it in: %s",
				path, strerror(errno));
	if (!pid)
		vet_child(path, extended);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return complain(EXIT_BAD_INPUT, "%s: %s", path, strerror(errno));
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		return complain(EXIT_BAD_INPUT, "%s: malformed: not read within %d s", path,
				VET_CPU_SECONDS);
	if (WIFSIGNALED(status))
		return complain(EXIT_BAD_INPUT,
				"%s: malformed: reading it fails with signal %d (%s)", path,
				WTERMSIG(status), strsignal(WTERMSIG(status)));
	/* A sanitizer ends the process by itself, with a status of its own. */
	if (WEXITSTATUS(status))
		return complain(EXIT_BAD_INPUT,
				"%s: malformed: reading it fails with exit status %d", path,
				WEXITSTATUS(status));
	return EXIT_DONE;
}

struct bpf_program *object_select(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog, *found = NULL;

	bpf_object__for_each_program(prog, obj)
	{
		bool is_it = name && !strcmp(bpf_program__name(prog), name);

		bpf_program__set_autoload(prog, is_it);
		if (is_it)
			found = prog;
	}
	return found;
}

const char *prog_type_name(enum bpf_prog_type type)
{
	static _Thread_local char number[16];

	switch (type) {
	case BPF_PROG_TYPE_XDP:
		return "xdp";
	case BPF_PROG_TYPE_SCHED_CLS:
		return "tc";
	case BPF_PROG_TYPE_SOCKET_FILTER:
		return "socket";
	default:
		break;
	}
	if (libbpf_bpf_prog_type_str(type))
		return libbpf_bpf_prog_type_str(type);
	snprintf(number, sizeof(number), "type %d", type);
	return number;
}
