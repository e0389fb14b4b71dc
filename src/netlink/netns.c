// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "socket.h"

#define NETNS_DIR "/run/netns"

struct errand {
	int ns;
	const char *netns;
	int (*f)(void *arg, struct espalier_error *e);
	void *arg;
	struct espalier_error *e;
	int ret;
};

/* The thread ends in the namespace that it went to: nothing has to be undone, so nothing can fail
 * to be. */
static void *run(void *arg)
{
	struct errand *t = arg;
	int err;

	if (setns(t->ns, CLONE_NEWNET)) {
		err = errno;
		t->ret = fail(t->e, err, "network namespace %.200s: %s", t->netns,
			      err == EINVAL ? "that is not a network namespace" : strerror(err));
		return NULL;
	}
	t->ret = t->f(t->arg, t->e);
	return NULL;
}

int netns_run(const char *netns, int (*f)(void *arg, struct espalier_error *e), void *arg,
	      struct espalier_error *e)
{
	struct errand t = {.netns = netns, .f = f, .arg = arg, .e = e};
	char path[4096];
	pthread_t thread;
	int n, err;

	if (!netns)
		return f(arg, e);
	n = snprintf(path, sizeof(path), "%s%s", strchr(netns, '/') ? "" : NETNS_DIR "/", netns);
	if (!*netns || n >= (int)sizeof(path))
		return fail(e, EINVAL, "network namespace %.200s: that is no name", netns);
	/* Not blocked by a FIFO of that name. */
	t.ns = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (t.ns < 0) {
		err = errno;
		return fail(e, err, "network namespace %.200s: %s", netns, strerror(err));
	}
	err = pthread_create(&thread, NULL, run, &t);
	if (err)
		t.ret = fail(e, err, "a thread for network namespace %.200s: %s", netns,
			     strerror(err));
	else
		pthread_join(thread, NULL);
	close(t.ns);
	return t.ret;
}
