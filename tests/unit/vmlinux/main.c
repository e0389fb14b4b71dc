// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("vmlinux");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, blob_case());
	suite_add_tcase(suite, layout_case());
	suite_add_tcase(suite, walk_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
