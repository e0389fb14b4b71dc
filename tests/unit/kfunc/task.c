// SPDX-License-Identifier: BSD-2-Clause
#include "kfunc/task.h"

#include <pthread.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "suites.h"

START_TEST(current)
{
	struct task_struct *task = task_current();

	ck_assert_ptr_eq(task_current(), task);
	ck_assert_int_eq(task->pid, gettid());
	ck_assert_int_eq(task->tgid, getpid());
	ck_assert_ptr_eq(task->group_leader, task);
	ck_assert(arena_covers((u64)(uintptr_t)task, sizeof(*task)));
}
END_TEST

START_TEST(references)
{
	struct task_struct *task = task_current();

	ck_assert_int_eq(task->rcu_users.refs.counter, 1);
	ck_assert_ptr_eq((void *)CALL1("bpf_task_acquire", task), task);
	ck_assert_int_eq(task->rcu_users.refs.counter, 2);
	CALL1("bpf_task_release", task);
	ck_assert_int_eq(task->rcu_users.refs.counter, 1);
	ck_assert_ptr_eq((void *)CALL1("bpf_task_from_pid", gettid()), task);
	CALL1("bpf_task_release", task);
	ck_assert_ptr_null((void *)CALL1("bpf_task_from_pid", gettid() + 1));
}
END_TEST

static void *acquire(void *out)
{
	*(u64 *)out = CALL1("bpf_task_acquire", task_current());
	return NULL;
}

START_TEST(outlives_its_thread_while_held)
{
	struct task_struct *task;
	size_t before;
	pthread_t thread;

	task_current();
	before = arena_in_use();
	ck_assert_int_eq(pthread_create(&thread, NULL, acquire, &task), 0);
	pthread_join(thread, NULL);
	rcu_quiesce();
	ck_assert_int_eq(task->rcu_users.refs.counter, 1);
	ck_assert_uint_gt(arena_in_use(), before);
	CALL1("bpf_task_release", task);
	ck_assert_ptr_null((void *)CALL1("bpf_task_acquire", task));
	rcu_quiesce();
	ck_assert_uint_eq(arena_in_use(), before);
}
END_TEST

TCase *task_case(void)
{
	TCase *tc = tcase_create("task");

	tcase_add_test(tc, current);
	tcase_add_test(tc, references);
	tcase_add_test(tc, outlives_its_thread_while_held);
	return tc;
}
