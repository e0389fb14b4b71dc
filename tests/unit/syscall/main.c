// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>

#include "engine.h"

int main(void)
{
	Suite *suite = suite_create("syscall");
	SRunner *runner;
	int failed;

	if (!engine_use(ENGINE_KERNEL))
		puts("# the kernel is not asked: it is not 6.18, or bpf(2) is not permitted");
	suite_add_tcase(suite, attr_tests());
	suite_add_tcase(suite, map_tests());
	suite_add_tcase(suite, mapcall_tests());
	suite_add_tcase(suite, fd_tests());
	suite_add_tcase(suite, pin_tests());
	suite_add_tcase(suite, btf_tests());
	suite_add_tcase(suite, info_tests());
	suite_add_tcase(suite, load_tests());
	suite_add_tcase(suite, run_tests());
	suite_add_tcase(suite, jit_tests());
	suite_add_tcase(suite, wait_tests());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
