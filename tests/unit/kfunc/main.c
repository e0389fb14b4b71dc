// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("kfunc");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, alloc_case());
	suite_add_tcase(suite, dynptr_case());
	suite_add_tcase(suite, graph_case());
	suite_add_tcase(suite, iter_case());
	suite_add_tcase(suite, registry_case());
	suite_add_tcase(suite, task_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
