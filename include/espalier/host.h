/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ESPALIER_HOST_H
#define ESPALIER_HOST_H

#include <espalier/bpf.h>
#include <linux/perf_event.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What the system calls that surround bpf(2) become, for whoever stands between libbpf and the C
 * library: libespalier-libbpf.a and libespalier-preload.so are made of these. A program that calls
 * espalier_bpf() itself needs them for perf buffers and for waiting on ring buffers.
 *
 * Each returns -ENOSYS for what is not ours: make the real call then. Other errors are -errno.
 */

/**
 * espalier_perf_event_open - perf_event_open(2), for BPF output events
 * @attr: PERF_TYPE_SOFTWARE, PERF_COUNT_SW_BPF_OUTPUT, PERF_SAMPLE_RAW
 * @pid: -1
 * @cpu: a virtual CPU
 * @group: -1
 * @flags: PERF_FLAG_FD_CLOEXEC or 0
 *
 * The descriptor goes into a PERF_EVENT_ARRAY; before it is mapped, espalier_mmap_prepare() must be
 * told.
 */
ESPALIER_API int espalier_perf_event_open(const struct perf_event_attr *attr, pid_t pid, int cpu,
					  int group, unsigned long flags);

/* ioctl(2) on such a descriptor: PERF_EVENT_IOC_ENABLE, _DISABLE, _RESET. */
ESPALIER_API int espalier_ioctl(int fd, unsigned long request, unsigned long arg);

/**
 * espalier_mmap_prepare - before mmap(2) of a descriptor of ours
 * @fd: any descriptor
 * @length: bytes that will be mapped from @offset on
 *
 * Return: 0: go on with the real mmap(2); -EINVAL or -ENODEV: refuse it; -ENOSYS: not ours.
 */
ESPALIER_API int espalier_mmap_prepare(int fd, size_t length, off_t offset);

/**
 * espalier_epoll_fd - what to hand to epoll_ctl(2) in place of a descriptor
 * @fd: of a ring buffer or perf event
 *
 * Return: an eventfd, owned by the library, that is readable while there is something to consume.
 * For a user ring buffer, which user space produces: with EPOLLOUT | EPOLLET it reports when a
 * program has made room.
 */
ESPALIER_API int espalier_epoll_fd(int fd);

/* To be called before epoll_wait(2), and after consuming: takes readiness back from what is empty.
 */
ESPALIER_API void espalier_epoll_settle(void);

/**
 * espalier_open - open(2) of the files that tell how many CPUs there are
 * @path: /sys/devices/system/cpu/possible or .../online
 *
 * Return: a descriptor whose content is that of the virtual CPUs.
 */
ESPALIER_API int espalier_open(const char *path);

/* 1 if statfs(2) of that path shall say BPF_FS_MAGIC: the process's own bpffs is at /sys/fs/bpf. */
ESPALIER_API int espalier_is_bpffs(const char *path);

/* mkdir(2), unlink(2), rmdir(2) there. */
ESPALIER_API int espalier_mkdir(const char *path);
ESPALIER_API int espalier_unlink(const char *path);
ESPALIER_API int espalier_rmdir(const char *path);

#ifdef __cplusplus
}
#endif
#endif
