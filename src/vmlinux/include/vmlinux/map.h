/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMLINUX_MAP_H
#define VMLINUX_MAP_H

#include <linux/bpf.h>

#include "vmlinux/kernel.h"

/* Nothing of it is there to be read. */
struct bpf_map_ops {
	void *map_alloc;
};

/*
 * What a program may read of a map through its address, in the order of Linux 6.18. struct map (map/)
 * begins with one; pointers in it stay NULL.
 */
struct bpf_map {
	u8 sha[32];
	u32 excl;
	const struct bpf_map_ops *ops;
	struct bpf_map *inner_map_meta;
	void *security;
	enum bpf_map_type map_type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u64 map_extra;
	u32 map_flags;
	u32 id;
	char name[16];
};

#endif
