// SPDX-License-Identifier: BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/types.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <espalier/host.h>
#include <espalier/libbpf.h>

#include "interpose.h"

/*
 * What libbpf.a calls, wrapped by the linker (--wrap): the user engine answers what concerns
 * bpf(2), the C library the rest. preload.c is the same for libbpf.so.
 */
static int engine = ESPALIER_ENGINE_USER;

void espalier_set_engine(enum espalier_engine which)
{
	__atomic_store_n(&engine, (int)which, __ATOMIC_RELEASE);
}

enum espalier_engine espalier_get_engine(void)
{
	return (enum espalier_engine)__atomic_load_n(&engine, __ATOMIC_ACQUIRE);
}

static bool is_user(void)
{
	return espalier_get_engine() == ESPALIER_ENGINE_USER;
}

long __real_syscall(long nr, ...);
long __wrap_syscall(long nr, ...);
int __real_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
int __real_epoll_wait(int epfd, struct epoll_event *events, int max, int timeout);
int __wrap_epoll_wait(int epfd, struct epoll_event *events, int max, int timeout);
void *__real_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off);
void *__real_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t off);
int __real_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...);
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __real_statfs(const char *path, struct statfs *st);
int __wrap_statfs(const char *path, struct statfs *st);
int __real_statfs64(const char *path, struct statfs *st);
int __wrap_statfs64(const char *path, struct statfs *st);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_rmdir(const char *path);
int __wrap_rmdir(const char *path);
struct btf *__real_btf__load_vmlinux_btf(void);
struct btf *__wrap_btf__load_vmlinux_btf(void);
int __real_ring_buffer__consume(struct ring_buffer *rb);
int __wrap_ring_buffer__consume(struct ring_buffer *rb);
int __real_perf_buffer__consume(struct perf_buffer *pb);
int __wrap_perf_buffer__consume(struct perf_buffer *pb);

long __wrap_syscall(long nr, ...)
{
	long a[6], ret;
	va_list ap;

	va_start(ap, nr);
	interpose_args(ap, a);
	va_end(ap);
	if (is_user() && interpose_syscall(nr, a, &ret))
		return ret;
	return __real_syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int instead = is_user() ? interpose_epoll_fd(fd) : fd;
	struct epoll_event copy;

	return __real_epoll_ctl(epfd, op, instead,
				interpose_epoll_event(fd, instead, event, &copy));
}

int __wrap_epoll_wait(int epfd, struct epoll_event *events, int max, int timeout)
{
	espalier_epoll_settle();
	return __real_epoll_wait(epfd, events, max, timeout);
}

void *__wrap_mmap(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	if (is_user() && !interpose_mmap(len, flags, fd, off))
		return MAP_FAILED;
	return __real_mmap(addr, len, prot, flags, fd, off);
}

void *__wrap_mmap64(void *addr, size_t len, int prot, int flags, int fd, off_t off)
{
	if (is_user() && !interpose_mmap(len, flags, fd, off))
		return MAP_FAILED;
	return __real_mmap64(addr, len, prot, flags, fd, off);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	unsigned long arg;
	va_list ap;
	int ret;

	va_start(ap, request);
	arg = va_arg(ap, unsigned long);
	va_end(ap);
	if (is_user() && interpose_result(espalier_ioctl(fd, request, arg), &ret))
		return ret;
	return __real_ioctl(fd, request, arg);
}

int __wrap_open(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;
	int ret;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	if (is_user() && interpose_result(espalier_open(path), &ret))
		return ret;
	return __real_open(path, flags, mode);
}

int __wrap_open64(const char *path, int flags, ...)
{
	va_list ap;
	mode_t mode;
	int ret;

	va_start(ap, flags);
	mode = va_arg(ap, mode_t);
	va_end(ap);
	if (is_user() && interpose_result(espalier_open(path), &ret))
		return ret;
	return __real_open64(path, flags, mode);
}

int __wrap_statfs(const char *path, struct statfs *st)
{
	return is_user() && interpose_statfs(path, st) ? 0 : __real_statfs(path, st);
}

int __wrap_statfs64(const char *path, struct statfs *st)
{
	return is_user() && interpose_statfs(path, st) ? 0 : __real_statfs64(path, st);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
	int ret;

	if (is_user() && interpose_result(espalier_mkdir(path), &ret))
		return ret;
	return __real_mkdir(path, mode);
}

int __wrap_unlink(const char *path)
{
	int ret;

	if (is_user() && interpose_result(espalier_unlink(path), &ret))
		return ret;
	return __real_unlink(path);
}

int __wrap_rmdir(const char *path)
{
	int ret;

	if (is_user() && interpose_result(espalier_rmdir(path), &ret))
		return ret;
	return __real_rmdir(path);
}

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	const void *data;
	size_t size;

	if (!is_user())
		return __real_btf__load_vmlinux_btf();
	data = espalier_vmlinux_btf(&size);
	return btf__new(data, (unsigned int)size);
}

int __wrap_ring_buffer__consume(struct ring_buffer *rb)
{
	int n = __real_ring_buffer__consume(rb);

	espalier_epoll_settle();
	return n;
}

int __wrap_perf_buffer__consume(struct perf_buffer *pb)
{
	int n = __real_perf_buffer__consume(pb);

	espalier_epoll_settle();
	return n;
}
