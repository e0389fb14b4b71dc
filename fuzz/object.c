// SPDX-License-Identifier: BSD-2-Clause
/*
 * Whole objects through libbpf: what a hostile ELF file makes libbpf hand to bpf(2). libbpf 1.1 is
 * not written against hostile input and can be brought down by it; that the tool survives that is
 * tested elsewhere. Here a fault inside libbpf ends the input, one inside espalier_bpf() ends the
 * run.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <espalier/bpf.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options(void);
long __real_espalier_bpf(int cmd, union bpf_attr *attr, unsigned int size);
long __wrap_espalier_bpf(int cmd, union bpf_attr *attr, unsigned int size);

static sigjmp_buf libbpf_died;
static volatile int inside;

/* Leaks are libbpf's when it is left by a jump; faults come to the handler below. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:allow_user_segv_"
	       "handler=1";
}

long __wrap_espalier_bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	long ret;

	inside = 1;
	ret = __real_espalier_bpf(cmd, attr, size);
	inside = 0;
	return ret;
}

static void on_fault(int sig)
{
	(void)sig;
	if (inside)
		abort();
	siglongjmp(libbpf_died, 1);
}

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sigaction act = {.sa_handler = on_fault, .sa_flags = SA_NODEFER};

	(void)argc;
	(void)argv;
	libbpf_set_print(quiet);
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
	sigaction(SIGFPE, &act, NULL);
	/* Explanations read names and lines out of the BTF. */
	espalier_set_detailed_reports(1);
	return 0;
}

static void test_run(struct bpf_object *obj)
{
	static uint8_t packet[128] = {[12] = 0x08, [14] = 0x45, [23] = 50};
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
	{
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
			    .data_size_in = sizeof(packet), .repeat = 1);

		if (bpf_program__fd(prog) >= 0)
			bpf_prog_test_run_opts(bpf_program__fd(prog), &opts);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bpf_object *obj;

	if (sigsetjmp(libbpf_died, 1))
		return 0;
	obj = bpf_object__open_mem(data, size, NULL);
	if (!obj)
		return 0;
	if (!bpf_object__load(obj))
		test_run(obj);
	bpf_object__close(obj);
	return 0;
}
