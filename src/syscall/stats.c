// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdlib.h>

#include "attr.h"
#include "handle.h"

/* BPF_ENABLE_STATS: runs are counted while at least one of its descriptors is open. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static u32 holders;

static void count_holders(int by)
{
	pthread_mutex_lock(&lock);
	holders += (u32)by;
	__atomic_store_n(&prog_stats, holders != 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&lock);
}

static void release(struct object *obj)
{
	(void)obj;
	count_holders(-1);
}

static void free_stats(struct object *obj)
{
	free(obj);
}

long cmd_enable_stats(union attr *attr, union bpf_attr *user, u32 size)
{
	struct object *obj;
	int err, fd;

	(void)user;
	(void)size;
	if (attr->uapi.enable_stats.type != BPF_STATS_RUN_TIME)
		return -EINVAL;
	obj = malloc(sizeof(*obj));
	if (!obj)
		return -ENOMEM;
	err = object_init(obj, OBJECT_STATS, release, free_stats);
	if (err) {
		free(obj);
		return err;
	}
	count_holders(1);
	fd = fd_install(obj, FD_READ, -1);
	object_put(obj);
	return fd;
}
