/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MAP_BLOB_H
#define MAP_BLOB_H

#include "base/types.h"

/*
 * The BTF of a program with
 *
 *	struct bpf_spin_lock { u32 val; };
 *	struct locked { u32 a; struct bpf_spin_lock lock; u32 b; };
 *	struct holder { u64 a; struct xfrm_state __kptr *x; u32 b; u32 c; };
 *	struct plain { u32 a, b, c; };
 *	typedef u32 alias;
 *	u32 g;	in the section .bss
 */
enum blob_id {
	BLOB_U32 = 1,
	BLOB_LOCKED = 3,
	BLOB_HOLDER = 7,
	BLOB_PLAIN = 8,
	BLOB_U64 = 9,
	BLOB_BSS = 11,
	BLOB_ALIAS = 12,
	BLOB_IDS,
};

/* malloc'd. Without @kptr, what holder points at is a plain pointer: kernels that do not know how
 * to drop an xfrm_state refuse to load the other. */
void *btf_blob(u32 *size, bool kptr);

#endif
