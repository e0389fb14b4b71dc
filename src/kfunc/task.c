// SPDX-License-Identifier: BSD-2-Clause
#include "kfunc/task.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/rcu.h"
#include "task.h"

/* Task and what its memory needs; programs see the first. */
struct task {
	struct task_struct task; /* first: task pointers are cast back */
	struct rcu_head rcu;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static _Thread_local struct task_struct *current;
static struct task_struct nobody = {.rcu_users.refs.counter = 1};

static void task_free_rcu(struct rcu_head *head)
{
	struct task *task = container_of(head, struct task, rcu);

	arena_free(task, sizeof(*task));
}

bool task_get(struct task_struct *task)
{
	int *refs = &task->rcu_users.refs.counter;
	int old = __atomic_load_n(refs, __ATOMIC_RELAXED);

	do {
		if (!old)
			return false;
	} while (!__atomic_compare_exchange_n(refs, &old, old + 1, true, __ATOMIC_ACQUIRE,
					      __ATOMIC_RELAXED));
	return true;
}

void task_put(struct task_struct *task)
{
	if (__atomic_sub_fetch(&task->rcu_users.refs.counter, 1, __ATOMIC_ACQ_REL) == 0)
		rcu_defer(&((struct task *)task)->rcu, task_free_rcu);
}

static void thread_exits(void *task)
{
	current = NULL;
	task_put(task);
}

static void make_key(void)
{
	if (pthread_key_create(&key, thread_exits))
		abort();
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

static struct task_struct *task_new(void)
{
	struct task *new = arena_alloc(sizeof(*new), 64);
	struct task_struct *task = &new->task;

	if (!new)
		return NULL;
	memset(new, 0, sizeof(*new));
	task->usage.refs.counter = 1;
	task->rcu_users.refs.counter = 1;
	task->on_cpu = 1;
	task->prio = task->static_prio = task->normal_prio = 120;
	task->nr_cpus_allowed = (int)sysconf(_SC_NPROCESSORS_ONLN);
	task->pid = gettid();
	task->tgid = getpid();
	task->real_parent = task->parent = task->group_leader = task;
	task->start_time = clock_ns(CLOCK_MONOTONIC);
	task->start_boottime = clock_ns(CLOCK_BOOTTIME);
	prctl(PR_GET_NAME, task->comm);
	return task;
}

struct task_struct *task_current(void)
{
	if (likely(current))
		return current;
	pthread_once(&once, make_key);
	current = task_new();
	if (!current)
		return &nobody;
	if (pthread_setspecific(key, current)) {
		task_put(current);
		current = NULL;
		return &nobody;
	}
	return current;
}

BPF_FN1(kfunc_task_acquire, struct task_struct *, task)
{
	return task_get(task) ? (u64)task : 0;
}

BPF_FN1(kfunc_task_release, struct task_struct *, task)
{
	task_put(task);
	return 0;
}

/* There is one task: the thread that runs the program. */
BPF_FN1(kfunc_task_from_pid, s32, pid)
{
	struct task_struct *task = task_current();

	return pid == task->pid && task_get(task) ? (u64)task : 0;
}
