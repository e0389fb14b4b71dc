// SPDX-License-Identifier: BSD-2-Clause
#include "fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/uapi.h"
#include "user.h"

/*
 * How the last close of a descriptor becomes known, without anybody wrapping close(2):
 *
 * - An object without memory gets an empty file of its own for each descriptor. Its inode dies with
 *   the last duplicate, and an inotify watch reports that as IN_IGNORED. The file is open for
 *   writing only and sealed against it, so that mmap(2) and read(2) are refused.
 *
 * - A file that is the object's memory outlives its descriptors. Each descriptor is an open of its
 *   own, and holds an open-file-description lock on one byte, far behind the memory; locks go with
 *   the last duplicate too. inotify says IN_CLOSE, which may stand for several closes, and the
 * locks say whose. A mapping keeps the open file, so it keeps the object, as in the kernel.
 *
 * - Where inotify is exhausted (its instances and watches are limited per user), after its queue
 *   overflowed, and in the child of a fork, where the queue belongs to the parent, the table of
 * open descriptors in /proc/self/fd is gone through now and then instead.
 */
#define LOCK_BASE (1ll << 62)
#define BUCKETS	  4096

struct carrier {
	struct carrier *next_inode;
	struct carrier *next_watch;
	dev_t dev;
	ino_t ino;
	int wd; /* -1: not watched */
	bool seen;
	struct object *obj;
	u32 mode;   /* without memory; else the open file says */
	int memory; /* the object's memfd, or -1 */
	/* With memory: the locked bytes of the open files. */
	u64 *opens;
	u32 nr_opens;
	u64 next_open;
	struct carrier *next_dead;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct carrier *by_inode[BUCKETS];
static struct carrier *by_watch[BUCKETS];
static u32 nr_open;
static u32 nr_unwatched;
static u32 sweep_at;
static int inotify = -1;

/* References that must be given back outside the lock: a release may come back here. */
struct dead_list {
	struct carrier *carriers;
	struct object **objects; /* user references of single closes of a file that stays */
	u32 nr;
	u32 cap;
};

static u32 inode_bucket(dev_t dev, ino_t ino)
{
	return hash_u64(ino, dev) % BUCKETS;
}

static struct carrier *find_inode(dev_t dev, ino_t ino)
{
	struct carrier *c = by_inode[inode_bucket(dev, ino)];

	while (c && (c->ino != ino || c->dev != dev))
		c = c->next_inode;
	return c;
}

static struct carrier *find_watch(int wd)
{
	struct carrier *c = by_watch[(u32)wd % BUCKETS];

	while (c && c->wd != wd)
		c = c->next_watch;
	return c;
}

static void unlink_watch(struct carrier *c)
{
	struct carrier **at = &by_watch[(u32)c->wd % BUCKETS];

	if (c->wd < 0) {
		nr_unwatched--;
		return;
	}
	while (*at != c)
		at = &(*at)->next_watch;
	*at = c->next_watch;
}

static void watch(struct carrier *c, int fd)
{
	char path[32];

	if (inotify < 0)
		inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	c->wd = inotify < 0 ? -1 : inotify_add_watch(inotify, path, IN_CLOSE);
	if (c->wd < 0) {
		c->wd = -1;
		nr_unwatched++;
		return;
	}
	c->next_watch = by_watch[(u32)c->wd % BUCKETS];
	by_watch[(u32)c->wd % BUCKETS] = c;
}

/* Take a carrier out of the tables; its memory and its object's reference go with the list. */
static void bury(struct carrier *c, struct dead_list *dead)
{
	struct carrier **at = &by_inode[inode_bucket(c->dev, c->ino)];

	while (*at != c)
		at = &(*at)->next_inode;
	*at = c->next_inode;
	unlink_watch(c);
	if (c->memory >= 0 && c->wd >= 0)
		inotify_rm_watch(inotify, c->wd);
	c->next_dead = dead->carriers;
	dead->carriers = c;
}

static void give_back(struct dead_list *dead)
{
	struct carrier *c;

	while ((c = dead->carriers)) {
		dead->carriers = c->next_dead;
		if (c->memory < 0)
			user_put(c->obj);
		free(c->opens);
		free(c);
	}
	for (u32 i = 0; i < dead->nr; i++)
		user_put(dead->objects[i]);
	free(dead->objects);
}

static bool byte_is_locked(int memory, u64 byte)
{
	struct flock fl = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = LOCK_BASE + (off_t)byte,
		.l_len = 1,
	};

	return fcntl(memory, F_OFD_GETLK, &fl) || fl.l_type != F_UNLCK;
}

/* Which opens of a memory file are gone? */
static void probe_opens(struct carrier *c, struct dead_list *dead)
{
	for (u32 i = 0; i < c->nr_opens;) {
		if (byte_is_locked(c->memory, c->opens[i])) {
			i++;
			continue;
		}
		if (dead->nr == dead->cap) {
			u32 cap = dead->cap ? dead->cap * 2 : 16;
			void *objects = realloc(dead->objects, cap * sizeof(*dead->objects));

			if (!objects)
				return; /* the next close on this file finds it again */
			dead->objects = objects;
			dead->cap = cap;
		}
		dead->objects[dead->nr++] = c->obj;
		c->opens[i] = c->opens[--c->nr_opens];
		nr_open--;
	}
	if (!c->nr_opens)
		bury(c, dead);
}

static void bury_empty(struct carrier *c, struct dead_list *dead)
{
	nr_open--;
	bury(c, dead);
}

/* The inode of every open descriptor; those of unwatched carriers get their watch if one can be
 * had. */
static bool mark_open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;

	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		int fd = atoi(entry->d_name);
		struct carrier *c;
		struct stat st;

		if (entry->d_name[0] == '.' || fd == dirfd(dir) || fstat(fd, &st))
			continue;
		c = find_inode(st.st_dev, st.st_ino);
		if (!c || c->memory >= 0)
			continue;
		c->seen = true;
		if (c->wd < 0) {
			nr_unwatched--;
			watch(c, fd);
		}
	}
	closedir(dir);
	return true;
}

/* Go through all there is. @all: even those that are watched, since events were lost. */
static void sweep(struct dead_list *dead, bool all)
{
	struct carrier *c, *next;
	bool marked;

	for (u32 i = 0; i < BUCKETS; i++) {
		for (c = by_inode[i]; c; c = c->next_inode)
			c->seen = false;
	}
	marked = mark_open_files();
	for (u32 i = 0; i < BUCKETS; i++) {
		for (c = by_inode[i]; c; c = next) {
			next = c->next_inode;
			if (c->wd >= 0 && !all)
				continue;
			if (c->memory >= 0) {
				if (c->wd < 0) {
					nr_unwatched--;
					watch(c, c->memory);
				}
				probe_opens(c, dead);
			} else if (marked && !c->seen) {
				bury_empty(c, dead);
			}
		}
	}
	sweep_at = nr_open + nr_open / 2 + 64;
}

static void take_event(const struct inotify_event *event, struct dead_list *dead)
{
	struct carrier *c;

	if (event->mask & IN_Q_OVERFLOW) {
		sweep(dead, true);
		return;
	}
	c = find_watch(event->wd);
	if (!c)
		return;
	if (c->memory >= 0)
		probe_opens(c, dead);
	else if (event->mask & IN_IGNORED)
		bury_empty(c, dead);
}

void fd_collect(void)
{
	struct dead_list dead = {0};
	char events[4096] __attribute__((aligned(8)));
	ssize_t n;

	pthread_mutex_lock(&lock);
	while (inotify >= 0 && (n = read(inotify, events, sizeof(events))) > 0) {
		const struct inotify_event *event;

		for (char *p = events; p < events + n; p += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)p;
			take_event(event, &dead);
		}
	}
	if (nr_unwatched && nr_open >= sweep_at)
		sweep(&dead, false);
	pthread_mutex_unlock(&lock);
	give_back(&dead);
}

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

/* The queue is shared with the parent, who reads it: begin anew, with nothing watched. */
static void after_fork_in_child(void)
{
	if (inotify >= 0)
		close(inotify);
	inotify = -1;
	memset(by_watch, 0, sizeof(by_watch));
	nr_unwatched = 0;
	for (u32 i = 0; i < BUCKETS; i++) {
		for (struct carrier *c = by_inode[i]; c; c = c->next_inode) {
			c->wd = -1;
			nr_unwatched++;
		}
	}
	sweep_at = 0;
	pthread_mutex_unlock(&lock);
}

static void first_use(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static int reopen(int fd, int flags)
{
	char path[32];
	int again;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, flags | O_CLOEXEC);
	return again < 0 ? -errno : again;
}

static struct carrier *new_carrier(int fd, struct object *obj, int memory)
{
	struct carrier *c = calloc(1, sizeof(*c));
	struct stat st;
	u32 bucket;

	if (!c || fstat(fd, &st)) {
		free(c);
		return NULL;
	}
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	c->obj = obj;
	c->memory = memory;
	bucket = inode_bucket(c->dev, c->ino);
	c->next_inode = by_inode[bucket];
	by_inode[bucket] = c;
	watch(c, fd);
	return c;
}

static int open_empty(void)
{
	int fd = memfd_create("bpf", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int sealed;

	if (fd < 0)
		return -errno;
	fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	sealed = reopen(fd, O_WRONLY);
	close(fd);
	return sealed;
}

static int install_empty(struct object *obj, u32 mode)
{
	struct carrier *c;
	int fd = open_empty();

	if (fd < 0)
		return fd;
	c = new_carrier(fd, obj, -1);
	if (!c) {
		close(fd);
		return -ENOMEM;
	}
	c->mode = mode;
	nr_open++;
	return fd;
}

static int lock_byte(int fd, u32 mode, u64 byte)
{
	struct flock fl = {
		.l_type = mode & FD_WRITE ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = LOCK_BASE + (off_t)byte,
		.l_len = 1,
	};

	return fcntl(fd, F_OFD_SETLK, &fl) ? -errno : 0;
}

static int add_open(struct carrier *c, int fd, u32 mode)
{
	u64 *opens = realloc(c->opens, (c->nr_opens + 1) * sizeof(*opens));
	int err;

	if (!opens)
		return -ENOMEM;
	c->opens = opens;
	err = lock_byte(fd, mode, c->next_open);
	if (err)
		return err;
	opens[c->nr_opens++] = c->next_open++;
	nr_open++;
	return 0;
}

static int install_memory(struct object *obj, u32 mode, int memory, struct dead_list *dead)
{
	static const int flags[] = {
		[FD_READ] = O_RDONLY,
		[FD_WRITE] = O_WRONLY,
		[FD_READ | FD_WRITE] = O_RDWR,
	};
	struct carrier *c;
	struct stat st;
	int fd, err;

	if (fstat(memory, &st))
		return -errno;
	fd = reopen(memory, flags[mode]);
	if (fd < 0)
		return fd;
	c = find_inode(st.st_dev, st.st_ino);
	if (!c)
		c = new_carrier(memory, obj, memory);
	err = c ? add_open(c, fd, mode) : -ENOMEM;
	if (err) {
		close(fd);
		if (c && !c->nr_opens)
			bury(c, dead);
		return err;
	}
	return fd;
}

int fd_install(struct object *obj, u32 mode, int memory)
{
	struct dead_list dead = {0};
	int fd;

	pthread_once(&once, first_use);
	user_get(obj);
	pthread_mutex_lock(&lock);
	if (memory >= 0)
		fd = install_memory(obj, mode, memory, &dead);
	else
		fd = install_empty(obj, mode);
	pthread_mutex_unlock(&lock);
	give_back(&dead);
	if (fd < 0)
		user_put(obj);
	return fd;
}

int fd_object(int fd, enum object_kind kind, struct object **out, u32 *mode)
{
	struct carrier *c;
	struct stat st;
	u32 permits = 0;
	int err = -EINVAL;

	if (fstat(fd, &st))
		return -EBADF;
	pthread_mutex_lock(&lock);
	c = find_inode(st.st_dev, st.st_ino);
	if (c && (kind == OBJECT_KINDS || c->obj->kind == kind)) {
		*out = c->obj;
		object_get(c->obj);
		permits = c->mode;
		err = c->memory >= 0 ? 1 : 0;
	}
	pthread_mutex_unlock(&lock);
	if (err == 1) {
		int how = fcntl(fd, F_GETFL);

		err = 0;
		if (how >= 0)
			how &= O_ACCMODE;
		permits = (how != O_WRONLY ? FD_READ : 0) | (how != O_RDONLY ? FD_WRITE : 0);
	}
	if (mode)
		*mode = permits;
	return err;
}

u32 fd_count(void)
{
	u32 n;

	pthread_mutex_lock(&lock);
	n = nr_open;
	pthread_mutex_unlock(&lock);
	return n;
}

int fd_mode_from_flags(u32 flags)
{
	switch (flags & (BPF_F_RDONLY | BPF_F_WRONLY)) {
	case BPF_F_RDONLY:
		return FD_READ;
	case BPF_F_WRONLY:
		return FD_WRITE;
	case 0:
		return FD_READ | FD_WRITE;
	default:
		return -EINVAL;
	}
}
