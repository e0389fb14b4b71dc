// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>

#include "fixture.h"

int main(void)
{
	Suite *suite = suite_create("map");
	SRunner *runner;
	int failed;

	suite_add_tcase(suite, array_case());
	suite_add_tcase(suite, fields_case());
	suite_add_tcase(suite, hash_case());
	suite_add_tcase(suite, lpm_case());
	suite_add_tcase(suite, lru_case());
	suite_add_tcase(suite, maps_case());
	suite_add_tcase(suite, progs_case());
	suite_add_tcase(suite, queue_case());
	suite_add_tcase(suite, redirect_case());
	suite_add_tcase(suite, ringbuf_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
