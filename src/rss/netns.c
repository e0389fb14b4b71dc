// SPDX-License-Identifier: BSD-2-Clause
#include "rss/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HERE "/proc/thread-self/ns/net"

int rss_netns_here(u64 *dev, u64 *ino)
{
	struct stat st;

	if (stat(HERE, &st))
		return -errno;
	*dev = st.st_dev;
	*ino = st.st_ino;
	return 0;
}

int rss_netns_enter(const char *name, int *back, struct espalier_error *e)
{
	char path[PATH_MAX];
	int fd, here = -1, err;

	if (back)
		*back = -1;
	if (!name || !*name)
		return 0;
	snprintf(path, sizeof(path), strchr(name, '/') ? "%s" : "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(e, errno, "network namespace %s: %s", name, strerror(errno));
	if (back)
		here = open(HERE, O_RDONLY | O_CLOEXEC);
	if ((back && here < 0) || setns(fd, CLONE_NEWNET)) {
		err = errno;
		close(fd);
		if (here >= 0)
			close(here);
		return fail(e, err, "network namespace %s: %s", name,
			    err == EINVAL ? "it is none" : strerror(err));
	}
	close(fd);
	if (back)
		*back = here;
	return 0;
}

void rss_netns_leave(int back)
{
	if (back < 0)
		return;
	/* Its own namespace, which it held open: this cannot fail for lack of it. */
	if (setns(back, CLONE_NEWNET))
		_exit(3);
	close(back);
}
