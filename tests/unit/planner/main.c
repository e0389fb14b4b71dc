// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("planner");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, cut_case());
	suite_add_tcase(suite, sequence_case());
	suite_add_tcase(suite, load_case());
	suite_add_tcase(suite, tools_case());
	suite_add_tcase(suite, chart_case());
	suite_add_tcase(suite, planner_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
