// SPDX-License-Identifier: BSD-2-Clause
/*
 * esp_rss against its twin. With --kernel the running kernel runs it, in a network namespace of the
 * test's own: skipped where that is not permitted.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <espalier/bpf.h>
#include <espalier/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "larval.h"
#include "subject.h"

#define SKIPPED 77

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level, (void)fmt, (void)ap;
	return 0;
}

/* Why the kernel cannot be asked, or NULL. */
static const char *kernel_unfit(void)
{
	struct rss_prog_options o = {.nr_cpus = 2,
				     .lookup = has_kfunc ? RSS_LOOKUP_KFUNC : RSS_LOOKUP_MAP,
				     .record = true};
	static struct espalier_error e;
	struct rss_prog *p;
	int err = larval_begin();

	if (err)
		return strerror(-err);
	err = rss_prog_load(&o, &p, &e);
	if (err == -EPERM || err == -EOPNOTSUPP || err == -EINVAL)
		return e.text;
	if (!err)
		rss_prog_free(p);
	return NULL;
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
