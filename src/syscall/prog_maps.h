/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SYSCALL_PROG_MAPS_H
#define SYSCALL_PROG_MAPS_H

#include "exec/prog.h"

/*
 * The maps that a program keeps alive: those that its instructions name, and those that
 * PROG_BIND_MAP adds later. The list grows while others read it, so it is read here only.
 */

/**
 * prog_copy_map_ids - ids of a program's maps
 * @ids: room for *@nr
 * @nr: set to how many there are
 *
 * Return: 0 or -EFAULT for room without an address.
 */
int prog_copy_map_ids(struct prog *prog, u32 *ids, u32 *nr) __must_check;

/* Keep @map alive as long as @prog; nothing happens if it is. 0 or -ENOMEM. */
int prog_bind_map(struct prog *prog, struct map *map) __must_check;

#endif
