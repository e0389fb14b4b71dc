// SPDX-License-Identifier: BSD-2-Clause
#include "fixture.h"

int main(void)
{
	Suite *suite = suite_create("netlink");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, parse_case());
	suite_add_tcase(suite, build_case());
	suite_add_tcase(suite, event_case());
	suite_add_tcase(suite, apply_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
