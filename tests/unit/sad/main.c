// SPDX-License-Identifier: BSD-2-Clause
#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("sad");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, state_case());
	suite_add_tcase(suite, index_case());
	suite_add_tcase(suite, twin_case());
	suite_add_tcase(suite, database_case());
	suite_add_tcase(suite, batch_case());
	suite_add_tcase(suite, show_case());
	suite_add_tcase(suite, export_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
