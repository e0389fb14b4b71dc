/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_FD_H
#define SYSCALL_FD_H

#include "object/object.h"

/*
 * Descriptors. What is handed out for an object is a descriptor of an unlinked file in memory,
 * known by its inode, so close(2), dup(2), fcntl(2) and passing it about are the kernel's business,
 * and so is mmap(2) where the file is the object's memory.
 */
#define FD_READ	 BIT(0)
#define FD_WRITE BIT(1)

/**
 * fd_install - a new descriptor for an object
 * @obj: a user reference to it is taken for as long as the descriptor, or a duplicate of it, is
 * open
 * @mode: FD_READ and FD_WRITE: what may be done through it
 * @memory: memfd with the object's memory, open for reading and writing and kept as long as the
 *          object lives; -1: it cannot be mapped
 *
 * Return: the descriptor, close-on-exec; -EMFILE, -ENFILE, -ENOMEM, or what open(2) says where
 * /proc is not mounted.
 */
int fd_install(struct object *obj, u32 mode, int memory) __must_check;

/**
 * fd_object - the object behind a descriptor
 * @kind: what it must be; OBJECT_KINDS: anything
 * @mode: what the descriptor permits; may be NULL
 * @out: a new reference
 *
 * Return: 0; -EBADF not open; -EINVAL not one of ours, or of another kind.
 */
int fd_object(int fd, enum object_kind kind, struct object **out, u32 *mode) __must_check;

/* Let go of the objects whose last descriptor was closed since the last time. */
void fd_collect(void);

/* How many open files, duplicates not counted, are known. For tests. */
u32 fd_count(void);

/* FD_READ and FD_WRITE from BPF_F_RDONLY and BPF_F_WRONLY, or -EINVAL for both. */
int fd_mode_from_flags(u32 flags) __must_check;

#endif
