/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef VMLINUX_VMLINUX_H
#define VMLINUX_VMLINUX_H

#include "btf/btf.h"

/* The embedded blob: what libbpf gets in place of /sys/kernel/btf/vmlinux. */
extern const u8 vmlinux_btf_data[];
extern const size_t vmlinux_btf_size;

/* It, parsed; made at the first call, thread-safe, lives as long as the process, id 1. Never NULL:
 * a blob that does not parse is a build error, tested as such. */
struct btf *vmlinux_btf(void);

/* Type ids of the types that code here refers to by name, looked up once. */
enum vmlinux_type {
	VT_XDP_MD,
	VT_SK_BUFF_MD, /* struct __sk_buff */
	VT_XDP_BUFF,
	VT_SK_BUFF,
	VT_XFRM_STATE,
	VT_BPF_XFRM_STATE_OPTS,
	VT_TASK_STRUCT,
	VT_BPF_SOCK,
	VT_BPF_TCP_SOCK,
	VT_SOCK_COMMON,
	VT_SOCK,
	VT_BPF_DYNPTR,
	VT_BPF_DYNPTR_KERN,
	VT_BPF_ITER_NUM,
	VT_BPF_MAP,
	VT_BPF_TIMER,
	VT_MAX,
};
u32 vmlinux_type_id(enum vmlinux_type which);

#endif
