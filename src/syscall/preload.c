// SPDX-License-Identifier: BSD-2-Clause
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "interpose.h"

/*
 * LD_PRELOAD=libespalier-preload.so PROGRAM: what PROGRAM's libbpf.so calls goes to the user
 * engine. Each definition here stands before the C library's or libbpf's own, and asks for that
 * with RTLD_NEXT.
 *
 * Some of these names are macros or redirections in the C library's headers, so they are defined
 * under other names here and given their symbol by an assembler label.
 */
#define EXPORT __attribute__((visibility("default")))
#define NEXT(type, name)                                                  \
	({                                                                \
		static type *next;                                        \
		type *found = __atomic_load_n(&next, __ATOMIC_RELAXED);   \
		if (!found) {                                             \
			found = (type *)find_next(name);                  \
			__atomic_store_n(&next, found, __ATOMIC_RELAXED); \
		}                                                         \
		found;                                                    \
	})

struct btf;
struct ring_buffer;
struct perf_buffer;

typedef long syscall_fn(long nr, ...);
typedef int epoll_ctl_fn(int epfd, int op, int fd, struct epoll_event *event);
typedef int epoll_wait_fn(int epfd, struct epoll_event *events, int max, int timeout);
typedef void *mmap_fn(void *addr, size_t len, int prot, int flags, int fd, off_t off);
typedef int ioctl_fn(int fd, unsigned long request, ...);
typedef int open_fn(const char *path, int flags, ...);
typedef int statfs_fn(const char *path, struct statfs *st);
typedef int mkdir_fn(const char *path, mode_t mode);
typedef int path_fn(const char *path);
typedef struct btf *btf_new_fn(const void *data, uint32_t size);
typedef int ring_consume_fn(struct ring_buffer *rb);
typedef int perf_consume_fn(struct perf_buffer *pb);

EXPORT syscall_fn pre_syscall __asm__("syscall");
EXPORT epoll_ctl_fn pre_epoll_ctl __asm__("epoll_ctl");
EXPORT epoll_wait_fn pre_epoll_wait __asm__("epoll_wait");
EXPORT mmap_fn pre_mmap __asm__("mmap");
EXPORT mmap_fn pre_mmap64 __asm__("mmap64");
EXPORT ioctl_fn pre_ioctl __asm__("ioctl");
EXPORT open_fn pre_open __asm__("open");
EXPORT open_fn pre_open64 __asm__("open64");
EXPORT statfs_fn pre_statfs __asm__("statfs");
EXPORT statfs_fn pre_statfs64 __asm__("statfs64");
EXPORT mkdir_fn pre_mkdir __asm__("mkdir");
EXPORT path_fn pre_unlink __asm__("unlink");
EXPORT path_fn pre_rmdir __asm__("rmdir");
EXPORT struct btf *pre_load_vmlinux_btf(void) __asm__("btf__load_vmlinux_btf");
EXPORT ring_consume_fn pre_ring_consume __asm__("ring_buffer__consume");
EXPORT perf_consume_fn pre_perf_consume __asm__("perf_buffer__consume");

static void *find_next(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	/* The caller would be there without it, so this is a process that cannot go on. */
	if (!found)
		abort();
	return found;
}

long pre_syscall(long nr, ...)
{
	long a[6], ret;
	va_list ap;

	va_start(ap, nr);
	interpose_args(ap, a);
	va_end(ap);
	if (interpose_syscall(nr, a, &ret))
		return ret;
	return NEXT(syscall_fn, "syscall")(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int pre_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int instead = interpose_epoll_fd(fd);
	struct epoll_event copy;

	return NEXT(epoll_ctl_fn, "epoll_ctl")(epfd, op, instead,
					       interpose_epoll_event(fd, instead, event, &copy));
}

int pre_epoll_wait(int epfd, struct epoll_event *events, int max, int timeout)
{
	espalier_epoll_settle();
	return NEXT(epoll_wait_fn, "epoll_wait")(epfd, events, max, timeout);
}

void *pre_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	if (!interpose_mmap(len, flags, fd, off))
		return MAP_FAILED;
	return NEXT(mmap_fn, "mmap")(addr, len, prot, flags, fd, off);
}

void *pre_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	if (!interpose_mmap(len, flags, fd, off))
		return MAP_FAILED;
	return NEXT(mmap_fn, "mmap64")(addr, len, prot, flags, fd, off);
}

int pre_ioctl(int fd, unsigned long request, ...)
{
	unsigned long arg;
	va_list ap;
	int ret;

	va_start(ap, request);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	if (interpose_result(espalier_ioctl(fd, request, arg), &ret))
		return ret;
	return NEXT(ioctl_fn, "ioctl")(fd, request, arg);
}

int pre_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;
	int ret;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	if (interpose_result(espalier_open(path), &ret))
		return ret;
	return NEXT(open_fn, "open")(path, flags, mode);
}

int pre_open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;
	int ret;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	if (interpose_result(espalier_open(path), &ret))
		return ret;
	return NEXT(open_fn, "open64")(path, flags, mode);
}

int pre_statfs(const char *path, struct statfs *st)
{
	return interpose_statfs(path, st) ? 0 : NEXT(statfs_fn, "statfs")(path, st);
}

int pre_statfs64(const char *path, struct statfs *st)
{
	return interpose_statfs(path, st) ? 0 : NEXT(statfs_fn, "statfs64")(path, st);
}

int pre_mkdir(const char *path, mode_t mode)
{
	int ret;

	if (interpose_result(espalier_mkdir(path), &ret))
		return ret;
	return NEXT(mkdir_fn, "mkdir")(path, mode);
}

int pre_unlink(const char *path)
{
	int ret;

	if (interpose_result(espalier_unlink(path), &ret))
		return ret;
	return NEXT(path_fn, "unlink")(path);
}

int pre_rmdir(const char *path)
{
	int ret;

	if (interpose_result(espalier_rmdir(path), &ret))
		return ret;
	return NEXT(path_fn, "rmdir")(path);
}

struct btf *pre_load_vmlinux_btf(void)
{
	size_t size;
	const void *data = espalier_vmlinux_btf(&size);

	return NEXT(btf_new_fn, "btf__new")(data, (uint32_t)size);
}

int pre_ring_consume(struct ring_buffer *rb)
{
	int n = NEXT(ring_consume_fn, "ring_buffer__consume")(rb);

	espalier_epoll_settle();
	return n;
}

int pre_perf_consume(struct perf_buffer *pb)
{
	int n = NEXT(perf_consume_fn, "perf_buffer__consume")(pb);

	espalier_epoll_settle();
	return n;
}
