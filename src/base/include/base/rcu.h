/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_RCU_H
#define BASE_RCU_H

/*
 * The one RCU flavour of the project: liburcu's memb, read side inlined. Threads need no set-up
 * from their owner: rcu_enter() registers the calling thread at its first use and a thread-exit
 * hook unregisters it.
 *
 * A program runs inside one read-side section from entry to exit, so whatever a map, the SAD or a
 * kfunc hands it by RCU stays allocated until it returns.
 */
#if defined(__SANITIZE_THREAD__)
#define RCU_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_TSAN 1
#endif
#endif

/* ThreadSanitizer knows nothing of the barriers of liburcu's inlined half: it gets the library's
 * functions, which it does not look into, and is told what they order. */
#if !defined(RCU_TSAN) && !defined(_LGPL_SOURCE)
#define _LGPL_SOURCE
#endif
#include <urcu/urcu-memb.h>
#include <urcu/pointer.h>

#include "base/types.h"

extern __thread_hot bool rcu_thread_registered;

void rcu_register_self(void);

#ifdef RCU_TSAN
void rcu_tsan_leave(void);
#else
static inline void rcu_tsan_leave(void)
{
}
#endif

/* Begin a read-side section; nests. */
static inline void rcu_enter(void)
{
	if (unlikely(!rcu_thread_registered))
		rcu_register_self();
	urcu_memb_read_lock();
}

/* End the innermost read-side section. */
static inline void rcu_leave(void)
{
	rcu_tsan_leave();
	urcu_memb_read_unlock();
}

/**
 * rcu_defer - run @func after every reader that could see the object has left
 * @head: embedded in the object; unused until then
 * @func: runs on liburcu's call_rcu thread; must not block on rcu_quiesce()
 */
void rcu_defer(struct rcu_head *head, void (*func)(struct rcu_head *head));

/* Wait until every rcu_defer() callback queued so far, by any thread, has run. For tests and exit.
 */
void rcu_quiesce(void);

#endif
