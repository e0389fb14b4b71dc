// SPDX-License-Identifier: BSD-2-Clause
/* Whatever its users get (see rcu.h), this file looks at a thread's own record. */
#define _LGPL_SOURCE
#include "base/rcu.h"

#include <pthread.h>
#include <stdlib.h>

__thread_hot bool rcu_thread_registered;

static pthread_key_t exit_key;
static pthread_once_t process_once = PTHREAD_ONCE_INIT;

/* For threads that rcu_register_self() registered. */
static void unregister_at_exit(void *unused)
{
	(void)unused;
	if (!rcu_thread_registered)
		return;
	rcu_thread_registered = false;
	urcu_memb_unregister_thread();
}

static void set_up_process(void)
{
	/* Without a key a thread would stay registered after its exit: there is no way to go on. */
	if (pthread_key_create(&exit_key, unregister_at_exit))
		__builtin_trap();
	/* A child has not got the thread that deferred functions run on: it gets one of its own. */
	pthread_atfork(urcu_memb_call_rcu_before_fork, urcu_memb_call_rcu_after_fork_parent,
		       urcu_memb_call_rcu_after_fork_child);
}

void rcu_register_self(void)
{
	/* liburcu registers its own thread, on which deferred functions run. */
	if (URCU_TLS(urcu_memb_reader).registered) {
		rcu_thread_registered = true;
		return;
	}
	pthread_once(&process_once, set_up_process);
	urcu_memb_register_thread();
	rcu_thread_registered = true;
	/* Any non-NULL value makes the destructor run. */
	pthread_setspecific(exit_key, &exit_key);
}

#ifdef RCU_TSAN
void __tsan_acquire(void *at);
void __tsan_release(void *at);

/* What liburcu allocates and frees for itself, between threads that only its barriers order. */
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__tsan_default_suppressions(void)
{
	return "called_from_lib:liburcu-memb.so\n";
}

/* Stand for what the end of a read-side section, and that of a callback, happen before. */
static char readers_left, callbacks_done;

struct deferred {
	struct rcu_head rcu;
	struct rcu_head *head;
	void (*func)(struct rcu_head *head);
};

void rcu_tsan_leave(void)
{
	__tsan_release(&readers_left);
}

static void run_deferred(struct rcu_head *rcu)
{
	struct deferred *d = container_of(rcu, struct deferred, rcu);

	__tsan_acquire(&readers_left);
	__tsan_acquire(d);
	d->func(d->head);
	__tsan_release(&callbacks_done);
	free(d);
}

static void defer(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	struct deferred *d = malloc(sizeof(*d));

	if (!d)
		abort();
	d->head = head;
	d->func = func;
	__tsan_release(d);
	urcu_memb_call_rcu(&d->rcu, run_deferred);
}

static void tell_tsan(void *at)
{
	__tsan_acquire(at);
}
#else
static char callbacks_done;

static void defer(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	urcu_memb_call_rcu(head, func);
}

static void tell_tsan(void *at)
{
	(void)at;
}
#endif

void rcu_defer(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	/* call_rcu() itself must be called by a registered thread. */
	if (unlikely(!rcu_thread_registered))
		rcu_register_self();
	defer(head, func);
}

void rcu_quiesce(void)
{
	if (unlikely(!rcu_thread_registered))
		rcu_register_self();
	urcu_memb_barrier();
	tell_tsan(&callbacks_done);
}
