// SPDX-License-Identifier: BSD-2-Clause
#include "wakeup.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <espalier/host.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct wakeup *all;

int wakeup_init(struct wakeup *w, bool (*has_data)(struct wakeup *w))
{
	w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd < 0)
		return -errno;
	w->signalled = 0;
	w->has_data = has_data;
	pthread_mutex_lock(&lock);
	w->next = all;
	__atomic_store_n(&all, w, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&lock);
	return 0;
}

void wakeup_stop(struct wakeup *w)
{
	struct wakeup **at = &all;

	pthread_mutex_lock(&lock);
	while (*at != w)
		at = &(*at)->next;
	__atomic_store_n(at, w->next, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&lock);
}

void wakeup_close(struct wakeup *w)
{
	close(w->fd);
}

/* One write per wait of the consumer, however much is produced in between. */
void wakeup_signal(struct wakeup *w)
{
	if (!__atomic_exchange_n(&w->signalled, 1, __ATOMIC_SEQ_CST))
		eventfd_write(w->fd, 1);
}

/*
 * A producer that finds @signalled still set writes nothing, so what it has published must be
 * looked for after the flag is cleared.
 */
static void settle(struct wakeup *w)
{
	eventfd_t count;

	if (!__atomic_load_n(&w->signalled, __ATOMIC_SEQ_CST) || w->has_data(w))
		return;
	eventfd_read(w->fd, &count);
	__atomic_store_n(&w->signalled, 0, __ATOMIC_SEQ_CST);
	if (w->has_data(w))
		wakeup_signal(w);
}

void wakeup_settle(void)
{
	if (!__atomic_load_n(&all, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&lock);
	for (struct wakeup *w = all; w; w = w->next)
		settle(w);
	pthread_mutex_unlock(&lock);
}

void espalier_epoll_settle(void)
{
	wakeup_settle();
}
