/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_PERF_H
#define SYSCALL_PERF_H

#include <sys/types.h>

#include "object/object.h"

/* Let PERF_EVENT_ARRAY maps find the events behind descriptors. Once, before any map is made. */
void perf_init(void);

/* For an object of kind OBJECT_PERF: see espalier_mmap_prepare() and espalier_epoll_fd(). */
int perf_mmap_prepare(struct object *obj, size_t length, off_t offset) __must_check;
int perf_epoll_fd(struct object *obj);

#endif
