// SPDX-License-Identifier: BSD-2-Clause
#include "base/rcu.h"

#include <pthread.h>

_Thread_local bool rcu_thread_registered;

static pthread_key_t exit_key;
static pthread_once_t exit_once = PTHREAD_ONCE_INIT;

/* For threads that rcu_register_self() registered. */
static void unregister_at_exit(void *unused)
{
	(void)unused;
	if (!rcu_thread_registered)
		return;
	rcu_thread_registered = false;
	urcu_memb_unregister_thread();
}

static void make_exit_key(void)
{
	/* Without a key a thread would stay registered after its exit: there is no way to go on. */
	if (pthread_key_create(&exit_key, unregister_at_exit))
		__builtin_trap();
}

void rcu_register_self(void)
{
	/* liburcu registers its own thread, on which deferred functions run. */
	if (URCU_TLS(urcu_memb_reader).registered) {
		rcu_thread_registered = true;
		return;
	}
	pthread_once(&exit_once, make_exit_key);
	urcu_memb_register_thread();
	rcu_thread_registered = true;
	/* Any non-NULL value makes the destructor run. */
	pthread_setspecific(exit_key, &exit_key);
}

void rcu_defer(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	/* call_rcu() itself must be called by a registered thread. */
	if (unlikely(!rcu_thread_registered))
		rcu_register_self();
	urcu_memb_call_rcu(head, func);
}

void rcu_wait(void)
{
	if (unlikely(!rcu_thread_registered))
		rcu_register_self();
	urcu_memb_synchronize_rcu();
}

void rcu_quiesce(void)
{
	if (unlikely(!rcu_thread_registered))
		rcu_register_self();
	urcu_memb_barrier();
}
