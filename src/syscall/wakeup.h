/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_WAKEUP_H
#define SYSCALL_WAKEUP_H

#include "base/types.h"

/*
 * Readiness of a buffer in shared memory. A consumer says how far it has read by a store that
 * nobody sees, so the eventfd that stands for "there is something to read" is cleared when somebody
 * is about to wait.
 */
struct wakeup {
	int fd; /* eventfd; what epoll gets */
	u32 signalled;
	bool (*has_data)(struct wakeup *w);
	struct wakeup *next;
};

/* 0 or -errno. From here on wakeup_settle() asks @has_data, from any thread. */
int wakeup_init(struct wakeup *w, bool (*has_data)(struct wakeup *w)) __must_check;
/* @has_data is not asked any more; signals may still come, and go unheard. */
void wakeup_stop(struct wakeup *w);
/* After wakeup_stop(), when no signal can be under way. */
void wakeup_close(struct wakeup *w);

/* There is something to read. From any thread, after the data was published. */
void wakeup_signal(struct wakeup *w);

/* Clear those that have nothing to read. */
void wakeup_settle(void);

#endif
