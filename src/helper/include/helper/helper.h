/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HELPER_HELPER_H
#define HELPER_HELPER_H

#include "base/uapi.h"
#include "object/types.h"

typedef u64 (*helper_fn)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

/**
 * struct helper - a BPF helper: what it does and what the verifier must know of it
 * @fn: runs on the program's thread inside its RCU section; run_current tells about the run.
 *      NULL for those that the executor does itself (tail_call)
 * @gpl_only: only for GPL-compatible programs
 * @pkt_access: may be passed packet pointers as memory
 * @changes_pkt: invalidates packet pointers (adjust_head, store_bytes...). tail_call does so for
 * the callers of the function that makes it; to that function itself nothing happened, or it would
 * not go on
 * @might_sleep: only for sleepable programs
 * @ret: enum bpf_return_type and flags
 * @ret_btf_id: for RET_PTR_TO_BTF_ID: id in the vmlinux BTF; 0: the verifier knows (kptr_xchg)
 * @arg: enum bpf_arg_type and flags
 * @arg_btf_id: for ARG_PTR_TO_BTF_ID: id in the vmlinux BTF; 0: the verifier knows
 * @arg_size: for MEM_FIXED_SIZE arguments: bytes
 */
struct helper {
	helper_fn fn;
	bool gpl_only;
	bool pkt_access;
	bool changes_pkt;
	bool might_sleep;
	u32 ret;
	u32 ret_btf_id;
	u32 arg[5];
	u32 arg_btf_id[5];
	u32 arg_size[5];
};

/* The helper @func (BPF_FUNC_*) as programs of that type may call it; NULL: not allowed there, or
 * not supported. The set per type is 6.18's for a program loaded by root. */
const struct helper *helper_for(u32 func, enum bpf_prog_type type);

/* True if Linux 6.18 lets programs of that type call @func and it is espalier that lacks it. */
bool helper_unsupported(u32 func, enum bpf_prog_type type);

/* Name of any helper number that Linux 6.18 knows, supported or not, with its "bpf_" as in the log
 * ("call bpf_map_lookup_elem#1"); NULL if unknown. */
const char *helper_name(u32 func);

/* One past the last helper number Linux 6.18 knows. */
#define HELPER_MAX 212

/**
 * helper_check_format - is this a format for bpf_snprintf() with that many arguments?
 * @fmt: NUL-terminated
 * @nr_args: number of 64-bit arguments, at most 12
 *
 * Return: 0 or -EINVAL.
 */
int helper_check_format(const char *fmt, u32 nr_args) __must_check;

/* trace_printk output goes to this (NULL: stderr), a line without its newline at a time. Set by the
 * tool and by tests, while no program runs. */
extern void (*helper_trace_sink)(const char *line, void *arg);
extern void *helper_trace_arg;

/* In struct redirect.flags, beside BPF_F_INGRESS: which helper of a SCHED_CLS program redirected.
 */
#define REDIRECT_NEIGH BIT(1)
#define REDIRECT_PEER  BIT(2)

#endif
