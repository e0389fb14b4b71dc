// SPDX-License-Identifier: BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "doctor_parts.h"

/* sysfs as the network namespace that we are in shows it, mounted nowhere. -1: not permitted. */
static int open_sysfs(void)
{
	int fs = fsopen("sysfs", FSOPEN_CLOEXEC), fd = -1;

	if (fs < 0)
		return -1;
	if (!fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	close(fs);
	return fd;
}

static bool read_text(int dir, const char *path, char *text, size_t room)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, room - 1);
	close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

/* "ff,00000001": any bit set? */
static bool any_bit(const char *mask)
{
	return mask[strspn(mask, "0,")];
}

static void read_queues(int queues, struct rss_device_facts *x)
{
	char path[280], text[512];
	struct dirent *e;
	DIR *d = fdopendir(queues);

	if (!d) {
		close(queues);
		return;
	}
	x->rps_seen = true;
	while ((e = readdir(d))) {
		if (strncmp(e->d_name, "rx-", 3))
			continue;
		snprintf(path, sizeof(path), "%s/rps_cpus", e->d_name);
		if (!read_text(dirfd(d), path, text, sizeof(text)) || !any_bit(text))
			continue;
		if (!x->rps++)
			snprintf(x->rps_text, sizeof(x->rps_text), "%.60s", text);
	}
	closedir(d);
}

static bool is_same(int sysfs, const struct rss_device *dev)
{
	char path[64], text[32];

	snprintf(path, sizeof(path), "class/net/%s/ifindex", dev->name);
	return read_text(sysfs, path, text, sizeof(text)) &&
	       strtoul(text, NULL, 10) == dev->ifindex;
}

void facts_device(struct rss_facts *f, struct rss_device_facts *x)
{
	int sysfs = open_sysfs(), queues = -1;
	char path[64];

	rss_placement_read(&x->dev, &x->placement);
	if (sysfs < 0)
		sysfs = open("/sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "class/net/%s/queues", x->dev.name);
	/* The mounted one may be another namespace's, with an interface of that name. */
	if (sysfs >= 0 && is_same(sysfs, &x->dev))
		queues = openat(sysfs, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (queues >= 0)
		read_queues(queues, x);
	else
		facts_unseen(f, "%s: RPS, since its sysfs is not to be had here", x->dev.name);
	if (sysfs >= 0)
		close(sysfs);
}
