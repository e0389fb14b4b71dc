/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BASE_UAPI_H
#define BASE_UAPI_H

/*
 * The one place where BPF constants newer than Debian 12's linux/bpf.h (6.1) are declared, by their
 * UAPI names, so that the rest of the code reads as if the header were that of 6.18.
 */
#include <linux/bpf.h>
#include <linux/btf.h>

/* An errno that bpf(2) hands out though no header has it. */
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

/* Helpers after 6.1. */
#define BPF_FUNC_cgrp_storage_get    210
#define BPF_FUNC_cgrp_storage_delete 211

/* Flags of helpers after 6.1. */
#ifndef BPF_F_ADJ_ROOM_DECAP_L3_MASK
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV4 (1ULL << 7)
#define BPF_F_ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)
#endif
#ifndef BPF_F_NO_TUNNEL_KEY
#define BPF_F_NO_TUNNEL_KEY (1ULL << 4)
#endif
#ifndef BPF_F_IPV6
#define BPF_F_IPV6 (1ULL << 7)
#endif

#ifndef BPF_MEMSX
#define BPF_MEMSX 0x80
#endif
#ifndef BPF_JCOND
#define BPF_JCOND    0xe0
#define BPF_MAY_GOTO 0
#endif
#ifndef BPF_LOAD_ACQ
#define BPF_LOAD_ACQ  0x100
#define BPF_STORE_REL 0x110
#endif
#ifndef BPF_ADDR_SPACE_CAST
#define BPF_ADDR_SPACE_CAST 1
#endif
#ifndef BPF_PSEUDO_KFUNC_CALL
#define BPF_PSEUDO_KFUNC_CALL 2
#endif

/* Program types, map types and flags after 6.1. */
#define BPF_MAP_TYPE_CGRP_STORAGE_ 32
#define BPF_MAP_TYPE_ARENA_	   33
#ifndef BPF_F_PATH_FD
#define BPF_F_PATH_FD (1U << 14)
#endif
#ifndef BPF_F_VTYPE_BTF_OBJ_FD
#define BPF_F_VTYPE_BTF_OBJ_FD (1U << 15)
#endif
#ifndef BPF_F_TOKEN_FD
#define BPF_F_TOKEN_FD (1U << 16)
#endif
#ifndef BPF_F_XDP_DEV_BOUND_ONLY
#define BPF_F_XDP_DEV_BOUND_ONLY (1U << 6)
#endif
#ifndef BPF_F_TEST_REG_INVARIANTS
#define BPF_F_TEST_REG_INVARIANTS (1U << 7)
#endif

#endif
