/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_INTERPOSE_H
#define SYSCALL_INTERPOSE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <espalier/host.h>

/*
 * What libbpf_wrap.c and preload.c have in common: espalier's answers in the form of the C
 * library's. Each function returns true if the call was ours.
 */
#define INTERPOSE_BPF_FS_MAGIC 0xcafe4a11

/* -errno to -1 and errno; -ENOSYS: not ours. */
static inline bool interpose_result(long result, int *ret)
{
	if (result == -ENOSYS)
		return false;
	if (result < 0) {
		errno = (int)-result;
		result = -1;
	}
	*ret = (int)result;
	return true;
}

/* As many as a system call can have; what the caller did not pass is not looked at. */
__attribute__((no_sanitize("address"))) static inline void interpose_args(va_list ap, long a[6])
{
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
}

static inline bool interpose_syscall(long nr, const long a[6], long *ret)
{
	long result;
	int value;

	if (nr == SYS_bpf)
		result = espalier_bpf((int)a[0], (union bpf_attr *)a[1], (unsigned int)a[2]);
	else if (nr == SYS_perf_event_open)
		result = espalier_perf_event_open((const struct perf_event_attr *)a[0], (pid_t)a[1],
						  (int)a[2], (int)a[3], (unsigned long)a[4]);
	else
		return false;
	if (!interpose_result(result, &value))
		return false;
	*ret = value;
	return true;
}

static inline int interpose_epoll_fd(int fd)
{
	int instead = espalier_epoll_fd(fd);

	return instead < 0 ? fd : instead;
}

/* What is waited for, once @fd may have been replaced by @instead: to write into an eventfd is
 * always possible, so a producer of a user ring buffer waits for the next signal. */
static inline struct epoll_event *
interpose_epoll_event(int fd, int instead, struct epoll_event *event, struct epoll_event *copy)
{
	if (fd == instead || !event || !(event->events & EPOLLOUT))
		return event;
	*copy = *event;
	copy->events |= EPOLLET;
	return copy;
}

/* False: refuse the mapping, errno says why. */
static inline bool interpose_mmap(size_t len, int flags, int fd, off_t off)
{
	int err;

	if (flags & MAP_ANONYMOUS || fd < 0)
		return true;
	err = espalier_mmap_prepare(fd, len, off);
	if (!err || err == -ENOSYS)
		return true;
	errno = -err;
	return false;
}

static inline bool interpose_statfs(const char *path, struct statfs *st)
{
	if (!espalier_is_bpffs(path))
		return false;
	memset(st, 0, sizeof(*st));
	st->f_type = INTERPOSE_BPF_FS_MAGIC;
	st->f_bsize = 4096;
	st->f_namelen = 255;
	return true;
}

#endif
