/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef DATAPLANE_DOORBELL_H
#define DATAPLANE_DOORBELL_H

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/types.h"

/*
 * Wakes one thread that sleeps because a ring is empty, and costs no system call while it is awake.
 *
 * Waker: (1) puts into the ring, (2) exchanges nothing in @asleep and looks at it.
 * Sleeper: (3) sets @asleep, (4) looks into the ring once more, (5) sleeps if it is empty.
 *
 * (2) and (3) are read-modify-writes of one word, so one is first and the other acquires what was
 * before it: either (2) sees the sleeper and wakes it, or (4) sees what (1) put there.
 */
struct doorbell {
	int fd;
	u32 asleep;
};

static inline __must_check int doorbell_open(struct doorbell *d)
{
	d->asleep = 0;
	d->fd = eventfd(0, EFD_CLOEXEC);
	return d->fd < 0 ? -errno : 0;
}

static inline void doorbell_close(struct doorbell *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

/* (3) */
static inline void doorbell_arm(struct doorbell *d)
{
	__atomic_exchange_n(&d->asleep, 1, __ATOMIC_ACQ_REL);
}

static inline void doorbell_disarm(struct doorbell *d)
{
	__atomic_store_n(&d->asleep, 0, __ATOMIC_RELAXED);
}

/* (5); returns early on a signal. Also takes the wake-up that made poll(2) return. */
static inline void doorbell_wait(struct doorbell *d)
{
	u64 rung;

	if (read(d->fd, &rung, sizeof(rung)) < 0)
		rung = 0;
	doorbell_disarm(d);
}

/* Wake the sleeper, whether it sleeps or not: the next wait returns at once. In a signal handler
 * too. */
static inline void doorbell_wake(struct doorbell *d)
{
	u64 one = 1;

	/* Fails only when it has been rung 2^64 - 1 times already. */
	if (write(d->fd, &one, sizeof(one)) < 0)
		return;
}

/* (2) */
static inline void doorbell_ring(struct doorbell *d)
{
	if (unlikely(__atomic_fetch_and(&d->asleep, 0, __ATOMIC_ACQ_REL)))
		doorbell_wake(d);
}

#endif
