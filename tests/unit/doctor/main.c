// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("doctor");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, doctor_case());
	suite_add_tcase(suite, speed_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
