/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_HELPER_H
#define HELPER_HELPER_H

#include "base/uapi.h"
#include "helper/types.h"

typedef u64 (*helper_fn)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

/**
 * struct helper - a BPF helper: what it does and what the verifier must know of it
 * @name: without "bpf_", as in the kernel's log ("call bpf_map_lookup_elem#1")
 * @fn: runs on the program's thread inside its RCU section; run_current tells about the run.
 *      NULL for those that the executor does itself (tail_call) or rewrites
 * @gpl_only: only for GPL-compatible programs
 * @pkt_access: may be passed packet pointers as memory
 * @changes_pkt: invalidates packet pointers (adjust_head, store_bytes...)
 * @allowed_in_lock: may be called while a bpf_spin_lock is held
 * @ret: enum bpf_return_type and flags
 * @ret_btf_id: for RET_PTR_TO_BTF_ID: id in the vmlinux BTF, filled in at start
 * @arg: enum bpf_arg_type and flags
 * @arg_btf_id: for ARG_PTR_TO_BTF_ID: id in the vmlinux BTF, filled in at start
 * @arg_size: for MEM_FIXED_SIZE arguments: bytes
 */
struct helper {
	const char *name;
	helper_fn fn;
	bool gpl_only;
	bool pkt_access;
	bool changes_pkt;
	bool allowed_in_lock;
	u32 ret;
	u32 ret_btf_id;
	u32 arg[5];
	u32 arg_btf_id[5];
	u32 arg_size[5];
};

/* The helper @func (BPF_FUNC_*) as programs of that type may call it; NULL: not allowed there. The
 * set per type is 6.18's for a program loaded by root. */
const struct helper *helper_for(u32 func, enum bpf_prog_type type);

/* Name of any helper number that Linux 6.18 knows, supported or not; NULL if unknown. */
const char *helper_name(u32 func);

/* One past the last helper number Linux 6.18 knows. */
#define HELPER_MAX 212

/* trace_printk output goes to this (NULL: stderr). Set by the tool and by tests. */
extern void (*helper_trace_sink)(const char *line, void *arg);
extern void *helper_trace_arg;

#endif
