/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PACKET_CTXFIELD_H
#define PACKET_CTXFIELD_H

#include "base/types.h"
#include "base/uapi.h"
#include "object/types.h"

/*
 * Which bytes of a context (struct xdp_md, struct __sk_buff) a program may touch, and where they
 * are in the native one (struct xdp_ctx, struct skb_ctx). The verifier asks whether, the executor
 * asks where: one table, so that they cannot disagree.
 */

/* How a store to a native field is done. */
enum ctx_store {
	CTX_STORE_PLAIN,    /* native_size bytes */
	CTX_STORE_BELOW_16, /* only if the 64-bit source is below 0xffff (queue_mapping) */
};

/**
 * struct ctx_access - one permitted access
 * @reg_type: what a load yields: SCALAR_VALUE, or a pointer type of object/types.h
 * @native_off: byte offset from the native context
 * @native_size: bytes to load or store there; a load that is narrower than the program's register
 *               is zero-extended (sign-extended for BPF_MEMSX, then native_size is the access size)
 * @store: for writes
 */
struct ctx_access {
	u32 reg_type;
	u16 native_off;
	u8 native_size;
	u8 store;
};

#define CTX_F_WRITE  BIT(0)
#define CTX_F_SIGNED BIT(1) /* a sign-extending load */

/**
 * ctx_access_lookup - may a program of that type access these bytes of its context?
 * @type: XDP, SCHED_CLS, SCHED_ACT, SOCKET_FILTER or RAW_TRACEPOINT
 * @attach: expected_attach_type: egress_ifindex is for BPF_XDP_DEVMAP programs
 * @off: UAPI byte offset, may be negative
 * @size: 1, 2, 4 or 8
 * @flags: CTX_F_*
 * @out: filled in on success; may be NULL
 *
 * Return: 0, or -EACCES as Linux 6.18 decides.
 */
int ctx_access_lookup(enum bpf_prog_type type, enum bpf_attach_type attach, s32 off, u32 size,
		      u32 flags, struct ctx_access *out);

/**
 * sock_access_ok - may a load through a socket pointer touch these bytes?
 * @base: PTR_TO_SOCKET, PTR_TO_SOCK_COMMON, PTR_TO_TCP_SOCK or PTR_TO_XDP_SOCK
 *
 * The UAPI structs are bpf_sock, bpf_tcp_sock and bpf_xdp_sock; writes are never allowed.
 */
bool sock_access_ok(u32 base, s32 off, u32 size);

#endif
