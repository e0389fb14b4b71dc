/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_RINGBUF_FD_H
#define SYSCALL_RINGBUF_FD_H

#include "map/map.h"

/**
 * ringbuf_epoll_fd - the eventfd that tells when a ring buffer has records
 * @map: a BPF_MAP_TYPE_RINGBUF; a descriptor of it is open
 *
 * Made at the first call; it goes when the last descriptor of the map does.
 *
 * Return: the descriptor, still the library's, or -errno.
 */
int ringbuf_epoll_fd(struct map *map) __must_check;

/* Nobody in user space can reach the map any more, unless somebody just did. */
void ringbuf_forget(struct map *map);

#endif
