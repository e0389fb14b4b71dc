// SPDX-License-Identifier: BSD-2-Clause
#include "ringbuf_fd.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "wakeup.h"

/*
 * A ring buffer's descriptor is its memory, which mmap(2) takes and epoll does not. So epoll gets
 * an eventfd, from the first time somebody asks until nobody in user space can reach the map.
 */
struct ringbuf_event {
	struct wakeup wakeup; /* first */
	struct map *map;
	struct rcu_head rcu;
	struct ringbuf_event *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct ringbuf_event *events;

static bool has_data(struct wakeup *w)
{
	return map_ringbuf_has_data(container_of(w, struct ringbuf_event, wakeup)->map);
}

/* An eventfd can always be written to, so what a producer waits for is the edge: each counter taken
 * out of it is one. See interpose_epoll_event(). */
static void wake_producer(struct map *map, void *arg)
{
	int fd = ((struct ringbuf_event *)arg)->wakeup.fd;
	eventfd_t count;

	(void)map;
	eventfd_write(fd, 1);
	eventfd_read(fd, &count);
}

/* On a program's thread, inside its read-side section: that keeps the event. */
static void wake(struct map *map, void *arg)
{
	(void)map;
	wakeup_signal(&((struct ringbuf_event *)arg)->wakeup);
}

static struct ringbuf_event **find(const struct map *map)
{
	struct ringbuf_event **at = &events;

	while (*at && (*at)->map != map)
		at = &(*at)->next;
	return at;
}

static void free_event(struct rcu_head *head)
{
	struct ringbuf_event *event = container_of(head, struct ringbuf_event, rcu);

	wakeup_close(&event->wakeup);
	free(event);
}

void ringbuf_forget(struct map *map)
{
	struct ringbuf_event **at, *event;

	pthread_mutex_lock(&lock);
	at = find(map);
	event = *at;
	if (__atomic_load_n(&map->user_refs, __ATOMIC_ACQUIRE))
		event = NULL;
	if (event) {
		*at = event->next;
		map_ringbuf_set_wakeup(map, NULL, NULL);
	}
	pthread_mutex_unlock(&lock);
	if (!event)
		return;
	wakeup_stop(&event->wakeup);
	/* A producer may still be in wake(). */
	rcu_defer(&event->rcu, free_event);
}

int ringbuf_epoll_fd(struct map *map)
{
	struct ringbuf_event *event;
	int fd;

	pthread_mutex_lock(&lock);
	event = *find(map);
	if (!event) {
		event = calloc(1, sizeof(*event));
		fd = -ENOMEM;
		if (!event)
			goto out;
		event->map = map;
		fd = wakeup_init(&event->wakeup, has_data);
		if (fd) {
			free(event);
			goto out;
		}
		event->next = events;
		events = event;
		if (map->type == BPF_MAP_TYPE_USER_RINGBUF) {
			map_ringbuf_set_wakeup(map, wake_producer, event);
		} else {
			map_ringbuf_set_wakeup(map, wake, event);
			if (map_ringbuf_has_data(map))
				wakeup_signal(&event->wakeup);
		}
	}
	fd = event->wakeup.fd;
out:
	pthread_mutex_unlock(&lock);
	return fd;
}
