// SPDX-License-Identifier: BSD-2-Clause
#include "rss/pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define WAIT_US	   50000
#define WAIT_TIMES 200 /* ten seconds: an attach takes one at most */

struct rss_pins {
	int lock;
	char bpffs[PATH_MAX / 2];
	char top[PATH_MAX / 2 + 16];
	char dir[PATH_MAX / 2 + 24];
};

static void path_of(const struct rss_pins *p, const char *path, char out[PATH_MAX])
{
	snprintf(out, PATH_MAX, "%s/%s", p->dir, path);
}

static int check_bpffs(const char *dir, struct espalier_error *e)
{
	struct statfs st;

	if (statfs(dir, &st))
		return fail(e, errno == ENOENT ? EOPNOTSUPP : errno, "%s: %s", dir,
			    strerror(errno));
	if ((unsigned long)st.f_type != BPF_FS_MAGIC)
		return fail(e, EOPNOTSUPP,
			    "%s: no bpf file system is mounted there (mount -t bpf bpf %s)", dir,
			    dir);
	return 0;
}

/* Locked, and still the folder that the path leads to: whoever leaves it empty removes it. */
static int enter_once(struct rss_pins *p, enum rss_access access)
{
	struct stat here, there;
	int err = 0;

	if (access == RSS_CHANGE && mkdir(p->top, 0700) && errno != EEXIST)
		return -errno;
	p->lock = open(p->top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p->lock < 0)
		return errno == ENOENT && access == RSS_CHANGE ? -EAGAIN : -errno;
	if (flock(p->lock, (access == RSS_CHANGE ? LOCK_EX : LOCK_SH) | LOCK_NB))
		err = errno == EWOULDBLOCK ? -EBUSY : -errno;
	else if (fstat(p->lock, &here) || stat(p->top, &there) || here.st_ino != there.st_ino)
		err = -EAGAIN;
	if (err) {
		close(p->lock);
		p->lock = -1;
	}
	return err;
}

int rss_pins_open(const char *bpffs, enum rss_access access, struct rss_pins **out,
		  struct espalier_error *e)
{
	struct rss_pins *p;
	size_t len;
	int err;

	if (!bpffs)
		bpffs = RSS_BPFFS;
	len = strlen(bpffs);
	while (len > 1 && bpffs[len - 1] == '/')
		len--;
	if (!len || len >= sizeof(p->bpffs))
		return fail(e, ENAMETOOLONG, "%.64s: no path of a bpf file system", bpffs);
	err = check_bpffs(bpffs, e);
	if (err)
		return err;
	p = calloc(1, sizeof(*p));
	if (!p)
		return fail(e, ENOMEM, "out of memory");
	memcpy(p->bpffs, bpffs, len);
	snprintf(p->top, sizeof(p->top), "%s/espalier", p->bpffs);
	snprintf(p->dir, sizeof(p->dir), "%s/rss", p->top);
	for (int i = 0; i < WAIT_TIMES; i++) {
		err = enter_once(p, access);
		if (err != -EBUSY && err != -EAGAIN)
			break;
		usleep(WAIT_US);
	}
	if (!err && access == RSS_READ && !rss_pins_has(p, "."))
		err = -ENOENT;
	if (!err) {
		*out = p;
		return 0;
	}
	if (err == -ENOENT)
		fail(e, ENOENT, "%s: nothing is attached", p->dir);
	else if (err == -EBUSY)
		fail(e, EBUSY, "%s: another espalier is changing it", p->dir);
	else
		fail(e, -err, "%s: %s", p->top, strerror(-err));
	rss_pins_close(p);
	return err;
}

void rss_pins_close(struct rss_pins *p)
{
	if (!p)
		return;
	if (p->lock >= 0) {
		/* Fails, as it should, unless all is gone. */
		rmdir(p->dir);
		rmdir(p->top);
		close(p->lock);
	}
	free(p);
}

const char *rss_pins_bpffs(const struct rss_pins *p)
{
	return p->bpffs;
}

const char *rss_pins_dir(const struct rss_pins *p)
{
	return p->dir;
}

bool rss_pins_has(const struct rss_pins *p, const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	path_of(p, path, full);
	return !stat(full, &st);
}

int rss_pins_make(struct rss_pins *p, const char *path, struct espalier_error *e)
{
	char full[PATH_MAX];
	char *end = full;

	path_of(p, path, full);
	/* Below DIR/espalier, which whoever locked it made. */
	end += strlen(p->top);
	while (end) {
		end = strchr(end + 1, '/');
		if (end)
			*end = '\0';
		if (mkdir(full, 0700) && errno != EEXIST)
			return fail(e, errno, "%s: %s", full, strerror(errno));
		if (end)
			*end = '/';
	}
	return 0;
}

int rss_pins_put(struct rss_pins *p, int fd, const char *path, struct espalier_error *e)
{
	char full[PATH_MAX];

	path_of(p, path, full);
	if (bpf_obj_pin(fd, full))
		return fail(e, errno, "%s: cannot be pinned: %s", full, strerror(errno));
	return 0;
}

int rss_pins_get(const struct rss_pins *p, const char *path)
{
	char full[PATH_MAX];
	int fd;

	path_of(p, path, full);
	fd = bpf_obj_get(full);
	return fd < 0 ? -errno : fd;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path) && errno != ENOENT ? errno : 0;
}

int rss_pins_remove(struct rss_pins *p, const char *path, struct espalier_error *e)
{
	char full[PATH_MAX];
	int err;

	path_of(p, path, full);
	if (!unlink(full) || !rmdir(full) || errno == ENOENT)
		return 0;
	err = nftw(full, remove_one, 2, FTW_DEPTH | FTW_PHYS);
	if (err < 0)
		err = errno;
	if (err)
		return fail(e, err, "%s: cannot be removed: %s", full, strerror(err));
	return 0;
}

int rss_pins_exchange(struct rss_pins *p, const char *a, const char *b, struct espalier_error *e)
{
	char pa[PATH_MAX], pb[PATH_MAX], aside[PATH_MAX];

	path_of(p, a, pa);
	path_of(p, b, pb);
	if (!renameat2(AT_FDCWD, pa, AT_FDCWD, pb, RENAME_EXCHANGE))
		return 0;
	path_of(p, "aside", aside);
	if (errno != EINVAL || rename(pa, aside) || rename(pb, pa) || rename(aside, pb))
		return fail(e, errno, "%s: cannot take the place of %s: %s", pb, pa,
			    strerror(errno));
	return 0;
}

int rss_pins_list(const struct rss_pins *p, const char *path, char ***names, u32 *nr)
{
	char full[PATH_MAX];
	struct dirent *d;
	char **list = NULL, **more;
	u32 n = 0;
	DIR *dir;

	*names = NULL;
	*nr = 0;
	path_of(p, path, full);
	dir = opendir(full);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		more = reallocarray(list, n + 1, sizeof(*list));
		if (more)
			list = more;
		if (!more || !(list[n] = strdup(d->d_name))) {
			closedir(dir);
			rss_pins_list_free(list, n);
			return -ENOMEM;
		}
		n++;
	}
	closedir(dir);
	*names = list;
	*nr = n;
	return 0;
}

void rss_pins_list_free(char **names, u32 nr)
{
	for (u32 i = 0; i < nr; i++)
		free(names[i]);
	free(names);
}

static size_t escape(char *out, size_t room, const char *text)
{
	size_t n = 0;

	for (; *text && n + 4 < room; text++) {
		if (strchr(".%@/", *text))
			n += (size_t)snprintf(out + n, room - n, "%%%02X", (unsigned char)*text);
		else
			out[n++] = *text;
	}
	out[n] = '\0';
	return n;
}

void rss_pins_iface(char name[RSS_PIN_NAME], const char *iface, const char *netns)
{
	size_t n = escape(name, RSS_PIN_NAME / 2, iface);

	if (netns && *netns) {
		name[n++] = '@';
		escape(name + n, RSS_PIN_NAME - n, netns);
	}
}
