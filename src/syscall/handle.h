/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_HANDLE_H
#define SYSCALL_HANDLE_H

#include "exec/prog.h"
#include "fd.h"
#include "map/map.h"

/* Typed descriptors: what fd_install() and fd_object() do, for one kind. */

/* A new reference; *mode is FD_READ | FD_WRITE less what the descriptor or a freeze takes away. */
int map_from_fd(int fd, struct map **out, u32 *mode) __must_check;
int prog_from_fd(int fd, struct prog **out) __must_check;
int btf_from_fd(int fd, struct btf **out) __must_check;

/* A new descriptor; the caller keeps its own reference. */
int map_new_fd(struct map *map, u32 mode) __must_check;
int prog_new_fd(struct prog *prog) __must_check;
int btf_new_fd(struct btf *btf) __must_check;

#endif
