// SPDX-License-Identifier: BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "fixture.h"

/* Each test is a process: what it deferred must be freed in it, for the leak checker to see. */
static void quiesce(void)
{
	rcu_quiesce();
}

/* With "jit", machine code in place of the interpreter. */
int main(int argc, char **argv)
{
	TCase *cases[] = {
		alu_tests(),
		jump_tests(),
		memory_tests(),
		flow_tests(),
		tail_call_tests(),
		context_tests(),
		prog_tests(),
		inline_tests(),
		elide_tests(),
#if EXEC_HAS_JIT
		differential_tests(),
		encoding_tests(),
		debug_tests(),
#endif
	};
	Suite *suite = suite_create("exec");
	SRunner *runner;
	int failed;

	if (argc > 1 && !strcmp(argv[1], "jit"))
		test_executor = EXEC_JIT;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tcase_add_checked_fixture(cases[i], NULL, quiesce);
		suite_add_tcase(suite, cases[i]);
	}
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
