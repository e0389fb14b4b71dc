/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_PIN_H
#define SYSCALL_PIN_H

#include "base/types.h"

/*
 * The process's own bpffs: everything below /sys/fs/bpf, whatever may be mounted there. Pins live
 * in memory and go with the process. Directories need not be made: a name may have any parents.
 */

/**
 * pin_path - the name a path has there
 * @path: absolute, or relative to the working directory
 * @out: the path without "." , ".." and double slashes; room for PIN_PATH_MAX
 *
 * Symbolic links are not looked at.
 *
 * Return: 0; -ENOENT empty; -ENAMETOOLONG; -EPERM not below /sys/fs/bpf (which itself is).
 */
#define PIN_PATH_MAX 4096
int pin_path(const char *path, char out[PIN_PATH_MAX]) __must_check;

#endif
