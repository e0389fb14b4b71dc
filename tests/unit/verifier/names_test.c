// SPDX-License-Identifier: BSD-2-Clause
/* Names read off source lines, and the ring of the recorded path. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "trace.h"
#include "words.h"

static char name[64];

#define NAMES(call, expected)                     \
	do {                                      \
		ck_assert(call);                  \
		ck_assert_str_eq(name, expected); \
	} while (0)

START_TEST(assigned_from_a_call)
{
	NAMES(text_assigned_from_call("\tx = f(a, b);", "f", name, sizeof(name)), "x");
	NAMES(text_assigned_from_call("struct s *x = (struct s *)f(a);", "f", name, sizeof(name)),
	      "x");
	NAMES(text_assigned_from_call("while ((n = f(&it))) {", "f", name, sizeof(name)), "n");
	NAMES(text_assigned_from_call("v->head = f();", "f", name, sizeof(name)), "v->head");
	ck_assert(!text_assigned_from_call("if (x == f(a))", "f", name, sizeof(name)));
	ck_assert(!text_assigned_from_call("x = g(f(a));", "f", name, sizeof(name)));
	ck_assert(!text_assigned_from_call("x = f2(a);", "f", name, sizeof(name)));
	ck_assert(!text_assigned_from_call("x += f(a);", "f", name, sizeof(name)));
	ck_assert(!text_assigned_from_call("return f(a);", "f", name, sizeof(name)));
	ck_assert(!text_assigned_from_call("= f(a)", "f", name, sizeof(name)));
	ck_assert(!text_assigned_from_call("x = f(a);", "f", name, 1));
}
END_TEST

START_TEST(assigned_from_a_member)
{
	NAMES(text_assigned_from_member("void *data = (void *)(long)xdp->data;", "data", name,
					sizeof(name)),
	      "data");
	ck_assert(!text_assigned_from_member("p = xdp->data + 14;", "data", name, sizeof(name)));
	ck_assert(!text_assigned_from_member("p = xdp->data_end;", "data", name, sizeof(name)));
	ck_assert(!text_assigned_from_member("p = a ? xdp->data : 0;", "data", name, sizeof(name)));
	ck_assert(!text_assigned_from_member("p = xmeta;", "meta", name, sizeof(name)));
}
END_TEST

START_TEST(tested)
{
	NAMES(text_tested("\tif (!x)", 6, name, sizeof(name)), "x");
	NAMES(text_tested("\tif (x && x->y)", 6, name, sizeof(name)), "x");
	NAMES(text_tested("\tif (x && x->y)", 8, name, sizeof(name)), "x");
	NAMES(text_tested("\treturn x ? 1 : 0;", 9, name, sizeof(name)), "x");
	ck_assert(!text_tested("\tif (x->y)", 6, name, sizeof(name)));
	ck_assert(!text_tested("\tif (f(x))", 6, name, sizeof(name)));
	ck_assert(!text_tested("\tif (!x)", 0, name, sizeof(name)));
	ck_assert(!text_tested("\tif (!x)", 600, name, sizeof(name)));
	ck_assert(!text_tested("\tif (1)", 6, name, sizeof(name)));
}
END_TEST

START_TEST(arguments)
{
	NAMES(text_argument("x = f(a, &b, (void *)c);", "f", 0, name, sizeof(name)), "a");
	NAMES(text_argument("x = f(a, &b, (void *)c);", "f", 1, name, sizeof(name)), "&b");
	NAMES(text_argument("x = f(a, &b, (void *)c);", "f", 2, name, sizeof(name)), "c");
	NAMES(text_argument("f(g(a, b), c[i, 2]);", "f", 0, name, sizeof(name)), "g(a, b)");
	NAMES(text_argument("f(g(a, b), c[i]);", "f", 1, name, sizeof(name)), "c[i]");
	ck_assert(!text_argument("f(a, 14)", "f", 1, name, sizeof(name)));
	ck_assert(!text_argument("f(a)", "f", 1, name, sizeof(name)));
	ck_assert(!text_argument("f()", "f", 0, name, sizeof(name)));
	ck_assert(!text_argument("f(a,", "f", 1, name, sizeof(name)));
	ck_assert(!text_argument("xf(a)", "f", 0, name, sizeof(name)));
	ck_assert(!text_argument("f(\"%d, %d\", a)", "f", 1, name, sizeof(name)));
}
END_TEST

START_TEST(only_member)
{
	NAMES(text_only_member("if (iph->protocol != 50)", name, sizeof(name)), "iph->protocol");
	NAMES(text_only_member("v->n = w->n;", name, sizeof(name)), "w->n");
	NAMES(text_only_member("a.b.c == 1 || a.b.c == 2", name, sizeof(name)), "a.b.c");
	ck_assert(!text_only_member("a->b == c->d", name, sizeof(name)));
	ck_assert(!text_only_member("x = a->b->c;", name, sizeof(name)));
	ck_assert(!text_only_member("x = y;", name, sizeof(name)));
	ck_assert(!text_only_member("x = 1.5;", name, sizeof(name)));
	ck_assert(!text_only_member("", name, sizeof(name)));
}
END_TEST

START_TEST(ring)
{
	struct trace *trace = trace_new();
	struct func_state frame = {0};
	struct verifier_state st = {.frame = {&frame}};

	ck_assert_ptr_nonnull(trace);
	for (u32 i = 0; i < TRACE_MAX + 10; i++) {
		frame.regs[0].umin = i;
		trace_record(trace, &st, i);
	}
	/* The oldest ten are gone. */
	ck_assert_uint_eq(trace_mark(trace), TRACE_MAX + 10);
	ck_assert_uint_eq(trace->first, 10);
	ck_assert_uint_eq(trace_at(trace, 10)->insn, 10);
	ck_assert_uint_eq(trace_at(trace, TRACE_MAX + 9)->frame[0]->regs[0].umin, TRACE_MAX + 9);
	/* Back within what is there: what came before the mark stays. */
	trace_rewind(trace, 100);
	ck_assert_uint_eq(trace->first, 10);
	ck_assert_uint_eq(trace_at(trace, 99)->insn, 99);
	trace_record(trace, &st, 7777);
	ck_assert_uint_eq(trace_at(trace, 100)->insn, 7777);
	ck_assert_uint_eq(trace_at(trace, 99)->insn, 99);
	/* Back beyond it: nothing of that is left. */
	trace_rewind(trace, 5);
	ck_assert_uint_eq(trace->first, 5);
	ck_assert_uint_eq(trace_mark(trace), 5);
	trace_rewind(trace, 0);
	ck_assert_uint_eq(trace->first, 0);
	trace_free(trace);
	trace_free(NULL);
	trace_record(NULL, &st, 0);
	trace_rewind(NULL, 0);
	ck_assert_uint_eq(trace_mark(NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase = tcase_create("texts");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, assigned_from_a_call);
	tcase_add_test(tcase, assigned_from_a_member);
	tcase_add_test(tcase, tested);
	tcase_add_test(tcase, arguments);
	tcase_add_test(tcase, only_member);
	tcase_add_test(tcase, ring);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
