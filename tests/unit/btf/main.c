// SPDX-License-Identifier: BSD-2-Clause
#include <stdio.h>
#include <stdlib.h>

#include "blob.h"
#include "suites.h"

int main(void)
{
	Suite *suite = suite_create("btf");
	SRunner *runner;
	int failed;

	if (!kernel_answers())
		fprintf(stderr,
			"no Linux 6.18 with bpf(2) permitted: nothing is compared with it\n");
	suite_add_tcase(suite, parse_case());
	suite_add_tcase(suite, malformed_case());
	suite_add_tcase(suite, walk_case());
	suite_add_tcase(suite, fields_case());
	suite_add_tcase(suite, objects_case());
	suite_add_tcase(suite, oracle_case());
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
