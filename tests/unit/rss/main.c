// SPDX-License-Identifier: BSD-2-Clause
/*
 * esp_rss against its twin. With --kernel the running kernel runs it, in a network namespace of the
 * test's own: skipped where that is not permitted.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <espalier/bpf.h>
#include <espalier/libbpf.h>
#include <stdio.h>
#include <unistd.h>

#include "larval.h"
#include "subject.h"

#define SKIPPED 77

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

/* Why the kernel cannot be asked, or NULL. What it rejects is no reason, but a failed test. */
static const char *kernel_unfit(void)
{
	struct btf *btf;
	int err, fd;

	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "probe", 4, 4, 1, NULL);
	if (fd < 0)
		return "bpf(2) is not permitted";
	close(fd);
	btf = btf__load_vmlinux_btf();
	if (!btf)
		return "the kernel has no BTF";
	err = btf__find_by_name_kind(btf, "bpf_xdp_get_xfrm_state", BTF_KIND_FUNC);
	btf__free(btf);
	if (err < 0)
		return "the kernel has no bpf_xdp_get_xfrm_state()";
	err = larval_begin();
	return err ? "no network namespace with XFRM can be made" : NULL;
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("rss");
	SRunner *runner;
	int failed;

	libbpf_set_print(quiet);
	if (argc > 1 && !strcmp(argv[1], "--kernel")) {
		const char *why;

		espalier_set_engine(ESPALIER_ENGINE_KERNEL);
		on_kernel = true;
		why = kernel_unfit();
		if (why) {
			printf("1..0 # SKIP %s\n", why);
			return SKIPPED;
		}
	}
	if (!on_kernel)
		espalier_set_cpus(TWIN_CPUS);
	suite_add_tcase(suite, table_case());
	suite_add_tcase(suite, random_case());
	suite_add_tcase(suite, change_case());
	suite_add_tcase(suite, capture_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
